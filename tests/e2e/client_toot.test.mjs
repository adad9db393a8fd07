// toot, a command-line client, against a running instance.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { account, client } from "./client.mjs";
import { startPeer } from "./fedify_peer.mjs";
import { startInstance } from "./instance.mjs";
import { code, signUp, timePasses } from "./people.mjs";

const run = promisify(execFile);
const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 46;
const TOOT = process.env.SORI_TOOT || ".tools/python/bin/toot";

describe("toot", { skip: !existsSync(TOOT) && `no toot at ${TOOT}` }, () => {
  const env = { ...process.env, XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), "sori-toot-")), BROWSER: "true" };
  const toot = async (...args) => (await run(TOOT, ["--no-color", ...args], { env, timeout: 60_000 })).stdout;
  const posted = async (...args) => JSON.parse(await toot("post", ...args, "--json"));
  let sori, peer, alice;
  before(async () => {
    sori = await startInstance({ port: PORT });
    peer = await startPeer({ port: PORT + 1 });
    await account(sori, "owner", true);
    alice = client(sori.origin, (await signUp(sori, "alice", "bob")).alice);
  });
  after(async () => {
    await peer?.stop();
    await sori?.stop();
  });

  test("logs in with a code", async () => {
    const stdout = await new Promise((resolve, reject) => {
      const child = execFile(TOOT, ["--no-color", "login", "--instance", sori.origin], { env, timeout: 60_000 }, (error, out, err) => (error ? reject(new Error(`${error.message}\n${out}\n${err}`)) : resolve(out)));
      let seen = "", answered = false;
      child.stdout.on("data", async (chunk) => {
        seen += chunk;
        const url = seen.match(/https?:\/\/\S*\/oauth\/authorize\S*/)?.[0];
        if (!url) {
          if (/\[Y\/n\]|\[y\/N\]/i.test(chunk)) child.stdin.write("n\n");
          return;
        }
        if (answered) return;
        answered = true;
        child.stdin.write(`n\n${await code(sori, url, "bob")}\n`);
      });
    });
    assert.match(stdout, /Success|logged in/i);
    assert.match(await toot("whoami"), /@bob/);
    assert.match(await toot("instance"), /4\.6\.5/);
  });

  test("the profile, and who asks to follow", async () => {
    await toot("update-account", "--display-name", "Bob", "--note", "in the wood", "--locked", "--discoverable");
    const me = JSON.parse(await toot("whoami", "--json"));
    assert.deepEqual([me.display_name, me.locked, me.source.note], ["Bob", true, "in the wood"]);
    await alice("POST", `/api/v1/accounts/${me.id}/follow`, {});
    assert.match(await toot("follow-requests", "list"), /alice/);
    await toot("follow-requests", "accept", "alice");
    assert.match(await toot("followers"), /alice/);
  });

  test("posts, replies, favourites, boosts, bookmarks, pins, deletes", async () => {
    const post = await posted("hello from the terminal #ferns", "--spoiler-text", "a greeting", "--language", "en");
    assert.equal(post.spoiler_text, "a greeting");
    assert.match(await toot("timelines", "home", "--no-pager"), /hello from the terminal/);
    const reply = await posted("--reply-to", post.id, "an answer");
    assert.equal(reply.in_reply_to_id, post.id);
    assert.match(await toot("thread", post.id), /an answer/);
    for (const act of ["favourite", "reblog", "bookmark", "pin"]) await toot(act, post.id);
    assert.match(await toot("bookmarks"), /hello from the terminal/);
    assert.match(await toot("reblogged-by", post.id), /bob/);
    for (const act of ["unfavourite", "unreblog", "unbookmark", "unpin"]) await toot(act, post.id);
    await toot("delete", reply.id);
    assert.doesNotMatch(await toot("thread", post.id), /an answer/);
  });

  test("votes, lists, searches, follows hashtags", async () => {
    const { poll } = await alice("POST", "/api/v1/statuses", { status: "tea?", poll: { options: ["yes", "no"], expires_in: 3600 } });
    await toot("polls", "vote", poll.id, "0");
    assert.match(await toot("polls", "show", poll.id), /yes/);
    assert.equal((await alice("GET", `/api/v1/polls/${poll.id}`)).votes_count, 1);
    await toot("follow", "alice");
    await toot("lists", "create", "club");
    await toot("lists", "add", "club", "alice");
    assert.match(await toot("lists", "accounts", "club"), /alice/);
    assert.match(await toot("timelines", "list", "club", "--no-pager"), /tea\?/);
    await toot("lists", "delete", "club");
    assert.match(await toot("search", "terminal", "--type", "statuses"), /\/@bob\/\d+/);
    assert.match(await toot("search", "alice"), /@alice/);
    await toot("tags", "follow", "moss");
    assert.match(await toot("tags", "followed"), /moss/);
    await toot("tags", "feature", "ferns");
    assert.match(await toot("tags", "featured"), /ferns/);
    assert.match(await toot("timelines", "tag", "ferns", "--no-pager"), /hello from the terminal/);
    await toot("mute", "alice");
    assert.match(await toot("muted"), /alice/);
    await toot("unmute", "alice");
  });

  test("a scheduled post, notifications, somebody elsewhere", async () => {
    await toot("post", "later", "--scheduled-in", "10 minutes");
    await timePasses(sori);
    assert.match(await toot("timelines", "home", "--no-pager"), /later/);
    assert.match(await toot("notifications", "--type", "follow"), /alice/);
    await toot("notifications", "--clear");
    assert.match(await toot("follow", peer.handle), /You are now following|✓/);
    assert.match(await toot("following"), /tester@/);
  });
});
