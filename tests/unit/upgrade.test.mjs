// npm run upgrade in a clone, whose deploy is a script that only leaves a mark.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

// A path with blanks, as home folders may have.
const place = mkdtempSync(join(tmpdir(), "sori upgrade "));
after(() => rmSync(place, { recursive: true, force: true }));
const [theirs, ours] = ["theirs", "ours"].map((name) => join(place, name));

function git(folder, ...args) {
  const done = spawnSync("git", ["-c", "user.name=x", "-c", "user.email=x@x.example", ...args], { cwd: folder, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
}

const settings = (folder) => join(folder, "wrangler.toml");
const change = (folder, from, to) => writeFileSync(settings(folder), readFileSync(settings(folder), "utf8").replace(from, to));

function upgrade() {
  rmSync(join(ours, "deployed"), { force: true });
  const env = { ...process.env, GIT_COMMITTER_NAME: "x", GIT_COMMITTER_EMAIL: "x@x.example", GIT_AUTHOR_NAME: "x", GIT_AUTHOR_EMAIL: "x@x.example" };
  const done = spawnSync(process.execPath, [join(ours, "scripts", "upgrade.mjs"), "--no-backup", "--dry-run"], { cwd: ours, encoding: "utf8", env });
  return { ...done, isDeployed: existsSync(join(ours, "deployed")) };
}

test("what was changed in a clone stays, and nothing is deployed where it does not fit", () => {
  mkdirSync(join(theirs, "scripts"), { recursive: true });
  for (const name of ["common", "merge", "tar", "upgrade"]) copyFileSync(join("scripts", `${name}.mjs`), join(theirs, "scripts", `${name}.mjs`));
  writeFileSync(join(theirs, "scripts", "deploy.mjs"), 'import { writeFileSync } from "node:fs";\nwriteFileSync("deployed", "");\n');
  writeFileSync(join(theirs, "package.json"), '{"name": "sori", "version": "1.0.0", "type": "module"}\n');
  writeFileSync(join(theirs, "Cargo.toml"), "");
  writeFileSync(join(theirs, ".gitignore"), "/deployed\n");
  writeFileSync(settings(theirs), 'one = 1\n\n\n\n\n\n\n\nPUBLIC_ORIGIN = ""\n');
  git(place, "init", "-q", "-b", "main", theirs);
  git(theirs, "add", ".");
  git(theirs, "commit", "-qm", "1");
  git(place, "clone", "-q", theirs, ours);
  change(ours, '""', '"https://my.name"');

  change(theirs, "one = 1", "one = 2");
  git(theirs, "commit", "-qam", "2");
  const fits = upgrade();
  assert.ok(fits.status === 0 && fits.isDeployed, fits.stderr);
  assert.equal(readFileSync(settings(ours), "utf8"), 'one = 2\n\n\n\n\n\n\n\nPUBLIC_ORIGIN = "https://my.name"\n');

  change(theirs, '""', '"" # new');
  git(theirs, "commit", "-qam", "3");
  const clashes = upgrade();
  assert.ok(clashes.status !== 0 && !clashes.isDeployed, clashes.stdout);
  assert.match(clashes.stderr, /wrangler\.toml\n.*npm run deploy/);
});
