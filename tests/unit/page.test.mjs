// The script of /settings/archive, on the few elements of the page that it knows. In Chromium: tests/e2e/archive.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { zip } from "./archives.mjs";

class Element {
  constructor(more = {}) {
    Object.assign(this, { textContent: "", hidden: true, disabled: false, dataset: {}, children: [], heard: {} }, more);
  }
  addEventListener(name, heard) {
    this.heard[name] = heard;
  }
  removeAttribute(name) {
    delete this[name];
  }
  replaceChildren(...children) {
    this.children = children;
  }
}

const ME = "https://old.example/users/me";
const note = (n, more) => ({ type: "Create", actor: ME, object: { id: `${ME}/${n}`, type: "Note", attributedTo: ME, published: `2019-01-0${n}T00:00:00Z`, to: ["as:Public"], content: "x", ...more } });
const archive = zip({
  "outbox.json": JSON.stringify({ type: "OrderedCollection", orderedItems: [note(1), note(2, { attachment: [{ type: "Document", url: "/media_attachments/a.png" }] }), note(3, { attachment: [{ type: "Document", url: "https://far.example/a.png" }] })] }),
  "media_attachments/a.png": "picture",
});

/** The page with its script; what the server is asked goes to `asked`. */
async function page(answer) {
  const words = Object.fromEntries(["bringing", "done", "stopped", "tomorrow", "removing", "waiting", "reading", "count.stored", "count.known", "wrong.fault", "wrong.no posts"].map((name) => [name, `${name} {n}{done}`]));
  const [stop, submit] = [new Element(), new Element()];
  const form = new Element({ dataset: { words: JSON.stringify(words), form: "token1" }, elements: { stop, file: { files: [archive] }, server: { value: "" }, files: { checked: true } } });
  const all = { archive: form, remove: new Element(), progress: new Element(), state: new Element(), counts: new Element(), there: new Element({ textContent: "3" }) };
  const asked = [];
  Object.assign(globalThis, {
    document: { getElementById: (id) => all[id] ?? null, createElement: () => new Element(), querySelectorAll: () => [submit] },
    addEventListener: () => {},
    removeEventListener: () => {},
    fetch: async (url, { headers, body }) => {
      const sent = typeof body === "string" ? JSON.parse(body) : Object.fromEntries(body);
      asked.push([url, headers["x-form"], sent]);
      const { status = 200, ...more } = answer(url.split("/").at(-1), sent);
      return new Response(JSON.stringify(more), { status, headers: { "x-form": `token${asked.length + 1}`, ...more.headers } });
    },
  });
  await import(`../../src/web/archive/page.mjs?${Math.random()}`);
  const event = { preventDefault: () => {} };
  const ended = async () => {
    for (let n = 0; n < 400 && submit.disabled; n++) await new Promise((done) => setTimeout(done, 5));
    assert.equal(submit.disabled, false);
  };
  return { ...all, stop, asked, ended, start: () => form.heard.submit(event), remove: () => all.remove.heard.submit(event) };
}

test("an archive is brought along, with the token of each answer", async () => {
  const shown = await page((step, sent) => ({
    known: () => ({ known: [`${ME}/1`] }),
    media: () => ({ id: sent.url ? "7" : "8" }),
    posts: () => ({ items: sent.items.map(({ note: { id } }) => ({ uri: id, state: "stored" })) }),
  })[step]());
  assert.equal(shown.archive.hidden, false);
  shown.start();
  await shown.ended();
  assert.match(shown.state.textContent, /^done/);
  assert.deepEqual(shown.counts.children.map((li) => li.textContent), ["count.stored 2{done}", "count.known 1{done}"]);
  assert.deepEqual(shown.asked.map(([url, token]) => [url, token]), [["known", "token1"], ["media", "token2"], ["media", "token3"], ["posts", "token4"]].map(([step, token]) => [`/settings/archive/${step}`, token]));
  assert.equal(shown.asked[1][2].url, "https://far.example/a.png");
  assert.deepEqual(shown.asked[3][2].items.map(({ note: { id }, media }) => [id, media]), [[`${ME}/3`, ["7"]], [`${ME}/2`, ["8"]]]);
  assert.deepEqual([shown.stop.hidden, shown.progress.hidden, shown.progress.max], [true, true, 3]);
});

test("what goes wrong is said", async () => {
  const spent = await page(() => ({ status: 503, headers: { "retry-after": "30000" } }));
  spent.start();
  await spent.ended();
  assert.match(spent.state.textContent, /^tomorrow/);
  const wrong = await page(() => ({ status: 422, error: "no" }));
  wrong.start();
  await wrong.ended();
  assert.match(wrong.state.textContent, /^wrong.fault/);
  const none = await page(() => ({}));
  none.archive.elements.file.files = [new Blob(["x"])];
  none.start();
  await none.ended();
  assert.match(none.state.textContent, /^wrong.no posts/);
});

test("it can be stopped, and removed again", async () => {
  const shown = await page((step) => (step === "remove" ? { removed: 2, more: shown.asked.length < 3 } : { known: [] }));
  shown.start();
  shown.stop.heard.click();
  await shown.ended();
  assert.match(shown.state.textContent, /^stopped/);
  shown.asked.length = 0;
  shown.remove();
  await shown.ended();
  assert.match(shown.state.textContent, /^done/);
  assert.deepEqual(shown.asked.map(([url]) => url), ["/settings/archive/remove", "/settings/archive/remove", "/settings/archive/remove"]);
});
