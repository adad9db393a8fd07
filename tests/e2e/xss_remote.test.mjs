// What another server says is printed in Chromium, with scripts and without our policy, and then with it: no script runs, nothing is asked of
// another origin, no form or element is there that is not ours.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { path, startChromium } from "./chromium.mjs";
import { client } from "./client.mjs";
import { inspector, owner, saying, startHostile, VECTORS } from "./hostile.mjs";
import { startInstance } from "./instance.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 300;
const every = VECTORS.map((_, n) => n);

describe("what another server says", { skip: !path }, () => {
  let sori, chromium, peer, api, token, alice, look, pages, reader, wrong, told;
  before(async () => {
    sori = await startInstance({ port: PORT });
    chromium = await startChromium();
    peer = startHostile(PORT + 1, saying);
    ({ api, token, alice } = await owner(sori, client));
    ({ look, pages, reader, wrong, told } = inspector(sori, chromium));
  });
  after(async () => {
    await chromium?.close();
    peer?.stop();
    await sori?.stop();
  });

  test("the watch sees what it looks for", async () => {
    for (const bypassCSP of [true, false]) {
      const { context, page, seen } = await reader(bypassCSP, false);
      const blind = [];
      for (const vector of VECTORS.filter((_, n) => bypassCSP || n % 5 === 0)) {
        const policy = "default-src 'none'; img-src 'self' https:; form-action 'self'; base-uri 'none'";
        await page.route("**/control", (route) => route.fulfill({ contentType: "text/html; charset=utf-8", headers: { "content-security-policy": policy }, body: `<!doctype html><body><main id="main"><p class="text">${vector}</p></main>` }));
        // Some lead elsewhere at once.
        await page.goto(`${sori.origin}/control`).catch(() => {});
        const found = await wrong(page, seen, vector).catch((error) => [String(error)]);
        await page.unroute("**/control");
        if (found.length === 0) blind.push(vector);
      }
      // Those get out of something else than an element's text, or are text there.
      for (const vector of blind) assert.match(vector, /^(["'] ?|x onerror|<scr\0|\uff1c|&|\\u|\{\{|]]|<!--|<!\[)/, vector);
      await context.close();
    }
  });

  test("actors and notes of another server", { timeout: 500_000 }, async () => {
    const db = await sori.mf.getD1Database("DB");
    const host = new URL(peer.origin).host;
    await api("POST", "/api/v1/tags/fern/follow");
    const post = await api("POST", "/api/v1/statuses", { status: "what do you say?" });
    const left = [...every];
    await Promise.all([1, 2, 3, 4].map(async () => { while (left.length) await everything(left.shift()); }));
    async function everything(n) {
      const half = n % 2 === 0;
      const object = (kind) => peer.note(n, kind, sori.origin);
      const activities = [
        { id: `${peer.origin}/v${n}/follow`, type: "Follow", object: alice.uri ?? `${sori.origin}/users/alice` },
        ...["note", "poll", "files", ...(half ? ["direct"] : [])].map((kind) => ({ id: `${peer.origin}/v${n}/${kind}#create`, type: "Create", to: object(kind).to, cc: object(kind).cc, object: object(kind) })),
        { id: `${peer.origin}/v${n}/like`, type: half ? "Like" : "Announce", object: post.uri, to: ["https://www.w3.org/ns/activitystreams#Public"], published: new Date().toISOString() },
        { id: `${peer.origin}/v${n}/react`, type: "EmojiReact", object: post.uri, content: n % 3 ? `:e${n}:` : VECTORS[n], tag: object("note").tag },
      ];
      for (const activity of activities) {
        const status = await peer.send(sori.origin, n, activity);
        assert.ok(status < 500, `${activity.type} of v${n}: ${status}`);
      }
    }
    const { results } = await db.prepare("SELECT s.id, a.username FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE a.domain = ?1 AND s.reblog_of_id IS NULL").bind(host).all();
    assert.ok(results.length > 2.5 * VECTORS.length, `${results.length} statuses of ${VECTORS.length} actors`);
    const profiles = every.flatMap((n) => [`/@v${n}@${host}`]);
    const threads = results.filter((_, n) => n % 4 === 0).map(({ id, username }) => `/@${username}@${host}/${id}`);
    const address = new URL(post.url).pathname;
    const lists = [...(await pages("/home")), ...(await pages("/tags/fern")), ...(await pages("/public")), ...(await pages("/notifications"))];
    assert.ok(lists.length > 10, `${lists}`);
    const more = ["/notifications?type=mention", "/notifications/requests", "/follow_requests", "/conversations", "/explore", "/followed_tags", "/settings/servers", "/settings/people?origin=remote", "/settings/reports", "/settings/trends", "/settings/emojis", "/@alice/followers", "/search?q=v1", "/search?q=fern", "/directory", "/welcome/people", `/links?url=${encodeURIComponent("https://x.example/")}`, address, `${address}/favourites`, `${address}/reblogs`,
      ...results.slice(0, 4).flatMap(({ id }) => [`/compose?reply=${id}`, `/compose?quote=${id}`, `/report?status=${id}`])];
    assert.deepEqual(await look([...lists, ...more, ...profiles, ...threads], true), []);
    assert.deepEqual(await look([...lists.slice(0, 5), ...more, ...profiles.slice(22, 26)], false), []);
    assert.deepEqual(await look(["/", "/public/local", "/tags/fern", "/@alice", address, `${address}/favourites`, `${address}/reblogs`, "/@alice/followers"], true, false), []);
  });

  test("all of it was printed somewhere", () => {
    const wanted = ["name", "summary", "field_name", "field_value", "content", "option", "warning", "alt"];
    assert.deepEqual(wanted.filter((name) => !told.has(name)), []);
  });
});
