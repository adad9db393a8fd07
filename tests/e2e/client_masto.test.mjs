// masto.js against a running instance, as Elk and Phanpy use it: a day's use.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createOAuthAPIClient, createRestAPIClient } from "masto";
import { account } from "./client.mjs";
import { startPeer } from "./fedify_peer.mjs";
import { startInstance } from "./instance.mjs";
import { authorize, SCOPES, signUp, timePasses } from "./people.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 40;

let sori, peer, masto, bob;
before(async () => {
  sori = await startInstance({ port: PORT });
  peer = await startPeer({ port: PORT + 1 });
  await account(sori, "owner", true);
  const tokens = await signUp(sori, "alice", "bob");
  bob = createRestAPIClient({ url: sori.origin, accessToken: tokens.bob });
});
after(async () => {
  await peer?.stop();
  await sori?.stop();
});

const ids = (list) => list.map((one) => one.id);

describe("masto.js", () => {
  test("signs in by code with a custom scheme", async () => {
    const rest = createRestAPIClient({ url: sori.origin });
    const redirect = "com.example.elk:/oauth";
    const app = await rest.v1.apps.create({ clientName: "Elk", redirectUris: `${redirect}\nhttps://elk.example/cb`, scopes: SCOPES });
    const url = new URL("/oauth/authorize", sori.origin);
    url.search = new URLSearchParams({ client_id: app.clientId, redirect_uri: redirect, response_type: "code", scope: SCOPES, state: "s1" });
    const { location } = await authorize(sori, url.href, "alice");
    assert.ok(location?.startsWith(`${redirect}?`), location);
    const back = new URL(location);
    assert.equal(back.searchParams.get("state"), "s1");
    const oauth = createOAuthAPIClient({ url: sori.origin });
    const token = await oauth.token.create({
      grantType: "authorization_code", clientId: app.clientId, clientSecret: app.clientSecret,
      redirectUri: redirect, code: back.searchParams.get("code"), scope: SCOPES,
    });
    masto = createRestAPIClient({ url: sori.origin, accessToken: token.accessToken });
    assert.equal((await masto.v1.accounts.verifyCredentials()).acct, "alice");
    // What both clients load first.
    const instance = await masto.v2.instance.fetch();
    assert.match(instance.version, /^4\.6\.5 \(compatible; Sori /);
    assert.equal(instance.configuration.statuses.maxCharacters, 500);
    assert.equal((await masto.v1.preferences.fetch())["posting:default:visibility"], "public");
    assert.deepEqual(await masto.v1.customEmojis.list(), []);
    assert.deepEqual(await masto.v1.announcements.list(), []);
    assert.deepEqual(await masto.v1.followedTags.list(), []);
    assert.deepEqual(await masto.v2.filters.list(), []);
    await assert.rejects(masto.v1.push.subscription.fetch(), { statusCode: 404 });
  });

  test("the profile", async () => {
    const me = await masto.v1.accounts.updateCredentials({
      displayName: "Alice :fern:", note: "likes #ferns", locked: true,
      fieldsAttributes: [{ name: "pronouns", value: "she" }], source: { privacy: "unlisted", language: "en" },
    });
    assert.deepEqual([me.displayName, me.locked, me.fields[0].value, me.source.note, me.source.privacy], ["Alice :fern:", true, "she", "likes #ferns", "unlisted"]);
    assert.match(me.note, /class="mention hashtag"/);
    assert.equal((await masto.v1.accounts.updateCredentials({ source: { privacy: "public" } })).source.privacy, "public");
  });

  test("a post with a warning and a poll, voted on", async () => {
    const post = await masto.v1.statuses.create({
      status: "what now?", spoilerText: "a question", sensitive: true, visibility: "public", language: "en",
      poll: { options: ["tea", "coffee", "nothing"], expiresIn: 3600, multiple: true, hideTotals: true },
    });
    assert.deepEqual([post.spoilerText, post.poll.options.length, post.poll.voted], ["a question", 3, true]);
    const voted = await bob.v1.polls.$select(post.poll.id).votes.create({ choices: [0, 2] });
    assert.deepEqual([voted.ownVotes, voted.votesCount, voted.votersCount, voted.options[0].votesCount], [[0, 2], 2, 1, null]);
    assert.equal((await bob.v1.statuses.$select(post.id).fetch()).poll.voted, true);
  });

  test("the same Idempotency-Key at the same moment makes one post", async () => {
    const post = () => masto.v1.statuses.create({ status: "once" }, { requestInit: { headers: { "Idempotency-Key": "once-1" } } });
    const made = await Promise.all([post(), post(), post(), post(), post()]);
    assert.equal(new Set(ids(made)).size, 1);
    await masto.v1.statuses.$select(made[0].id).remove();
  });

  test("edits, with history and source", async () => {
    const post = await masto.v1.statuses.create({ status: "frist https://example.com/a?b=c" });
    assert.match(post.content, /<a href="https:\/\/example\.com\/a\?b=c"/);
    const selected = masto.v1.statuses.$select(post.id);
    const edited = await selected.update({ status: "first", spoilerText: "fixed" });
    assert.ok(edited.editedAt);
    assert.deepEqual((await selected.history.list()).map((e) => e.content.replace(/<[^>]*>/g, "").slice(0, 5)), ["frist", "first"]);
    assert.deepEqual(await selected.source.fetch(), { id: post.id, text: "first", spoilerText: "fixed" });
    const removed = await selected.remove();
    assert.equal(removed.text, "first");
    await assert.rejects(selected.fetch(), { statusCode: 404 });
  });

  test("reply, boost, favourite, bookmark, pin, quote, thread mute", async () => {
    const post = await masto.v1.statuses.create({ status: "a thread" });
    const reply = await bob.v1.statuses.create({ status: "@alice and more", inReplyToId: post.id, spoilerText: "cw" });
    assert.equal(reply.inReplyToId, post.id);
    const context = await masto.v1.statuses.$select(post.id).context.fetch();
    assert.deepEqual(ids(context.descendants), [reply.id]);
    const boost = await bob.v1.statuses.$select(post.id).reblog();
    assert.equal(boost.reblog.id, post.id);
    assert.notEqual(boost.id, post.id);
    assert.equal((await bob.v1.statuses.$select(post.id).favourite()).favouritesCount, 1);
    assert.equal((await masto.v1.statuses.$select(reply.id).bookmark()).bookmarked, true);
    assert.deepEqual(ids(await masto.v1.bookmarks.list()), [reply.id]);
    assert.deepEqual(ids(await bob.v1.favourites.list()), [post.id]);
    assert.equal((await masto.v1.statuses.$select(post.id).pin()).pinned, true);
    const me = await masto.v1.accounts.verifyCredentials();
    assert.deepEqual(ids(await bob.v1.accounts.$select(me.id).statuses.list({ pinned: true })), [post.id]);
    const quote = await bob.v1.statuses.create({ status: "look", quotedStatusId: post.id });
    assert.equal(quote.quote.quotedStatus.id, post.id);
    assert.equal((await masto.v1.statuses.$select(post.id).mute()).muted, true);
    assert.deepEqual(ids(await masto.v1.statuses.$select(post.id).favouritedBy.list()), ids([await bob.v1.accounts.verifyCredentials()]));
    await bob.v1.statuses.$select(post.id).unreblog();
  });

  test("follow requests, lists, filters", async () => {
    const [me, him] = [await masto.v1.accounts.verifyCredentials(), await bob.v1.accounts.verifyCredentials()];
    assert.equal((await bob.v1.accounts.$select(me.id).follow({ notify: true })).requested, true);
    assert.deepEqual(ids(await masto.v1.followRequests.list()), [him.id]);
    assert.equal((await masto.v1.followRequests.$select(him.id).authorize()).followedBy, true);
    assert.equal((await masto.v1.accounts.$select(him.id).follow({ reblogs: false })).following, true);
    assert.equal((await masto.v1.accounts.$select(him.id).note.create({ comment: "from the fern club" })).note, "from the fern club");

    const list = await masto.v1.lists.create({ title: "club", repliesPolicy: "followed" });
    await masto.v1.lists.$select(list.id).accounts.create({ accountIds: [him.id] });
    assert.deepEqual(ids(await masto.v1.accounts.$select(him.id).lists.list()), [list.id]);
    const spoiler = await bob.v1.statuses.create({ status: "the butler did it" });
    assert.deepEqual(ids(await masto.v1.timelines.list.$select(list.id).list({ limit: 1 })), [spoiler.id]);
    assert.equal((await masto.v1.lists.$select(list.id).update({ title: "the club" })).title, "the club");
    await masto.v1.lists.$select(list.id).accounts.remove({ accountIds: [him.id] });
    await masto.v1.lists.$select(list.id).remove();

    const filter = await masto.v2.filters.create({
      title: "spoilers", context: ["home", "notifications"], filterAction: "hide", keywordsAttributes: [{ keyword: "butler", wholeWord: true }],
    });
    const seen = (await masto.v1.timelines.home.list()).find((s) => s.id === spoiler.id);
    assert.deepEqual([seen.filtered[0].filter.filterAction, seen.filtered[0].keywordMatches], ["hide", ["butler"]]);
    const keyword = await masto.v2.filters.$select(filter.id).keywords.create({ keyword: "gardener" });
    assert.equal((await masto.v2.filters.$select(filter.id).fetch()).keywords.length, 2);
    await masto.v2.filters.keywords.$select(keyword.id).remove();
    await masto.v2.filters.$select(filter.id).remove();
  });

  test("notifications, one by one and in groups; markers; conversations", async () => {
    const all = await masto.v1.notifications.list({ excludeTypes: ["follow"] });
    const kinds = new Set(all.map((n) => n.type));
    for (const kind of ["mention", "favourite", "quote"]) assert.ok(kinds.has(kind), `${kind} in ${[...kinds]}`);
    const groups = await masto.v2.notifications.list({ groupedTypes: ["favourite", "reblog", "follow"], expandAccounts: "partial_avatars" });
    assert.ok(groups.notificationGroups.every((g) => typeof g.mostRecentNotificationId === "number" && g.sampleAccountIds.length > 0));
    assert.ok(groups.statuses.length > 0 && groups.partialAccounts);
    const { count } = await masto.v2.notifications.unreadCount.fetch();
    assert.ok(count > 0);
    const [newest] = await masto.v1.notifications.list({ limit: 1 });
    await masto.v1.markers.create({ notifications: { lastReadId: newest.id } });
    assert.equal((await masto.v2.notifications.unreadCount.fetch()).count, 0);
    assert.equal((await masto.v1.markers.fetch({ timeline: ["notifications"] })).notifications.lastReadId, newest.id);
    const policy = await masto.v2.notifications.policy.update({ forNotFollowing: "filter" });
    assert.equal(policy.forNotFollowing, "filter");
    await masto.v2.notifications.policy.update({ forNotFollowing: "accept" });
    await bob.v1.statuses.create({ status: "@alice psst", visibility: "direct" });
    const [conversation] = await masto.v1.conversations.list();
    assert.deepEqual([conversation.unread, conversation.accounts[0].acct], [true, "bob"]);
    assert.equal((await masto.v1.conversations.$select(conversation.id).read()).unread, false);
  });

  test("search, hashtags and the explore pages", async () => {
    const tagged = await masto.v1.statuses.create({ status: "fronds unfurl #Ferns 고사리 숲" });
    assert.deepEqual(ids((await masto.v2.search.list({ q: "unfurl", type: "statuses" })).statuses), [tagged.id]);
    assert.deepEqual(ids((await masto.v2.search.list({ q: "고사리 from:me", type: "statuses" })).statuses), [tagged.id]);
    assert.equal((await masto.v2.search.list({ q: "fern", type: "hashtags" })).hashtags[0].name, "ferns");
    assert.equal((await masto.v1.accounts.search.list({ q: "bo" }))[0].acct, "bob");
    assert.equal((await bob.v1.tags.$select("ferns").follow()).following, true);
    assert.deepEqual(ids(await bob.v1.timelines.tag.$select("ferns").list({ limit: 5 })), [tagged.id]);
    assert.equal((await masto.v1.featuredTags.create({ name: "ferns" })).name, "ferns");
    for (const trend of ["statuses", "tags", "links"]) assert.ok(Array.isArray(await masto.v1.trends[trend].list()));
    assert.ok(Array.isArray(await masto.v2.suggestions.list()));
    await assert.rejects(masto.v1.statuses.$select(tagged.id).translate({ lang: "ko" }), { statusCode: 404 });
  });

  test("a scheduled post goes out at its time", async () => {
    const at = new Date(Date.now() + 6 * 60_000).toISOString();
    const kept = await masto.v1.statuses.create({ status: "later", visibility: "public", scheduledAt: at });
    assert.equal(kept.params.text, "later");
    assert.deepEqual(ids(await masto.v1.scheduledStatuses.list()), [kept.id]);
    assert.equal((await masto.v1.scheduledStatuses.$select(kept.id).update({ scheduledAt: new Date(Date.now() + 9 * 60_000).toISOString() })).id, kept.id);
    // Two runs of cron at once.
    await Promise.all([timePasses(sori), timePasses(sori)]);
    const home = await masto.v1.timelines.home.list({ limit: 5 });
    assert.equal(home.filter((s) => s.content === "<p>later</p>").length, 1);
    assert.deepEqual(await masto.v1.scheduledStatuses.list(), []);
  });

  test("follows somebody elsewhere and pages through home", async () => {
    const found = await masto.v2.search.list({ q: peer.handle, resolve: true, type: "accounts" });
    assert.equal(found.accounts.length, 1);
    await masto.v1.accounts.$select(found.accounts[0].id).follow();
    await eventually("the follow accepted", async () =>
      (await masto.v1.accounts.relationships.fetch({ id: [found.accounts[0].id] }))[0].following);
    const note = await peer.post("hello masto.js");
    await eventually("the post at home", async () => (await masto.v1.timelines.home.list()).some((s) => s.uri === note.id.href));
    const pages = [];
    for await (const page of masto.v1.timelines.home.list({ limit: 3 })) pages.push(ids(page));
    const all = pages.flat();
    assert.ok(pages.length > 1 && new Set(all).size === all.length, `${JSON.stringify(pages)}`);
    assert.deepEqual(all, ids(await masto.v1.timelines.home.list({ limit: 40 })));
  });

  test("mutes, blocks, clears notifications", async () => {
    const him = await bob.v1.accounts.verifyCredentials();
    const selected = masto.v1.accounts.$select(him.id);
    assert.equal((await selected.mute({ duration: 600, notifications: false })).mutingNotifications, false);
    assert.ok((await masto.v1.mutes.list())[0].muteExpiresAt);
    assert.equal((await selected.unmute()).muting, false);
    assert.equal((await selected.block()).blocking, true);
    assert.deepEqual(ids(await masto.v1.blocks.list()), [him.id]);
    assert.equal((await selected.unblock()).blocking, false);
    await masto.v1.domainBlocks.create({ domain: "spam.example" });
    assert.deepEqual(await masto.v1.domainBlocks.list(), ["spam.example"]);
    await masto.v1.domainBlocks.remove({ domain: "spam.example" });
    await masto.v1.notifications.clear();
    assert.deepEqual(await masto.v1.notifications.list(), []);
  });
});
