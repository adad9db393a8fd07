// What a page gives its script: words, the token for the client API, and what is said to who does not see.

const island = document.getElementById("words")?.textContent;
const words: Record<string, string | [string, string]> = island ? JSON.parse(island) : {};
const meta = document.querySelector<HTMLMetaElement>("meta[name=sori-form]");

/** The token by which the client API knows the session; empty for strangers. */
export const token = meta?.content ?? "";
/** Whether the server has live streams. */
export const isLive = meta !== null && meta.dataset.live !== undefined;
export const language = document.documentElement.lang;
export const main = document.getElementById("main") as HTMLElement;

/** A text in the reader's language, with its placeholders filled in. */
export function say(name: string, values: Record<string, string | number> = {}): string {
  const text = String(words[name] ?? "");
  return text.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}

/** A number of things. */
export function count(name: string, n: number): string {
  const [one, other] = (words[name] as [string, string] | undefined) ?? ["{n}", "{n}"];
  return (n === 1 ? one : other).replace("{n}", String(n));
}

/** A new element. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A button that sends nothing. */
export function button(label: string, act: () => void, className = "quiet small"): HTMLButtonElement {
  const made = make("button", { type: "button", class: className }, label);
  made.addEventListener("click", act);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** The same with a drawing (of Lucide, as src/web/parts/icons.rs) instead of its word. */
export function sign(path: string, label: string, act: () => void): HTMLButtonElement {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  const attributes = { class: "icon", viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.75", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  line.setAttribute("d", path);
  svg.append(line);
  const made = button("", act, "sign-button");
  made.title = label;
  made.append(svg, make("span", { class: "unseen" }, label));
  return made;
}

const told = document.body.appendChild(make("div", { class: "unseen", role: "status" }));

/** Says something politely to who does not see the page. */
export function tell(text: string) {
  told.textContent = "";
  // A text that is the same again is said again.
  setTimeout(() => (told.textContent = text), 50);
}

let wrong: HTMLElement | undefined;

/** Shows and says that something has failed, until the next thing is done. */
export function warn(text: string) {
  settle();
  wrong = make("div", { class: "toast error", role: "alert" }, text, button(say("close"), settle));
  document.body.append(wrong);
}

/** Takes the last warning away. */
export function settle() {
  wrong?.remove();
  wrong = undefined;
}

/** The client API as who is signed in. Rejects where it refuses. */
export async function api<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: { "Sori-Form": token } });
  if (!response.ok) throw new Error(String(response.status));
  return (await response.json()) as T;
}

/** An answer of the server: a document, in which no script runs, or JSON. */
export interface Answer {
  status: number;
  /** Where redirects led. */
  url: string;
  body: any;
}

interface Asking {
  body?: FormData | URLSearchParams;
  headers?: Record<string, string>;
  type?: "document" | "json";
  progress?: (share: number) => void;
}

/**
 * Asks for a page. XMLHttpRequest parses it by itself, so that no text ever becomes HTML here, and tells how far an upload is.
 * Rejects where no answer comes.
 */
export function ask(method: string, url: string, { body, headers = {}, type = "document", progress }: Asking = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.responseType = type;
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (progress) request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => resolve({ status: request.status, url: request.responseURL, body: request.response });
    request.onerror = request.onabort = () => reject(new Error("no answer"));
    request.send(body ?? null);
  });
}

const whenFresh: ((root: ParentNode) => void)[] = [];

/** Does something with the page now, and with each part of it that comes later. */
export function onFresh(act: (root: ParentNode) => void) {
  whenFresh.push(act);
  act(document);
}

/** A part of the page is new. */
export function refresh(root: ParentNode) {
  for (const act of whenFresh) act(root);
}

/** What is kept in this browser; nothing where that is forbidden. */
export const kept = (kind: "localStorage" | "sessionStorage") => {
  try {
    return globalThis[kind];
  } catch {
    return undefined;
  }
};
