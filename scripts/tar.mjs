// A tar archive of plain files (POSIX.1-1988 ustar), the same bytes for the same files: sorted, without times and owners.
import { gunzipSync, gzipSync } from "node:zlib";

const BLOCK = 512;

/** @param {Map<string, Buffer>} files by path; executable are none. @returns {Buffer} gzipped */
export function pack(files) {
  const parts = [];
  for (const path of [...files.keys()].sort()) {
    const content = files.get(path);
    if (Buffer.byteLength(path) > 100) throw new Error(`the name is too long for an archive: ${path}`);
    const head = Buffer.alloc(BLOCK);
    const octal = (n, length) => `${n.toString(8).padStart(length - 1, "0")}\0`;
    head.write(path, 0);
    head.write(octal(0o644, 8), 100);
    head.write(octal(0, 8), 108);
    head.write(octal(0, 8), 116);
    head.write(octal(content.length, 12), 124);
    head.write(octal(0, 12), 136);
    head.write(" ".repeat(8), 148);
    head.write("0", 156);
    head.write("ustar\x0000", 257);
    const sum = head.reduce((all, byte) => all + byte, 0);
    head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    parts.push(head, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK));
  }
  parts.push(Buffer.alloc(2 * BLOCK));
  const packed = gzipSync(Buffer.concat(parts), { level: 9 });
  // The header of gzip names the system it was made on.
  packed[9] = 255;
  return packed;
}

/** The plain files of an archive by path. Throws where it is none, or where a path leads out of its folder. */
export function unpack(packed) {
  const bytes = gunzipSync(packed);
  const files = new Map();
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const head = bytes.subarray(at, at + BLOCK);
    const text = (from, length) => head.toString("utf8", from, from + length).split("\0")[0];
    const [path, size, type] = [text(0, 100), Number.parseInt(text(124, 12), 8), text(156, 1)];
    if (!Number.isSafeInteger(size) || at + BLOCK + size > bytes.length) throw new Error("the archive is damaged");
    if (type === "0" || type === "") {
      if (/^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)/.test(path)) throw new Error(`the archive has a path that leads elsewhere: ${path}`);
      files.set(path, bytes.subarray(at + BLOCK, at + BLOCK + size));
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
