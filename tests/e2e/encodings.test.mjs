// Encodings of pages on workerd: natively a library decodes them, here the runtime does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 115;
const WORKER = `
import { decode } from "./border.js";
export default {
  async fetch(request) {
    const { label, bytes } = await request.json();
    return Response.json({ text: decode(label, new Uint8Array(bytes)) });
  },
};`;

let mf;
before(async () => {
  const modules = [
    { type: "ESModule", path: "worker.js", contents: WORKER },
    { type: "ESModule", path: "border.js", contents: readFileSync("src/platform/workers/border.js", "utf8") },
  ];
  mf = new Miniflare(
    convertV4MiniflareOptions({ modules, modulesRoot: ".", compatibilityDate: "2026-11-01", host: "127.0.0.1", port: PORT, cf: false }),
  );
  await mf.ready;
});
after(() => mf?.dispose());

test("the runtime decodes what pages are written in", async () => {
  for (const [label, bytes, text] of [
    ["euc-kr", [0xc7, 0xd1, 0xb1, 0xdb], "한글"],
    ["ks_c_5601-1987", [0xc7, 0xd1], "한"],
    ["EUC-KR", [0xc7, 0xd1, 0x81], "한\ufffd"],
    ["shift_jis", [0x93, 0xfa, 0x96, 0x7b], "日本"],
    ["euc-jp", [0xc6, 0xfc], "日"],
    ["iso-2022-jp", [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42], "日"],
    ["gb18030", [0xd6, 0xd0], "中"],
    ["big5", [0xa4, 0xa4], "中"],
    ["windows-1251", [0xd0, 0xf3], "Ру"],
    ["iso-8859-1", [0x92, 0xe9], "’é"],
    ["iso-8859-2", [0xb1], "ą"],
    ["koi8-r", [0xf2], "Р"],
    ["utf-16le", [0x5c, 0xd5], "한"],
    ["utf-16be", [0xd5, 0x5c], "한"],
    ["utf8", [0x61, 0xff], "a\ufffd"],
    ["nothing", [0x61], undefined],
    ["", [0x61], undefined],
    ["replacement", [0x61], undefined],
  ]) {
    const response = await fetch(`http://127.0.0.1:${PORT}/`, { method: "POST", body: JSON.stringify({ label, bytes }) });
    assert.equal((await response.json()).text, text, label);
  }
});
