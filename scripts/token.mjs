// A bearer token for a script that acts for somebody on an instance.
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { configuredOrigin, fail, root } from "./common.mjs";
import { openState } from "./state.mjs";

const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";

/** The local instance of npm start, if it was ever started here. */
function localState() {
  return existsSync(process.env.SORI_STATE ?? join(root, ".sori")) ? openState() : undefined;
}

/** The instance that a script is about: what was asked for, PUBLIC_ORIGIN, the running local one, that of wrangler.toml. */
export function instance(asked) {
  const origin = asked ?? process.env.PUBLIC_ORIGIN ?? localState()?.running()?.publicOrigin ?? configuredOrigin();
  if (!origin) fail("Which instance? Name its address with --instance=https://my.name, or start the local one (npm start).");
  return origin.replace(/\/+$/, "");
}

/** Sends JSON with a token; answers what comes back, or ends with what is wrong. */
export async function call(origin, token, method, path, body) {
  let answer;
  try {
    answer = await fetch(`${origin}${path}`, {
      method,
      headers: { "content-type": "application/json", "user-agent": "Sori script", ...(token && { authorization: `Bearer ${token}` }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
  } catch (error) {
    fail(`Nobody answers at ${origin} (${error.cause?.code ?? error.message})`);
  }
  const text = await answer.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    fail(`${origin}${path} answers ${answer.status}, and no JSON: ${text.slice(0, 80)}`);
  }
  return { status: answer.status, json };
}

/**
 * A token with these scopes: SORI_TOKEN, or of the local instance's owner without a question, or what somebody copies from
 * the browser in which they allow it.
 */
export async function token(origin, scopes) {
  if (process.env.SORI_TOKEN) return process.env.SORI_TOKEN;
  const state = localState();
  if (state?.running()?.publicOrigin === origin) {
    const { json } = await call(origin, undefined, "GET", "/api/v2/instance");
    const owner = json.contact?.account;
    const [name, domain] = (owner?.acct ?? "").split("@");
    if (!name) fail(`The local instance has no owner yet: open ${origin}/setup`);
    const answer = await fetch(`${origin}/_dev/account`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-setup-code": state.vars.SETUP_CODE },
      body: JSON.stringify({ username: name, domain: domain ?? json.domain }),
    });
    if (answer.ok) return (await answer.json()).token;
  }
  return allowed(origin, scopes);
}

/** A token by OAuth (RFC 6749, with PKCE): somebody allows it on a page of the instance, which shows a code. */
export async function allowed(origin, scopes) {
  const app = await call(origin, undefined, "POST", "/api/v1/apps", { client_name: "Sori's scripts", redirect_uris: OUT_OF_BAND, scopes });
  if (app.status !== 200) fail(`${origin} gives no token: ${app.json.error ?? app.status}`);
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: app.json.client_id,
    redirect_uri: OUT_OF_BAND,
    response_type: "code",
    scope: scopes,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  console.log(`Open this address, sign in, allow it, and copy the code:\n\n  ${origin}/oauth/authorize?${query}\n`);
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const code = (await lines.question("Code: ")).trim();
  lines.close();
  const given = await call(origin, undefined, "POST", "/oauth/token", {
    grant_type: "authorization_code",
    client_id: app.json.client_id,
    client_secret: app.json.client_secret,
    redirect_uri: OUT_OF_BAND,
    code,
    code_verifier: verifier,
  });
  if (given.status !== 200) fail(`The code is not taken: ${given.json.error_description ?? given.json.error}`);
  return given.json.access_token;
}
