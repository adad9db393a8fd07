// npm run import -- FILE [--to=ADDRESS]: brings the posts of another server's archive along, as the page /settings/archive does.
// --token=TOKEN (or SORI_TOKEN) a token of yours with write:statuses and write:media; without one you are asked to allow it.
// --from=SERVER for Misskey's file, --no-files, and --remove instead of a file: all that was brought along is removed.
import { existsSync, openAsBlob } from "node:fs";
import { bring } from "../src/web/archive/bring.mjs";
import { MAX_FILE } from "../src/web/archive/limits.mjs";
import { originOf } from "../src/web/archive/posts.mjs";
import { Server } from "../src/web/archive/server.mjs";
import { fail, progress, say } from "./common.mjs";
import { allowed, instance } from "./token.mjs";

const SCOPES = "write:statuses write:media";
const COUNTS = {
  stored: "brought along", known: "here already", boosts: "boosts, left out", direct: "direct messages, left out", vote: "votes, left out",
  others: "of other people or no posts, left out", date: "of the last day, or without a date that can be right, left out", empty: "without text and files, left out",
  unreadable: "not readable, left out", missing: "files that are not in the archive or not to be had", unusable: "files that the server does not take",
};
const WRONG = {
  unreadable: "This file cannot be read as an archive.",
  damaged: "This file is damaged.",
  "too large": "This file is too large to be read.",
  "no posts": "There are no posts in this file. GoToSocial gives out none; of the other servers, take the archive of your posts.",
  "no server": "Which server is this file from? Add --from=SERVER.",
  tomorrow: "The server has used up what it may use today. Run the same command again after 00:00 UTC: it goes on from here.",
  "sign in": "The server does not accept the token.",
  fault: "The server does not answer as it should. What was brought along so far is there; run the same command again to go on.",
};

const given = process.argv.slice(2);
const option = (name) => given.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
const has = (name) => given.includes(`--${name}`);
const [path, ...more] = given.filter((one) => !one.startsWith("--"));
const unknown = given.find((one) => one.startsWith("--") && !/^--(to=|token=|from=|no-files$|remove$)/.test(one));
if (unknown || more.length || Boolean(path) === has("remove")) {
  console.error("usage: npm run import -- FILE [--to=https://my.name] [--token=TOKEN] [--from=SERVER] [--no-files]\n       npm run import -- --remove [--to=https://my.name] [--token=TOKEN]");
  process.exit(2);
}
if (path && !existsSync(path)) fail(`There is no ${path}.`);
const origin = originOf(instance(option("to")));
if (!origin) fail("Where is your server? Add --to=https://my.name.");
const token = option("token") ?? process.env.SORI_TOKEN ?? (await allowed(origin, SCOPES));

const server = new Server({
  base: `${origin}/api/v1/sori/archive`,
  headers: () => ({ authorization: `Bearer ${token}` }),
  waits: (seconds) => say(`the server asks to wait: ${seconds} s`),
});

/** A file of another server, fetched by this computer and uploaded. */
async function copy(url, found) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000), headers: { "User-Agent": "Sori import" } });
    if (!response.ok || Number(response.headers.get("content-length")) > MAX_FILE) return undefined;
    const parts = [];
    let size = 0;
    for await (const part of response.body) {
      size += part.length;
      if (size > MAX_FILE) return undefined;
      parts.push(part);
    }
    return await server.upload(new Blob(parts), found);
  } catch (error) {
    // What the instance says goes on to whoever runs this.
    if (error.code in WRONG) throw error;
    return undefined;
  }
}

async function remove() {
  let removed = 0;
  for (let more = true; more; ) {
    const step = await server.remove();
    removed += step.removed;
    more = step.more;
  }
  say(`removed: ${removed}`);
}

async function bringAlong() {
  let line;
  const counts = await bring({
    file: await openAsBlob(path),
    server,
    from: option("from") ?? "",
    withFiles: !has("no-files"),
    copy,
    progress: ({ done, total }) => (line ??= progress("posts", total)).at(done),
  });
  line?.end();
  for (const [what, n] of Object.entries(counts)) say(`${COUNTS[what] ?? what}: ${n}`);
}

try {
  await (has("remove") ? remove() : bringAlong());
} catch (error) {
  if (!(error.code in WRONG)) throw error;
  fail(`${WRONG[error.code]}${error.message && error.message !== error.code ? ` (${error.message})` : ""}`);
}
