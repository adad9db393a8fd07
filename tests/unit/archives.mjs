// Archives made by hand, for the tests of what reads them.
import { deflateRawSync, gzipSync } from "node:zlib";
import { crc32 } from "../../src/web/archive/zip.mjs";

const u16 = (n) => Buffer.from([n & 255, (n >> 8) & 255]);
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n >>> 0); return b; };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(n)); return b; };

/**
 * A zip archive. Of each file: its content, and what is said of it where that is not true.
 * @param {Record<string, string | Uint8Array | {content: string | Uint8Array, stored?: boolean, size?: number, crc?: number, flags?: number, method?: number}>} files
 */
export function zip(files, { is64 = false, comment = "" } = {}) {
  const [parts, list] = [[], []];
  let offset = 0;
  for (const [name, file] of Object.entries(files)) {
    const given = typeof file === "string" || file instanceof Uint8Array ? { content: file } : file;
    const content = Buffer.from(given.content);
    const packed = given.stored ? content : deflateRawSync(content);
    const method = given.method ?? (given.stored ? 0 : 8);
    const crc = given.crc ?? crc32(content);
    const size = given.size ?? content.length;
    const names = Buffer.from(name);
    const common = [u16(20), u16(given.flags ?? 0), u16(method), u16(0), u16(0), u32(crc)];
    const local = Buffer.concat([u32(0x04034b50), ...common, u32(packed.length), u32(size), u16(names.length), u16(0), names, packed]);
    const extra = is64 ? Buffer.concat([u16(1), u16(24), u64(size), u64(packed.length), u64(offset)]) : Buffer.alloc(0);
    const shown = (n) => u32(is64 ? 0xffffffff : n);
    list.push(Buffer.concat([u32(0x02014b50), u16(20), ...common, shown(packed.length), shown(size), u16(names.length), u16(extra.length), u16(0), u16(0), u16(0), u32(0), shown(offset), names, extra]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(list);
  const n = list.length;
  const end = [];
  if (is64) {
    end.push(u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0), u64(n), u64(n), u64(central.length), u64(offset));
    end.push(u32(0x07064b50), u32(0), u64(offset + central.length), u32(1));
  }
  end.push(u32(0x06054b50), u16(0), u16(0), u16(n), u16(n), u32(is64 ? 0xffffffff : central.length), u32(is64 ? 0xffffffff : offset), u16(comment.length), Buffer.from(comment));
  return new Blob([Buffer.concat([...parts, central, ...end])]);
}

/** A block of tar before a file. */
export function head(name, size, { type = "0", prefix = "", sum } = {}) {
  const block = Buffer.alloc(512);
  const octal = (n, length) => `${n.toString(8).padStart(length - 1, "0")}\0`;
  block.write(name, 0);
  block.write("0000644\0", 100);
  block.write(typeof size === "string" ? size : octal(size, 12), 124);
  block.write(" ".repeat(8), 148);
  block.write(type, 156);
  block.write("ustar\x0000", 257);
  block.write(prefix, 345);
  block.write(octal(sum ?? block.reduce((all, byte) => all + byte, 0), 8), 148);
  return block;
}

const padded = (content) => Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);

/** A tar archive; long names as pax, GNU or ustar's prefix have them. */
export function tar(files, { long = "pax", isPacked = true, end = Buffer.alloc(1024) } = {}) {
  const parts = [];
  for (const [name, file] of Object.entries(files)) {
    const content = Buffer.from(file);
    let options = {};
    let short = name;
    if (name.length > 100 && long === "pax") {
      const body = ` path=${name}\n`;
      const length = [2, 3, 4].map((digits) => body.length + digits).find((n, at) => String(n).length === at + 2);
      const value = Buffer.from(`${length}${body}`);
      parts.push(head("pax", value.length, { type: "x" }), padded(value));
      short = name.slice(0, 100);
    } else if (name.length > 100 && long === "gnu") {
      const value = Buffer.from(`${name}\0`);
      parts.push(head("././@LongLink", value.length, { type: "L" }), padded(value));
      short = name.slice(0, 100);
    } else if (name.length > 100) {
      const at = name.lastIndexOf("/");
      [options, short] = [{ prefix: name.slice(0, at) }, name.slice(at + 1)];
    }
    parts.push(head(short, content.length, options), padded(content));
  }
  const all = Buffer.concat([...parts, end]);
  return new Blob([isPacked ? gzipSync(all) : all]);
}

export const json = (value) => new Blob([JSON.stringify(value)]);

/** An instance that takes everything, and what it was sent. */
export class FakeServer {
  constructor({ known = [], refuses = () => false } = {}) {
    Object.assign(this, { there: new Set(known), refuses, sent: [], files: [], requests: [] });
  }

  async known(uris) {
    this.requests.push(["known", uris.length]);
    return uris.filter((uri) => this.there.has(uri));
  }

  async posts(actor, items) {
    this.requests.push(["posts", items.length]);
    this.actor = actor;
    return items.map(({ note, media }) => {
      if (this.there.has(note.id)) return { uri: note.id, state: "known" };
      const why = this.refuses(note);
      if (why) return { uri: note.id, state: "refused", why };
      this.there.add(note.id);
      this.sent.push({ note, media });
      return { uri: note.id, state: "stored", id: String(this.sent.length) };
    });
  }

  async upload(blob, found) {
    const bytes = Buffer.from(await blob.arrayBuffer());
    if (bytes.toString().startsWith("no picture")) return undefined;
    this.files.push({ bytes, ...found });
    return `file${this.files.length}`;
  }

  async copy(url, found) {
    if (url.includes("gone")) return undefined;
    this.files.push({ ...found });
    return `file${this.files.length}`;
  }
}
