// Misskey's text (MFM) and plain text as HTML. What MFM moves or colours stays plain; what it emphasises, quotes and links is
// kept. Each mark is looked for once, so that the work grows with the text's length.

const MAX_DEPTH = 12;

/** @param {string} text */
export function escape(text) {
  return text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]);
}

function link(url, html) {
  return `<a href="${escape(url)}" rel="nofollow noopener noreferrer">${html}</a>`;
}

const isUrl = (text) => /^https?:\/\/[^\s<>"']{1,2000}$/.test(text);

// Sticky: each is tried at one place only.
const URL_HERE = /https?:\/\/[^\s<>"'「」『』（）【】]{1,2000}/y;
const MENTION_HERE = /@([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})(?:@([A-Za-z0-9][A-Za-z0-9.-]{0,252}))?/y;
const TAG_HERE = /#([^\s.,!?'"#:/[\]【】()「」（）<>]{1,100})/y;
const LINK_HERE = /\??\[([^\]\n]{1,300})\]\((https?:\/\/[^\s)]{1,2000})\)/y;
const FUNCTION_HERE = /\$\[[A-Za-z0-9_]{1,30}(?:\.[A-Za-z0-9_=.,-]{1,200})? /y;
const CODE_HERE = /`([^`\n´]{1,1000})`/y;
const PAIRS = [
  ["***", "em"], ["**", "strong"], ["~~", "del"], ["<b>", "strong", "</b>"], ["<i>", "em", "</i>"], ["<s>", "del", "</s>"],
  ["<small>", "small", "</small>"], ["<center>", "", "</center>"], ["<plain>", "", "</plain>"], ["*", "em"],
];

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** What URLs drag along at their end. */
function trimmed(url) {
  let end = url.length;
  while (end > 0 && ".,!?:;)".includes(url[end - 1])) {
    if (url[end - 1] === ")" && url.slice(0, end).split("(").length >= url.slice(0, end).split(")").length) break;
    end--;
  }
  return url.slice(0, end);
}

/** A run of text without blocks. */
function inline(text, here, depth) {
  let html = "";
  let plain = "";
  /** Marks of which there is no other further on. */
  const without = new Set();
  const flush = () => {
    html += escape(plain).replaceAll("\n", "<br>");
    plain = "";
  };
  const put = (more, length) => {
    flush();
    html += more;
    return length;
  };
  for (let at = 0; at < text.length; ) {
    const c = text[at];
    const before = at === 0 ? " " : text[at - 1];
    const isFree = !/[A-Za-z0-9_]/.test(before);
    let found;
    let length = 0;
    if (c === "h" && isFree && (found = match(URL_HERE, text, at))) {
      const url = trimmed(found[0]);
      if (isUrl(url)) length = put(link(url, escape(url)), url.length);
    } else if ((c === "[" || c === "?") && depth < MAX_DEPTH && (found = match(LINK_HERE, text, at))) {
      length = put(link(found[2], inline(found[1], { ...here, isLink: true }, depth + 1)), found[0].length);
    } else if (c === "@" && isFree && !here.isLink && (found = match(MENTION_HERE, text, at))) {
      const origin = found[2] ? `https://${found[2]}` : here.origin;
      length = put(link(`${origin}/@${found[1]}`, escape(found[0])), found[0].length);
    } else if (c === "#" && isFree && !here.isLink && (found = match(TAG_HERE, text, at)) && !/^\d+$/.test(found[1])) {
      here.tags.add(found[1]);
      length = put(`<a href="${escape(`${here.origin}/tags/${encodeURIComponent(found[1])}`)}" class="mention hashtag" rel="tag">#${escape(found[1])}</a>`, found[0].length);
    } else if (c === "`" && (found = match(CODE_HERE, text, at))) {
      length = put(`<code>${escape(found[1])}</code>`, found[0].length);
    } else if (c === "$" && depth < MAX_DEPTH && (found = match(FUNCTION_HERE, text, at))) {
      const from = at + found[0].length;
      const to = without.has("$") ? -1 : closing(text, from);
      if (to < 0) without.add("$");
      else length = put(inline(text.slice(from, to), here, depth + 1), to + 1 - at);
    } else if ("*~<".includes(c) && depth < MAX_DEPTH) {
      const pair = PAIRS.find(([mark]) => !without.has(mark) && text.startsWith(mark, at));
      if (pair) {
        const [mark, tag, end = mark] = pair;
        const to = text.indexOf(end, at + mark.length);
        const inner = to < 0 ? "" : text.slice(at + mark.length, to);
        if (to < 0) without.add(mark);
        else if (inner.trim() !== "" && !(mark === "*" && !isFree)) {
          const shown = mark === "<plain>" ? escape(inner) : inline(inner, here, depth + 1);
          length = put(tag ? `<${tag}>${shown}</${tag}>` : shown, to + end.length - at);
        }
      }
    }
    if (length === 0) {
      plain += c;
      length = 1;
    }
    at += length;
  }
  flush();
  return html;
}

/** Where the bracket that was opened before `from` is closed; -1 where it is not. */
function closing(text, from) {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "[") open++;
    if (text[at] === "]" && --open === 0) return at;
  }
  return -1;
}

/**
 * @param {string} text
 * @param {{origin: string, tags: Set<string>}} here the server that names without one are of, and the hashtags that are found
 * @returns {string} HTML
 */
export function mfm(text, here) {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks = [];
  let paragraph = [];
  const end = () => {
    const joined = paragraph.join("\n").trim();
    if (joined) blocks.push(`<p>${inline(joined, here, 0)}</p>`);
    paragraph = [];
  };
  /** Whether a fence is closed further on. */
  let lastFence = -1;
  lines.forEach((line, n) => line.startsWith("```") && (lastFence = n));
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n];
    if (line.startsWith("```") && n < lastFence) {
      end();
      const code = [];
      for (n++; !lines[n].startsWith("```"); n++) code.push(lines[n]);
      blocks.push(`<pre><code>${escape(code.join("\n"))}</code></pre>`);
    } else if (line.startsWith(">")) {
      end();
      const quoted = [];
      for (; n < lines.length && lines[n].startsWith(">"); n++) quoted.push(lines[n].replace(/^> ?/, ""));
      n--;
      blocks.push(`<blockquote><p>${inline(quoted.join("\n"), here, 0)}</p></blockquote>`);
    } else if (line.trim() === "") {
      end();
    } else {
      paragraph.push(line);
    }
  }
  end();
  return blocks.join("");
}

/** Plain text in paragraphs, with its addresses as links. */
export function plain(text) {
  const paragraphs = text.replaceAll("\r\n", "\n").split(/\n{2,}/);
  const linked = (part) =>
    part.split(/(https?:\/\/[^\s<>"']{1,2000})/).map((piece, n) => (n % 2 ? link(piece, escape(piece)) : escape(piece).replaceAll("\n", "<br>"))).join("");
  return paragraphs.filter((part) => part.trim()).map((part) => `<p>${linked(part.trim())}</p>`).join("");
}
