// npm run backup -- [FOLDER] [--local]: the database and the uploaded files of the deployed server, or with --local of the
// local instance (SORI_STATE), into a folder (backup/ where none is named). A second backup into the same folder adds
// its database, and of the files only what is new. npm run restore reads it.
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createGzip } from "node:zlib";
import { fail, progress, root, say, version } from "./common.mjs";
import { database, dump, owner } from "./database.mjs";
import { storage } from "./storage.mjs";
import { openState } from "./state.mjs";

/** So many files are read at once. */
const AT_ONCE = 4;

const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith("--"));
const [name, ...more] = words.filter((word) => !word.startsWith("--"));
if (more.length || options.some((option) => option !== "--local")) {
  console.error("usage: npm run backup -- [FOLDER] [--local]");
  process.exit(2);
}
const local = options.includes("--local") ? openState().path : undefined;
const folder = resolve(name ?? join(root, "backup"));
try {
  await backup();
} catch (error) {
  fail(`No backup was made: ${error.message}${local ? "" : "\nThe deployed server is meant; is it npx wrangler login that is missing? With --local it is the one of this machine."}`);
}

async function backup() {
  const db = database(local);
  const origin = await owner(db);
  if (!origin) fail("There is nothing to back up yet: this server has no owner.");
  mkdirSync(join(folder, "files"), { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const place = join(folder, `database-${stamp}Z.sql.gz`);
  say(`the database of ${origin}`);
  // Whoever reads it reads private posts.
  const out = createWriteStream(`${place}.part`, { mode: 0o600 });
  const gzip = createGzip();
  gzip.pipe(out);
  const rows = progress("rows");
  const made = await dump(db, async (text) => void (gzip.write(text) || (await once(gzip, "drain"))), (done) => rows.at(done));
  rows.end();
  gzip.end();
  await once(out, "close");
  const files = Object.fromEntries(made.files.map((file) => [file.key, file.type]));
  writeFileSync(place.replace(/\.sql\.gz$/, ".json"), `${JSON.stringify({ version, origin, rows: made.rows, files }, null, 1)}\n`, { mode: 0o600 });
  renameSync(`${place}.part`, place);
  const wanted = Object.keys(files).filter((key) => !existsSync(join(folder, "files", key)));
  say(`${Object.keys(files).length} files, ${wanted.length} of them new`);
  const missing = await fetchAll(wanted);
  if (missing.length) console.log(`  ${missing.length} of them are not stored any more, perhaps since they were deleted meanwhile.`);
  console.log(`
  ${made.rows} rows: ${place}
  Everything of your server is in ${folder} but its secret: without SORI_SECRET (in your password manager${local ? `; of this instance in ${join(local, ".dev.vars")}` : ""})
  nothing can sign with the keys in it. Private posts and hashes of passwords are in it: keep it as safe as the secret.
`);
}

/** Stores files in the folder, some at a time; answers those that are not there. */
async function fetchAll(keys) {
  const store = storage(local);
  const shown = progress("files", keys.length);
  const missing = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < keys.length) {
      const key = keys[next++];
      const bytes = await store.get(key);
      const path = join(folder, "files", key);
      if (bytes) {
        writeFileSync(`${path}.part`, bytes, { mode: 0o600 });
        renameSync(`${path}.part`, path);
      } else missing.push(key);
      shown.at(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  shown.end();
  for (const key of missing) rmSync(join(folder, "files", `${key}.part`), { force: true });
  return missing;
}
