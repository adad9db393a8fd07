// Suggestions for mentions, hashtags and emojis while a text is written. The text keeps the focus: the list is named by
// `aria-activedescendant` (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/).
import { api, make, say, tell } from "./page.ts";
import { drawn, emojis } from "./emojis.ts";
import { matching } from "./emoji_set.ts";
import { begun, type Begun, completed } from "./words.ts";

const MOST = 6;
/** Milliseconds without a key before the server is asked. */
const REST = 250;

interface Choice {
  put: string;
  shown: (Node | string)[];
}

async function find({ kind, query }: Begun): Promise<Choice[]> {
  if (kind === ":") return matching(await emojis(), query, MOST).map((one) => ({ put: one.put, shown: [drawn(one), ` ${one.words}`] }));
  const q = encodeURIComponent(query);
  if (kind === "@") {
    const people = await api<{ acct: string; display_name: string; avatar_static: string }[]>(`/api/v1/accounts/search?limit=${MOST}&q=${q}`);
    return people.map(({ acct, display_name, avatar_static }) => ({
      put: `@${acct}`,
      shown: [make("img", { src: avatar_static, alt: "", width: "24", height: "24" }), make("bdi", {}, display_name || acct), make("span", { class: "handle" }, `@${acct}`)],
    }));
  }
  const { hashtags } = await api<{ hashtags: { name: string }[] }>(`/api/v2/search?type=hashtags&limit=${MOST}&q=${q}`);
  return hashtags.map(({ name }) => ({ put: `#${name}`, shown: [`#${name}`] }));
}

let lists = 0;

/** Completes what is written in a field. */
export function complete(field: HTMLTextAreaElement) {
  lists += 1;
  const id = `suggestions-${lists}`;
  const list = make("ul", { class: "suggestions", role: "listbox", id, "aria-label": say("suggestions") });
  list.hidden = true;
  field.after(list);
  for (const [name, value] of [["aria-autocomplete", "list"], ["aria-haspopup", "listbox"], ["aria-controls", id], ["autocomplete", "off"]] as const) field.setAttribute(name, value);
  let now: { begun: Begun; choices: Choice[]; at: number } | undefined;
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const close = () => {
    asked += 1;
    now = undefined;
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
  };
  const point = (at: number) => {
    if (!now) return;
    now.at = (at + now.choices.length) % now.choices.length;
    [...list.children].forEach((one, n) => one.setAttribute("aria-selected", String(n === now!.at)));
    field.setAttribute("aria-activedescendant", `${id}-${now.at}`);
    list.children[now.at]?.scrollIntoView({ block: "nearest" });
  };
  const take = (at: number) => {
    const choice = now?.choices[at];
    if (!now || !choice) return;
    const made = completed(field.value, field.selectionStart, now.begun, choice.put);
    field.value = made.text;
    field.setSelectionRange(made.caret, made.caret);
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
    field.focus();
  };
  const look = async () => {
    const here = field.selectionStart === field.selectionEnd ? begun(field.value, field.selectionStart) : undefined;
    if (!here) return close();
    asked += 1;
    const mine = asked;
    const choices = await find(here).catch(() => []);
    if (mine !== asked) return;
    if (choices.length === 0 || document.activeElement !== field) return close();
    now = { begun: here, choices, at: 0 };
    list.replaceChildren(
      ...choices.map((choice, n) => {
        const option = make("li", { role: "option", id: `${id}-${n}`, "aria-selected": "false" }, ...choice.shown);
        // Before the field loses the focus.
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", () => take(n));
        return option;
      }),
    );
    list.hidden = false;
    point(0);
    tell(`${say("suggestions")}: ${choices.length}`);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (!begun(field.value, field.selectionStart)) return close();
    timer = setTimeout(() => void look(), REST);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (!now || event.isComposing || event.ctrlKey || event.metaKey) return;
    const act = { ArrowDown: () => point(now!.at + 1), ArrowUp: () => point(now!.at - 1), Enter: () => take(now!.at), Tab: () => take(now!.at), Escape: close }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
}
