// Passkeys in a real browser with its virtual authenticator, and codes of an app (https://www.w3.org/TR/webauthn-3/#sctn-automation,
// https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/).
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { path, startChromium } from "./chromium.mjs";
import { client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { PASSWORD, signUp } from "./people.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 410;
if (!path) console.log("no Chromium on this machine (Debian's package chromium): its tests are skipped");

/** A code of six digits (RFC 6238), of a secret in Base32. */
function code(secret, at = Date.now()) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/\s/g, "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac("sha1", key).update(step).digest();
  return String((hash.readUInt32BE(hash.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

describe("signing in", { skip: !path }, () => {
  let sori, chromium, context, page, cdp, authenticator;
  const go = (to) => page.goto(sori.origin + to);
  const says = async (text) => assert.match(await page.textContent("main"), text);
  const press = (name) => Promise.all([page.waitForNavigation(), page.getByRole("button", { name, exact: true }).first().click()]);
  /**
   * A browser of somebody new, with an authenticator that verifies its user; `options` changes it. Passkeys are offered where a name is
   * typed with `offers` only: the virtual authenticator takes such an offer at once.
   */
  const fresh = async (options = {}, offers = false) => {
    await context?.close();
    context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "en" });
    if (!offers) await context.addInitScript(() => (PublicKeyCredential.isConditionalMediationAvailable = async () => false));
    page = await context.newPage();
    cdp = await context.newCDPSession(page);
    await cdp.send("WebAuthn.enable");
    const given = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true, ...options };
    ({ authenticatorId: authenticator } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options: given }));
  };
  const credentials = async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId: authenticator })).credentials;
  /** Signs in by password, as far as that leads. */
  const withPassword = async (name, next = "/") => {
    await go(`/sign_in?next=${encodeURIComponent(next)}`);
    await page.fill("#username", name);
    await page.fill("#password", PASSWORD);
    await Promise.all([page.waitForNavigation(), page.click("main button[type=submit]")]);
  };
  const confirmed = async () => {
    await go("/settings/security");
    await page.fill("#password", PASSWORD);
    await press("Confirm");
  };
  /** The session ends; the authenticator keeps what it has. */
  const leave = () => context.clearCookies();
  let kept;

  before(async () => {
    sori = await startInstance({ port: PORT });
    await fetch(`${sori.origin}/_dev/account`, { method: "POST", headers: { "content-type": "application/json", "x-setup-code": sori.setupCode }, body: JSON.stringify({ username: "owner", password: PASSWORD }) });
    await signUp(sori, "alice", "bob");
    chromium = await startChromium();
  });
  after(async () => {
    await chromium?.close();
    await sori?.stop();
  });

  test("a passkey is made, named, and signs in by itself", async () => {
    await fresh();
    await withPassword("alice");
    await confirmed();
    await page.fill("#passkey-name", "my phone");
    // What a page's policy forbids is an error of the page.
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(String(error)));
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    await press("Add a passkey");
    await says(/Saved/);
    await says(/my phone/);
    [kept] = await credentials();
    assert.deepEqual([kept.rpId, kept.isResidentCredential, kept.userName], ["localhost", true, `alice@localhost:${PORT}`]);
    // The same authenticator makes no second one.
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.locator(".toast").waitFor();
    assert.equal((await credentials()).length, 1);
    await leave();
    // By the button, with nothing typed.
    await go("/sign_in?next=/settings/profile");
    await press("Sign in with a passkey");
    assert.equal(new URL(page.url()).pathname, "/settings/profile");
    assert.deepEqual(wrong, []);
    await go("/settings/sessions");
    await says(/passkey/);
  });

  test("a passkey signs in for an app, by OAuth", async () => {
    await leave();
    const app = await client(sori.origin)("POST", "/api/v1/apps", { client_name: "An app", redirect_uris: "urn:ietf:wg:oauth:2.0:oob", scopes: "read" });
    await go(`/oauth/authorize?client_id=${app.client_id}&redirect_uri=urn:ietf:wg:oauth:2.0:oob&response_type=code&scope=read`);
    assert.match(page.url(), /\/sign_in\?next=/);
    await press("Sign in with a passkey");
    await says(/An app/);
    await press("Allow");
    const given = await page.textContent("main code");
    const answer = await fetch(`${sori.origin}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "authorization_code", code: given, client_id: app.client_id, client_secret: app.client_secret, redirect_uri: "urn:ietf:wg:oauth:2.0:oob" }),
    });
    const { access_token: token } = await answer.json();
    assert.equal((await client(sori.origin, token)("GET", "/api/v1/accounts/verify_credentials")).username, "alice");
    // With its counter as it is now.
    [kept] = await credentials();
  });

  test("a passkey is offered where a name is typed", async () => {
    await fresh({}, true);
    await cdp.send("WebAuthn.addCredential", { authenticatorId: authenticator, credential: kept });
    await go("/sign_in?next=/settings/preferences");
    await page.waitForURL(/\/settings\/preferences$/);
  });

  test("a passkey confirms changes, and is removed", async () => {
    await go("/settings/security");
    await press("Confirm with a passkey");
    await press("Remove: my phone");
    await says(/You have no passkey yet/);
    kept = (await credentials())[0];
    await fresh();
    await cdp.send("WebAuthn.addCredential", { authenticatorId: authenticator, credential: kept });
    await go("/sign_in");
    await press("Sign in with a passkey");
    await says(/not known here/);
    assert.match((await go("/home")).url(), /\/sign_in/);
  });

  test("an authenticator that does not verify its user is not enough", async () => {
    await fresh({ isUserVerified: false });
    await withPassword("bob");
    await confirmed();
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.locator(".toast").waitFor();
    assert.equal((await credentials()).length, 0);
    await go("/settings/security");
    await says(/You have no passkey yet/);
  });

  test("a second step: codes of an app and one for recovery", async () => {
    await fresh();
    await withPassword("bob");
    await confirmed();
    await press("Turn on");
    assert.equal(await page.locator("svg.qr").count(), 1);
    const secret = await page.textContent("main .code");
    await page.fill("#code", code(secret));
    await press("Turn on");
    const recovery = await page.locator("li code").allTextContents();
    assert.equal(recovery.length, 10);
    await leave();
    await withPassword("bob", "/settings/profile");
    await says(/Enter a code/);
    await page.fill("#code", "000000");
    await press("Sign in");
    await says(/not right/);
    // The code of now is used up: the next one is good already.
    await page.fill("#code", code(secret, Date.now() + 30_000));
    await press("Sign in");
    assert.equal(new URL(page.url()).pathname, "/settings/profile");
    await leave();
    await withPassword("bob", "/settings/profile");
    await page.fill("#code", recovery[0]);
    await press("Sign in");
    assert.equal(new URL(page.url()).pathname, "/settings/profile");
    await confirmed();
    await says(/9 recovery codes are left/);
    await press("Turn off");
    await leave();
    await withPassword("bob", "/settings/profile");
    assert.equal(new URL(page.url()).pathname, "/settings/profile");
  });

  test("signing in needs no script", async () => {
    await context.close();
    context = await chromium.newContext({ javaScriptEnabled: false, locale: "en" });
    page = await context.newPage();
    await go("/sign_in");
    assert.equal(await page.getByRole("button", { name: "Sign in with a passkey" }).isVisible(), false);
    await withPassword("alice", "/settings/security");
    await page.fill("#password", PASSWORD);
    await press("Confirm");
    await says(/Adding a passkey needs a browser/);
    await press("Turn on");
    assert.equal(await page.locator("svg.qr").count(), 1);
  });
});
