// Passkeys (WebAuthn): asks the authenticator for one, or to make one. What it answers is sent by the page's own form, whose challenge
// is fetched anew before the server takes it no more.
import { ask, settle, warn } from "./page.ts";

/** Milliseconds; the server takes a challenge for fifteen minutes. */
const CHALLENGE_LIFETIME = 10 * 60_000;

const encoded = (bytes: ArrayBuffer | null | undefined) => btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0)))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decoded = (text: string) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

let made = Date.now();

/** Takes challenges and form tokens of the same page as it is now. */
async function renew() {
  if (Date.now() - made < CHALLENGE_LIFETIME) return;
  const { status, body } = await ask("GET", location.href);
  if (status !== 200) return;
  const fresh = (body as Document).querySelectorAll("form");
  for (const [n, form] of [...document.forms].entries()) {
    const other = fresh[n];
    const [token, next] = [form, other].map((f) => f?.querySelector<HTMLInputElement>("input[name=form]"));
    if (token && next) token.value = next.value;
    if (other?.dataset.challenge) form.dataset.challenge = other.dataset.challenge;
  }
  made = Date.now();
}

/** Fills in what the authenticator has answered, and sends it. */
function send(form: HTMLFormElement, parts: Record<string, string>) {
  for (const [name, value] of Object.entries(parts)) (form.elements.namedItem(name) as HTMLInputElement).value = value;
  form.submit();
}

/** Asks for one of the passkeys of this server, where `mediation` is "conditional" among what is filled in by itself. */
async function get(form: HTMLFormElement, signal: AbortSignal, mediation?: CredentialMediationRequirement) {
  const { challenge, rp } = form.dataset;
  const publicKey: PublicKeyCredentialRequestOptions = { challenge: decoded(challenge!), rpId: rp, userVerification: "required" };
  const credential = (await navigator.credentials.get({ publicKey, signal, mediation })) as PublicKeyCredential | null;
  if (!credential) return;
  const answer = credential.response as AuthenticatorAssertionResponse;
  send(form, {
    credential: encoded(credential.rawId),
    client: encoded(answer.clientDataJSON),
    data: encoded(answer.authenticatorData),
    signature: encoded(answer.signature),
    handle: encoded(answer.userHandle),
  });
}

async function create(form: HTMLFormElement, signal: AbortSignal) {
  const { challenge, rp, server, user, handle, display, algorithms, known } = form.dataset;
  const list = (text?: string) => (text ? text.split(" ") : []);
  const publicKey: PublicKeyCredentialCreationOptions = {
    challenge: decoded(challenge!),
    rp: { id: rp, name: server! },
    user: { id: decoded(user!), name: handle!, displayName: display! },
    pubKeyCredParams: list(algorithms).map((alg) => ({ type: "public-key", alg: Number(alg) })),
    excludeCredentials: list(known).map((id) => ({ type: "public-key", id: decoded(id) })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
  };
  const credential = (await navigator.credentials.create({ publicKey, signal })) as PublicKeyCredential | null;
  if (!credential) return;
  const answer = credential.response as AuthenticatorAttestationResponse;
  send(form, { credential: encoded(credential.rawId), client: encoded(answer.clientDataJSON), data: encoded(answer.attestationObject) });
}

/** Offers passkeys where a name is typed, until one is chosen or something else asks the authenticator. */
async function offer(form: HTMLFormElement, signal: AbortSignal) {
  if (!(await window.PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  while (!signal.aborted) {
    // A challenge that nobody has answered in time is replaced.
    const late = AbortSignal.timeout(CHALLENGE_LIFETIME);
    try {
      await renew();
      await get(form, AbortSignal.any([signal, late]), "conditional");
      return;
    } catch {
      if (!late.aborted) return;
    }
  }
}

export function start() {
  const forms = document.querySelectorAll<HTMLFormElement>("form[data-passkey]");
  if (!forms.length || !window.PublicKeyCredential) return;
  // An authenticator is asked one thing at a time.
  let asking = new AbortController();
  for (const form of forms) {
    const button = form.querySelector<HTMLButtonElement>("button[type=button]")!;
    form.hidden = false;
    document.querySelector(".without-passkeys")?.remove();
    button.addEventListener("click", async () => {
      settle();
      asking.abort();
      asking = new AbortController();
      button.disabled = true;
      try {
        await renew();
        await (form.dataset.passkey === "create" ? create : get)(form, asking.signal);
      } catch {
        warn(form.dataset.failed!);
      } finally {
        button.disabled = false;
      }
    });
  }
  const field = document.querySelector("input[autocomplete~=webauthn]");
  if (field) void offer(forms[0]!, asking.signal);
}
