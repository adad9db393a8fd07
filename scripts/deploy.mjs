// npm run deploy: builds, and deploys to the Cloudflare account that wrangler is signed in to. Secrets are
// created on the first deploy and never changed.
import { randomBytes } from "node:crypto";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.mjs";
import { node, read, root, run, say } from "./setup.mjs";

const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
const origin = process.env.PUBLIC_ORIGIN;
const url = URL.canParse(origin ?? "") ? new URL(origin) : undefined;
if (url?.protocol !== "https:" || url.origin !== origin.replace(/\/$/, "").toLowerCase()) {
  console.error("PUBLIC_ORIGIN=https://my.name npm run deploy — scheme and host only: the origin is part of every address and cannot be changed later.");
  process.exit(2);
}
build();
try {
  run(node, [wrangler, "deploy", "--var", `PUBLIC_ORIGIN:${url.origin}`]);
} catch {
  console.error("The deploy failed, for the reason above. If it is that nobody is signed in: npx wrangler login, and again.");
  process.exit(1);
}
// Without the list a secret that exists would be replaced, and the database could not be opened any more.
const list = read(node, [wrangler, "secret", "list", "--format", "json"]);
if (list === undefined) {
  console.error("The names of the secrets could not be read (npx wrangler secret list): nothing was changed. Try again.");
  process.exit(1);
}
const known = JSON.parse(list).map((s) => s.name);
const put = (name, value) => {
  const done = spawnSync(node, [wrangler, "secret", "put", name], { cwd: root, input: value, stdio: ["pipe", "inherit", "inherit"] });
  if (done.status !== 0) throw new Error(`wrangler secret put ${name} failed`);
};
if (!known.includes("SORI_SECRET")) {
  // A secret of an earlier deployment can be passed, to open its database again.
  const secret = process.env.SORI_SECRET ?? randomBytes(32).toString("base64");
  say("the secret SORI_SECRET");
  put("SORI_SECRET", secret);
  console.log(`\n  Keep this in your password manager; Cloudflare never shows it again, and a copy of the database is of no use\n  without it. SORI_SECRET: ${secret}\n`);
}
if (!known.includes("SETUP_CODE")) {
  const code = randomBytes(6).toString("hex");
  put("SETUP_CODE", code);
  console.log(`\n  Open ${origin}/ and set it up. Set-up code: ${code}\n`);
}
