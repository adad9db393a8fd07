// Previews of linked pages on workerd: a page in another encoding, one that never ends, and one without an answer.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { account, client } from "./client.mjs";
import { startInstance } from "./instance.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 120;
const HEAD = "<meta property='og:title' content='The news'><meta property='og:image' content='https://cdn.example/p.png'>";
// "한국" in EUC-KR.
const KOREAN = Buffer.concat([Buffer.from("<meta charset=euc-kr><title>"), Buffer.from([0xc7, 0xd1, 0xb1, 0xb9]), Buffer.from("</title>")]);

let sori, api, server;
let sent = 0;
before(async () => {
  const html = { "content-type": "text/html" };
  server = createServer((request, response) => {
    const answers = {
      "/korean": () => response.writeHead(200, html).end(KOREAN),
      "/endless": () => {
        response.writeHead(200, html);
        response.write(HEAD);
        const more = () => {
          if (response.destroyed || sent > 200 * 1024 * 1024) return response.end();
          sent += 1024 * 1024;
          response.write(" ".repeat(1024 * 1024), () => setImmediate(more));
        };
        more();
      },
      "/moved": () => response.writeHead(302, { location: "/korean" }).end(),
      "/inside": () => response.writeHead(302, { location: "http://10.0.0.1/" }).end(),
    };
    (answers[request.url] ?? (() => response.writeHead(404).end()))();
  });
  await new Promise((resolve) => server.listen(PORT + 1, "127.0.0.1", resolve));
  sori = await startInstance({ port: PORT });
  api = client(sori.origin, await account(sori, "alice"));
});
after(async () => {
  await sori?.stop();
  server?.closeAllConnections();
  server?.close();
});

test("a page is read once somebody opens a status that links to it", async () => {
  const db = await sori.mf.getD1Database("DB");
  const status = await api("POST", "/api/v1/statuses", { status: "look" });
  const opened = async (path) => {
    // A link to loopback is no link of a composed text.
    const url = `http://localhost:${PORT + 1}${path}`;
    await db.prepare("UPDATE statuses SET card_url = ?1 WHERE id = ?2").bind(url, Number(status.id)).run();
    await api("GET", `/api/v1/statuses/${status.id}/context`);
    await eventually(`the page ${path}`, async () => await db.prepare("SELECT 1 FROM cards WHERE url = ?1").bind(url).first());
    return (await api("GET", `/api/v1/statuses/${status.id}`)).card;
  };
  assert.equal((await opened("/korean")).title, "한국");
  assert.equal((await opened("/moved")).title, "한국");
  const endless = await opened("/endless");
  assert.equal(endless.title, "The news");
  assert.ok(endless.image.startsWith(`${sori.origin}/proxy/`), endless.image);
  await eventually("the end of what has none", () => sent > 0 && sent < 64 * 1024 * 1024);
  for (const path of ["/inside", "/absent"]) assert.equal(await opened(path), null, path);
});
