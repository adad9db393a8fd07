// Each page by the keyboard alone: Tab reaches everything in reading order, focus is always seen, nothing holds it; the skip link,
// what opens and what sends work by Enter and Space.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { path, startChromium } from "./chromium.mjs";
import { startInstance } from "./instance.mjs";
import { scene, signIn } from "./scene.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 310;
/** A page has no more to reach. */
const MOST = 500;

/** Runs in the page: what can be reached, each with how it looks without focus. */
function reachable() {
  const isShown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, audio[controls], video[controls], [tabindex], [contenteditable], iframe")];
  globalThis.looks = (e) => {
    const parts = [];
    for (let at = e; at && at !== document.body; at = at.parentElement) {
      const s = getComputedStyle(at);
      if (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) parts.push(`outline ${s.outlineWidth} ${s.outlineColor}`);
      parts.push(s.boxShadow, s.borderColor, s.backgroundColor, s.textDecorationLine, s.position);
    }
    return parts.join("|");
  };
  const radios = new Set();
  globalThis.wanted = all.filter((e) => {
    if (e.disabled || e.tabIndex < 0 || e.type === "hidden" || !isShown(e) || e.closest("[inert]")) return false;
    if (e.localName === "summary" && (e.parentElement.localName !== "details" || e.parentElement.querySelector("summary") !== e)) return false;
    // Of a group of radio buttons one is reached by Tab, the others by arrow keys.
    if (e.type === "radio") {
      const group = `${e.form?.action} ${[...document.forms].indexOf(e.form)} ${e.name}`;
      if (radios.has(group)) return false;
      radios.add(group);
    }
    return true;
  });
  globalThis.before = new Map(wanted.map((e) => [e, looks(e)]));
  return { many: wanted.length, positive: [...document.querySelectorAll("[tabindex]")].filter((e) => e.tabIndex > 0).map((e) => e.outerHTML.slice(0, 120)) };
}

/** Runs in the page after a Tab: which of them has focus, and what is wrong with how it shows. */
function focused() {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return { at: -1 };
  const at = wanted.indexOf(e);
  const told = e.outerHTML.slice(0, 140);
  const wrong = [];
  const style = getComputedStyle(e);
  const box = (e.type === "checkbox" || e.type === "radio" ? e.closest("label") ?? e : e).getBoundingClientRect();
  const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  if (!isOutlined && looks(e) === before.get(e)) wrong.push(`focus is not seen: ${told}`);
  // WCAG 2.2, 2.4.7 and 2.4.11: it is on the screen, and not wholly covered.
  const [x, y] = [Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 1), box.y + box.height / 2];
  if (box.width < 1 || box.height < 1 || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) wrong.push(`focus is off the screen: ${told}`);
  else {
    const points = [[x, y], [box.x + 2, box.y + 2], [box.right - 2, box.bottom - 2]].map(([x, y]) => document.elementFromPoint(x, y)).filter(Boolean);
    const isCovered = points.length > 0 && points.every((top) => !e.contains(top) && !top.contains(e) && !top.closest("label")?.contains(e));
    if (isCovered) wrong.push(`focus is covered by ${points[0].outerHTML.slice(0, 80)}: ${told}`);
  }
  return { at, told, wrong, isLast: at === wanted.length - 1 };
}

describe("the keyboard", { skip: !path }, () => {
  let sori, chromium, all;
  before(async () => {
    sori = await startInstance({ port: PORT });
    chromium = await startChromium();
    all = await scene(sori);
  });
  after(async () => {
    await chromium?.close();
    await sori?.stop();
  });

  async function walk(page, address) {
    await page.goto(sori.origin + address, { waitUntil: "load" });
    const { many, positive } = await page.evaluate(reachable);
    const faults = positive.map((told) => `positive tabindex: ${told}`);
    if (many > MOST) faults.push(`${many} stops`);
    const reached = new Set();
    let last = -1;
    let more = 0;
    // Controls of a player take several keys, as do the parts of a date.
    for (let n = 0; n < many * 2 + 30; n++) {
      await page.keyboard.press("Tab");
      const { at, told, wrong } = await page.evaluate(focused);
      // The browser's own controls come next, or the page begins again.
      if ((at === -1 && !told) || (at === 0 && last === many - 1)) break;
      if (at === -1) faults.push(`focus on what is not to be reached: ${told}`);
      else if (at < last) faults.push(`not in reading order: ${told}`);
      else if (at === last && ++more > 12) {
        faults.push(`focus does not leave ${told}`);
        break;
      }
      if (at !== last) more = 0;
      last = Math.max(last, at);
      if (!reached.has(at)) faults.push(...wrong);
      reached.add(at);
    }
    const missed = await page.evaluate((reached) => wanted.filter((_, n) => !reached.includes(n)).map((e) => e.outerHTML.slice(0, 140)), [...reached]);
    faults.push(...missed.map((told) => `not reached: ${told}`));
    // The order in which things are reached is the order in which they stand, from top to bottom.
    const jumps = await page.evaluate(() => {
      const lines = wanted.filter((e) => e.closest("main") && !e.closest(".skip")).map((e) => ({ y: e.getBoundingClientRect().bottom, told: e.outerHTML.slice(0, 100) }));
      return lines.filter(({ y }, n) => n > 0 && y < lines[n - 1].y - 160).map(({ told }) => told);
    });
    faults.push(...jumps.map((told) => `stands above what is reached before: ${told}`));
    return faults.map((fault) => `${address}: ${fault}`);
  }

  for (const [width, height] of [[390, 844], [1280, 800]]) {
    test(`walks through each page at ${width} px`, { timeout: 500_000 }, async () => {
      const faults = [];
      for (const isSignedIn of [false, true]) {
        // Where there is room, only the navigation is another one.
        const left = [...(isSignedIn ? all.signedIn : all.open)].slice(0, width < 500 ? undefined : 12);
        const context = await chromium.newContext({ viewport: { width, height }, locale: "en", reducedMotion: "reduce" });
        const first = await context.newPage();
        if (isSignedIn) await signIn(first, sori);
        while (left.length) faults.push(...(await walk(first, left.shift())));
        await context.close();
      }
      assert.deepEqual(faults.slice(0, 60), []);
    });
  }

  test("the skip link, menus, forms and covered things by Enter and Space", async () => {
    const context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "en" });
    const page = await context.newPage();
    const press = (...keys) => keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
    const focus = (selector) => page.locator(selector).first().focus();
    const active = () => page.evaluate(() => document.activeElement.closest("main") !== null);
    // Signs in.
    await page.goto(`${sori.origin}/sign_in`);
    await focus("[autocomplete^=username]");
    await page.keyboard.type("owner");
    await press("Tab");
    await page.keyboard.type("correct horse battery");
    await Promise.all([page.waitForNavigation(), press("Enter")]);
    for (const address of ["/home", "/settings", "/@alice"]) {
      await page.goto(sori.origin + address);
      await press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip", address);
      await press("Enter", "Tab");
      assert.ok(await active(), `${address}: the skip link does not lead to the content`);
    }
    // What is more of a status, and goes from it by Tab.
    await page.goto(`${sori.origin}/home`);
    for (const key of ["Enter", "Space"]) {
      const details = page.locator(".actions details").first();
      await focus(".actions summary");
      await press(key);
      assert.equal(await details.evaluate((e) => e.open), true, key);
      await press("Tab");
      assert.equal(await details.evaluate((e) => e.contains(document.activeElement)), true, "what is open is reached next");
      await focus(".actions summary");
      await press(key);
      assert.equal(await details.evaluate((e) => e.open), false, key);
    }
    // A warning.
    await page.goto(all.covered.url);
    const covered = page.locator("article.status.opened details:not(.actions details)").first();
    await covered.locator("summary").first().focus();
    await press("Enter");
    assert.equal(await covered.evaluate((e) => e.open), true);
    // Favourites by Space, and comes back to where it was.
    await page.goto(`${sori.origin}/public/local`);
    const id = await page.locator("article.status").first().getAttribute("id");
    await page.locator(`#${id} .actions button[value=favourite]`).focus();
    await press("Space");
    await page.locator(`#${id} .actions button[aria-pressed=true]`).first().waitFor();
    // Votes by arrow keys.
    await page.goto(new URL(all.poll.url).href);
    await page.locator(".vote input[name=choices]").first().focus();
    await press("ArrowDown");
    await page.locator(".vote button").focus();
    await press("Enter");
    // The script puts the results in the form's place.
    await page.locator(".vote").waitFor({ state: "detached" });
    assert.match(await page.textContent("main"), /100%/);
    // Writes.
    await page.goto(`${sori.origin}/compose`);
    await focus("#text");
    await page.keyboard.type("by the keyboard alone");
    const publish = page.locator(".composer button[value=publish]:not([tabindex])");
    await publish.focus();
    await Promise.all([page.waitForNavigation(), press("Enter")]);
    await page.goto(`${sori.origin}/@owner`);
    assert.match(await page.textContent("main"), /by the keyboard alone/);
    await context.close();
  });
});
