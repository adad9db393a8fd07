// axe-core in both themes where something is opened, covered, voted on, quoted or refused: what the walk through all pages
// (browser.test.mjs) does not show.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { path, startChromium } from "./chromium.mjs";
import { startInstance } from "./instance.mjs";
import { scene, signIn } from "./scene.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 330;
const AXE = readFileSync(resolve(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");

describe("in both themes", { skip: !path }, () => {
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

  async function check(page, what) {
    await page.evaluate(AXE);
    return page.evaluate(async (what) => {
      // As it looks where the mouse does not rest, once nothing changes any more.
      for (const details of document.querySelectorAll("details")) details.open = true;
      for (const one of document.getAnimations()) one.finish();
      const { violations } = await axe.run(document, { resultTypes: ["violations"] });
      return violations.flatMap((rule) => rule.nodes.map((node) => `${what}: ${rule.id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`));
    }, what);
  }

  for (const colorScheme of ["light", "dark"]) {
    test(`nothing is found on opened and refused things, ${colorScheme}`, { timeout: 500_000 }, async () => {
      const faults = [];
      const context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "en", colorScheme, bypassCSP: true });
      const page = await context.newPage();
      const paths = Object.fromEntries(["picture", "poll", "sensitive", "covered", "quote", "own"].map((name) => [name, new URL(all[name].url).pathname]));
      const look = async (address) => {
        await page.goto(sori.origin + address, { waitUntil: "load" });
        faults.push(...(await check(page, address)));
      };
      for (const address of [...Object.values(paths), "/@alice", "/public/local"]) await look(address);
      /** Sends a form of a page with these values, whatever the browser says of them; it must be refused. */
      const refused = async (address, values, button = "main button[type=submit]") => {
        await page.goto(sori.origin + address, { waitUntil: "load" });
        await page.evaluate((values) => {
          for (const form of document.forms) form.noValidate = true;
          for (const details of document.querySelectorAll("details")) details.open = true;
          for (const [selector, value] of Object.entries(values)) {
            const field = document.querySelector(selector);
            field.removeAttribute("maxlength");
            field.value = value;
          }
        }, values);
        const [answer] = await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.locator(button).last().click()]);
        assert.ok(answer.status() >= 400 && answer.status() < 500, `${address}: ${answer.status()}`);
        assert.ok((await page.locator("[role=alert], .error").count()) > 0, `${address} says nothing`);
        faults.push(...(await check(page, `${address}, refused`)));
      };
      await refused("/sign_in", { "[name=username]": "owner", "[name=password]": "wrong" });
      await refused(`/interact?uri=${encodeURIComponent(all.picture.uri)}`, { "[name=handle]": "nobody@" });
      await signIn(page, sori);
      for (const address of [...Object.values(paths), "/home", "/public", "/notifications", "/compose", `/compose?edit=${all.own.id}`, "/@alice", "/settings/filters", "/scheduled", "/search?q=nothing-of-that-name"]) await look(address);
      const long = "x".repeat(6000);
      await refused("/compose", { "#text": long }, ".composer button[value=publish]:not([tabindex])");
      await refused("/settings/profile", { "[name=display_name]": long });
      await refused("/settings/filters", { "[name=title]": "", "[name=keywords]": "" }, "main button[value=save]");
      await refused("/settings/site", { "[name=title]": "" }, "main button[value=site]");
      await refused("/lists", { "[name=title]": long });
      await refused("/settings/password", { "input[type=password]": "wrong" });
      await context.close();
      assert.deepEqual([...new Set(faults)].slice(0, 40), []);
    });
  }
});
