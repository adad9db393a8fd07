// Real clients against a running instance: masto.js (Elk, Phanpy) and toot.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { createOAuthAPIClient, createRestAPIClient } from "masto";
import { account, client } from "./client.mjs";
import { startPeer } from "./fedify_peer.mjs";
import { startInstance } from "./instance.mjs";
import { eventually } from "./wait.mjs";

const run = promisify(execFile);
const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 40;
const TOOT = process.env.SORI_TOOT ?? ".tools/python/bin/toot";
const PASSWORD = "correct horse battery";

let sori, peer;
before(async () => {
  sori = await startInstance({ port: PORT });
  peer = await startPeer({ port: PORT + 1 });
  await account(sori, "owner", true);
  // Sign-up by API, as the official apps do it.
  const api = client(sori.origin);
  const app = await api("POST", "/api/v1/apps", { client_name: "signup", redirect_uris: "urn:ietf:wg:oauth:2.0:oob", scopes: "read write follow push" });
  const { access_token } = await api("POST", "/oauth/token", { grant_type: "client_credentials", client_id: app.client_id, client_secret: app.client_secret, scope: "read write follow push" });
  for (const username of ["alice", "bob"]) {
    await client(sori.origin, access_token)("POST", "/api/v1/accounts", {
      username, email: `${username}@example.com`, password: PASSWORD, agreement: true, locale: "en",
    });
  }
});
after(async () => {
  await peer?.stop();
  await sori?.stop();
});

/** What a person does in the browser: sign in, agree; answers the redirect or the page with the code. */
async function authorize(url, username) {
  const jar = new Map();
  const visit = async (target, init = {}) => {
    const response = await fetch(target, {
      ...init, redirect: "manual",
      headers: { ...init.headers, cookie: [...jar].map(([k, v]) => `${k}=${v}`).join("; ") },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair] = cookie.split(";");
      jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    const location = response.headers.get("location");
    if (location && !location.startsWith(sori.origin) && !location.startsWith("/")) return { location };
    if (location) return visit(new URL(location, target).href);
    return { html: await response.text(), url: target, status: response.status };
  };
  const submit = (page, values) => {
    const form = page.html.match(/<form[^>]*method="post"[^>]*>[\s\S]*?<\/form>/i)?.[0];
    assert.ok(form, `no form on ${page.url}: ${page.html.slice(0, 400)}`);
    const action = new URL(form.match(/action="([^"]*)"/)?.[1].replaceAll("&amp;", "&") ?? page.url, page.url);
    const body = new URLSearchParams();
    for (const [input] of form.matchAll(/<input[^>]*>/g)) {
      const name = input.match(/name="([^"]*)"/)?.[1];
      const value = (input.match(/value="([^"]*)"/)?.[1] ?? "").replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#34;", '"');
      if (name) body.set(name, value);
    }
    for (const [name, value] of Object.entries(values(form))) body.set(name, value);
    return visit(action.href, { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded", origin: sori.origin } });
  };
  const named = (form, type) => form.match(new RegExp(`<input[^>]*type="${type}"[^>]*>`))?.[0].match(/name="([^"]*)"/)?.[1];
  let page = await visit(url);
  if (/type="password"/.test(page.html ?? "")) {
    page = await submit(page, (form) => {
      const login = form.match(/<input[^>]*autocomplete="username"[^>]*>/)[0].match(/name="([^"]*)"/)[1];
      return { [login]: username, [named(form, "password")]: PASSWORD };
    });
  }
  if (page.location) return page;
  if (/<form/.test(page.html)) {
    page = await submit(page, (form) => {
      const button = form.match(/<button[^>]*name="([^"]*)"[^>]*value="([^"]*)"/);
      return button ? { [button[1]]: button[2] } : {};
    });
  }
  return page;
}

describe("masto.js", () => {
  test("signs in by code with a custom scheme and lives a day", async () => {
    const rest = createRestAPIClient({ url: sori.origin });
    const redirect = "com.example.elk:/oauth";
    const app = await rest.v1.apps.create({ clientName: "Elk", redirectUris: `${redirect}\nhttps://elk.example/cb`, scopes: "read write follow push" });
    const url = new URL("/oauth/authorize", sori.origin);
    url.search = new URLSearchParams({ client_id: app.clientId, redirect_uri: redirect, response_type: "code", scope: "read write follow push", state: "s1" });
    const { location } = await authorize(url.href, "alice");
    assert.ok(location?.startsWith(`${redirect}?`), location);
    const back = new URL(location);
    assert.equal(back.searchParams.get("state"), "s1");
    const oauth = createOAuthAPIClient({ url: sori.origin });
    const token = await oauth.token.create({
      grantType: "authorization_code", clientId: app.clientId, clientSecret: app.clientSecret,
      redirectUri: redirect, code: back.searchParams.get("code"), scope: "read write follow push",
    });
    const masto = createRestAPIClient({ url: sori.origin, accessToken: token.accessToken });

    const me = await masto.v1.accounts.verifyCredentials();
    assert.equal(me.acct, "alice");
    const instance = await masto.v2.instance.fetch();
    assert.match(instance.version, /^4\.6\.5 \(compatible; Sori /);
    const status = await masto.v1.statuses.create({ status: "first *post* with https://example.com/a?b=c", visibility: "public", language: "en" });
    assert.match(status.content, /<a href="https:\/\/example\.com\/a\?b=c"/);
    const reply = await masto.v1.statuses.create({ status: "and more", inReplyToId: status.id, spoilerText: "cw" });
    assert.equal(reply.inReplyToId, status.id);
    const home = await masto.v1.timelines.home.list();
    assert.deepEqual(home.map((s) => s.id), [reply.id, status.id]);
    assert.equal((await masto.v1.statuses.$select(status.id).favourite()).favourited, true);
    const boost = await masto.v1.statuses.$select(status.id).reblog();
    assert.equal(boost.reblog.id, status.id);
    assert.notEqual(boost.id, status.id);
    const context = await masto.v1.statuses.$select(status.id).context.fetch();
    assert.deepEqual(context.descendants.map((s) => s.id), [reply.id]);

    const found = await masto.v2.search.list({ q: peer.handle, resolve: true, type: "accounts" });
    assert.equal(found.accounts.length, 1);
    await masto.v1.accounts.$select(found.accounts[0].id).follow();
    await eventually("the follow accepted", async () =>
      (await masto.v1.accounts.relationships.fetch({ id: [found.accounts[0].id] }))[0].following);
    const note = await peer.post("hello masto.js");
    await eventually("the post at home", async () => (await masto.v1.timelines.home.list()).some((s) => s.uri === note.id.href));
    const page = await masto.v1.timelines.home.list({ limit: 1 });
    assert.equal(page.length, 1);
    assert.equal((await masto.v1.statuses.$select(status.id).remove()).id, status.id);
  });
});

describe("toot", { skip: !existsSync(TOOT) && `no toot at ${TOOT}` }, () => {
  const home = mkdtempSync(join(tmpdir(), "sori-toot-"));
  const toot = async (...args) => (await run(TOOT, ["--no-color", ...args], { env: { ...process.env, XDG_CONFIG_HOME: home, TOOT_DISABLE_TESTS: "1" }, timeout: 60_000 })).stdout;

  test("logs in with a code and posts, reads, replies, favourites, boosts, follows", async () => {
    const { stdout } = await new Promise((resolve, reject) => {
      const child = execFile(TOOT, ["--no-color", "login", "--instance", sori.origin], { env: { ...process.env, XDG_CONFIG_HOME: home, BROWSER: "true" }, timeout: 60_000 }, (error, stdout, stderr) => (error ? reject(new Error(`${error.message}\n${stdout}\n${stderr}`)) : resolve({ stdout })));
      let seen = "", answered = false;
      child.stdout.on("data", async (chunk) => {
        seen += chunk;
        const url = seen.match(/https?:\/\/\S*\/oauth\/authorize\S*/)?.[0];
        if (!url) {
          if (/\[Y\/n\]|\[y\/N\]/i.test(chunk)) child.stdin.write("n\n");
          return;
        }
        if (answered) return;
        answered = true;
        const page = await authorize(url, "bob");
        const code = page.html?.match(/<(?:code|input|output)[^>]*?(?:value="([\w-]{20,})"|>([\w-]{20,})<)/);
        child.stdin.write("n\n");
        child.stdin.write(`${code?.[1] ?? code?.[2]}\n`);
      });
    });
    assert.match(stdout, /Success|logged in/i);
    assert.match(await toot("whoami"), /@bob/);
    const posted = await toot("post", "hello from the terminal");
    const id = posted.match(/\/(\d+)\s*$/m)?.[1];
    assert.ok(id, posted);
    assert.match(await toot("timelines", "home", "--limit", "5"), /hello from the terminal/);
    await toot("post", "--reply-to", id, "an answer");
    assert.match(await toot("thread", id), /an answer/);
    await toot("favourite", id);
    await toot("reblog", id);
    assert.match(await toot("follow", peer.handle), /You are now following|✓/);
    assert.match(await toot("following"), /tester@/);
  });
});
