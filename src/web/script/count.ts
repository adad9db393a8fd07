// The length of a text by Mastodon's rules, as the server counts it (src/text/count.rs, links.rs, mentions.rs).

const URL_LENGTH = 23;
const segmenter = typeof Intl.Segmenter === "function" ? new Intl.Segmenter() : undefined;

/** Grapheme clusters. */
export function graphemes(text: string): number {
  // Of these characters each is one.
  if (!segmenter || /^[\x20-\x7e\n]*$/.test(text)) return [...text].length;
  let n = 0;
  for (const _ of segmenter.segment(text)) n += 1;
  return n;
}

interface Found {
  start: number;
  end: number;
  counts: number;
}

/** Punctuation of other scripts, brackets and quotation marks that are in no path. */
const NO_PATH = /[\s\p{Cc}<>"`{}|\\^“”„‟‘’‚‛«»‹›…\u3001-\u3003\u3008-\u3011\u3014-\u301f！＂＇（），．：；＜＞？［］｛｝\uff5f-\uff64\ufe10-\ufe19\ufe35-\ufe44\ufe47-\ufe48]/u;

/** The length of path, query and fragment; `quote` is the quotation mark before the link. */
function path(text: string, quote: boolean): number {
  let end = 0;
  let at = 0;
  const open = { round: 0, square: 0 };
  for (const c of text) {
    if (NO_PATH.test(c) || (quote && c === "'")) break;
    if (c === "(") open.round += 1;
    if (c === "[") open.square += 1;
    if (c === ")" && --open.round < 0) break;
    if (c === "]" && --open.square < 0) break;
    at += c.length;
    if (!/[([.,:;!?'*]/.test(c)) end = at;
  }
  return end;
}

function links(text: string): Found[] {
  const all: Found[] = [];
  let until = 0;
  for (const match of text.matchAll(/(?<![A-Za-z0-9_])https?:\/\//gi)) {
    const start = match.index;
    if (start < until) continue;
    const host = start + match[0].length;
    const name = (/^[\p{Alphabetic}\p{N}._-]*/u.exec(text.slice(host))?.[0] ?? "").replace(/[.-]+$/, "");
    const top = name.slice(name.lastIndexOf(".") + 1);
    const isDomain = name.includes(".") && !name.startsWith(".") && !name.includes("..") && [...top].length >= 2 && /\p{Alphabetic}/u.test(top);
    if (name !== "localhost" && !isDomain) continue;
    let end = host + name.length;
    // A Latin top-level domain ends where another script follows without a space.
    const latin = /^[A-Za-z]{2,}(?=[^\x00-\x7f])/.exec(top);
    if (latin) {
      end += latin[0].length - top.length;
    } else {
      end += /^:\d+/.exec(text.slice(end))?.[0].length ?? 0;
      if (/^[/?#]/.test(text.slice(end))) end += path(text.slice(end), text[start - 1] === "'");
    }
    all.push({ start, end, counts: URL_LENGTH });
    until = end;
  }
  return all;
}

const MENTION = /(?<![\p{Alphabetic}\p{N}_/=@])@([A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)(?:@[\p{Alphabetic}\p{N}_]+(?:[.-]+[\p{Alphabetic}\p{N}_]+)*(?::\d{1,5})?)?/gu;

function mentions(text: string): Found[] {
  return [...text.matchAll(MENTION)].map((match) => ({ start: match.index, end: match.index + match[0].length, counts: match[1]!.length + 1 }));
}

/** Grapheme clusters of text and content warning, a URL as 23 and a mention without its domain. */
export function length(text: string, warning = ""): number {
  const found = links(text);
  const all = [...found, ...mentions(text).filter((m) => !found.some((l) => l.start < m.end && m.start < l.end))];
  all.sort((a, b) => a.start - b.start);
  let total = graphemes(warning);
  let at = 0;
  for (const { start, end, counts } of all) {
    total += graphemes(text.slice(at, start)) + counts;
    at = end;
  }
  return total + graphemes(text.slice(at));
}
