//! Foreign HTML, made harmless on its way in: Mastodon's allow-list
//! (<https://docs.joinmastodon.org/spec/activitypub/#sanitization>, and what its source adds).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ammonia::Builder;

/// More than any server's post; what is longer is cut before it is parsed.
const MAX_HTML: usize = 256 * 1024;
/// Deeper nesting than people write; a parser's stack is not for strangers to fill.
const MAX_TAGS: usize = 20_000;
/// Nested deeper than this, a document is shown as text.
const MAX_DEPTH: usize = 200;

const TAGS: [&str; 21] = [
    "p",
    "br",
    "span",
    "a",
    "del",
    "s",
    "pre",
    "blockquote",
    "code",
    "b",
    "strong",
    "u",
    "i",
    "em",
    "ul",
    "ol",
    "li",
    "ruby",
    "rt",
    "rp",
    "h1",
];
const SCHEMES: [&str; 11] =
    ["http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini"];

fn builder() -> Builder<'static> {
    let mut builder = Builder::empty();
    let tags: HashSet<&str> = TAGS.into_iter().filter(|t| *t != "h1").collect();
    let attributes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("a", HashSet::from(["href", "class", "translate"])),
        ("span", HashSet::from(["class", "translate"])),
        ("p", HashSet::from(["class"])),
        ("ol", HashSet::from(["start", "reversed"])),
        ("li", HashSet::from(["value"])),
    ]);
    builder
        .tags(tags)
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["lang"]))
        .url_schemes(SCHEMES.into_iter().collect())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("nofollow noopener"))
        .set_tag_attribute_value("a", "target", "_blank")
        .clean_content_tags(HashSet::from([
            "script", "style", "template", "noscript", "iframe", "object", "embed", "title",
        ]))
        .strip_comments(true)
        .attribute_filter(|_, attribute, value| match attribute {
            "class" => {
                let kept: Vec<&str> = value.split_whitespace().filter(|c| is_kept_class(c)).collect();
                (!kept.is_empty()).then(|| Cow::Owned(kept.join(" ")))
            }
            "translate" => (value == "no").then_some(Cow::Borrowed("no")),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
}

fn is_kept_class(class: &str) -> bool {
    matches!(class, "mention" | "hashtag" | "ellipsis" | "invisible" | "quote-inline")
        || ["h-", "p-", "u-", "dt-", "e-"].iter().any(|prefix| class.starts_with(prefix))
}

thread_local! {
    static BUILDER: Builder<'static> = builder();
}

/// The HTML of a status or a bio, safe to show.
pub fn status_html(html: &str) -> String {
    let html = cut(html, MAX_HTML);
    if html.matches('<').count() > MAX_TAGS || depth(html) > MAX_DEPTH {
        return super::escape::html(&cut(html, 10_000).replace(['<', '>'], " "));
    }
    let html = headings(html);
    BUILDER.with(|builder| builder.clean(&html).to_string())
}

/// As [`status_html`], no longer than a bio may be.
pub fn note_html(html: &str) -> String {
    status_html(cut(html, 20_000))
}

/// An upper bound of how deep elements nest: openings minus closings.
fn depth(html: &str) -> usize {
    let (mut now, mut most) = (0usize, 0usize);
    for part in html.split('<').skip(1) {
        if part.starts_with('/') {
            now = now.saturating_sub(1);
        } else if !part.starts_with(['!', '?']) && !part.starts_with("br") {
            now += 1;
            most = most.max(now);
        }
    }
    most
}

/// h1 to h6 become bold paragraphs.
fn headings(html: &str) -> Cow<'_, str> {
    let lower = html.to_ascii_lowercase();
    if !(1..=6).any(|n| lower.contains(&format!("<h{n}"))) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len() + 64);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let end = tag.find('>').map_or(tag.len(), |e| e + 1);
        let (tag, after) = tag.split_at(end);
        let bytes = tag.as_bytes();
        let is_heading = |from: usize| {
            bytes.get(from).is_some_and(|b| b.eq_ignore_ascii_case(&b'h'))
                && bytes.get(from + 1).is_some_and(|b| (b'1'..=b'6').contains(b))
                && bytes.get(from + 2).is_some_and(|b| matches!(b, b'>' | b' ' | b'\n' | b'\t' | b'/'))
        };
        if is_heading(1) {
            out.push_str("<p><strong>");
        } else if bytes.get(1) == Some(&b'/') && is_heading(2) {
            out.push_str("</strong></p>");
        } else {
            out.push_str(tag);
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// HTML as plain text: paragraphs and breaks become lines, tags go, entities are read.
pub fn plain(html: &str) -> String {
    let html = cut(html, MAX_HTML);
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(rest.get(..at).unwrap_or(""));
        let tag = rest.get(at..).unwrap_or("");
        let end = tag.find('>').map_or(tag.len(), |e| e + 1);
        let lower = tag.get(..end).unwrap_or("").to_ascii_lowercase();
        if lower.starts_with("<br") {
            out.push('\n');
        } else if lower.starts_with("</p") || lower.starts_with("</div") || lower.starts_with("</blockquote")
        {
            out.push_str("\n\n");
        } else if lower.starts_with("</li") {
            out.push('\n');
        }
        rest = tag.get(end..).unwrap_or("");
    }
    out.push_str(rest);
    unescape(out.trim())
}

/// The entities that our own escaping and the sanitiser write, and the common ones besides.
fn unescape(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
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
            ("<ol start=\"3\"><li value=\"2\">x</li></ol>", "<ol start=\"3\"><li value=\"2\">x</li></ol>"),
            ("<p lang=\"ko\">안녕</p>", "<p lang=\"ko\">안녕</p>"),
        ] {
            assert_eq!(status_html(html), wanted);
        }
    }

    #[test]
    fn trap_65_hostile_html_is_harmless_and_never_fails() {
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
        assert!(status_html(&bomb).len() < 20_000);
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
