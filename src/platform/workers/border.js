// The calls between the module and the runtime that every request makes, combined into one each: a call
// between WebAssembly and JavaScript costs more than the work of most of them.

const encoder = new TextEncoder();

/** A request without its body, as JSON: [method, url, [[name, value], …]]. */
export function head(request) {
  return JSON.stringify([request.method, request.url, [...request.headers]]);
}

/** A body's bytes; where there are more than `most`, no more is read: null, or the first `most` where `is_cut`. */
export function read(stream, most, is_cut = false) {
  return read_all(stream.getReader(), most, is_cut);
}

/** Like `read`; fails where it takes more than `timeout` milliseconds. */
export async function read_within(stream, most, timeout) {
  const reader = stream.getReader();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error("the body took too long"));
      reader.cancel().catch(() => {});
    }, timeout);
  });
  try {
    return await Promise.race([read_all(reader, most, false), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function read_all(reader, most, is_cut) {
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > most) {
      // A failure to cancel the stream does not matter here.
      reader.cancel().catch(() => {});
      if (!is_cut) return null;
      chunks.push(value.subarray(0, value.byteLength - (length - most)));
      length = most;
      break;
    }
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0];
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}

/** A response. `headers` is JSON: [[name, value], …]. */
export function respond(status, headers, body) {
  const has_body = body.byteLength > 0 && status !== 101 && status !== 204 && status !== 304;
  // A copy: the argument is in the module's own memory.
  return new Response(has_body ? body.slice() : null, { status, headers: JSON.parse(headers) });
}

/**
 * A request to another server, and its answer. `init` is JSON: [method, [[name, value], …]]. One deadline over all of
 * it, the body included. Answers [JSON: [status, [[name, value], …]], the body as `read` has it].
 */
export async function exchange(url, init, body, timeout, most, is_cut) {
  const [method, headers] = JSON.parse(init);
  const signal = AbortSignal.timeout(timeout);
  // A copy before the first await: the argument is in the module's own memory.
  const response = await fetch(url, { method, headers, redirect: "manual", signal, body: body.byteLength > 0 ? body.slice() : undefined });
  const found = response.body ? await read(response.body, most, is_cut) : new Uint8Array();
  return [JSON.stringify([response.status, [...response.headers]]), found];
}

// A body of another server is passed on for so long at most, in milliseconds.
const BODY_TIMEOUT = 300_000;

/**
 * A request to another server, of whose answer the head is awaited until `timeout`. Answers [JSON: [status, [[name,
 * value], …]], the body as a stream].
 */
export async function open(url, init, timeout) {
  const [method, headers] = JSON.parse(init);
  const controller = new AbortController();
  const abort = () => controller.abort(new Error("no answer in time"));
  const timer = setTimeout(abort, timeout);
  try {
    const response = await fetch(url, { method, headers, redirect: "manual", signal: controller.signal });
    if (response.body) setTimeout(abort, BODY_TIMEOUT);
    return [JSON.stringify([response.status, [...response.headers]]), response.body ?? new Blob([]).stream()];
  } finally {
    clearTimeout(timer);
  }
}

/** Reads nothing of a body. */
export function discard(stream) {
  stream.cancel().catch(() => {});
}

/** Bytes as a stream. */
export function stream(bytes) {
  // A Blob has a copy: the argument is in the module's own memory.
  return new Blob([bytes]).stream();
}

/** Passes bytes on; fails where there are more than `most`. */
function at_most(most) {
  let sent = 0;
  return new TransformStream({
    transform(chunk, controller) {
      sent += chunk.byteLength;
      if (sent > most) controller.error(new Error("too many bytes"));
      else controller.enqueue(chunk);
    },
  });
}

/** A response with a body that breaks off where it has more than `most` bytes or, where `length` is not negative, another length. */
export function pass(status, headers, stream, length, most) {
  // With a known length the bytes do not pass through JavaScript, and there is a Content-Length.
  const { readable, writable } = length < 0 ? at_most(most) : new FixedLengthStream(length);
  // The reader may go away at any time.
  stream.pipeTo(writable).catch(() => {});
  return new Response(readable, { status, headers: JSON.parse(headers) });
}

/** How much is copied at a time: each step costs the same, whatever it copies. */
const STEP = 64 * 1024;

/** The bytes of a stream, in steps; fails where there are more than `most` or, where `length` is not negative, another length. */
async function* steps(stream, length, most) {
  const reader = stream.getReader({ mode: "byob" });
  let sent = 0;
  try {
    for (;;) {
      const { done, value } = await reader.readAtLeast(STEP, new Uint8Array(STEP));
      sent += value?.byteLength ?? 0;
      if (sent > most) throw new Error("too many bytes");
      if (value?.byteLength) yield value;
      if (done) break;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  if (length >= 0 && sent !== length) throw new Error("the body broke off");
}

/** A file of at most so many bytes is kept once all of it has come. */
const COLLECTED = 4 * 1024 * 1024;

/** Keeps a file once all of it has come; one that breaks off is not. */
async function collect(url, headers, stream, length) {
  const found = [];
  try {
    for await (const step of steps(stream, length, COLLECTED)) found.push(step);
  } catch {
    return;
  }
  await keep(url, new Response(new Blob(found), { headers }));
}

/**
 * Keeps a larger file as it comes. What breaks off is taken out again: the cache may store it as if it were all. With a
 * Content-Length the cache serves parts.
 */
async function copy(url, headers, stream, length, most) {
  const { readable, writable } = new FixedLengthStream(length);
  const kept = keep(url, new Response(readable, { headers }));
  const writer = writable.getWriter();
  let is_whole = false;
  const write = async () => {
    try {
      for await (const step of steps(stream, length, most)) await writer.write(step);
      is_whole = true;
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => {});
    }
  };
  write();
  const is_kept = await kept;
  if (is_kept && is_whole) return;
  // A cache may have read nothing of it.
  await readable.cancel().catch(() => {});
  await forget(url);
}

/**
 * Like `pass`, for a whole file that the cache keeps under `url` with other headers: [the response, a promise of the end
 * of that, which never fails].
 */
export function pass_and_keep(url, status, headers, kept_headers, stream, length, most) {
  const [ours, theirs] = stream.tee();
  const to_keep = JSON.parse(kept_headers);
  const end = length > COLLECTED ? copy(url, to_keep, theirs, length, most) : collect(url, to_keep, theirs, length);
  return [pass(status, headers, ours, length, most), end];
}

/**
 * Statements as one batch of D1: their texts with a NUL between each two, and JSON: [[parameter, …], …]; a blob is the list of its
 * bytes. Answers UTF-8: JSON, [[columns, [[value, …], …], rows read, rows written, bytes of the database], …], where a text is
 * `true`, and after it the texts in their order, with a NUL before each. So they are neither escaped nor read as JSON, which most
 * of them are. A text with a NUL of its own stands in the JSON.
 */
export async function batch(db, statements, parameters) {
  const bound = JSON.parse(parameters);
  const prepared = statements.split("\0").map((sql, n) => {
    const statement = db.prepare(sql);
    return bound[n].length > 0 ? statement.bind(...bound[n]) : statement;
  });
  const answers = await db.batch(prepared);
  const texts = [""];
  const cell = (value) => {
    if (typeof value !== "string" || value.includes("\0")) return value;
    texts.push(value);
    return true;
  };
  const tables = answers.map(({ results = [], meta = {} }) => [
    results.length > 0 ? Object.keys(results[0]) : [],
    results.map((row) => Object.values(row).map(cell)),
    meta.rows_read ?? 0,
    meta.rows_written ?? 0,
    meta.size_after ?? 0,
  ]);
  return encoder.encode(JSON.stringify(tables) + texts.join("\0"));
}

/**
 * Stores a file: in R2 where `MEDIA` is bound, else in KV. A bucket may be public: then it serves the file with these
 * headers, as we do. What is under a key never changes, and is a picture, film or sound.
 */
export async function put_blob(env, key, type, bytes) {
  // A copy before the first await: the argument is in the module's own memory.
  const body = bytes.slice();
  if (env.MEDIA) await env.MEDIA.put(key, body, { httpMetadata: { contentType: type, cacheControl: "public, max-age=31536000, immutable", contentDisposition: "inline" } });
  else if (env.MEDIA_KV) await env.MEDIA_KV.put(key, body, { metadata: { size: body.byteLength } });
  else throw new Error("neither MEDIA nor MEDIA_KV is bound");
}

/**
 * Stores the texts in the column `text` of what a statement answers, one after another, as a file. `statement` is JSON:
 * [sql, [parameter, …]]. Answers JSON: [bytes, rows read].
 */
export async function put_texts(env, db, statement, key, type) {
  const [sql, parameters] = JSON.parse(statement);
  const { results = [], meta = {} } = await db.prepare(sql).bind(...parameters).all();
  const body = encoder.encode(results.map((row) => row.text).join(""));
  if (env.MEDIA) await env.MEDIA.put(key, body, { httpMetadata: { contentType: type, cacheControl: "private, no-store" } });
  else if (env.MEDIA_KV) await env.MEDIA_KV.put(key, body, { metadata: { size: body.byteLength } });
  else throw new Error("neither MEDIA nor MEDIA_KV is bound");
  return JSON.stringify([body.byteLength, meta.rows_read ?? 0]);
}

/**
 * How many stored files one invocation opens for a body, which may make fifty requests on the free plan. Others of a body are
 * opened by invocations of the Durable Object for heavy work.
 */
const OPENED = 30;

/** The name of the header that a message of `relay` has: the bytes of its parts. */
const PARTS = "x-parts";

/** The end of the keys of texts that were stored to be parts (services/takeout.rs). */
const TEXT = "-takeout";

/** Zeros, in the place of a file that is gone. */
async function write_zeros(write, length) {
  const zeros = new Uint8Array(Math.min(length, STEP));
  for (let left = length; left > 0; left -= zeros.byteLength) await write(zeros.slice(0, left));
}

/**
 * Writes parts into a stream, one after another. A part is the number of the next ones of `bytes`, or a stored file: [key, its
 * size, offset, length].
 */
async function write_parts(env, parts, bytes, writable) {
  const write = async (some) => {
    const writer = writable.getWriter();
    try {
      await writer.write(some);
    } finally {
      writer.releaseLock();
    }
  };
  let at = 0;
  for (const part of parts) {
    if (typeof part === "number") {
      // A copy, since the stream may take it over.
      await write(bytes.slice(at, at + part));
      at += part;
      continue;
    }
    const [key, size, offset, length] = part;
    const found = await open_blob(env, key, length === size ? -1 : offset, length);
    if (found && found[1] === size) {
      // The bytes of a whole file do not pass through JavaScript.
      await found[0].pipeTo(writable, { preventClose: true, preventAbort: true });
    } else {
      found?.[0].cancel().catch(() => {});
      // A text of the archive itself, which may not have arrived here yet: the download goes on later.
      if (key.endsWith(TEXT)) throw new Error(`parts: ${key} is not there`);
      await write_zeros(write, length);
    }
  }
}

/** The parts in groups of at most `OPENED` files, each with its bytes and its length. */
export function grouped(parts, bytes) {
  const groups = [];
  let at = 0;
  let group;
  for (const part of parts) {
    const is_file = typeof part !== "number";
    if (!group || (is_file && group.files === OPENED)) {
      group = { parts: [], files: 0, from: at, to: at, length: 0 };
      groups.push(group);
    }
    group.parts.push(part);
    if (is_file) group.files += 1;
    else at += part;
    group.to = at;
    group.length += is_file ? part[3] : part;
  }
  return groups.map(({ parts, from, to, length }) => ({ parts, bytes: bytes.subarray(from, to), length }));
}

/** Has an invocation of the Durable Object send a group of parts, and writes them into a stream. */
async function relay(env, { parts, bytes, length }, writable) {
  const body = new Blob([JSON.stringify(parts), "\n", bytes]);
  const object = env.HEAVY.get(env.HEAVY.idFromName("parts"));
  const response = await object.fetch("https://heavy/parts", { method: "POST", headers: { [PARTS]: String(length) }, body });
  if (!response.ok || !response.body) throw new Error(`parts: ${response.status}`);
  await response.body.pipeTo(writable, { preventClose: true, preventAbort: true });
}

/** A stream of `length` bytes that `write` writes; it breaks off where that fails. */
function written(length, write) {
  const { readable, writable } = new FixedLengthStream(length);
  write(writable).then(
    () => writable.close(),
    (error) => writable.abort(error),
    // The reader may have gone away.
  ).catch(() => {});
  return readable;
}

/** A response whose body consists of parts. `headers` and `parts` are JSON. */
export function respond_with_parts(env, status, headers, parts, bytes, length) {
  parts = JSON.parse(parts);
  // A copy: the argument is in the module's own memory.
  bytes = bytes.slice();
  const body = written(length, async (writable) => {
    const groups = grouped(parts, bytes);
    if (groups.length <= 1 || !env.HEAVY) return write_parts(env, parts, bytes, writable);
    for (const group of groups) await relay(env, group, writable);
  });
  return new Response(body, { status, headers: JSON.parse(headers) });
}

/** Inside of the Durable Object: what `relay` asks for. */
export async function some_parts(env, request) {
  const message = new Uint8Array(await request.arrayBuffer());
  const end = message.indexOf(10);
  const parts = JSON.parse(new TextDecoder().decode(message.subarray(0, end)));
  const length = Number(request.headers.get(PARTS));
  return new Response(written(length, (writable) => write_parts(env, parts, message.subarray(end + 1), writable)));
}

// An upload waits for its preview for so long at most, in milliseconds.
const REDUCE_TIMEOUT = 10_000;

/**
 * A picture as a JPEG of at most this width and height, by the Images binding; null without it, or where it has more than
 * `most` bytes. Nothing is enlarged, and of what moves the first frame is taken.
 */
export async function reduce(env, bytes, width, height, most) {
  if (!env.IMAGES) return null;
  // A Blob has a copy: the argument is in the module's own memory.
  const picture = env.IMAGES.input(new Blob([bytes]).stream()).transform({ width, height, fit: "scale-down" });
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error("no answer in time")), REDUCE_TIMEOUT);
  });
  try {
    const made = picture.output({ format: "image/jpeg", quality: 80, anim: false });
    return await Promise.race([made.then((made) => read(made.response().body, most)), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether mails can be sent by a binding. <https://developers.cloudflare.com/email-service/api/send-emails/workers-api/> */
export function has_limiter(env) {
  return !!env.STRICT;
}

/** Whether one more request of a key is within the limit of the binding. */
export async function limit(env, key) {
  return (await env.STRICT.limit({ key })).success;
}

export function has_mail(env) {
  return !!env.EMAIL;
}

/** Sends a mail: JSON with from, to, subject and text. */
export async function send_mail(env, letter) {
  await env.EMAIL.send(JSON.parse(letter));
}

export async function delete_blobs(env, keys) {
  if (env.MEDIA) await env.MEDIA.delete(keys);
  else if (env.MEDIA_KV) for (const key of keys) await env.MEDIA_KV.delete(key);
}

/** The size of a stored file in bytes; null where there is none. */
export async function blob_size(env, key) {
  if (env.MEDIA) return (await env.MEDIA.head(key))?.size ?? null;
  if (!env.MEDIA_KV) return null;
  const { value, metadata } = await env.MEDIA_KV.getWithMetadata(key, { type: "stream" });
  value?.cancel().catch(() => {});
  return value ? metadata.size : null;
}

/** [body, size of the whole file] of a stored file, from `offset` on where that is not negative; null where there is none. */
export async function open_blob(env, key, offset, length) {
  if (env.MEDIA) {
    const found = await env.MEDIA.get(key, offset >= 0 ? { range: { offset, length } } : {});
    return found ? [found.body, found.size] : null;
  }
  if (!env.MEDIA_KV) return null;
  const { value, metadata } = await env.MEDIA_KV.getWithMetadata(key, { type: "stream", cacheTtl: 3600 });
  return value ? [offset >= 0 ? slice(value, offset, length) : value, metadata.size] : null;
}

/** A part of a stream. */
function slice(stream, offset, length) {
  const end = offset + length;
  let at = 0;
  return stream.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        const from = Math.max(offset - at, 0);
        const to = Math.min(end - at, chunk.byteLength);
        at += chunk.byteLength;
        if (to > from) controller.enqueue(chunk.subarray(from, to));
        if (at >= end) controller.terminate();
      },
    }),
  );
}

/** The cached response of a GET, by range where the request asks for one; null where there is none. */
export async function cached(request) {
  if (request.method !== "GET") return null;
  try {
    return (await caches.default.match(request)) ?? null;
  } catch {
    return null;
  }
}

/** The text that `keep_page` has kept at an address; null where there is none. */
export async function kept_page(key) {
  try {
    const found = await caches.default.match(key);
    return found ? await found.text() : null;
  } catch {
    return null;
  }
}

/** Keeps a text for `lifetime` seconds. */
export async function keep_page(key, text, lifetime) {
  await keep(key, new Response(text, { headers: { "Content-Type": "application/json", "Cache-Control": `public, max-age=${lifetime}` } }));
}

/** Keeps a response in the cache of this data centre. Answers whether it could. */
async function keep(url, response) {
  try {
    await caches.default.put(url, response);
    return true;
  } catch {
    await response.body?.cancel().catch(() => {});
    return false;
  }
}

/** When the cache is asked to forget, in milliseconds from the attempt before. */
const FORGET_AFTER = [0, 50, 100, 200, 500, 1_000];

/** Takes a response out of the cache, which may store it a moment after it was asked to forget it. */
async function forget(url) {
  for (const pause of FORGET_AFTER) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    if (await caches.default.delete(url).catch(() => false)) return;
  }
}

/** The object of the live streams: there is one. */
const room = (live) => live.get(live.idFromName("live"));

/** Sends to the live streams; `sent` is JSON. Answers the text of the object: who listens. */
export async function tell(live, sent) {
  const response = await room(live).fetch("https://live/", { method: "POST", body: sent });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

/** Texts of server-sent events that wait for a slow client; with more of them the stream ends. */
const MOST_WAITING = 200;

/**
 * Opens a live stream: `opening` is for the object, `headers` is JSON: [[name, value], …]. With a `lifetime` in
 * milliseconds the response is server-sent events, made here from a socket of the object, so that the object may sleep.
 */
export async function listen(live, opening, headers, lifetime) {
  headers = JSON.parse(headers);
  const answer = await room(live).fetch("https://live/", { headers: { Upgrade: "websocket", "X-Opening": opening } });
  const socket = answer.webSocket;
  if (!socket) {
    const plain = headers.filter(([name]) => !/^(content-type|sec-websocket-protocol)$/i.test(name));
    return new Response(await answer.text(), { status: answer.status, headers: [...plain, ["Content-Type", "application/json"]] });
  }
  if (lifetime === 0) return new Response(null, { status: 101, webSocket: socket, headers });
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  let waiting = 0;
  let is_over = false;
  const end = () => {
    if (is_over) return;
    is_over = true;
    clearInterval(heartbeat);
    clearTimeout(limit);
    try { socket.close(1000, ""); } catch { /* closed already */ }
    writer.close().catch(() => {});
  };
  const write = (text) => {
    if (is_over) return;
    if (++waiting > MOST_WAITING) return end();
    writer.write(encoder.encode(text)).then(() => waiting--, end);
  };
  const heartbeat = setInterval(() => write(":thump\n\n"), 15_000);
  const limit = setTimeout(end, lifetime);
  socket.addEventListener("message", ({ data }) => {
    const { event, payload } = JSON.parse(data);
    if (event) write(`event: ${event}\ndata: ${payload ?? ""}\n\n`);
  });
  socket.addEventListener("close", end);
  socket.addEventListener("error", end);
  socket.accept();
  write(":)\n");
  return new Response(readable, { status: 200, headers });
}

/** The text of bytes in the encoding of a label; undefined where there is no such encoding. */
export function decode(label, bytes) {
  let decoder;
  try {
    decoder = new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return undefined;
  }
  return decoder.decode(bytes);
}

/** The IANA names of the time zones that the runtime knows. */
export function zones() {
  return Intl.supportedValuesOf("timeZone").join(" ");
}

// Making a format takes much longer than using it. Strangers choose no zone, people of this server few.
const formats = new Map();
const MOST_FORMATS = 50;

/** Minutes that the clocks of a zone are ahead of UTC at a time; undefined for an unknown zone. */
export function offset(zone, at) {
  let format = formats.get(zone);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hour: "numeric", timeZoneName: "longOffset" });
    } catch {
      return undefined;
    }
    if (formats.size >= MOST_FORMATS) formats.clear();
    formats.set(zone, format);
  }
  // "9 PM GMT", "9 PM GMT+09:00"
  const [, sign, hours, minutes] = /GMT([+-])(\d+):(\d+)/.exec(format.format(at)) ?? ["", "+", "0", "0"];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
