// The pages' script in a real browser, with the pages of the real runtime.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { path, startChromium } from "./chromium.mjs";
import { account, client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { PASSWORD, signUp } from "./people.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 170;
const AXE = readFileSync(resolve(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");
const SHOTS = process.env.SORI_SHOTS;
// A 1 × 1 PNG.
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

describe("the script of the pages", { skip: !path }, () => {
  let sori, chromium, tokens, alice, bob, ids, context, page;
  const wrong = [];

  before(async () => {
    sori = await startInstance({ port: PORT });
    await account(sori, "owner", true);
    tokens = await signUp(sori, "alice", "bob");
    [alice, bob] = [client(sori.origin, tokens.alice), client(sori.origin, tokens.bob)];
    ids = { alice: (await alice("GET", "/api/v1/accounts/verify_credentials")).id, bob: (await bob("GET", "/api/v1/accounts/verify_credentials")).id };
    await alice("POST", `/api/v1/accounts/${ids.bob}/follow`);
    chromium = await startChromium();
    context = await newContext({ width: 390, height: 844 });
    page = await context.newPage();
    await signIn(page);
  });
  after(async () => {
    await chromium?.close();
    await sori?.stop();
  });

  /** A browser of somebody; what its pages and their policy refuse is noted. */
  async function newContext(viewport, more = {}) {
    const made = await chromium.newContext({ viewport, locale: "en", ...more });
    made.on("page", (page) => {
      page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
      page.on("pageerror", (error) => wrong.push(String(error)));
      page.on("request", (request) => request.url().startsWith(sori.origin) || /^(data|blob):/.test(request.url()) || wrong.push(`${request.url()} was asked for`));
    });
    return made;
  }
  async function signIn(page, name = "alice") {
    await page.goto(`${sori.origin}/home`);
    await page.fill("[autocomplete^=username]", name);
    await page.fill("[type=password]", PASSWORD);
    await page.click("main button[type=submit]");
    await page.waitForURL("**/home");
  }
  const go = (path) => page.goto(sori.origin + path);
  const status = (text) => page.locator("article.status", { hasText: text }).first();
  const post = (status, more = {}) => bob("POST", "/api/v1/statuses", { status, ...more });
  /** Posts until the page, which connects after a while, has heard of one. */
  async function listens(heard, text) {
    for (let n = 0; n < 20; n += 1) {
      await post(`${text} ${n}`);
      if (await heard.waitFor({ timeout: 4000 }).then(() => true, () => false)) return;
    }
    assert.fail("the page hears nothing");
  }
  /** The page is still the one that was marked. */
  const mark = () => page.evaluate(() => void (globalThis.isSame = true));
  const isSame = () => page.evaluate(() => globalThis.isSame === true);
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute("value") || document.activeElement?.tagName);
  const shot = (name) => SHOTS && page.screenshot({ path: `${SHOTS}/script-${name}.png` });
  async function sound() {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`), []);
  }
  function quiet() {
    assert.deepEqual(wrong.splice(0), []);
  }

  test("a page of who is signed in may read and upload by its session, and no more", async () => {
    const asks = (method, path, headers) =>
      page.evaluate(
        async ({ method, path, headers }) => {
          const token = document.querySelector("meta[name=sori-form]").content;
          const response = await fetch(path, { method, headers: headers ? { "Sori-Form": token } : {} });
          return [response.status, (await response.json()).username];
        },
        { method, path, headers },
      );
    assert.deepEqual(await asks("GET", "/api/v1/accounts/verify_credentials", true), [200, "alice"]);
    assert.equal((await asks("GET", "/api/v1/accounts/verify_credentials", false))[0], 401);
    assert.equal((await asks("POST", "/api/v1/statuses", true))[0], 403);
    // No text becomes HTML, and nobody makes a policy for it.
    const refusals = await page.evaluate(() => {
      const tries = [() => (document.body.innerHTML = "<b>x</b>"), () => trustedTypes.createPolicy("own", {}), () => new DOMParser().parseFromString("<b>x</b>", "text/html")];
      return tries.filter((act) => {
        try {
          act();
          return false;
        } catch {
          return true;
        }
      }).length;
    });
    assert.equal(refusals, 3);
    // The browser notes these refusals, and the answers above that are errors.
    wrong.length = 0;
  });

  test("new posts are counted and put above without a jump, edits and deletions are applied", async () => {
    const old = [];
    for (let n = 0; n < 8; n += 1) old.push((await post(`old number ${n}\n\n${"line\n\n".repeat(5)}`)).id);
    await go("/home");
    await page.evaluate(() => {
      globalThis.shifts = [];
      const note = (one) => one.hadRecentInput || shifts.push(`${one.value}: ${one.sources.map(({ node }) => node?.outerHTML?.slice(0, 100) ?? node?.textContent).join(", ")}`);
      new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type: "layout-shift", buffered: true });
    });
    await mark();
    const fresh = page.getByRole("button", { name: /^\d+ new posts?$/ });
    await listens(fresh, "hello there");
    await post("and another");
    await page.getByRole("button", { name: /^[2-9] new posts$/ }).waitFor();
    assert.deepEqual(await page.evaluate(() => shifts), []);
    assert.equal(await status("and another").count(), 0);
    await shot("new");
    await sound();
    // Somebody who reads further down.
    await page.evaluate((id) => document.getElementById(`status-${id}`).scrollIntoView(), old[4]);
    const top = () => page.evaluate((id) => Math.round(document.getElementById(`status-${id}`).getBoundingClientRect().top), old[4]);
    const before = await top();
    await fresh.evaluate((button) => button.click());
    await status("and another").waitFor({ state: "attached" });
    // Browsers scroll by whole pixels.
    assert.ok(Math.abs((await top()) - before) <= 1, `${await top()}, before ${before}`);
    assert.equal(await fresh.count(), 0);
    const order = await page.locator("main > article.status .text").allTextContents();
    assert.equal(order[0].trim(), "and another");
    assert.equal(await page.evaluate(() => document.activeElement.matches("article.status")), true);
    await bob("PUT", `/api/v1/statuses/${old[7]}`, { status: "not so old any more" });
    await status("not so old any more").waitFor({ state: "attached" });
    await bob("DELETE", `/api/v1/statuses/${old[6]}`);
    await page.locator(`#status-${old[6]}`).waitFor({ state: "detached" });
    // One that waits and is deleted is no longer counted.
    const { id } = await post("gone at once");
    await fresh.waitFor();
    await bob("DELETE", `/api/v1/statuses/${id}`);
    await fresh.waitFor({ state: "detached" });
    assert.ok(await isSame());
    // What comes before there is a connection is told as well, wherever the page is, and in its title.
    await go("/home");
    await post("in the first second");
    await fresh.waitFor();
    assert.match(await page.title(), /^\(1\) /);
    const { y } = await fresh.boundingBox();
    assert.ok(y >= 0 && y < 100, `${y}`);
    await fresh.click();
    await status("in the first second").waitFor();
    assert.doesNotMatch(await page.title(), /^\(/);
    await mark();
    quiet();
  });

  test("a notification is a dot at its place, and none once they are seen", async () => {
    await post("@alice look");
    const dot = page.locator(".rail a.unread");
    await dot.waitFor();
    assert.match(await dot.textContent(), /Notifications.*New notifications/);
    await shot("dot");
    await go("/notifications");
    assert.equal(await dot.count(), 0);
    const fresh = page.getByRole("button", { name: "New notifications" });
    await listens(fresh, "@alice look again");
    await mark();
    await fresh.click();
    await status("look again").waitFor();
    assert.ok(await isSame());
    quiet();
  });

  test("a tab that comes back asks what it has missed", async () => {
    await go("/home");
    const fresh = page.getByRole("button", { name: /new posts?$/ });
    await listens(fresh, "before the night");
    await fresh.click();
    await page.clock.install();
    const hide = (state) =>
      page.evaluate((state) => {
        Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
        Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    await hide("hidden");
    await page.clock.runFor(40_000);
    await post("while it slept");
    await page.clock.runFor(1000);
    assert.equal(await fresh.count(), 0);
    await hide("visible");
    await page.clock.runFor(2000);
    await eventually("the button", async () => (await page.clock.runFor(500), (await fresh.count()) > 0));
    await page.close();
    page = await context.newPage();
    quiet();
  });

  test("what is done with a status and with a person changes the page where it is", async () => {
    const { id } = await post("to be liked", { poll: { options: ["yes", "no"], expires_in: 3600 } });
    await go("/home");
    await mark();
    const one = page.locator(`#status-${id}`);
    for (const [name, field] of [["Favourite", "favourited"], ["Boost", "reblogged"], ["Bookmark", "bookmarked"]]) {
      const control = one.getByRole("button", { name, exact: true });
      await control.click();
      await eventually(name, async () => (await alice("GET", `/api/v1/statuses/${id}`))[field]);
      await eventually("its button", async () => (await one.locator(`button[value=un${name === "Boost" ? "reblog" : name.toLowerCase()}][aria-pressed=true]`).count()) === 1);
      assert.equal(await focused(), `un${name === "Boost" ? "reblog" : name.toLowerCase()}`);
    }
    await one.getByLabel("yes").check();
    await one.getByRole("button", { name: "Vote" }).click();
    await one.getByText("your choice", { exact: false }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.matches(".poll")), true);
    await one.locator(".actions summary").click();
    await one.getByRole("button", { name: "Mute this conversation" }).or(one.locator("button[value=mute]")).click();
    await one.locator("button[value=unmute]").waitFor();
    assert.equal(await focused(), "unmute");
    // What fails is said, and nothing looks as if it had not.
    await context.setOffline(true);
    await one.locator("button[value=unfavourite]").click();
    await page.getByRole("alert").waitFor();
    assert.equal(await one.locator("button[value=unfavourite]").getAttribute("aria-pressed"), "true");
    await shot("failed");
    await context.setOffline(false);
    wrong.length = 0;
    await one.locator("button[value=unfavourite]").click();
    await one.locator("button[value=favourite]").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    assert.ok(await isSame());
    await go("/@bob");
    await mark();
    await page.getByRole("button", { name: "Unfollow" }).click();
    await page.getByRole("button", { name: "Follow", exact: true }).waitFor();
    assert.equal(await focused(), "follow");
    await page.getByRole("button", { name: "Follow", exact: true }).click();
    await page.getByRole("button", { name: "Unfollow" }).waitFor();
    assert.ok(await isSame());
    // A post is deleted only by who means it.
    const own = await alice("POST", "/api/v1/statuses", { status: "my own, to go" });
    await go("/home");
    const mine = page.locator(`#status-${own.id}`);
    await mine.locator(".actions summary").click();
    const asked = [];
    page.once("dialog", (dialog) => (asked.push(dialog.message()), dialog.dismiss()));
    await mine.locator("button[value=delete]").click();
    assert.equal(asked.length, 1);
    assert.equal((await alice("GET", `/api/v1/statuses/${own.id}`)).id, own.id);
    quiet();
  });

  test("the composer counts, uploads, completes and sends once", async () => {
    await go("/home");
    const text = page.locator("#text");
    const left = page.locator(".composer .left");
    assert.equal(await left.textContent(), "500");
    await text.fill("see https://example.com/a/very/long/path/that/goes/on 👨‍👩‍👧‍👦");
    assert.equal(await left.textContent(), String(500 - 4 - 23 - 2));
    await text.fill("x".repeat(501));
    assert.equal(await left.textContent(), "-1");
    assert.equal(await text.evaluate((field) => field.validity.valid), false);
    // Suggestions: the field keeps the focus.
    await text.fill("");
    await text.pressSequentially("hi @bo");
    const options = page.locator(".suggestions [role=option]");
    await options.first().waitFor();
    await shot("suggestions");
    await sound();
    assert.match(await text.getAttribute("aria-activedescendant"), /^suggestions-\d+-0$/);
    await text.press("Enter");
    assert.equal(await text.inputValue(), "hi @bob ");
    await text.pressSequentially(":tad");
    await options.first().waitFor();
    await text.press("Escape");
    assert.equal(await options.count(), 0);
    await text.pressSequentially("a");
    await options.first().click();
    assert.equal(await text.inputValue(), "hi @bob 🎉 ");
    assert.equal(await focused(), "text");
    // The picker.
    await page.getByRole("button", { name: "Choose an emoji" }).click();
    const picker = page.getByRole("dialog");
    await picker.getByRole("searchbox").waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await shot("picker");
    await sound();
    await picker.getByRole("searchbox").fill("fern");
    await page.keyboard.press("Enter");
    await picker.waitFor({ state: "detached" });
    assert.equal(await text.inputValue(), "hi @bob 🎉 🌿");
    // A file by choice, another by paste, one of which is removed.
    await page.setInputFiles(".composer input[type=file]", { name: "fern.png", mimeType: "image/png", buffer: PIXEL });
    await page.locator(".attached textarea").fill("a fern");
    await text.evaluate((field, bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, [...PIXEL]);
    await page.locator(".attached textarea").nth(1).waitFor();
    await shot("attached");
    await sound();
    await page.locator(".attached").nth(1).getByRole("button").click();
    assert.equal(await page.locator(".attached").count(), 1);
    // What is no picture is refused.
    await page.setInputFiles(".composer input[type=file]", { name: "bad.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.getByRole("alert").waitFor();
    wrong.length = 0;
    await page.getByRole("button", { name: "Post", exact: true }).evaluate((button) => (button.click(), button.click()));
    await page.waitForURL(/home#status-/);
    const posts = await alice("GET", `/api/v1/accounts/${ids.alice}/statuses`);
    const [sent, ...others] = posts.filter((one) => one.content.includes("🌿"));
    assert.deepEqual([others.length, sent.media_attachments.length, sent.media_attachments[0].description, sent.mentions[0].acct], [0, 1, "a fern", "bob"]);
    quiet();
  });

  test("drafts come back where they were begun, and go when they are sent or by signing out", async () => {
    const { id } = await post("what do you think?");
    const text = page.locator("#text");
    const draft = page.locator(".offer");
    await go("/home");
    assert.equal(await draft.count(), 0, "what was sent");
    await text.fill("half a thought about ferns");
    await page.selectOption("#visibility", "private");
    await go(`/compose?reply=${id}`);
    assert.equal(await draft.count(), 0);
    await text.fill("@bob half an answer");
    await go("/home");
    await draft.waitFor();
    await shot("draft");
    await sound();
    await draft.getByRole("button", { name: "Restore it" }).click();
    assert.deepEqual([await text.inputValue(), await page.inputValue("#visibility")], ["half a thought about ferns", "private"]);
    await text.press("Control+Enter");
    await page.waitForURL(/home#status-/);
    assert.equal((await alice("GET", `/api/v1/accounts/${ids.alice}/statuses`))[0].visibility, "private");
    await go("/home");
    assert.equal(await draft.count(), 0);
    await go(`/compose?reply=${id}`);
    await draft.getByRole("button", { name: "Discard it" }).click();
    await text.fill("@bob another half");
    await go("/menu");
    assert.match(await page.evaluate(() => JSON.stringify(localStorage)), /another half/);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForLoadState("load");
    assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /another half/);
    await signIn(page);
    quiet();
  });

  test("shortcuts lead through a page and can be switched off", async () => {
    await go("/home");
    await page.keyboard.press("j");
    const first = await page.evaluate(() => document.activeElement.id);
    assert.match(first, /^status-/);
    await page.keyboard.press("j");
    assert.notEqual(await page.evaluate(() => document.activeElement.id), first);
    await page.keyboard.press("k");
    assert.equal(await page.evaluate(() => document.activeElement.id), first);
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await dialog.waitFor();
    await shot("shortcuts");
    await sound();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("n");
    assert.equal(await focused(), "text");
    await page.keyboard.type("j?");
    assert.equal(await page.inputValue("#text"), "j?");
    await page.fill("#text", "");
    await page.locator("h1").click();
    await page.keyboard.press("g");
    await page.keyboard.press("n");
    await page.waitForURL("**/notifications");
    await page.keyboard.press("/");
    await page.waitForURL("**/search");
    await go("/home");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(/@\w+\/\d+$/);
    await go("/menu");
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await dialog.getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    await go("/home");
    await page.keyboard.press("j");
    await page.keyboard.press("?");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "BODY");
    assert.equal(await dialog.count(), 0);
    await page.evaluate(() => localStorage.removeItem("sori-keys"));
    quiet();
  });

  test("pictures open in a dialog, and times go on, for strangers as well", async () => {
    const form = (name) => {
      const body = new FormData();
      body.set("file", new Blob([PIXEL], { type: "image/png" }), "a.png");
      body.set("description", name);
      return fetch(`${sori.origin}/api/v2/media`, { method: "POST", body, headers: { authorization: `Bearer ${tokens.bob}` } }).then((r) => r.json());
    };
    const media_ids = [(await form("the first")).id, (await form("the second")).id];
    const { url } = await post("pictures", { media_ids });
    const other = await newContext({ width: 1280, height: 800 }, { timezoneId: "Asia/Seoul" });
    const stranger = await other.newPage();
    await stranger.goto(url);
    await stranger.locator(".media > a").first().click();
    const dialog = stranger.getByRole("dialog");
    await dialog.getByText("the first").waitFor();
    assert.equal(await dialog.getByText("1 / 2").count(), 1);
    await stranger.keyboard.press("ArrowRight");
    await dialog.getByText("the second").waitFor();
    assert.equal(await dialog.getByRole("img").getAttribute("alt"), "the second");
    if (SHOTS) await stranger.screenshot({ path: `${SHOTS}/script-viewer.png` });
    await stranger.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    // The browser gives the focus back to where it was, a moment before or after the script puts it on the picture that was seen last.
    await eventually("the focus at the second picture", () => stranger.evaluate(() => document.activeElement.querySelector("img")?.alt === "the second"), 5);
    assert.equal(await stranger.evaluate(() => document.querySelector("meta[name=sori-form]")), null);
    // Their own zone, nine hours from UTC.
    const time = stranger.locator("article.status time").first();
    const [at, title] = await time.evaluate((one) => [one.dateTime, one.title]);
    assert.equal(title, new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "short", timeZone: "Asia/Seoul" }).format(new Date(at)));
    await stranger.clock.install({ time: new Date(Date.parse(at) + 1000) });
    await stranger.reload();
    assert.equal(await time.textContent(), "now");
    await stranger.clock.runFor(5 * 60_000 + 31_000);
    assert.equal(await time.textContent(), "5 min");
    await other.close();
    quiet();
  });
});
