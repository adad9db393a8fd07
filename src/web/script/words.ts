// The beginning of a mention, a hashtag or an emoji before the caret.

export interface Begun {
  kind: "@" | "#" | ":";
  /** What follows the sign. */
  query: string;
  /** Where the sign is in the text. */
  start: number;
}

const BEGUN = /(?:^|[^\p{Alphabetic}\p{N}_/=@#:&])([@#:])([\p{Alphabetic}\p{M}\p{N}_.·-]+(?:@[\p{Alphabetic}\p{N}_.-]*)?)$/u;

/** What may be completed at the caret; nothing where too little of it is written. */
export function begun(text: string, caret: number): Begun | undefined {
  // No name is longer.
  const before = text.slice(Math.max(0, caret - 200), caret);
  const found = BEGUN.exec(before);
  const [kind, query] = [found?.[1] as Begun["kind"] | undefined, found?.[2] ?? ""];
  if (!kind || (kind !== "@" && query.includes("@"))) return undefined;
  if (query.length < (kind === "@" ? 1 : 2)) return undefined;
  return { kind, query, start: caret - query.length - 1 };
}

/** The text with `by` and a space in the place of what was begun, and the caret after it. */
export function completed(text: string, caret: number, { start }: Begun, by: string): { text: string; caret: number } {
  const rest = text.slice(caret);
  const put = by + (/^\s/.test(rest) ? "" : " ");
  return { text: text.slice(0, start) + put + rest, caret: start + by.length + 1 };
}
