// Drafts, kept in this browser for each account and for what is answered, quoted or edited.

export interface Draft {
  text: string;
  warning: string;
  visibility: string;
  at: number;
}

const PREFIX = "sori-draft ";
/** So many are kept; older ones go. */
const MOST = 30;
/** Characters of one. */
const LONGEST = 20_000;

const keys = (storage: Storage) => Array.from({ length: storage.length }, (_, n) => storage.key(n) ?? "").filter((key) => key.startsWith(PREFIX));

export const keyOf = (account: string, about: string) => `${PREFIX}${account} ${about || "new"}`;

/** The draft of a key, if there is one that can be read. */
export function load(storage: Storage, key: string): Draft | undefined {
  try {
    const { text, warning, visibility, at } = JSON.parse(storage.getItem(key) ?? "");
    return typeof text === "string" && typeof warning === "string" && typeof at === "number" ? { text, warning, visibility: String(visibility ?? ""), at } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a draft; one without text is none. */
export function save(storage: Storage, key: string, draft: Draft) {
  if (!draft.text.trim()) return storage.removeItem(key);
  try {
    storage.setItem(key, JSON.stringify({ ...draft, text: draft.text.slice(0, LONGEST), warning: draft.warning.slice(0, LONGEST) }));
    const all = keys(storage).map((one) => ({ one, at: load(storage, one)?.at ?? 0 }));
    all.sort((a, b) => b.at - a.at);
    for (const { one } of all.slice(MOST)) storage.removeItem(one);
  } catch {
    // There is no room: it is not kept.
  }
}

/** Whoever uses this browser next finds none. */
export function forgetAll(storage: Storage) {
  for (const key of keys(storage)) storage.removeItem(key);
}
