// Installs what a new machine lacks: npm packages, the wasm target, worker-build and its tools. Plain Node 20
// without dependencies, since this runs before `npm ci`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const TARGET = "wasm32-unknown-unknown";
const WORKER_BUILD = "0.8.7";
const NEXTEST = "0.9.143";
const FUZZ = "0.13.2";

const isWindows = process.platform === "win32";
/** A program's file name. */
const program = (name) => (isWindows ? `${name}.exe` : name);
const bin = (name) => join(root, "node_modules", ".bin", isWindows ? `${name}.cmd` : name);
/** Node 22, which an npm package carries: wrangler wants it. */
export const node = join(root, "node_modules", "node", "bin", program("node"));

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
  run("npm", ["ci", "--no-audit", "--no-fund"]);
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
  if (existsSync(join(folder, "bin", program(name === "wasm-bindgen-cli" ? "wasm-bindgen" : name)))) return;
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

/** All that the wasm build needs; answers its environment. */
export function buildTools() {
  const target = wasmTarget();
  const folder = toolsFolder();
  cargoInstall("worker-build", WORKER_BUILD, folder);
  cargoInstall("wasm-bindgen-cli", wasmBindgenVersion(), folder);
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

