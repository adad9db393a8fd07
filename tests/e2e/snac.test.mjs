// Federation with snac, on real workerd.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { account, client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { hasSnac, startSnac } from "./snac.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 40;
const isThere = await hasSnac();
if (!isThere) console.log("no snac on this machine (Debian's backports have it): its tests are skipped");

describe("snac", { skip: !isThere }, () => {
  let sori, snac, api, alice;
  before(async () => {
    sori = await startInstance({ port: PORT });
    snac = await startSnac({ port: PORT + 1 });
    api = client(sori.origin, await account(sori, "alice"));
    alice = await api("GET", "/api/v1/accounts/verify_credentials");
  });
  after(async () => {
    await snac?.stop();
    await sori?.stop();
  });
  const notification = (type, find = () => true) =>
    eventually(`a ${type} notification`, async () => (await api("GET", "/api/v1/notifications")).find((n) => n.type === type && find(n)));

  test("finds our handle, follows, and is accepted", async () => {
    assert.match(await snac.webfinger(`alice@localhost:${PORT}`), /\/users\/alice/);
    await snac.run("follow", `${sori.origin}/users/alice`);
    assert.equal((await notification("follow")).account.acct, snac.handle);
    await eventually("the Accept at snac", () => snac.following().some((f) => f.type === "Accept"));
  });

  test("gets a post, its edit and its deletion", async () => {
    const status = await api("POST", "/api/v1/statuses", { status: "안녕 from a fern #sori", spoiler_text: "leaves" });
    const seen = () => snac.timeline().find((n) => n.id === status.uri);
    const note = await eventually("the post at snac", seen);
    assert.match(note.content, /안녕/);
    assert.equal(note.summary, "leaves");
    await api("PUT", `/api/v1/statuses/${status.id}`, { status: "changed my mind" });
    await eventually("the edit at snac", () => /changed my mind/.test(seen()?.content ?? ""));
    await api("DELETE", `/api/v1/statuses/${status.id}`);
    await eventually("the deletion at snac", () => !seen());
  });

  test("is followed by us; its posts come, and we answer, favourite and boost them", async () => {
    const [found] = (await api("GET", `/api/v2/search?q=${encodeURIComponent(`@${snac.handle}`)}&resolve=true&type=accounts`)).accounts;
    assert.equal(found.uri, snac.actor);
    await api("POST", `/api/v1/accounts/${found.id}/follow`);
    await eventually("the follow accepted", async () => (await api("GET", `/api/v1/accounts/relationships?id[]=${found.id}`))[0].following);
    await eventually("us among its followers", () => snac.followers().some((f) => f.id === `${sori.origin}/users/alice`));
    await snac.run("note", "words from C");
    const status = await eventually("its post at home", async () => (await api("GET", "/api/v1/timelines/home")).find((s) => /words from C/.test(s.content)));
    await api("POST", `/api/v1/statuses/${status.id}/favourite`);
    await eventually("the favourite at snac", () => snac.admirers(status.uri, "like") === 1);
    await api("POST", `/api/v1/statuses/${status.id}/reblog`);
    await eventually("the boost at snac", () => snac.admirers(status.uri, "boost") === 1);
    const answer = await api("POST", "/api/v1/statuses", { status: `@${snac.handle} well said`, in_reply_to_id: status.id });
    await eventually("the answer at snac", () => snac.timeline().some((n) => n.id === answer.uri && n.inReplyTo === status.uri));
  });

  // (snac does not support mentions of a host with a port, so it cannot mention us here.)
  test("boosts us; an undone boost is gone", async () => {
    const status = await api("POST", "/api/v1/statuses", { status: "boost me" });
    await eventually("the post at snac", () => snac.timeline().some((n) => n.id === status.uri));
    await snac.run("boost", status.uri);
    assert.equal((await notification("reblog")).status.id, status.id);
    await snac.run("unboost", status.uri);
    await eventually("the boost taken back", async () => (await api("GET", `/api/v1/statuses/${status.id}`)).reblogs_count === 0);
    assert.equal((await api("GET", `/api/v1/accounts/${alice.id}`)).followers_count, 1);
  });

  test("sees that somebody is suspended here, and finds nothing of whom we have deleted", async () => {
    const bob = client(sori.origin, await account(sori, "bob"));
    const { id } = await bob("GET", "/api/v1/accounts/verify_credentials");
    const uri = `${sori.origin}/users/bob`;
    await snac.run("follow", uri);
    await eventually("the Accept at snac", () => snac.following().some((f) => f.type === "Accept" && JSON.stringify(f).includes(uri)));
    const status = await bob("POST", "/api/v1/statuses", { status: "buy my pills" });
    const seen = () => snac.timeline().some((n) => n.id === status.uri);
    await eventually("the post at snac", seen);
    await api("POST", `/api/v1/admin/accounts/${id}/action`, { type: "suspend" });
    await eventually("the suspension at snac", () => snac.stored(uri)?.suspended === true);
    const read = (url) => fetch(url, { headers: { accept: "application/activity+json" } });
    assert.equal((await (await read(uri)).json()).suspended, true);
    assert.equal((await read(status.uri)).status, 404);
    await api("DELETE", `/api/v1/admin/accounts/${id}`);
    assert.equal((await read(uri)).status, 410);
    // (snac keeps what it has of a deleted actor, and finds nothing more of them.)
    assert.match(await snac.run("request", uri), /410/);
    assert.match(await snac.run("request", status.uri), /4(04|10)/);
  });

  test("unfollows", async () => {
    await snac.run("unfollow", `${sori.origin}/users/alice`);
    await eventually("nobody follows", async () => (await api("GET", `/api/v1/accounts/${alice.id}`)).followers_count === 0);
  });
});
