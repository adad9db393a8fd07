// npm run doctor [-- ORIGIN]: what other servers see of an instance, asked from this computer, and what its /health says.
// Without an origin: PUBLIC_ORIGIN, else the local instance of npm start. Ends with 1 where something is wrong.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./common.mjs";
import { openState } from "./state.mjs";

const hasState = existsSync(process.env.SORI_STATE ?? join(root, ".sori"));
const running = hasState ? openState().running() : undefined;
const origin = (process.argv[2] ?? process.env.PUBLIC_ORIGIN ?? running?.publicOrigin ?? "http://localhost:8787").replace(/\/+$/, "");
const MARK = { good: "\x1b[32m✓\x1b[0m", warning: "\x1b[33m!\x1b[0m", bad: "\x1b[31m✗\x1b[0m" };
let isWrong = false;

function tell(state, what, seen, remedy) {
  console.log(`${MARK[state]} ${what}: ${seen}`);
  if (state !== "good" && remedy) console.log(`    ${remedy}`);
  isWrong ||= state === "bad";
}

async function ask(url, options = {}) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(15_000), ...options, headers: { "User-Agent": "Sori doctor", ...options.headers } });
  const text = await answer.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {}
  return { status: answer.status, headers: answer.headers, url: answer.url, text, json };
}

const short = (answer) => `${answer.status} ${answer.headers.get("content-type") ?? ""} ${answer.text.slice(0, 60).replace(/\s+/g, " ")}`;

/** What each check of /health means where it is not well. */
const REMEDIES = {
  database: "the database does not answer: look at the binding DB and at Cloudflare's status page",
  size: "the database fills up: old posts of other servers go sooner, and nothing more is received when it is full",
  cron: "the trigger of every minute did not run: deploy again, and look at the Worker's triggers",
  queue: "messages of the queue are not taken: its operations of the day may be used up (/settings/usage)",
  deliveries: "a server has not taken something for more than a day: /settings/doctor names it",
  quotas: "a quota of the day nears its end: /settings/usage shows what for",
  origin: "this is not the address of PUBLIC_ORIGIN",
};

async function check(what, work) {
  try {
    await work();
  } catch (error) {
    tell("bad", what, error.cause?.code ?? error.message, "nothing answers there: does the domain lead to the Worker?");
  }
}

console.log(origin);
await check("health", async () => {
  const before = Date.now();
  const health = await ask(`${origin}/health`);
  if (!health.json?.checks) return tell("bad", "health", short(health), "this is no Sori, or a page stands in front of it (Bot Fight Mode)");
  for (const { name, state, error } of health.json.checks) tell(state, name, error ?? state, REMEDIES[name]);
  const off = Math.round(Math.abs(Date.parse(health.headers.get("date") ?? "") - before) / 1000);
  if (!Number.isNaN(off)) tell(off <= 60 ? "good" : "bad", "clock", `${off} s beside this computer's`, "one of the two is wrong; other servers refuse signatures beyond some minutes");
});

let handle;
await check("instance", async () => {
  const instance = await ask(`${origin}/api/v2/instance`);
  const account = instance.json?.contact?.account;
  if (!instance.json?.domain) return tell("bad", "instance", short(instance));
  tell("good", "instance", `${instance.json.title}, ${instance.json.version}`);
  handle = account && `${account.username}@${account.acct.split("@")[1] ?? instance.json.domain}`;
  if (!handle) tell("warning", "set-up", "there is no owner yet", `open ${origin}/setup`);
});

if (handle) {
  const domain = handle.split("@")[1];
  const scheme = origin.split(":")[0];
  await check("webfinger", async () => {
    const found = await ask(`${scheme}://${domain}/.well-known/webfinger?resource=acct:${handle}`);
    const actor = found.json?.links?.find((link) => link.rel === "self")?.href ?? "";
    const isRight = found.json?.subject?.toLowerCase() === `acct:${handle}`.toLowerCase() && actor.startsWith(`${origin}/`);
    tell(isRight ? "good" : "bad", "webfinger", isRight ? `${handle} is ${actor}` : short(found), "the domain must lead to the Worker, or redirect /.well-known/webfinger to it");
    if (!isRight) return;
    const document = await ask(actor, { headers: { Accept: "application/activity+json" } });
    const isActor = document.json?.id === actor || document.status === 401;
    tell(isActor ? "good" : "bad", "actor", isActor ? `${document.status}` : short(document), "what other servers read is not what the server answers: look for caches and rules in front of it");
  });
  await check("host-meta", async () => {
    const found = await ask(`${scheme}://${domain}/.well-known/host-meta`);
    const isRight = found.text.includes(`${origin}/.well-known/webfinger`);
    tell(isRight ? "good" : "bad", "host-meta", isRight ? `${found.status}` : short(found), "the domain must redirect /.well-known/host-meta to the server");
  });
}

await check("inbox", async () => {
  const answer = await ask(`${origin}/inbox`, { method: "POST", body: "{}", headers: { "Content-Type": "application/activity+json" } });
  const isRight = answer.status === 400 && answer.json?.error !== undefined;
  tell(isRight ? "good" : "bad", "inbox", isRight ? "it reads what it is sent" : short(answer), "turn off Bot Fight Mode and rules that challenge visitors, for /inbox and /users/*");
});

console.log(isWrong ? "\nSomething is wrong. /settings/doctor checks the rest." : "\n/settings/doctor checks the rest: secrets, storage, live streams, push messages.");
process.exitCode = isWrong ? 1 : 0;
