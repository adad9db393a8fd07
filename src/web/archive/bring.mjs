// Brings the posts of an archive to an instance: asks what is there already, sends each file when the way through the archive
// comes by it, and a post as soon as its files are there. So a run that is stopped has lost a few files at the most.
import { MAX_FILE } from "./limits.mjs";
import { open } from "./open.mjs";
import { endsOf, nameIn, read } from "./posts.mjs";

/** As the server has them (src/model/archive.rs). */
const MAX_ITEMS = 20;
const MAX_ASKED = 400;
const MAX_ATTACHMENTS = 16;
/** Characters of a request: its texts are sanitised within an invocation's ten milliseconds. */
const PORTION = 24_000;

/**
 * @param {object} options
 * @param {Blob} options.file
 * @param {import("./server.mjs").Server} options.server
 * @param {string} [options.from] the server that Misskey's file is from
 * @param {boolean} [options.withFiles]
 * @param {(url: string, file: object) => Promise<string | undefined>} options.copy the id of a file that is at an address
 * @param {(progress: {done: number, total: number, counts: Record<string, number>}) => void} [options.progress]
 * @returns {Promise<Record<string, number>>} what became of the posts: stored, known, and what was left out, by why
 */
export async function bring({ file, server, from = "", withFiles = true, copy, progress = () => {} }) {
  const walk = await open(file);
  const { actor, posts, left, names } = await read(walk, { server: from });
  const counts = { stored: 0, known: 0, ...left };
  const add = (what, n = 1) => (counts[what] = (counts[what] ?? 0) + n);
  let done = 0;
  const tell = (n) => progress({ done: (done += n), total: posts.length, counts });
  tell(0);

  const known = new Set();
  for (const uris of portions(posts.map((post) => post.uri), MAX_ASKED, (uri) => uri.length + 3)) {
    for (const uri of await server.known(uris)) known.add(uri);
  }
  const seen = new Set();
  const wanted = posts.filter(({ uri }) => !known.has(uri) && !seen.has(uri) && seen.add(uri));
  add("known", posts.length - wanted.length);
  tell(posts.length - wanted.length);

  let [ready, size] = [[], 0];
  const send = async (items) => {
    if (items.length === 0) return;
    const answers = await server.posts(actor, items);
    if (answers === undefined && items.length > 1) {
      // One of them is too large: each by itself.
      for (const item of items) await send([item]);
      return;
    }
    for (const { state, why } of answers ?? [{ state: "refused", why: "unreadable" }]) {
      add(state === "refused" ? (why === "failed" ? "unreadable" : why) : state);
    }
    tell(items.length);
  };
  const flush = async () => {
    const items = ready;
    [ready, size] = [[], 0];
    await send(items);
  };
  const finish = async ({ note, media }) => {
    const item = { note, media: media.filter(Boolean) };
    const length = JSON.stringify(item).length;
    if (ready.length >= MAX_ITEMS || size + length > PORTION) await flush();
    ready.push(item);
    size += length;
  };

  /** Posts by the names of their files in the archive. */
  const waiting = new Map();
  const ends = endsOf(names);
  for (const post of wanted) {
    const files = withFiles ? post.files.slice(0, MAX_ATTACHMENTS) : [];
    add("missing", withFiles ? post.files.length - files.length : 0);
    const item = { note: post.note, media: files.map(() => undefined), missing: 0 };
    for (const [n, found] of files.entries()) {
      const name = nameIn(found, names, ends);
      if (name !== undefined) {
        item.missing++;
        if (!waiting.has(name)) waiting.set(name, []);
        waiting.get(name).push({ item, n, found });
      } else if (found.url === undefined) {
        add("missing");
      } else {
        item.media[n] = await copy(found.url, found);
        if (item.media[n] === undefined) add("missing");
      }
    }
    if (item.missing === 0) await finish(item);
  }
  if (waiting.size > 0) {
    await walk(
      (name, length) => {
        if (waiting.has(name) && length > MAX_FILE) return false;
        return waiting.has(name);
      },
      async (name, bytes) => {
        const uses = waiting.get(name);
        waiting.delete(name);
        for (const { item, n, found } of uses) {
          item.media[n] = await server.upload(new Blob([bytes]), found);
          if (item.media[n] === undefined) add("unusable");
          if (--item.missing === 0) await finish(item);
        }
      },
    );
    // What is too large, or damaged, or there twice.
    for (const uses of waiting.values()) {
      for (const { item } of uses) {
        add("unusable");
        if (--item.missing === 0) await finish(item);
      }
    }
  }
  await flush();
  return Object.fromEntries(Object.entries(counts).filter(([what, n]) => n > 0 || what === "stored"));
}

/** A list in parts of at most so many, and of so many characters. */
function* portions(all, most, length) {
  let [part, size] = [[], 0];
  for (const one of all) {
    if (part.length >= most || (part.length > 0 && size + length(one) > PORTION)) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(one);
    size += length(one);
  }
  if (part.length) yield part;
}
