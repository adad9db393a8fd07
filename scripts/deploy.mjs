// npm run deploy [-- --dry-run]: builds, and deploys to the Cloudflare account that wrangler is signed in to. Secrets are
// created on the first deploy and never changed. In Workers Builds, after a button for deploying, they were asked for before.
import { randomBytes } from "node:crypto";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { configuredOrigin, fail, node, read, root, run, say, withOrigin, wrangler } from "./common.mjs";

const settings = join(root, "wrangler.toml");
const isDry = process.argv.includes("--dry-run");
const isBuilds = process.env.WORKERS_CI === "1";
const known = configuredOrigin();
const wanted = process.env.PUBLIC_ORIGIN ?? known;
const url = URL.canParse(wanted) ? new URL(wanted) : undefined;
const isOrigin = url?.protocol === "https:" && url.origin === wanted.replace(/\/$/, "").toLowerCase();
if (known && isOrigin && known !== url.origin) {
  fail(`This server is ${known} (PUBLIC_ORIGIN in wrangler.toml), and ${url.origin} would be another one: the origin is part of every address and cannot be changed.`);
}
if (isBuilds) {
  deployThere();
} else {
  if (!isOrigin) {
    console.error("PUBLIC_ORIGIN=https://my.name npm run deploy — scheme and host only: the origin is part of every address and cannot be changed later.");
    process.exit(2);
  }
  await build();
  deployHere();
}

/** On Cloudflare's machine: variables of the dashboard stay, and an empty line here is none. */
function deployThere() {
  const text = readFileSync(settings, "utf8");
  writeFileSync(settings, text.replace(/^\s*PUBLIC_ORIGIN\s*=\s*"".*$/m, ""));
  run(node, [wrangler, "deploy", "--keep-vars", ...(isDry ? ["--dry-run"] : [])]);
}

function deployHere() {
  const more = isDry ? ["--dry-run"] : [];
  try {
    run(node, [wrangler, "deploy", "--var", `PUBLIC_ORIGIN:${url.origin}`, ...more]);
  } catch {
    fail("The deploy failed, for the reason above. If it is that nobody is signed in: npx wrangler login, and again.");
  }
  if (isDry) return;
  // The next deploy knows it, and refuses another one.
  if (!known) writeFileSync(settings, withOrigin(readFileSync(settings, "utf8"), url.origin));
  secrets();
}

function secrets() {
  // Without the list a secret that exists would be replaced, and the database could not be opened any more.
  const list = read(node, [wrangler, "secret", "list", "--format", "json"]);
  if (list === undefined) fail("The names of the secrets could not be read (npx wrangler secret list): nothing was changed. Try again.");
  const there = JSON.parse(list).map((s) => s.name);
  const put = (name, value) => {
    const done = spawnSync(node, [wrangler, "secret", "put", name], { cwd: root, input: value, stdio: ["pipe", "inherit", "inherit"] });
    if (done.status !== 0) throw new Error(`wrangler secret put ${name} failed`);
  };
  if (!there.includes("SORI_SECRET")) {
    // A secret of an earlier deployment can be passed, to open its database again.
    const secret = process.env.SORI_SECRET ?? randomBytes(32).toString("base64");
    say("the secret SORI_SECRET");
    put("SORI_SECRET", secret);
    console.log(`\n  Keep this in your password manager; Cloudflare never shows it again, and a copy of the database is of no use\n  without it. SORI_SECRET: ${secret}\n`);
  }
  if (!there.includes("SETUP_CODE")) {
    const code = randomBytes(6).toString("hex");
    put("SETUP_CODE", code);
    console.log(`\n  Open ${url.origin}/ and set it up. Set-up code: ${code}\n`);
  }
}
