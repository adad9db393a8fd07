// The script of /settings/archive.
import { bring } from "./bring.mjs";
import { Server, ServerError } from "./server.mjs";

const form = document.getElementById("archive");
const removal = document.getElementById("remove");
const [bar, state, list, there] = ["progress", "state", "counts", "there"].map((id) => document.getElementById(id));
const words = JSON.parse(form.dataset.words);
const say = (name, values = {}) => Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), words[name] ?? name);

let stop;
/** The token of the page: each answer has the next one. */
let token = form.dataset.form;

const server = () =>
  new Server({
    base: "/settings/archive",
    headers: () => ({ "x-form": token }),
    seen: (response) => (token = response.headers.get("x-form") ?? token),
    waits: (seconds) => (state.textContent = say("waiting", { seconds })),
    signal: stop.signal,
  });

function show(counts) {
  list.replaceChildren(
    ...Object.entries(counts)
      .filter(([what, n]) => n > 0 && `count.${what}` in words)
      .map(([what, n]) => Object.assign(document.createElement("li"), { textContent: say(`count.${what}`, { n }) })),
  );
}

/** Runs something that the person may stop, and says how it ends. */
async function run(work) {
  stop = new AbortController();
  const buttons = [...document.querySelectorAll("button[type=submit]")];
  const stops = form.elements.stop;
  for (const button of buttons) button.disabled = true;
  [stops.hidden, bar.hidden] = [false, false];
  bar.removeAttribute("value");
  // The browser asks before it leaves the page.
  const stay = (event) => event.preventDefault();
  addEventListener("beforeunload", stay);
  try {
    await work();
    state.textContent = say("done");
  } catch (error) {
    const code = error instanceof ServerError && error.code !== "fault" ? error.code : `wrong.${error.code ?? "fault"}`;
    state.textContent = stop.signal.aborted ? say("stopped") : say(`wrong.${code}` in words ? `wrong.${code}` : code in words ? code : "wrong.fault");
    if (!error.code) console.error(error);
  } finally {
    removeEventListener("beforeunload", stay);
    for (const button of buttons) button.disabled = false;
    [stops.hidden, bar.hidden] = [true, true];
  }
}

form.elements.stop.addEventListener("click", () => stop?.abort());

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const file = form.elements.file.files[0];
  if (!file) return;
  list.replaceChildren();
  state.textContent = say("reading");
  run(async () => {
    const here = server();
    const counts = await bring({
      file,
      server: here,
      from: form.elements.server.value,
      withFiles: form.elements.files.checked,
      copy: (url, found) => here.copy(url, found),
      progress: ({ done, total, counts }) => {
        [bar.max, bar.value] = [Math.max(1, total), done];
        state.textContent = say("bringing", { done, total });
        show(counts);
      },
    });
    show(counts);
  });
});

removal?.addEventListener("submit", (event) => {
  event.preventDefault();
  list.replaceChildren();
  run(async () => {
    const here = server();
    for (let [total, more] = [0, true]; more; ) {
      const step = await here.remove();
      [total, more] = [total + step.removed, step.more];
      state.textContent = say("removing", { n: total });
      there.textContent = String(Math.max(0, Number(there.textContent) - step.removed));
    }
  });
});

form.hidden = false;
