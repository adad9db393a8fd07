// snac (C, from Debian's backports): an independent server, as a process on loopback.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "./wait.mjs";

const command = process.env.SORI_SNAC || "snac";
const exec = promisify(execFile);

/** Runs snac with lines on its standard input. */
function ask(args, lines) {
  const child = execFile(command, args);
  child.stdin.end(lines.map((l) => `${l}\n`).join(""));
  return new Promise((done, fail) => child.on("error", fail).on("exit", (code) => (code ? fail(new Error(`snac ${args} ended with ${code}`)) : done())));
}

/** Whether there is a snac on this machine. */
export async function hasSnac() {
  try {
    return (await exec(command, []).catch((e) => e)).stdout?.startsWith("snac") ?? false;
  } catch {
    return false;
  }
}

/** Starts a server with one person. */
export async function startSnac({ port, person = "bob" }) {
  const parent = mkdtempSync(join(tmpdir(), "sori-snac-"));
  const data = join(parent, "data");
  await ask(["init", data], ["127.0.0.1", `${port}`, `localhost:${port}`, "", ""]);
  const settings = join(data, "server.json");
  writeFileSync(settings, JSON.stringify({ ...JSON.parse(readFileSync(settings, "utf8")), protocol: "http", queue_retry_minutes: 1, disable_sandbox: true }));
  await ask(["adduser", data, person], [""]);
  const server = spawn(command, ["httpd", data], { stdio: process.env.SORI_E2E_LOG ? "inherit" : "ignore" });
  const origin = `http://localhost:${port}`;
  await eventually("snac's page", async () => (await fetch(`${origin}/${person}`)).ok);
  const folder = join(data, "user", person);
  const documents = (name) =>
    readdirSync(join(folder, name)).filter((f) => f.endsWith(".json")).map((f) => JSON.parse(readFileSync(join(folder, name, f), "utf8")));
  /** The file of the document with an id. */
  const pathOf = (id) => {
    const objects = join(data, "object");
    const files = readdirSync(objects, { recursive: true, withFileTypes: true }).filter((entry) => entry.name.endsWith(".json"));
    return files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).find((path) => JSON.parse(readFileSync(path, "utf8")).id === id);
  };
  return {
    origin,
    handle: `${person}@localhost:${port}`,
    actor: `${origin}/${person}`,
    /** A command of its own for the person: `run("follow", url)`. Answers what it printed. */
    run: async (name, ...args) => (await exec(command, [name, data, person, ...args])).stdout,
    webfinger: async (handle) => (await exec(command, ["webfinger", data, handle])).stdout,
    followers: () => documents("followers"),
    following: () => documents("following"),
    /** What came into the person's timeline. */
    timeline: () => documents("private"),
    /** A document that it has stored, by its id; undefined where it has none. */
    stored: (id) => {
      const path = pathOf(id);
      return path && JSON.parse(readFileSync(path, "utf8"));
    },
    /** How many have liked or boosted one of its own things. */
    admirers: (id, kind) => {
      const index = pathOf(id)?.replace(/\.json$/, kind === "like" ? "_l.idx" : "_a.idx");
      try {
        return readFileSync(index, "utf8").trim().split("\n").filter(Boolean).length;
      } catch {
        return 0;
      }
    },
    async stop() {
      server.kill();
      await new Promise((done) => server.once("exit", done));
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
