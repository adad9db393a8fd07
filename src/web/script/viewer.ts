// Pictures of a status as large as the window, one after the other.
import { button, make, say } from "./page.ts";

/** Pixels that a finger moves to the next picture. */
const SWIPE = 40;

function open(links: HTMLAnchorElement[], first: number) {
  let at = first;
  const image = make("img", { alt: "" });
  const caption = make("figcaption", { dir: "auto" });
  const figure = make("figure", {}, image, caption);
  const place = make("p", { class: "place", "aria-live": "polite" });
  const dialog = make("dialog", { class: "viewer", "aria-label": say("picture") }, figure);
  const show = () => {
    const link = links[at]!;
    const small = link.querySelector("img");
    const alt = small?.alt ?? "";
    image.src = link.href;
    image.alt = alt;
    // A picture without a description has the word for one.
    caption.textContent = alt === say("picture") ? "" : alt;
    caption.lang = small?.closest<HTMLElement>("[lang]")?.lang ?? "";
    place.textContent = links.length > 1 ? `${at + 1} / ${links.length}` : "";
  };
  const turn = (by: number) => {
    at = (at + by + links.length) % links.length;
    show();
  };
  const bar = make("div", { class: "bar" }, place);
  if (links.length > 1) bar.append(button(say("before"), () => turn(-1)), button(say("after"), () => turn(1)));
  bar.append(button(say("close"), () => dialog.close()));
  dialog.append(bar);
  dialog.addEventListener("keydown", ({ key }) => {
    if (links.length < 2) return;
    if (key === "ArrowRight") turn(1);
    if (key === "ArrowLeft") turn(-1);
  });
  let from: number | undefined;
  figure.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") from = event.isPrimary ? event.clientX : undefined;
  });
  figure.addEventListener("pointerup", (event) => {
    const moved = event.clientX - (from ?? event.clientX);
    from = undefined;
    if (Math.abs(moved) > SWIPE && links.length > 1) turn(moved < 0 ? 1 : -1);
  });
  figure.addEventListener("pointercancel", () => (from = undefined));
  dialog.addEventListener("click", (event) => (event.target === dialog || event.target === figure) && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    links[at]?.focus();
  });
  document.body.append(dialog);
  show();
  dialog.showModal();
}

export function start() {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>(".media > a:has(img)");
    if (!link) return;
    event.preventDefault();
    const links = [...link.parentElement!.querySelectorAll<HTMLAnchorElement>(":scope > a:has(img)")];
    open(links, links.indexOf(link));
  });
}
