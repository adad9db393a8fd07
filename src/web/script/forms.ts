// What is done without loading the page anew: a form is sent, and the part of the page that has changed is replaced.
import { ask, main, refresh, say, settle, tell, warn } from "./page.ts";

/** Forms whose page is asked for again; of it only a part is taken. All others are sent by the browser. */
const ELSEWHERE = /^\/(ties|announcements|notifications|notifications\/requests|follow_requests|conversations|tags\/[^/]+)$/;

const asks = new WeakSet<HTMLFormElement>();

/** What a control does, in either direction. */
const root = (value: string) => value.replace(/^un(?=favourite|reblog|bookmark|follow|mute|pin|block|notify|endorse|feature)/, "");

/** Finds the control that has taken the place of another. */
function successor(of: Element | null, within: ParentNode): HTMLElement | undefined {
  if (of instanceof HTMLButtonElement) {
    const all = [...within.querySelectorAll<HTMLButtonElement>(`button[name="${CSS.escape(of.name)}"]`)];
    return all.find((one) => root(one.value) === root(of.value));
  }
  return of?.id ? (within.querySelector<HTMLElement>(`#${CSS.escape(of.id)}`) ?? undefined) : undefined;
}

/** Focuses something that takes no focus by itself. */
export function focus(element: HTMLElement | null | undefined) {
  if (!element) return;
  if (!element.matches("a[href], button, input, select, textarea, summary")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** Puts `next` in the place of `old`; the focus stays where it was, or goes to what is there now. */
export function replace(old: Element, next: Element) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const open = old.querySelector("details")?.open;
  old.replaceWith(next);
  const details = next.querySelector("details");
  if (details && open !== undefined) details.open = open;
  if (focused) focus(successor(focused, next) ?? (next as HTMLElement));
  refresh(next);
}

/** The status ends here: what follows is of what it quotes. */
const own = (article: Element, selector: string) => [...article.querySelectorAll(selector)].find((one) => one.closest("article, .quoted") === article);

/** What may have changed of a status: what its reader has done, its counts, its poll. */
function renew(old: Element, fresh: Element) {
  for (const selector of [".actions", ".counts", ".vote, .poll", ".given"]) {
    const [from, to] = [own(old, selector), own(fresh, selector)];
    if (!from || !to) continue;
    const after = [from.nextElementSibling, to.nextElementSibling];
    if (selector === ".vote, .poll" && after[0]?.matches("p.meta") && after[1]?.matches("p.meta")) {
      const told = after[1].cloneNode(true) as Element;
      after[0].replaceWith(told);
      refresh(told);
    }
    replace(from, to);
  }
}

/** The articles of a status: itself, and boosts of it. */
export const articlesOf = (id: string) => {
  const named = [...main.querySelectorAll(`.actions input[name=status][value="${CSS.escape(id)}"]`)].map((input) => input.closest("article"));
  return new Set([document.getElementById(`status-${id}`), ...named].filter((one): one is HTMLElement => one !== null));
};

/** Takes an element of a list away; who was in it is at the next one. */
export function remove(element: Element) {
  const entry = element.closest("details.filtered") ?? element;
  if (entry.contains(document.activeElement)) {
    const next = entry.nextElementSibling ?? entry.previousElementSibling;
    focus((next?.matches("details") ? next.querySelector("article") : next) as HTMLElement | null);
  }
  entry.remove();
}

/** What a page of an error says. */
function why(page: Document | null): string {
  const said = page?.querySelector("main .error, main .lead")?.textContent?.trim();
  return said || say("failed");
}

/** Whether the answer is one to go on with; else says why not. */
function isDone(status: number, url: string, page: Document | null): boolean {
  if (new URL(url).pathname === "/sign_in") {
    location.assign(url);
    return false;
  }
  if (status < 400) return true;
  warn(why(page));
  return false;
}

async function act(form: HTMLFormElement, control: HTMLElement | null) {
  const article = form.closest("article")!;
  const pressed = control?.getAttribute("aria-pressed");
  const press = (value: string | null | undefined) => value && control?.setAttribute("aria-pressed", value);
  press(pressed && String(pressed !== "true"));
  const fields = new FormData(form, control);
  const id = String(fields.get("status"));
  try {
    const { status, url, body } = await ask("POST", "/act", { body: new URLSearchParams(fields as any), headers: { "Sori-Part": "1" } });
    if (!isDone(status, url, body)) return press(pressed);
    const fresh = (body as Document | null)?.querySelector("article");
    if (!fresh) return remove(article);
    for (const other of articlesOf(id)) {
      if (other === article) continue;
      const copy = fresh.cloneNode(true) as Element;
      for (const at of copy.querySelectorAll<HTMLInputElement>("input[name=at]")) at.value = other.id.replace("status-", "");
      renew(other, copy);
    }
    renew(article, fresh);
  } catch {
    press(pressed);
    warn(say("failed"));
  }
}

async function swap(form: HTMLFormElement, control: HTMLElement | null, path: string) {
  const fields = new URLSearchParams(new FormData(form, control) as any);
  try {
    const { status, url, body } = await ask("POST", path, { body: fields });
    const page = body as Document | null;
    if (status !== 422 && !isDone(status, url, page)) return;
    const to = new URL(url);
    if (status !== 422 && to.pathname !== location.pathname) return location.assign(url);
    const selector = [".ties", ".tag-ties"].find((one) => form.closest(one)) ?? "#main";
    const [old, next] = [form.closest(selector), page?.querySelector(selector)];
    if (status !== 422 && selector !== "#main" && old && next) return replace(old, next);
    const whole = page?.getElementById("main");
    if (!whole) return location.reload();
    const focused = document.activeElement;
    main.replaceChildren(...whole.childNodes);
    refresh(main);
    focus(main.querySelector<HTMLElement>("[role=alert]") ?? successor(focused, main) ?? main.querySelector("h1"));
    const heading = main.querySelector("[role=alert]")?.textContent;
    if (heading) tell(heading);
  } catch {
    warn(say("failed"));
  }
}

export function start() {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const control = event.submitter as HTMLButtonElement | null;
    if (event.defaultPrevented || form.method !== "post") return;
    const path = new URL(control?.getAttribute("formaction") ?? form.getAttribute("action") ?? "", location.href).pathname;
    const isAct = path === "/act";
    if (isAct && control?.value === "delete") {
      if (!confirm(say("sure"))) event.preventDefault();
      return;
    }
    if (!(isAct && form.closest("article")) && !ELSEWHERE.test(path)) return;
    event.preventDefault();
    if (asks.has(form)) return;
    settle();
    asks.add(form);
    void (isAct ? act(form, control) : swap(form, control, path)).finally(() => asks.delete(form));
  });
}
