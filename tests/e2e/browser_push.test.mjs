// Push messages to Chromium: the page subscribes, the server sends to a push service on loopback, and the service worker shows what
// that has received. Chromium's own push service is out of reach, so what it answers to `subscribe` is made here.
import assert from "node:assert/strict";
import { createECDH, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import ece from "http_ece";
import { path, startChromium } from "./chromium.mjs";
import { startInstance } from "./instance.mjs";
import { scene, signIn } from "./scene.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 380;

describe("push messages in a browser", { skip: !path }, () => {
  let sori, chromium, service, all;
  const received = [];
  const key = createECDH("prime256v1");
  const auth = randomBytes(16).toString("base64url");
  const given = { endpoint: `http://127.0.0.1:${PORT + 1}/chromium`, p256dh: key.generateKeys().toString("base64url"), auth };
  before(async () => {
    service = createServer((request, response) => {
      const parts = [];
      request.on("data", (part) => parts.push(part));
      request.on("end", () => {
        received.push(Buffer.concat(parts));
        response.writeHead(201).end();
      });
    });
    await new Promise((ready) => service.listen(PORT + 1, "127.0.0.1", ready));
    sori = await startInstance({ port: PORT });
    chromium = await startChromium();
    all = await scene(sori);
  });
  after(async () => {
    await chromium?.close();
    await sori?.stop();
    service?.close();
  });

  const says = (message) => JSON.parse(ece.decrypt(message, { version: "aes128gcm", privateKey: key, authSecret: auth }).toString());

  test("turned on, shown, opened, turned off", async () => {
    const context = await chromium.newContext({ locale: "en", permissions: ["notifications"] });
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.addInitScript((given) => {
      const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)).buffer;
      PushManager.prototype.subscribe = async (options) => {
        globalThis.subscribedWith = options;
        return { endpoint: given.endpoint, getKey: (name) => bytes(given[name]) };
      };
    }, given);
    await signIn(page, sori);
    const alone = page.locator("text=Push notifications need a browser");
    await page.goto(`${sori.origin}/settings/notifications`);
    assert.equal(await alone.count(), 0);
    await page.getByLabel("Boosts").uncheck();
    await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Turn on in this browser" }).click()]);
    await page.getByRole("button", { name: "Turn off in this browser" }).waitFor();
    assert.deepEqual([await page.getByLabel("Boosts").isChecked(), await page.getByLabel("Mentions").isChecked()], [false, true]);
    // Somebody mentions who has turned it on.
    await all.alice("POST", "/api/v1/statuses", { status: "@owner are you there?" });
    const said = says(await eventually("a push message", () => received.at(-1)));
    assert.deepEqual([said.access_token, said.title], ["", "alice mentioned you"]);
    // The browser's own push service would hand that to the worker.
    const session = await context.newCDPSession(page);
    const registered = new Promise((resolve) => session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && resolve(registrations[0].registrationId)));
    await session.send("ServiceWorker.enable");
    const registrationId = await registered;
    const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title, body, icon }) => ({ title, body, icon })));
    // The browser's tool hands a message over once, and sometimes none arrives at the worker: a push service would send it again.
    const handOver = (what, data, isShown) => {
      let handed = 0;
      return eventually(what, async () => {
        const all = await shown();
        if (isShown(all)) return all;
        if (Date.now() - handed > 3_000) {
          handed = Date.now();
          await session.send("ServiceWorker.deliverPushMessage", { origin: sori.origin, registrationId, data });
        }
      });
    };
    const [notification] = await handOver("a notification", JSON.stringify(said), (all) => all.length > 0);
    assert.deepEqual([notification.title, notification.body], ["alice mentioned you", "@owner are you there?"]);
    assert.ok(notification.icon.startsWith(sori.origin), notification.icon);
    // What is no message of ours is told by the name of the server.
    await handOver("another notification", "nonsense", (all) => all.some(({ title }) => title === new URL(sori.origin).host));
    await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Turn off in this browser" }).click()]);
    const begin = page.getByRole("button", { name: "Turn on in this browser" });
    await begin.waitFor();
    assert.deepEqual(errors, []);
    await context.close();
  });

  test("who does not allow it, or has no script, is told so", async () => {
    const context = await chromium.newContext({ locale: "en", permissions: [] });
    const page = await context.newPage();
    await page.addInitScript(() => (Notification.requestPermission = async () => "denied"));
    await signIn(page, sori);
    await page.goto(`${sori.origin}/settings/notifications`);
    await page.getByRole("button", { name: "Turn on in this browser" }).click();
    await page.getByText("does not allow notifications").waitFor();
    await context.close();
    const plain = await chromium.newContext({ locale: "en", javaScriptEnabled: false });
    const without = await plain.newPage();
    await signIn(without, sori);
    await without.goto(`${sori.origin}/settings/notifications`);
    assert.equal(await without.getByText("Push notifications need a browser").isVisible(), true);
    assert.equal(await without.getByRole("button", { name: "Turn on in this browser" }).count(), 0);
    await plain.close();
  });
});
