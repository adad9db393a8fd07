//! Foreign HTML, made harmless on its way in: Mastodon's allow-list
//! (<https://docs.joinmastodon.org/spec/activitypub/#sanitization>, and what its source adds).
//!
//! Nothing of what came is passed on: the output is written anew from its tokens, with no other elements and
//! attributes than those below, every text and value escaped, every element closed. Whatever a document does
//! to its reader, it ends as balanced markup of this list.

use super::html::{Tag, Token, tokens, unescape};

/// More than any server's post; what is longer is cut before it is read.
const MAX_HTML: usize = 256 * 1024;
/// Elements inside each other; deeper ones lose their tags and keep their text.
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

/// The HTML of a status or a bio, safe to show.
pub fn status_html(html: &str) -> String {
    let html = cut(html, MAX_HTML);
    let mut writer = Writer { out: String::with_capacity(html.len() + 64), open: Vec::new(), formula: None };
    for token in tokens(html) {
        writer.token(token);
    }
    writer.close_to(0);
    writer.out
}

/// As [`status_html`], no longer than a bio may be.
pub fn note_html(html: &str) -> String {
    status_html(cut(html, 20_000))
}

/// What a formula is shown as: the text of its annotation.
struct Formula {
    is_in_annotation: bool,
    is_block: bool,
    text: String,
}

struct Writer {
    out: String,
    /// Elements that are open, outermost first.
    open: Vec<&'static str>,
    formula: Option<Formula>,
}

impl Writer {
    fn token(&mut self, token: Token<'_>) {
        if self.formula.is_some() || matches!(&token, Token::Start(tag) if tag.name == "math") {
            return self.formula_token(token);
        }
        match token {
            Token::Text(text) => self.text(&unescape(text)),
            Token::Start(tag) => self.start(&tag),
            Token::End(name) => self.end(&name),
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '\n' | '\t' => self.out.push(c),
                c if c.is_control() => {}
                c => self.out.push(c),
            }
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag.name.as_str() {
            "br" => self.out.push_str("<br>"),
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
                if let Some(name) = known {
                    self.open(name, &attributes(tag, name));
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "br" => self.out.push_str("<br>"),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.close("p"),
            name => self.close(name),
        }
    }

    /// A paragraph ends where another block begins, an item where another item of its list does.
    fn open(&mut self, name: &'static str, attributes: &str) {
        if name == "li" {
            let list = self.open.iter().rposition(|o| matches!(*o, "ul" | "ol")).map_or(0, |at| at + 1);
            if let Some(item) = self.open.iter().skip(list).position(|o| *o == "li") {
                self.close_to(list + item);
            }
        }
        if BLOCKS.contains(&name) {
            self.close("p");
        }
        if self.open.len() >= MAX_DEPTH {
            return;
        }
        self.out.push('<');
        self.out.push_str(name);
        self.out.push_str(attributes);
        self.out.push('>');
        self.open.push(name);
    }

    fn close(&mut self, name: &str) {
        if let Some(at) = self.open.iter().rposition(|o| *o == name) {
            self.close_to(at);
        }
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(name) = self.open.pop() {
                self.out.push_str("</");
                self.out.push_str(name);
                self.out.push('>');
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
            (Token::Start(tag), Some(formula)) if tag.name == "annotation" => {
                let encoding = tag.attribute("encoding").unwrap_or_default();
                formula.is_in_annotation = formula.text.is_empty()
                    && matches!(encoding.as_str(), "application/x-tex" | "text/plain");
            }
            (Token::Text(text), Some(formula)) if formula.is_in_annotation => {
                formula.text.push_str(&unescape(text));
            }
            (Token::End(name), Some(formula)) if name == "annotation" => formula.is_in_annotation = false,
            (Token::End(name), Some(_)) if name == "math" => {
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

/// The attributes of an allowed element that it may keep, as they are written.
fn attributes(tag: &Tag<'_>, element: &str) -> String {
    let mut out = String::new();
    for (name, value) in tag.attributes() {
        match (name.as_str(), element) {
            ("class", "a" | "span" | "p") => {
                let kept: Vec<&str> = value.split_whitespace().filter(|c| is_kept_class(c)).collect();
                if !kept.is_empty() {
                    write(&mut out, "class", &kept.join(" "));
                }
            }
            ("translate", "a" | "span") if value == "no" => write(&mut out, "translate", "no"),
            ("href", "a") => write(&mut out, "href", value.trim()),
            ("start", "ol") | ("value", "li") if value.parse::<i32>().is_ok() => {
                write(&mut out, &name, &value)
            }
            ("reversed", "ol") => write(&mut out, "reversed", ""),
            ("lang", _) if value.len() <= 35 => write(&mut out, "lang", &value),
            _ => {}
        }
    }
    out
}

/// The attributes of a link; `None` where it leads nowhere that a link may lead: then it is text.
fn link(tag: &Tag<'_>) -> Option<String> {
    let href = tag.attribute("href")?;
    let href = href.trim();
    let (scheme, _) = href.split_once(':')?;
    let is_clean = !href.chars().any(|c| c.is_control() || c.is_whitespace());
    if !is_clean || !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        return None;
    }
    Some(attributes(tag, "a") + " target=\"_blank\" rel=\"nofollow noopener\"")
}

/// HTML as plain text: paragraphs and breaks become lines, tags go, entities are read.
pub fn plain(html: &str) -> String {
    let html = cut(html, MAX_HTML);
    let mut out = String::with_capacity(html.len());
    for token in tokens(html) {
        match token {
            Token::Text(text) => out.push_str(&unescape(text)),
            Token::Start(tag) if tag.name == "br" => out.push('\n'),
            Token::End(name) => match name.as_str() {
                "p" | "div" | "blockquote" | "pre" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5"
                | "h6" => {
                    out.push_str("\n\n");
                }
                "li" => out.push('\n'),
                _ => {}
            },
            Token::Start(_) => {}
        }
    }
    out.trim().to_owned()
}

/// A name on one line: no control characters, no lines, at most 2048 bytes.
pub fn display_name(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    cut(clean.trim(), 2048).to_owned()
}

/// At most `max` bytes, on a character's edge.
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
            ("<div>x</div><table><tr><td>y</table>", "xy"),
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
    fn plain_text() {
        assert_eq!(plain("<p>a<br>b</p><p>c &amp; d</p>"), "a\nb\n\nc & d");
        assert_eq!(display_name(" a\n\u{202e}b\u{7} "), "a b");
        assert_eq!(cut("한글", 4), "한");
    }
}
