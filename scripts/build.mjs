// The release module: Rust → wasm → build/. Prints its sizes and keeps the budget.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { buildTools, newest, packages, root, run, say } from "./setup.mjs";

/** A cold start costs about 30 ms of CPU for each raw megabyte: docs/cost.md. */
const MOST_BYTES = 1_800_000;

const built = join(root, "build", "index.js");

/** Builds where anything changed since; answers the sizes in bytes. */
export function build() {
  packages();
  const sources = newest("src", "Cargo.toml", "Cargo.lock", "schema.sql", "build.rs", "migrations", ".cargo");
  if (!existsSync(built) || statSync(built).mtimeMs < sources) {
    say("the release module (a minute or two; the first time some more)");
    const tools = buildTools();
    // The crates are there before their folder is named.
    run("cargo", ["fetch", "--quiet", "--locked"]);
    run("worker-build", ["--release"], { env: { ...tools, ...withoutPaths() } });
    // Smaller still, and without the names of functions, which are a sixth of the module.
    const wasm = join(root, "build", "index_bg.wasm");
    withoutDead(wasm, tools);
    // Rust keeps nothing but the far end of the stack below the first kilobyte: offsets may be folded.
    run(tools.WASM_OPT_BIN, ["-Oz", "--low-memory-unused", "--strip-debug", "--all-features", wasm, "-o", wasm]);
  }
  return sizes();
}

/** Panics name the file of a crate by its name and version, not by where this machine keeps it. */
function withoutPaths() {
  const home = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const registry = join(home, "registry", "src");
  const folders = existsSync(registry) ? readdirSync(registry).map((name) => join(registry, name)) : [];
  const flags = folders.map((folder) => `--remap-path-prefix=${folder}/=`);
  // Cargo takes these instead of .cargo/config.toml's, so they go along.
  const config = readFileSync(join(root, ".cargo", "config.toml"), "utf8");
  const own = [...config.match(/^rustflags = \[(.*)\]/m)[1].matchAll(/'([^']*)'/g)].map((m) => m[1]);
  return { CARGO_ENCODED_RUSTFLAGS: [...own, ...flags].join("\x1f") };
}

/** Classes that our crates export for JavaScript, and nobody here makes. */
const DEAD = /containerstartupoptions|intounderlying|r2range|minifyconfig|heavy_(webSocket|connect|alarm)/;

/** Takes out what nothing but dead exports needs. Their JavaScript stays, and is never called. */
function withoutDead(wasm, tools) {
  const names = exportsOf(readFileSync(wasm));
  const outside = { name: "outside", root: true, reaches: names.filter((name) => !DEAD.test(name)) };
  const graph = join(root, "build", "exports.json");
  writeFileSync(graph, JSON.stringify([outside, ...names.map((name) => ({ name, export: name }))]));
  const metadce = join(dirname(tools.WASM_OPT_BIN), "wasm-metadce");
  run(metadce, ["--all-features", `--graph-file=${graph}`, wasm, "-o", wasm], { stdio: ["ignore", "ignore", "inherit"] });
  rmSync(graph);
}

/** The names that a module exports. */
function exportsOf(bytes) {
  let at = 8;
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section === 7) {
      return Array.from({ length: number() }, () => {
        const length = number();
        const name = bytes.toString("utf8", at, at + length);
        at += length + 1;
        number();
        return name;
      });
    }
    at = end;
  }
  return [];
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
