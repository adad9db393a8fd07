// The uploaded files of a server, by wrangler: in the bucket that wrangler.toml binds as MEDIA, else in Workers KV.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, root } from "./common.mjs";

/** The bucket that is bound as MEDIA; undefined without one. */
function bucket() {
  const text = readFileSync(join(root, "wrangler.toml"), "utf8").replace(/^\s*#.*$/gm, "");
  const blocks = text.split(/^\s*(?=\[)/m).filter((block) => block.startsWith("[[r2_buckets]]"));
  const block = blocks.find((block) => /^\s*binding\s*=\s*"MEDIA"/m.test(block));
  return block?.match(/^\s*bucket_name\s*=\s*"([^"]+)"/m)?.[1];
}

/** One call of wrangler stores up to so many files of Workers KV, of so many bytes together. */
const MOST_FILES = 100;
const MOST_BYTES = 20_000_000;

/** The files of the deployed server, or of a folder of local state. */
export function storage(folder) {
  const where = folder ? ["--local", "--persist-to", folder] : ["--remote"];
  const r2 = bucket();
  const kv = ["--binding", "MEDIA_KV", ...where];
  return {
    /** The bytes of a file; undefined where there is none. */
    async get(key) {
      try {
        return await ask(r2 ? ["r2", "object", "get", `${r2}/${key}`, "--pipe", ...where] : ["kv", "key", "get", key, ...kv]);
      } catch (error) {
        if (/not found|does not exist|\b404\b/i.test(error.message)) return undefined;
        throw error;
      }
    },

    /** Stores files of a folder, with their types; those that are there already are left out where that is known. */
    async put(place, files, report = () => {}) {
      if (r2) {
        for (const [n, [key, type]] of files.entries()) {
          // As src/platform/workers/border.js stores them: a public bucket serves them with these headers.
          const headers = ["--content-type", type, "--cache-control", "public, max-age=31536000, immutable", "--content-disposition", "inline"];
          await ask(["r2", "object", "put", `${r2}/${key}`, "--file", join(place, key), ...headers, ...where]);
          report(n + 1);
        }
        return;
      }
      const known = new Set(JSON.parse((await ask(["kv", "key", "list", ...kv])).toString()).map((entry) => entry.name));
      let [batch, bytes, done] = [[], 0, 0];
      const send = async () => {
        if (!batch.length) return;
        const scratch = mkdtempSync(join(tmpdir(), "sori-"));
        try {
          writeFileSync(join(scratch, "files.json"), JSON.stringify(batch), { mode: 0o600 });
          await ask(["kv", "bulk", "put", join(scratch, "files.json"), ...kv]);
        } finally {
          rmSync(scratch, { recursive: true, force: true });
        }
        [batch, bytes] = [[], 0];
      };
      for (const [key] of files) {
        done++;
        if (known.has(key)) continue;
        const content = readFileSync(join(place, key));
        if (batch.length === MOST_FILES || bytes + content.length > MOST_BYTES) await send();
        batch.push({ key, value: content.toString("base64"), base64: true, metadata: { size: content.length } });
        bytes += content.length;
        report(done);
      }
      await send();
    },
  };
}
