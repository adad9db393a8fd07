// What kind of file an archive is, told by its content, and a way through it. The same in a browser and in Node.
import { ArchiveError, MAX_DOCUMENT } from "./limits.mjs";
import { walkTar } from "./tar.mjs";
import { walkZip } from "./zip.mjs";

/**
 * @typedef {(choose: (name: string, size: number) => boolean, visit: (name: string, bytes: Uint8Array) => Promise<void>) => Promise<void>} Walk
 */

/** The first bytes of a stream. */
async function beginning(stream, n) {
  const reader = stream.getReader();
  const bytes = new Uint8Array(n);
  let at = 0;
  try {
    for (let part = await reader.read(); !part.done && at < n; part = await reader.read()) {
      const length = Math.min(n - at, part.value.length);
      bytes.set(part.value.subarray(0, length), at);
      at += length;
    }
  } catch {
    throw new ArchiveError("damaged");
  } finally {
    reader.cancel().catch(() => {});
  }
  return bytes.subarray(0, at);
}

const isTar = (bytes) => new TextDecoder().decode(bytes.subarray(257, 262)) === "ustar";

/** A single document as an archive of one file without a name. @returns {Walk} */
function single(stream) {
  return async (choose, visit) => {
    const parts = [];
    let size = 0;
    const reader = stream().getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > MAX_DOCUMENT) throw new ArchiveError("too large");
      parts.push(part.value);
    }
    if (choose("", size)) await visit("", new Uint8Array(await new Blob(parts).arrayBuffer()));
  };
}

/**
 * A way through a file that may be gone several times.
 * @param {Blob} blob
 * @returns {Promise<Walk>}
 */
export async function open(blob) {
  const head = new Uint8Array(await blob.slice(0, 512).arrayBuffer());
  const starts = (...bytes) => bytes.every((byte, at) => head[at] === byte);
  if (starts(0x50, 0x4b)) return (choose, visit) => walkZip(blob, choose, visit);
  const isPacked = starts(0x1f, 0x8b);
  const stream = () => (isPacked ? blob.stream().pipeThrough(new DecompressionStream("gzip")) : blob.stream());
  const first = isPacked ? await beginning(stream(), 512) : head;
  if (isTar(first)) return (choose, visit) => walkTar(stream(), choose, visit);
  return single(stream);
}
