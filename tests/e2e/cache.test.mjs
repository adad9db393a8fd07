// The cache of files on workerd: what breaks off is not kept. A worker of its own, since no stored file breaks off at will.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 110;
const FILES = `http://127.0.0.1:${PORT + 1}`;
const WHOLE = Buffer.alloc(200_000, "whole");
// Larger ones are kept as they come.
const LARGE = Buffer.alloc(5 * 1024 * 1024, "large");

// `length` is what is known of the file's length: negative where nothing is.
const WORKER = `
import * as border from "./border.js";
export default {
  async fetch(request, env, context) {
    const cached = await border.cached(request);
    if (cached) return cached;
    const url = new URL(request.url);
    const file = await fetch("${FILES}" + url.pathname);
    const headers = JSON.stringify([["Content-Type", "image/png"], ["Cache-Control", "public, max-age=600"]]);
    const length = Number(url.searchParams.get("length"));
    const [response, end] = border.pass_and_keep(request.url, 200, headers, headers, file.body, length, 10_000_000);
    context.waitUntil(end);
    return response;
  },
};`;

let mf, server;
let asked = 0;
before(async () => {
  server = createServer((request, response) => {
    asked++;
    const breaks_after = (bytes) => {
      response.write(bytes);
      setTimeout(() => response.destroy(), 100);
    };
    const ends = {
      "/whole": () => response.end(WHOLE),
      "/large": () => response.end(LARGE),
      "/breaks": () => breaks_after(WHOLE.subarray(0, 100_000)),
      "/large/breaks": () => breaks_after(LARGE.subarray(0, 1_000_000)),
      "/short": () => response.end(WHOLE.subarray(0, 100_000)),
      "/large/short": () => response.end(LARGE.subarray(0, 1_000_000)),
      "/long": () => response.end(Buffer.alloc(10_000_001)),
    };
    ends[request.url]();
  });
  await new Promise((resolve) => server.listen(PORT + 1, "127.0.0.1", resolve));
  mf = new Miniflare(
    convertV4MiniflareOptions({
      modules: [
        { type: "ESModule", path: "worker.js", contents: WORKER },
        { type: "ESModule", path: "border.js", contents: readFileSync("src/platform/workers/border.js", "utf8") },
      ],
      modulesRoot: ".",
      compatibilityDate: "2026-11-01",
      host: "127.0.0.1",
      port: PORT,
      cf: false,
    }),
  );
  await mf.ready;
});
after(async () => {
  await mf?.dispose();
  server?.closeAllConnections();
  server?.close();
});

const get = async (path, length, headers = {}) => {
  const response = await fetch(`http://127.0.0.1:${PORT}${path}?length=${length}`, { headers, signal: AbortSignal.timeout(15_000) });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("a whole file is kept, and its parts are served from the cache", async () => {
  for (const [path, all, length] of [["/whole", WHOLE, WHOLE.length], ["/whole", WHOLE, -1], ["/large", LARGE, LARGE.length]]) {
    const first = await get(path, length);
    assert.ok(all.equals(first.bytes));
    assert.equal(first.headers.get("content-length"), length < 0 ? null : String(length));
    await pause(300);
    const before = asked;
    const kept = await get(path, length);
    assert.ok(all.equals(kept.bytes));
    assert.equal(kept.headers.get("content-length"), String(all.length));
    const part = await get(path, length, { range: "bytes=5-9" });
    assert.deepEqual([part.status, part.bytes.toString()], [206, all.subarray(5, 10).toString()]);
    assert.equal(asked, before);
  }
});

test("a file that breaks off is not kept", async () => {
  for (const [path, length] of [["/breaks", WHOLE.length], ["/breaks", -1], ["/short", WHOLE.length], ["/long", WHOLE.length], ["/long", -1]]) {
    for (let n = 1; n < 4; n++) {
      const before = asked;
      await assert.rejects(get(path, length), `${path} ${length}`);
      assert.equal(asked, before + 1, `${path} ${length}`);
    }
  }
});

test("a large file that breaks off is taken out of the cache", async () => {
  for (const [path, length] of [["/large/breaks", LARGE.length], ["/large/short", LARGE.length], ["/long", LARGE.length]]) {
    await assert.rejects(get(path, length), `${path} ${length}`);
    await pause(1_000);
    const before = asked;
    await assert.rejects(get(path, length), `${path} ${length}, again`);
    assert.equal(asked, before + 1, `${path} ${length}`);
    await pause(1_000);
  }
});

test("a reader who goes away leaves nothing cut off in the cache", async () => {
  const controller = new AbortController();
  const response = await fetch(`http://127.0.0.1:${PORT}/whole?length=${WHOLE.length}&left`, { signal: controller.signal });
  assert.equal(response.status, 200);
  controller.abort();
  await pause(500);
  const found = await fetch(`http://127.0.0.1:${PORT}/whole?length=${WHOLE.length}&left`);
  assert.ok(WHOLE.equals(Buffer.from(await found.arrayBuffer())));
});
