// What a page weighs, whether it shifts while it loads, and whether it holds with larger text: as Chromium measures it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { path, startChromium } from "./chromium.mjs";
import { startInstance } from "./instance.mjs";
import { scene, signIn } from "./scene.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 320;
const MEDIA = ["image", "media"];
const WIDTHS = [[390, 844], [1280, 800]];

describe("the weight of pages", { skip: !path }, () => {
  let sori, chromium, all, main;
  before(async () => {
    sori = await startInstance({ port: PORT });
    chromium = await startChromium();
    all = await scene(sori);
    const picture = new URL(all.picture.url).pathname;
    // As other servers send them: a picture and a video whose sizes nobody says, a custom emoji, a card with a picture.
    const db = await sori.mf.getD1Database("DB");
    const file = all.picture.media_attachments[0].preview_url;
    const post = async (status) => Number((await all.alice("POST", "/api/v1/statuses", { status })).id);
    const unsized = `json_array(json_object('kind', ?2, 'media_type', ?3, 'url', ?4, 'preview_url', ?4, 'remote_url', ?4))`;
    for (const [kind, type] of [["image", "image/png"], ["video", "video/mp4"]]) {
      await db.prepare(`UPDATE statuses SET media = ${unsized} WHERE id = ?1`).bind(await post(`of no known size: ${kind}`), kind, type, file).run();
    }
    await db.prepare(`UPDATE statuses SET content = '<p>' || ?2 || '</p>', emojis = json_array(json_object('shortcode', 'fern', 'url', ?3, 'static_url', ?3)) WHERE id = ?1`)
      .bind(await post("an emoji"), ":fern: and many words after it that go on to a second and a third line ".repeat(4), all.avatar).run();
    await db.prepare("INSERT INTO cards (url, card, due_at) VALUES ('https://x.example/', ?1, 9e15)")
      .bind(JSON.stringify([0, "A title", "What it is about", "en", "", "", "x.example", "", file, "", 1200, 800, "", null, "x.example", "x.example"])).run();
    await db.prepare("UPDATE statuses SET card_url = 'https://x.example/' WHERE id = ?1").bind(await post("a card")).run();
    main = { open: ["/", "/public/local", "/@alice", "/@alice/media", picture, "/tags/sori"], signedIn: ["/home", "/notifications", "/@alice", picture, "/compose", "/public", "/settings/profile"] };
  });
  after(async () => {
    await chromium?.close();
    await sori?.stop();
  });

  test("few bytes and requests, of one origin", async () => {
    const context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "ko" });
    const page = await context.newPage();
    await signIn(page, sori);
    await page.goto(`${sori.origin}/settings/password`);
    // As Cloudflare sends it: compressed. Its own compression (brotli) makes it smaller still.
    const sent = [];
    page.on("response", (response) => sent.push(response));
    const weigh = async (address) => {
      sent.length = 0;
      await page.goto(sori.origin + address, { waitUntil: "networkidle" });
      // What the browser has kept has sent nothing (https://www.w3.org/TR/resource-timing/#dom-performanceresourcetiming-transfersize).
      const entries = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name, transferSize, decodedBodySize }) => ({ name, isKept: transferSize === 0 && decodedBodySize > 0 })));
      const cached = new Set(entries.filter(({ isKept }) => isKept).map(({ name }) => name));
      const found = [];
      for (const response of sent) {
        const request = response.request();
        const url = new URL(request.url());
        assert.ok(url.origin === sori.origin || url.protocol === "data:", `${address} asks ${url}`);
        if (MEDIA.includes(request.resourceType()) || url.protocol === "data:" || /favicon|manifest/.test(url.pathname)) continue;
        const bytes = cached.has(response.url()) ? 0 : gzipSync(await response.body(), { level: 6 }).length;
        found.push({ kind: request.resourceType(), path: url.pathname, bytes });
      }
      return found;
    };
    const sum = (found, kind) => found.filter((one) => !kind || one.kind === kind).reduce((all, { bytes }) => all + bytes, 0);
    const many = (found, kind) => found.filter((one) => one.kind === kind).length;
    const fresh = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "ko", storageState: await context.storageState() });
    const first = await fresh.newPage();
    first.on("response", (response) => sent.push(response));
    // The same with an empty cache.
    sent.length = 0;
    await first.goto(`${sori.origin}/home`, { waitUntil: "networkidle" });
    const home = [];
    for (const response of sent) {
      const type = response.request().resourceType();
      const { pathname, protocol } = new URL(response.url());
      if (MEDIA.includes(type) || protocol === "data:" || /favicon|manifest/.test(pathname)) continue;
      home.push({ kind: type, path: pathname, bytes: gzipSync(await response.body(), { level: 6 }).length });
    }
    await fresh.close();
    const told = JSON.stringify(home);
    assert.ok((await page.goto(`${sori.origin}/home`)) && (await page.locator("article.status").count()) >= 20);
    assert.equal(many(home, "document"), 1, told);
    assert.equal(many(home, "stylesheet"), 1, told);
    assert.ok(sum(home, "script") <= 35_000, told);
    assert.ok(sum(home) <= 60_000, told);
    console.log(`home: ${sum(home)} bytes of ${home.length} files`);
    for (const address of [...main.signedIn, "/search?q=sori", "/lists", "/settings"]) {
      const next = await weigh(address);
      assert.equal(many(next, "document"), 1, address);
      assert.ok(sum(next) <= 25_000, `${address}: ${JSON.stringify(next)}`);
      console.log(`${address}: ${sum(next)} bytes of ${next.length} files`);
    }
    await context.close();
  });

  for (const [width, height] of WIDTHS) {
    test(`nothing shifts at ${width} px while slow pictures come`, { timeout: 500_000 }, async () => {
      const faults = [];
      for (const isSignedIn of [false, true]) {
        const context = await chromium.newContext({ viewport: { width, height: 3 * height }, locale: "en", bypassCSP: true });
        const page = await context.newPage();
        if (isSignedIn) await signIn(page, sori);
        await context.addInitScript(() => {
          globalThis.shifts = [];
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) {
              shifts.push({ value: entry.value, of: entry.sources.map((s) => `${(s.node?.nodeType === 1 ? s.node : s.node?.parentElement)?.outerHTML.slice(0, 120)} from ${JSON.stringify(s.previousRect)} to ${JSON.stringify(s.currentRect)}`) });
            }
          }).observe({ type: "layout-shift", buffered: true });
        });
        await page.route("**/*", async (route) => {
          if (MEDIA.includes(route.request().resourceType())) await new Promise((done) => setTimeout(done, 250));
          await route.continue().catch(() => {});
        });
        for (const address of isSignedIn ? main.signedIn : main.open) {
          await page.goto(sori.origin + address, { waitUntil: "networkidle" });
          // Lazy pictures load as they come near.
          await page.evaluate(async () => {
            for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
              scrollTo(0, y);
              await new Promise((done) => setTimeout(done, 60));
            }
          });
          await page.waitForLoadState("networkidle");
          await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
          const shifts = await page.evaluate(() => shifts);
          const sum = shifts.reduce((all, { value }) => all + value, 0);
          // To three places, as it is shown everywhere: by the script a file field says that it takes several files, in its own box (0.00002).
          if (Math.round(sum * 1000) > 0) faults.push(`${address}: ${sum}: ${shifts.flatMap(({ of }) => of).slice(0, 3).join(" | ")}`);
        }
        await context.close();
      }
      assert.deepEqual(faults, []);
    });
  }

  test("text twice as large fits at 390 px, on each page", { timeout: 500_000 }, async () => {
    const faults = [];
    for (const isSignedIn of [false, true]) {
      const context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "ko", bypassCSP: true });
      const page = await context.newPage();
      if (isSignedIn) await signIn(page, sori);
      for (const address of isSignedIn ? all.signedIn : all.open) {
        await page.goto(sori.origin + address, { waitUntil: "load" });
        const found = await page.evaluate(() => {
          document.documentElement.style.fontSize = `${2 * parseFloat(getComputedStyle(document.documentElement).fontSize)}px`;
          for (const details of document.querySelectorAll("details")) details.open = true;
          const wrong = [];
          const over = document.documentElement.scrollWidth - innerWidth;
          if (over > 0) {
            const wide = [...document.querySelectorAll("main *, header *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".numbers, pre, .wide, .unseen"));
            wrong.push(`${over} px too wide: ${wide.slice(-2).map((e) => e.outerHTML.slice(0, 140)).join(" | ")}`);
          }
          // Text that is cut off: what hides what runs over, and is not made to.
          for (const e of document.querySelectorAll("main *, header *")) {
            const style = getComputedStyle(e);
            if (e.closest(".unseen, .invisible, select, .about, option") || !e.textContent.trim() || !["hidden", "clip"].includes(style.overflowX)) continue;
            if (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1) wrong.push(`cut off: ${e.outerHTML.slice(0, 140)}`);
          }
          return wrong;
        });
        faults.push(...found.map((told) => `${address}: ${told}`));
      }
      await context.close();
    }
    assert.deepEqual(faults, []);
  });

  test("a post from right to left stands so", async () => {
    const context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "en" });
    const page = await context.newPage();
    await page.goto(`${sori.origin}/@alice?max_id=9007199254740991`);
    const statuses = async () => page.locator("article.status", { hasText: "مرحبا" });
    while ((await (await statuses()).count()) === 0) await page.locator("a[rel=next]").click();
    const text = (await statuses()).first().locator(".text");
    const [lang, direction, align, left] = await text.evaluate((e) => {
      const range = document.createRange();
      range.selectNodeContents(e);
      const lines = [...range.getClientRects()];
      const box = e.getBoundingClientRect();
      // Its last line begins at the right edge.
      return [e.lang, getComputedStyle(e).direction, getComputedStyle(e).textAlign, Math.abs(box.right - lines.at(-1).right)];
    });
    assert.deepEqual([lang, direction, align], ["ar", "rtl", "start"]);
    assert.ok(left < 3, `${left}`);
    // What is around it goes from left to right.
    assert.equal(await (await statuses()).first().locator(".byline").evaluate((e) => getComputedStyle(e).direction), "ltr");
    await context.close();
  });
});
