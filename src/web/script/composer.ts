// The form for a new post: its length, uploads, drafts, suggestions and emojis. Without all that it is the form of the page.
import { ask, button, count, kept, make, onFresh, say, settle, sign, tell, token, warn } from "./page.ts";
import { complete } from "./complete.ts";
import { forgetAll, keyOf, load, save } from "./drafts.ts";
import { choose } from "./emojis.ts";
import { length } from "./count.ts";
import { ago } from "./times.ts";

/** Said to who does not see it from here on. */
const FEW = 20;
/** Milliseconds after the last key before a draft is kept. */
const REST = 400;
/** A text of so many characters takes the place of a draft that nobody wanted. */
const MEANT = 20;
const SENT = "sori-sent";
const PICTURE = "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM11 9a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM21 15l-3.086-3.086a2 2 0 0 0-2.828 0L6 21";
const SMILE = "M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0zM8 14s1.5 2 4 2 4-2 4-2M9 9h.01M15 9h.01";

const field = (form: HTMLFormElement, name: string) => form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement | null;

/** What a form is about: an answer, a quote or an edit. */
function about(form: HTMLFormElement): string {
  const names = ["in_reply_to_id", "quoted_status_id", "edited_id", "redrafted_id"];
  return names.flatMap((name) => (field(form, name)?.value ? [`${name} ${field(form, name)!.value}`] : [])).join(" ");
}

function counting(form: HTMLFormElement, text: HTMLTextAreaElement) {
  const most = Number(text.dataset.most);
  const hint = form.querySelector<HTMLElement>("#text-hint");
  const shown = make("span", { class: "left", "aria-hidden": "true" });
  hint?.before(shown);
  hint?.classList.add("unseen");
  let last = Infinity;
  const update = () => {
    const warning = field(form, "spoiler_text")?.value ?? "";
    const left = most - length(text.value, warning);
    shown.textContent = `${left}`;
    shown.title = count("left", left);
    shown.classList.toggle("over", left < 0);
    text.setCustomValidity(left < 0 ? say("tooLong", { n: most }) : "");
    if (left < FEW && (last >= FEW || left % 5 === 0) && left !== last) tell(count("left", left));
    last = left;
  };
  form.addEventListener("input", update);
  update();
}

/** Puts something where the caret is. */
function put(text: HTMLTextAreaElement, what: string) {
  text.focus();
  text.setRangeText(what, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function keeping(form: HTMLFormElement, text: HTMLTextAreaElement) {
  const storage = kept("localStorage");
  if (!storage) return;
  const key = keyOf(form.dataset.account ?? "", about(form));
  const found = load(storage, key);
  const begun = text.value;
  let offered = found !== undefined && found.text.trim() !== begun.trim();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keep = () => {
    clearTimeout(timer);
    if (text.value === begun || (offered && text.value.length < MEANT)) return;
    save(storage, key, { text: text.value, warning: field(form, "spoiler_text")?.value ?? "", visibility: field(form, "visibility")?.value ?? "", at: Date.now() });
  };
  if (found && offered) {
    const offer = make("p", { class: "offer" }, say("draft", { when: ago(found.at) ?? new Date(found.at).toLocaleDateString(document.documentElement.lang) }), " ");
    const end = () => {
      offered = false;
      offer.remove();
      text.focus();
    };
    offer.append(
      button(say("restore"), () => {
        text.value = found.text;
        const warning = field(form, "spoiler_text");
        if (warning && found.warning) {
          warning.value = found.warning;
          warning.closest("details")!.open = true;
        }
        // Nothing is shown to more people than it was meant for.
        const visibility = field(form, "visibility") as HTMLSelectElement | null;
        if (visibility && [...visibility.options].some((one) => one.value === found.visibility)) visibility.value = found.visibility;
        end();
        text.dispatchEvent(new Event("input", { bubbles: true }));
      }),
      button(say("discard"), () => {
        storage.removeItem(key);
        end();
      }),
    );
    text.before(offer);
  }
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, REST);
  });
  form.addEventListener("change", keep);
  addEventListener("pagehide", keep);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    keep();
    const value = (event.submitter as HTMLButtonElement | null)?.value;
    if (value === "publish") kept("sessionStorage")?.setItem(SENT, key);
  });
}

/** A draft goes once what was written is on a page. */
function sent() {
  const key = kept("sessionStorage")?.getItem(SENT);
  if (!key) return;
  kept("sessionStorage")?.removeItem(SENT);
  if (location.hash.startsWith("#status-") || location.pathname === "/scheduled") kept("localStorage")?.removeItem(key);
}

/** The field for the focal point of a file that has one, where the page has such fields. */
function focusOf(id: string, file: File): Node[] {
  const fields = document.querySelector("div#focus");
  if (!fields || file.type.startsWith("audio/")) return [];
  const copy = fields.cloneNode(true) as HTMLElement;
  copy.querySelector("label")!.htmlFor = `focus-${id}`;
  Object.assign(copy.querySelector("select")!, { id: `focus-${id}`, name: `focus_${id}` });
  return [...copy.childNodes];
}

function uploading(form: HTMLFormElement, text: HTMLTextAreaElement, tools: HTMLElement) {
  const most = Number(form.dataset.files);
  let files = form.querySelector<HTMLInputElement>("input[type=file]");
  const isWhole = files !== null;
  const pending = new Set<HTMLElement>();
  let whenDone: (() => void) | undefined;
  const place = files?.labels?.[0] ?? form.querySelector("details");
  if (!files) {
    const input = make("input", { type: "file", accept: "image/*,video/*,audio/*", "aria-label": say("addFile"), hidden: "" });
    tools.append(sign(PICTURE, say("addFile"), () => input.click()), input);
    files = input;
  }
  const input = files;
  input.multiple = true;
  // Files are sent by themselves, their ids by the form.
  input.removeAttribute("name");
  const attach = form.querySelector<HTMLElement>("button[value=attach]");
  if (attach) attach.hidden = true;
  const there = () => form.querySelectorAll(".attached").length;
  const settled = (block: HTMLElement) => {
    pending.delete(block);
    if (pending.size === 0) whenDone?.();
  };

  const upload = async (file: File) => {
    const name = say("uploading", { name: file.name });
    const progress = make("progress", { max: "1", value: "0", "aria-label": name });
    const block = make("div", { class: "attached" }, make("div", {}, make("span", {}, name), progress));
    place?.before(block);
    pending.add(block);
    const body = new FormData();
    body.append("file", file);
    try {
      const answer = await ask("POST", "/api/v2/media", { body, type: "json", headers: { "Sori-Form": token }, progress: (share) => (progress.value = share) });
      if (answer.status !== 200) throw answer.status;
      if (!block.isConnected) return;
      const { id, preview_url } = answer.body as { id: string; preview_url: string | null };
      const alt = make("textarea", { id: `alt-${id}`, name: `alt_${id}`, rows: "2", dir: "auto", maxlength: "10000" });
      block.replaceChildren(make("input", { type: "hidden", name: "media_ids", value: id }));
      if (preview_url) block.append(make("img", { src: preview_url, alt: "", width: "96", height: "96" }));
      block.append(make("div", {}, make("label", { for: alt.id }, `${file.name}: ${say("alt")}`), alt, ...focusOf(id, file), make("button", { class: "quiet small", type: "submit", name: "do", value: `remove ${id}` }, say("remove"))));
      tell(file.name);
      text.required = false;
    } catch (status) {
      block.remove();
      warn(`${file.name}: ${status === 401 ? say("expired") : status === 422 || status === 413 ? say("refused") : say("failed")}`);
    } finally {
      settled(block);
    }
  };
  const add = async (chosen: Iterable<File>) => {
    settle();
    const all = [...chosen];
    const room = Math.max(0, most - there());
    if (all.length > room) warn(say("tooMany", { n: most }));
    for (const file of all.slice(0, room)) await upload(file);
  };
  input.addEventListener("change", () => {
    const chosen = [...(input.files ?? [])];
    input.value = "";
    void add(chosen);
  });
  text.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length === 0) return;
    event.preventDefault();
    void add(pasted);
  });
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files");
  form.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("over");
    if (!hasFiles(event)) return;
    event.preventDefault();
    void add(event.dataTransfer!.files);
  });
  form.addEventListener("click", (event) => {
    const control = (event.target as Element).closest<HTMLButtonElement>("button[value^='remove ']");
    if (!control) return;
    event.preventDefault();
    control.closest(".attached")?.remove();
    if (!isWhole) text.required = there() === 0;
    text.focus();
  });
  // What is still being uploaded belongs to the post.
  form.addEventListener("submit", (event) => {
    if (pending.size === 0) return;
    event.preventDefault();
    const control = event.submitter;
    tell(pending.values().next().value?.textContent ?? "");
    whenDone = () => {
      whenDone = undefined;
      form.requestSubmit(control);
    };
  });
}

/** It is sent once, however often its button is pressed. */
function once(form: HTMLFormElement) {
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (isSent) return event.preventDefault();
    isSent = true;
    form.setAttribute("aria-busy", "true");
  });
  // By the way back the page may come as it was left.
  addEventListener("pageshow", () => {
    isSent = false;
    form.removeAttribute("aria-busy");
  });
}

function enhance(form: HTMLFormElement) {
  const text = form.querySelector<HTMLTextAreaElement>("#text");
  const tools = form.querySelector<HTMLElement>(".hint");
  if (!text || !tools || form.dataset.is === "ready") return;
  form.dataset.is = "ready";
  uploading(form, text, tools);
  once(form);
  counting(form, text);
  keeping(form, text);
  complete(text);
  tools.append(sign(SMILE, say("emoji"), () => void choose((what) => put(text, what))));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector<HTMLButtonElement>("button[value=publish]:not(.unseen)"));
  });
}

export function start() {
  if (!token) return;
  sent();
  onFresh((root) => root.querySelectorAll<HTMLFormElement>("form.composer").forEach(enhance));
  document.addEventListener("submit", (event) => {
    const action = (event.target as HTMLFormElement).getAttribute("action");
    const storage = kept("localStorage");
    if (action !== "/sign_out" || event.defaultPrevented || !storage) return;
    forgetAll(storage);
    kept("sessionStorage")?.clear();
  });
}
