// Reads zip archives (PKWARE's APPNOTE.TXT, with ZIP64): the list of what is in one, and single files, without the rest.
import { ArchiveError, MAX_ENTRIES, isSafe } from "./limits.mjs";

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** The end of the list is within these last bytes: 22, and a comment of at most 65,535. */
const TAIL = 65_557;
/** Bytes of the list of what is in an archive. */
const MAX_LIST = 64 * 1024 * 1024;

const damaged = () => new ArchiveError("damaged");

/** @param {Blob} blob @param {number} from @param {number} to @returns {Promise<DataView>} */
async function view(blob, from, to) {
  if (!(from >= 0 && from <= to && to <= blob.size)) throw damaged();
  return new DataView(await blob.slice(from, to).arrayBuffer());
}

/** A number of 64 bits. Throws beyond what JavaScript counts exactly. */
function wide(data, at) {
  const n = Number(data.getBigUint64(at, true));
  if (!Number.isSafeInteger(n)) throw damaged();
  return n;
}

/** Where the list is, and its length. */
async function list(blob) {
  const from = Math.max(0, blob.size - TAIL);
  const tail = await view(blob, from, blob.size);
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) throw damaged();
  let [size, offset] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  const locator = at - 20;
  if (locator >= 0 && tail.getUint32(locator, true) === LOCATOR_64) {
    const end = wide(tail, locator + 8);
    const record = await view(blob, end, end + 56);
    if (record.getUint32(0, true) !== END_64) throw damaged();
    [size, offset] = [wide(record, 40), wide(record, 48)];
  }
  if (size > MAX_LIST) throw new ArchiveError("too large");
  return view(blob, offset, offset + size);
}

const TEXT = new TextDecoder();

/**
 * What is in an archive, by its list.
 * @param {Blob} blob
 * @returns {Promise<{name: string, size: number, packed: number, method: number, crc: number, offset: number}[]>}
 */
async function entries(blob) {
  const data = await list(blob);
  const all = [];
  for (let at = 0; at + 46 <= data.byteLength && data.getUint32(at, true) === ENTRY; ) {
    if (all.length >= MAX_ENTRIES) throw new ArchiveError("too large");
    const [names, extras, comments] = [data.getUint16(at + 28, true), data.getUint16(at + 30, true), data.getUint16(at + 32, true)];
    const next = at + 46 + names + extras + comments;
    if (next > data.byteLength) throw damaged();
    const flags = data.getUint16(at + 8, true);
    const entry = {
      name: TEXT.decode(new Uint8Array(data.buffer, data.byteOffset + at + 46, names)),
      method: data.getUint16(at + 10, true),
      crc: data.getUint32(at + 16, true),
      packed: data.getUint32(at + 20, true),
      size: data.getUint32(at + 24, true),
      offset: data.getUint32(at + 42, true),
    };
    for (let extra = at + 46 + names; extra + 4 <= at + 46 + names + extras; ) {
      const [id, length] = [data.getUint16(extra, true), data.getUint16(extra + 2, true)];
      const end = extra + 4 + length;
      if (id === 1 && end <= next) {
        let place = extra + 4;
        for (const field of ["size", "packed", "offset"]) {
          if (entry[field] === 0xffffffff && place + 8 <= end) {
            entry[field] = wide(data, place);
            place += 8;
          }
        }
      }
      extra = end;
    }
    // A folder, or a file that only a password opens.
    if (!entry.name.endsWith("/") && !(flags & 1)) all.push(entry);
    at = next;
  }
  return all;
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});

/** The checksum of zip, gzip and PNG. @param {Uint8Array} bytes */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The bytes of a file: as many as the list says, and no more, whatever is packed. */
async function content(blob, entry) {
  const head = await view(blob, entry.offset, entry.offset + 30);
  if (head.getUint32(0, true) !== LOCAL) throw damaged();
  const from = entry.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  if (from + entry.packed > blob.size || (entry.method !== 0 && entry.method !== 8)) throw damaged();
  const packed = blob.slice(from, from + entry.packed);
  const stream = entry.method === 0 ? packed.stream() : packed.stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const bytes = new Uint8Array(entry.size);
  let at = 0;
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > bytes.length) throw damaged();
      bytes.set(part.value, at);
      at += part.value.length;
    }
  } catch {
    throw damaged();
  } finally {
    reader.cancel().catch(() => {});
  }
  if (at !== bytes.length || crc32(bytes) !== entry.crc) throw damaged();
  return bytes;
}

/**
 * Goes through an archive.
 * @param {Blob} blob
 * @param {(name: string, size: number) => boolean} choose whether a file is read; one that is damaged is left out
 * @param {(name: string, bytes: Uint8Array) => Promise<void>} visit
 */
export async function walkZip(blob, choose, visit) {
  for (const entry of await entries(blob)) {
    if (!isSafe(entry.name) || !choose(entry.name, entry.size)) continue;
    let bytes;
    try {
      bytes = await content(blob, entry);
    } catch (error) {
      if (error instanceof ArchiveError) continue;
      throw error;
    }
    await visit(entry.name, bytes);
  }
}
