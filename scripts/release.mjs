// npm run release: dist/sori-VERSION.tar.gz, which is deployed without Rust: the built module, wrangler.toml, and the scripts
// that need no sources. The same inputs give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fail, root, say, version } from "./common.mjs";
import { pack } from "./tar.mjs";

const SCRIPTS = ["account", "backup", "common", "database", "deploy", "doctor", "domain", "import", "merge", "restore", "start", "state", "storage", "tar", "token", "upgrade"];
const MODULES = "src/web/archive";
const AS_THEY_ARE = ["wrangler.toml", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "docs/guide/README.md", "docs/guide/en.md", "docs/guide/ko.md", "docs/cost.md"];

/** The files of the release by path, below one folder. */
export function files(folder = `sori-${version}`) {
  const text = (path) => readFileSync(join(root, path), "utf8");
  const all = new Map();
  const add = (path, content) => all.set(`${folder}/${path}`, Buffer.from(content));
  const cargo = text("Cargo.toml").match(/^version = "([^"]+)"/m)?.[1];
  if (cargo !== version) fail(`Cargo.toml has version ${cargo}, package.json has ${version}.`);
  for (const path of AS_THEY_ARE) add(path, readFileSync(join(root, path)));
  // What the page for archives has as its script is what the command is made of.
  for (const name of readdirSync(join(root, MODULES))) add(`${MODULES}/${name}`, text(`${MODULES}/${name}`));
  for (const name of SCRIPTS) add(`scripts/${name}.mjs`, text(`scripts/${name}.mjs`));
  for (const name of readdirSync(join(root, "scripts", "release"))) {
    const [from, to] = [`scripts/release/${name}`, name.endsWith(".mjs") ? `scripts/${name}` : name.replace(/^dot-/, ".")];
    add(to, text(from).replaceAll("{{VERSION}}", version));
  }
  for (const name of readdirSync(join(root, "public"), { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const path = join(name.parentPath, name.name).slice(root.length + 1).replaceAll("\\", "/");
    add(path, readFileSync(join(root, path)));
  }
  // An upgrade tells by it what was changed in wrangler.toml since.
  add("scripts/wrangler.released.toml", text("wrangler.toml"));
  const wasm = readdirSync(join(root, "build")).filter((name) => name.endsWith(".wasm"));
  for (const name of ["index.js", ...wasm]) add(`build/${name}`, readFileSync(join(root, "build", name)));
  add("package.json", `${JSON.stringify(manifest(JSON.parse(text("package.json"))), null, 2)}\n`);
  return all;
}

/** The package.json of a release. */
function manifest({ name, version, type, license, description, devDependencies }) {
  const script = (file) => `node scripts/${file}.mjs`;
  return {
    name,
    version,
    private: true,
    type,
    license,
    description,
    engines: { node: ">=22.12.0" },
    scripts: Object.fromEntries(["start", "deploy", "account", "backup", "restore", "upgrade", "doctor", "domain", "import"].map((file) => [file, script(file)])),
    dependencies: { wrangler: devDependencies.wrangler },
    // Their scripts only check what npm has installed.
    allowScripts: { esbuild: false, workerd: false },
    // What the page behind a button for deploying asks for, beside the names in .dev.vars.example.
    cloudflare: {
      bindings: {
        PUBLIC_ORIGIN: { description: "The address of your server: https:// and its domain, such as https://my.name, without a path. It is part of every address that the server gives out and cannot be changed later." },
        SORI_SECRET: { description: "Random characters, 32 or more, such as `openssl rand -base64 32` prints. It encrypts the keys of all accounts: keep it in your password manager, since Cloudflare never shows it again and a copy of the database is of no use without it." },
        SETUP_CODE: { description: "A code of your choice, hard to guess, that the set-up page asks for once: whoever has it becomes the owner." },
      },
    },
  };
}

/** Writes the release of what is built; answers its path and the sha256 of its bytes. */
export function release(folder = join(root, "dist")) {
  const packed = pack(files());
  const path = join(folder, `sori-${version}.tar.gz`);
  const sha256 = createHash("sha256").update(packed).digest("hex");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, packed);
  return { path, sha256, size: packed.length };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { build } = await import("./build.mjs");
  await build();
  const made = release();
  say(`${made.path}: ${made.size} bytes\n  sha256 ${made.sha256}`);
}
