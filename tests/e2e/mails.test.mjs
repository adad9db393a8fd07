// Mails, in a real browser: sign-up by a link, another e-mail address, a forgotten password.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { path, startChromium } from "./chromium.mjs";
import { account } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { PASSWORD } from "./people.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 430;
const AXE = readFileSync(resolve(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8");
const SHOTS = process.env.SORI_SHOTS;
const OTHER = "another horse battery";
if (!path) console.log("no Chromium on this machine (Debian's package chromium): its tests are skipped");

describe("mails", { skip: !path }, () => {
  let sori, chromium, provider;
  const mails = [];
  before(async () => {
    // A provider's API.
    provider = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        mails.push({ ...JSON.parse(body), token: request.headers.authorization });
        response.end("{}");
      });
    }).listen(PORT + 1, "127.0.0.1");
    const vars = { MAIL_FROM: "sori@mail.example", MAIL_URL: `http://localhost:${PORT + 1}/emails`, MAIL_TOKEN: "secret" };
    sori = await startInstance({ port: PORT, vars });
    await account(sori, "owner", true, PASSWORD);
    chromium = await startChromium();
  });
  after(async () => {
    await chromium?.close();
    await sori?.stop();
    provider?.close();
  });

  /** The link in the next mail to an address. */
  async function link(to) {
    const mail = await eventually(`a mail to ${to}`, () => mails.find((m) => m.to === to));
    mails.length = 0;
    assert.deepEqual([mail.from, mail.token], ["sori@mail.example", "Bearer secret"]);
    return mail.text.match(/https?:\S+/)[0];
  }

  /** Nothing is too wide, without a name, or against the rules for accessibility. */
  async function look(page, name) {
    const width = page.viewportSize().width;
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/mails_${name}-${width}.png`, fullPage: true });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${name} is ${over} px too wide at ${width}`);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(violations.map((rule) => `${name}: ${rule.id}`), []);
  }

  for (const [width, name, locale] of [[390, "dora", "ko"], [1280, "emil", "en"]]) {
    test(`are enough for a person's day at ${width} px in ${locale}`, async () => {
      const context = await chromium.newContext({ viewport: { width, height: 844 }, locale });
      const page = await context.newPage();
      const press = () => page.click("main form:not([data-passkey]) button[type=submit]:not(.quiet)");
      // Sign-up, and the link.
      await page.goto(`${sori.origin}/sign_up`);
      await page.fill("[name=username]", name);
      await page.fill("[name=email]", `${name}@mail.example`);
      await page.fill("[name=password]", PASSWORD);
      await page.check("[name=agreement]");
      await press();
      await page.goto(await link(`${name}@mail.example`));
      await look(page, `confirm-${locale}`);
      await press();
      // A forgotten password.
      await page.goto(`${sori.origin}/sign_in`);
      await page.click('a[href="/reset"]');
      await look(page, `forgot-${locale}`);
      await page.fill("[name=email]", `${name}@mail.example`);
      await press();
      assert.equal(await page.locator("main p[role=status]").count(), 1);
      await look(page, `sent-${locale}`);
      await page.goto(await link(`${name}@mail.example`));
      await page.fill("[name=new]", OTHER);
      await look(page, `choose-${locale}`);
      await press();
      await page.goto(`${sori.origin}/sign_in`);
      await page.fill("[name=username]", `${name}@mail.example`);
      await page.fill("[name=password]", OTHER);
      await page.click("main form:not([data-passkey]) button[type=submit]");
      // Another address.
      await page.goto(`${sori.origin}/settings/security`);
      await page.fill("[name=password]", OTHER);
      await page.click("[name=do][value=confirm]");
      await page.click('a[href="/settings/email"]');
      await look(page, `email-${locale}`);
      await page.fill("[name=email]", `${name}@other.example`);
      await press();
      assert.equal(await page.locator("main p[role=status]").count(), 1);
      await page.goto(await link(`${name}@other.example`));
      await look(page, `use-${locale}`);
      await press();
      assert.match(await page.textContent("main"), new RegExp(`${name}@other.example`));
      await eventually("a mail to the former address", () => mails.some((m) => m.to === `${name}@mail.example`));
      mails.length = 0;
      await context.close();
    });
  }
});
