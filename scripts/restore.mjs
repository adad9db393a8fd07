// npm run restore -- [FOLDER | FILE.sql.gz] [--local] [--replace] [--files]: what npm run backup has written (the newest of
// backup/ where nothing is named), into the deployed server, or with --local into a local one (SORI_STATE). A server that has an
// owner is only replaced with --replace; --files leaves the database as it is.
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createGunzip } from "node:zlib";
import { configuredOrigin, fail, progress, root, say } from "./common.mjs";
import { database, owner, removal } from "./database.mjs";
import { hasSecrets, openState, statePath } from "./state.mjs";
import { storage } from "./storage.mjs";

const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith("--"));
const [name, ...more] = words.filter((word) => !word.startsWith("--"));
if (more.length || options.some((option) => !["--local", "--replace", "--files"].includes(option))) {
  console.error("usage: npm run restore -- [FOLDER | FILE.sql.gz] [--local] [--replace] [--files]");
  process.exit(2);
}
const isLocal = options.includes("--local");
const place = resolve(name ?? join(root, "backup"));
if (!existsSync(place)) fail(`There is no ${place}.`);
const isDatabase = (file) => /^database-.*\.sql\.gz$/.test(file);
const newest = () => readdirSync(place).filter(isDatabase).sort().at(-1) ?? fail(`No backup is in ${place}.`);
const file = statSync(place).isDirectory() ? join(place, newest()) : place;
const list = file.replace(/\.sql\.gz$/, ".json");
if (file === list || !existsSync(list)) fail(`${file} is no backup: npm run backup writes a database-….sql.gz with a .json of the same name beside it.`);
const about = JSON.parse(readFileSync(list, "utf8"));
if (isLocal && !hasSecrets() && !process.env.SORI_SECRET) {
  fail(`${statePath()} is new, and the keys in a backup can only be used with the secret of its server: SORI_SECRET=… npm run restore -- --local`);
}
const state = isLocal ? openState() : undefined;
if (process.env.SORI_SECRET && state && state.vars.SORI_SECRET !== process.env.SORI_SECRET) {
  fail(`${state.file} has another SORI_SECRET already, and the keys in a backup can only be used with the secret of its server. Name a new folder with SORI_STATE.`);
}
if (state?.isRunning()) fail(`The instance of ${state.path} is running: stop it first.`);
const expected = isLocal ? state.running()?.isSetUp && state.running().publicOrigin : configuredOrigin();
// A local instance takes the address of what is put in its place; a deployed one has it from its settings.
if (expected && expected !== about.origin && !(isLocal && options.includes("--replace"))) {
  fail(`The backup is of ${about.origin}, and this server is ${expected}. Addresses never change: deploy with PUBLIC_ORIGIN=${about.origin}.`);
}
try {
  await restore();
} catch (error) {
  fail(`The restore ended: ${error.message}\nThe database is restored as a whole or not at all. Files that are missing: npm run restore -- ${words.filter((w) => w !== "--files" && w !== "--replace").join(" ")} --files`);
}

/** What makes the database anew: the removal of what is there, then the backup. */
async function* statements(removal) {
  yield Buffer.from(removal);
  const unpacked = createGunzip();
  createReadStream(file).on("error", (error) => unpacked.destroy(error)).pipe(unpacked);
  let isFirst = true;
  for await (const piece of unpacked) {
    // The removal begins with the same pragma.
    yield isFirst && piece.subarray(0, 7).toString() === "PRAGMA " ? piece.subarray(piece.indexOf(10) + 1) : piece;
    isFirst = false;
  }
}

async function restore() {
  const db = database(state?.path);
  if (!options.includes("--files")) {
    const there = await owner(db);
    if (there && !options.includes("--replace")) {
      fail(`The server ${there} has an owner. --replace puts the backup in its place; what it has now is lost${isLocal ? "" : " (D1 Time Travel has it for seven days)"}.`);
    }
    say(`${about.rows} rows of ${about.origin}`);
    await db.run(statements(await removal(db)));
    state?.remember({ publicOrigin: about.origin, isSetUp: true });
  }
  const folder = join(dirname(file), "files");
  const files = Object.entries(about.files).filter(([key]) => existsSync(join(folder, key)));
  say(`${files.length} files`);
  const shown = progress("files", files.length);
  await storage(state?.path).put(folder, files, (done) => shown.at(done));
  shown.end();
  console.log(`
  ${about.origin} is as it was${options.includes("--files") ? "" : ` when ${file.split(/[\\/]/).at(-1)} was written`}. Within a minute it answers, and brings its database up to date
  where that is of an older version. Search finds older posts again bit by bit, sixty a minute.${isLocal ? "" : `
  Its SORI_SECRET must be that of then: SORI_SECRET=… npm run deploy on a new Worker, or npx wrangler secret put SORI_SECRET.`}
`);
}
