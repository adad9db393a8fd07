// Writes public/: the files that Cloudflare serves without asking the Worker. Styles and scripts lie below a name that their contents
// give (build.rs makes the same one), so that a browser may keep them for ever; the guide has an address that stays.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./common.mjs";

const OUT = join(root, "public");
/** What the files are made of, by folder or file; as in build.rs. */
const SOURCES = ["src/web/archive", "src/web/embed", "src/web/push", "src/web/script", "src/web/style.css"];

/** The paths of all sources, sorted. */
function sources() {
  const files = SOURCES.flatMap((path) => (/\.\w+$/.test(path) ? [path] : readdirSync(join(root, path)).map((name) => `${path}/${name}`)));
  return files.sort();
}

/** FNV-1a, 64 bits, of the paths and their contents. */
export function version() {
  let hash = 0xcbf29ce484222325n;
  const add = (bytes) => {
    for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  };
  for (const path of sources()) {
    add(Buffer.from(`${path}\0`));
    add(readFileSync(join(root, path)));
  }
  return hash.toString(16).padStart(16, "0");
}

/** The script of the pages, as one module. */
export async function script() {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({ entryPoints: [join(root, "src/web/script/main.ts")], bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none", write: false });
  return outputFiles[0].text;
}

/** As GitHub makes the anchors of headings. */
const slug = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}\- ]/gu, "").replaceAll(" ", "-");
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** A page of the guide. What it refers to beside itself lies in the sources: such a link is its text. */
async function guide(language) {
  const { Marked } = await import("marked");
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const text = this.parser.parseInline(tokens);
        return `<h${depth} id="${escaped(slug(text.replace(/<[^>]*>/g, "")))}">${text}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens);
        href = href.replace(/^(en|ko)\.md/, "/guide/$1/");
        return /^(#|https:|\/guide\/)/.test(href) ? `<a href="${escaped(href)}">${text}</a>` : text;
      },
      code({ text }) {
        return `<pre tabindex="0"><code>${escaped(text)}</code></pre>\n`;
      },
      table({ header, rows }) {
        const row = (cells, tag) => `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join("")}</tr>`;
        return `<div class="wide" tabindex="0"><table><thead>${row(header, "th")}</thead><tbody>${rows.map((cells) => row(cells, "td")).join("")}</tbody></table></div>\n`;
      },
    },
  });
  const text = readFileSync(join(root, "docs", "guide", `${language}.md`), "utf8");
  const title = text.match(/^# (.+)$/m)[1];
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="/assets/${version()}/style.css">
</head>
<body class="guide">
<header class="top"><a class="brand" href="/">Sori</a></header>
<main>
${marked.parse(text)}</main>
</body>
</html>
`;
}

const HEADERS = `/assets/*
  Cache-Control: public, max-age=31536000, immutable
  X-Content-Type-Options: nosniff
/embed.js
  Cache-Control: public, max-age=3600
  X-Content-Type-Options: nosniff
/push.js
  Cache-Control: no-cache
  X-Content-Type-Options: nosniff
  Content-Security-Policy: default-src 'none'
/guide/*
  Content-Security-Policy: default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: same-origin
`;

/** Writes all files, where they are not the same already: a server of this folder that runs goes on serving them. */
export async function assets() {
  const folder = `assets/${version()}`;
  const written = new Set();
  const write = (path, text) => {
    const to = join(OUT, path);
    written.add(to);
    if (existsSync(to) && readFileSync(to).equals(Buffer.from(text))) return;
    mkdirSync(join(to, ".."), { recursive: true });
    writeFileSync(to, text);
  };
  write(`${folder}/style.css`, readFileSync(join(root, "src/web/style.css")));
  // Other sites refer to it, so it has an address that stays.
  write("embed.js", readFileSync(join(root, "src/web/embed/embed.js")));
  // A service worker is responsible for what is beside and below it.
  write("push.js", readFileSync(join(root, "src/web/push/push.js")));
  write(`${folder}/embed/frame.js`, readFileSync(join(root, "src/web/embed/frame.js")));
  for (const name of readdirSync(join(root, "src/web/archive"))) write(`${folder}/archive/${name}`, readFileSync(join(root, "src/web/archive", name)));
  write(`${folder}/script.js`, await script());
  for (const language of ["en", "ko"]) write(`guide/${language}/index.html`, await guide(language));
  write("_headers", HEADERS);
  const found = readdirSync(OUT, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const entry of found) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (!written.has(path)) rmSync(path);
  }
}
