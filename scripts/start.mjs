// npm start: sets up, builds, creates the local database, serves, and prints what to do next. Reads PORT,
// PUBLIC_ORIGIN and SORI_STATE. --watch rebuilds when a source changes.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { build } from "./build.mjs";
import { node, root, say } from "./setup.mjs";
import { openState } from "./state.mjs";

const port = Number(process.env.PORT ?? 8787);
const publicOrigin = (process.env.PUBLIC_ORIGIN ?? `http://localhost:${port}`).replace(/\/$/, "");
const local = `http://localhost:${port}`;
const state = openState();

// Otherwise whoever has the port would answer below, and look like this instance.
for (const host of ["127.0.0.1", "::1"]) {
  const error = await new Promise((done) => {
    const server = createServer();
    server.once("error", (error) => done(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => done(undefined)));
  });
  if (error === "EADDRINUSE") {
    console.error(`Port ${port} is in use, perhaps by another npm start. Choose another one: PORT=${port + 1} npm start`);
    process.exit(1);
  }
}
build();
say(`local state in ${state.path}`);
const wrangler = spawn(
  node,
  [
    join(root, "node_modules", "wrangler", "bin", "wrangler.js"),
    "dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0",
    "--persist-to", state.path, "--env-file", state.file,
    "--var", `PUBLIC_ORIGIN:${publicOrigin}`, "--show-interactive-dev-session=false", "--log-level", process.env.SORI_LOG_LEVEL ?? "warn",
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", NODE_NO_WARNINGS: "1" } },
);
let ended = false;
wrangler.on("exit", (code) => {
  ended = true;
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
state.remember({ port, local, publicOrigin });
// wrangler dev does not run cron: we trigger it.
setInterval(() => fetch(`${local}/cdn-cgi/handler/scheduled`).catch(() => {}), 60_000).unref();
if (process.argv.includes("--watch")) {
  let timer;
  const rebuild = () => {
    try {
      build();
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
console.log(`
  Sori is running: ${publicOrigin}
${
  isSetUp
    ? `
  Sign in with any Mastodon app that can reach this machine; the server is ${new URL(publicOrigin).host}.`
    : `
  Open ${publicOrigin}/ in a browser and set it up.
  Set-up code: ${state.vars.SETUP_CODE}

  Or, for a script: npm run account -- NAME   (prints a token)`
}
  Stop with Ctrl-C; everything is kept.
`);
