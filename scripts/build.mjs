// The release module: Rust → wasm → build/. Prints its sizes and keeps the budget.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { buildTools, newest, packages, root, run, rust, say } from "./setup.mjs";

/** Not a limit of Cloudflare's (64 MiB): where the module passes it, something has grown that nobody looked at. */
const MOST_BYTES = 4_500_000;

const built = join(root, "build", "index.js");

/** Builds where anything changed since; answers the sizes in bytes. */
export function build() {
  const sources = newest("src", "Cargo.toml", "Cargo.lock", "schema.sql", "build.rs", "migrations", ".cargo");
  const isOld = !existsSync(built) || statSync(built).mtimeMs < sources;
  // Before the minutes of all else.
  if (isOld) rust();
  packages();
  if (isOld) {
    say("the release module (a minute or two; the first time some more)");
    run("worker-build", ["--release"], { env: { ...buildTools(), ...withoutPaths() } });
  }
  return sizes();
}

/** Panics name a crate's file by crate and version, not by its path on this machine (cargo's trim-paths is not stable). */
function withoutPaths() {
  const home = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  return { CARGO_ENCODED_RUSTFLAGS: `--remap-path-prefix=${join(home, "registry", "src")}=crates` };
}

export function sizes() {
  const wasm = readdirSync(join(root, "build"), { recursive: true }).map(String).filter((f) => f.endsWith(".wasm"));
  if (wasm.length !== 1) throw new Error(`expected one wasm module in build/, found: ${wasm.join(", ") || "none"}`);
  const bytes = readFileSync(join(root, "build", wasm[0]));
  const raw = bytes.length;
  const compressed = gzipSync(bytes, { level: 9 }).length;
  say(`module: ${raw} bytes raw, ${compressed} bytes gzip (budget ${MOST_BYTES} raw)`);
  if (raw > MOST_BYTES) throw new Error(`the module has ${raw} bytes; the budget is ${MOST_BYTES}`);
  return { raw, compressed };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) build();
