// A server with people, posts of every kind and a page of each; for tests that walk through all pages in Chromium.
import sharp from "sharp";
import { client } from "./client.mjs";
import { PASSWORD, signUp } from "./people.mjs";

/** A picture of this size. */
const picture_of = (width, height) => sharp({ create: { width, height, channels: 3, background: "#2f6b46" } }).png().toBuffer();

/** Makes `owner`, who reads, and others; answers their API and the paths of the pages, of strangers (`open`) and of the reader. */
export async function scene(sori) {
  const made = await fetch(`${sori.origin}/_dev/account`, {
    method: "POST", headers: { "content-type": "application/json", "x-setup-code": sori.setupCode },
    body: JSON.stringify({ username: "owner", admin: true, password: PASSWORD }),
  });
  const owner = client(sori.origin, (await made.json()).token);
  const tokens = await signUp(sori, "alice", "bob");
  const [alice, bob] = [client(sori.origin, tokens.alice), client(sori.origin, tokens.bob)];
  const upload = async (description, width = 1200, height = 800) => {
    const form = new FormData();
    form.set("file", new Blob([await picture_of(width, height)], { type: "image/png" }), "a.png");
    form.set("description", description);
    const answer = await fetch(`${sori.origin}/api/v2/media`, { method: "POST", body: form, headers: { authorization: `Bearer ${tokens.alice}` } });
    return (await answer.json()).id;
  };
  const post = (api, status, more = {}) => api("POST", "/api/v1/statuses", { status, ...more });
  const of = async (name) => (await alice("GET", `/api/v1/accounts/lookup?acct=${name}`)).id;
  const ids = { owner: await of("owner"), alice: await of("alice"), bob: await of("bob") };
  for (let n = 0; n < 20; n++) await post(alice, `more of it ${n}, with a #tag and https://example.com/${n}`);
  const picture = await post(alice, "a picture #sori", { media_ids: [await upload("a wide one")] });
  await post(alice, "a tall one", { media_ids: [await upload("tall", 500, 1500)] });
  await post(alice, "a small one", { media_ids: [await upload("small", 60, 40)] });
  await post(alice, "four", { media_ids: [await upload("1"), await upload("2"), await upload("3"), await upload("4")] });
  const sensitive = await post(alice, "sensitive", { media_ids: [await upload("of something")], sensitive: true });
  const covered = await post(alice, "under a warning", { spoiler_text: "plants" });
  const poll = await post(alice, "which?", { poll: { options: ["one", "two"], expires_in: 3600 } });
  await post(alice, "several?", { poll: { options: ["one", "two"], expires_in: 3600, multiple: true } });
  await post(alice, "مرحبا بالعالم، كيف حالك اليوم؟", { language: "ar" });
  const quote = await post(alice, "look at that", { quoted_status_id: picture.id, quote_approval_policy: "public" });
  const answer = await post(bob, "@alice an answer #sori", { in_reply_to_id: picture.id });
  await post(alice, "@bob yes", { in_reply_to_id: answer.id });
  const own = await post(owner, "one of mine", { quote_approval_policy: "public" });
  await post(owner, "one of mine, again");
  await post(alice, "@owner for you alone", { visibility: "direct" });
  await post(bob, "@owner hello");
  for (const name of ["alice", "bob"]) {
    const api = { alice, bob }[name];
    await api("POST", `/api/v1/statuses/${own.id}/favourite`);
    await api("POST", `/api/v1/statuses/${own.id}/reblog`);
    await owner("POST", `/api/v1/accounts/${ids[name]}/follow`);
  }
  const square = new FormData();
  square.set("avatar", new Blob([await picture_of(400, 400)], { type: "image/png" }), "a.png");
  square.set("header", new Blob([await picture_of(1500, 500)], { type: "image/png" }), "h.png");
  const changed = await fetch(`${sori.origin}/api/v1/accounts/update_credentials`, { method: "PATCH", body: square, headers: { authorization: `Bearer ${tokens.alice}` } });
  const { avatar } = await changed.json();
  await owner("PATCH", "/api/v1/accounts/update_credentials", { locked: true, note: "about me", fields_attributes: [{ name: "site", value: "https://example.com/" }] });
  await alice("POST", `/api/v1/accounts/${ids.owner}/follow`);
  await owner("PUT", `/api/v1/statuses/${own.id}`, { status: "one of mine, edited" });
  await owner("POST", `/api/v1/statuses/${picture.id}/favourite`);
  await owner("POST", `/api/v1/statuses/${picture.id}/bookmark`);
  await owner("POST", "/api/v1/tags/sori/follow");
  await owner("POST", `/api/v1/statuses/${own.id}/pin`);
  await owner("POST", "/api/v1/statuses", { status: "later", scheduled_at: new Date(Date.now() + 7_200_000).toISOString() });
  const list = await owner("POST", "/api/v1/lists", { title: "friends" });
  await owner("POST", `/api/v1/lists/${list.id}/accounts`, { account_ids: [ids.alice] });
  const filter = await owner("POST", "/api/v2/filters", { title: "covers", context: ["home", "public"], filter_action: "warn", keywords_attributes: [{ keyword: "several" }] });
  const { collection } = await owner("POST", "/api/v1_alpha/collections", { name: "people of ferns", description: "who writes of ferns" });
  const app = await client(sori.origin)("POST", "/api/v1/apps", { client_name: "An app", redirect_uris: "http://localhost/there", scopes: "read write follow push" });
  const consent = `/oauth/authorize?client_id=${app.client_id}&redirect_uri=http://localhost/there&response_type=code&scope=read+write+follow+push`;
  const path = (status) => new URL(status.url).pathname;
  return {
    owner, alice, bob, ids, avatar, picture, poll, own, covered, sensitive, quote,
    open: ["/", "/about", "/sign_in", "/sign_up", "/public/local", "/directory", "/@alice", "/@alice/with_replies", "/@alice/media", path(picture), path(poll), path(sensitive), path(covered), path(quote), "/tags/sori", "/@alice/followers", "/@alice/following", `${path(own)}/favourites`, `${path(own)}/reblogs`, `${path(own)}/edits`,
      `/interact?uri=${encodeURIComponent(picture.uri)}`, "/nothing", "/guide/en/"],
    signedIn: ["/home", "/menu", path(picture), path(quote), path(poll), "/@alice", "/@owner", "/public", "/public/local", "/explore", "/tags/sori", "/notifications", "/notifications/requests", "/follow_requests", "/conversations", "/search?q=sori", "/search?q=alice&type=accounts",
      "/lists", `/lists/${list.id}`, `/lists/${list.id}/edit`, "/bookmarks", "/favourites", "/followed_tags", "/scheduled", `/report?status=${picture.id}`, "/compose", `/compose?reply=${picture.id}`, `/compose?edit=${own.id}`,
      "/settings", "/settings/profile", "/settings/preferences", "/settings/muted", "/settings/filters", `/settings/filters/${filter.id}`, "/settings/migration", "/settings/delete", "/settings/site", "/settings/rules", "/settings/announcements", "/settings/templates", "/settings/terms", "/settings/invites", "/settings/spam", "/settings/held", "/settings/trends", "/settings/sign-up-rules", "/settings/applications", "/settings/servers/b.example", "/settings/blocklists", "/settings/blocklists/import", "/settings/severed", "/settings/admin", "/settings/people", "/settings/reports", "/settings/appeals", "/settings/audit", "/settings/roles", "/settings/strikes", "/settings/servers", "/settings/relays", "/settings/emojis", "/settings/old-posts",
      "/settings/appearance", "/settings/notifications", "/settings/security", "/settings/reset", "/settings/sessions", "/settings/branding", "/welcome/people", "/welcome/app", "/collections", `/collections/${collection.id}`, `/collections/${collection.id}/edit`, `/links?url=${encodeURIComponent("https://example.com/1")}`, "/settings/import", "/settings/export", "/settings/archive", "/settings/takeout", "/settings/list-feeds", "/settings/domains", "/settings/identities", "/settings/password", "/settings/usage", "/settings/doctor", consent],
  };
}

/** Signs the owner in, in the browser of this page. */
export async function signIn(page, sori) {
  await page.goto(`${sori.origin}/sign_in`);
  await page.fill("[autocomplete^=username]", "owner");
  await page.fill("[type=password]", PASSWORD);
  await page.click("main button[type=submit]");
}
