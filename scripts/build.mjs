// The release module: Rust → wasm → build/. Prints its sizes and keeps the budget.
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { assets } from "./assets.mjs";
import { buildTools, crates, follow, missingTools, newest, packages, root, run, rust, say, TARGET, wasmTarget } from "./setup.mjs";

/** Not a limit of Cloudflare's (64 MiB): where the module passes it, something has grown that nobody looked at. */
const MOST_BYTES = 6_800_000;
/** Seconds that the last crate takes on two cores, since the whole is optimised with it. */
const LAST = 120;

const built = join(root, "build", "index.js");

/** Builds where anything changed since; answers the sizes in bytes. */
export async function build() {
  const sources = newest("src", "Cargo.toml", "Cargo.lock", "schema.sql", "build.rs", "migrations", ".cargo", "locales");
  const isOld = !existsSync(built) || statSync(built).mtimeMs < sources;
  // Before the minutes of all else.
  if (isOld) rust();
  packages();
  await assets();
  if (isOld) await compile();
  return sizes();
}

async function compile() {
  const began = new Date();
  const target = wasmTarget();
  // What the paths of crates are is known once they are there.
  run("cargo", ["fetch", "--quiet", "--locked"], { env: target });
  const short = withoutPaths();
  // As worker-build calls it: what is compiled here is there for it.
  const module = { command: "cargo", args: ["build", "--lib", "--release", "--target", TARGET], env: { ...target, ...short, WASM_BINDGEN_USE_JS_SYS: "1" }, crates: crates(), last: { crate: "sori", seconds: LAST } };
  const tools = missingTools();
  say(tools.length ? "the module and the tools that build it (some minutes, the first time)" : "the module (a minute or two)");
  // The last crate of each keeps one core busy: together they take less.
  await follow([module, ...tools]);
  say("making it smaller (a minute or two)");
  await follow([{ command: "worker-build", args: ["--release"], env: { ...buildTools(target), ...short }, crates: 0 }]);
  const text = readFileSync(built, "utf8");
  writeFileSync(built, withoutDoubles(text));
  // What was changed meanwhile is newer than what was built.
  utimesSync(built, began, began);
}

/** wasm-bindgen names a module of ours once for each block that imports it, with the same value: linkers warn about it. */
export function withoutDoubles(text) {
  return text.replace(/("\.\/snippets\/[^"]+":\s*[\w$]+),\s*(?=\1[,}\s])/g, "");
}

/** Panics name a crate's file by crate and version, not by its path on this machine (cargo's trim-paths is not stable). */
function withoutPaths() {
  const home = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const sources = join(home, "registry", "src");
  const all = existsSync(sources) ? readdirSync(sources) : [];
  return { CARGO_ENCODED_RUSTFLAGS: [`--remap-path-prefix=${sources}=crates`, ...all.map((folder) => `--remap-path-prefix=${join(sources, folder)}/=`)].join("\x1f") };
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

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
