// Installs what a new machine lacks: npm packages, the wasm target, worker-build and its tools. Plain Node 20
// without dependencies, since this runs before `npm ci`.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fail, isWindows, node, program, progress, read, root, run, say } from "./common.mjs";

export * from "./common.mjs";

export const TARGET = "wasm32-unknown-unknown";
const WORKER_BUILD = "0.8.7";
const NEXTEST = "0.9.143";
const FUZZ = "0.13.2";

const bin = (name) => join(root, "node_modules", ".bin", isWindows ? `${name}.cmd` : name);

/** Ends with what to install where there is no Rust. */
export function rust() {
  if (!read("cargo", ["--version"])) fail("Rust is missing. Install it from https://rustup.rs, open a new terminal, and run this again.");
}

/** npm packages by the lock file, once for each of its states. */
export function packages() {
  const lock = join(root, "package-lock.json");
  const stamp = join(root, "node_modules", ".sori-lock");
  const text = readFileSync(lock, "utf8");
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, "utf8") === text) return;
  say("npm packages");
  // Not the warnings: on Node 20 some packages say that they want 22, which the package `node` brings.
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (!existsSync(node)) {
    // If npm does not run this package's script, its folder has no node.
    run(process.execPath, ["installArchSpecificPackage"], { cwd: join(root, "node_modules", "node") });
  }
  if (!existsSync(node)) throw new Error("the npm package `node` did not bring Node 22");
  writeFileSync(stamp, text);
}

function wasmBindgenVersion() {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  return lock.match(/name = "wasm-bindgen"\nversion = "([^"]+)"/)[1];
}

/** Tools lie outside the clone, by version: a second clone finds them. */
function toolsFolder() {
  const folder = process.env.SORI_TOOLS ?? join(homedir(), ".cache", "sori", `tools-${WORKER_BUILD}-${wasmBindgenVersion()}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function cargoInstall(name, version, folder) {
  if (existsSync(join(folder, "bin", program(name)))) return;
  say(`${name} ${version} (some minutes, once)`);
  const args = ["install", name, "--version", version, "--root", folder];
  try {
    run("cargo", [...args, "--locked"]);
  } catch {
    // A registry may lack a version that the tool's lock file names.
    run("cargo", args);
  }
}

/** Whether rustup's own toolchain knows the wasm target. */
function hasRustupTarget() {
  return (read("rustup", ["target", "list", "--installed"]) ?? "").split("\n").includes(TARGET);
}

const debian = "/usr/bin";
const sysroot = `/usr/lib/rustlib/${TARGET}/lib`;

function hasDebianTarget() {
  return existsSync(join(debian, "rustc")) && existsSync("/usr/bin/rust-lld") && existsSync(sysroot) && readdirSync(sysroot).some((f) => f.startsWith("libstd"));
}

/**
 * The wasm target, chosen without asking: rustup's where its servers answer, else Debian's rustc with a
 * standard library built from its sources. Answers the environment to build in.
 */
export function wasmTarget() {
  if (hasRustupTarget()) return {};
  if (!hasDebianTarget()) {
    say(`the target ${TARGET}`);
    const added = spawnSync("rustup", ["target", "add", TARGET], { stdio: "inherit", timeout: 120_000 });
    if (added.status === 0) return {};
    if (!existsSync("/usr/bin/apt-get")) fail(`The Rust target ${TARGET} is missing, and rustup could not add it. With rustup (https://rustup.rs): rustup target add ${TARGET}`);
    say("rustup has no such target here; building it from Debian's sources");
    fromDebian();
  }
  return {
    PATH: `${debian}${delimiter}${process.env.PATH}`,
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "/usr/bin/rust-lld",
    // Separate from rustup's artefacts, which another compiler made.
    CARGO_TARGET_DIR: join(root, "target", "wasm"),
  };
}

function fromDebian() {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"];
  const root = (command, ...args) => run([...sudo, command][0], [...sudo, command, ...args].slice(1));
  root("apt-get", "update");
  root("apt-get", "install", "-y", "rustc-web", "cargo-web", "rust-web-src", "lld-22");
  const scratch = join(toolsFolder(), "sysroot");
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(join(scratch, "src"), { recursive: true });
  writeFileSync(join(scratch, "Cargo.toml"), '[package]\nname = "sysroot_probe"\nversion = "0.0.0"\nedition = "2021"\n\n[profile.release]\nopt-level = "s"\n\n[workspace]\n');
  writeFileSync(join(scratch, "src", "lib.rs"), "");
  run(join(debian, "cargo"), ["build", "--release", "--target", TARGET, "-Z", "build-std=std,panic_abort,panic_unwind,proc_macro"], {
    cwd: scratch,
    env: {
      PATH: `${debian}${delimiter}${process.env.PATH}`,
      RUSTFLAGS: "-Cembed-bitcode=yes",
      RUSTC_BOOTSTRAP: "1",
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "/usr/bin/rust-lld",
      CARGO_TARGET_DIR: join(scratch, "target"),
    },
  });
  const made = join(scratch, "target", TARGET, "release", "deps");
  const libraries = readdirSync(made).filter((f) => f.endsWith(".rlib") && !f.startsWith("libsysroot_probe"));
  root("mkdir", "-p", sysroot);
  root("cp", ...libraries.map((f) => join(made, f)), sysroot);
  rmSync(scratch, { recursive: true, force: true });
}

/** The tools of the wasm build by the program that each is, their versions, and how many crates they have. */
const buildingTools = () => [
  { name: "worker-build", program: "worker-build", version: WORKER_BUILD, crates: 206 },
  { name: "wasm-bindgen-cli", program: "wasm-bindgen", version: wasmBindgenVersion(), crates: 126 },
];

/**
 * How the missing ones are installed, for `follow`. They run for seconds, so they are compiled without optimisations, which
 * would take minutes, and without TLS, since nothing is downloaded by them; no registry has them compiled.
 */
export function missingTools() {
  const folder = toolsFolder();
  const missing = buildingTools().filter((tool) => !existsSync(join(folder, "bin", program(tool.program))));
  if (!missing.length) return [];
  const light = { CARGO_PROFILE_RELEASE_OPT_LEVEL: "0", CARGO_PROFILE_RELEASE_LTO: "false", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16", CARGO_PROFILE_RELEASE_DEBUG: "0" };
  // One folder for both: what they share is compiled once.
  const env = { ...light, CARGO_TARGET_DIR: join(folder, "target"), PATH: process.env.PATH };
  const install = (tool) => ["install", tool.name, "--version", tool.version, "--root", folder, "--no-default-features", "--bin", tool.program];
  const step = (tool) => ({ command: "cargo", args: [...install(tool), "--locked"], otherwise: install(tool), env, crates: tool.crates });
  return [{ steps: missing.map(step), after: () => rmSync(join(folder, "target"), { recursive: true, force: true }) }];
}

/** How many crates the module has. */
export function crates() {
  const tree = read("cargo", ["tree", "--target", TARGET, "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]) ?? "";
  return new Set(tree.split("\n").map((line) => line.replace(/ \(.*/, ""))).size;
}

/**
 * Runs commands of cargo side by side, showing how far they are; what they print is shown only where one fails. Each is
 * `{command, args, otherwise, env, crates, last}`, or `{steps, after}` for several in turn: `otherwise` are the arguments of a
 * second try, `last` the crate that takes longer than all others, and its seconds.
 */
export async function follow(jobs) {
  const steps = jobs.flatMap((job) => job.steps ?? [job]);
  const shown = progress("crates compiled", steps.reduce((sum, step) => sum + step.crates, 0));
  const done = new Map(steps.map((step) => [step, 0]));
  const lasts = new Map();
  const report = () => {
    // Work without crates has nothing to be counted by.
    if (!steps.some((step) => step.crates)) return;
    const compiled = [...done.values()].reduce((sum, n) => sum + n, 0);
    const isLast = [...done].every(([step, n]) => lasts.has(step) || n === step.crates);
    const left = [...lasts].map(([step, began]) => step.last.seconds - (Date.now() - began) / 1000);
    shown.at(compiled, isLast && left.length ? Math.max(10, ...left) : undefined);
  };
  const timer = setInterval(report, 1000);
  const running = new Set();
  const once = (step, args) =>
    new Promise((resolve, reject) => {
      const child = spawn(step.command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...step.env } });
      running.add(child);
      let said = "";
      const hear = (chunk) => {
        said += chunk;
        const compiling = said.match(/^\s*Compiling \S+/gm) ?? [];
        // What is compiled already is not named; once the last one is, all others are done.
        const isLast = step.last && compiling.some((line) => line.endsWith(` ${step.last.crate}`));
        if (isLast && !lasts.has(step)) lasts.set(step, Date.now());
        done.set(step, isLast ? step.crates - 1 : Math.min(compiling.length, step.crates));
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("error", reject);
      child.on("close", (code) => {
        running.delete(child);
        if (code === 0) {
          done.set(step, step.crates);
          lasts.delete(step);
          return resolve();
        }
        const errors = said.replace(/^\s*(Compiling|Downloaded|Downloading|Locking|Adding|Updating) .*\n/gm, "");
        reject(new Error(`${errors}\n${step.command} ${args.join(" ")} ended with ${code}`));
      });
    });
  const work = async (job) => {
    for (const step of job.steps ?? [job]) {
      try {
        await once(step, step.args);
      } catch (error) {
        if (!step.otherwise) throw error;
        // A registry may lack a version that the tool's lock file names.
        await once(step, step.otherwise);
      }
    }
    job.after?.();
  };
  try {
    await Promise.all(jobs.map(work));
  } catch (error) {
    for (const child of running) child.kill();
    throw error;
  } finally {
    clearInterval(timer);
    shown.end();
  }
}

/** The environment of the wasm build, all of whose tools are there. */
export function buildTools(target) {
  const folder = toolsFolder();
  return {
    ...target,
    PATH: `${target.PATH ?? process.env.PATH}${delimiter}${join(folder, "bin")}`,
    WASM_BINDGEN_BIN: join(folder, "bin", program("wasm-bindgen")),
    WASM_OPT_BIN: bin("wasm-opt"),
    ESBUILD_BIN: bin("esbuild"),
  };
}

/** The runner of the native tests. */
export function nextest() {
  rust();
  if (read("cargo", ["nextest", "--version"])) return;
  cargoInstall("cargo-nextest", NEXTEST, toolsFolder());
  process.env.PATH = `${process.env.PATH}${delimiter}${join(toolsFolder(), "bin")}`;
}

/** cargo-fuzz, for `npm run fuzz`. */
export function cargoFuzz() {
  if (read("cargo", ["fuzz", "--version"])) return;
  cargoInstall("cargo-fuzz", FUZZ, toolsFolder());
  process.env.PATH = `${process.env.PATH}${delimiter}${join(toolsFolder(), "bin")}`;
}

/** Clients in Python for the end-to-end tests, where there is a Python. Answers the folder of commands. */
export function pythonClients() {
  const folder = join(root, ".tools", "python");
  if (existsSync(join(folder, "bin", "toot")) && read(join(folder, "bin", "python"), ["-c", "import mastodon"]) !== undefined) return join(folder, "bin");
  if (!read("python3", ["--version"])) return undefined;
  say("toot and Mastodon.py (Python)");
  try {
    run("python3", ["-m", "venv", folder]);
    run(join(folder, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", "toot==0.52.1", "Mastodon.py==2.3.3"]);
    return join(folder, "bin");
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    say(`no clients in Python: ${error.message}`);
    return undefined;
  }
}

/** The newest change below some paths, in milliseconds. */
export function newest(...paths) {
  let latest = 0;
  const visit = (path) => {
    if (!existsSync(path)) return;
    const stat = statSync(path);
    if (stat.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
    else latest = Math.max(latest, stat.mtimeMs);
  };
  paths.forEach((p) => visit(join(root, p)));
  return latest;
}

