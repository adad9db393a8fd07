// What people here, their apps and addresses say is printed in Chromium, with scripts and without our policy, and then with it: no script runs, nothing is asked of
// another origin, no form or element is there that is not ours.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { path, startChromium } from "./chromium.mjs";
import { client } from "./client.mjs";
import { ADDRESSES, ALL, inspector, owner, saying, startHostile, VECTORS } from "./hostile.mjs";
import { startInstance } from "./instance.mjs";
import { eventually } from "./wait.mjs";

const PORT = Number(process.env.SORI_E2E_PORT ?? 8840) + 305;
const every = VECTORS.map((_, n) => n);
const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

describe("what people here say", { skip: !path }, () => {
  let sori, chromium, peer, api, token, alice, look, pages, reader, wrong, told;
  before(async () => {
    sori = await startInstance({ port: PORT });
    chromium = await startChromium();
    peer = startHostile(PORT + 1, saying);
    ({ api, token, alice } = await owner(sori, client));
    ({ look, pages, reader, wrong, told } = inspector(sori, chromium));
  });
  after(async () => {
    await chromium?.close();
    peer?.stop();
    await sori?.stop();
  });

  test("posts and profiles of people here, and the cards of their links", { timeout: 500_000 }, async () => {
    const db = await sori.mf.getD1Database("DB");
    const form = new FormData();
    form.set("file", new Blob([PIXEL], { type: "image/png" }), `${VECTORS[1]}.png`);
    form.set("description", saying("own_alt", ALL));
    const upload = await fetch(`${sori.origin}/api/v2/media`, { method: "POST", body: form, headers: { authorization: `Bearer ${token}` } });
    const media = await upload.json();
    assert.ok(upload.ok, JSON.stringify(media));
    const urls = [];
    for (const n of every) {
      const kind = [{ spoiler_text: saying("own_warning", VECTORS[n].replaceAll("\0", "")) }, { poll: { options: [`~own_option~`, VECTORS[n].replaceAll("\0", "").slice(0, 50)], expires_in: 3600 } }, {}][n % 3];
      const status = await api("POST", "/api/v1/statuses", { status: `${saying("own_text", VECTORS[n].replaceAll("\0", ""))} ${ADDRESSES[n % ADDRESSES.length]} #fern`, ...kind, ...(n === 0 ? { media_ids: [media.id] } : {}) });
      urls.push(new URL(status.url).pathname);
      if (n % 3 !== 2) continue;
      // Only a post without files and a warning has a card.
      const card = `${peer.origin}/page?n=${n}`;
      await db.prepare("UPDATE statuses SET card_url = ?1 WHERE id = ?2").bind(card, Number(status.id)).run();
      await api("GET", `/api/v1/statuses/${status.id}/context`);
      await eventually(`the card ${n}`, () => db.prepare("SELECT 1 FROM cards WHERE url = ?1").bind(card).first(), 90);
    }
    const first = await api("GET", `/api/v1/statuses/${urls[0].split("/").pop()}`);
    await api("PUT", `/api/v1/statuses/${first.id}`, { status: saying("edited", ALL), media_ids: [media.id], spoiler_text: ALL.slice(0, 200) });
    await api("PATCH", "/api/v1/accounts/update_credentials", {
      display_name: VECTORS[22].slice(0, 30), note: saying("own_note", ALL), fields_attributes: [{ name: saying("own_field", VECTORS[23]).slice(0, 255), value: saying("own_value", ALL).slice(0, 255) }, { name: "x", value: "javascript:hit()" }],
    });
    await api("POST", "/api/v1/statuses", { status: saying("scheduled", ALL), scheduled_at: new Date(Date.now() + 3_600_000).toISOString() });
    const addresses = ["/", "/@alice", "/@alice/with_replies", "/@alice/media", "/public/local", "/directory", "/about", ...urls.filter((_, n) => n % 3 === 0), `${urls[0]}/edits`];
    assert.deepEqual(await look([...(await pages("/@alice")), ...addresses], true, false), []);
    assert.deepEqual(await look([...addresses.slice(0, 14), "/scheduled", `/compose?edit=${first.id}`, `/compose?redraft=${first.id}`, "/settings/profile"], true), []);
    assert.deepEqual(await look(addresses.slice(0, 12), false, false), []);
    assert.deepEqual(await look(urls.filter((_, n) => n % 5 === 0).map((url) => `${url}/embed`), true, false), []);
    // What machines read: feeds, oEmbed, the head of a page.
    const { context, page, seen } = await reader(true, false);
    await page.goto(`${sori.origin}/about`);
    const texts = {};
    for (const address of ["/@alice.rss", "/@alice.atom", "/tags/fern.rss", "/tags/fern.atom", "/sitemap.xml"]) texts[address] = await (await fetch(sori.origin + address)).text();
    for (const address of ["/@alice.feed.json", "/tags/fern.feed.json"]) texts[address] = (await (await fetch(sori.origin + address)).json()).items.map((item) => item.content_html).filter(Boolean);
    for (const url of urls.slice(0, 8)) texts[`oembed of ${url}`] = [(await api("GET", `/api/oembed?url=${encodeURIComponent(sori.origin + url)}`)).html];
    const faults = await page.evaluate((texts) => {
      const faults = [];
      const html = (name, text) => {
        const read = new DOMParser().parseFromString(text, "text/html");
        for (const element of read.querySelectorAll("*")) {
          const is = [...element.attributes].some(({ name, value }) => /^on|^style$/.test(name) || (/^(href|src|action|formaction)$/.test(name) && !/^https?:\/\//.test(value)));
          if (is || ["form", "input", "iframe", "object", "embed", "base", "meta", "link", "style", "svg", "math"].includes(element.localName) || (element.localName === "script" && !(name.startsWith("oembed") && element.src.startsWith(location.origin)))) {
            if (!(name.startsWith("oembed") && element.localName === "iframe")) faults.push(`${name}: ${element.outerHTML.slice(0, 200)}`);
          }
        }
      };
      for (const [name, text] of Object.entries(texts)) {
        if (Array.isArray(text)) {
          for (const one of text) html(name, one);
          continue;
        }
        const xml = new DOMParser().parseFromString(text, "application/xml");
        if (xml.querySelector("parsererror")) faults.push(`${name}: ${xml.querySelector("parsererror").textContent.slice(0, 300)}`);
        for (const element of xml.querySelectorAll("*")) {
          if (element.namespaceURI === "http://www.w3.org/1999/xhtml") faults.push(`${name}: ${element.outerHTML.slice(0, 200)}`);
          // HTML by their formats: what an item of RSS says, and what Atom marks as such; all else is plain text.
          const isOfItem = element.localName === "encoded" || (element.localName === "description" && element.parentElement?.localName === "item");
          if (isOfItem || element.getAttribute("type") === "html") html(name, element.textContent);
        }
      }
      return faults;
    }, texts);
    assert.deepEqual([...faults, ...seen.hits, ...seen.requests], []);
    assert.ok(texts["/@alice.rss"].includes("~own_text~"));
    await context.close();
  });

  test("what the rows of the database say as plain text", async () => {
    const db = await sori.mf.getD1Database("DB");
    // As if what reads it had let everything pass: columns of plain text, and addresses that are printed as such.
    const poison = {
      accounts: ["display_name", "avatar_description", "header_description"],
      statuses: ["spoiler_text", "language", "brought_uri", "brought_url"],
      lists: ["title"], filters: ["title"], apps: ["name", "website"], account_notes: ["comment"], collections: ["name", "description"], sessions: ["browser"],
    };
    await api("POST", "/api/v1/lists", { title: "a list" });
    const { collection } = await api("POST", "/api/v1_alpha/collections", { name: "a collection", description: "of somebody" });
    await api("POST", "/api/v2/filters", { title: "a filter", context: ["home"], filter_action: "warn", keywords_attributes: [{ keyword: "fern" }] });
    await peer.send(sori.origin, 0, { id: `${peer.origin}/v0/follow`, type: "Follow", object: `${sori.origin}/users/alice` });
    const [{ account: known }] = await api("GET", "/api/v1/notifications");
    await api("POST", `/api/v1/accounts/${known.id}/note`, { comment: "of somebody" });
    for (const [table, columns] of Object.entries(poison)) {
      for (const column of columns) await db.prepare(`UPDATE ${table} SET ${column} = ?1${table === "statuses" ? " || id" : ""}`).bind(saying(`row_${table}_${column}`, ALL)).run();
    }
    const app = await client(sori.origin)("POST", "/api/v1/apps", { client_name: saying("app_name", `"><svg onload=hit()><script>`), redirect_uris: "http://localhost/there", website: "https://x.example/", scopes: "read" });
    const consent = `/oauth/authorize?client_id=${app.client_id}&redirect_uri=http://localhost/there&response_type=code&scope=read&state=${encodeURIComponent(ALL)}`;
    const [list] = await api("GET", "/api/v1/lists");
    const [filter] = await api("GET", "/api/v2/filters");
    const addresses = ["/home", "/notifications", "/@alice", "/lists", `/lists/${list.id}`, `/lists/${list.id}/edit`, "/settings/filters", `/settings/filters/${filter.id}`, "/settings/list-feeds", `/@${known.acct}`, "/settings/profile", "/settings/muted", "/menu", "/settings/security", "/settings/sessions", "/collections", `/collections/${collection.id}`, `/collections/${collection.id}/edit`, consent];
    assert.deepEqual(await look(addresses, true), []);
  });

  test("what an address says", async () => {
    const said = [ALL, "javascript:hit()", VECTORS[24]].map(encodeURIComponent);
    const [status] = await api("GET", `/api/v1/accounts/${alice.id}/statuses`);
    const addresses = said.flatMap((v) => [`/nothing/${v}`, `/@${v}`, `/@alice/${v}`, `/@alice@${v}`, `/tags/${v}`, `/@alice/tagged/${v}`, `/lists/${v}`, `/lists/${v}/edit`, `/settings/${v}`, `/settings/filters/${v}`, `/settings/domains/${v}`, `/settings/import/${v}`,
      `/search?q=${v}`, `/search?q=a&type=${v}`, `/interact?uri=${v}`, `/authorize_interaction?uri=${v}`, `/share?text=${v}&title=${v}&url=${v}`, `/compose?reply=${v}`, `/compose?text=${v}`, `/report?status=${v}`, `/report?account=${v}`,
      `/home?max_id=${v}`, `/public?max_id=${v}&${v}=${v}`, `/notifications?type=${v}`, `/notifications?max_id=1&x=${v}`, `/tags/fern?max_id=${v}`, `/sign_in?next=${v}`, `/sign_in?username=${v}&login=${v}`, `/setup?${v}`, `/settings/emojis?emoji=${v}`, `/settings/archive?${v}`,
      `/oauth/authorize?client_id=${v}&redirect_uri=${v}&response_type=${v}&scope=${v}&state=${v}`, `/settings/site?title=${v}`, `/menu?${v}`, `/links?url=${v}`, `/collections/${v}`, `/css/${v}`, `/settings/notifications?saved=${v}`, `/welcome/people?q=${v}`, `/settings/people?q=${v}&origin=${v}&status=${v}`, `/settings/roles?role=${v}`, `/settings/trends?tag=${v}`, `/settings/audit?by=${v}`, `/@alice/${v}/embed`]);
    assert.deepEqual(await look(addresses, true), []);
    assert.deepEqual(await look([...addresses.filter((a) => a.includes(said[0]) && !/^\/(settings|home|notif)/.test(a)), `${new URL(status.url).pathname}?x=${said[0]}`], true, false), []);
  });

  test("what a form says, stored or refused", { timeout: 500_000 }, async () => {
    const { context, page, seen } = await reader(true);
    const [status] = await api("GET", `/api/v1/accounts/${alice.id}/statuses`);
    const [list] = await api("GET", "/api/v1/lists");
    const { collections: [collection] } = await api("GET", `/api/v1_alpha/accounts/${alice.id}/collections`);
    const faults = [];
    let sent = 0;
    const forms = ["/settings/site", "/settings/rules", "/settings/announcements", "/settings/templates", "/settings/terms", "/settings/invites", "/settings/spam", "/settings/held", "/settings/sign-up-rules", "/settings/profile", "/settings/filters", "/settings/domains", "/settings/servers", "/settings/blocklists", "/settings/relays", "/settings/emojis", "/settings/identities", "/settings/list-feeds", "/settings/preferences",
      "/lists", `/lists/${list.id}/edit`, "/compose", "/home", `/compose?reply=${status.id}`, "/interact?uri=https://x.example/1", "/settings/import", "/settings/migration", "/settings/old-posts", "/collections", `/collections/${collection.id}/edit`, "/settings/branding", "/welcome/people"];
    for (const address of forms) {
      await page.goto(sori.origin + address);
      const many = await page.locator("main form").count();
      for (let n = 0; n < many; n++) {
        await page.goto(sori.origin + address);
        const form = page.locator("main form").nth(n);
        const isOne = (await form.locator("input[type=text], input:not([type]), textarea, input[type=url], input[type=search]").count()) > 0;
        if (!isOne || (await form.locator("input[type=password]").count()) > 0) continue;
        // Whatever a browser would refuse is sent as well.
        await form.evaluate((form, all) => {
          for (const field of form.querySelectorAll("input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([type=file]), textarea")) {
            if (field.type !== "datetime-local" && field.type !== "number") field.value = (field.maxLength > 0 ? all.slice(0, field.maxLength) : all);
            field.removeAttribute("required");
          }
          form.noValidate = true;
        }, `~typed~ ${ALL}`);
        const button = form.locator("button:visible").last();
        if ((await button.count()) === 0) continue;
        const [answer] = await Promise.all([page.waitForNavigation({ waitUntil: "load" }), button.click()]);
        sent++;
        if (answer.status() >= 500) faults.push(`${address}: ${answer.status()}`);
        faults.push(...(await wrong(page, seen, `${address}, form ${n}, sent`)));
        await page.goto(sori.origin + address);
        faults.push(...(await wrong(page, seen, `${address}, form ${n}, again`)));
      }
    }
    assert.ok(sent > 12, `${sent}`);
    assert.deepEqual(faults, []);
    await context.close();
    // What the operator has said is on public pages.
    assert.deepEqual(await look(["/", "/about", "/privacy-policy", "/terms-of-service", "/@alice", "/public/local"], true, false), []);
    assert.deepEqual(await look(["/home", "/settings/site", "/settings/rules", "/settings/announcements", "/settings/templates", "/settings/terms", "/settings"], true), []);
  });

  test("all of it was printed somewhere", () => {
    const wanted = ["card_title", "card_about", "card_site", "card_alt", "own_text", "own_warning", "own_option", "own_alt", "own_note", "own_field", "own_value", "edited", "scheduled", "row_accounts_display_name", "row_statuses_spoiler_text", "row_lists_title", "row_filters_title", "row_account_notes_comment", "row_collections_name", "row_sessions_browser", "app_name", "typed"];
    assert.deepEqual(wanted.filter((name) => !told.has(name)), []);
  });
});
