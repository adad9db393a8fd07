// The emojis of this server and of Unicode, and a dialog to choose one.
import { api, button, kept, make, say } from "./page.ts";
import { COMMON, type Emoji, matching } from "./emoji_set.ts";

const MOST_RECENT = 16;
const MOST_FOUND = 60;
const RECENT = "sori-emojis";

let custom: Promise<Emoji[]> | undefined;

interface Custom {
  shortcode: string;
  static_url: string;
  visible_in_picker: boolean;
}

/** Those of this server, asked for once. */
function own(): Promise<Emoji[]> {
  custom ??= api<Custom[]>("/api/v1/custom_emojis").then(
    (all) => all.filter((one) => one.visible_in_picker).map(({ shortcode, static_url }) => ({ put: `:${shortcode}:`, words: shortcode, image: static_url })),
    () => [],
  );
  return custom;
}

/** All emojis; those of this server first. */
export const emojis = async () => [...(await own()), ...COMMON];

/** An emoji as it looks. */
export function drawn({ put, image }: Emoji): Node {
  return image ? make("img", { class: "emoji", src: image, alt: put }) : document.createTextNode(put);
}

function recent(): string[] {
  return (kept("localStorage")?.getItem(RECENT) ?? "").split("\n").filter(Boolean);
}

function used(put: string) {
  kept("localStorage")?.setItem(RECENT, [put, ...recent().filter((one) => one !== put)].slice(0, MOST_RECENT).join("\n"));
}

let dialog: HTMLDialogElement | undefined;

/** Lets its reader choose one. */
export async function choose(chosen: (put: string) => void) {
  dialog?.remove();
  const search = make("input", { type: "search", "aria-label": say("emojiSearch"), placeholder: say("emojiSearch"), autocomplete: "off" });
  const list = make("div", { class: "choices" });
  const made = make("dialog", { class: "picker", "aria-label": say("emoji") }, make("div", { class: "head" }, search, button(say("close"), () => made.close())), list);
  dialog = document.body.appendChild(made);
  made.addEventListener("close", () => made.remove());
  made.addEventListener("click", (event) => event.target === made && made.close());
  made.showModal();
  const all = await emojis();
  const group = (title: string, of: Emoji[]) => {
    if (of.length === 0) return;
    const grid = make("div", { class: "grid" });
    for (const one of of) {
      const name = one.image ? one.put : `${one.put} ${one.words}`;
      const choice = make("button", { type: "button", title: one.words, "aria-label": name, tabindex: "-1" }, drawn(one));
      choice.addEventListener("click", () => {
        used(one.put);
        made.close();
        chosen(one.put);
      });
      grid.append(choice);
    }
    list.append(make("h2", {}, title), grid);
  };
  const show = () => {
    list.replaceChildren();
    const query = search.value.trim();
    if (query) {
      group(say("emoji"), matching(all, query, MOST_FOUND));
    } else {
      const before = recent();
      group(say("recent"), before.flatMap((put) => all.find((one) => one.put === put) ?? []));
      group(say("own"), all.filter((one) => one.image));
      group(say("common"), COMMON);
    }
    list.querySelector("button")?.setAttribute("tabindex", "0");
  };
  search.addEventListener("input", show);
  show();
  // One of the choices takes the focus by Tab, the others by the arrow keys.
  made.addEventListener("keydown", (event) => {
    const choices = [...list.querySelectorAll<HTMLButtonElement>("button")];
    const at = choices.indexOf(document.activeElement as HTMLButtonElement);
    const top = (one: HTMLElement) => one.offsetTop;
    const across = () => {
      const row = choices.filter((one) => top(one) === top(choices[at]!)).length;
      return Math.max(1, row);
    };
    let to: number | undefined;
    if (event.key === "ArrowDown") to = at < 0 ? 0 : at + across();
    else if (at < 0) to = undefined;
    else if (event.key === "ArrowRight") to = at + 1;
    else if (event.key === "ArrowLeft") to = at - 1;
    else if (event.key === "ArrowUp") to = at - across();
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = choices.length - 1;
    if (event.key === "Enter" && at < 0 && event.target === search) {
      event.preventDefault();
      return choices[0]?.click();
    }
    if (to === undefined) return;
    event.preventDefault();
    if (to < 0) return search.focus();
    const next = choices[Math.min(to, choices.length - 1)];
    for (const one of choices) one.tabIndex = one === next ? 0 : -1;
    next?.focus();
  });
}
