// Which stream a page shows, and when a lost one is asked for again.

/** A stream by its name and parameters, and whether its posts are the page's own. */
export interface Stream {
  stream: string;
  tag?: string;
  list?: string;
}

/** The stream of a page, by its address; nothing for a page without one, and for older pages of a list. */
export function streamOf(path: string, query: string): Stream | undefined {
  if (new URLSearchParams(query).has("max_id")) return undefined;
  const plain: Record<string, string> = { "/home": "user", "/notifications": "user:notification", "/public": "public", "/public/local": "public:local" };
  const name = plain[path];
  if (name) return { stream: name };
  const [, kind, argument, more] = path.split("/");
  if (!argument || more !== undefined) return undefined;
  if (kind === "tags") return { stream: "hashtag", tag: decodeURIComponent(argument) };
  if (kind === "lists" && /^\d+$/.test(argument)) return { stream: "list", list: argument };
  return undefined;
}

/** Where the API has what a stream tells of, up to the parameters. */
export function listOf({ stream, tag, list }: Stream): string | undefined {
  const all: Record<string, string> = {
    user: "timelines/home?",
    "user:notification": "notifications?",
    public: "timelines/public?",
    "public:local": "timelines/public?local=true&",
    hashtag: `timelines/tag/${encodeURIComponent(tag ?? "")}?`,
    list: `timelines/list/${list}?`,
  };
  return all[stream] && `/api/v1/${all[stream]}`;
}

const SECOND = 1000;
/** So often in a row a connection may fail before the page gives up. */
export const MOST_TRIES = 10;

/** Milliseconds before the next try, after so many that have failed; `random` is from 0 to 1. */
export function delay(tries: number, random: number): number {
  return Math.min(300, 2 ** tries) * SECOND * (0.5 + random / 2);
}

/** Whether filters of its reader hide a status in a context. */
export function isHidden(status: any, context: string): boolean {
  const all = [...(status?.filtered ?? []), ...(status?.reblog?.filtered ?? [])];
  return all.some(({ filter }: any) => filter?.filter_action === "hide" && filter.context?.includes(context));
}
