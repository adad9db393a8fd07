// npm run bench: CPU for each request on workerd, beside an empty worker and one that does a single D1 select,
// in the same run. Figures are ratios; times depend on the machine.
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { node, root } from "./setup.mjs";

if (realpathSync(process.execPath) !== realpathSync(node)) {
  build();
  process.exit(spawnSync(node, [join(root, "scripts", "bench.mjs")], { stdio: "inherit", cwd: root }).status ?? 1);
}

const { convertV4MiniflareOptions, Miniflare } = await import("miniflare");
const { startInstance } = await import("../tests/e2e/instance.mjs");
const { account, client } = await import("../tests/e2e/client.mjs");
const N = Number(process.env.N ?? 600);
const PORT = 8890;

/** CPU seconds of every process below this one: workerd among them. */
function cpu() {
  const ticks = 100;
  const children = new Map();
  const used = new Map();
  for (const pid of spawnSync("ls", ["/proc"]).stdout.toString().split("\n").filter((p) => /^\d+$/.test(p))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      children.set(fields[1], [...(children.get(fields[1]) ?? []), pid]);
      used.set(pid, (Number(fields[11]) + Number(fields[12])) / ticks);
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (pid) => (children.get(pid) ?? []).reduce((sum, child) => sum + used.get(child) + below(child), 0);
  return below(String(process.pid));
}

async function measure(name, request) {
  for (let n = 0; n < 60; n++) await request(-1 - n);
  const times = [];
  const before = cpu();
  for (let n = 0; n < N; n++) {
    const start = performance.now();
    const response = await request(n);
    await response.arrayBuffer();
    if (response.status >= 400) throw new Error(`${name}: ${response.status}`);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { name, cpu: ((cpu() - before) / N) * 1000, p50: times[N >> 1] };
}

const plain = async (script, port) => {
  const mf = new Miniflare(convertV4MiniflareOptions({ modules: true, script, port, host: "127.0.0.1", compatibilityDate: "2026-11-01", d1Databases: { DB: "bench" }, cf: false }));
  await mf.ready;
  return mf;
};

const rows = [];
const empty = await plain("export default { fetch: () => new Response('hello') }", PORT);
rows.push(await measure("an empty worker", () => fetch(`http://127.0.0.1:${PORT}/`)));
await empty.dispose();
const select = await plain("export default { async fetch(r, env) { return Response.json(await env.DB.prepare('select 1 as one').all()) } }", PORT + 1);
rows.push(await measure("one D1 select", () => fetch(`http://127.0.0.1:${PORT + 1}/`)));
await select.dispose();

// What a delivery cannot do without.
const signer = await plain(`
  let key;
  const make = () => crypto.subtle.generateKey({ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, false, ["sign"]);
  export default { async fetch() {
    key ??= (await make()).privateKey;
    for (let n = 0; n < 10; n++) await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, new TextEncoder().encode("(request-target): post /inbox " + n));
    return new Response("signed");
  } }`, PORT + 4);
rows.push(await measure("ten RSA signatures", () => fetch(`http://127.0.0.1:${PORT + 4}/`)));
await signer.dispose();

const state = mkdtempSync(join(tmpdir(), "sori-bench-"));
const sori = await startInstance({ port: PORT + 2, state });
const token = await account(sori, "alice");
const api = client(sori.origin, token);
for (let n = 0; n < 60; n++) await api("POST", "/api/v1/statuses", { status: `status ${n} with a #tag and https://example.com/${n}` });
const [newest] = await api("GET", "/api/v1/timelines/home");
const authorization = `Bearer ${token}`;
rows.push(await measure("home timeline of 20", () => fetch(`${sori.origin}/api/v1/timelines/home`, { headers: { authorization } })));
rows.push(await measure("a status", () => fetch(`${sori.origin}/api/v1/statuses/${newest.id}`, { headers: { authorization } })));
rows.push(await measure("a post", (n) => fetch(`${sori.origin}/api/v1/statuses`, { method: "POST", headers: { authorization, "content-type": "application/json" }, body: JSON.stringify({ status: `bench ${n}` }) })));

// A signed inbox: a peer of our own making, whose key the instance fetches once.
const { createServer } = await import("node:http");
const { createHash, createSign, generateKeyPairSync } = await import("node:crypto");
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const peer = `http://localhost:${PORT + 3}`;
const actor = (name) => ({
  "@context": "https://www.w3.org/ns/activitystreams", id: `${peer}/${name}`, type: "Person", preferredUsername: name, inbox: `${peer}/${name}/inbox`, followers: `${peer}/${name}/followers`,
  publicKey: { id: `${peer}/${name}#main-key`, owner: `${peer}/${name}`, publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) },
});
let delivered = 0;
let enough = () => {};
const server = createServer((request, response) => {
  if (request.method === "POST") {
    request.resume();
    request.on("end", () => {
      response.writeHead(202).end();
      delivered += 1;
      enough();
    });
    return;
  }
  const name = /^\/(u\d*)$/.exec(request.url)?.[1];
  response.writeHead(name ? 200 : 404, { "content-type": "application/activity+json" });
  response.end(name ? JSON.stringify(actor(name)) : "");
}).listen(PORT + 3, "127.0.0.1");
/** Until so many activities have come in all. */
const until = (many) => new Promise((done) => (enough = () => delivered >= many && done())).finally(() => (enough = () => {}));
const sends = (activity) => {
  const body = JSON.stringify({ "@context": "https://www.w3.org/ns/activitystreams", ...activity });
  const date = new Date().toUTCString();
  const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
  const signature = createSign("sha256").update(`(request-target): post /inbox\nhost: localhost:${PORT + 2}\ndate: ${date}\ndigest: ${digest}`).sign(privateKey, "base64");
  return fetch(`${sori.origin}/inbox`, {
    method: "POST", body,
    headers: { date, digest, host: `localhost:${PORT + 2}`, "content-type": "application/activity+json", signature: `keyId="${activity.actor}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="${signature}"` },
  });
};
const signed = (n) => {
  const id = `${peer}/notes/${n}-${Date.now()}`;
  return sends({
    id: `${id}#create`, type: "Create", actor: `${peer}/u`,
    object: { id, type: "Note", attributedTo: `${peer}/u`, content: "<p>a note for <b>bench</b></p>", published: new Date().toISOString(),
      to: ["https://www.w3.org/ns/activitystreams#Public"], cc: [`${sori.origin}/users/alice`] },
  });
};
rows.push(await measure("a signed note to the inbox", signed));

// The longest invocation of a delivery: ten inboxes, ten signatures. Followers with an inbox each.
for (let n = 1; n <= 10; n++) {
  const accepted = until(n);
  const answer = await sends({ id: `${peer}/follows/${n}`, type: "Follow", actor: `${peer}/u${n}`, object: `${sori.origin}/users/alice` });
  if (answer.status !== 202) throw new Error(`follow ${n}: ${answer.status}`);
  await accepted;
}
const { cpu: post } = rows.find((r) => r.name === "a post");
const both = await measure("a post, delivered to ten inboxes", async (n) => {
  const all = until(delivered + 10);
  const response = await fetch(`${sori.origin}/api/v1/statuses`, { method: "POST", headers: { authorization, "content-type": "application/json" }, body: JSON.stringify({ status: `to ten ${n}` }) });
  await all;
  return response;
});
rows.push(both, { name: "of that the delivery, by the queue", cpu: both.cpu - post, p50: undefined });
server.close();
await sori.stop();
rmSync(state, { recursive: true, force: true });

const base = rows[1].cpu;
console.log(`\nCPU of workerd over ${N} requests each, one after another\n`);
console.log("| request | CPU ms | × one select | p50 ms |\n|---|---|---|---|");
for (const r of rows) console.log(`| ${r.name} | ${r.cpu.toFixed(2)} | ${(r.cpu / base).toFixed(2)} | ${r.p50?.toFixed(2) ?? ""} |`);
process.exit(0);
