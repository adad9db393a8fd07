// Times stay right while a page is open, and have their date in the reader's own zone.
import { count, language, onFresh, say } from "./page.ts";
import { distance } from "./distance.ts";

const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const short = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

/** How long ago a time is, in words; nothing where it is so long ago that its date is said. */
export function ago(at: number, now = Date.now()): string | undefined {
  const [unit, n] = distance(now - at);
  if (unit === "now") return say("now");
  return unit === "date" ? undefined : count(unit, n);
}

function update(root: ParentNode) {
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) continue;
    if (time.title) {
      const text = ago(at);
      if (text && time.textContent !== text) time.textContent = text;
    } else {
      // A time that is to come is said as a date.
      time.textContent = short.format(at);
    }
    time.title = time.title ? full.format(at) : "";
  }
}

export function start() {
  onFresh(update);
  setInterval(() => document.hidden || update(document), 30_000);
  document.addEventListener("visibilitychange", () => document.hidden || update(document));
}
