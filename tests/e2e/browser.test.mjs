// A real browser: its own sockets and event sources on live streams, and every page at the width of a phone and of a desk.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { path, startChromium } from "./chromium.mjs";
import { client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { PASSWORD, signUp } from "./people.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 110;
const AXE = readFileSync(resolve(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");
const root = resolve(import.meta.dirname, "../..");
if (!path) console.log("no Chromium on this machine (Debian's package chromium): its tests are skipped");

/** Where screenshots of the pages are written, if at all: `npm run shots`. */
const SHOTS = process.env.SORI_SHOTS;

// A 1 × 1 PNG.
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

describe("a browser", { skip: !path }, () => {
  let sori, chromium, tokens, alice, bob;
  // The path of a list of the owner's.
  let list;
  before(async () => {
    sori = await startInstance({ port: PORT });
    chromium = await startChromium();
  });
  after(async () => {
    await chromium?.close();
    await sori?.stop();
  });

  test("sets the server up", async () => {
    const page = await chromium.newPage({ viewport: { width: 390, height: 844 } });
    await page.goto(sori.origin);
    assert.match(page.url(), /\/setup$/);
    await page.fill("[name=code]", sori.setupCode.toUpperCase());
    await page.fill("[name=title]", "Ferns");
    await page.fill("[name=username]", "owner");
    await page.fill("[name=password]", PASSWORD);
    await page.click("button[type=submit]");
    assert.match(await page.textContent("main"), new RegExp(`@owner@localhost:${PORT}`));
    await page.click("main a");
    assert.match(await page.textContent("main"), /Find people/);
    await page.goto(`${sori.origin}/welcome/app`);
    // No phone reaches a server of this machine.
    assert.equal(await page.locator("svg.qr").count(), 0);
    await page.context().close();
    tokens = await signUp(sori, "alice", "bob");
    alice = client(sori.origin, tokens.alice);
    bob = client(sori.origin, tokens.bob);
  });

  test("streams by its own WebSocket and EventSource, from a page of another origin", async (t) => {
    // A page of no address may not ask loopback.
    const elsewhere = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>"));
    await new Promise((resolve) => elsewhere.listen(PORT + 1, "127.0.0.1", resolve));
    t.after(() => elsewhere.close());
    const page = await chromium.newPage();
    await page.goto(`http://127.0.0.1:${PORT + 1}/`);
    const ws = sori.origin.replace("http", "ws");
    await page.evaluate(
      ({ ws, origin, token }) => {
        globalThis.came = { query: [], protocol: [], events: [] };
        const note = (name) => ({ data }) => came[name].push(JSON.parse(data));
        const open = (name, socket) =>
          new Promise((resolve, reject) => {
            socket.onmessage = note(name);
            socket.onopen = () => resolve(socket.protocol);
            socket.onerror = () => reject(new Error(`${name} is refused`));
          });
        const source = new EventSource(`${origin}/api/v1/streaming/public/local?access_token=${token}`);
        source.addEventListener("update", ({ data }) => came.events.push(JSON.parse(data)));
        // A browser ends a connection whose server does not answer with the protocol that it asked for.
        return Promise.all([
          open("query", new WebSocket(`${ws}/api/v1/streaming?stream=public:local&access_token=${token}`)),
          open("protocol", new WebSocket(`${ws}/api/v1/streaming?stream=public:local`, token)),
          new Promise((resolve, reject) => {
            source.onopen = resolve;
            source.onerror = () => reject(new Error("the event source is refused"));
          }),
        ]).then(([, protocol]) => (globalThis.protocol = protocol));
      },
      { ws, origin: sori.origin, token: tokens.alice },
    );
    assert.equal(await page.evaluate(() => protocol), tokens.alice);
    const ids = [];
    await eventually("a post on each", async () => {
      ids.push((await bob("POST", "/api/v1/statuses", { status: `seen in a browser ${ids.length}` })).id);
      const came = await page.evaluate(() => came);
      const statuses = [came.query.map((e) => JSON.parse(e.payload)), came.protocol.map((e) => JSON.parse(e.payload)), came.events];
      return statuses.every((all) => all.some((status) => ids.includes(status.id)));
    });
    await page.close();
  });

  test("is enough for a day without scripts", async () => {
    const context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "en", javaScriptEnabled: false });
    const page = await context.newPage();
    const go = (path) => page.goto(sori.origin + path);
    const press = (name, scope = page) => Promise.all([page.waitForLoadState("load"), scope.getByRole("button", { name, exact: true }).first().click()]);
    const says = async (text) => assert.match(await page.textContent("main"), text);
    const status = (text) => page.locator("article.status", { hasText: text }).first();
    const menu = (of) => of.locator(".actions summary").click();
    await go("/home");
    await page.fill("[autocomplete^=username]", "owner");
    await page.fill("[type=password]", PASSWORD);
    await page.click("main button[type=submit]");
    // Finds somebody, follows, and sees on their profile that it is so.
    await bob("POST", "/api/v1/statuses", { status: "moss on the north side #moss" });
    await go("/search?q=bob");
    await page.getByRole("link", { name: "bob", exact: true }).first().click();
    await press("Follow");
    await page.getByRole("button", { name: "Unfollow" }).waitFor();
    // Reads, favourites, answers and quotes.
    await go("/home");
    await press("Favourite", status("moss on the north"));
    assert.equal(await status("moss on the north").getByRole("button", { name: "Favourite" }).getAttribute("aria-pressed"), "true");
    await status("moss on the north").getByRole("link", { name: "Reply" }).click();
    await page.fill("#answer textarea", "@bob and on mine");
    await press("Post", page.locator("#answer"));
    await says(/and on mine/);
    await go("/home");
    await menu(status("moss on the north"));
    await status("moss on the north").getByRole("link", { name: "Quote" }).click();
    await page.fill("#text", "look at that");
    await press("Post");
    await says(/look at that/);
    // Writes with a picture, its description and a poll, then corrects it.
    await go("/home");
    await page.fill("#text", "which fern?");
    await press("More options");
    await page.setInputFiles("#file", { name: "fern.png", mimeType: "image/png", buffer: PIXEL });
    await press("Add");
    await page.fill("textarea[name^=alt_]", "a fern");
    await page.locator("summary", { hasText: "Content warning" }).click();
    await page.fill("#warning", "plants");
    await press("Post");
    await menu(status("which fern?"));
    await status("which fern?").getByRole("link", { name: "Edit" }).click();
    await page.fill("#text", "@alice @bob which fern is it?");
    await press("Save changes");
    const { id: owner } = await alice("GET", "/api/v1/accounts/lookup?acct=owner");
    const [post] = await alice("GET", `/api/v1/accounts/${owner}/statuses`);
    assert.deepEqual([post.spoiler_text, post.media_attachments[0].description, post.edited_at !== null], ["plants", "a fern", true]);
    // Is told what others do, and answers a request.
    await bob("POST", `/api/v1/statuses/${post.id}/favourite`);
    await bob("POST", "/api/v1/statuses", { status: "@owner a maidenhair", in_reply_to_id: post.id });
    await go("/notifications");
    await says(/favourited your post/);
    await says(/a maidenhair/);
    await go("/settings/profile");
    await page.fill("[name=display_name]", "Owner of ferns");
    await page.check("[name=locked]");
    await page.locator("main form button[type=submit]").last().click();
    await alice("POST", `/api/v1/accounts/${owner}/follow`);
    await go("/follow_requests");
    await says(/alice/);
    await page.locator("main button").first().click();
    assert.equal((await alice("GET", `/api/v1/accounts/relationships?id=${owner}`))[0].following, true);
    // Makes a list, a filter, a bookmark, and talks with one person.
    await go("/lists");
    await page.fill("main [name=title]", "ferns and mosses of a rather long name");
    await page.locator("main form button[type=submit]").first().click();
    list = await page.locator("main a[href^='/lists/']").first().getAttribute("href");
    list = list.replace(/\/edit$/, "");
    await go(`/tags/moss`);
    await press("Bookmark", status("moss on the north"));
    await go("/bookmarks");
    await says(/moss on the north/);
    await bob("POST", "/api/v1/statuses", { status: "@owner between us", visibility: "direct" });
    await go("/conversations");
    await says(/between us/);
    await context.close();
  });

  test("shows each page without sideways scrolling, errors or anything that the policy refuses", async () => {
    const form = new FormData();
    form.set("file", new Blob([PIXEL], { type: "image/png" }), "a.png");
    form.set("description", "a dot");
    const upload = await fetch(`${sori.origin}/api/v2/media`, { method: "POST", body: form, headers: { authorization: `Bearer ${tokens.alice}` } });
    const { id } = await upload.json();
    await alice("PATCH", "/api/v1/accounts/update_credentials", {
      display_name: "앨리스 of a rather long name that goes o", note: "x".repeat(300),
      fields_attributes: [{ name: "site", value: "https://example.com/" + "a".repeat(150) }],
    });
    const post = await alice("POST", "/api/v1/statuses", { status: `a picture ${"long".repeat(60)} #sori`, media_ids: [id] });
    const poll = await alice("POST", "/api/v1/statuses", { status: "which?", poll: { options: ["one", "w".repeat(50)], expires_in: 3600 } });
    const app = await client(sori.origin)("POST", "/api/v1/apps", { client_name: "An app", redirect_uris: "http://localhost/there", scopes: "read write follow push" });
    const consent = `/oauth/authorize?client_id=${app.client_id}&redirect_uri=http://localhost/there&response_type=code&scope=read+write+follow+push`;
    const answer = await bob("POST", "/api/v1/statuses", { status: `@alice ${"answer".repeat(40)}`, in_reply_to_id: post.id });
    await alice("POST", "/api/v1/statuses", { status: "@bob yes", in_reply_to_id: answer.id });
    // What the pages of the reader, who is the owner, are about.
    const { id: owner } = await alice("GET", "/api/v1/accounts/lookup?acct=owner");
    const [edited] = await alice("GET", `/api/v1/accounts/${owner}/statuses`);
    await alice("POST", "/api/v1/statuses", { status: "@owner for you alone", visibility: "direct" });
    const open = ["/", "/about", "/sign_in", "/sign_up", "/public/local", "/directory", "/@alice", "/@alice/with_replies", "/@alice/media", "/guide/en/", new URL(post.url).pathname, new URL(poll.url).pathname, "/tags/sori", "/@alice/tagged/sori", "/@alice/followers", "/@alice/following",
      "/public", "/explore", `/interact?uri=${encodeURIComponent(post.uri)}`, "/nothing", consent];
    const settings = ["/", "/home", "/menu", new URL(post.url).pathname, "/@alice", "/@owner", "/@alice/followers", "/public", "/public/local", "/explore", "/tags/sori",
      "/notifications", "/notifications?type=mention", "/notifications/requests", "/follow_requests", "/conversations", "/search", "/search?q=sori", "/search?q=alice&type=accounts",
      "/lists", list, `${list}/edit`, "/bookmarks", "/favourites", "/followed_tags", "/scheduled", `/report?status=${post.id}`, "/compose", `/compose?reply=${post.id}`, `/compose?quote=${post.id}`,
      `/compose?edit=${edited.id}`, "/settings/profile", "/settings/preferences", "/settings/muted", "/settings/filters", "/settings", "/settings/migration", "/settings/delete", "/settings/site", "/settings/rules", "/settings/announcements", "/settings/templates", "/settings/terms", "/settings/invites", "/settings/spam", "/settings/held", "/settings/trends", "/settings/sign-up-rules", "/settings/applications", "/settings/servers/b.example", "/settings/blocklists", "/settings/blocklists/import", "/settings/severed", "/settings/admin", "/settings/people", "/settings/reports", "/settings/appeals", "/settings/audit", "/settings/roles", "/settings/strikes", "/settings/servers", "/settings/relays",
      "/settings/emojis", "/settings/old-posts", "/settings/import", "/settings/export", "/settings/archive", "/settings/takeout", "/settings/list-feeds",
      "/settings/appearance", "/settings/notifications", "/settings/security", "/settings/reset", "/settings/sessions", "/settings/branding", "/welcome/people", "/welcome/app", "/collections", "/settings/domains", "/settings/identities", "/settings/password", "/settings/usage", "/settings/doctor", consent];
    const faults = [];
    // The texts of a language need most room where there is least of it.
    for (const [width, height, locales] of [[390, 844, ["en", "ko", "ja"]], [1280, 800, ["en"]]]) {
      for (const locale of locales) {
        const context = await chromium.newContext({ viewport: { width, height }, locale, colorScheme: width === 390 ? "dark" : "light" });
        const page = await context.newPage();
        const wrong = [];
        page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
        page.on("pageerror", (error) => wrong.push(String(error)));
        page.on("requestfailed", (request) => wrong.push(`${request.url()} failed`));
        const look = async (address) => {
          wrong.length = 0;
          await page.goto(sori.origin + address, { waitUntil: "load" });
          const seen = await page.evaluate(() => ({
            lang: document.documentElement.lang,
            over: document.documentElement.scrollWidth - innerWidth,
            broken: [...document.images].filter((i) => i.complete && i.naturalWidth === 0).map((i) => i.src),
            unnamed: [...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((i) => i.labels.length === 0 && !i.ariaLabel).map((i) => i.name),
            headings: document.querySelectorAll("h1").length,
          }));
          const found = wrong.filter((text) => !(address === "/nothing" && /404/.test(text)));
          found.push(...seen.broken, ...seen.unnamed.map((name) => `${name} has no label`));
          if (seen.over > 0) found.push(`${seen.over} px too wide`);
          if (seen.lang !== (address.startsWith("/guide/") ? "en" : locale)) found.push(`in the language ${seen.lang}`);
          if (seen.headings !== 1) found.push(`${seen.headings} h1`);
          if (SHOTS) await page.screenshot({ path: `${SHOTS}/${address.replace(/^\/|[?=&%:]/g, "").replaceAll("/", "_").slice(0, 60) || "front"}-${width}-${locale}.png`, fullPage: true });
          // The rules for accessibility, in both themes.
          if (locale === "en") {
            await page.evaluate(AXE);
            const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
            found.push(...violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`));
          }
          faults.push(...found.map((text) => `${address} at ${width} px in ${locale}: ${text}`));
        };
        for (const address of open) await look(address);
        await page.goto(`${sori.origin}/sign_in`);
        await page.fill("[autocomplete^=username]", "owner");
        await page.fill("[type=password]", PASSWORD);
        await page.click("main button[type=submit]");
        for (const address of settings) await look(address);
        await context.close();
      }
    }
    assert.deepEqual(faults, []);
  });

  test("the operator checks the instance, from its page and from a terminal", { timeout: 120_000 }, async () => {
    const context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "en" });
    const page = await context.newPage();
    await page.goto(`${sori.origin}/sign_in`);
    await page.fill("[autocomplete^=username]", "owner");
    await page.fill("[type=password]", PASSWORD);
    await page.click("main button[type=submit]");
    await page.goto(`${sori.origin}/settings/doctor`);
    await page.click("main button[type=submit]");
    const shown = await page.textContent("main");
    // The local runtime answers without a date, so that clocks cannot be compared.
    for (const name of ["Database", "Secret", "Durable Object for heavy work", "Live streams", "Storage of files", "WebFinger", "host-meta", "Inbox"]) {
      assert.match(shown, new RegExp(`${name} · good`), shown);
    }
    await context.close();
    const asked = spawnSync(process.execPath, ["scripts/doctor.mjs", sori.origin], { encoding: "utf8", cwd: root });
    assert.equal(asked.status, 0, asked.stdout + asked.stderr);
    for (const name of ["database", "webfinger", "actor", "host-meta", "inbox"]) assert.match(asked.stdout, new RegExp(`✓\\S* ${name}: `), asked.stdout);
  });
});
