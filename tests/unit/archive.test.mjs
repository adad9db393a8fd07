// What reads the archives of other servers: of each kind one made by hand from its documented format, and what is broken,
// claims too much, or leads elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { bring } from "../../src/web/archive/bring.mjs";
import { mfm, plain } from "../../src/web/archive/mfm.mjs";
import { open } from "../../src/web/archive/open.mjs";
import { originOf, read } from "../../src/web/archive/posts.mjs";
import { Server } from "../../src/web/archive/server.mjs";
import { FakeServer, head, json, tar, zip } from "./archives.mjs";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const ME = "https://old.example/users/me";
const ACTOR = { "@context": "https://www.w3.org/ns/activitystreams", id: ME, type: "Person", followers: `${ME}/followers`, outbox: "outbox.json", icon: { type: "Image", url: "avatar.png" } };

const note = (n, more = {}) => ({
  id: `${ME}/statuses/${n}`, type: "Note", summary: null, inReplyTo: null, published: `2017-07-14T02:${String(n).padStart(2, "0")}:00Z`, url: `https://old.example/@me/${n}`,
  attributedTo: ME, to: [PUBLIC], cc: [`${ME}/followers`], sensitive: false, content: `<p>number ${n}</p>`, contentMap: { en: `<p>number ${n}</p>` }, attachment: [], tag: [],
  replies: { id: `${ME}/statuses/${n}/replies`, type: "Collection" }, ...more,
});
const create = (object) => ({ id: `${object.id}/activity`, type: "Create", actor: ME, published: object.published, to: object.to, cc: object.cc, object });
const outbox = (items) => JSON.stringify({ "@context": "https://www.w3.org/ns/activitystreams", id: "outbox.json", type: "OrderedCollection", totalItems: items.length, orderedItems: items });
const attachment = (url, more = {}) => ({ type: "Document", mediaType: "image/png", url, name: "a fern", blurhash: "x", focalPoint: [0.5, -0.25], ...more });

/** Runs a whole archive against an instance. */
async function brought(file, options = {}) {
  const server = options.server ?? new FakeServer();
  const counts = await bring({ file, server, copy: (url, found) => server.copy(url, found), ...options });
  return { server, counts };
}

const code = (wanted) => (error) => error.code === wanted || assert.fail(`${error.code ?? error}, not ${wanted}`);

const PATH = "media_attachments/files/109/001/002/003/004/005/original/0123456789abcdef.png";
const mastodon = {
  [PATH]: "picture one",
  [PATH.replace("original", "other")]: "picture two",
  [PATH.replace("109", "110")]: "no picture",
  "outbox.json": outbox([
    create(note(3, { inReplyTo: `${ME}/statuses/1`, attachment: [attachment(`/${PATH}`), attachment(`/bucket/${PATH.replace("original", "other")}`, { name: null })] })),
    create(note(1, { tag: [{ type: "Hashtag", href: "x", name: "#fern" }, { type: "Mention", href: "https://else.example/u", name: "@u" }] })),
    create(note(2, { attachment: [attachment(`/${PATH.replace("109", "110")}`), attachment("/media_attachments/files/1/original/gone.png")] })),
    create(note(4, { to: [`${ME}/followers`], cc: [] })),
    create(note(5, { to: ["https://else.example/u"], cc: [] })),
    { id: "x", type: "Announce", actor: ME, object: "https://else.example/notes/1" },
    create({ ...note(6), type: "Question", oneOf: [{ type: "Note", name: "a", replies: { type: "Collection", totalItems: 2 } }], endTime: "2018-01-01T00:00:00Z", votersCount: 2 }),
    create(note(7, { name: "a", content: undefined, contentMap: undefined, inReplyTo: "https://else.example/polls/1" })),
    create(note(8, { attributedTo: "https://old.example/users/other" })),
    { type: "Create", actor: ME, object: "https://old.example/notes/9" },
    "nonsense", null,
  ]),
  "likes.json": "{}",
  "actor.json": JSON.stringify(ACTOR),
};

for (const [name, file] of [["tar.gz", tar(mastodon)], ["tar", tar(mastodon, { isPacked: false })], ["zip", zip(mastodon)], ["zip64", zip(mastodon, { is64: true, comment: "made by hand" })],
  ["a folder in a zip", zip(Object.fromEntries(Object.entries(mastodon).map(([path, content]) => [`archive-2022/${path}`, content])))]]) {
  test(`an archive of Mastodon as ${name}`, async () => {
    const { server, counts } = await brought(file);
    assert.deepEqual(counts, { stored: 5, boosts: 1, direct: 1, vote: 1, others: 4, missing: 1, unusable: 1 });
    assert.deepEqual(server.actor, { id: ME, followers: `${ME}/followers` });
    const byNumber = new Map(server.sent.map((item) => [Number(item.note.id.split("/").at(-1)), item]));
    assert.deepEqual([...byNumber.keys()].sort(), [1, 2, 3, 4, 6]);
    const first = byNumber.get(1).note;
    assert.deepEqual([first.content, first.contentMap, first.tag], [undefined, { en: "<p>number 1</p>" }, [{ type: "Hashtag", name: "#fern", icon: undefined }]]);
    assert.equal(first.replies, undefined);
    assert.equal(byNumber.get(6).note.oneOf[0].replies.totalItems, 2);
    assert.deepEqual(byNumber.get(2).media, []);
    const media = byNumber.get(3).media.map((id) => server.files[Number(id.slice(4)) - 1]);
    assert.deepEqual(media.map((found) => [String(found.bytes), found.description, found.focus]), [["picture one", "a fern", "0.5,-0.25"], ["picture two", "", "0.5,-0.25"]]);
    // Once more.
    const again = await brought(file, { server });
    assert.deepEqual(again.counts, { stored: 0, known: 5, boosts: 1, direct: 1, vote: 1, others: 4 });
    assert.equal(server.files.length, 2);
  });
}

test("without its files", async () => {
  const { server, counts } = await brought(zip(mastodon), { withFiles: false });
  assert.equal(counts.stored, 5);
  assert.equal(server.files.length, 0);
  assert.ok(server.sent.every(({ media }) => media.length === 0));
});

test("an archive of Pleroma or Akkoma", async () => {
  const me = "https://pl.example/users/me";
  const activity = (object) => ({ actor: me, cc: [], context: "x", id: `${object.id}/activity`, object, published: object.published, to: [PUBLIC], type: "Create" });
  const object = (n, more) => ({
    actor: me, attributedTo: me, attachment: [], cc: [`${me}/followers`], content: `number ${n}`, context: "https://pl.example/contexts/1", conversation: "https://pl.example/contexts/1",
    id: `https://pl.example/objects/${n}`, published: `2020-02-0${n}T02:02:02.020202Z`, sensitive: null, source: { content: "x", mediaType: "text/plain" }, summary: "", tag: [], to: [PUBLIC], type: "Note", ...more,
  });
  const link = (href) => ({ type: "Document", mediaType: "image/png", name: "moss", url: [{ type: "Link", href, mediaType: "image/png" }] });
  // As its exporter writes it: a head, a line for each, and the end in place of the last comma.
  const items = [activity(object(1, { attachment: [link("https://media.pl.example/a.png"), link("https://media.pl.example/gone.png")] })), activity(object(2, { inReplyTo: "https://pl.example/objects/1" })), { actor: me, type: "Announce", object: "x" }];
  const written = `{\n  "@context": "https://www.w3.org/ns/activitystreams",\n  "id": "outbox.json",\n  "type": "OrderedCollection",\n  "orderedItems": [\n\n${items.map((item) => JSON.stringify(item)).join(",\n")}\n],\n  "totalItems": 3}`;
  const files = { "actor.json": JSON.stringify({ id: me, followers: `${me}/followers` }), "outbox.json": written, "likes.json": "{}", "bookmarks.json": "{}" };
  const { server, counts } = await brought(zip(files));
  assert.deepEqual(counts, { stored: 2, boosts: 1, missing: 1 });
  assert.deepEqual([server.files[0].url, server.files[0].description], ["https://media.pl.example/a.png", "moss"]);
  assert.deepEqual(server.sent.map(({ note }) => [note.id, note.content]), [["https://pl.example/objects/1", "number 1"], ["https://pl.example/objects/2", "number 2"]]);
});

test("the notes of Misskey", async () => {
  const base = { fileIds: [], files: [], replyId: null, renoteId: null, poll: null, cw: null, visibility: "public", visibleUserIds: [], localOnly: false, reactionAcceptance: null };
  const notes = [
    { ...base, id: "9a", text: "hello **you** #fern\n\nhttps://x.example/a?b=1&c=2.", createdAt: "2021-01-01T01:01:01.001Z" },
    { ...base, id: "9b", text: null, createdAt: "2021-01-02T01:01:01.001Z", renoteId: "8z" },
    { ...base, id: "9c", text: "look", createdAt: "2021-01-03T01:01:01.001Z", renoteId: "8z", replyId: "9a", visibility: "home" },
    { ...base, id: "9d", text: "for friends", createdAt: "2021-01-04T01:01:01.001Z", visibility: "followers", cw: "careful" },
    { ...base, id: "9e", text: "psst", createdAt: "2021-01-05T01:01:01.001Z", visibility: "specified", visibleUserIds: ["1"] },
    { ...base, id: "9f", text: "here only", createdAt: "2021-01-06T01:01:01.001Z", localOnly: true },
    { ...base, id: "9g", text: "tea?", createdAt: "2021-01-07T01:01:01.001Z", poll: { noteId: "9g", multiple: true, choices: ["yes", "no"], votes: [2, 1], expiresAt: "2021-01-08T00:00:00.000Z" } },
    { ...base, id: "9h", text: "", createdAt: "2021-01-08T01:01:01.001Z", fileIds: ["f1", "f2"], files: [{ id: "f1", name: "a.png", type: "image/png", url: "https://files.mk.example/a.png", comment: "a tree", isSensitive: true }] },
    7,
  ];
  const { server, counts } = await brought(json(notes), { from: "mk.example" });
  assert.deepEqual(counts, { stored: 6, boosts: 1, direct: 1, missing: 1, others: 1 });
  const by = new Map(server.sent.map(({ note, media }) => [note.id.split("/").at(-1), { ...note, media }]));
  assert.equal(by.get("9a").id, "https://mk.example/notes/9a");
  assert.match(by.get("9a").content, /<strong>you<\/strong> <a href="https:\/\/mk\.example\/tags\/fern"/);
  assert.match(by.get("9a").content, /<a href="https:\/\/x\.example\/a\?b=1&amp;c=2" [^>]+>[^<]+<\/a>\./);
  assert.deepEqual([by.get("9a").to, by.get("9a").tag], [[PUBLIC], [{ type: "Hashtag", name: "#fern", }]]);
  assert.match(by.get("9c").content, /RE: <a href="https:\/\/mk\.example\/notes\/8z"/);
  assert.deepEqual([by.get("9c").cc, by.get("9c").inReplyTo], [[PUBLIC], "https://mk.example/notes/9a"]);
  assert.deepEqual([by.get("9d").to, by.get("9d").summary], [["https://mk.example/followers"], "careful"]);
  assert.deepEqual(by.get("9f").to, ["https://mk.example/followers"]);
  assert.deepEqual([by.get("9g").type, by.get("9g").anyOf.map((o) => [o.name, o.replies.totalItems]), by.get("9g").endTime], ["Question", [["yes", 2], ["no", 1]], "2021-01-08T00:00:00.000Z"]);
  assert.deepEqual([by.get("9h").media, by.get("9h").sensitive, server.files[0].description], [["file1"], true, "a tree"]);
  await assert.rejects(brought(json(notes)), code("no server"));
  // In a zip as well.
  assert.equal((await brought(zip({ "notes-2021-01-01.json": JSON.stringify(notes) }), { from: "https://mk.example/" })).counts.stored, 6);
});

test("the statuses of Pixelfed", async () => {
  const status = (n, more) => ({
    _v: 1, id: `80${n}`, shortcode: "x", uri: `https://px.example/p/me/80${n}`, url: `https://px.example/p/me/80${n}`, in_reply_to_id: "", in_reply_to_account_id: "", reblog: null,
    content: `number ${n} & <a href="https://px.example/discover/tags/moss">#moss</a>`, content_text: `number ${n} & #moss`, created_at: `2022-01-0${n}T01:01:01.000Z`, emojis: [], sensitive: false,
    spoiler_text: "", visibility: "public", language: null, mentions: [], pf_type: "photo", media_attachments: [], tags: [{ name: "moss", slug: "moss", url: "x" }], poll: null, account: { id: "1", acct: "me" }, ...more,
  });
  const all = [
    status(2, { in_reply_to_id: "801", pf_type: "text" }),
    status(1, { pf_type: "photo:album", media_attachments: [1, 2].map((n) => ({ id: `${n}`, type: "image", url: `https://px.example/storage/m/${n}.jpg`, description: `picture ${n}`, mime: "image/jpeg" })) }),
    status(3, { content: "", content_text: "plain & <simple>", visibility: "private", spoiler_text: "cw", sensitive: true }),
    status(4, { in_reply_to_id: "999" }),
    status(5, { visibility: "direct" }),
    status(6, { pf_type: "share" }),
    status(7, { pf_type: "story:reaction" }),
    status(8, { pf_type: "poll", poll: { options: [{ title: "a", votes_count: 1 }, { title: "b", votes_count: 2 }], multiple: false, expires_at: "2022-02-01T00:00:00Z", voters_count: 3 } }),
  ];
  const { server, counts } = await brought(json(all));
  assert.deepEqual(counts, { stored: 5, boosts: 1, direct: 1, others: 1 });
  const by = new Map(server.sent.map(({ note, media }) => [note.id.split("/").at(-1), { ...note, media }]));
  assert.deepEqual([by.get("801").media, server.files.map((f) => [f.url, f.description])], [["file1", "file2"], [["https://px.example/storage/m/1.jpg", "picture 1"], ["https://px.example/storage/m/2.jpg", "picture 2"]]]);
  assert.deepEqual([by.get("802").inReplyTo, by.get("804").inReplyTo], ["https://px.example/p/me/801", "https://px.example/i/web/post/999"]);
  assert.deepEqual([by.get("803").content, by.get("803").to, by.get("803").summary], ["<p>plain &amp; &lt;simple&gt;</p>", ["https://px.example/followers"], "cw"]);
  assert.deepEqual([by.get("808").oneOf.length, by.get("808").votersCount, by.get("808").tag[0].name], [2, 3, "#moss"]);
});

test("GoToSocial gives out no posts, and it is said", async () => {
  for (const text of ["Account address,Show boosts\nbob@x.example,true\n", '{"type":"account","id":"1","username":"me"}\n{"type":"user","id":"2"}\n', '{"followers_count":1,"statuses_count":5}']) {
    await assert.rejects(brought(new Blob([text])), code("no posts"), text);
  }
  await assert.rejects(brought(zip({ "following_accounts.csv": "x" })), code("no posts"));
  await assert.rejects(brought(zip({ "actor.json": JSON.stringify(ACTOR) })), code("no posts"));
});

test("what is not as it should be costs one post at the most", async () => {
  const odd = [[], {}, 5, "x", null, true, [null], { id: 5 }];
  const items = odd.flatMap((value) => [
    value, { type: "Create", actor: value, object: note(1) }, create(note(2, { attachment: value })), create(note(3, { tag: value, contentMap: value, content: value })), create(note(4, { to: value, cc: value })),
    create(note(5, { published: value, inReplyTo: value, oneOf: value })), create(note(6, { attachment: [{ type: "Image", url: value }, { type: "Image", url: "https://[", name: value }] })), { type: value, object: value }, create({ ...note(7), attributedTo: value }),
  ]);
  items.push(create(note(9)));
  const { server, counts } = await brought(zip({ "outbox.json": outbox(items), "actor.json": JSON.stringify(ACTOR) }));
  assert.ok(server.there.has(`${ME}/statuses/9`), JSON.stringify(counts));
  const misskey = odd.flatMap((value) => [value, { id: "9a", createdAt: value, text: value, visibility: "public", files: value, fileIds: value, poll: value, cw: value }, { id: value }]);
  misskey.push({ id: "9z", createdAt: "2021-01-01T00:00:00Z", text: "x", visibility: "public" });
  assert.ok((await brought(json([{ createdAt: "" }, ...misskey]), { from: "mk.example" })).server.there.has("https://mk.example/notes/9z"));
  const pixelfed = odd.flatMap((value) => [value, { id: "1", uri: "https://px.example/1", created_at: value, content: value, visibility: "public", media_attachments: value, tags: value, poll: value, in_reply_to_id: value }, { uri: value, pf_type: value }]);
  pixelfed.push({ uri: "https://px.example/9", created_at: "2021-01-01T00:00:00Z", content: "x", visibility: "public" });
  assert.ok((await brought(json([{ pf_type: "x" }, ...pixelfed]))).server.there.has("https://px.example/9"));
});

test("a lone outbox.json", async () => {
  const { counts, server } = await brought(new Blob([mastodon["outbox.json"]]));
  assert.deepEqual(counts, { stored: 5, boosts: 1, direct: 1, vote: 1, others: 4, missing: 4 });
  assert.equal(server.actor.followers, `${ME}/followers`);
});

test("names that lead elsewhere, and long ones", async () => {
  const long = `media_attachments/files/${"1/".repeat(60)}original/a.png`;
  const item = (n, url) => create(note(n, { attachment: [attachment(url)] }));
  for (const [kind, pack] of [["pax", tar], ["gnu", (files) => tar(files, { long: "gnu" })], ["ustar", (files) => tar(files, { long: "ustar" })], ["zip", zip]]) {
    const files = {
      "../../etc/passwd": "secret", "/etc/shadow": "secret", "C:\\x": "secret", [long]: "far below",
      "outbox.json": outbox([item(1, long), item(2, "../../etc/passwd"), item(3, "/etc/shadow"), item(4, "C:\\x")]), "actor.json": JSON.stringify(ACTOR),
    };
    const { server, counts } = await brought(pack(files));
    assert.deepEqual(counts, { stored: 4, missing: 3 }, kind);
    assert.deepEqual(server.files.map((f) => String(f.bytes)), ["far below"], kind);
  }
});

test("archives that are cut off or damaged are said to be", async () => {
  const whole = Buffer.from(await tar(mastodon).arrayBuffer());
  await assert.rejects(brought(new Blob([whole.subarray(0, whole.length - 200)])), code("damaged"));
  const bare = Buffer.from(await tar(mastodon, { isPacked: false }).arrayBuffer());
  await assert.rejects(brought(new Blob([bare.subarray(0, 700)])), code("damaged"));
  bare[3] ^= 1;
  await assert.rejects(brought(new Blob([bare])), code("damaged"));
  const zipped = Buffer.from(await zip(mastodon).arrayBuffer());
  await assert.rejects(brought(new Blob([zipped.subarray(0, zipped.length - 30)])), code("damaged"));
  await assert.rejects(brought(new Blob([Buffer.from("PK nothing")])), code("damaged"));
  await assert.rejects(brought(new Blob([])), code("no posts"));
  await assert.rejects(brought(new Blob([gzipSync("[")])), code("no posts"));
  await assert.rejects(brought(zip({ "outbox.json": "{" })), code("damaged"));
  // Without its last blocks, as some programs write it.
  assert.equal((await brought(tar(mastodon, { end: Buffer.alloc(0) }))).counts.stored, 5);
});

test("what claims to be large costs no memory", async () => {
  const huge = 3 * 1024 ** 3;
  await assert.rejects(brought(zip({ "outbox.json": { content: "{}", size: huge } })), code("too large"));
  await assert.rejects(brought(new Blob([head("outbox.json", huge), Buffer.alloc(1024)])), code("damaged"));
  await assert.rejects(brought(new Blob([head("x", "7".repeat(11)), Buffer.alloc(1024)])), code("damaged"));
  await assert.rejects(brought(new Blob([head("x", huge, { type: "x" }), Buffer.alloc(1024)])), code("damaged"));
  // A file that is larger or smaller than it says, of another kind of packing, locked, or with a wrong checksum.
  const outboxOf = (url) => outbox([create(note(1, { attachment: [attachment(url)] }))]);
  for (const file of [{ content: "x".repeat(100_000), size: 10 }, { content: "x", size: 10 }, { content: "x", method: 12 }, { content: "x", crc: 5 }, { content: "x", size: 26 * 1024 ** 2 }]) {
    const { counts } = await brought(zip({ "actor.json": JSON.stringify(ACTOR), "outbox.json": outboxOf("/a.png"), "a.png": file }));
    assert.deepEqual(counts, { stored: 1, unusable: 1 }, JSON.stringify(file).slice(0, 60));
  }
  const { counts } = await brought(zip({ "actor.json": JSON.stringify(ACTOR), "outbox.json": outboxOf("/a.png"), "a.png": { content: "x", flags: 1 } }));
  assert.deepEqual(counts, { stored: 1, missing: 1 });
  // A list that names more than there is.
  const zipped = Buffer.from(await zip(mastodon).arrayBuffer());
  zipped.writeUInt32LE(0x7fffffff, zipped.length - 10);
  await assert.rejects(brought(new Blob([zipped])), code("too large"));
});

test("posts go in portions, older ones first", async () => {
  const items = Array.from({ length: 59 }, (_, n) => create(note(58 - n)));
  items.push(create(note(59, { content: `<p>${"x".repeat(60_000)}</p>`, contentMap: undefined })));
  const { server, counts } = await brought(zip({ "outbox.json": outbox(items), "actor.json": JSON.stringify(ACTOR) }));
  assert.equal(counts.stored, 60);
  assert.ok(server.requests.every(([what, n]) => what !== "posts" || n <= 20), JSON.stringify(server.requests));
  const dates = server.sent.map(({ note: { published } }) => published);
  assert.deepEqual(dates, [...dates].sort());
});

test("a run that was stopped goes on where it was", async () => {
  const items = Array.from({ length: 50 }, (_, n) => create(note(n, { attachment: [attachment(`/media_attachments/${n}.png`)] })));
  const files = { "outbox.json": outbox(items), "actor.json": JSON.stringify(ACTOR), ...Object.fromEntries(items.map((_, n) => [`media_attachments/${n}.png`, `picture ${n}`])) };
  const server = new FakeServer();
  const upload = server.upload.bind(server);
  let n = 0;
  server.upload = (...all) => (++n > 30 ? Promise.reject(Object.assign(new Error(), { code: "tomorrow" })) : upload(...all));
  await assert.rejects(brought(tar(files), { server }), code("tomorrow"));
  assert.equal(server.sent.length, 20);
  server.upload = upload;
  const { counts } = await brought(tar(files), { server });
  assert.deepEqual(counts, { stored: 30, known: 20 });
  const pictures = server.sent.map(({ note: { id }, media }) => [Number(id.split("/").at(-1)), String(server.files[Number(media[0].slice(4)) - 1].bytes)]);
  assert.ok(pictures.every(([number, picture]) => picture === `picture ${number}`));
});

test("a file that does not arrive whole is sent again, and no post goes without it", async () => {
  const answers = [];
  const server = new Server({
    base: "https://a.example/x",
    headers: () => ({}),
    fetch: async () => new Response(JSON.stringify({ id: "7" }), { status: answers.shift() }),
  });
  server.pause = async () => {};
  const upload = (...all) => {
    answers.splice(0, answers.length, ...all);
    return server.upload(new Blob(["x"]), {}).catch((error) => error.code);
  };
  assert.equal(await upload(400, 400, 200), "7");
  assert.equal(await upload(400, 400, 400, 400), "fault");
  assert.equal(await upload(422), undefined);
});

test("the instance is waited for, and asked again where that helps", async () => {
  const answers = [];
  const [asked, waited] = [[], []];
  const server = new Server({
    base: "https://a.example/x",
    headers: () => ({ "x-form": "t" }),
    waits: (seconds) => waited.push(seconds),
    fetch: async (url, { headers, body }) => {
      asked.push([url, headers["x-form"], headers["content-type"], body]);
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return new Response(JSON.stringify(next.body ?? {}), { status: next.status ?? 200, headers: next.headers });
    },
  });
  server.pause = async (seconds) => void waited.push(seconds);
  const is = async (all, wanted) => {
    answers.splice(0, answers.length, ...all);
    waited.length = 0;
    const outcome = await server.known(["u"]).catch((error) => error.code);
    assert.deepEqual([outcome, answers.length], [wanted, 0]);
  };
  const fine = { body: { known: ["u"] } };
  await is([fine], ["u"]);
  assert.deepEqual(asked[0], ["https://a.example/x/known", "t", "application/activity+json", '{"uris":["u"]}']);
  await is([new Error("reset"), { status: 500 }, { status: 409 }, fine], ["u"]);
  assert.deepEqual(waited, [2, 4, 8]);
  await is([{ status: 500 }, { status: 500 }, { status: 500 }, { status: 500 }], "fault");
  await is([{ status: 429, headers: { "x-ratelimit-reset": new Date(Date.now() + 90_000).toISOString() } }, fine], ["u"]);
  assert.ok(waited[0] > 80 && waited[0] <= 91, String(waited));
  await is([{ status: 503, headers: { "retry-after": "30" } }, fine], ["u"]);
  assert.deepEqual(waited, [30]);
  await is([{ status: 503, headers: { "retry-after": "30000" } }], "tomorrow");
  await is([{ status: 403, body: { error: "no" } }], "sign in");
  await is([{ status: 422, body: { error: "no" } }], "fault");
});

test("Misskey's text", () => {
  const here = () => ({ origin: "https://mk.example", tags: new Set() });
  for (const [text, html] of [
    ["a\nb\n\nc", "<p>a<br>b</p><p>c</p>"],
    ["<script>&\"'", "<p>&lt;script&gt;&amp;&quot;&#39;</p>"],
    ["**b** *i* ~~s~~ `c*d*`", "<p><strong>b</strong> <em>i</em> <del>s</del> <code>c*d*</code></p>"],
    ["2*3*4 a_b ** **", "<p>2*3*4 a_b ** **</p>"],
    ["$[x2 big $[spin.speed=1s **r**]] $[x", "<p>big <strong>r</strong> $[x</p>"],
    ["> q\n> r\nafter", "<blockquote><p>q<br>r</p></blockquote><p>after</p>"],
    ["```js\n<a>\n```", "<pre><code>&lt;a&gt;</code></pre>"],
    ["```js\n<a>", "<p>```js<br>&lt;a&gt;</p>"],
    ["<plain>**x**</plain><small>s</small>", "<p>**x**<small>s</small></p>"],
    ["a@b.example #1 x#y", "<p>a@b.example #1 x#y</p>"],
    ["[t](javascript:alert(1))", "<p>[t](javascript:alert(1))</p>"],
    ["(https://x.example/a_(b))", '<p>(<a href="https://x.example/a_(b)" rel="nofollow noopener noreferrer">https://x.example/a_(b)</a>)</p>'],
  ]) {
    assert.equal(mfm(text, here()), html, text);
  }
  assert.match(mfm("[**t**](https://x.example/)", here()), /^<p><a href="https:\/\/x\.example\/" [^>]+><strong>t<\/strong><\/a><\/p>$/);
  assert.match(mfm("@me @you@b.example", here()), /href="https:\/\/mk\.example\/@me".*href="https:\/\/b\.example\/@you"/);
  const tags = new Set();
  mfm("#고사리 #fern, #fern", { origin: "https://mk.example", tags });
  assert.deepEqual([...tags], ["고사리", "fern"]);
  assert.equal(plain("a & b\nhttps://x.example/?a&b\n\nc"), '<p>a &amp; b<br><a href="https://x.example/?a&amp;b" rel="nofollow noopener noreferrer">https://x.example/?a&amp;b</a></p><p>c</p>');
  // Whatever is written, the time grows with its length.
  for (const part of ["*", "**a", "$[x ", "[a", "[a](", "~~", "<b>", "> ", "```\n", "`a", "#", "@a@", "https://", "(", "$[x [", "<b><i>"]) {
    const time = (n) => {
      const text = part.repeat(n);
      const began = performance.now();
      mfm(text, here());
      return performance.now() - began;
    };
    time(500);
    assert.ok(time(20_000) < 1500, part);
  }
});

test("addresses of servers as people type them", () => {
  for (const [typed, origin] of [
    ["misskey.example", "https://misskey.example"], ["https://misskey.example/@me", "https://misskey.example"], ["@me@misskey.example", "https://misskey.example"],
    ["http://localhost:3000", "http://localhost:3000"], ["", ""], ["not a server", ""], ["not%20a.server", ""], ["엉터리", ""], ["javascript:alert(1)", ""],
  ]) {
    assert.equal(originOf(typed), origin, typed);
  }
});

test("the way through a file can be gone again", async () => {
  for (const file of [tar(mastodon), zip(mastodon)]) {
    const walk = await open(file);
    for (let n = 0; n < 2; n++) assert.equal((await read(walk)).posts.length, 5);
  }
});
