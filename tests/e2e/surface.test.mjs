// What only the real runtime shows: bodies, headers, the costs that D1 reports, a second start.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { account, client } from "./client.mjs";
import { startPeer } from "./fedify_peer.mjs";
import { startInstance, worker } from "./instance.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 60;
const cost = (response) => Object.fromEntries(response.headers.get("x-sori-cost").split(" ").map((p) => p.split("=")).map(([k, v]) => [k, Number(v)]));

/** Bytes in base58btc, as Multikeys have them. */
function multibase(bytes) {
  const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  let text = "";
  for (let number = BigInt(`0x${bytes.toString("hex")}`); number > 0n; number /= 58n) text = digits[Number(number % 58n)] + text;
  return `z${text}`;
}

describe("the surface", () => {
  let sori, token;
  before(async () => {
    sori = await startInstance({ port: PORT });
    token = await account(sori, "alice");
  });
  after(async () => sori?.stop());
  const get = (path, headers = {}) => fetch(sori.origin + path, { headers: { authorization: `Bearer ${token}`, ...headers } });
  const inbox = (body, type = "application/activity+json") => fetch(`${sori.origin}/inbox`, { method: "POST", body, headers: { "content-type": type } });

  /** Sends a request to the inbox whose body never ends; what comes back. */
  const unfinished = (header, body) =>
    new Promise((resolve, reject) => {
      const socket = connect(PORT, "127.0.0.1", () =>
        socket.write(`POST /inbox HTTP/1.1\r\nhost: localhost:${PORT}\r\ncontent-type: application/activity+json\r\n${header}\r\n\r\n${body}`));
      let text = "";
      socket.setTimeout(10_000, () => reject(new Error(`no answer: ${text}`)));
      socket.on("error", (error) => (text ? undefined : reject(error)));
      socket.on("data", (data) => {
        text += data;
        if (!text.includes("error")) return;
        socket.destroy();
        resolve(text);
      });
    });

  test("styles, scripts and the guide are sent without the Worker", async () => {
    const page = await (await fetch(`${sori.origin}/`, { headers: { accept: "text/html" } })).text();
    const style = page.match(/rel="stylesheet" href="([^"]+)"/)[1];
    const guide = await fetch(`${sori.origin}/guide`, { headers: { "accept-language": "ko" } });
    assert.equal(new URL(guide.url).pathname, "/guide/ko/");
    for (const [path, kind] of [[style, "text/css"], [style.replace("style.css", "archive/page.mjs"), "text/javascript"], ["/guide/en/", "text/html"]]) {
      const answer = await fetch(sori.origin + path);
      assert.deepEqual([answer.status, answer.headers.get("content-type").split(";")[0], answer.headers.get("x-sori-cost")], [200, kind, null], path);
    }
    assert.ok((await guide.text()).includes(`href="${style}"`));
    assert.equal((await fetch(`${sori.origin}/assets/other/style.css`)).status, 404);
  });

  test("a body of 10 MB is refused, announced or not", async () => {
    // The response is sent before the body has ended: a client that waits for it gets no broken pipe.
    const announced = await unfinished("content-length: 10485760", "{");
    const chunk = " ".repeat(1 << 16);
    const streamed = await unfinished("transfer-encoding: chunked", `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(40));
    for (const answer of [announced, streamed]) {
      assert.match(answer, /^HTTP\/1\.1 413 /);
      assert.match(answer, /"error":"[^"]*too large/);
    }
  });

  test("malformed JSON, unknown types and unsigned activities", async () => {
    assert.equal((await inbox("{")).status, 400);
    assert.equal((await inbox("{}", "text/plain")).status, 415);
    const unsigned = await inbox(JSON.stringify({ id: "https://x.example/1", type: "Like", actor: "https://x.example/u", object: "https://x.example/2" }));
    assert.equal(unsigned.status, 401);
    const stranger = "https://x.example/u";
    assert.equal((await inbox(JSON.stringify({ id: "https://x.example/1", type: "Delete", actor: stranger, object: stranger }))).status, 202);
  });

  test("the costs that D1 reports keep the budgets", async () => {
    for (let n = 0; n < 25; n++) await client(sori.origin, token)("POST", "/api/v1/statuses", { status: `status ${n}` });
    const home = cost(await get("/api/v1/timelines/home"));
    assert.ok(home.trips <= 2 && home.read <= 300 && home.written === 0, JSON.stringify(home));
    const peer = await startPeer({ port: PORT + 1 });
    try {
      const api = client(sori.origin, token);
      const [found] = (await api("GET", `/api/v2/search?q=${encodeURIComponent(peer.handle)}&resolve=true`)).accounts;
      await api("POST", `/api/v1/accounts/${found.id}/follow`);
      await eventually("the follow", async () => (await api("GET", `/api/v1/accounts/relationships?id[]=${found.id}`))[0].following);
      await peer.post("first");
      // The peer's own request is signed by Fedify; its response has the cost.
      const plain = globalThis.fetch;
      let seen;
      globalThis.fetch = async (input, init) => {
        const response = await plain(input, init);
        if (response.headers.has("x-sori-cost") && (init?.method === "POST" || input?.method === "POST")) seen = cost(response);
        return response;
      };
      await peer.post("second");
      globalThis.fetch = plain;
      assert.ok(seen && seen.trips <= 2 && seen.written <= 6 && seen.queue === 0, JSON.stringify(seen));
    } finally {
      await peer.stop();
    }
  });

  test("slow and endless responses are aborted (CVE-2023-36461)", async () => {
    const left = [];
    const peer = createServer((request, response) => {
      response.writeHead(200, { "content-type": "application/activity+json" });
      response.on("close", () => left.push([request.url, response.writableFinished]));
      if (request.url === "/drips") {
        const drip = setInterval(() => response.write(" "), 300);
        response.on("close", () => clearInterval(drip));
        return;
      }
      const more = () => {
        while (!response.destroyed && response.write(" ".repeat(1 << 16)));
      };
      response.on("drain", more);
      more();
    }).listen(PORT + 5, "127.0.0.1");
    await once(peer, "listening");
    for (const path of ["/drips", "/never-ends"]) {
      const found = await (await get(`/api/v2/search?resolve=true&q=${encodeURIComponent(`http://localhost:${PORT + 5}${path}`)}`)).json();
      assert.deepEqual([found.accounts, found.statuses], [[], []], path);
    }
    await eventually("both are left", () => left.length >= 2);
    assert.ok(left.every(([, isWhole]) => !isWhole), JSON.stringify(left));
    peer.closeAllConnections();
    peer.close();
  });

  test("Ed25519 keys sign as well as RSA's (RFC 9421, FEP-521a)", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const peer = `http://localhost:${PORT + 6}`;
    const actor = `${peer}/ed`;
    const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
    const key = { id: `${actor}#ed25519-key`, type: "Multikey", controller: actor, publicKeyMultibase: multibase(Buffer.concat([Buffer.from([0xed, 0x01]), raw])) };
    const document = { "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/multikey/v1"], id: actor, type: "Person", preferredUsername: "ed", inbox: `${actor}/inbox`, assertionMethod: [key] };
    const server = createServer((request, response) => {
      response.writeHead(request.url === "/ed" ? 200 : 202, { "content-type": "application/activity+json" });
      response.end(request.url === "/ed" ? JSON.stringify(document) : "");
    }).listen(PORT + 6, "127.0.0.1");
    await once(server, "listening");
    const send = (n, by) => {
      const body = JSON.stringify({ "@context": "https://www.w3.org/ns/activitystreams", id: `${actor}/follows/${n}`, type: "Follow", actor, object: `${sori.origin}/users/alice` });
      const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
      const parameters = `("@method" "@target-uri" "content-digest");created=${Math.floor(Date.now() / 1000)};keyid="${key.id}";alg="ed25519"`;
      const base = `"@method": POST\n"@target-uri": ${sori.origin}/inbox\n"content-digest": ${digest}\n"@signature-params": ${parameters}`;
      const signature = sign(null, Buffer.from(base), by).toString("base64");
      return fetch(`${sori.origin}/inbox`, { method: "POST", body, headers: { "content-type": "application/activity+json", "content-digest": digest, "signature-input": `sig1=${parameters}`, signature: `sig1=:${signature}:` } });
    };
    assert.equal((await send(1, privateKey)).status, 202);
    const [asked] = (await (await get("/api/v1/notifications")).json()).filter((n) => n.type === "follow");
    assert.equal(asked?.account.username, "ed");
    assert.equal((await send(2, generateKeyPairSync("ed25519").privateKey)).status, 401);
    server.closeAllConnections();
    server.close();
  });

  test("CORS for web clients", async () => {
    const preflight = await fetch(`${sori.origin}/api/v1/statuses`, { method: "OPTIONS", headers: { origin: "https://elk.example", "access-control-request-method": "POST", "access-control-request-headers": "authorization,idempotency-key" } });
    assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
    assert.match(preflight.headers.get("access-control-allow-headers"), /idempotency-key/);
    const page = await get("/api/v1/timelines/home?limit=2", { origin: "https://elk.example" });
    assert.match(page.headers.get("access-control-expose-headers"), /Link/);
    assert.match(page.headers.get("link"), /max_id=\d+>; rel="next".*min_id=\d+>; rel="prev"/);
  });

  test("the same Idempotency-Key makes one status", async () => {
    const api = client(sori.origin, token);
    const made = await Promise.all([1, 2, 3].map(() => api("POST", "/api/v1/statuses", { status: "only once" }, { "idempotency-key": "k1" })));
    assert.equal(new Set(made.map((s) => s.id)).size, 1);
  });

  test("three concurrent isolates install one schema", async () => {
    const names = ["one", "two", "three"];
    const bindings = { PUBLIC_ORIGIN: `http://localhost:${PORT + 2}`, SORI_SECRET: "x".repeat(40), SETUP_CODE: "code" };
    const mf = new Miniflare(convertV4MiniflareOptions({
      host: "127.0.0.1", port: PORT + 2, cf: false, workers: names.map((name) => worker(name, bindings)),
    }));
    try {
      const isolates = await Promise.all(names.map((name) => mf.getWorker(name)));
      const ask = (isolate) => isolate.fetch(`http://localhost:${PORT + 2}/api/v2/instance`);
      const answers = await Promise.all([...isolates, ...isolates].map(ask));
      assert.deepEqual(answers.map((a) => a.status), Array(6).fill(200));
      const database = await mf.getD1Database("DB", "one");
      // One request in five hundred, by chance, writes the count of the day's requests.
      const { results } = await database.prepare("SELECT key, value FROM settings WHERE key <> 'requests'").all();
      assert.deepEqual(results, [{ key: "schema_version", value: "1" }]);
    } finally {
      await mf.dispose();
    }
  });

  test("a second start keeps the data", async () => {
    await sori.stop();
    sori = await startInstance({ port: PORT, state: sori.state });
    assert.equal((await get("/api/v1/accounts/verify_credentials")).status, 200);
  });
});
