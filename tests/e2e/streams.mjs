// Sockets of live streams, and many of them at once.
import { client } from "./client.mjs";

/** An open socket: `next` is the next text, parsed. Rejects where it is refused. */
export async function openEar(url, protocols = []) {
  const socket = new WebSocket(url, protocols);
  const texts = [];
  const waiting = [];
  socket.addEventListener("message", ({ data }) => {
    const text = JSON.parse(data);
    const next = waiting.shift();
    if (next) next(text);
    else texts.push(text);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error(`${url} is refused`)));
  });
  return {
    socket,
    texts,
    send: (message) => socket.send(JSON.stringify(message)),
    next: (seconds = 20) =>
      texts.length > 0
        ? Promise.resolve(texts.shift())
        : new Promise((resolve, reject) => {
            const limit = setTimeout(() => reject(new Error("nothing came")), seconds * 1000);
            waiting.push((text) => {
              clearTimeout(limit);
              resolve(text);
            });
          }),
  };
}

/** An open socket that keeps what comes unread, so that reading it takes nothing from what is measured. */
async function openRaw(url, protocol) {
  const socket = new WebSocket(url, [protocol]);
  const came = [];
  socket.addEventListener("message", ({ data }) => came.push({ data, when: Date.now() }));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error(`${url} is refused`)));
  });
  return { socket, came };
}

/**
 * Many sockets, and `rate` posts a second for `seconds`. The sockets are of several people, since each may have fifty.
 * Answers what came: of every post each socket has one update, in the order of each author's posts.
 */
export async function measure({ sori, tokens, token, author, authors = [author], sockets, rate, seconds }) {
  const ws = sori.origin.replace("http", "ws");
  const readers = tokens ?? [token];
  const sockets_open = [];
  for (let n = 0; n < sockets; n += 1) {
    sockets_open.push(await openRaw(`${ws}/api/v1/streaming?stream=public:local`, readers[n % readers.length]));
  }
  const posted = [];
  const at = new Map();
  const start = Date.now();
  // Those of an author one after the other, so that there is an order.
  const post = async (place) => {
    const api = client(sori.origin, authors[place]);
    for (let n = place; n < rate * seconds; n += authors.length) {
      const due = start + (n * 1000) / rate;
      if (due > Date.now()) await new Promise((resolve) => setTimeout(resolve, due - Date.now()));
      at.set(n, Date.now());
      posted.push({ place, id: (await api("POST", "/api/v1/statuses", { status: `event ${n}`, visibility: "public" })).id });
    }
  };
  await Promise.all(authors.map((_, place) => post(place)));
  const took = (Date.now() - start) / 1000;
  const all = () => sockets_open.every(({ came }) => came.length >= posted.length);
  for (let n = 0; n < 100 && !all(); n += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  let lost = 0, doubled = 0, disordered = 0;
  const all_ids = new Set(posted.map(({ id }) => id));
  const delays = [];
  for (const { socket, came } of sockets_open) {
    const ids = [];
    for (const { data, when } of came) {
      const { event, payload } = JSON.parse(data);
      const { id, content } = event === "update" ? JSON.parse(payload) : {};
      if (!all_ids.has(id)) continue;
      ids.push(id);
      delays.push(when - at.get(Number(/event (\d+)/.exec(content)[1])));
    }
    const once = [...new Set(ids)];
    lost += posted.length - once.length;
    doubled += ids.length - once.length;
    for (const place of authors.keys()) {
      const theirs = posted.filter((p) => p.place === place).map((p) => p.id);
      const places = new Map(theirs.map((id, n) => [id, n]));
      const order = once.filter((id) => places.has(id)).map((id) => places.get(id));
      disordered += order.filter((at, n) => n > 0 && at < order[n - 1]).length;
    }
    socket.close();
  }
  delays.sort((a, b) => a - b);
  return {
    sockets, events: posted.length, rate: Math.round((10 * posted.length) / took) / 10, lost, doubled, disordered,
    median: delays[Math.floor(delays.length / 2)], worst: delays.at(-1),
  };
}
