// Posts brought along from an archive: by the page's script in a real browser, and by the command, on the real runtime.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { tar, zip } from "../unit/archives.mjs";
import { path as chromiumPath, startChromium } from "./chromium.mjs";
import { account, client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { PASSWORD, signUp } from "./people.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 150;
const root = resolve(import.meta.dirname, "../..");
// A 1 × 1 PNG.
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const ME = "https://old.example/users/me";
const note = (n, more) => ({
  type: "Create", actor: ME,
  object: { id: `${ME}/statuses/${n}`, type: "Note", url: `https://old.example/@me/${n}`, attributedTo: ME, published: `2019-03-0${n}T10:00:00Z`, to: ["https://www.w3.org/ns/activitystreams#Public"], cc: [`${ME}/followers`], content: `<p>number ${n}</p>`, ...more },
});
const files = {
  "media_attachments/files/1/original/a.png": PIXEL,
  "outbox.json": JSON.stringify({ type: "OrderedCollection", orderedItems: [
    note(2, { inReplyTo: `${ME}/statuses/1` }), note(1), note(3, { attachment: [{ type: "Document", mediaType: "image/png", url: "/media_attachments/files/1/original/a.png", name: "a dot" }] }),
    { type: "Announce", actor: ME, object: "https://else.example/1" },
  ] }),
  "actor.json": JSON.stringify({ id: ME, type: "Person", followers: `${ME}/followers` }),
};

describe("an archive", () => {
  let sori, tokens, folder;
  before(async () => {
    sori = await startInstance({ port: PORT });
    await account(sori, "owner", true);
    tokens = await signUp(sori, "alice", "bob");
    folder = mkdtempSync(join(tmpdir(), "sori-archive-"));
    writeFileSync(join(folder, "archive.tar.gz"), Buffer.from(await tar(files).arrayBuffer()));
    writeFileSync(join(folder, "archive.zip"), Buffer.from(await zip(files).arrayBuffer()));
  });
  after(() => sori?.stop());

  const profile = async (token) => {
    const api = client(sori.origin, token);
    const { id } = await api("GET", "/api/v1/accounts/verify_credentials");
    return api("GET", `/api/v1/accounts/${id}/statuses`);
  };

  test("by the command, twice", async () => {
    const run = (...args) => spawnSync(process.execPath, ["scripts/import.mjs", ...args, `--to=${sori.origin}`, `--token=${tokens.alice}`], { cwd: root, encoding: "utf8", env: { ...process.env, NODE_NO_WARNINGS: "1" } });
    const first = run(join(folder, "archive.tar.gz"));
    assert.equal(first.status, 0, first.stdout + first.stderr);
    assert.match(first.stdout, /brought along: 3[\s\S]*boosts, left out: 1/);
    const [third, second, one] = await profile(tokens.alice);
    assert.deepEqual([third, second, one].map((s) => [s.content, s.created_at]), [3, 2, 1].map((n) => [`<p>number ${n}</p>`, `2019-03-0${n}T10:00:00.000Z`]));
    assert.equal(second.in_reply_to_id, one.id);
    assert.deepEqual([third.media_attachments.length, third.media_attachments[0].description], [1, "a dot"]);
    assert.equal((await fetch(third.media_attachments[0].url)).status, 200);
    assert.match(run(join(folder, "archive.zip")).stdout, /brought along: 0[\s\S]*here already: 3/);
    assert.match(run("--remove").stdout, /removed: 3/);
    assert.deepEqual(await profile(tokens.alice), []);
  });

  test("by the page", { skip: !chromiumPath }, async (t) => {
    const chromium = await startChromium();
    t.after(() => chromium.close());
    const page = await chromium.newPage({ locale: "en" });
    const wrong = [];
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    page.on("pageerror", (error) => wrong.push(String(error)));
    await page.goto(`${sori.origin}/sign_in`);
    await page.fill("[autocomplete^=username]", "bob");
    await page.fill("[type=password]", PASSWORD);
    await page.click("main button[type=submit]");
    await page.goto(`${sori.origin}/settings/archive`);
    for (const [name, n] of [["archive.tar.gz", "Brought along: 3"], ["archive.zip", "Here already: 3"]]) {
      await page.setInputFiles("#file", join(folder, name));
      await page.click("#archive button[type=submit]");
      await page.waitForFunction(() => document.getElementById("state").textContent === "Finished.");
      assert.match(await page.textContent("#counts"), new RegExp(n));
    }
    assert.equal((await profile(tokens.bob)).length, 3);
    const [third] = await profile(tokens.bob);
    await page.goto(third.url);
    assert.match(await page.textContent("main"), /Brought along from https:\/\/old\.example\/@me\/3/);
    await page.goto(`${sori.origin}/settings/archive`);
    // Not before it is said that this is wanted.
    await page.click("#remove button");
    assert.equal((await profile(tokens.bob)).length, 3);
    await page.check("#remove [name=sure]");
    await page.click("#remove button");
    await page.waitForFunction(() => document.getElementById("state").textContent === "Finished.");
    assert.deepEqual(await profile(tokens.bob), []);
    assert.deepEqual(wrong, []);
  });
});
