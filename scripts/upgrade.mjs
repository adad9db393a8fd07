// npm run upgrade: a newer version on the deployed server. In the repository it is what git pull brings; in a release
// `npm run upgrade -- sori-VERSION.tar.gz` puts the files of that archive in place of these and keeps what was changed in
// wrangler.toml. Before that it makes a backup (--no-backup: none), after it waits until the new version answers. The
// server brings its database up to date by itself. --dry-run changes files, but deploys nothing.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { configuredOrigin, fail, isRelease, node, QUIET, read, root, run, say, version } from "./common.mjs";
import { merge } from "./merge.mjs";
import { unpack } from "./tar.mjs";

const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith("--"));
const [archive, ...more] = words.filter((word) => !word.startsWith("--"));
if (more.length || Boolean(archive) !== isRelease || options.some((option) => !["--no-backup", "--dry-run"].includes(option))) {
  console.error(`usage: npm run upgrade ${isRelease ? "-- sori-VERSION.tar.gz [--no-backup]" : "[-- --no-backup]"}`);
  process.exit(2);
}
const origin = process.env.PUBLIC_ORIGIN?.replace(/\/$/, "").toLowerCase() ?? configuredOrigin();
if (!origin) fail("PUBLIC_ORIGIN=https://my.name npm run upgrade … — the address of the server; it is not in wrangler.toml yet.");

// All that can be refused is refused before anything is changed.
const next = archive ? opened(resolve(archive)) : undefined;
if (!archive && read("git", ["rev-parse", "--git-dir"]) === undefined) fail("This folder is no clone of a git repository: get the new version as you got this one, then npm run deploy.");
if (!options.includes("--no-backup")) run(process.execPath, [join(root, "scripts", "backup.mjs")]);
if (next) {
  say(`Sori ${next.version} in place of ${version}`);
  replace(next);
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]);
} else {
  say("git pull");
  run("git", ["pull", "--ff-only", "--autostash"]);
  // What was changed here is put back after the pull; where that does not fit, git says so and ends as if all were well.
  const clashing = read("git", ["diff", "--name-only", "--diff-filter=U"]);
  if (clashing) {
    fail(`Lines that were changed here are changed by the new version as well, in:\n${clashing}\nPut both together there (git diff shows them), then git reset, and PUBLIC_ORIGIN=${origin} npm run deploy. Nothing was deployed; git stash has what was changed here.`);
  }
}
// The new version's own script, as a process of its own.
const isDry = options.includes("--dry-run");
run(node && existsSync(node) ? node : process.execPath, [join(root, "scripts", "deploy.mjs"), ...(isDry ? ["--dry-run"] : [])], { env: { PUBLIC_ORIGIN: origin, WRANGLER_SEND_METRICS: QUIET.WRANGLER_SEND_METRICS } });
if (!isDry) await answers(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);

/** The files of a newer release by path, with the settings put together. */
function opened(path) {
  if (!existsSync(path)) fail(`There is no ${path}.`);
  const files = new Map([...unpack(readFileSync(path))].map(([name, content]) => [name.slice(name.indexOf("/") + 1), content]));
  const about = JSON.parse(files.get("package.json")?.toString() ?? "{}");
  if (about.name !== "sori" || !files.has("build/index.js") || !files.has("scripts/wrangler.released.toml")) fail(`${path} is no release of Sori.`);
  if (compare(about.version, version) < 0) fail(`This is Sori ${version}, and ${about.version} is older: its database is upgraded already, and an older version refuses to work with it.`);
  const text = (name) => readFileSync(join(root, name), "utf8");
  const settings = merge(text("scripts/wrangler.released.toml"), text("wrangler.toml"), files.get("wrangler.toml").toString());
  if (settings === undefined) {
    writeFileSync(join(root, "wrangler.new.toml"), files.get("wrangler.toml"));
    fail("wrangler.toml was changed here in lines that the new version changes as well. Its new one is beside it as wrangler.new.toml: put both together in wrangler.toml, copy wrangler.new.toml to scripts/wrangler.released.toml, and run this again. Nothing else was changed.");
  }
  files.set("wrangler.toml", Buffer.from(settings));
  return { version: about.version, files };
}

/** Which of two versions is newer, by their numbers: below, at or above 0. */
function compare(a, b) {
  const [x, y] = [a, b].map((v) => v.split(/[.+-]/).slice(0, 3).map(Number));
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}

/** Writes the files of a release over this one. Scripts that somebody put beside ours stay. */
function replace({ files }) {
  for (const folder of ["build", "public"]) rmSync(join(root, folder), { recursive: true, force: true });
  for (const [name, content] of files) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  rmSync(join(root, "wrangler.new.toml"), { force: true });
}

/** Waits until the server answers with a version. */
async function answers(wanted) {
  say(`waiting for ${origin}`);
  let last = "nothing";
  for (let tries = 0; tries < 60; tries++) {
    try {
      const response = await fetch(`${origin}/api/v2/instance`);
      const body = await response.json();
      last = response.ok ? body.version : `${response.status} ${body.error}`;
      if (response.ok && last.includes(`Sori ${wanted})`)) return console.log(`\n  ${origin} is Sori ${wanted}.\n`);
    } catch (error) {
      last = error.cause?.code ?? error.message;
    }
    await new Promise((done) => setTimeout(done, 2000));
  }
  fail(`It was deployed, but ${origin} answers: ${last}. npx wrangler tail shows its log.`);
}
