// The folder of a local instance: its database, its secrets, its address.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "./common.mjs";

const WORDS = "fern leaf spore moss wind rain stone river cloud root seed dawn dusk hill field reed".split(" ");

export const statePath = () => resolve(process.env.SORI_STATE ?? join(root, ".sori"));

/** Whether the state folder has its secrets. */
export const hasSecrets = () => existsSync(join(statePath(), ".dev.vars"));

/** Whether a process runs. */
function isAlive(pid) {
  try {
    return Boolean(pid) && process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Opens the state folder, with fresh secrets where it has none, or with the secret of the environment. */
export function openState() {
  const path = statePath();
  mkdirSync(path, { recursive: true });
  const file = join(path, ".dev.vars");
  if (!existsSync(file)) {
    const code = [...randomBytes(4)].map((b) => WORDS[b % WORDS.length]).join("-");
    writeFileSync(file, `SORI_SECRET=${process.env.SORI_SECRET ?? randomBytes(32).toString("base64")}\nSETUP_CODE=${code}-${randomBytes(2).toString("hex")}\n`, { mode: 0o600 });
  }
  const vars = Object.fromEntries(
    readFileSync(file, "utf8").split("\n").filter((l) => l.includes("=")).map((l) => [l.slice(0, l.indexOf("=")), l.slice(l.indexOf("=") + 1)]),
  );
  const place = join(path, "running.json");
  return {
    path,
    file,
    vars,
    /** Where the instance listens, if it was ever started. */
    running: () => (existsSync(place) ? JSON.parse(readFileSync(place, "utf8")) : undefined),
    /** Whether the process that serves it is there. */
    isRunning() {
      return isAlive(this.running()?.pid);
    },
    remember: (running) => writeFileSync(place, JSON.stringify(running)),
    /** The instance has ended: its place stays known. */
    ended() {
      if (existsSync(place)) writeFileSync(place, JSON.stringify({ ...JSON.parse(readFileSync(place, "utf8")), pid: undefined }));
    },
  };
}
