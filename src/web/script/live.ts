// New posts, edits, deletions and notifications arrive by a WebSocket while a page is open and seen.
import { api, ask, button, count, isLive, kept, main, make, refresh, say, tell, token } from "./page.ts";
import { articlesOf, focus, remove, replace } from "./forms.ts";
import { delay, isHidden, listOf, MOST_TRIES, streamOf } from "./streams.ts";

/** Who goes on at once opens no connection, and asks for nothing. */
const PATIENCE = 1500;
/** A tab that is hidden for so long sleeps. */
const SLEEP = 30_000;
/** The number of new posts is said at most so often. */
const QUIET = 30_000;
/** The number of unread notifications is asked for at most so often, by pages that are opened. */
const UNREAD = 300_000;
/** Edited posts of a page are asked for together. */
const EDITED = 3000;

const here = streamOf(location.pathname, location.search);
const isNotices = here?.stream === "user:notification";
const context = here?.stream === "user" || here?.stream === "list" ? "home" : "public";

/** The entries of a page: statuses, or what covers them. */
const entries = (of: ParentNode) => [...of.children].filter((one) => one.matches("article.status[id], details.filtered"));
const idOf = (entry: Element) => (entry.matches("article") ? entry : entry.querySelector("article"))?.id ?? "";

const waiting = new Set<string>();
const edited = new Set<string>();
let bar: HTMLElement | undefined;
let saidAt = 0;

const title = document.title;

function show() {
  const n = waiting.size;
  document.title = n > 0 ? `(${n}) ${title}` : title;
  if (n === 0) {
    bar?.remove();
    bar = undefined;
    return;
  }
  const text = isNotices ? say("unread") : count("posts", n);
  if (!bar) {
    bar = make("div", { class: "fresh" }, button(text, () => void load(), "small"));
    const first = entries(main)[0] ?? main.querySelector(".notice, main > .lead, .pager");
    if (first) first.before(bar);
    else main.append(bar);
  }
  bar.firstElementChild!.textContent = text;
  if (Date.now() - saidAt > QUIET) {
    saidAt = Date.now();
    tell(text);
  }
}

const page = async () => {
  const { status, body } = await ask("GET", location.pathname + location.search);
  return status === 200 ? (body as Document | null)?.getElementById("main") : undefined;
};

async function load() {
  const control = bar?.firstElementChild as HTMLButtonElement | undefined;
  if (control) control.disabled = true;
  const next = await page().catch(() => undefined);
  if (!next) {
    if (control) control.disabled = false;
    return tell(say("failed"));
  }
  waiting.clear();
  show();
  if (isNotices) {
    main.replaceChildren(...next.childNodes);
    refresh(main);
    return focus(main.querySelector("h1"));
  }
  insert(next);
}

/** Puts the new entries of the page above the others; what is being read stays where it is on the screen. */
function insert(next: Element) {
  const old = entries(main);
  const known = new Set([...main.querySelectorAll("article[id]")].map((one) => one.id));
  const all = entries(next);
  const at = all.findIndex((one) => known.has(idOf(one)));
  const fresh = at < 0 ? all : all.slice(0, at);
  if (fresh.length === 0) return;
  const first = old[0];
  const seen = old.find((one) => one.getBoundingClientRect().bottom > 0);
  const top = seen?.getBoundingClientRect().top ?? 0;
  const isAbove = first !== undefined && first.getBoundingClientRect().top < 0;
  if (first) first.before(...fresh);
  else {
    main.querySelector(":scope > .lead")?.remove();
    main.append(...fresh);
  }
  // There is more than a page of new ones: the way to those between.
  if (at < 0 && first) {
    const way = next.querySelector(".pager");
    if (way) first.before(way);
  }
  for (const one of fresh) refresh(one);
  if (isAbove && seen) scrollBy(0, seen.getBoundingClientRect().top - top);
  focus((fresh[0]!.matches("article") ? fresh[0] : fresh[0]!.querySelector("summary")) as HTMLElement);
}

let renewal: ReturnType<typeof setTimeout> | undefined;

async function renew() {
  renewal = undefined;
  const ids = [...edited].filter((id) => articlesOf(id).size > 0);
  edited.clear();
  if (ids.length === 0) return;
  const next = await page().catch(() => undefined);
  if (!next) return;
  for (const id of ids) {
    for (const article of articlesOf(id)) {
      const fresh = next.querySelector(`[id="${article.id}"]`);
      if (fresh && !article.contains(document.activeElement?.closest("form.vote") ?? null)) replace(article, fresh);
    }
  }
}

/** The dot at the notifications. */
export function mark(isUnread: boolean) {
  const link = document.querySelector('.rail a[href="/notifications"]');
  link?.classList.toggle("unread", isUnread);
  link?.querySelector(".unseen")?.remove();
  if (isUnread) link?.append(make("span", { class: "unseen" }, ` (${say("unread")})`));
}

function remember(isUnread: boolean) {
  kept("sessionStorage")?.setItem("sori-unread", `${Date.now()} ${isUnread ? 1 : 0}`);
  mark(isUnread);
}

async function unread() {
  if (location.pathname === "/notifications") return remember(false);
  const [at, is] = (kept("sessionStorage")?.getItem("sori-unread") ?? "0 0").split(" ");
  mark(is === "1");
  if (Date.now() - Number(at) < UNREAD) return;
  await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const { count } = await api<{ count: number }>("/api/v2/notifications/unread_count?limit=1");
  remember(count > 0);
}

function came(event: string, payload: string) {
  if (event === "update") {
    const status = JSON.parse(payload);
    if (isNotices || document.getElementById(`status-${status.id}`) || isHidden(status, context)) return;
    waiting.add(String(status.id));
    show();
  } else if (event === "delete") {
    waiting.delete(payload);
    for (const article of articlesOf(payload)) remove(article);
    show();
  } else if (event === "status.update") {
    edited.add(String(JSON.parse(payload).id));
    renewal ??= setTimeout(() => void renew(), EDITED);
  } else if (event === "notification") {
    if (isNotices) {
      waiting.add(String(JSON.parse(payload).id));
      show();
    } else {
      remember(true);
    }
  }
}

let socket: WebSocket | undefined;
let tries = 0;
let isAsleep = true;
let wasThere = false;

function connect() {
  if (socket || isAsleep || tries >= MOST_TRIES) return;
  const query = new URLSearchParams({ form: token, ...here });
  const opened = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/v1/streaming?${query}`);
  socket = opened;
  opened.onopen = () => {
    tries = 0;
    if (here && here.stream !== "user" && !isNotices) opened.send(JSON.stringify({ type: "subscribe", stream: "user:notification" }));
    // What came while there was no connection.
    void (wasThere ? catchUp() : missed()).catch(() => {});
    wasThere = true;
  };
  opened.onmessage = ({ data }) => {
    const { event, payload } = JSON.parse(data);
    if (event) came(event, payload);
  };
  opened.onclose = () => {
    if (socket !== opened) return;
    socket = undefined;
    if (!isAsleep) setTimeout(connect, delay(tries, Math.random()));
    tries += 1;
  };
}

async function catchUp() {
  const next = await page().catch(() => undefined);
  if (!next || isNotices) return;
  for (const entry of entries(next)) {
    const id = idOf(entry);
    if (document.getElementById(id)) break;
    waiting.add(id.replace("status-", ""));
  }
  show();
}

/** What came between the page and its connection. */
async function missed() {
  const path = listOf(here!);
  const newest = isNotices ? main.querySelector<HTMLElement>("[data-newest]")?.dataset.newest : entries(main).map(idOf)[0];
  const id = newest?.match(/\d+$/)?.[0];
  if (!path || !id) return;
  const found = await api<unknown[]>(`${path}limit=20&since_id=${id}`);
  for (const one of found) came(isNotices ? "notification" : "update", JSON.stringify(one));
}

function sleep() {
  isAsleep = true;
  const open = socket;
  socket = undefined;
  open?.close();
}

export function start() {
  if (!token) return;
  void unread().catch(() => {});
  if (!here || !isLive) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(sleep, SLEEP);
    } else {
      timer = setTimeout(() => {
        isAsleep = false;
        connect();
      }, wasThere ? 0 : PATIENCE);
    }
  };
  look();
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", sleep);
  addEventListener("pageshow", ({ persisted }) => persisted && look());
  addEventListener("online", () => {
    tries = 0;
    connect();
  });
}
