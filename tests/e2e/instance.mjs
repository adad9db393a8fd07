// The built module on real workerd, through Miniflare's API: D1, the queue and its consumer, the Durable
// Object, cron on demand.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

const BUILD = resolve("build");

/** The modules of build/ as Miniflare wants them, the entry first. */
export function modules(folder = BUILD) {
  const all = readdirSync(folder, { recursive: true }).map(String).filter((f) => /\.(js|mjs|wasm)$/.test(f));
  all.sort((a, b) => Number(b === "index.js") - Number(a === "index.js"));
  return all.map((f) => ({ type: f.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: join(folder, f) }));
}

/** A worker of the built module, for Miniflare: all but the queue's consumer, of which there is one only. */
export function worker(name, bindings, build = BUILD) {
  return {
    name,
    modules: modules(build),
    modulesRoot: build,
    compatibilityDate: "2026-11-01",
    bindings,
    d1Databases: { DB: "sori" },
    kvNamespaces: { MEDIA_KV: "sori-media" },
    queueProducers: { QUEUE: "sori-deliveries" },
    assets: { directory: resolve("public"), routerConfig: { has_user_worker: true } },
    durableObjects: { HEAVY: { className: "Heavy", useSQLite: true }, LIVE: { className: "Live", useSQLite: true } },
  };
}

/** Secrets by state folder, so that an instance that comes back knows its keys. */
const secrets = new Map();

/**
 * Starts an instance on loopback.
 * @param {{port: number, publicOrigin?: string, state?: string, vars?: Record<string, string>, build?: string, inspectorPort?: number, hasAssets?: boolean}} options
 */
export async function startInstance({ port, publicOrigin = `http://localhost:${port}`, state = mkdtempSync(join(tmpdir(), "sori-e2e-")), vars = {}, build, inspectorPort, hasAssets = true }) {
  if (!secrets.has(state)) {
    secrets.set(state, { SORI_SECRET: randomBytes(32).toString("base64"), SETUP_CODE: randomBytes(6).toString("hex") });
  }
  const kept = secrets.get(state);
  const mf = new Miniflare(
    convertV4MiniflareOptions({
      ...worker("sori", { PUBLIC_ORIGIN: publicOrigin, ...kept, ...vars }, build),
      ...(hasAssets ? {} : { assets: undefined }),
      host: "127.0.0.1",
      port,
      inspectorPort,
      resourcePersistencePath: state,
      queueConsumers: { "sori-deliveries": { maxBatchSize: 1, maxBatchTimeout: 0, maxRetries: 0 } },
      cf: false,
      log: new Log(process.env.SORI_E2E_LOG ? LogLevel.DEBUG : LogLevel.NONE),
      handleRuntimeStdio: process.env.SORI_E2E_LOG ? undefined : (out, err) => { out.resume(); err.resume(); },
    }),
  );
  await mf.ready;
  return {
    origin: publicOrigin,
    local: `http://127.0.0.1:${port}`,
    setupCode: kept.SETUP_CODE,
    state,
    mf,
    /** One tick of cron. */
    async scheduled() {
      const worker = await mf.getWorker();
      await worker.scheduled({ scheduledTime: new Date(), cron: "* * * * *" });
    },
    async stop() {
      await mf.dispose();
    },
  };
}
