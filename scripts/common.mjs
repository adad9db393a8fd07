// What every script needs, in the repository and in a release, which has no Rust: plain Node without dependencies, since
// this runs before packages are installed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** A release has the built module, and no sources. */
export const isRelease = !existsSync(join(root, "Cargo.toml"));
export const isWindows = process.platform === "win32";
/** A program's file name. */
export const program = (name) => (isWindows ? `${name}.exe` : name);
/** Node 22, which wrangler wants: in the repository an npm package carries it. */
export const node = isRelease ? process.execPath : join(root, "node_modules", "node", "bin", program("node"));
/** What wrangler is started with. */
export const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
/** No questions, no statistics, no warnings about Node's experiments. */
export const QUIET = { CI: "1", WRANGLER_SEND_METRICS: "false", NODE_NO_WARNINGS: "1", WRANGLER_HIDE_BANNER: "true" };

export const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;

export function say(text) {
  console.log(`\x1b[32m▸\x1b[0m ${text}`);
}

/** Ends with a line for the person who runs the script. */
export function fail(text) {
  console.error(text);
  process.exit(1);
}

/** Runs a command, its output shown; throws where it fails. On Windows npm is a batch file, which only a shell runs. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: isWindows && command === "npm", ...options, env: { ...process.env, ...options.env } });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${done.status ?? done.signal}`);
}

/** What a command prints, or undefined where it fails. */
export function read(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, encoding: "utf8", ...options, env: { ...process.env, ...options.env } });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** What wrangler prints, as bytes; an error has what it says of one. */
export function ask(args) {
  return new Promise((done, failed) => {
    const child = spawn(node, [wrangler, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...QUIET } });
    const [out, err] = [[], []];
    child.stdout.on("data", (chunk) => out.push(chunk));
    child.stderr.on("data", (chunk) => err.push(chunk));
    child.on("error", failed);
    child.on("close", (code) => {
      if (code === 0) return done(Buffer.concat(out));
      const said = `${Buffer.concat(err)}${Buffer.concat(out).subarray(0, 2000)}`.replace(/\x1b\[[\d;]*m/g, "").trim();
      failed(new Error(`wrangler ${args.slice(0, 3).join(" ")}: ${said || `ended with ${code}`}`));
    });
  });
}

/** Seconds as a person says them. */
export function duration(seconds) {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

/** A line that tells how far something is and, once that can be guessed, how long it takes still; `total` may be unknown. */
export function progress(what, total) {
  const began = Date.now();
  let shown = began;
  let length = 0;
  const text = (done, known) => {
    if (!total) return `  ${what}: ${done}`;
    const passed = (Date.now() - began) / 1000;
    const seconds = known ?? (done > 0 && passed > 5 ? (passed / done) * (total - done) : undefined);
    return `  ${what}: ${Math.min(done, total)} of ${total}${seconds === undefined ? "" : `, about ${duration(seconds)} left`}`;
  };
  return {
    /** So many are done; it takes so many seconds still, where the caller knows better. */
    at(done, known) {
      // A log gets a line now and then, a terminal one that changes.
      if (Date.now() - shown < (process.stdout.isTTY ? 200 : 20_000)) return;
      shown = Date.now();
      const line = text(done, known);
      if (!process.stdout.isTTY) return console.log(line);
      process.stdout.write(`\r${line.padEnd(length)}`);
      length = line.length;
    },
    end() {
      if (length) process.stdout.write(`\r${"".padEnd(length)}\r`);
    },
  };
}

const ORIGIN = /^(\s*PUBLIC_ORIGIN\s*=\s*)"([^"]*)"/m;

/** The PUBLIC_ORIGIN of wrangler.toml; empty before the first deploy. */
export function configuredOrigin(text = readFileSync(join(root, "wrangler.toml"), "utf8")) {
  return ORIGIN.exec(text)?.[2] ?? "";
}

/** wrangler.toml with another PUBLIC_ORIGIN. */
export function withOrigin(text, origin) {
  return text.replace(ORIGIN, `$1"${origin}"`);
}
