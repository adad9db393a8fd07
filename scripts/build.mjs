// The release module: Rust → wasm → build/. Prints its sizes and keeps the budget.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
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
    run("worker-build", ["--release"], { env: tools });
    // Smaller still, and without the names of functions, which are a sixth of the module.
    const wasm = join(root, "build", "index_bg.wasm");
    // Rust keeps nothing but the far end of the stack below the first kilobyte: offsets may be folded.
    run(tools.WASM_OPT_BIN, ["-Oz", "--low-memory-unused", "--strip-debug", "--all-features", wasm, "-o", wasm]);
  }
  return sizes();
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
