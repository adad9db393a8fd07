// A person's archive on workerd: written by the queue, stored in KV, and sent from where its files lie, by more invocations
// than one.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { crc32 } from "node:zlib";
import { account, client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { PASSWORD, signUp, withCookies } from "./people.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 260;

// A 1 × 1 PNG.
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

/** The files of a zip of stored ones, read as a stream. */
function unzipped(archive) {
  const files = new Map();
  let at = 0;
  while (archive.readUInt32LE(at) === 0x04034b50) {
    const [crc, size, name] = [archive.readUInt32LE(at + 14), archive.readUInt32LE(at + 22), archive.readUInt16LE(at + 26)];
    const content = archive.subarray(at + 30 + name, at + 30 + name + size);
    assert.equal(crc32(content), crc);
    files.set(archive.subarray(at + 30, at + 30 + name).toString(), content);
    at += 30 + name + size;
  }
  assert.equal(archive.readUInt32LE(archive.length - 22), 0x06054b50);
  assert.equal(archive.readUInt16LE(archive.length - 12), files.size);
  return files;
}

describe("an archive of one's own", () => {
  let sori, api, token;
  before(async () => {
    sori = await startInstance({ port: PORT });
    await account(sori, "owner");
    ({ alice: token } = await signUp(sori, "alice"));
    api = client(sori.origin, token);
  });
  after(async () => sori?.stop());

  const ask = withCookies();
  const visit = (path, init = {}) => ask(sori.origin + path, { ...init, headers: { ...init.headers, accept: "text/html" } });
  const submit = async (path, values) => {
    const html = await (await visit(path)).text();
    const form = html.match(/name="form" value="([^"]*)"/)[1];
    return visit(path.split("?")[0], { method: "POST", body: new URLSearchParams({ form, ...values }) });
  };

  test("thirty pictures and their posts, whole and by parts", async () => {
    // With the posts' own file that is one more than an invocation opens.
    for (let n = 0; n < 30; n++) {
      const form = new FormData();
      form.set("file", new Blob([PIXEL]), "file");
      form.set("description", `picture ${n}`);
      const answer = await fetch(`${sori.origin}/api/v2/media`, { method: "POST", body: form, headers: { authorization: `Bearer ${token}` } });
      await api("POST", "/api/v1/statuses", { status: `post ${n} ${"words ".repeat(60)}`, media_ids: [(await answer.json()).id] });
    }
    assert.equal((await submit("/sign_in?next=/", { username: "alice", password: PASSWORD, next: "/" })).status, 303);
    assert.equal((await submit("/settings/takeout", { action: "start" })).status, 303);
    await eventually("the archive", async () => /archive\.zip/.test(await (await visit("/settings/takeout")).text()), 60);

    const whole = await visit("/settings/takeout/archive.zip");
    assert.equal(whole.status, 200);
    const archive = Buffer.from(await whole.arrayBuffer());
    const files = unzipped(archive);
    const outbox = JSON.parse(files.get("outbox.json").toString());
    assert.equal(outbox.orderedItems.length, 30);
    assert.equal(outbox.orderedItems[7].object.attachment[0].name, "picture 7");
    for (const { object } of outbox.orderedItems) assert.ok(PIXEL.equals(files.get(object.attachment[0].url)));
    assert.equal(JSON.parse(files.get("actor.json").toString()).preferredUsername, "alice");

    const etag = whole.headers.get("etag");
    const rest = await visit("/settings/takeout/archive.zip", { headers: { range: "bytes=20000-", "if-range": etag } });
    assert.equal(rest.status, 206);
    assert.ok(Buffer.from(await rest.arrayBuffer()).equals(archive.subarray(20_000)));
    assert.equal((await fetch(`${sori.origin}/settings/takeout/archive.zip`, { redirect: "manual" })).status, 303);
  });

  test("a file of twenty thousand rows is read where heavy work is done", async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => `person${n}@b.example,true,false,\n`).join("");
    const html = await (await visit("/settings/import")).text();
    const send = (headers = {}) => {
      const body = new FormData();
      const fields = { form: html.match(/name="form" value="([^"]*)"/)[1], kind: "mutes", mode: "overwrite", action: "import" };
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      body.set("file", new Blob([rows]), "file.csv");
      return visit("/settings/import", { method: "POST", body, headers });
    };
    const answer = await send();
    assert.deepEqual([answer.status, answer.headers.get("location"), answer.headers.get("x-sori-answered-by")], [303, "/settings/import", "HEAVY"]);
    assert.match(await (await visit("/settings/import")).text(), /The file has 20000 entries/);
    // Headers of our own requests to the object, from a client.
    const forged = await send({ "x-task": "eA==", "x-most": "10", "x-parts": "5", "x-whole": "0" });
    assert.deepEqual([forged.status, forged.headers.get("x-sori-answered-by")], [303, "HEAVY"]);
    const stranger = await fetch(`${sori.origin}/settings/import`, { method: "POST", body: "{}", headers: { "x-parts": "5" }, redirect: "manual" });
    assert.equal(stranger.status, 303);
    assert.match(stranger.headers.get("location"), /sign_in/);
  });
});
