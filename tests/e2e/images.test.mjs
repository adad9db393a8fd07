// Pictures are reduced by the Images binding: what `border.js` asks of it, with the binding that Miniflare has.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import sharp from "sharp";

const border = await readFile(new URL("../../src/platform/workers/border.js", import.meta.url), "utf8");
const worker = `
import { reduce } from "./border.js";
export default {
  async fetch(request, env) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    const most = Number(new URL(request.url).searchParams.get("most"));
    try {
      const made = await reduce(env, bytes, 554, 416, most);
      return new Response(made, { status: made ? 200 : 404 });
    } catch (error) {
      return new Response(error.message, { status: 422 });
    }
  },
};`;

const start = async (bindings) => {
  const modules = [
    { type: "ESModule", path: "worker.mjs", contents: worker },
    { type: "ESModule", path: "border.js", contents: border },
  ];
  const mf = new Miniflare(convertV4MiniflareOptions({ modules, compatibilityDate: "2026-11-01", cf: false, ...bindings }));
  await mf.ready;
  return mf;
};

let bound, unbound;
before(async () => {
  bound = await start({ images: { binding: "IMAGES" } });
  unbound = await start({});
});
after(() => Promise.all([bound?.dispose(), unbound?.dispose()]));

const ask = (mf, body, most = 1_000_000) => mf.dispatchFetch(`http://x/?most=${most}`, { method: "POST", body });
const picture = (width, height) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 90, b: 30 } } });

test("a picture of a format that is not decoded here becomes a small JPEG", async () => {
  const answer = await ask(bound, await picture(1200, 900).avif().toBuffer());
  assert.equal(answer.status, 200);
  const { format, width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
  assert.deepEqual([format, width, height], ["jpeg", 554, 416]);
});

test("nothing is enlarged", async () => {
  const answer = await ask(bound, await picture(40, 30).avif().toBuffer());
  const { width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
  assert.deepEqual([width, height], [40, 30]);
});

test("what is no picture is an error, and what is too large or without the binding is nothing", async () => {
  assert.equal((await ask(bound, "no picture")).status, 422);
  const avif = await picture(1200, 900).avif().toBuffer();
  assert.equal((await ask(bound, avif, 100)).status, 404);
  assert.equal((await ask(unbound, avif)).status, 404);
});
