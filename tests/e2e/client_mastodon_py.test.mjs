// Mastodon.py against a running instance: the calls are in mastodon_py_day.py; browser and clock are here.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { account } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { code, signUp, timePasses } from "./people.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 44;
const PYTHON = process.env.SORI_PYTHON || ".tools/python/bin/python";

function isThere() {
  try {
    return existsSync(PYTHON) && Boolean(execFileSync(PYTHON, ["-c", "import mastodon"], { stdio: "ignore" }) ?? true);
  } catch {
    return false;
  }
}

describe("Mastodon.py", { skip: !isThere() && `no Mastodon.py by ${PYTHON}` }, () => {
  let sori;
  before(async () => {
    sori = await startInstance({ port: PORT });
    await account(sori, "owner", true);
    await signUp(sori, "alice", "bob");
  });
  after(async () => sori?.stop());

  test("a day's use", { timeout: 120_000 }, async () => {
    const child = spawn(PYTHON, ["tests/e2e/mastodon_py_day.py", sori.origin], { stdio: ["pipe", "pipe", "pipe"] });
    let errors = "", last;
    child.stderr.on("data", (chunk) => (errors += chunk));
    const ended = new Promise((resolve) => child.on("close", resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      last = line;
      const [what, name, url] = line.split(" ");
      if (what === "authorize") child.stdin.write(`${await code(sori, url, name)}\n`);
      if (what === "time") {
        await timePasses(sori);
        child.stdin.write("\n");
      }
    }
    assert.equal(await ended, 0, errors);
    assert.equal(last, "the day is over");
  });
});
