//! Converts the text of a status to HTML, in Mastodon's markup.

use std::collections::HashSet;

use super::entities::{self, Entity};
use super::escape::html;
use super::hashtags;
use super::mentions::MentionMatch;

/// The account of a mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// URL of the profile page.
    pub url: String,
    pub username: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    pub html: String,
    /// Normalised names, each once.
    pub hashtags: Vec<String>,
}

/// Paragraphs, line breaks, links, hashtags (at `origin`) and those mentions that `resolve` finds; everything
/// else is escaped text.
pub fn compose(text: &str, origin: &str, resolve: &dyn Fn(&MentionMatch) -> Option<Target>) -> Composed {
    super::steps::add(text.len());
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (linked, tags) = link_up(&text, origin, REL, resolve);
    let mut out = String::with_capacity(linked.len() + 16);
    for paragraph in linked.split("\n\n").map(|p| p.trim_matches('\n')).filter(|p| !p.trim().is_empty()) {
        out.push_str("<p>");
        out.push_str(&paragraph.replace('\n', "<br>"));
        out.push_str("</p>");
    }
    Composed { html: out, hashtags: tags }
}

/// The relations of a link in a status.
const REL: &str = "nofollow noopener";
/// Those of a link in a field of one's own profile: with `me`, by which other sites verify that a profile links to
/// them (<https://microformats.org/wiki/rel-me>).
const REL_OF_FIELD: &str = "nofollow noopener me";

/// Like [`compose`], without paragraphs and mentions: for a field of a local profile.
pub fn field(text: &str, origin: &str) -> String {
    link_up(text.trim(), origin, REL_OF_FIELD, &|_| None).0.replace('\n', " ")
}

/// Neither escapes nor our tags contain a line break, so paragraphs are made afterwards.
fn link_up(
    text: &str,
    origin: &str,
    rel: &str,
    resolve: &dyn Fn(&MentionMatch) -> Option<Target>,
) -> (String, Vec<String>) {
    let mut out = String::with_capacity(text.len() * 2);
    let mut tags: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    let mut at = 0;
    for found in entities::find(text) {
        let shown = match &found.entity {
            Entity::Link => link_of(text.get(found.start..found.end).unwrap_or(""), rel),
            Entity::Mention(named) => match resolve(named) {
                Some(target) => mention(&target),
                None => continue,
            },
            Entity::Hashtag(tag) => {
                let normal = hashtags::normalise(&tag.name);
                let shown = hashtag(&tag.name, &normal, origin);
                if known.insert(normal.clone()) {
                    tags.push(normal);
                }
                shown
            }
        };
        out.push_str(&html(text.get(at..found.start).unwrap_or("")));
        out.push_str(&shown);
        at = found.end;
    }
    out.push_str(&html(text.get(at..).unwrap_or("")));
    (out, tags)
}

/// A link as it is displayed: scheme hidden, thirty characters, the rest hidden.
pub fn link(url: &str) -> String {
    link_of(url, REL)
}

fn link_of(url: &str, rel: &str) -> String {
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
        "<a href=\"{}\" target=\"_blank\" rel=\"{rel}\" translate=\"no\"><span class=\"invisible\">{}</span>\
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
    fn texts_take_steps_by_their_length() {
        use crate::text::steps::tests::assert_linear;
        for text in ["\n", "\n\n", "a\n\n", "\r", "#a ", "@bob ", "https://a.example/' ", "<", "'"] {
            assert_linear(text, |n| text.repeat(n), |text| drop(made(text)));
            // White space at the ends is removed before anything else.
            let field = |n: usize| format!("x{}x", text.repeat(n));
            assert_linear(text, field, |text| drop(super::field(text, "https://a.example")));
        }
        let tags = |n: usize| (0..n).map(|n| format!("#a{n} ")).collect::<String>();
        assert_linear("different tags", tags, |text| drop(made(text)));
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
