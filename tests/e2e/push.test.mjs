// Push messages on workerd: a push service on loopback, whose devices decrypt both encodings with a library of others.
import assert from "node:assert/strict";
import { createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import ece from "http_ece";
import { account, client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { signUp } from "./people.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 60;
const PATH = "/api/v1/push/subscription";

let sori, service, tokens, alice, bob;
const received = [];
let status = 201;

before(async () => {
  service = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      received.push({ path: request.url, headers: request.headers, body: Buffer.concat(parts) });
      response.writeHead(status).end();
    });
  });
  await new Promise((ready) => service.listen(PORT + 1, "127.0.0.1", ready));
  sori = await startInstance({ port: PORT });
  await account(sori, "owner", true);
  tokens = await signUp(sori, "alice", "bob");
  [alice, bob] = [client(sori.origin, tokens.alice), client(sori.origin, tokens.bob)];
});
after(async () => {
  await sori?.stop();
  await new Promise((done) => service.close(done));
});

/** A device that subscribes to mentions. */
async function device(name, standard) {
  const key = createECDH("prime256v1");
  const auth = randomBytes(16).toString("base64url");
  const p256dh = key.generateKeys().toString("base64url");
  const made = await alice("POST", PATH, {
    subscription: { endpoint: `http://127.0.0.1:${PORT + 1}/${name}`, keys: { p256dh, auth }, standard },
    data: { alerts: { mention: true } },
  });
  assert.equal(made.standard, standard);
  return { key, auth, made };
}

const part = (header, name) => header.split(/[;,]/).map((one) => one.trim()).find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

function decrypt({ headers, body }, { key, auth }) {
  const params = { version: headers["content-encoding"], privateKey: key, authSecret: auth };
  if (params.version === "aesgcm") {
    params.salt = part(headers.encryption, "salt");
    params.dh = part(headers["crypto-key"], "dh");
  }
  return JSON.parse(ece.decrypt(body, params).toString());
}

/** The claims of the message's token, signed by the server's key. */
function claims({ headers }, serverKey) {
  const standard = headers["content-encoding"] === "aes128gcm";
  const token = standard ? part(headers.authorization.slice("vapid ".length), "t") : headers.authorization.slice("WebPush ".length);
  const key = standard ? part(headers.authorization.slice("vapid ".length), "k") : part(headers["crypto-key"], "p256ecdsa");
  assert.equal(key, serverKey.replace(/=+$/, ""));
  const point = Buffer.from(key, "base64url");
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const [head, payload, signature] = token.split(".");
  const input = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  assert.ok(verify("sha256", Buffer.from(`${head}.${payload}`), input, Buffer.from(signature, "base64url")));
  return JSON.parse(Buffer.from(payload, "base64url"));
}

describe("push", () => {
  for (const standard of [true, false]) {
    test(standard ? "aes128gcm" : "aesgcm", async () => {
      received.length = 0;
      const phone = await device(`phone-${standard}`, standard);
      await bob("POST", "/api/v1/statuses", { status: "@alice 안녕 <3" });
      const message = await eventually("a push message", () => received[0]);
      assert.equal(message.path, `/phone-${standard}`);
      assert.equal(message.headers["content-encoding"], standard ? "aes128gcm" : "aesgcm");
      assert.equal(message.headers.ttl, "172800");
      const said = decrypt(message, phone);
      const [newest] = await alice("GET", "/api/v1/notifications?limit=1");
      assert.equal(said.access_token, tokens.alice);
      assert.equal(said.notification_id, Number(newest.id));
      assert.deepEqual([said.notification_type, said.title, said.body], ["mention", "bob mentioned you", "@alice 안녕 <3"]);
      const instance = await alice("GET", "/api/v2/instance");
      assert.equal(phone.made.server_key, instance.configuration.vapid.public_key);
      assert.equal(claims(message, phone.made.server_key).aud, `http://127.0.0.1:${PORT + 1}`);
    });
  }

  test("a device that is gone", async () => {
    await device("gone", true);
    received.length = 0;
    status = 410;
    await bob("POST", "/api/v1/statuses", { status: "@alice still there?" });
    await eventually("a push message", () => received.length === 1);
    await eventually("the end of the subscription", async () => {
      const answer = await fetch(`${sori.origin}${PATH}`, { headers: { authorization: `Bearer ${tokens.alice}` } });
      return answer.status === 404;
    });
    status = 201;
  });
});
