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

// A 1 × 1 PNG.
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

describe("a browser", { skip: !path }, () => {
  let sori, chromium, tokens, alice, bob;
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
    assert.match(await page.textContent("main"), /Signed in as @owner/);
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
    const open = ["/", "/about", "/sign_in", "/public/local", "/directory", "/@alice", "/@alice/with_replies", "/@alice/media", "/guide/en/", new URL(post.url).pathname, new URL(poll.url).pathname, "/tags/sori", "/@alice/tagged/sori", "/nothing", consent];
    const settings = ["/", "/home", new URL(post.url).pathname, "/settings", "/settings/migration", "/settings/delete", "/settings/servers", "/settings/relays",
      "/settings/emojis", "/settings/old-posts", "/settings/import", "/settings/export", "/settings/archive", "/settings/takeout", "/settings/list-feeds",
      "/settings/domains", "/settings/identities", "/settings/password", "/settings/usage", "/settings/doctor", consent];
    for (const [width, height] of [[390, 844], [1280, 800]]) {
      for (const locale of ["en", "ko", "ja"]) {
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
            unnamed: [...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((i) => i.labels.length === 0).map((i) => i.name),
            headings: document.querySelectorAll("h1").length,
          }));
          const errors = wrong.filter((text) => !(address === "/nothing" && /404/.test(text)));
          assert.deepEqual([errors, seen.broken, seen.unnamed], [[], [], []], `${address} at ${width} px in ${locale}`);
          assert.ok(seen.over <= 0, `${address} at ${width} px in ${locale} is ${seen.over} px too wide`);
          assert.deepEqual([seen.lang, seen.headings], [address.startsWith("/guide/") ? "en" : locale, 1], address);
          // The rules for accessibility, in both themes.
          if (locale !== "en") return;
          await page.evaluate(AXE);
          const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
          const found = violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
          assert.deepEqual(found, [], `${address} at ${width} px`);
        };
        for (const address of open) await look(address);
        await page.goto(`${sori.origin}/sign_in`);
        await page.fill("[autocomplete=username]", "owner");
        await page.fill("[type=password]", PASSWORD);
        await page.click("main button[type=submit]");
        for (const address of settings) await look(address);
        await context.close();
      }
    }
  });

  test("the operator checks the instance, from its page and from a terminal", { timeout: 120_000 }, async () => {
    const context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "en" });
    const page = await context.newPage();
    await page.goto(`${sori.origin}/sign_in`);
    await page.fill("[autocomplete=username]", "owner");
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
