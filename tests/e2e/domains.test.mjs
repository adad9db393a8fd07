// Handles of other domains on real workerd: one whose website redirects, one that leads to the server itself.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { account, client } from "./client.mjs";
import { startPeer } from "./fedify_peer.mjs";
import { hasSnac, startSnac } from "./snac.mjs";
import { startInstance } from "./instance.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 60;
const SPLIT = `localhost:${PORT + 1}`;
const OWN = `127.0.0.1:${PORT}`;

describe("two more domains", () => {
  let sori, website, peer, snac, owner, me, other;
  before(async () => {
    sori = await startInstance({ port: PORT });
    website = createServer((request, response) => {
      const leads = request.url.startsWith("/.well-known/webfinger?") || request.url === "/.well-known/host-meta";
      if (leads) response.writeHead(301, { location: `${sori.origin}${request.url}` }).end();
      else response.writeHead(200, { "content-type": "text/html" }).end("<h1>my website</h1>");
    });
    await new Promise((resolve) => website.listen(PORT + 1, "localhost", resolve));
    peer = await startPeer({ port: PORT + 2 });
    if (await hasSnac()) snac = await startSnac({ port: PORT + 3 });
    owner = await account(sori, "alice");
  });
  after(async () => {
    await snac?.stop();
    await peer?.stop();
    website?.close();
    await sori?.stop();
  });

  /** npm run domain, by the owner's token. */
  function domain(...words) {
    const child = spawn(process.execPath, ["scripts/domain.mjs", `--instance=${sori.origin}`, ...words], { env: { ...process.env, SORI_TOKEN: owner } });
    let out = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (out += chunk));
    return new Promise((resolve) => child.on("exit", (code) => resolve({ code, out })));
  }

  /** A token of somebody on a domain. */
  async function tokenAt(username, of) {
    const answer = await fetch(`${sori.local}/_dev/account`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-setup-code": sori.setupCode },
      body: JSON.stringify({ username, domain: of }),
    });
    assert.equal(answer.status, 200);
    return client(sori.origin, (await answer.json()).token);
  }

  test("are added and verified by npm run domain", async () => {
    assert.equal((await domain("add", SPLIT)).code, 0);
    assert.match((await domain("list")).out, new RegExp(`${SPLIT}.*not verified`));
    const found = await domain("verify", SPLIT);
    assert.deepEqual([found.code, found.out.startsWith("found")], [0, true], found.out);
    assert.equal((await domain("add", OWN, `http://${OWN}`)).code, 0);
    const own = await domain("verify", OWN);
    assert.equal(own.code, 0, own.out);
    const wrong = await domain("add", SPLIT);
    assert.equal(wrong.code, 1);
    assert.match((await domain("person", SPLIT, "me")).out, new RegExp(`@me@${SPLIT}\nPassword: .{22}\n`));
    assert.match((await domain("person", OWN, "me")).out, new RegExp(`@me@${OWN}`));
    [me, other] = [await tokenAt("me", SPLIT), await tokenAt("me", OWN)];
    const handles = [];
    for (const api of [me, other]) handles.push((await api("GET", "/api/v1/accounts/verify_credentials")).acct);
    assert.deepEqual(handles, [`me@${SPLIT}`, `me@${OWN}`]);
  });

  // Mastodon takes the actor's name and the host of its id, asks WebFinger for that handle, and wants to come back to the actor.
  test("lead back from the actor's address to the handle, as Mastodon asks", async () => {
    for (const [api, handle] of [[me, `me@${SPLIT}`], [other, `me@${OWN}`]]) {
      const { uri } = await api("GET", "/api/v1/accounts/verify_credentials");
      const actor = await (await fetch(uri, { headers: { accept: "application/activity+json" } })).json();
      assert.equal(actor.id, uri);
      const { host, protocol } = new URL(uri);
      const ask = async (at, name) => (await fetch(`${protocol}//${at}/.well-known/webfinger?resource=acct:${name}`)).json();
      const first = await ask(host, `${actor.preferredUsername}@${host}`);
      assert.equal(first.subject, `acct:${handle}`);
      // Then the domain of the subject itself, with its redirect.
      const second = await ask(handle.split("@")[1], handle);
      assert.equal(second.links.find((link) => link.rel === "self").href, uri);
    }
  });

  test("are followed by Fedify, and their posts arrive signed", async () => {
    for (const [api, handle] of [[me, `@me@${SPLIT}`], [other, `@me@${OWN}`]]) {
      const actor = await peer.lookup(handle);
      assert.equal(actor?.preferredUsername, "me", handle);
      await peer.follow(actor);
      const { id } = await api("GET", "/api/v1/accounts/verify_credentials");
      await eventually("the follower", async () => (await api("GET", `/api/v1/accounts/${id}/followers`)).length === 1);
      const status = await api("POST", "/api/v1/statuses", { status: `from ${handle}` });
      await eventually("the post at the peer", () => peer.received.find((a) => a.type === "Create" && JSON.stringify(a.json).includes(status.uri)));
      const reply = await peer.reply(actor, status.uri, "hello", handle);
      await eventually("the answer", async () => (await api("GET", "/api/v1/notifications")).some((n) => n.status?.uri === reply.id.href));
    }
    assert.deepEqual(peer.refused, []);
  });

  test("are followed by snac", async (t) => {
    if (!snac) return t.skip("no snac on this machine");
    for (const api of [me, other]) {
      const { id, uri } = await api("GET", "/api/v1/accounts/verify_credentials");
      await snac.run("follow", uri);
      await eventually("the follower", async () => (await api("GET", `/api/v1/accounts/${id}/followers`)).some((a) => a.acct === snac.handle));
      const status = await api("POST", "/api/v1/statuses", { status: "for snac" });
      await eventually("the post at snac", () => snac.timeline().some((n) => n.id === status.uri));
    }
  });

  test("are given up once nobody lives there", async () => {
    assert.equal((await domain("end", SPLIT)).code, 1);
    assert.match((await domain("list")).out, new RegExp(`${SPLIT} .*1 person`));
  });
});
