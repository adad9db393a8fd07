// Keyboard shortcuts, as Mastodon's. They can be switched off (https://www.w3.org/WAI/WCAG22/Understanding/character-key-shortcuts).
import { button, kept, main, make, say, token } from "./page.ts";
import { keyOf, WAYS } from "./shortcuts.ts";

const SWITCH = "sori-keys";
/** Milliseconds between g and what follows. */
const PAUSE = 1500;

const isOn = () => kept("localStorage")?.getItem(SWITCH) !== "off";

/** The statuses of the page that are to be seen. */
const articles = () => [...main.querySelectorAll<HTMLElement>("article.status")].filter((one) => one.checkVisibility?.() ?? one.offsetParent !== null);

const current = () => document.activeElement?.closest<HTMLElement>("article.status") ?? null;

function go(by: 1 | -1) {
  const all = articles();
  const here = current();
  // From where the reader is, if nothing has the focus.
  const at = here ? all.indexOf(here) + by : all.findIndex((one) => one.getBoundingClientRect().bottom > 80);
  const next = all[Math.max(0, Math.min(at, all.length - 1))];
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** Of a status, not of what it quotes. */
const within = <T extends HTMLElement>(selector: string) => {
  const article = current();
  return [...(article?.querySelectorAll<T>(selector) ?? [])].find((one) => !one.closest(".quoted"));
};
const press = (selector: string) => within(selector)?.click();

const ACTS: Record<string, () => void> = {
  j: () => go(1),
  k: () => go(-1),
  r: () => press(".actions > a"),
  f: () => press(".actions button[value$=favourite]"),
  b: () => press(".actions button[value$=reblog]"),
  m: () => {
    const handle = within(".byline .handle")?.textContent;
    if (handle && token) location.assign(`/compose?text=${encodeURIComponent(`${handle} `)}`);
  },
  o: () => press(".byline .when a"),
  Enter: () => press(".byline .when a"),
  p: () => press(".byline a.name"),
  e: () => press(".media > a"),
  x: () => press("details:not(.actions details) > summary"),
  n: () => {
    const text = document.getElementById("text");
    if (text) text.focus();
    else if (token) location.assign("/compose");
  },
  s: search,
  "/": search,
  "?": help,
};

function search() {
  const field = main.querySelector<HTMLElement>("input[type=search]");
  if (field) field.focus();
  else if (token) location.assign("/search");
}

const ROWS: [string, string][] = [
  ["j", "next"], ["k", "previous"], ["r", "reply"], ["f", "favourite"], ["b", "boost"], ["m", "mention"], ["o, Enter", "open"], ["p", "author"],
  ["e", "media"], ["x", "warning"], ["n", "write"], ["Ctrl + Enter", "send"], ["s, /", "search"],
];

function help() {
  const list = make("dl");
  const row = (keys: string, word: string) => list.append(make("dt", {}, make("kbd", {}, keys)), make("dd", {}, say(word)));
  for (const [keys, word] of ROWS) row(keys, word);
  for (const [key, [, word]] of Object.entries(WAYS)) row(`g ${key}`, word);
  row("?", "shortcuts");
  const box = make("input", { type: "checkbox" });
  box.checked = isOn();
  box.addEventListener("change", () => kept("localStorage")?.setItem(SWITCH, box.checked ? "on" : "off"));
  const dialog = make("dialog", { class: "keys", "aria-labelledby": "keys-title" }, make("h2", { id: "keys-title" }, say("shortcuts")), make("label", { class: "check" }, box, make("span", {}, say("shortcutsOn"))), list, button(say("close"), () => dialog.close()));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export function start() {
  if (!token) return;
  if (location.pathname === "/menu") main.querySelector(".links")?.append(make("li", {}, button(say("shortcuts"), help)));
  let gone = 0;
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !isOn()) return;
    if (target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    const key = keyOf(event);
    // Enter is what it is anywhere else.
    if (key === "Enter" && !target.matches("article")) return;
    if (gone > Date.now() - PAUSE && WAYS[key]) {
      gone = 0;
      event.preventDefault();
      return location.assign(WAYS[key][0]);
    }
    gone = key === "g" ? Date.now() : 0;
    const act = ACTS[key];
    if (!act || event.repeat && !"jk".includes(key)) return;
    event.preventDefault();
    act();
  });
}
