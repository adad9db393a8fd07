// An independent server and two instances, on real workerd.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { account, client } from "./client.mjs";
import { startPeer } from "./fedify_peer.mjs";
import { startInstance } from "./instance.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840);

for (const [offset, firstKnock] of [
  [0, "draft-cavage-http-signatures-12"],
  [10, "rfc9421"],
]) {
  describe(`Fedify, both ways by ${firstKnock}`, () => {
    let sori, peer, api, actor, alice;
    before(async () => {
      sori = await startInstance({ port: PORT + offset });
      peer = await startPeer({ port: PORT + offset + 1, firstKnock, isPicky: true });
      api = client(sori.origin, await account(sori, "alice"));
      alice = await api("GET", "/api/v1/accounts/verify_credentials");
    });
    after(async () => {
      await peer?.stop();
      await sori?.stop();
    });
    const got = (type, find) => eventually(`${type} at the peer`, () => peer.received.find((a) => a.type === type && find(JSON.stringify(a.json))));
    const notification = (type) =>
      eventually(`a ${type} notification`, async () => (await api("GET", "/api/v1/notifications")).find((n) => n.type === type));

    test("resolves our handle and follows; we accept", async () => {
      actor = await peer.lookup(`@alice@localhost:${PORT + offset}`);
      assert.equal(actor.id.href, `${sori.origin}/users/alice`);
      await peer.follow(actor);
      await got("Accept", (j) => j.includes("/follows/"));
      const told = await notification("follow");
      assert.equal(told.account.acct, peer.handle.slice(1));
      assert.equal((await api("GET", `/api/v1/accounts/${alice.id}/followers`)).length, 1);
    });

    test("gets a post through the queue, its edit and its deletion, all with valid signatures", async () => {
      const status = await api("POST", "/api/v1/statuses", { status: "안녕, fediverse #sori" });
      const create = await got("Create", (j) => j.includes(status.uri));
      assert.match(JSON.stringify(create.json), /안녕/);
      await api("PUT", `/api/v1/statuses/${status.id}`, { status: "changed my mind" });
      await got("Update", (j) => j.includes("changed my mind"));
      const deleted = await api("DELETE", `/api/v1/statuses/${status.id}`);
      assert.equal(deleted.text, "changed my mind");
      await got("Delete", (j) => j.includes(status.uri));
      assert.deepEqual(peer.refused, []);
    });

    test("answers, favourites and boosts; they show in notifications and thread", async () => {
      const status = await api("POST", "/api/v1/statuses", { status: "who is there?" });
      const reply = await peer.reply(actor, status.uri, "me!", `@alice@localhost:${PORT + offset}`);
      const mention = await notification("mention");
      assert.equal(mention.status.uri, reply.id.href);
      assert.equal(mention.status.in_reply_to_id, status.id);
      const like = await peer.like(actor, status.uri);
      assert.equal((await notification("favourite")).status.id, status.id);
      const boost = await peer.announce(actor, status.uri);
      assert.equal((await notification("reblog")).status.id, status.id);
      const context = await api("GET", `/api/v1/statuses/${status.id}/context`);
      assert.deepEqual(context.descendants.map((s) => s.uri), [reply.id.href]);
      let shown = await api("GET", `/api/v1/statuses/${status.id}`);
      assert.deepEqual([shown.replies_count, shown.favourites_count, shown.reblogs_count], [1, 1, 1]);
      await peer.undo(actor, like);
      await peer.undo(actor, boost);
      await eventually("the undos", async () => {
        shown = await api("GET", `/api/v1/statuses/${status.id}`);
        return shown.favourites_count === 0 && shown.reblogs_count === 0;
      });
    });

    test("is followed by us; its posts, edits and deletions reach the home timeline", async () => {
      const [found] = (await api("GET", `/api/v2/search?q=${encodeURIComponent(peer.handle)}&resolve=true&type=accounts`)).accounts;
      assert.equal(found.display_name, "Tester of Fedify");
      await api("POST", `/api/v1/accounts/${found.id}/follow`);
      await eventually("the follow accepted", async () => (await api("GET", `/api/v1/accounts/relationships?id[]=${found.id}`))[0].following);
      const note = await peer.post("from afar");
      const seen = await eventually("the post at home", async () =>
        (await api("GET", "/api/v1/timelines/home")).find((s) => s.uri === note.id.href));
      assert.match(seen.content, /from afar/);
      await api("POST", `/api/v1/statuses/${seen.id}/favourite`);
      await got("Like", (j) => j.includes(note.id.href));
      await api("POST", `/api/v1/statuses/${seen.id}/reblog`);
      await got("Announce", (j) => j.includes(note.id.href));
      const answer = await api("POST", "/api/v1/statuses", { status: `${peer.handle} well said`, in_reply_to_id: seen.id });
      await got("Create", (j) => j.includes(answer.uri));
      await peer.edit(note, "from very far");
      await eventually("the edit", async () => (await api("GET", `/api/v1/statuses/${seen.id}`)).content.includes("very far"));
      await peer.remove(note);
      await eventually("the deletion", async () =>
        fetch(`${sori.origin}/api/v1/statuses/${seen.id}`).then((r) => r.status === 404));
      await api("POST", `/api/v1/accounts/${found.id}/unfollow`);
      await got("Undo", (j) => j.includes("Follow"));
      assert.deepEqual(peer.refused, []);
    });

    test("gets a changed profile", async () => {
      await api("PATCH", "/api/v1/accounts/update_credentials", { display_name: "Alice of Sori" });
      await got("Update", (j) => j.includes("Alice of Sori"));
    });

    test("sees that somebody is suspended here, is back, and is gone", async () => {
      const bob = client(sori.origin, await account(sori, "bob"));
      const { id } = await bob("GET", "/api/v1/accounts/verify_credentials");
      const uri = `${sori.origin}/users/bob`;
      const them = await peer.lookup(`@bob@localhost:${PORT + offset}`);
      await peer.follow(them);
      await got("Accept", (j) => j.includes("/users/bob"));
      const status = await bob("POST", "/api/v1/statuses", { status: "buy my pills" });
      await got("Create", (j) => j.includes(status.uri));
      const read = (url) => fetch(url, { headers: { accept: "application/activity+json" } });
      const acts = (type) => api("POST", `/api/v1/admin/accounts/${id}/action`, { type });
      const updates = () => peer.received.filter((a) => a.type === "Update" && JSON.stringify(a.json).includes(uri)).map((a) => JSON.stringify(a.json).includes('"suspended":true') || JSON.stringify(a.json).includes("toot#suspended"));
      await acts("suspend");
      await eventually("the suspension at the peer", () => updates().at(-1) === true);
      assert.equal((await (await read(uri)).json()).suspended, true);
      assert.deepEqual([(await read(status.uri)).status, (await read(`${uri}/outbox`)).status], [404, 403]);
      await api("POST", `/api/v1/admin/accounts/${id}/unsuspend`);
      await eventually("the end of it at the peer", () => updates().at(-1) === false);
      assert.equal((await read(status.uri)).status, 200);
      await acts("suspend");
      await api("DELETE", `/api/v1/admin/accounts/${id}`);
      await got("Delete", (j) => j.includes(uri));
      assert.equal((await read(uri)).status, 410);
      assert.deepEqual(peer.refused, []);
    });

    test("gets nothing under the other signature scheme", () => {
      assert.ok(peer.forms.length > 5, `${peer.forms.length}`);
      assert.deepEqual([...new Set(peer.forms)], [firstKnock]);
    });

    test("unfollows", async () => {
      const follow = await peer.follow(actor);
      await eventually("the follow", async () => (await api("GET", `/api/v1/accounts/${alice.id}/followers`)).length === 1);
      await peer.undo(actor, follow);
      await eventually("the end of it", async () => (await api("GET", `/api/v1/accounts/${alice.id}/followers`)).length === 0);
    });
  });
}

describe("two instances", () => {
  let a, b, alice, bob;
  before(async () => {
    a = await startInstance({ port: PORT + 20 });
    b = await startInstance({ port: PORT + 21 });
    alice = client(a.origin, await account(a, "alice"));
    bob = client(b.origin, await account(b, "bob"));
  });
  after(async () => {
    await a?.stop();
    await b?.stop();
  });

  test("follow, post, reply, favourite, boost, delete", async () => {
    const [bobAtA] = (await alice("GET", `/api/v2/search?q=bob@localhost:${PORT + 21}&resolve=true`)).accounts;
    await alice("POST", `/api/v1/accounts/${bobAtA.id}/follow`);
    await eventually("the follow", async () => (await alice("GET", `/api/v1/accounts/relationships?id[]=${bobAtA.id}`))[0].following);
    const status = await bob("POST", "/api/v1/statuses", { status: "hello from b", spoiler_text: "greeting" });
    const atA = await eventually("bob's post at alice's home", async () =>
      (await alice("GET", "/api/v1/timelines/home")).find((s) => s.uri === status.uri));
    assert.equal(atA.spoiler_text, "greeting");
    await alice("POST", `/api/v1/statuses/${atA.id}/favourite`);
    await alice("POST", `/api/v1/statuses/${atA.id}/reblog`);
    await alice("POST", "/api/v1/statuses", { status: `@bob@localhost:${PORT + 21} hi!`, in_reply_to_id: atA.id });
    const kinds = await eventually("all three notifications", async () => {
      const kinds = (await bob("GET", "/api/v1/notifications")).map((n) => n.type);
      return ["favourite", "mention", "reblog"].every((k) => kinds.includes(k)) && kinds;
    });
    assert.ok(kinds.includes("follow"));
    await bob("DELETE", `/api/v1/statuses/${status.id}`);
    await eventually("the deletion", async () => fetch(`${a.origin}/api/v1/statuses/${atA.id}`).then((r) => r.status === 404));
  });

  test("a followers-only post reaches followers and nobody else", async () => {
    const status = await bob("POST", "/api/v1/statuses", { status: "for friends", visibility: "private" });
    const atA = await eventually("the post", async () =>
      (await alice("GET", "/api/v1/timelines/home")).find((s) => s.uri === status.uri));
    assert.equal(atA.visibility, "private");
    const stranger = client(a.origin, await account(a, "carol"));
    await assert.rejects(stranger("GET", `/api/v1/statuses/${atA.id}`), /404/);
    assert.equal((await fetch(status.uri, { headers: { accept: "application/activity+json" } })).status, 404);
  });

  test("a server that is down for a while gets everything when it is back", async () => {
    await b.stop();
    const status = await alice("POST", "/api/v1/statuses", { status: `@bob@localhost:${PORT + 21} are you there?` });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    b = await startInstance({ port: PORT + 21, state: b.state });
    await eventually("the delivery after the retry", async () => {
      await a.scheduled();
      return (await bob("GET", "/api/v1/notifications")).some((n) => n.status?.uri === status.uri);
      // After a connection failure the host is not tried for a minute.
    }, 120);
  });
});
