// The posts of an archive, as notes of ActivityPub: Mastodon, Pleroma, Akkoma and others have them as such (outbox.json); the
// notes of Misskey and the statuses of Pixelfed are turned into them.
import { ArchiveError, MAX_DOCUMENT } from "./limits.mjs";
import { mfm, plain } from "./mfm.mjs";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
/** Characters of a description that the server takes. */
const MAX_DESCRIPTION = 10_000;
/** What the server reads of a note. */
const READ = ["id", "type", "url", "name", "summary", "sensitive", "published", "updated", "to", "cc", "inReplyTo", "oneOf", "anyOf", "votersCount", "endTime", "closed"];

/**
 * @typedef {{name?: string, url?: string, description: string, focus?: string}} File a file's name in the archive, or its address
 * @typedef {{uri: string, at: number, note: object, files: File[]}} Post
 * @typedef {{actor: {id: string, followers?: string}, posts: Post[], left: Record<string, number>, names: Set<string>}} Found
 */

const list = (value) => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const string = (value) => (typeof value === "string" ? value : "");
/** What a value refers to. */
const idOf = (value) => (typeof value === "string" ? value : isObject(value) ? string(value.id ?? value.href) : "");
const isAddress = (url) => /^https?:\/\//.test(url) && URL.canParse(url);

/** A count of what is left out, and why. */
function counter() {
  const left = {};
  return { left, add: (why, n = 1) => n > 0 && (left[why] = (left[why] ?? 0) + n) };
}

function parse(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes).replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

/** Whether a name is that of a document with posts, at the top or in one folder. */
function isDocument(name) {
  const parts = name.split("/");
  return parts.length <= 2 && /^(outbox|actor)\.json$|^(notes|pixelfed-statuses)[^/]*\.json$|^$/.test(parts.at(-1));
}

/**
 * Reads the documents of an archive.
 * @param {import("./open.mjs").Walk} walk
 * @param {{server?: string}} options `server`: that which Misskey's file is from
 * @returns {Promise<Found>}
 */
export async function read(walk, { server = "" } = {}) {
  const names = new Set();
  const documents = new Map();
  let isTooLarge = false;
  await walk(
    (name, size) => {
      names.add(name);
      if (!isDocument(name) || documents.has(name)) return false;
      isTooLarge ||= size > MAX_DOCUMENT;
      return size <= MAX_DOCUMENT;
    },
    async (name, bytes) => void documents.set(name, bytes),
  );
  const named = (wanted) => [...documents.keys()].filter((name) => name.split("/").at(-1).startsWith(wanted)).sort((a, b) => a.length - b.length)[0];
  const outbox = named("outbox.json");
  const main = outbox ?? named("notes") ?? named("pixelfed-statuses") ?? named("");
  if (main === undefined || (main !== outbox && main.endsWith("actor.json"))) {
    throw new ArchiveError(isTooLarge ? "too large" : "no posts");
  }
  const document = parse(documents.get(main));
  documents.delete(main);
  const actorName = named("actor.json");
  const actor = actorName === undefined ? undefined : parse(documents.get(actorName));
  const found = document === undefined ? none(main, names) : notes(document, actor, server);
  found.posts.sort((a, b) => a.at - b.at);
  return { ...found, names };
}

/** A document that is none: GoToSocial's exports are lines of CSV or JSON. */
function none(name, names) {
  throw new ArchiveError(name === "" && names.size === 1 ? "no posts" : "damaged");
}

function notes(document, actor, server) {
  if (Array.isArray(document)) {
    const first = document.find(isObject) ?? {};
    if ("createdAt" in first || "replyId" in first) return ofMisskey(document, server);
    if ("pf_type" in first || "media_attachments" in first || "created_at" in first) return ofPixelfed(document);
    throw new ArchiveError("no posts");
  }
  if (isObject(document) && (document.orderedItems || document.items || /Collection/.test(string(document.type)))) {
    return ofOutbox(list(document.orderedItems ?? document.items), actor);
  }
  throw new ArchiveError("no posts");
}

/** Whether a note is for single persons only. */
function isDirect(note, followers) {
  const audience = [...list(note.to), ...list(note.cc)].map(idOf);
  return !audience.some((id) => [PUBLIC, "as:Public", "Public"].includes(id) || (followers && id === followers));
}

/** A vote: a name and no text, in answer to something. */
const isVote = (note) => note.type === "Note" && string(note.name) !== "" && !note.content && !list(note.attachment).length && Boolean(note.inReplyTo);

/** What the server reads of a note: its text once, with its language where that is told. */
function pruned(note) {
  const kept = {};
  for (const name of READ) if (note[name] !== undefined && note[name] !== null) kept[name] = note[name];
  const map = isObject(note.contentMap) ? Object.entries(note.contentMap) : [];
  const same = map.find(([, text]) => text === note.content) ?? (note.content ? undefined : map[0]);
  if (same) kept.contentMap = Object.fromEntries([same]);
  else if (note.content) kept.content = note.content;
  const tags = list(note.tag).filter((tag) => isObject(tag) && (tag.type === "Hashtag" || tag.type === "Emoji"));
  if (tags.length) kept.tag = tags.slice(0, 130).map(({ type, name, icon }) => ({ type, name, icon: icon && { url: icon.url } }));
  return kept;
}

function description(text) {
  return string(text).slice(0, MAX_DESCRIPTION);
}

/** The file of an attachment: its address, which in an archive is a path. */
function fileOf(attachment) {
  if (!isObject(attachment)) return undefined;
  if (!["Document", "Image", "Video", "Audio"].includes(string(attachment.type))) return undefined;
  const url = list(attachment.url).map((one) => (isObject(one) ? string(one.href) : string(one))).find(Boolean) ?? string(attachment.href);
  if (!url) return undefined;
  const focus = list(attachment.focalPoint);
  const file = { description: description(attachment.summary ?? attachment.name) };
  if (focus.length === 2 && focus.every(Number.isFinite)) file.focus = focus.join(",");
  return isAddress(url) ? { ...file, url } : { ...file, name: url };
}

function ofOutbox(items, actor) {
  const { left, add } = counter();
  const posts = [];
  const objects = items.filter(isObject);
  const me = idOf(actor) || idOf(objects.find((item) => item.type === "Create")?.actor) || idOf(list(objects[0]?.attributedTo)[0]);
  let followers = isObject(actor) ? idOf(actor.followers) : "";
  if (!followers && me) {
    // Without the actor's document: the address that all servers make of it, where a post has it.
    followers = [`${me}/followers`].find((one) => items.some((item) => list(item?.object?.to).concat(list(item?.object?.cc)).includes(one))) ?? "";
  }
  for (const item of items) {
    if (!isObject(item)) add("others");
    else if (item.type === "Announce") add("boosts");
    else {
      const note = item.type === "Create" ? item.object : item;
      const author = isObject(note) ? idOf(list(note.attributedTo)[0]) || idOf(item.actor) : "";
      const isPost = isObject(note) && isAddress(string(note.id)) && ["Note", "Question", "Article", "Page", "Image", "Video", "Audio", "Event"].includes(note.type);
      if (!isPost || (me && author && author !== me)) add("others");
      else if (isVote(note)) add("vote");
      else if (isDirect(note, followers)) add("direct");
      else {
        const files = list(note.attachment).map(fileOf).filter(Boolean);
        posts.push({ uri: note.id, at: Date.parse(note.published) || 0, note: pruned(note), files });
      }
    }
  }
  return { actor: { id: me, ...(followers && { followers }) }, posts, left };
}

/** The origin of an address as people type it. */
export function originOf(text) {
  const typed = text.trim().replace(/^@?[^@/\s]*@/, "");
  if (!typed) return "";
  try {
    const url = new URL(/^https?:\/\//.test(typed) ? typed : `https://${typed}`);
    // Some browsers escape what cannot be in a name.
    const isName = /^[a-z0-9.-]+$/.test(url.hostname) && (url.hostname.includes(".") || url.hostname === "localhost");
    return ["https:", "http:"].includes(url.protocol) && isName ? url.origin : "";
  } catch {
    return "";
  }
}

/** `to` and `cc` for a visibility as Mastodon's API names it. */
function audience(visibility, followers) {
  if (visibility === "public") return { to: [PUBLIC], cc: [followers] };
  if (visibility === "unlisted") return { to: [followers], cc: [PUBLIC] };
  return { to: [followers] };
}

function poll(multiple, options, endTime, voters) {
  const shown = options.filter(([name]) => name).map(([name, votes]) => ({ type: "Note", name, replies: { totalItems: votes } }));
  if (shown.length < 2) return {};
  return { type: "Question", [multiple ? "anyOf" : "oneOf"]: shown, ...(endTime && { endTime }), ...(Number.isInteger(voters) && { votersCount: voters }) };
}

function ofMisskey(all, server) {
  const origin = originOf(server);
  if (!origin) throw new ArchiveError("no server");
  const { left, add } = counter();
  const posts = [];
  const actor = { id: origin, followers: `${origin}/followers` };
  const VISIBILITY = { public: "public", home: "unlisted", followers: "private" };
  for (const note of all) {
    if (!isObject(note) || !string(note.id)) {
      add("others");
      continue;
    }
    const text = string(note.text);
    const files = list(note.files).filter((file) => isObject(file) && isAddress(string(file.url)));
    add("missing", list(note.fileIds).length - files.length);
    if (note.renoteId && !text && !note.cw && !note.poll && !list(note.fileIds).length) {
      add("boosts");
      continue;
    }
    // Of one server's people only: it becomes no more visible than it was.
    const visibility = note.localOnly && VISIBILITY[note.visibility] ? "private" : VISIBILITY[note.visibility];
    if (!visibility) {
      add("direct");
      continue;
    }
    const tags = new Set();
    const quoted = note.renoteId ? `${text ? "\n\n" : ""}RE: ${origin}/notes/${note.renoteId}` : "";
    const uri = `${origin}/notes/${note.id}`;
    const choices = isObject(note.poll) ? list(note.poll.choices) : [];
    const options = choices.map((choice, n) => (isObject(choice) ? [string(choice.text), choice.votes] : [string(choice), list(note.poll.votes)[n]]));
    posts.push({
      uri,
      at: Date.parse(note.createdAt) || 0,
      note: {
        id: uri,
        type: "Note",
        url: uri,
        published: note.createdAt,
        content: mfm(text + quoted, { origin, tags }),
        ...(note.cw && { summary: string(note.cw) }),
        sensitive: files.some((file) => file.isSensitive === true),
        ...audience(visibility, actor.followers),
        ...(note.replyId && { inReplyTo: `${origin}/notes/${note.replyId}` }),
        ...(tags.size && { tag: [...tags].map((name) => ({ type: "Hashtag", name: `#${name}` })) }),
        ...(options.length && poll(note.poll.multiple, options, note.poll.expiresAt)),
      },
      files: files.map((file) => ({ url: file.url, description: description(file.comment) })),
    });
  }
  return { actor, posts, left };
}

function ofPixelfed(all) {
  const { left, add } = counter();
  const posts = [];
  const uris = new Map(all.filter(isObject).map((status) => [string(status.id), string(status.uri ?? status.url)]));
  const first = [...uris.values()].find(isAddress);
  const origin = first ? new URL(first).origin : "";
  const actor = { id: origin, followers: `${origin}/followers` };
  for (const status of all) {
    const uri = isObject(status) ? string(status.uri || status.url) : "";
    const type = isObject(status) ? string(status.pf_type) : "";
    if (type === "share" || (isObject(status) && status.reblog)) add("boosts");
    else if (!isAddress(uri) || type.startsWith("story")) add("others");
    else if (!["public", "unlisted", "private"].includes(status.visibility)) add("direct");
    else {
      const parent = string(status.in_reply_to_id);
      const answered = parent && (uris.get(parent) || `${origin}/i/web/post/${parent}`);
      const tags = list(status.tags).map((tag) => string(isObject(tag) ? tag.name : tag)).filter(Boolean);
      const held = isObject(status.poll) ? status.poll : undefined;
      const options = list(held?.options).map((option) => [string(option.title), option.votes_count]);
      const content = string(status.content).includes("<") ? string(status.content) : plain(string(status.content_text) || string(status.content));
      posts.push({
        uri,
        at: Date.parse(status.created_at) || 0,
        note: {
          id: uri,
          type: "Note",
          url: string(status.url) || uri,
          published: status.created_at,
          ...(status.language ? { contentMap: { [status.language]: content } } : { content }),
          ...(status.spoiler_text && { summary: string(status.spoiler_text) }),
          sensitive: status.sensitive === true,
          ...audience(status.visibility, actor.followers),
          ...(answered && { inReplyTo: answered }),
          ...(tags.length && { tag: tags.map((name) => ({ type: "Hashtag", name: `#${name.replace(/^#/, "")}` })) }),
          ...(options.length && poll(held.multiple, options, held.expires_at, held.voters_count)),
        },
        files: list(status.media_attachments)
          .filter((file) => isObject(file) && isAddress(string(file.url)))
          .map((file) => ({ url: file.url, description: description(file.description) })),
      });
    }
  }
  return { actor, posts, left };
}

/**
 * The name under which a file of a post is in the archive, or nothing. Mastodon's posts say `/media_attachments/…`, with the
 * path of its storage before it, and the archive has the rest.
 * @param {File} file
 * @param {Map<string, string>} byEnd names by what they have from `media_attachments/` on
 */
export function nameIn(file, names, byEnd) {
  const path = decoded(file.name ?? new URL(file.url).pathname).replace(/^\/+/, "");
  if (names.has(path)) return path;
  const end = path.lastIndexOf("media_attachments/");
  return end < 0 ? undefined : byEnd.get(path.slice(end));
}

function decoded(path) {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** Names by what they have from `media_attachments/` on. @param {Set<string>} names */
export function endsOf(names) {
  const ends = new Map();
  for (const name of names) {
    const at = name.lastIndexOf("media_attachments/");
    if (at >= 0 && !ends.has(name.slice(at))) ends.set(name.slice(at), name);
  }
  return ends;
}
