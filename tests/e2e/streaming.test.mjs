// Live streams on real workerd: masto.js and plain sockets, server-sent events, hibernation, many sockets.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createRestAPIClient, createStreamingAPIClient } from "masto";
import { account, client } from "./client.mjs";
import { startPeer } from "./fedify_peer.mjs";
import { startInstance } from "./instance.mjs";
import { signUp } from "./people.mjs";
import { measure, openEar } from "./streams.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 60;

let sori, peer, tokens, alice, bob, ws;
before(async () => {
  sori = await startInstance({ port: PORT });
  peer = await startPeer({ port: PORT + 1 });
  await account(sori, "owner", true);
  tokens = await signUp(sori, "alice", "bob");
  alice = client(sori.origin, tokens.alice);
  bob = client(sori.origin, tokens.bob);
  ws = sori.origin.replace("http", "ws");
  const me = await bob("GET", "/api/v1/accounts/verify_credentials");
  await alice("POST", `/api/v1/accounts/${me.id}/follow`);
});
after(async () => {
  await peer?.stop();
  await sori?.stop();
});

/** The next events of a masto.js subscription, as a queue. */
function collect(subscription) {
  const events = [];
  (async () => {
    for await (const event of subscription) events.push(event);
  })().catch(() => {});
  return (name, find = () => true, seconds = 20) =>
    eventually(`${name} on the stream`, () => events.find((e) => e.event === name && find(e.payload)), seconds);
}

describe("live streams", () => {
  test("are announced", async () => {
    const v2 = await client(sori.origin)("GET", "/api/v2/instance");
    assert.equal(v2.configuration.urls.streaming, ws);
    const v1 = await client(sori.origin)("GET", "/api/v1/instance");
    assert.equal(v1.urls.streaming_api, ws);
    const health = await fetch(`${sori.origin}/api/v1/streaming/health`);
    assert.equal(await health.text(), "OK");
  });

  test("masto.js: a remote reply, its edit and deletion, notifications, several streams on a socket", async (t) => {
    const masto = createStreamingAPIClient({ streamingApiUrl: ws, accessToken: tokens.alice });
    // Otherwise it would go on connecting after a failure, and the process would not end.
    t.after(() => masto.close());
    const rest = createRestAPIClient({ url: sori.origin, accessToken: tokens.alice });
    const user = collect(masto.user.subscribe());
    const local = collect(masto.public.local.subscribe());
    const fern = collect(masto.hashtag.subscribe({ tag: "fern" }));
    const me = await bob("GET", "/api/v1/accounts/verify_credentials");
    const list = await rest.v1.lists.create({ title: "friends" });
    await alice("POST", `/api/v1/lists/${list.id}/accounts`, { account_ids: [me.id] });
    const friends = collect(masto.list.subscribe({ list: list.id }));
    // A subscription is not answered, so posts show when each of them has begun.
    await eventually("an event on each stream", async () => {
      await bob("POST", "/api/v1/statuses", { status: `anybody there? #fern ${Date.now()}` });
      const streams = await Promise.allSettled([user, local, fern, friends].map((next) => next("update", undefined, 1)));
      return streams.every((s) => s.status === "fulfilled");
    });
    const post = await rest.v1.statuses.create({ status: "who is there? #fern" });
    await user("update", (p) => p.id === post.id);
    await local("update", (p) => p.id === post.id);
    await fern("update", (p) => p.id === post.id);
    const actor = await peer.lookup(`@alice@localhost:${PORT}`);
    await rest.v1.accounts.lookup({ acct: peer.handle.slice(1) }).catch(() => {});
    const reply = await peer.reply(actor, post.uri, "me!", `@alice@localhost:${PORT}`);
    const mention = await user("notification", (p) => p.type === "mention");
    assert.equal(mention.payload.status.uri, reply.id.href);
    await peer.like(actor, post.uri);
    await user("notification", (p) => p.type === "favourite");
    const theirs = await bob("POST", "/api/v1/statuses", { status: "hello" });
    await user("update", (p) => p.id === theirs.id);
    await bob("PUT", `/api/v1/statuses/${theirs.id}`, { status: "hello, all" });
    await user("status.update", (p) => p.content.includes("hello, all"));
    await bob("DELETE", `/api/v1/statuses/${theirs.id}`);
    await user("delete", (p) => p === theirs.id);
    const listed = await bob("POST", "/api/v1/statuses", { status: "for the list" });
    await friends("update", (p) => p.id === listed.id);
  });

  test("tokens, protocols and refusals", async () => {
    for (const [url, protocols] of [
      [`${ws}/api/v1/streaming?stream=user`, []],
      [`${ws}/api/v1/streaming?stream=user`, ["nonsense"]],
    ]) {
      await assert.rejects(openEar(url, protocols));
    }
    const ear = await openEar(`${ws}/api/v1/streaming`, [tokens.alice]);
    assert.equal(ear.socket.protocol, tokens.alice);
    ear.send({ type: "subscribe", stream: "nothing" });
    assert.deepEqual(await ear.next(), { error: "Unknown stream type", status: 400 });
    ear.send({ type: "subscribe", stream: "list", list: "1" });
    assert.equal((await ear.next()).status, 401);
    const closed = new Promise((resolve) => ear.socket.addEventListener("close", (event) => resolve(event.code)));
    ear.socket.send(new Uint8Array([1]));
    assert.equal(await closed, 1003);
  });

  test("a revoked token closes its socket", async () => {
    const api = client(sori.origin);
    const app = await api("POST", "/api/v1/apps", { client_name: "x", redirect_uris: "urn:ietf:wg:oauth:2.0:oob", scopes: "read write follow push" });
    const { access_token } = await api("POST", "/oauth/token", { grant_type: "client_credentials", client_id: app.client_id, client_secret: app.client_secret, scope: "read write follow push" });
    const made = await client(sori.origin, access_token)("POST", "/api/v1/accounts", { username: "dora", email: "dora@example.com", password: "correct horse battery", agreement: true, locale: "en" });
    const ear = await openEar(`${ws}/api/v1/streaming?stream=user`, [made.access_token]);
    const closed = new Promise((resolve) => ear.socket.addEventListener("close", (event) => resolve(event.code)));
    await api("POST", "/oauth/revoke", { client_id: app.client_id, client_secret: app.client_secret, token: made.access_token });
    assert.equal(await closed, 1008);
    await assert.rejects(openEar(`${ws}/api/v1/streaming?stream=user`, [made.access_token]));
  });

  test("server-sent events, with a heartbeat", async () => {
    const response = await fetch(`${sori.origin}/api/v1/streaming/user`, { headers: { authorization: `Bearer ${tokens.alice}` } });
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^text\/event-stream/);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (part) => {
      while (!text.includes(part)) {
        const { done, value } = await reader.read();
        assert.ok(!done, `ended before ${part}: ${text}`);
        text += value;
      }
    };
    await until(":)\n");
    const post = await bob("POST", "/api/v1/statuses", { status: "as an event" });
    await until(`"id":"${post.id}"`);
    await until("\n\n");
    assert.match(text, /event: update\ndata: \{/);
    await until(":thump\n\n");
    await reader.cancel();
    const refused = await fetch(`${sori.origin}/api/v1/streaming/nothing`, { headers: { authorization: `Bearer ${tokens.alice}` } });
    assert.equal(refused.status, 400);
    assert.deepEqual(await refused.json(), { error: "Unknown channel requested" });
  });

  test("a socket survives that its object sleeps", async () => {
    const ear = await openEar(`${ws}/api/v1/streaming?stream=user`, [tokens.alice]);
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    const post = await bob("POST", "/api/v1/statuses", { status: "good morning" });
    const event = await ear.next();
    assert.equal(JSON.parse(event.payload).id, post.id);
    ear.send({ type: "subscribe", stream: "public:local" });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await bob("POST", "/api/v1/statuses", { status: "and again" });
    assert.deepEqual([await ear.next(), await ear.next()].map((e) => e.stream[0]).sort(), ["public:local", "user"]);
    ear.socket.close();
  });

  // npm run streams is the long form.
  test("40 sockets, 10 events a second for five seconds: each once, in order", async () => {
    const told = await measure({ sori, token: tokens.alice, author: tokens.bob, sockets: 40, rate: 10, seconds: 5 });
    assert.deepEqual([told.lost, told.doubled, told.disordered], [0, 0, 0], JSON.stringify(told));
  });
});
