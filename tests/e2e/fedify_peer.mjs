// An independent server to federate with: Fedify's own HTTP signatures, documents and delivery. It stores
// what it received, and sends activities on request.
import { createServer } from "node:http";
import { Temporal } from "@js-temporal/polyfill";
import {
  createFederation,
  generateCryptoKeyPair,
  InProcessMessageQueue,
  MemoryKvStore,
} from "@fedify/fedify";
import {
  Accept,
  Announce,
  Create,
  Delete,
  Endpoints,
  Follow,
  Like,
  Mention,
  Note,
  Person,
  PUBLIC_COLLECTION,
  Reject,
  Undo,
  Update,
} from "@fedify/vocab";

const now = () => Temporal.Now.instant();

// Handles are looked up over https only, and there is no TLS on loopback: that request is rewritten.
const plainFetch = globalThis.fetch;
const LOCAL = /^(https?):\/\/(localhost|127\.0\.0\.1)[:/]/;
globalThis.fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (LOCAL.exec(url)?.[1] !== "https") return plainFetch(input, init);
  const answer = await plainFetch(url.replace("https:", "http:"), init);
  // Nor is a redirect followed to another scheme.
  const location = answer.headers.get("location");
  if (!location || !LOCAL.test(location)) return answer;
  const headers = new Headers(answer.headers);
  headers.set("location", location.replace("http:", "https:"));
  return new Response(null, { status: answer.status, headers });
};

/**
 * Starts a peer with one person, `tester`, on loopback.
 * @param {{port: number, firstKnock?: "rfc9421" | "draft-cavage-http-signatures-12", isPicky?: boolean}} options
 *   what it signs with first; a picky one understands nothing else either.
 */
export async function startPeer({ port, firstKnock, isPicky = false }) {
  const origin = `http://localhost:${port}`;
  const received = []; // { type, id, json }
  const followers = new Map(); // actor id → { id, inboxId, endpoints }
  const notes = new Map();
  const refused = [];
  const forms = []; // the signature of each accepted activity
  const keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];
  const federation = createFederation({
    kv: new MemoryKvStore(),
    queue: new InProcessMessageQueue(),
    allowPrivateAddress: true,
    ...(firstKnock ? { firstKnock } : {}),
    skipSignatureVerification: false,
  });

  federation
    .setActorDispatcher("/people/{identifier}", async (ctx, identifier) => {
      if (identifier !== "tester") return null;
      const pairs = await ctx.getActorKeyPairs(identifier);
      return new Person({
        id: ctx.getActorUri(identifier),
        preferredUsername: identifier,
        name: "Tester of Fedify",
        summary: "<p>An independent peer</p>",
        url: new URL(`/@${identifier}`, ctx.url),
        inbox: ctx.getInboxUri(identifier),
        outbox: ctx.getOutboxUri(identifier),
        followers: ctx.getFollowersUri(identifier),
        endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
        publicKey: pairs[0].cryptographicKey,
        assertionMethods: pairs.map((p) => p.multikey),
      });
    })
    .setKeyPairsDispatcher(() => keys);
  federation.setOutboxDispatcher("/people/{identifier}/outbox", () => ({ items: [] }));
  federation.setFollowersDispatcher("/people/{identifier}/followers", () => ({ items: [...followers.values()] }));
  federation.setObjectDispatcher(Note, "/notes/{id}", (_ctx, { id }) => notes.get(id) ?? null);

  const keep = async (activity) => {
    received.push({
      type: activity.constructor.name,
      id: activity.id?.href,
      json: await activity.toJsonLd(),
    });
  };
  federation
    .setInboxListeners("/people/{identifier}/inbox", "/inbox")
    .on(Follow, async (ctx, follow) => {
      await keep(follow);
      const follower = await follow.getActor(ctx);
      followers.set(follower.id.href, {
        id: follower.id,
        inboxId: follower.inboxId,
        endpoints: follower.endpoints,
      });
      await ctx.sendActivity(
        { identifier: "tester" },
        follower,
        new Accept({
          id: new URL(`#accept/${Date.now()}`, ctx.getActorUri("tester")),
          actor: ctx.getActorUri("tester"),
          object: follow,
        }),
      );
    })
    .on(Accept, (_ctx, a) => keep(a))
    .on(Reject, (_ctx, a) => keep(a))
    .on(Create, (_ctx, a) => keep(a))
    .on(Update, (_ctx, a) => keep(a))
    .on(Delete, (_ctx, a) => keep(a))
    .on(Like, (_ctx, a) => keep(a))
    .on(Announce, (_ctx, a) => keep(a))
    .on(Undo, (_ctx, a) => keep(a))
    .onError((_ctx, error) => refused.push(String(error)));

  const abort = new AbortController();
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    const request = new Request(new URL(req.url, origin), {
      method: req.method,
      headers: req.headers,
      body: chunks.length ? Buffer.concat(chunks) : undefined,
    });
    const form = req.headers["signature-input"] ? "rfc9421" : "draft-cavage-http-signatures-12";
    if (req.method === "POST" && isPicky && form !== firstKnock) {
      res.writeHead(401).end();
      return;
    }
    const response = await federation.fetch(request, { contextData: undefined });
    if (req.method === "POST" && response.ok) forms.push(form);
    res.writeHead(response.status, Object.fromEntries(response.headers));
    res.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  federation.startQueue(undefined, { signal: abort.signal }).catch(() => {});

  const ctx = federation.createContext(new URL(origin), undefined);
  const me = ctx.getActorUri("tester");
  let serial = 0;
  const next = (kind) => new URL(`/${kind}/${Date.now()}-${++serial}`, origin);
  const send = (recipient, activity) =>
    ctx.sendActivity({ identifier: "tester" }, recipient, activity, { preferSharedInbox: true, immediate: true });
  const noteFrom = (content, extra = {}) => {
    const id = `${Date.now()}-${++serial}`;
    const note = new Note({
      id: ctx.getObjectUri(Note, { id }),
      attribution: me,
      to: PUBLIC_COLLECTION,
      content: `<p>${content}</p>`,
      mediaType: "text/html",
      published: now(),
      ...extra,
    });
    notes.set(id, note);
    return note;
  };
  const createOf = (note) =>
    new Create({
      id: new URL(`${note.id.href}#create`),
      actor: me,
      to: PUBLIC_COLLECTION,
      ccs: note.ccIds,
      object: note,
    });

  return {
    origin,
    handle: `@tester@localhost:${port}`,
    actor: me.href,
    received,
    refused,
    forms,
    followers,
    /** What an id or a handle resolves to, with this peer's own WebFinger and signed fetches. */
    async lookup(what) {
      const loader = await ctx.getDocumentLoader({ identifier: "tester" });
      return ctx.lookupObject(what, { documentLoader: loader });
    },
    async follow(actor) {
      const follow = new Follow({ id: next("follows"), actor: me, object: actor.id, to: actor.id });
      await send(actor, follow);
      return follow;
    },
    async undo(actor, activity) {
      await send(actor, new Undo({ id: next("undos"), actor: me, object: activity, to: actor.id }));
    },
    async reply(actor, noteId, content, handle) {
      const note = noteFrom(content, {
        replyTarget: new URL(noteId),
        ccs: [actor.id],
        tags: [new Mention({ href: actor.id, name: handle })],
      });
      await send(actor, createOf(note));
      return note;
    },
    async post(content) {
      const note = noteFrom(content, { ccs: [ctx.getFollowersUri("tester")] });
      for (const follower of followers.values()) await send(follower, createOf(note));
      return note;
    },
    async edit(note, content) {
      const edited = note.clone({ content: `<p>${content}</p>`, updated: now() });
      for (const [key, value] of notes) if (value.id.href === note.id.href) notes.set(key, edited);
      for (const follower of followers.values()) {
        await send(follower, new Update({ id: next("updates"), actor: me, to: PUBLIC_COLLECTION, object: edited }));
      }
      return edited;
    },
    async remove(note) {
      for (const follower of followers.values()) {
        await send(follower, new Delete({ id: next("deletes"), actor: me, to: PUBLIC_COLLECTION, object: note.id }));
      }
    },
    async like(actor, noteId) {
      const like = new Like({ id: next("likes"), actor: me, object: new URL(noteId), to: actor.id });
      await send(actor, like);
      return like;
    },
    async announce(actor, noteId) {
      const announce = new Announce({
        id: next("announces"),
        actor: me,
        object: new URL(noteId),
        to: PUBLIC_COLLECTION,
        cc: actor.id,
        published: now(),
      });
      await send(actor, announce);
      return announce;
    },
    async stop() {
      abort.abort();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
