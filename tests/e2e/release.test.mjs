// The release as a person has it: unpacked in an empty folder, without Rust. It is installed, started, set up by its page,
// federates, is backed up, restored elsewhere, and upgraded.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import sharp from "sharp";
import { merge } from "../../scripts/merge.mjs";
import { files, release } from "../../scripts/release.mjs";
import { pack, unpack } from "../../scripts/tar.mjs";
import { client } from "./client.mjs";
import { startPeer } from "./fedify_peer.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 60;
const ORIGIN = `http://localhost:${PORT}`;
const PASSWORD = "a long walk in the rain";

const place = mkdtempSync(join(tmpdir(), "sori-release-"));
const programs = join(place, "bin");
const folder = join(place, "sori");

/** What a new machine has on its PATH: Node and npm, and no cargo. */
function onlyNode() {
  mkdirSync(programs);
  symlinkSync(process.execPath, join(programs, "node"));
  for (const name of ["npm", "npx", "sh", "env", "uname", "git"]) {
    const found = process.env.PATH.split(delimiter).map((dir) => join(dir, name)).find((path) => existsSync(path));
    if (found && !found.includes("node_modules")) symlinkSync(found, join(programs, name));
  }
  const found = spawnSync("sh", ["-c", "command -v cargo rustc"], { env: { PATH: programs } });
  assert.equal(found.stdout.toString(), "", "there is Rust on this PATH");
}

/** That of this process, which may be needed to reach the registry, without what its own npm and tests have put there. */
function environment(more = {}) {
  const ours = Object.entries(process.env).filter(([name]) => !/^(npm_|SORI_|CARGO|RUST|NODE_NO_WARNINGS|NODE_TEST|CLOUDFLARE_|CI$|PUBLIC_ORIGIN)/i.test(name));
  return { ...Object.fromEntries(ours), PATH: programs, NO_COLOR: "1", PORT: String(PORT), ...more };
}

/** Runs a command in the release's folder; answers what it printed. */
function inFolder(command, args, more) {
  const done = spawnSync(join(programs, command), args, { cwd: folder, encoding: "utf8", env: environment(more), timeout: 240_000 });
  assert.equal(done.status, 0, `${command} ${args.join(" ")}\n${done.stdout}\n${done.stderr}`);
  return done.stdout + done.stderr;
}

/** Starts the server of the folder, until it says that it runs. */
async function start(more) {
  const server = spawn(join(programs, "npm"), ["start"], { cwd: folder, env: environment(more), detached: true, stdio: ["ignore", "pipe", "pipe"] });
  server.said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk) => (server.said += chunk));
  await eventually("the server", () => server.exitCode !== null || server.said.includes("Sori is running"), 120);
  assert.equal(server.exitCode, null, server.said);
  return server;
}

async function stop(server) {
  if (!server || server.exitCode !== null || server.signalCode) return;
  const ended = new Promise((done) => server.on("exit", done));
  // Its process group: npm, the script, wrangler, workerd.
  process.kill(-server.pid, "SIGTERM");
  await ended;
  await eventually("a free port", () => fetch(ORIGIN).then(() => false, () => true), 30);
}

/** The fields of a page's form, with its cookies. */
async function form(path) {
  const response = await fetch(ORIGIN + path);
  const page = await response.text();
  const fields = Object.fromEntries([...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((m) => [m[1], m[2]]));
  return { page, fields, cookie: response.headers.getSetCookie().map((c) => c.split(";")[0]).join("; ") };
}

const submit = (path, fields, cookie) =>
  fetch(ORIGIN + path, { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded", cookie, origin: ORIGIN }, body: new URLSearchParams(fields) });

describe("the release", () => {
  let server, peer, api, actor, alice, secret, picture;
  before(() => onlyNode());
  // Each needs what the ones before have made.
  let failed;
  const step = (name, run) =>
    test(name, async () => {
      assert.equal(failed, undefined, "a step before this one failed");
      failed = name;
      await run();
      failed = undefined;
    });
  after(async () => {
    await peer?.stop();
    await stop(server);
    rmSync(place, { recursive: true, force: true });
  });
  const secretOf = (state) => readFileSync(join(folder, state, ".dev.vars"), "utf8").match(/^SORI_SECRET=(.*)$/m)[1];

  step("is one archive, the same bytes each time", () => {
    const one = release(join(place, "one"));
    const two = release(join(place, "two"));
    assert.equal(one.sha256, two.sha256);
    const listed = spawnSync("tar", ["tzf", one.path], { encoding: "utf8" });
    assert.equal(listed.status, 0, listed.stderr);
    const unpacked = unpack(readFileSync(one.path));
    assert.deepEqual(listed.stdout.trim().split("\n"), [...unpacked.keys()]);
    for (const [name, content] of unpacked) {
      const path = join(folder, name.slice(name.indexOf("/") + 1));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    assert.deepEqual(Object.keys(about.dependencies), ["wrangler"]);
    // Each script is there with all that it imports.
    for (const name of readdirSync(join(folder, "scripts")).filter((n) => n.endsWith(".mjs"))) {
      for (const [, imported] of readFileSync(join(folder, "scripts", name), "utf8").matchAll(/(?:from|import\()\s*"\.\/([^"]+)"/g)) {
        assert.ok(existsSync(join(folder, "scripts", imported)) || name === "release.mjs", `${name} imports ${imported}`);
      }
    }
    const command = spawnSync(process.execPath, ["scripts/import.mjs"], { cwd: folder, encoding: "utf8" });
    assert.deepEqual([command.status, command.stderr.slice(0, 6)], [2, "usage:"]);
    for (const script of Object.values(about.scripts)) assert.ok(existsSync(join(folder, script.split(" ")[1])), script);
  });

  step("has what the button for deploying takes", () => {
    const settings = readFileSync(join(folder, "wrangler.toml"), "utf8");
    assert.doesNotMatch(settings, /^\s*(database_id|id|preview_id|account_id)\s*=/m);
    const { cloudflare } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    // Without values: one that is filled in would be deployed as it is.
    const asked = readFileSync(join(folder, ".dev.vars.example"), "utf8").trim().split("\n");
    assert.deepEqual(asked, ["SORI_SECRET=", "SETUP_CODE="]);
    assert.deepEqual(Object.keys(cloudflare.bindings).sort(), ["PUBLIC_ORIGIN", "SETUP_CODE", "SORI_SECRET"]);
  });

  step("says what is missing, then installs", () => {
    const early = spawnSync(join(programs, "npm"), ["start"], { cwd: folder, encoding: "utf8", env: environment() });
    assert.match(early.stderr, /npm install first/);
    const said = inFolder("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"]);
    assert.doesNotMatch(said, /warn/i);
  });

  step("is deployed as it is", () => {
    const said = inFolder("npm", ["run", "deploy", "--", "--dry-run"], { PUBLIC_ORIGIN: "https://my.name", WRANGLER_SEND_METRICS: "false" });
    for (const binding of ["env.DB (sori)", "env.MEDIA_KV", "env.QUEUE (sori-deliveries)", "env.HEAVY (Heavy)", "env.LIVE (Live)", "env.PUBLIC_ORIGIN"]) assert.ok(said.includes(binding), said);
    const settings = readFileSync(join(folder, "wrangler.toml"), "utf8");
    // In Workers Builds the variables are those of the dashboard, and not an empty one.
    const there = inFolder("npm", ["run", "deploy", "--", "--dry-run"], { WORKERS_CI: "1", CI: "1" });
    assert.ok(there.includes("env.DB (sori)") && !there.includes("PUBLIC_ORIGIN"), there);
    writeFileSync(join(folder, "wrangler.toml"), settings);
  });

  step("starts on workerd without a word of warning, and is set up by its page", async () => {
    server = await start();
    assert.doesNotMatch(server.said, /warning|error/i);
    const code = server.said.match(/Set-up code: (\S+)/)[1];
    const { fields, cookie, page } = await form("/setup");
    assert.match(page, /Set up your server/);
    const answer = await submit("/setup", { ...fields, code, title: "Released", username: "alice", password: PASSWORD, language: "en" }, cookie);
    assert.match(await answer.text(), /Your server is ready/);
    const instance = await (await fetch(`${ORIGIN}/api/v2/instance`)).json();
    assert.deepEqual([instance.title, instance.contact.account.acct], ["Released", "alice"]);
    const token = inFolder("npm", ["run", "account", "--", "alice"]).trim().split("\n").at(-1);
    api = client(ORIGIN, token);
    alice = await api("GET", "/api/v1/accounts/verify_credentials");
  });

  step("federates", async () => {
    peer = await startPeer({ port: PORT + 1 });
    actor = await peer.lookup(`@alice@localhost:${PORT}`);
    await peer.follow(actor);
    await eventually("a follower", async () => (await api("GET", `/api/v1/accounts/${alice.id}/followers`)).length === 1);
    const status = await api("POST", "/api/v1/statuses", { status: "a release of 'rosemary'; -- and\n안녕 🌱 thyme" });
    await eventually("the post at the peer", () => peer.received.find((a) => a.type === "Create" && JSON.stringify(a.json).includes(status.uri)));
    const reply = await peer.reply(actor, status.uri, "an answer with marjoram", `@alice@localhost:${PORT}`);
    await eventually("the answer", async () => (await api("GET", `/api/v1/statuses/${status.id}/context`)).descendants.some((s) => s.uri === reply.id.href));
    assert.deepEqual(peer.refused, []);
    // A file, for the backup.
    const drawn = await sharp({ create: { width: 700, height: 500, channels: 3, background: "#2f6b46" } }).png().toBuffer();
    const sent = new FormData();
    sent.append("file", new Blob([drawn], { type: "image/png" }), "p.png");
    const uploaded = await fetch(`${ORIGIN}/api/v2/media`, { method: "POST", headers: { authorization: `Bearer ${(await token())}` }, body: sent });
    const media = await uploaded.json();
    assert.equal(uploaded.status, 200, JSON.stringify(media));
    // A name that does not resolve is no error to be shown.
    await api("GET", "/api/v2/search?q=bob@nowhere.invalid&resolve=true");
    assert.doesNotMatch(server.said, /workerd@|lookup address/);
    await api("POST", "/api/v1/statuses", { status: "with a picture", media_ids: [media.id], visibility: "private" });
    picture = { url: media.url, bytes: Buffer.from(await (await fetch(media.url)).arrayBuffer()) };
  });

  const token = async () => inFolder("npm", ["run", "account", "--", "alice"]).trim().split("\n").at(-1);

  /** What a restore must bring back. */
  const seen = async () => ({
    statuses: (await api("GET", `/api/v1/accounts/${alice.id}/statuses`)).map(({ uri, content, replies_count }) => ({ uri, content, replies_count })),
    followers: (await api("GET", `/api/v1/accounts/${alice.id}/followers`)).map((a) => a.acct),
    counts: await api("GET", "/api/v1/accounts/verify_credentials").then((a) => [a.statuses_count, a.followers_count]),
    notifications: (await api("GET", "/api/v1/notifications")).map((n) => n.type),
    accounts: (await api("GET", "/api/v2/search?q=tester&type=accounts")).accounts.map((a) => a.acct),
    picture: Buffer.from(await (await fetch(picture.url)).arrayBuffer()).equals(picture.bytes),
  });

  let then;
  step("is backed up, also a row that is longer than a statement may be", async () => {
    // As long as other servers' may be, with characters of every length.
    const long = `<p>${"an 'oregano' leaf; 잎 🌿 ".repeat(2_400)}</p>`;
    const update = `UPDATE statuses SET content = '${long.replaceAll("'", "''")}' WHERE is_local = 0`;
    await stop(server);
    const file = join(place, "long.sql");
    writeFileSync(file, update);
    inFolder("node", [join("node_modules", "wrangler", "bin", "wrangler.js"), "d1", "execute", "DB", "--local", "--persist-to", ".sori", "--file", file, "--yes"], { CI: "1" });
    server = await start();
    then = await seen();
    assert.ok(then.picture && then.statuses.length === 2 && then.counts[0] === 2);
    await stop(server);
    const said = inFolder("npm", ["run", "backup", "--", "--local"]);
    assert.match(said, /2 files, 2 of them new/);
    const [database] = readdirSync(join(folder, "backup")).filter((name) => name.endsWith(".sql.gz"));
    const sql = gunzipSync(readFileSync(join(folder, "backup", database))).toString();
    secret = secretOf(".sori");
    assert.ok(!sql.includes(secret) && !sql.includes("PRIVATE KEY"));
    // A second one reads no file again.
    assert.match(inFolder("npm", ["run", "backup", "--", "--local"]), /2 files, 0 of them new/);
  });

  step("is restored into an empty folder, and refuses what would lose something", async () => {
    const restore = (more, ...args) => spawnSync(join(programs, "npm"), ["run", "restore", "--", "--local", ...args], { cwd: folder, encoding: "utf8", env: environment(more) });
    assert.match(restore({}).stderr, /has an owner/);
    assert.match(restore({ SORI_STATE: ".sori-new" }).stderr, /SORI_SECRET=/);
    const done = restore({ SORI_STATE: ".sori-new", SORI_SECRET: secret });
    assert.equal(done.status, 0, done.stderr);
    const elsewhere = spawnSync(join(programs, "npm"), ["start"], { cwd: folder, encoding: "utf8", env: environment({ SORI_STATE: ".sori-new", PORT: String(PORT + 2) }) });
    assert.match(elsewhere.stderr, /belongs to/);
    server = await start({ SORI_STATE: ".sori-new" });
    assert.deepEqual(await seen(), then);
    const context = await api("GET", `/api/v1/statuses/${(await api("GET", `/api/v1/accounts/${alice.id}/statuses`)).at(-1).id}/context`);
    assert.equal(context.descendants[0].content.match(/oregano/g).length, 2_400);
    assert.match(context.descendants[0].content, /잎 🌿 <\/p>$/);
    // Password, keys and counters work on.
    const { fields, cookie } = await form("/sign_in");
    const answer = await submit("/sign_in", { ...fields, username: "alice", password: PASSWORD }, cookie);
    assert.equal(answer.status, 303, await answer.text());
    const status = await api("POST", "/api/v1/statuses", { status: "after the restore" });
    await eventually("the post at the peer", () => peer.received.find((a) => a.type === "Create" && JSON.stringify(a.json).includes(status.uri)));
    assert.deepEqual(peer.refused, []);
    assert.equal((await api("GET", "/api/v1/accounts/verify_credentials")).statuses_count, then.counts[0] + 1);
  });

  step("has its search again", async () => {
    const found = async (word) => (await api("GET", `/api/v2/search?q=${encodeURIComponent(word)}&type=statuses`)).statuses.length;
    await eventually("old posts in the search", async () => {
      await fetch(`${ORIGIN}/cdn-cgi/handler/scheduled`);
      // Younger ones than two minutes wait.
      return (await found("thyme")) === 1 && (await found("oregano")) === 1 && (await found("picture")) === 1;
    }, 180);
  });

  step("is upgraded by a newer archive, with what was changed in wrangler.toml", async () => {
    await stop(server);
    const settings = () => readFileSync(join(folder, "wrangler.toml"), "utf8");
    const newer = (version, change) => {
      const all = new Map([...files("sori-next")]);
      const edit = (name, by) => all.set(`sori-next/${name}`, Buffer.from(by(all.get(`sori-next/${name}`).toString())));
      edit("package.json", (text) => text.replace(/"version": "[^"]+"/, `"version": "${version}"`));
      for (const name of ["wrangler.toml", "scripts/wrangler.released.toml"]) edit(name, change);
      all.set("sori-next/scripts/added.mjs", Buffer.from("// new\n"));
      const path = join(place, `sori-${version}.tar.gz`);
      writeFileSync(path, pack(all));
      return path;
    };
    const upgrade = (path) => spawnSync(join(programs, "npm"), ["run", "upgrade", "--", path, "--no-backup", "--dry-run"], { cwd: folder, encoding: "utf8", env: environment({ PUBLIC_ORIGIN: "https://my.name" }) });
    const bucket = '\n[[r2_buckets]]\nbinding = "MEDIA"\nbucket_name = "my-media"\n';
    writeFileSync(join(folder, "wrangler.toml"), settings().replace('PUBLIC_ORIGIN = ""', 'PUBLIC_ORIGIN = "https://my.name"\nMEDIA_ORIGIN = "https://media.my.name"') + bucket);
    assert.match(upgrade(newer("0.0.9", (text) => text)).stderr, /is older/);
    const clash = newer("9.0.0", (text) => text.replace('PUBLIC_ORIGIN = ""', 'PUBLIC_ORIGIN = "?"'));
    assert.match(upgrade(clash).stderr, /wrangler\.new\.toml/);
    assert.ok(!existsSync(join(folder, "scripts", "added.mjs")));
    const done = upgrade(newer("9.0.1", (text) => text.replace('compatibility_date = "2026-11-01"', 'compatibility_date = "2026-11-02"')));
    assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
    assert.ok(done.stdout.includes("env.MEDIA (my-media)") && done.stdout.includes("env.MEDIA_ORIGIN"), done.stdout);
    assert.ok(settings().includes('compatibility_date = "2026-11-02"') && settings().includes(bucket) && existsSync(join(folder, "scripts", "added.mjs")));
    assert.equal(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version, "9.0.1");
    // Its address is known now, and another one refused.
    const other = spawnSync(join(programs, "npm"), ["run", "deploy", "--", "--dry-run"], { cwd: folder, encoding: "utf8", env: environment({ PUBLIC_ORIGIN: "https://other.name" }) });
    assert.match(other.stderr, /cannot be changed/);
  });
});

test("settings are put together line by line", () => {
  const base = "a\nb\nc\nd\n";
  assert.equal(merge(base, base, "a\nB\nc\nd\n"), "a\nB\nc\nd\n");
  assert.equal(merge(base, "a\nb\nmine\nc\nd\n", "a\nb\nc\nd\ntheirs\n"), "a\nb\nmine\nc\nd\ntheirs\n");
  assert.equal(merge(base, "a\nb\nc\nd\nmine\n", "new\na\nc\nd\n"), "new\na\nc\nd\nmine\n");
  assert.equal(merge(base, "a\nX\nc\nd\n", "a\nX\nc\nd\n"), "a\nX\nc\nd\n");
  assert.equal(merge(base, "a\nmine\nc\nd\n", "a\ntheirs\nc\nd\n"), undefined);
  assert.equal(merge(base, "a\n\nb\nc\nd\n", "a\nb\nc\n"), "a\n\nb\nc\n");
  assert.equal(merge(base, "", base), "");
});

test("an archive leads nowhere else", () => {
  for (const name of ["/etc/x", "../x", "a/../../x", "C:\\x"]) assert.throws(() => unpack(pack(new Map([[name, Buffer.from("x")]]))), /leads elsewhere/, name);
  assert.throws(() => unpack(pack(new Map([["a", Buffer.from("x")]])).subarray(0, 40)));
});
