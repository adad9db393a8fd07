//! A status as typed becomes HTML, as Mastodon writes it.

use super::escape::html;
use super::mentions::MentionMatch;
use super::{hashtags, links, mentions};

/// Whom a mention means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The profile page.
    pub url: String,
    pub username: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    pub html: String,
    /// Normalised names, each once.
    pub hashtags: Vec<String>,
}

enum Piece {
    Link,
    Mention(Target),
    Hashtag(String),
}

/// Paragraphs, line breaks, links, hashtags (at `origin`) and those mentions that `resolve` knows;
/// everything else is escaped text.
pub fn compose(text: &str, origin: &str, resolve: &dyn Fn(&MentionMatch) -> Option<Target>) -> Composed {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (linked, tags) = link_up(&text, origin, resolve);
    let mut out = String::with_capacity(linked.len() + 16);
    for paragraph in linked.split("\n\n").map(|p| p.trim_matches('\n')).filter(|p| !p.trim().is_empty()) {
        out.push_str("<p>");
        out.push_str(&paragraph.replace('\n', "<br>"));
        out.push_str("</p>");
    }
    Composed { html: out, hashtags: tags }
}

/// As [`compose`] without paragraphs and mentions: profile fields.
pub fn inline(text: &str, origin: &str) -> String {
    link_up(text.trim(), origin, &|_| None).0.replace('\n', " ")
}

/// Neither an entity nor a tag of ours contains a line break, so paragraphs are made afterwards.
fn link_up(
    text: &str,
    origin: &str,
    resolve: &dyn Fn(&MentionMatch) -> Option<Target>,
) -> (String, Vec<String>) {
    let mut pieces: Vec<(usize, usize, Piece)> =
        links::find(text).into_iter().map(|l| (l.start, l.end, Piece::Link)).collect();
    for found in mentions::find(text) {
        if let Some(target) = resolve(&found) {
            pieces.push((found.start, found.end, Piece::Mention(target)));
        }
    }
    for tag in hashtags::find(text) {
        pieces.push((tag.start, tag.end, Piece::Hashtag(tag.name)));
    }
    pieces.sort_by_key(|(start, ..)| *start);

    let mut out = String::with_capacity(text.len() * 2);
    let mut tags: Vec<String> = Vec::new();
    let mut at = 0;
    for (start, end, piece) in pieces {
        if start < at {
            continue;
        }
        out.push_str(&html(text.get(at..start).unwrap_or("")));
        match piece {
            Piece::Link => out.push_str(&link(text.get(start..end).unwrap_or(""))),
            Piece::Mention(target) => out.push_str(&mention(&target)),
            Piece::Hashtag(name) => {
                let normal = hashtags::normalise(&name);
                out.push_str(&hashtag(&name, &normal, origin));
                if !tags.contains(&normal) {
                    tags.push(normal);
                }
            }
        }
        at = end;
    }
    out.push_str(&html(text.get(at..).unwrap_or("")));
    (out, tags)
}

/// A link as it is shown: the scheme hidden, thirty characters, the rest hidden.
pub fn link(url: &str) -> String {
    let lower = url.to_ascii_lowercase();
    let mut hidden = if lower.starts_with("https://") { 8 } else { 7 };
    if lower.get(hidden..).is_some_and(|r| r.starts_with("www.")) {
        hidden += 4;
    }
    let rest = url.get(hidden..).unwrap_or("");
    let cut = rest.char_indices().nth(30).map_or(rest.len(), |(at, _)| at);
    let (shown, more) = rest.split_at_checked(cut).unwrap_or((rest, ""));
    let class = if more.is_empty() { "" } else { "ellipsis" };
    format!(
        "<a href=\"{}\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span class=\"invisible\">{}</span>\
         <span class=\"{class}\">{}</span><span class=\"invisible\">{}</span></a>",
        html(url),
        html(url.get(..hidden).unwrap_or("")),
        html(shown),
        html(more),
    )
}

fn mention(target: &Target) -> String {
    format!(
        "<span class=\"h-card\" translate=\"no\"><a href=\"{}\" class=\"u-url mention\">@<span>{}</span></a></span>",
        html(&target.url),
        html(&target.username),
    )
}

fn hashtag(name: &str, normal: &str, origin: &str) -> String {
    let path: String = url::form_urlencoded::byte_serialize(normal.as_bytes()).collect();
    format!(
        "<a href=\"{}/tags/{path}\" class=\"mention hashtag\" rel=\"tag\">#<span>{}</span></a>",
        html(origin),
        html(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> Composed {
        compose(text, "https://a.example", &|m| {
            (m.username == "bob")
                .then(|| Target { url: "https://b.example/@bob".into(), username: "bob".into() })
        })
    }

    #[test]
    fn paragraphs_and_breaks() {
        assert_eq!(
            made("one\ntwo\n\nthree\r\n\r\n\r\nfour").html,
            "<p>one<br>two</p><p>three</p><p>four</p>"
        );
        assert_eq!(made("<b>&\"'").html, "<p>&lt;b&gt;&amp;&quot;&#39;</p>");
    }

    #[test]
    fn trap_40_mentions_and_hashtags_as_apps_know_them() {
        let c = made("hi @bob@b.example and @nobody #Sori #안녕 #sori");
        assert!(c.html.contains(
            "<span class=\"h-card\" translate=\"no\"><a href=\"https://b.example/@bob\" class=\"u-url mention\">@<span>bob</span></a></span>"
        ));
        assert!(c.html.contains("@nobody"));
        assert!(c.html.contains("<a href=\"https://a.example/tags/sori\" class=\"mention hashtag\" rel=\"tag\">#<span>Sori</span></a>"));
        assert_eq!(c.hashtags, ["sori", "안녕"]);
    }

    #[test]
    fn long_links_are_shortened() {
        let l = link("https://www.example.com/a/very/long/path/to/somewhere?x=1");
        assert!(l.contains("<span class=\"invisible\">https://www.</span><span class=\"ellipsis\">example.com/a/very/long/path/t</span>"), "{l}");
        assert!(
            link("https://example.com/x")
                .contains("<span class=\"\">example.com/x</span><span class=\"invisible\"></span>")
        );
    }

    #[test]
    fn nothing_that_is_typed_becomes_markup() {
        let c = made("https://evil.example/\"onmouseover=alert(1)// <script>alert(1)</script>");
        assert!(!c.html.contains("<script") && !c.html.contains("\"onmouseover"), "{}", c.html);
    }
}
