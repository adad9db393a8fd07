// Uploads on workerd: forms as clients send them, storage in KV, ranges, the cache, and what a peer gets.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createRestAPIClient } from "masto";
import { account, client } from "./client.mjs";
import { startPeer } from "./fedify_peer.mjs";
import { startInstance } from "./instance.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 90;

/** A file that ffmpeg makes; undefined where there is none. */
function made(name, ...options) {
  const folder = mkdtempSync(join(tmpdir(), "sori-media-"));
  const file = join(folder, name);
  const { status } = spawnSync("ffmpeg", ["-y", "-loglevel", "error", ...options, file]);
  return status === 0 ? readFileSync(file) : undefined;
}

// A 1 × 1 PNG.
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

describe("media", () => {
  let sori, token, api;
  before(async () => {
    sori = await startInstance({ port: PORT });
    token = await account(sori, "alice");
    api = client(sori.origin, token);
  });
  after(async () => sori?.stop());

  const upload = async (bytes, fields = {}, path = "/api/v2/media") => {
    const form = new FormData();
    form.set("file", new Blob([bytes]), "file");
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const response = await fetch(sori.origin + path, { method: "POST", body: form, headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, json: await response.json() };
  };

  test("masto.js uploads, describes and posts a picture", async () => {
    const masto = createRestAPIClient({ url: sori.origin, accessToken: token });
    const media = await masto.v2.media.create({ file: new Blob([PIXEL]), description: "a pixel" });
    const changed = await masto.v1.media.$select(media.id).update({ description: "one pixel", focus: "0.5,-0.5" });
    assert.deepEqual([changed.description, changed.meta.focus], ["one pixel", { x: 0.5, y: -0.5 }]);
    const status = await masto.v1.statuses.create({ status: "look", mediaIds: [media.id] });
    assert.equal(status.mediaAttachments[0].description, "one pixel");
    const file = await fetch(status.mediaAttachments[0].url);
    assert.deepEqual([file.status, file.headers.get("content-type")], [200, "image/png"]);
    assert.ok(PIXEL.equals(Buffer.from(await file.arrayBuffer())));
  });

  test("each kind that ffmpeg makes, served whole and by parts", async (t) => {
    const sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"];
    const moving = ["-f", "lavfi", "-i", "testsrc=duration=2:size=320x180:rate=10"];
    const files = {
      "jpg image": made("a.jpg", ...moving, "-frames:v", "1"),
      "gif image": made("a.gif", ...moving),
      "webp image": made("a.webp", ...moving, "-frames:v", "1"),
      "mp4 gifv": made("a.mp4", ...moving, "-pix_fmt", "yuv420p", "-metadata", "location=+37.5+127.0/", "-movflags", "+faststart"),
      "mp4 video": made("b.mp4", ...moving, ...sound, "-pix_fmt", "yuv420p"),
      "webm gifv": made("a.webm", ...moving),
      "mp3 audio": made("a.mp3", ...sound, "-metadata", "title=secret title"),
      "ogg audio": made("a.ogg", ...sound),
      "flac audio": made("a.flac", ...sound),
      "wav audio": made("a.wav", ...sound),
      "m4a audio": made("a.m4a", ...sound),
    };
    if (Object.values(files).every((bytes) => !bytes)) return t.skip("ffmpeg is not installed");
    for (const [what, bytes] of Object.entries(files)) {
      // Some builds of ffmpeg lack an encoder.
      if (!bytes) continue;
      const [extension, kind] = what.split(" ");
      const { status, json } = await upload(bytes);
      assert.equal(status, 200, `${what}: ${JSON.stringify(json)}`);
      assert.equal(json.type, kind, what);
      if (kind !== "audio") assert.deepEqual([json.meta.original.width, json.meta.original.height], [320, 180], what);
      if (["jpg", "gif", "webp"].includes(extension)) assert.ok(json.blurhash?.length > 10, what);
      if (kind !== "image") assert.ok(Math.abs(json.meta.original.duration - 2) < 0.2, `${what}: ${json.meta.original.duration}`);
      assert.ok(json.url.endsWith(`.${extension}`), json.url);
      // A part first: nothing is cached yet.
      const part = await fetch(json.url, { headers: { range: "bytes=10-19" } });
      assert.equal(part.status, 206, what);
      const whole = await fetch(json.url);
      const served = Buffer.from(await whole.arrayBuffer());
      assert.equal(Number(whole.headers.get("content-length")), served.length);
      assert.equal(part.headers.get("content-range"), `bytes 10-19/${served.length}`);
      assert.ok(served.subarray(10, 20).equals(Buffer.from(await part.arrayBuffer())), what);
      for (const secret of ["+37.5+127.0", "secret title"]) assert.ok(!served.includes(secret), `${what} has ${secret}`);
      // Again, from the cache.
      const end = await fetch(json.url, { headers: { range: `bytes=${served.length - 5}-` } });
      assert.deepEqual([end.status, (await end.arrayBuffer()).byteLength], [206, 5], what);
      assert.equal((await fetch(json.url, { headers: { range: `bytes=${served.length}-` } })).status, 416, what);
      const head = await fetch(json.url, { method: "HEAD" });
      assert.deepEqual([head.status, Number(head.headers.get("content-length"))], [200, served.length], what);
      const known = await fetch(json.url, { headers: { "if-none-match": whole.headers.get("etag") } });
      assert.equal(known.status, 304, what);
    }
  });

  test("an upload that arrives slowly keeps no other waiting", async () => {
    const slow = request(`${sori.origin}/api/v2/media`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "multipart/form-data; boundary=x", "content-length": "1000000" },
    });
    slow.on("error", () => {});
    slow.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n');
    slow.write(Buffer.alloc(100_000));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { status, json } = await upload(PIXEL);
    assert.equal(status, 200, JSON.stringify(json));
    // What is left of it costs nothing afterwards.
    slow.destroy();
    assert.equal((await upload(PIXEL)).status, 200);
  });

  test("what is no picture, too large or broken is refused", async () => {
    for (const [what, bytes] of [
      ["nothing", Buffer.alloc(0)],
      ["SVG", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")],
      ["HTML", Buffer.from("<!doctype html><script>1</script>")],
      ["PDF", Buffer.from("%PDF-1.7")],
      ["a cut PNG", PIXEL.subarray(0, 20)],
      ["a picture of 17 MB", Buffer.concat([PIXEL, Buffer.alloc(17 * 1024 * 1024)])],
    ]) {
      const { status, json } = await upload(bytes);
      assert.equal(status, 422, `${what}: ${JSON.stringify(json)}`);
    }
    // Refused by what it announces. Its body is never sent, and its connection is its own: workerd closes one whose body
    // was not read, and a client that still writes on it gets a broken pipe instead of the answer.
    const announced = await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "multipart/form-data; boundary=x", "content-length": 27 * 1024 * 1024 };
      const asking = request(`${sori.origin}/api/v2/media`, { method: "POST", headers, agent: false }, (response) => {
        response.resume();
        asking.destroy();
        resolve(response.statusCode);
      });
      asking.on("error", reject);
      asking.write('--x\r\ncontent-disposition: form-data; name="file"; filename="file"\r\n\r\n');
    });
    assert.equal(announced, 422, "27 MB");
    const anonymous = await fetch(`${sori.origin}/api/v2/media`, { method: "POST", body: new FormData() });
    assert.equal(anonymous.status, 401);
  });

  test("several large uploads at once are stored one after another", async () => {
    const wav = (megabytes) => {
      const data = megabytes * 1024 * 1024;
      const head = Buffer.alloc(44);
      head.write("RIFF", 0);
      head.writeUInt32LE(36 + data, 4);
      head.write("WAVEfmt ", 8);
      head.writeUInt32LE(16, 16);
      head.writeUInt16LE(1, 20);
      head.writeUInt16LE(2, 22);
      head.writeUInt32LE(44100, 24);
      head.writeUInt32LE(176400, 28);
      head.writeUInt16LE(4, 32);
      head.writeUInt16LE(16, 34);
      head.write("data", 36);
      head.writeUInt32LE(data, 40);
      return Buffer.concat([head, Buffer.alloc(data)]);
    };
    const all = await Promise.all([20, 22, 24].map((n) => upload(wav(n))));
    assert.deepEqual(all.map((a) => a.status), [200, 200, 200], JSON.stringify(all));
    const file = await fetch(all[2].json.url);
    assert.equal((await file.arrayBuffer()).byteLength, 24 * 1024 * 1024 + 44);
  });

  test("a peer gets the attachment with its description and size", async () => {
    const peer = await startPeer({ port: PORT + 1 });
    try {
      const [found] = (await api("GET", `/api/v2/search?q=${encodeURIComponent(peer.handle)}&resolve=true`)).accounts;
      const { json } = await upload(PIXEL, { description: "for the peer" });
      await api("POST", "/api/v1/statuses", { status: `@${found.acct} look`, media_ids: [json.id] });
      const create = await eventually("the Create", () => peer.received.find((a) => a.type === "Create"));
      const [attachment] = [create.json.object.attachment].flat();
      assert.deepEqual([attachment.url?.href ?? attachment.url, attachment.mediaType, attachment.name, attachment.width], [json.url, "image/png", "for the peer", 1]);
    } finally {
      await peer.stop();
    }
  });

  test("files of a peer through the proxy: whole, by parts, and from the cache after the peer is gone", async () => {
    const peer = await startPeer({ port: PORT + 2 });
    const asked = [];
    const film = Buffer.alloc(3 * 1024 * 1024, "film");
    let sent = 0;
    const server = createServer((request, response) => {
      asked.push(request);
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
      const answer = {
        "/whole.png": () => response.writeHead(200, { "content-type": "image/png", "content-length": PIXEL.length, "set-cookie": "a=b" }).end(PIXEL),
        "/chunked.png": () => {
          response.writeHead(200, { "content-type": "image/png" });
          response.write(PIXEL.subarray(0, 10));
          setTimeout(() => response.end(PIXEL.subarray(10)), 100);
        },
        "/packed.png": () => {
          const packed = gzipSync(PIXEL);
          response.writeHead(200, { "content-type": "image/png", "content-encoding": "gzip", "content-length": packed.length }).end(packed);
        },
        "/cut.png": () => {
          response.writeHead(200, { "content-type": "image/png", "content-length": 1000 });
          response.write(PIXEL);
          setTimeout(() => response.destroy(), 100);
        },
        "/endless.png": () => {
          response.writeHead(200, { "content-type": "image/png" });
          const more = () => {
            if (response.destroyed || sent > 200 * 1024 * 1024) return response.end();
            sent += 1024 * 1024;
            response.write(Buffer.alloc(1024 * 1024), () => setImmediate(more));
          };
          more();
        },
        "/film.mp4": () => {
          if (!range) return response.writeHead(200, { "content-type": "video/mp4", "content-length": film.length }).end(film);
          const [first, last] = [Number(range[1]), Number(range[2])];
          const headers = { "content-type": "video/mp4", "content-range": `bytes ${first}-${last}/${film.length}` };
          response.writeHead(206, headers).end(film.subarray(first, last + 1));
        },
        "/moved.png": () => response.writeHead(302, { location: "/whole.png" }).end("moved"),
        "/inside.png": () => response.writeHead(302, { location: "http://10.0.0.1/a.png" }).end(),
        "/ours.png": () => response.writeHead(302, { location: `${sori.origin}/avatars/missing.png` }).end(),
        "/page.png": () => response.writeHead(200, { "content-type": "text/html" }).end("<script>1</script>"),
        "/gone.png": () => response.writeHead(410).end(),
      }[request.url];
      answer ? answer() : response.writeHead(404).end();
    });
    await new Promise((resolve) => server.listen(PORT + 3, "127.0.0.1", resolve));
    const files = `http://localhost:${PORT + 3}`;
    try {
      const [found] = (await api("GET", `/api/v2/search?q=${encodeURIComponent(peer.handle)}&resolve=true`)).accounts;
      // Attachments are taken from https only, which there is none of on loopback; the row of an avatar has any URL,
      // and stays as it is where its counts are known.
      const db = await sori.mf.getD1Database("DB");
      const proxied = new Map();
      for (const name of ["whole", "chunked", "packed", "cut", "endless", "moved", "inside", "ours", "page", "gone", "absent", "film"]) {
        const file = name === "film" ? "film.mp4" : `${name}.png`;
        await db.prepare("UPDATE accounts SET avatar_url = ?1, remote_counts = '[0,0,0]' WHERE id = ?2").bind(`${files}/${file}`, Number(found.id)).run();
        proxied.set(file, (await api("GET", `/api/v1/accounts/${found.id}`)).avatar);
      }
      assert.ok([...proxied.values()].every((url) => url.startsWith(`${sori.origin}/proxy/`)), [...proxied.values()].join());
      const get = (name, headers = {}) => fetch(proxied.get(name), { headers, signal: AbortSignal.timeout(15_000) });
      const bytes = async (response) => Buffer.from(await response.arrayBuffer());

      for (const name of ["whole.png", "chunked.png", "packed.png", "moved.png"]) {
        const response = await get(name, { cookie: "a=b", referer: `${sori.origin}/@alice` });
        assert.deepEqual([response.status, response.headers.get("content-type"), response.headers.get("set-cookie")], [200, "image/png", null], name);
        assert.match(response.headers.get("content-security-policy"), /sandbox$/);
        assert.ok(PIXEL.equals(await bytes(response)), name);
      }
      assert.equal((await fetch(proxied.get("whole.png"))).headers.get("content-length"), String(PIXEL.length));
      for (const { headers } of asked) {
        assert.match(headers["user-agent"], /^Sori/);
        for (const name of ["cookie", "referer", "authorization", "signature"]) assert.equal(headers[name], undefined, name);
      }
      // A part that the cache does not have is asked for as such; a whole film is kept.
      const part = await get("film.mp4", { range: "bytes=1000000-1000009" });
      assert.deepEqual([part.status, part.headers.get("content-range")], [206, `bytes 1000000-1000009/${film.length}`]);
      assert.ok(film.subarray(1_000_000, 1_000_010).equals(await bytes(part)));
      const all = await get("film.mp4", { range: "bytes=0-" });
      assert.deepEqual([all.status, all.headers.get("content-range")], [206, `bytes 0-${film.length - 1}/${film.length}`]);
      assert.ok(film.equals(await bytes(all)));
      for (const [name, status] of [["inside.png", 502], ["ours.png", 502], ["page.png", 502], ["gone.png", 410], ["absent.png", 404]]) {
        const response = await get(name);
        assert.deepEqual([response.status, response.headers.get("cache-control"), (await bytes(response)).length], [status, "public, max-age=60", 0], name);
      }
      for (const name of ["endless.png", "cut.png"]) await assert.rejects(get(name).then(bytes), name);
      await eventually("the end of what has none", () => sent > 0 && sent < 64 * 1024 * 1024);
      const url = proxied.get("whole.png");
      for (const wrong of [url.replace(/proxy\/./, (m) => `proxy/${m.endsWith("A") ? "B" : "A"}`), `${url}?x`, url.replace("proxy/", "proxy//")]) {
        assert.equal((await fetch(wrong)).status, 404, wrong);
      }

      // Without the peer: what was whole is in the cache.
      const before = asked.length;
      await new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
      for (const name of ["whole.png", "chunked.png", "packed.png", "moved.png"]) {
        const kept = await get(name);
        assert.equal(kept.status, 200, name);
        assert.ok(PIXEL.equals(await bytes(kept)), name);
      }
      const kept = await get("film.mp4", { range: "bytes=5-9" });
      assert.deepEqual([kept.status, kept.headers.get("content-range")], [206, `bytes 5-9/${film.length}`]);
      assert.ok(film.subarray(5, 10).equals(await bytes(kept)));
      assert.equal(asked.length, before);
      for (const name of ["cut.png", "endless.png"]) assert.equal((await get(name)).status, 504, name);
    } finally {
      await peer.stop();
      server.closeAllConnections();
      server.close();
    }
  });

  test("requests of the day are counted, those to the cache as well", { timeout: 180_000 }, async () => {
    // An isolate stores what it has counted once a minute, after one of its requests.
    const count = async () => {
      const db = await sori.mf.getD1Database("DB");
      const row = await db.prepare("SELECT sum(counted ->> '$.\"files.requests\"') AS n FROM usage").first();
      return row.n ?? 0;
    };
    const { json } = await upload(PIXEL);
    const before = await count();
    for (let n = 0; n < 3; n++) await Promise.all(Array.from({ length: 20 }, async () => (await fetch(json.url)).arrayBuffer()));
    // What earlier tests have asked for may be stored with it.
    await eventually("the count", async () => {
      await (await fetch(json.url)).arrayBuffer();
      const now = await count();
      return now >= before + 60 && now;
    }, 150);
  });

  test("an avatar by a form as browsers send it", async () => {
    const form = new FormData();
    form.set("display_name", "Alice A.");
    form.set("avatar", new Blob([PIXEL], { type: "image/png" }), "me.png");
    form.set("header", new Blob([]), "");
    const response = await fetch(`${sori.origin}/api/v1/accounts/update_credentials`, { method: "PATCH", body: form, headers: { authorization: `Bearer ${token}` } });
    const me = await response.json();
    assert.equal(response.status, 200, JSON.stringify(me));
    assert.equal(me.display_name, "Alice A.");
    assert.equal((await fetch(me.avatar)).status, 200);
  });
});
