//! Sanitises foreign HTML with Mastodon's allow-list
//! (<https://docs.joinmastodon.org/spec/activitypub/#sanitization>, and what its source adds).
//!
//! No input is copied: the output is written from tokens, with no elements and attributes other than those
//! below, every text and value escaped, every element closed. Any input gives balanced markup of this list,
//! of bounded length.

use super::html::{Tag, Token, read};
use super::steps;
use crate::model::limits;

/// Longer input is cut before it is read.
const MAX_HTML: usize = 256 * 1024;
/// Maximum nesting; deeper elements lose their tags and keep their text.
const MAX_DEPTH: usize = 100;

const BLOCKS: [&str; 6] = ["p", "pre", "blockquote", "ul", "ol", "li"];
const INLINE: [&str; 13] =
    ["span", "a", "del", "s", "code", "b", "strong", "u", "i", "em", "ruby", "rt", "rp"];
const SCHEMES: [&str; 11] =
    ["http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini"];

fn is_kept_class(class: &str) -> bool {
    matches!(class, "mention" | "hashtag" | "ellipsis" | "invisible" | "quote-inline")
        || ["h-", "p-", "u-", "dt-", "e-"].iter().any(|prefix| class.starts_with(prefix))
}

/// The separator at the boundary of an element between the texts before and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    /// A cell of a table.
    Space,
    Line,
    Paragraph,
}

/// How an element is separated from its surroundings
/// (<https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3>).
fn gap(element: &str) -> Gap {
    match element {
        "p" | "blockquote" | "pre" | "ul" | "ol" | "dl" | "table" | "h1" | "h2" | "h3" | "h4" | "h5"
        | "h6" => Gap::Paragraph,
        "address" | "article" | "aside" | "body" | "caption" | "center" | "dd" | "details" | "dialog"
        | "dir" | "div" | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "header"
        | "hgroup" | "hr" | "html" | "legend" | "li" | "listing" | "main" | "menu" | "nav" | "optgroup"
        | "option" | "search" | "section" | "summary" | "tbody" | "tfoot" | "thead" | "tr" => Gap::Line,
        "td" | "th" => Gap::Space,
        _ => Gap::None,
    }
}

/// The sanitised HTML of a status.
pub fn status_html(html: &str) -> String {
    within(html, limits::CONTENT)
}

/// Like [`status_html`], with the length limit of a bio.
pub fn note_html(html: &str) -> String {
    within(html, limits::BIO)
}

/// Like [`status_html`], with the length limit of a profile field.
pub fn field_html(html: &str) -> String {
    within(html, limits::FIELD_VALUE)
}

/// Sanitised HTML of at most `max` bytes: cut between characters and tags, with every element closed.
pub fn within(html: &str, max: usize) -> String {
    let html = cut(html, MAX_HTML);
    let mut writer = Writer {
        out: String::with_capacity(html.len().min(max)),
        max,
        is_full: false,
        open: Vec::new(),
        closing: 0,
        gap: Gap::None,
        has_text: false,
        is_at_start_of_pre: false,
        formula: None,
    };
    read(html, |token| {
        writer.token(token);
        !writer.is_full
    });
    writer.close_to(0);
    writer.out
}

/// What a formula is displayed as: the text of its annotation.
struct Formula {
    is_in_annotation: bool,
    is_block: bool,
    text: String,
}

struct Writer {
    out: String,
    max: usize,
    /// The limit is reached: nothing more is written except end tags.
    is_full: bool,
    /// Open elements, outermost first.
    open: Vec<&'static str>,
    /// The bytes of their end tags.
    closing: usize,
    /// The separator before the next text, if it follows text.
    gap: Gap,
    /// Whether this line has text.
    has_text: bool,
    /// A line break here is not displayed: HTML parsers drop the first one of a `<pre>`.
    is_at_start_of_pre: bool,
    formula: Option<Formula>,
}

impl Writer {
    fn token(&mut self, token: Token<'_>) {
        if self.formula.is_some() || matches!(&token, Token::Start(tag) if tag.name() == "math") {
            return self.formula_token(token);
        }
        match token {
            Token::Text(text) => self.text(text),
            Token::Start(tag) => self.start(tag),
            Token::End(name) => self.end(name),
        }
    }

    /// Writes something completely, or stops all output. `closing` is the length of the end tag it will need.
    fn write(&mut self, text: &str, closing: usize) -> bool {
        steps::add(text.len());
        let is_too_long = self.out.len() + text.len() + self.closing + closing > self.max;
        self.is_full |= is_too_long;
        if !self.is_full {
            self.out.push_str(text);
        }
        !self.is_full
    }

    fn text(&mut self, text: &str) {
        let text = if self.gap == Gap::None { text } else { text.trim_start() };
        if text.is_empty() {
            return;
        }
        self.set_apart();
        self.has_text |= !text.trim_start().is_empty();
        // Runs of characters that need no escaping are written at once.
        let mut from = 0;
        for (at, c) in text.char_indices() {
            let escaped = match c {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '\n' if !self.is_at_start_of_pre => continue,
                '\t' => continue,
                c if c.is_control() => "",
                _ => {
                    self.is_at_start_of_pre = false;
                    continue;
                }
            };
            self.run(text.get(from..at).unwrap_or(""));
            from = at + c.len_utf8();
            if !escaped.is_empty() {
                self.is_at_start_of_pre = false;
                self.write(escaped, 0);
            }
        }
        self.run(text.get(from..).unwrap_or(""));
    }

    /// Writes as many characters as there is room for.
    fn run(&mut self, text: &str) {
        let room = self.max.saturating_sub(self.out.len() + self.closing);
        let fitting = cut(text, room);
        self.write(fitting, 0);
        self.is_full |= fitting.len() < text.len();
    }

    /// The boundary of a dropped element: the texts before and after it are different words.
    fn edge(&mut self, element: &str) {
        if self.has_text {
            self.gap = self.gap.max(gap(element));
        }
    }

    /// Writes the separator between the text before and inline content.
    fn set_apart(&mut self) {
        match std::mem::replace(&mut self.gap, Gap::None) {
            Gap::None => {}
            Gap::Space => {
                self.write(" ", 0);
            }
            Gap::Line | Gap::Paragraph => self.line_break(),
        }
    }

    fn line_break(&mut self) {
        self.write("<br>", 0);
        self.start_line();
    }

    fn start_line(&mut self) {
        self.gap = Gap::None;
        self.has_text = false;
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag.name() {
            "br" => self.line_break(),
            // Headings become bold paragraphs.
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.open("p", "");
                self.open("strong", "");
            }
            "a" => {
                self.close("a");
                if let Some(attributes) = link(tag) {
                    self.open("a", &attributes);
                }
            }
            name => {
                let known = BLOCKS.iter().chain(&INLINE).find(|known| **known == name).copied();
                match known {
                    Some(name) => self.open(name, &attributes(tag, name)),
                    None => self.edge(name),
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "br" => self.line_break(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.close("p"),
            name => {
                self.close(name);
                self.edge(name);
            }
        }
    }

    /// A paragraph ends where another block begins, a list item where the next one begins.
    fn open(&mut self, name: &'static str, attributes: &str) {
        match name {
            "li" => {
                let list = self.open.iter().rposition(|o| matches!(*o, "ul" | "ol")).map_or(0, |at| at + 1);
                if let Some(item) = self.open.iter().skip(list).position(|o| *o == "li") {
                    self.close_to(list + item);
                }
            }
            "rt" | "rp" => {
                let base = self.open.iter().rposition(|o| *o == "ruby").map_or(0, |at| at + 1);
                if let Some(part) = self.open.iter().skip(base).position(|o| matches!(*o, "rt" | "rp")) {
                    self.close_to(base + part);
                }
            }
            _ => {}
        }
        let is_block = BLOCKS.contains(&name);
        if is_block {
            self.close("p");
        }
        if self.open.len() >= MAX_DEPTH {
            return self.edge(name);
        }
        if is_block {
            self.start_line();
        } else {
            self.set_apart();
        }
        let end = name.len() + "</>".len();
        if self.write(&format!("<{name}{attributes}>"), end) {
            self.open.push(name);
            self.closing += end;
            self.is_at_start_of_pre = name == "pre";
        }
    }

    fn close(&mut self, name: &str) {
        steps::add(self.open.len());
        if let Some(at) = self.open.iter().rposition(|o| *o == name) {
            self.close_to(at);
        }
    }

    /// Closes all elements except the outermost `depth`. Room for the end tags is always reserved.
    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(name) = self.open.pop() else { return };
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
            self.closing -= name.len() + "</>".len();
            self.is_at_start_of_pre = false;
            if BLOCKS.contains(&name) {
                self.start_line();
            }
        }
    }

    /// `<math>`: its TeX or plain annotation, as text between dollar signs.
    fn formula_token(&mut self, token: Token<'_>) {
        match (token, &mut self.formula) {
            (Token::Start(tag), None) => {
                let is_block = tag.attribute("display").is_some_and(|d| d == "block");
                self.formula = Some(Formula { is_in_annotation: false, is_block, text: String::new() });
            }
            (Token::Start(tag), Some(formula)) if tag.name() == "annotation" => {
                let encoding = tag.attribute("encoding").unwrap_or_default();
                formula.is_in_annotation =
                    formula.text.is_empty() && matches!(encoding, "application/x-tex" | "text/plain");
            }
            (Token::Text(text), Some(formula)) if formula.is_in_annotation => formula.text.push_str(text),
            (Token::End("annotation"), Some(formula)) => formula.is_in_annotation = false,
            (Token::End("math"), Some(_)) => {
                if let Some(formula) = self.formula.take().filter(|f| !f.text.trim().is_empty()) {
                    let mark = if formula.is_block { "$$" } else { "$" };
                    self.text(&format!("{mark}{}{mark}", formula.text.trim()));
                }
            }
            _ => {}
        }
    }
}

fn write(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    out.push_str(&super::escape::html(value));
    out.push('"');
}

/// The allowed attributes of an element, as they are written.
fn attributes(tag: Tag<'_>, element: &str) -> String {
    let mut out = String::new();
    for (name, value) in tag.attributes() {
        steps::add(value.len());
        match (name, element) {
            ("class", "a" | "span" | "p") => {
                let kept: Vec<&str> = value.split_whitespace().filter(|c| is_kept_class(c)).collect();
                if !kept.is_empty() {
                    write(&mut out, "class", &kept.join(" "));
                }
            }
            ("translate", "a" | "span") if value == "no" => write(&mut out, "translate", "no"),
            ("href", "a") => write(&mut out, "href", value.trim()),
            ("start", "ol") | ("value", "li") if value.parse::<i32>().is_ok() => write(&mut out, name, value),
            ("reversed", "ol") => write(&mut out, "reversed", ""),
            ("lang", _)
                if value.len() <= 35 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') =>
            {
                write(&mut out, "lang", value)
            }
            _ => {}
        }
    }
    out
}

/// The attributes of a link; `None` where its scheme is not allowed: then it becomes text.
fn link(tag: Tag<'_>) -> Option<String> {
    let href = tag.attribute("href")?.trim();
    let (scheme, _) = href.split_once(':')?;
    let is_clean = !href.chars().any(|c| c.is_control() || c.is_whitespace());
    if !is_clean || !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    Some(attributes(tag, "a") + " target=\"_blank\" rel=\"nofollow noopener\"")
}

/// HTML as plain text: blocks and breaks become line breaks, tags are removed, character references are
/// decoded.
pub fn plain(html: &str) -> String {
    let html = cut(html, MAX_HTML);
    let mut out = String::with_capacity(html.len());
    read(html, |token| {
        match token {
            // White space at the start of a line is not displayed.
            Token::Text(text) if out.is_empty() || out.ends_with('\n') => out.push_str(text.trim_start()),
            Token::Text(text) => out.push_str(text),
            Token::Start(tag) if tag.name() == "br" => out.push('\n'),
            Token::Start(tag) => set_apart(&mut out, gap(tag.name()).min(Gap::Line)),
            Token::End(name) => set_apart(&mut out, gap(name)),
        }
        true
    });
    out.trim().to_owned()
}

/// A canonical form of sanitised HTML: its words, blocks, emphasis and link targets. Two texts with the same
/// form differ only in markup (classes, `rel`, `lang`, the spelling of references and spaces).
pub fn visible_form(html: &str) -> String {
    // Control characters are removed, so no text contains this one.
    const MARK: char = '\u{1}';
    const SEEN: [&str; 4] = ["href", "start", "value", "reversed"];
    let mut out = String::with_capacity(html.len());
    let (mut is_spaced, mut is_at_edge, mut pre) = (false, true, 0_usize);
    read(html, |token| {
        let (name, tag) = match token {
            Token::Text(text) => {
                for c in text.chars() {
                    if c.is_ascii_whitespace() && pre == 0 {
                        is_spaced = true;
                        continue;
                    }
                    if is_spaced && !is_at_edge {
                        out.push(' ');
                    }
                    (is_spaced, is_at_edge) = (false, false);
                    out.push(c);
                }
                return true;
            }
            Token::Start(tag) => (tag.name(), Some(tag)),
            Token::End(name) => (name, None),
        };
        if name == "span" {
            return true;
        }
        if name == "pre" {
            pre = if tag.is_some() { pre + 1 } else { pre.saturating_sub(1) };
        }
        if BLOCKS.contains(&name) || name == "br" {
            (is_spaced, is_at_edge) = (false, true);
        }
        out.push(MARK);
        out.push_str(if tag.is_some() { "" } else { "/" });
        out.push_str(name);
        for (name, value) in tag.into_iter().flat_map(Tag::attributes).filter(|(name, _)| SEEN.contains(name))
        {
            for part in [" ", name, "=", value] {
                out.push_str(part);
            }
        }
        out.push(MARK);
        true
    });
    out
}

/// Writes a separator from the text before, if there is none yet.
fn set_apart(out: &mut String, gap: Gap) {
    let wanted = match gap {
        Gap::None => return,
        Gap::Space if out.ends_with(char::is_whitespace) => return,
        Gap::Space => " ",
        Gap::Line => "\n",
        Gap::Paragraph => "\n\n",
    };
    if out.is_empty() || out.ends_with(wanted) {
        return;
    }
    out.push_str(if gap == Gap::Paragraph && out.ends_with('\n') { "\n" } else { wanted });
}

/// A text of one line, such as a name or a content warning: no control characters, no line breaks, no
/// characters that change the direction of the text after it; at most `max` bytes.
pub fn line(text: &str, max: usize) -> String {
    let clean: String = cut(text, MAX_HTML)
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    cut(clean.trim(), max).trim_end().to_owned()
}

/// A display name, as a [`line`].
pub fn display_name(text: &str) -> String {
    line(text, limits::DISPLAY_NAME)
}

/// At most `max` bytes, cut between characters.
pub fn cut(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_stays() {
        for (html, wanted) in [
            ("<p>Hello <b>you</b><br>there</p>", "<p>Hello <b>you</b><br>there</p>"),
            (
                "<a href=\"https://x.example\" class=\"mention evil u-url\" onclick=\"x()\">x</a>",
                "<a href=\"https://x.example\" class=\"mention u-url\" target=\"_blank\" rel=\"nofollow noopener\">x</a>",
            ),
            ("<h1 id=x>Title</h1>text", "<p><strong>Title</strong></p>text"),
            (
                "<span class=\"invisible x\" translate=\"no\">a</span>",
                "<span class=\"invisible\" translate=\"no\">a</span>",
            ),
            ("<p>one<p>two", "<p>one</p><p>two</p>"),
            ("<ul><li>a<li>b<ul><li>c</ul></ul>d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>d"),
            ("<p>a<blockquote><p>b</blockquote>c", "<p>a</p><blockquote><p>b</p></blockquote>c"),
            ("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b>c"),
            ("<p>&amp;lt; &nbsp;&eacute; a&b</p>", "<p>&amp;lt; \u{a0}é a&amp;b</p>"),
            ("<div>x</div><table><tr><td>y</table>", "x<br>y"),
            (
                "<math><semantics><mi>x</mi><annotation encoding=\"application/x-tex\">x^2</annotation></semantics></math>!",
                "$x^2$!",
            ),
            (
                "<a href=\"https://x.example/?a=1&amp;b='2'\">x</a>",
                "<a href=\"https://x.example/?a=1&amp;b=&#39;2&#39;\" target=\"_blank\" rel=\"nofollow noopener\">x</a>",
            ),
            ("<a>x</a> <a href=\"/here\">y</a> <a href=\"javascript:x\">z</a>", "x y z"),
            ("<ol start=\"3\"><li value=\"2\">x</li></ol>", "<ol start=\"3\"><li value=\"2\">x</li></ol>"),
            ("<p lang=\"ko\">안녕</p>", "<p lang=\"ko\">안녕</p>"),
        ] {
            assert_eq!(status_html(html), wanted);
        }
    }

    #[test]
    fn fed_trap_65_hostile_html_is_harmless_and_never_fails() {
        for evil in [
            "<script>alert(1)</script>x",
            "<svg/onload=alert(1)>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\" java\tscript:alert(1)\">x</a>",
            "<a href=\"data:text/html,<script>\">x</a>",
            "<style>*{}</style>",
            "<iframe src=x></iframe>",
            "<math><annotation>x</annotation></math>",
            "<math><annotation encoding=\"x\"><script>1</script></annotation></math>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<p style=\"x:expression(1)\">x</p>",
            "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
            "<<script>script>alert(1)<</script>/script>",
            "<a href=\"//evil.example\">x</a>",
            "<base href=//x>",
        ] {
            let clean = status_html(evil).to_lowercase();
            for bad in [
                "<script",
                "onerror=",
                "onload=",
                "javascript:",
                "<style",
                "<iframe",
                "<svg",
                "<math",
                "data:",
                "style=",
                "<img",
                "<base",
            ] {
                assert!(!clean.contains(bad), "{evil} → {clean}");
            }
        }
        let bomb = "<b>".repeat(50_000);
        assert!(status_html(&bomb).len() < 1_000);
        let unclosed = "<a href=\"".repeat(50_000);
        assert!(status_html(&unclosed).len() < 1_000);
    }

    #[test]
    fn sanitising_twice_changes_nothing_and_no_bytes_panic() {
        let mut seed = 7u64;
        let alphabet = [
            "<",
            ">",
            "\"",
            "'",
            "&",
            ";",
            "a",
            "p",
            "script",
            "span",
            " ",
            "=",
            "href",
            "https://x.example",
            "/",
            "<p>",
            "</p>",
            "<br>",
            "<a ",
            "h1",
            "<h1>",
            "한",
            "\u{0}",
            "&lt;",
            "&#x27;",
            "<!--",
            "-->",
            "<![CDATA[",
        ];
        for _ in 0..500 {
            let mut html = String::new();
            for _ in 0..40 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                html.push_str(alphabet[(seed >> 33) as usize % alphabet.len()]);
            }
            let once = status_html(&html);
            assert!(!once.to_lowercase().contains("<script"), "{html} → {once}");
            assert_eq!(status_html(&once), once, "{html}");
            let _ = plain(&html);
        }
    }

    /// 254 kB of `<h1>` once became 1.5 MB, which made every page too large.
    #[test]
    fn no_rewriting_grows_beyond_the_limit() {
        for element in [
            "<h1>",
            "<h1>x",
            "<p>",
            "<li>",
            "<b>",
            "</br>",
            "<div>x",
            "<td>x",
            "<a href=\"https://x.example\">",
            "&",
            "<",
            "'",
            "<pre>\n",
            "<ol start=1 lang=en reversed>",
            "<blockquote>",
            "<math>x",
            "<ruby><rt>x",
            "<p class=\"h-a\">x",
            "한",
        ] {
            let html = element.repeat(80_000 / element.len());
            for (made, max) in
                [(status_html(&html), 65_536), (note_html(&html), 20_000), (field_html(&html), 2_047)]
            {
                assert!(made.len() <= max, "{element}: {}", made.len());
                assert_eq!(within(&made, max), made, "{element}");
            }
            assert!(plain(&html).len() <= html.len() * 2, "{element}");
        }
    }

    #[test]
    fn what_is_cut_is_cut_between_characters_and_tags() {
        let html =
            "<p>한글 &amp; <a href=\"https://x.example/?a&amp;b\">link</a></p><pre>\nx</pre><div>y</div>z";
        let whole = within(html, 10_000);
        for max in 0..=whole.len() {
            let made = within(html, max);
            assert!(made.len() <= max, "{max}: {made}");
            assert_eq!(within(&made, max), made, "{max}");
            assert_eq!(within(&made, 10_000), made, "{max}: {made}");
            assert!(plain(&whole).starts_with(plain(&made).trim_end()), "{max}: {made}");
        }
        assert_eq!(within(html, whole.len()), whole);
    }

    #[test]
    fn elements_that_are_left_out_set_words_apart() {
        for (html, shown, text) in [
            ("<div>a</div><div>b</div>", "a<br>b", "a\nb"),
            ("a<div>b</div>c", "a<br>b<br>c", "a\nb\nc"),
            ("<section>a</section>b", "a<br>b", "a\nb"),
            ("<table><tr><td>a<td>b<tr><th>c</table>d", "a b<br>c<br>d", "a b\nc\n\nd"),
            ("<dl><dt>a<dd>b</dl>c", "a<br>b<br>c", "a\nb\n\nc"),
            ("a<hr>b", "a<br>b", "a\nb"),
            ("<details><summary>a</summary>b</details>c", "a<br>b<br>c", "a\nb\nc"),
            ("<figure>a<figcaption>b</figcaption></figure>c", "a<br>b<br>c", "a\nb\nc"),
            ("<form><fieldset><legend>a</legend>b</fieldset></form>", "a<br>b", "a\nb"),
            ("<nav>a</nav><main>b</main><footer>c</footer>", "a<br>b<br>c", "a\nb\nc"),
            ("x<p>y</p>z", "x<p>y</p>z", "x\ny\n\nz"),
            ("x<h2>y</h2>z", "x<p><strong>y</strong></p>z", "x\ny\n\nz"),
            ("x<ul><li>y<li>z</ul>", "x<ul><li>y</li><li>z</li></ul>", "x\ny\nz"),
            ("<p>a<div>b</div></p>c", "<p>a<br>b</p>c", "a\nb\n\nc"),
            ("<div>a</div> \n <div><b>b</b></div>", "a<br><b>b</b>", "a\nb"),
            ("<div><p>a</p></div><div><p>b</p></div>", "<p>a</p><p>b</p>", "a\n\nb"),
            ("<div></div>a<div></div>", "a", "a"),
            ("one<br><div>two</div>", "one<br>two", "one\ntwo"),
            ("w<i>o</i>r<span>d</span>s<font>!</font>", "w<i>o</i>r<span>d</span>s!", "words!"),
        ] {
            assert_eq!(status_html(html), shown, "{html}");
            assert_eq!(plain(html), text, "{html}");
        }
    }

    #[test]
    fn documents_take_steps_by_their_length() {
        use crate::text::steps::tests::assert_linear;
        for (what, text) in [
            ("open", "<b>"),
            ("closed", "</b>"),
            ("items", "<li>x"),
            ("misnested", "<b><i></b>x</i>"),
            ("headings", "<h1>x"),
            ("cells", "<td>x"),
            ("links", "<a href=\"https://x.example\">x"),
            ("classes", "<p class=\"h-a u-b x\">"),
            ("formulas", "<math>x"),
            ("annotations", "<math><annotation encoding=text/plain>x</annotation></math>"),
        ] {
            assert_linear(what, |n| text.repeat(n), |html| drop(status_html(html)));
            assert_linear(what, |n| text.repeat(n), |html| drop(plain(html)));
        }
    }

    #[test]
    fn our_own_html_survives() {
        let made = crate::text::compose::compose(
            "hi @bob #tag https://www.example.com/a/long/path/that/is/cut/somewhere?x=1&y=2\n\nmore <b>",
            "https://a.example",
            &|_| {
                Some(crate::text::compose::Target {
                    url: "https://b.example/@bob".into(),
                    username: "bob".into(),
                })
            },
        );
        let clean = status_html(&made.html);
        assert_eq!(plain(&clean), plain(&made.html));
        assert!(
            clean.contains("class=\"u-url mention\"") && clean.contains("class=\"mention hashtag\""),
            "{clean}"
        );
    }

    #[test]
    fn markup_that_nobody_sees_makes_no_difference() {
        let seen = |html: &str| visible_form(&status_html(html));
        let link = seen("<p>a <a href=\"https://x.example\">b</a> &amp; c</p><p>d</p>");
        for same in [
            "<p>a <a href=\"https://x.example\" rel=\"me\" class=\"u-url\">b</a> &#38; c</p><p>d</p>",
            "<p lang=\"en\">a\n<a href='https://x.example'><span class=\"invisible\">b</span></a> & c </p>\n<p> d</p> ",
        ] {
            assert_eq!(seen(same), link, "{same}");
        }
        for other in [
            "<p>a <a href=\"https://y.example\">b</a> &amp; c</p><p>d</p>",
            "<p>a <a href=\"https://x.example\">b</a> &amp; c</p>d",
            "<p>a <a href=\"https://x.example\"><b>b</b></a> &amp; c</p><p>d</p>",
            "<p>a<a href=\"https://x.example\">b</a> &amp; c</p><p>d</p>",
            "<p>a b &amp; c</p><p>d</p>",
        ] {
            assert_ne!(seen(other), link, "{other}");
        }
        assert_ne!(seen("<pre>a  b</pre>"), seen("<pre>a b</pre>"));
        assert_eq!(seen("<p>a  b</p>"), seen("<p>a b</p>"));
        assert_ne!(seen("&lt;b&gt;"), seen("<b></b>"));
    }

    #[test]
    fn plain_text() {
        assert_eq!(plain("<p>a<br>b</p><p>c &amp; d</p>"), "a\nb\n\nc & d");
        assert_eq!(display_name(" a\n\u{202e}b\u{7} "), "a b");
        assert_eq!(line(&"한 ".repeat(100), 8), "한 한");
        assert_eq!(cut("한글", 4), "한");
    }
}
