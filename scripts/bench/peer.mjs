// A server of ours that signs: its actors are u, u1, u2 and so on, all with one key.
import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

const CONTEXT = "https://www.w3.org/ns/activitystreams";

export function startPeer(port) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const publicKeyPem = publicKey.export({ type: "spki", format: "pem" });
  const origin = `http://localhost:${port}`;
  const actor = (name) => ({
    "@context": CONTEXT, id: `${origin}/${name}`, type: "Person", preferredUsername: name,
    inbox: `${origin}/${name}/inbox`, followers: `${origin}/${name}/followers`,
    publicKey: { id: `${origin}/${name}#main-key`, owner: `${origin}/${name}`, publicKeyPem },
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
  }).listen(port, "127.0.0.1");
  return {
    origin,
    /** Waits until that many more activities have come in; to be called before they are caused. Fails after a minute. */
    more(many) {
      const wanted = delivered + many;
      return new Promise((done, failed) => {
        const timer = setTimeout(() => failed(new Error(`only ${many - (wanted - delivered)} of ${many} activities came`)), 60_000);
        enough = () => {
          if (delivered < wanted) return;
          clearTimeout(timer);
          enough = () => {};
          done();
        };
      });
    },
    /** Sends a signed activity to an instance. */
    send(instance, activity) {
      const host = new URL(instance).host;
      const body = JSON.stringify({ "@context": CONTEXT, ...activity });
      const date = new Date().toUTCString();
      const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
      const signed = `(request-target): post /inbox\nhost: ${host}\ndate: ${date}\ndigest: ${digest}`;
      const signature = createSign("sha256").update(signed).sign(privateKey, "base64");
      return fetch(`${instance}/inbox`, {
        method: "POST", body,
        headers: { date, digest, host, "content-type": "application/activity+json", signature: `keyId="${activity.actor}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="${signature}"` },
      });
    },
    stop: () => server.close(),
  };
}
