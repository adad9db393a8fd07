// Accounts of an instance under test: sign-up by API as the official apps do it, and browser actions.
import assert from "node:assert/strict";
import { client } from "./client.mjs";

export const PASSWORD = "correct horse battery";
export const SCOPES = "read write follow push";

/** Signs people up with an app's own token. */
export async function signUp(sori, ...names) {
  const api = client(sori.origin);
  const app = await api("POST", "/api/v1/apps", { client_name: "signup", redirect_uris: "urn:ietf:wg:oauth:2.0:oob", scopes: SCOPES });
  const { access_token } = await api("POST", "/oauth/token", { grant_type: "client_credentials", client_id: app.client_id, client_secret: app.client_secret, scope: SCOPES });
  const tokens = {};
  for (const username of names) {
    const token = await client(sori.origin, access_token)("POST", "/api/v1/accounts", {
      username, email: `${username}@example.com`, password: PASSWORD, agreement: true, locale: "en",
    });
    tokens[username] = token.access_token;
  }
  return tokens;
}

/** A fetch that keeps cookies, as a browser does, and follows no redirect. */
export function withCookies() {
  const jar = new Map();
  return async (target, init = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(target, { ...init, redirect: "manual", headers: { ...init.headers, cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [pair] = set.split(";");
      jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    return response;
  };
}

/** Sign-in and consent; answers the redirect (`location`) or the page with the code (`html`). */
export async function authorize(sori, url, username) {
  const ask = withCookies();
  const visit = async (target, init = {}) => {
    const response = await ask(target, init);
    const location = response.headers.get("location");
    if (location && !location.startsWith(sori.origin) && !location.startsWith("/")) return { location };
    if (location) return visit(new URL(location, target).href);
    return { html: await response.text(), url: target, status: response.status };
  };
  const submit = (page, values) => {
    const form = page.html.match(/<form(?![^>]*data-passkey)[^>]*method="post"[^>]*>[\s\S]*?<\/form>/i)?.[0];
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
      const login = form.match(/<input[^>]*autocomplete="username[^"]*"[^>]*>/)[0].match(/name="([^"]*)"/)[1];
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

/** As [`authorize`], for clients that are given the code by hand. */
export async function code(sori, url, username) {
  const page = await authorize(sori, url, username);
  const found = page.html?.match(/<(?:code|input|output)[^>]*?(?:value="([\w-]{20,})"|>([\w-]{20,})<)/);
  assert.ok(found, `no code: ${page.html?.slice(0, 400)}`);
  return found[1] ?? found[2];
}

/** The time of all that is scheduled is now, and cron comes by. */
export async function timePasses(sori) {
  const db = await sori.mf.getD1Database("DB");
  await db.prepare("UPDATE scheduled_statuses SET scheduled_at = 0").run();
  await sori.scheduled();
}
