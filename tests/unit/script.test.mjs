// The pages' script: what it counts, keeps and finds, and how large it is.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { script } from "../../scripts/assets.mjs";
import { graphemes, length } from "../../src/web/script/count.ts";
import { distance } from "../../src/web/script/distance.ts";
import { forgetAll, keyOf as draftKey, load, save } from "../../src/web/script/drafts.ts";
import { COMMON, matching } from "../../src/web/script/emoji_set.ts";
import { keyOf } from "../../src/web/script/shortcuts.ts";
import { delay, isHidden, listOf, streamOf } from "../../src/web/script/streams.ts";
import { begun, completed } from "../../src/web/script/words.ts";

test("it has at most 35,000 bytes compressed, and makes no HTML of a text", async () => {
  const text = await script();
  const size = gzipSync(text, { level: 9 }).length;
  console.log(`the script: ${text.length} characters, ${size} bytes compressed`);
  assert.ok(size <= 35_000, `${size}`);
  assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment|DOMParser/);
});

test("a text is as long as for the server", () => {
  for (const [text, wanted] of [
    ["abc", 3],
    ["a\nb", 3],
    ["안녕하세요", 5],
    ["👨‍👩‍👧‍👦!", 2],
    ["https://example.com/a/very/long/path/that/goes/on", 23],
    ["hi @alice@very.long.example", 9],
    ["see https://example.com.", 28],
    ["(https://en.wikipedia.org/wiki/Rust_(language))", 25],
    ["https://a.example/b?c=d&e=f#g, and", 28],
    ["HTTP://A.example/x HTTPS://b.example", 47],
    ["https://한글.kr/길", 23],
    ["주소는 https://example.com입니다", 30],
    ["http://localhost:8787/x", 23],
    ["https://nodot http:// https://", 30],
    ["xhttps://a.example", 18],
    ["http://a..example http://.example", 33],
    ["https://a.example:8443/x https://a.example:x", 49],
    ["https://a.example/x*, https://a.example/x?!", 51],
    ["[b](https://a.example/b)입니다", 31],
    ["[https://a.example/b[1]]", 25],
    ["'https://a.example/b'라고 https://a.example/it's", 51],
    ["https://a.example/(", 24],
    ["https://https://a.example", 31],
    ["『https://a.example/b』", 25],
    ["https://a.example/@alice/1", 23],
    ["https://x.example/search?q=@bob@b.example", 23],
    ["@bob@https://x.example/", 28],
    ["@bob@b.example#tag #a@b", 13],
    ["(@bob@localhost:8788)", 6],
    ["mail me@example.com", 19],
    ["@@x", 3],
    ["@alice님", 7],
    ["@end.", 5],
    ["@a-b.c@x.y", 6],
    ["search?q=@bob@b.example", 23],
  ]) {
    assert.equal(length(text), wanted, text);
  }
  assert.equal(length("abc", "cw"), 5);
  assert.equal(graphemes("🇰🇷"), 1);
});

test("the cases of the server's own tests are among them", () => {
  const ours = readFileSync(import.meta.filename, "utf8");
  const body = readFileSync("src/text/count.rs", "utf8").split("fn counts_as_mastodon_does")[1].split("for (text, wanted) in [")[1].split("] {")[0];
  const cases = [...body.matchAll(/\("([^"]+)", (\d+)\)/g)];
  assert.ok(cases.length >= 5);
  for (const [, text, wanted] of cases) assert.ok(ours.includes(`["${text}", ${wanted}]`), text);
});

test("a long text is counted in time that grows with its length", () => {
  for (const part of ["@a@b.example ", "https://a.example/(", "@a.-", "https://", "a.b.", "👍"]) assert.ok(length(part.repeat(5000)) > 0);
});

test("distances of time are those of the pages", () => {
  const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
  for (const [passed, wanted] of [
    [-DAY, ["now", 0]], [MINUTE - 1, ["now", 0]], [MINUTE, ["minutes", 1]], [HOUR - 1, ["minutes", 59]], [HOUR, ["hours", 1]],
    [DAY - 1, ["hours", 23]], [DAY, ["days", 1]], [7 * DAY - 1, ["days", 6]], [7 * DAY, ["date", 0]],
  ]) assert.deepEqual(distance(passed), wanted);
});

/** A storage as a browser has it, with room for `most` characters. */
function storage(most = Infinity) {
  const all = new Map();
  return {
    get length() { return all.size; },
    key: (n) => [...all.keys()][n] ?? null,
    getItem: (key) => all.get(key) ?? null,
    setItem(key, value) {
      if (value.length > most) throw new Error("QuotaExceededError");
      all.set(key, value);
    },
    removeItem: (key) => void all.delete(key),
  };
}

test("drafts are kept by account and by what they answer, thirty of them, and forgotten together", () => {
  const kept = storage();
  kept.setItem("other", "1");
  const draft = (at) => ({ text: `text ${at}`, warning: "w", visibility: "direct", at });
  const [a, b] = [draftKey("1", ""), draftKey("1", "in_reply_to_id 5")];
  save(kept, a, draft(1));
  save(kept, b, draft(2));
  assert.deepEqual([load(kept, a), load(kept, b)], [draft(1), draft(2)]);
  assert.equal(load(kept, draftKey("2", "")), undefined);
  save(kept, a, { ...draft(3), text: " \n" });
  assert.equal(load(kept, a), undefined);
  for (let n = 10; n < 60; n += 1) save(kept, draftKey("1", `in_reply_to_id ${n}`), draft(n));
  assert.equal(kept.length, 31);
  assert.equal(load(kept, draftKey("1", "in_reply_to_id 29")), undefined);
  assert.deepEqual(load(kept, draftKey("1", "in_reply_to_id 30")), draft(30));
  for (const broken of ["", "{", "null", "[]", '{"text":1}']) {
    kept.setItem(a, broken);
    assert.equal(load(kept, a), undefined, broken);
  }
  forgetAll(kept);
  assert.deepEqual([kept.length, kept.getItem("other")], [1, "1"]);
  const full = storage(10);
  save(full, a, draft(1));
  assert.equal(full.length, 0);
});

test("what is begun at the caret is found, and completed", () => {
  for (const [text, wanted] of [
    ["@a", ["@", "a"]], ["hi @alice@b.ex", ["@", "alice@b.ex"]], ["(@bo", ["@", "bo"]], ["#fe", ["#", "fe"]], ["#고사", ["#", "고사"]],
    [":sm", [":", "sm"]], ["a@b", undefined], ["@", undefined], ["#f", undefined], ["https://x/@al", undefined], ["12:30", undefined],
    ["#a@b", undefined], ["&#39", undefined], ["@a ", undefined],
  ]) {
    const found = begun(text, text.length);
    assert.deepEqual(found && [found.kind, found.query], wanted, text);
  }
  const text = "hi @al there";
  const found = begun(text, 6);
  assert.deepEqual(completed(text, 6, found, "@alice@b.example"), { text: "hi @alice@b.example there", caret: 20 });
  assert.deepEqual(completed("@al", 3, begun("@al", 3), "@alice"), { text: "@alice ", caret: 7 });
});

test("emojis are found by the beginning of a word first", () => {
  assert.ok(COMMON.length > 150);
  assert.ok(COMMON.every(({ put, words }) => graphemes(put) === 1 && /^[a-z ]+$/.test(words)), JSON.stringify(COMMON.filter(({ put, words }) => graphemes(put) !== 1 || !/^[a-z ]+$/.test(words))));
  assert.equal(new Set(COMMON.map(({ put }) => put)).size, COMMON.length);
  assert.equal(matching(COMMON, "tada", 5)[0].put, "🎉");
  const all = [{ put: ":blobcat:", words: "blobcat" }, { put: "🐱", words: "cat" }];
  assert.deepEqual(matching(all, "CAT", 5).map(({ put }) => put), ["🐱", ":blobcat:"]);
  assert.equal(matching(COMMON, "e", 3).length, 3);
});

test("each page has its stream", () => {
  for (const [path, query, wanted] of [
    ["/home", "", { stream: "user" }], ["/home", "?max_id=1", undefined], ["/notifications", "?type=mention", { stream: "user:notification" }],
    ["/public", "", { stream: "public" }], ["/public/local", "", { stream: "public:local" }], ["/tags/%EA%B3%A0", "", { stream: "hashtag", tag: "고" }],
    ["/lists/12", "", { stream: "list", list: "12" }], ["/lists/12/edit", "", undefined], ["/lists", "", undefined], ["/lists/a", "", undefined],
    ["/@alice", "", undefined], ["/settings", "", undefined], ["/", "", undefined],
  ]) assert.deepEqual(streamOf(path, query), wanted, path);
});

test("each stream has its list in the API", () => {
  for (const [path, wanted] of [
    ["/home", "timelines/home?"], ["/notifications", "notifications?"], ["/public", "timelines/public?"], ["/public/local", "timelines/public?local=true&"],
    ["/tags/%EA%B3%A0", "timelines/tag/%EA%B3%A0?"], ["/lists/12", "timelines/list/12?"],
  ]) assert.equal(listOf(streamOf(path, "")), `/api/v1/${wanted}`, path);
});

test("tries grow apart, up to five minutes, and are not all at once", () => {
  assert.deepEqual([delay(0, 0), delay(0, 1), delay(3, 1), delay(20, 1), delay(20, 0)], [500, 1000, 8000, 300_000, 150_000]);
});

test("what a filter hides is not counted", () => {
  const filtered = (filter_action, context) => ({ filtered: [{ filter: { filter_action, context } }] });
  assert.equal(isHidden(filtered("hide", ["home"]), "home"), true);
  assert.equal(isHidden({ reblog: filtered("hide", ["home"]) }, "home"), true);
  assert.equal(isHidden(filtered("warn", ["home"]), "home"), false);
  assert.equal(isHidden(filtered("hide", ["public"]), "home"), false);
  assert.equal(isHidden({}, "home"), false);
});

test("a key is the one that it is on a Latin keyboard", () => {
  for (const [key, code, shiftKey, wanted] of [
    ["j", "KeyJ", false, "j"], ["J", "KeyJ", true, "j"], ["ㅓ", "KeyJ", false, "j"], ["?", "Slash", true, "?"], ["/", "Slash", false, "/"],
    ["Enter", "Enter", false, "Enter"], ["r", "KeyO", false, "r"], ["！", "Digit1", true, "！"],
  ]) assert.equal(keyOf({ key, code, shiftKey }), wanted, key);
});

test("each word that it says is among those of the pages", () => {
  const given = readFileSync("src/web/script.rs", "utf8");
  const names = new Set([...given.matchAll(/\("(\w+)", (?:Word|Plural)::/g)].map(([, name]) => name));
  const used = new Set();
  for (const file of readdirSync("src/web/script")) {
    const text = readFileSync(`src/web/script/${file}`, "utf8");
    for (const [, name] of text.matchAll(/\b(?:say|count)\("(\w+)"/g)) used.add(name);
    // The rows of the dialog for shortcuts.
    if (!/keys|shortcuts/.test(file)) continue;
    for (const [, name] of text.matchAll(/\["[\w +,/?]+", "(\w+)"\]/g)) used.add(name);
    if (file === "keys.ts") used.add("shortcuts");
  }
  for (const name of ["minutes", "hours", "days"]) used.add(name);
  assert.deepEqual([...used].filter((name) => !names.has(name)), []);
  assert.deepEqual([...names].filter((name) => !used.has(name)), []);
});
