// Custom emojis on workerd: an upload through the page, what another server sees of it, and its copy there.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { withCookies } from "./people.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 55;
const PASSWORD = "correct horse battery";
const PAGE = "/settings/emojis";

// Two pictures of one pixel, and a comment.
const GIF = Buffer.concat([
  Buffer.from("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\x00\x00\x00\xff\x00", "latin1"),
  Buffer.from("\x21\xfe\x07GPSMARK\x00", "latin1"),
  ...[1, 2].map(() => Buffer.from("\x21\xf9\x04\x04\x0a\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00", "latin1")),
  Buffer.from("\x3b", "latin1"),
]);

/** A browser in which the owner has signed in. */
async function operator(sori, username) {
  const ask = withCookies();
  const visit = async (path, init = {}) => {
    const response = await ask(sori.origin + path, { ...init, headers: { ...init.headers, accept: "text/html" } });
    return { status: response.status, html: await response.text() };
  };
  const submit = async (path, fields, kind = URLSearchParams) => {
    const { html } = await visit(path);
    const body = new kind();
    for (const [name, value] of Object.entries({ form: html.match(/name="form" value="([^"]*)"/)[1], ...fields })) {
      value instanceof Blob ? body.set(name, value, "a.bin") : body.set(name, value);
    }
    return visit(path.split("?")[0], { method: "POST", body });
  };
  const signedIn = await submit("/sign_in?next=/", { username, password: PASSWORD, next: "/" });
  assert.equal(signedIn.status, 303, signedIn.html);
  return { visit, submit };
}

describe("custom emojis", () => {
  const people = {};
  before(async () => {
    for (const [n, name] of ["ada", "bea"].entries()) {
      const instance = await startInstance({ port: PORT + n });
      const made = await fetch(`${instance.origin}/_dev/account`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-setup-code": instance.setupCode },
        body: JSON.stringify({ username: name, password: PASSWORD }),
      });
      const { token } = await made.json();
      people[name] = { instance, api: client(instance.origin, token), handle: `@${name}@localhost:${PORT + n}`, page: await operator(instance, name) };
    }
  });
  after(async () => {
    for (const { instance } of Object.values(people)) await instance.stop();
  });
  const files = async (emoji) => {
    const all = [];
    for (const url of [emoji.url, emoji.static_url]) {
      const response = await fetch(url);
      all.push([response.status, response.headers.get("content-type"), Buffer.from(await response.arrayBuffer())]);
    }
    return all;
  };

  test("uploaded, used, seen and copied by another server, deleted", async () => {
    const { ada, bea } = people;
    const add = (fields) => ada.page.submit(PAGE, { action: "add", shortcode: "fern", category: "plants", visible: "1", ...fields }, FormData);
    const refused = await add({ image: new Blob([Buffer.alloc(300_000, 1)]) });
    assert.equal(refused.status, 422);
    assert.match(refused.html, /value="fern"/);
    const added = await add({ image: new Blob([GIF]) });
    assert.equal(added.status, 303, added.html);
    const [emoji] = await ada.api("GET", "/api/v1/custom_emojis");
    assert.deepEqual([emoji.shortcode, emoji.category, emoji.visible_in_picker], ["fern", "plants", true]);
    const [moving, still] = await files(emoji);
    assert.deepEqual([moving[0], moving[1], still[0], still[1]], [200, "image/gif", 200, "image/jpeg"]);
    assert.ok(!moving[2].includes("GPSMARK"));

    await ada.api("POST", "/api/v1/statuses", { status: `:fern: ${bea.handle}` });
    const told = await eventually("the mention", async () => (await bea.api("GET", "/api/v1/notifications")).find((n) => n.type === "mention"));
    assert.equal(told.status.emojis[0].shortcode, "fern");
    const copy = (remote) => bea.page.submit(PAGE, { action: "copy", remote, category: "" });
    assert.equal((await copy(`moss@localhost:${PORT}`)).status, 422);
    const copied = await copy(`:fern:@localhost:${PORT}`);
    assert.equal(copied.status, 303, copied.html);
    const [own] = await bea.api("GET", "/api/v1/custom_emojis");
    assert.ok(own.url.startsWith(bea.instance.origin) && own.static_url !== own.url);
    assert.ok((await files(own))[0][2].equals(moving[2]));

    // A reaction with the copy comes back under the name of its server.
    await bea.api("PUT", `/api/v1/pleroma/statuses/${told.status.id}/reactions/fern`);
    const reacted = await eventually("the reaction", async () => {
      const [mine] = await ada.api("GET", `/api/v1/accounts/${(await ada.api("GET", "/api/v1/accounts/verify_credentials")).id}/statuses`);
      return mine.emoji_reactions?.[0];
    });
    assert.equal(reacted.count, 1);

    const deleted = await ada.page.submit(`${PAGE}?emoji=fern`, { action: "delete", emoji: "fern" });
    assert.equal(deleted.status, 303);
    assert.deepEqual(await ada.api("GET", "/api/v1/custom_emojis"), []);
  });
});
