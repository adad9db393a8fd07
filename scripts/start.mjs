// npm start: sets up, builds, creates the local database, serves, and prints what to do next. Reads PORT,
// PUBLIC_ORIGIN and SORI_STATE. --watch rebuilds when a source changes.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "./build.mjs";
import { fail, node, root, say, wrangler as cli } from "./common.mjs";
import { openState } from "./state.mjs";

const port = Number(process.env.PORT ?? 8787);
if (!Number.isInteger(port) || port < 1 || port > 65535) fail(`PORT must be a number from 1 to 65535, and is ${process.env.PORT}.`);
const publicOrigin = (process.env.PUBLIC_ORIGIN ?? new URL(`http://localhost:${port}`).origin).replace(/\/$/, "").toLowerCase();
const isOrigin = URL.canParse(publicOrigin) && new URL(publicOrigin).origin === publicOrigin;
if (!isOrigin || !/^https:|^http:..(localhost|127\.[\d.]+|\[::1\])(:|$)/.test(publicOrigin)) {
  fail(`PUBLIC_ORIGIN must be such as https://my.name, or http on this machine such as http://localhost:${port}, and is ${process.env.PUBLIC_ORIGIN}.`);
}
const local = `http://localhost:${port}`;
const state = openState();
/** Another instance needs a folder and a port of its own. */
const another = (port) => `SORI_STATE=.sori-${port} PORT=${port} npm start`;

/** Whether something listens on a port of this machine. */
async function isUsed(port) {
  for (const host of ["127.0.0.1", "::1"]) {
    const error = await new Promise((done) => {
      const server = createServer();
      server.once("error", (error) => done(error.code));
      server.listen({ port, host, exclusive: true }, () => server.close(() => done(undefined)));
    });
    if (error === "EADDRINUSE") return true;
  }
  return false;
}

// Two runtimes must not write one database, and addresses of a database never change.
const before = state.running();
if (before && state.isRunning() && (await isUsed(before.port))) {
  fail(`The folder ${state.path} is in use by the instance at ${before.publicOrigin}. A second instance has a port and a folder of its own: ${another(port === before.port ? port + 1 : port)}`);
}
if (before?.isSetUp && before.publicOrigin !== publicOrigin) {
  fail(`The folder ${state.path} belongs to ${before.publicOrigin}, an address that cannot be changed. For ${publicOrigin} take another folder: ${another(port)}`);
}
// Otherwise whoever has the port would answer below, and look like this instance.
if (await isUsed(port)) {
  fail(`Port ${port} is in use, perhaps by another npm start. A second instance has a port and a folder of its own: ${another(port + 1)}`);
}
await build();
say(`local state in ${state.path}`);
const wrangler = spawn(
  node,
  [
    cli,
    "dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0",
    "--persist-to", state.path, "--env-file", state.file,
    "--var", `PUBLIC_ORIGIN:${publicOrigin}`, "--show-interactive-dev-session=false", "--test-scheduled", "--log-level", process.env.SORI_LOG_LEVEL ?? "warn",
  ],
  { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", NODE_NO_WARNINGS: "1" } },
);
// What workerd says of a name that does not resolve, with addresses of its own code: a fault of neither.
const isNoise = (line) => /failed to lookup address information|^\s*stack: \S*workerd/.test(line);
for (const [from, to] of [[wrangler.stdout, process.stdout], [wrangler.stderr, process.stderr]]) {
  let last = "";
  createInterface({ input: from }).on("line", (line) => {
    if (process.env.SORI_LOG_LEVEL ? false : isNoise(line) || !(line.trim() || last.trim())) return;
    last = line;
    to.write(`${line}\n`);
  });
}
let ended = false;
wrangler.on("exit", (code) => {
  ended = true;
  state.ended();
  process.exit(code ?? 0);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => wrangler.kill(signal));
// The parent process may end without a signal to us (npm's shell does, by SIGTERM).
const parent = process.ppid;
setInterval(() => process.ppid !== parent && wrangler.kill(), 1000).unref();

// The first request creates the database.
let instance;
for (let tries = 0; tries < 240 && !ended; tries++) {
  try {
    const response = await fetch(`${local}/api/v2/instance`);
    if (response.ok) {
      instance = await response.json();
      break;
    }
  } catch {
    // Not up yet.
  }
  await new Promise((done) => setTimeout(done, 500));
}
if (!instance) {
  console.error("The instance did not come up; what is above says why.");
  wrangler.kill();
  process.exit(1);
}
const remember = (instance) => state.remember({ port, local, publicOrigin, pid: process.pid, isSetUp: Boolean(instance.contact?.account) });
remember(instance);
// wrangler dev does not run cron: we trigger it.
setInterval(async () => {
  try {
    await fetch(`${local}/cdn-cgi/handler/scheduled`);
    // The set-up may have been finished meanwhile.
    if (!state.running()?.isSetUp) remember(await (await fetch(`${local}/api/v2/instance`)).json());
  } catch {
    // It is ending.
  }
}, 60_000).unref();
if (process.argv.includes("--watch")) {
  let timer;
  const rebuild = async () => {
    try {
      await build();
      say("built");
    } catch (error) {
      console.error(error.message);
    }
  };
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(rebuild, 300);
  };
  watch(join(root, "src"), { recursive: true }, changed);
  watch(join(root, "schema.sql"), changed);
}

const isSetUp = instance.contact?.account;
const isHere = publicOrigin.startsWith("http:");
console.log(`
  Sori is running: ${publicOrigin}${isHere ? "" : ` (if that address leads to port ${port} of this machine)`}
${
  isSetUp
    ? `
  Sign in at ${publicOrigin}/sign_in.${isHere ? " Apps on phones want https and do not reach it: see README.md." : ""}`
    : `
  Open ${publicOrigin}/ in a browser and set it up.
  Set-up code: ${state.vars.SETUP_CODE}
${isHere ? `
  Or let a script do it: npm run account -- NAME   (makes the owner; prints a password and a token)` : ""}`
}
  Stop with Ctrl-C; everything is kept.
`);
