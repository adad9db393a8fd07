// Reads tar archives (POSIX.1-1988 ustar, pax, GNU's long names) as a stream: one file after the other, and none of those that
// nobody wants is kept in memory.
import { ArchiveError, MAX_ENTRIES, MAX_UNPACKED, isSafe } from "./limits.mjs";

const BLOCK = 512;
/** Bytes of what stands before a file: a long name, or pax's list. */
const MAX_HEAD = 64 * 1024;
const TEXT = new TextDecoder();

const damaged = () => new ArchiveError("damaged");

/** The bytes of a stream in the portions that are asked for. */
class Bytes {
  /** @param {ReadableStream<Uint8Array>} stream */
  constructor(stream) {
    this.reader = stream.getReader();
    this.part = new Uint8Array(0);
    this.total = 0;
  }

  /** The next part of the stream; none at its end. */
  async more() {
    let next;
    try {
      next = await this.reader.read();
    } catch {
      throw damaged();
    }
    if (next.done) return false;
    this.part = next.value;
    this.total += next.value.length;
    if (this.total > MAX_UNPACKED) throw new ArchiveError("too large");
    return true;
  }

  /** The next `n` bytes; fewer at the end of the stream. */
  async take(n) {
    const bytes = new Uint8Array(n);
    let at = 0;
    while (at < n && (this.part.length > 0 || (await this.more()))) {
      const length = Math.min(n - at, this.part.length);
      bytes.set(this.part.subarray(0, length), at);
      this.part = this.part.subarray(length);
      at += length;
    }
    return bytes.subarray(0, at);
  }

  async skip(n) {
    while (n > 0 && (this.part.length > 0 || (await this.more()))) {
      const length = Math.min(n, this.part.length);
      this.part = this.part.subarray(length);
      n -= length;
    }
    if (n > 0) throw damaged();
  }

  end() {
    this.reader.cancel().catch(() => {});
  }
}

/** A text that ends at NUL. */
function text(bytes, from, length) {
  const part = bytes.subarray(from, from + length);
  const end = part.indexOf(0);
  return TEXT.decode(end < 0 ? part : part.subarray(0, end));
}

/** A number in octal digits, or in GNU's binary form. */
function number(bytes, from, length) {
  if (bytes[from] & 0x80) {
    let n = bytes[from] & 0x7f;
    for (let at = from + 1; at < from + length; at++) n = n * 256 + bytes[at];
    if (!Number.isSafeInteger(n)) throw damaged();
    return n;
  }
  const digits = text(bytes, from, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged();
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function hasSum(head) {
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at >= 148 && at < 156 ? 32 : head[at];
  return sum === number(head, 148, 8);
}

/** The values of a pax header: lines of a length, a name and a value. */
function pax(bytes) {
  const values = new Map();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 ? Number.NaN : Number.parseInt(TEXT.decode(bytes.subarray(at, space)), 10);
    if (!(length > 0) || at + length > bytes.length || space >= at + length) break;
    const line = TEXT.decode(bytes.subarray(space + 1, at + length - 1));
    const equals = line.indexOf("=");
    if (equals > 0) values.set(line.slice(0, equals), line.slice(equals + 1));
    at += length;
  }
  return values;
}

/**
 * Goes through an archive.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {(name: string, size: number) => boolean} choose whether a file is read
 * @param {(name: string, bytes: Uint8Array) => Promise<void>} visit
 */
export async function walkTar(stream, choose, visit) {
  const bytes = new Bytes(stream);
  try {
    let [longName, more] = ["", new Map()];
    for (let n = 0; ; n++) {
      if (n > MAX_ENTRIES) throw new ArchiveError("too large");
      const head = await bytes.take(BLOCK);
      // Two empty blocks are the end; some archives just stop.
      if (head.length === 0 || (head.length === BLOCK && head.every((byte) => byte === 0))) return;
      if (head.length < BLOCK || !hasSum(head)) throw damaged();
      const type = text(head, 156, 1);
      let size = number(head, 124, 12);
      const isHead = type === "x" || type === "L" || type === "g" || type === "K";
      if (!isHead && more.has("size")) {
        size = Number(more.get("size"));
        if (!Number.isSafeInteger(size) || size < 0) throw damaged();
      }
      const padding = (BLOCK - (size % BLOCK)) % BLOCK;
      if (isHead) {
        if (size > MAX_HEAD) throw damaged();
        const content = await bytes.take(size);
        if (content.length < size) throw damaged();
        await bytes.skip(padding);
        if (type === "x") more = pax(content);
        if (type === "L") longName = text(content, 0, content.length);
        continue;
      }
      const prefix = text(head, 257, 5) === "ustar" ? text(head, 345, 155) : "";
      const name = more.get("path") ?? (longName || (prefix ? `${prefix}/${text(head, 0, 100)}` : text(head, 0, 100)));
      [longName, more] = ["", new Map()];
      const isFile = type === "0" || type === "" || type === "7";
      if (isFile && isSafe(name) && choose(name, size)) {
        const content = await bytes.take(size);
        if (content.length < size) throw damaged();
        await visit(name, content);
      } else {
        await bytes.skip(size);
      }
      await bytes.skip(padding);
    }
  } finally {
    bytes.end();
  }
}
