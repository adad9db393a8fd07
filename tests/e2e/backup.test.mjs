// Backup and restore of a deployed server: wrangler's own requests, answered on loopback as Cloudflare's API documents
// them, from SQLite and a map.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 66;
const place = mkdtempSync(join(tmpdir(), "sori-backup-"));

/** An account with one Worker, its database and its files. */
function account() {
  return { db: new DatabaseSync(":memory:"), files: new Map(), asked: [], uploads: new Map() };
}

let current;
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const url = new URL(request.url, `http://127.0.0.1:${PORT}`);
  const path = url.pathname.replace(/^\/accounts\/a/, "");
  current.asked.push(`${request.method} ${path}`);
  const send = (status, result, more = {}) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ success: status < 400, errors: status < 400 ? [] : [{ code: 10000, message: String(result) }], messages: [], result, ...more }));
  };
  try {
    if (path === "/d1/database/sori") return send(200, { uuid: "0000-d1", name: "sori" });
    if (path === "/d1/database/0000-d1/query") {
      const { sql } = JSON.parse(body);
      return send(200, sql.split(/;\n/).map((one) => ({ results: current.db.prepare(one).all(), success: true, meta: { duration: 1 } })));
    }
    if (path === "/d1/database/0000-d1/import") {
      const { action, filename, etag } = JSON.parse(body);
      if (action === "init") return send(200, { success: true, upload_url: `http://127.0.0.1:${PORT}/upload/${etag}`, filename: etag });
      // One transaction: all or nothing.
      current.db.exec("BEGIN");
      try {
        current.db.exec(current.uploads.get(filename).toString());
        current.db.exec("COMMIT");
      } catch (error) {
        current.db.exec("ROLLBACK");
        throw error;
      }
      return send(200, { success: true, status: "complete", messages: [], result: { num_queries: 1, final_bookmark: "b", meta: { duration: 1, rows_read: 1, rows_written: 1, size_after: 1 } } });
    }
    if (path.startsWith("/upload/")) {
      const etag = path.split("/").at(-1);
      assert.equal(createHash("md5").update(body).digest("hex"), etag);
      current.uploads.set(etag, body);
      response.writeHead(200, { etag: `"${etag}"` });
      return response.end();
    }
    if (path === "/workers/scripts/sori/settings") return send(200, { bindings: [{ type: "kv_namespace", name: "MEDIA_KV", namespace_id: "0000-kv" }] });
    if (path === "/storage/kv/namespaces/0000-kv/keys") return send(200, [...current.files.keys()].map((name) => ({ name })), { result_info: { count: current.files.size, cursor: "" } });
    if (path === "/storage/kv/namespaces/0000-kv/bulk") {
      for (const { key, value, base64, metadata } of JSON.parse(body)) {
        assert.ok(base64);
        current.files.set(key, { bytes: Buffer.from(value, "base64"), metadata });
      }
      return send(200, { successful_key_count: 1, unsuccessful_keys: [] });
    }
    const file = path.match(/^\/storage\/kv\/namespaces\/0000-kv\/values\/(.+)$/);
    if (file) {
      const found = current.files.get(file[1]);
      if (!found) return send(404, "get: 'key not found'");
      response.writeHead(200, { "content-type": "application/octet-stream" });
      return response.end(found.bytes);
    }
    send(404, `unexpected ${request.method} ${url}`);
  } catch (error) {
    send(400, error.message);
  }
});
await new Promise((done) => server.listen(PORT, "127.0.0.1", done));
after(() => {
  server.close();
  rmSync(place, { recursive: true, force: true });
});

/** A script of ours against the API; answers its end and what it printed. */
function script(name, ...args) {
  const env = { ...process.env, CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${PORT}`, CLOUDFLARE_API_TOKEN: "token", CLOUDFLARE_ACCOUNT_ID: "a" };
  const child = spawn(process.execPath, [join("scripts", `${name}.mjs`), ...args], { env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  return new Promise((done) => child.on("close", (code) => done({ code, said })));
}

const SCHEMA = readFileSync("schema.sql", "utf8").replace(/--.*$/gm, "");
const TABLES = ["accounts", "statuses", "settings", "media", "mentions", "domains"];
const rows = (db, table) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all().map((row) => ({ ...row }));

test("a deployed server is backed up and restored into a new one", async () => {
  const old = (current = account());
  old.db.exec("PRAGMA foreign_keys = ON");
  old.db.exec(SCHEMA);
  old.db.exec(`
    INSERT INTO settings VALUES ('schema_version', '1'), ('indexed_until', '999');
    INSERT INTO domains (id, handle_domain, web_origin, is_primary, created_at) VALUES (1, 'my.name', 'https://my.name', 1, 0);
    INSERT INTO accounts (id, domain_id, username, domain, uri, url, display_name, public_key, inbox_url, created_at)
      VALUES (1, 1, 'me', 'my.name', 'https://my.name/users/me', '', 'It''s me', x'00ff', '', 0);
  `);
  // More than a page of them, in threads whose answers are older than what they answer.
  const insert = old.db.prepare("INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, content, in_reply_to_id, created_at) VALUES (?, ?, '', 1, 1, 0, ?, ?, 0)");
  for (let n = 700; n > 0; n--) insert.run(2 ** 52 + n, `https://my.name/${n}`, `<p>; -- '${n}'\n잎 🌿</p>`, n < 700 && n % 3 === 0 ? 2 ** 52 + n + 1 : null);
  old.db.exec("INSERT INTO status_search (rowid, text) SELECT id, 'words' FROM statuses WHERE id % 2 = 0");
  old.db.exec(`INSERT INTO media (id, account_id, purpose, keys, file) VALUES (1, 1, 'attachment', '["abc-0","abc-0s","gone"]', '{"name":"abc-0.png","media_type":"image/png"}')`);
  old.files.set("abc-0", { bytes: Buffer.from([0, 255, 10, 13]) });
  old.files.set("abc-0s", { bytes: Buffer.alloc(70_000, 7) });
  const made = await script("backup", place);
  assert.equal(made.code, 0, made.said);
  assert.match(made.said, /3 files, 3 of them new\s+.*1 of them are not stored any more/s);
  assert.ok(readdirSync(place).some((name) => name.endsWith(".sql.gz")));

  // A new Worker has made its schema already, and nobody was there.
  const fresh = (current = account());
  fresh.db.exec("PRAGMA foreign_keys = ON");
  fresh.db.exec(SCHEMA);
  fresh.db.exec("INSERT INTO settings VALUES ('schema_version', '1'); INSERT INTO rules (id, text) VALUES (1, 'x')");
  const done = await script("restore", place);
  assert.equal(done.code, 0, done.said);
  for (const table of TABLES.filter((table) => table !== "settings")) assert.deepEqual(rows(fresh.db, table), rows(old.db, table), table);
  const settings = Object.fromEntries(rows(fresh.db, "settings").map((row) => [row.key, row.value]));
  assert.deepEqual(settings, { schema_version: "1", indexed_until: "0", index_step: "120", restored_until: String(2 ** 52 + 700) });
  const shape = (db) => db.prepare("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all().map((row) => ({ ...row }));
  assert.deepEqual(shape(fresh.db), shape(old.db));
  assert.equal(fresh.db.prepare("SELECT count(*) AS n FROM status_search_docsize WHERE sz = x'00'").get().n, 350);
  assert.equal(fresh.db.prepare("SELECT count(*) AS n FROM account_search WHERE account_search MATCH '\"it''s\"'").get().n, 1);
  assert.equal(fresh.db.prepare("SELECT count(*) AS n FROM rules").get().n, 0);
  assert.deepEqual([...fresh.files.keys()].sort(), ["abc-0", "abc-0s"]);
  assert.deepEqual(fresh.files.get("abc-0"), { bytes: Buffer.from([0, 255, 10, 13]), metadata: { size: 4 } });

  // A damaged one is refused before anything is asked of the server's database, and so is a file that is none.
  const whole = readdirSync(place).find((name) => name.endsWith(".sql.gz"));
  const half = join(place, "half");
  mkdirSync(half);
  const packed = readFileSync(join(place, whole));
  writeFileSync(join(half, whole), packed.subarray(0, packed.length - 20));
  const bare = await script("restore", half);
  assert.ok(bare.code === 1 && bare.said.includes("is no backup"), bare.said);
  copyFileSync(join(place, whole.replace(".sql.gz", ".json")), join(half, whole.replace(".sql.gz", ".json")));
  fresh.asked.length = 0;
  const damaged = await script("restore", half, "--replace");
  assert.ok(damaged.code === 1 && /unexpected end of file/.test(damaged.said), damaged.said);
  assert.ok(fresh.asked.every((line) => !line.includes("import")), fresh.asked.join("\n"));

  // It has an owner now: nothing is lost by a second try.
  fresh.asked.length = 0;
  const again = await script("restore", place);
  assert.ok(again.code !== 0 && again.said.includes("has an owner"), again.said);
  assert.ok(fresh.asked.every((line) => !line.includes("import")), fresh.asked.join("\n"));
});
