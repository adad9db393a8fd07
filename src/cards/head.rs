//! What the head of a page says of it: Open Graph (<https://ogp.me>), Twitter's cards, `<title>` and `<meta>` of HTML,
//! JSON-LD, `fediverse:creator` (<https://blog.joinmastodon.org/2024/07/highlighting-journalism-on-mastodon/>), and where
//! its oEmbed document is (<https://oembed.com/#section4>).

use url::Url;

use super::structured::{Article, article};
use super::text::{address, picture, short};
use crate::model::card::{self, Card};
use crate::model::limits;
use crate::model::time::Time;
use crate::platform::guard;
use crate::text::html::{Tag, Token, read_with};
use crate::text::language;
use crate::text::sanitize::cut;

/// The bytes of a page that are read.
const MAX_PAGE: usize = 1024 * 1024;
/// Elements with text that other readers skip.
const KEPT: &[&str] = &["title", "script"];
/// JSON-LD documents of a page that are read, and the bytes of each.
const MAX_DOCUMENTS: usize = 5;
const MAX_DOCUMENT: usize = 128 * 1024;
/// Bytes that are kept of a value before it is made plain.
const MAX_VALUE: usize = 8 * 1024;

/// The values of a page that are used, as it writes them. Of several of one name the first.
const NAMES: [&str; 23] = [
    "og:title",
    "og:description",
    "og:image",
    "og:image:url",
    "og:image:secure_url",
    "og:image:width",
    "og:image:height",
    "og:image:alt",
    "og:site_name",
    "og:type",
    "og:locale",
    "og:author",
    "article:author",
    "article:published_time",
    "twitter:title",
    "twitter:description",
    "twitter:image",
    "twitter:image:src",
    "twitter:image:alt",
    "title",
    "description",
    "author",
    "fediverse:creator",
];

/// What was found.
#[derive(Debug, Default)]
struct Values {
    named: [String; NAMES.len()],
    title: String,
    language: String,
    base: Option<String>,
    embed: Option<String>,
    activity: Option<String>,
    articles: Vec<Article>,
}

/// What a page says of itself.
#[derive(Debug, Default)]
pub struct Page {
    /// None of a page without a title.
    pub card: Option<Card>,
    /// The handle of its author.
    pub creator: Option<String>,
    /// The address of its oEmbed document in JSON.
    pub embed: Option<String>,
    /// Whether the page itself says all that an oEmbed document would add.
    pub is_complete: bool,
    /// The address of its ActivityPub document.
    pub activity: Option<String>,
}

impl Values {
    fn get(&self, name: &str) -> &str {
        NAMES.iter().zip(&self.named).find(|(n, _)| **n == name).map_or("", |(_, value)| value)
    }

    /// The first of these names that has a value.
    fn first(&self, names: &[&str]) -> &str {
        names.iter().map(|name| self.get(name).trim()).find(|value| !value.is_empty()).unwrap_or("")
    }

    fn meta(&mut self, tag: Tag<'_>) {
        let (mut name, mut content) = ("", "");
        for (attribute, value) in tag.attributes() {
            match attribute {
                "property" => name = value,
                "name" if name.is_empty() => name = value,
                "content" => content = value,
                _ => {}
            }
        }
        let at = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name.trim()));
        if let Some(kept) = at.and_then(|at| self.named.get_mut(at))
            && kept.is_empty()
        {
            kept.push_str(cut(content, MAX_VALUE));
        }
    }

    fn link(&mut self, tag: Tag<'_>) {
        let of = |name: &str| tag.attribute(name).unwrap_or("").trim();
        let is_alternate =
            of("rel").split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("alternate"));
        let href = of("href");
        if !is_alternate || href.is_empty() || href.len() > limits::URL {
            return;
        }
        let kind = of("type").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let place = match kind.as_str() {
            "application/json+oembed" => &mut self.embed,
            "application/activity+json" | "application/ld+json" => &mut self.activity,
            _ => return,
        };
        place.get_or_insert_with(|| href.to_owned());
    }
}

/// Which element's text is being read.
#[derive(PartialEq)]
enum Within {
    Nothing,
    Title,
    Document,
}

/// Reads up to the end of the head.
fn values(html: &str) -> Values {
    let (mut found, mut within, mut document) = (Values::default(), Within::Nothing, String::new());
    let mut has_title = false;
    read_with(html, MAX_PAGE, KEPT, |token| {
        match token {
            Token::Start(tag) => match tag.name() {
                "body" => return false,
                "html" if found.language.is_empty() => {
                    found.language = cut(tag.attribute("lang").unwrap_or(""), 100).to_owned();
                }
                "title" if !has_title => {
                    within = Within::Title;
                    has_title = true;
                }
                "script" if found.articles.len() < MAX_DOCUMENTS => {
                    let kind = tag.attribute("type").unwrap_or("").trim();
                    if kind.eq_ignore_ascii_case("application/ld+json") {
                        within = Within::Document;
                    }
                }
                "meta" => found.meta(tag),
                "link" => found.link(tag),
                "base" if found.base.is_none() => {
                    found.base = tag.attribute("href").filter(|h| h.len() <= limits::URL).map(str::to_owned);
                }
                _ => {}
            },
            Token::Text(text) => match within {
                Within::Title => {
                    let left = MAX_VALUE.saturating_sub(found.title.len());
                    found.title.push_str(cut(text, left));
                }
                // A longer one is read no further, and then is no JSON.
                Within::Document if document.len() <= MAX_DOCUMENT => document.push_str(text),
                _ => {}
            },
            Token::End(name) => {
                if within == Within::Document {
                    found.articles.push(article(&document).unwrap_or_default());
                    document.clear();
                }
                within = Within::Nothing;
                return name != "head";
            }
        }
        true
    });
    found
}

/// The length of a side of a picture; 0 where it is none.
pub fn side(text: &str) -> i64 {
    let text = text.trim().trim_end_matches("px");
    text.parse().ok().filter(|n| (1..=card::MAX_SIDE).contains(n)).unwrap_or(0)
}

/// What the page at `url` says. Nothing in it is trusted: texts are plain and short, addresses http or https.
pub fn read(html: &str, url: &Url) -> Page {
    let found = values(html);
    let base = found.base.as_deref().and_then(|base| guard::join(url, base.trim()));
    let base = base.filter(|base| base.has_host()).unwrap_or_else(|| url.clone());
    let none = Article::default();
    let article = found.articles.iter().find(|a| !a.headline.is_empty()).unwrap_or(&none);
    let either = |own: &str, names: &[&str], max: usize| {
        short(if own.trim().is_empty() { found.first(names) } else { own }, max)
    };
    let named = either(&article.headline, &["og:title", "twitter:title"], card::TITLE);
    let title = if named.is_empty() { either(&found.title, &["title"], card::TITLE) } else { named.clone() };
    let named_picture = found.first(&[
        "og:image:secure_url",
        "og:image",
        "og:image:url",
        "twitter:image",
        "twitter:image:src",
    ]);
    let image = picture(&base, named_picture).or_else(|| picture(&base, &article.image));
    let has_open_graph_image = !found.first(&["og:image:secure_url", "og:image", "og:image:url"]).is_empty();
    let size = |name: &str| if has_open_graph_image { side(found.get(name)) } else { 0 };
    let (width, height) = (size("og:image:width"), size("og:image:height"));
    let named_author = found.first(&["og:author", "article:author", "author"]);
    // `article:author` is a profile's address, and often a name.
    let author_link = Some(named_author).filter(|n| n.starts_with("http"));
    let author_name = if author_link.is_some() { found.get("author") } else { named_author };
    let author_name = if author_name.starts_with("http") { "" } else { author_name };
    let published =
        [article.published.as_str(), found.get("article:published_time")].into_iter().find_map(date);
    let kind = found.get("og:type").trim().to_ascii_lowercase();
    let languages = [article.language.as_str(), found.language.as_str(), found.get("og:locale")];
    let is_sized = width > 0 && height > 0;
    let card = Card {
        description: either(
            &article.description,
            &["og:description", "twitter:description", "description"],
            card::DESCRIPTION,
        ),
        language: languages.into_iter().find_map(language::normalise),
        author_name: short(if article.author.is_empty() { author_name } else { &article.author }, card::NAME),
        author_url: address(&base, &article.author_url)
            .or_else(|| address(&base, author_link?))
            .unwrap_or_default(),
        provider_name: either(&article.publisher, &["og:site_name"], card::NAME),
        image_description: match image {
            Some(_) => short(found.first(&["og:image:alt", "twitter:image:alt"]), card::DESCRIPTION),
            None => String::new(),
        },
        width: if is_sized { width } else { 0 },
        height: if is_sized { height } else { 0 },
        published_at: published,
        host: url.host_str().unwrap_or_default().to_owned(),
        image,
        title,
        ..Card::default()
    };
    Page {
        is_complete: !named.is_empty()
            && card.image.is_some()
            && matches!(kind.as_str(), "article" | "website" | "profile"),
        card: Some(card).filter(|card| !card.title.is_empty()),
        creator: Some(found.get("fediverse:creator").trim().to_owned()).filter(|c| !c.is_empty()),
        embed: found.embed.as_deref().and_then(|href| address(&base, href)),
        activity: found.activity.as_deref().and_then(|href| address(&base, href)),
    }
}

/// A time, or the beginning of a day.
fn date(text: &str) -> Option<Time> {
    let text = cut(text.trim(), 40);
    Time::parse_iso(text).or_else(|| Time::parse_iso(&format!("{}T00:00:00Z", text.get(..10)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::steps::tests::assert_linear;

    fn page(html: &str) -> Page {
        read(html, &Url::parse("https://news.example/a/b").unwrap())
    }

    fn card(html: &str) -> Card {
        page(html).card.unwrap_or_default()
    }

    const RICH: &str = r##"<!doctype html><html lang="ko-KR"><head><meta charset=utf-8>
        <title>The &lt;title&gt; of the
        page</title><script>var a = "<title>no</title><meta property='og:title' content='no'>"</script>
        <meta property="og:title" content="A &amp; B"><meta property=og:title content=second>
        <meta property="og:description" content="What &quot;it&quot; is">
        <meta property="og:image" content="/p.png"><meta property="og:image:width" content="1200">
        <meta property="og:image:height" content="630px"><meta property="og:image:alt" content="A hill">
        <meta property="og:site_name" content="The News"><meta name="author" content="Ada">
        <meta property="article:author" content="https://news.example/ada">
        <meta property="article:published_time" content="2026-11-01T10:00:00+09:00">
        <meta name="fediverse:creator" content="@ada@social.example"><link rel="canonical" href="https://other.example/">
        <link rel="alternate" type="application/json+oembed" href="/oembed?url=x">
        <link rel="alternate" type="application/activity+json" href="/notes/1"></head>
        <body><meta property="og:locale" content="fr"><meta name="twitter:title" content="no"></body></html>"##;

    #[test]
    fn a_page_with_everything() {
        let found = page(RICH);
        assert_eq!(found.creator.as_deref(), Some("@ada@social.example"));
        assert_eq!(found.embed.as_deref(), Some("https://news.example/oembed?url=x"));
        assert_eq!(found.activity.as_deref(), Some("https://news.example/notes/1"));
        assert_eq!(
            found.card.unwrap(),
            Card {
                title: "A & B".into(),
                description: "What \"it\" is".into(),
                language: Some("ko".into()),
                author_name: "Ada".into(),
                author_url: "https://news.example/ada".into(),
                provider_name: "The News".into(),
                image: Some("https://news.example/p.png".into()),
                image_description: "A hill".into(),
                width: 1200,
                height: 630,
                published_at: Time::parse_iso("2026-11-01T01:00:00Z"),
                host: "news.example".into(),
                ..Card::default()
            }
        );
    }

    #[test]
    fn what_pages_have_instead() {
        for (html, title, description) in [
            ("<title>a\n &amp; b</title><meta name=description content=c>", "a & b", "c"),
            ("<meta name='twitter:title' content=t><meta name=twitter:description content=d>", "t", "d"),
            ("<meta name='og:title' content=by-name>", "by-name", ""),
            ("<META PROPERTY='OG:TITLE' CONTENT='caps'>", "caps", ""),
            ("<meta content='order' property='og:title' name='x'>", "order", ""),
            ("<meta property='og:title' content=' '><title>x</title>", "x", ""),
            ("<title>one</title><title>two</title>", "one", ""),
            ("<title>a<b>c</title>", "a<b>c", ""),
            ("<noscript><meta property='og:title' content=no></noscript><title>x</title>", "x", ""),
            ("<svg><title>no</title></svg><title>x</title>", "x", ""),
            ("<body><title>no</title>", "", ""),
            ("<head></head><title>no</title>", "", ""),
            ("", "", ""),
        ] {
            let found = card(html);
            assert_eq!((found.title.as_str(), found.description.as_str()), (title, description), "{html}");
        }
        let base = card(
            "<base href='https://cdn.example/x/'><title>t</title><meta name=twitter:image content='y.png'>",
        );
        assert_eq!(base.image.as_deref(), Some("https://cdn.example/x/y.png"));
        let bad = card(
            "<title>t</title><meta property=og:image content='javascript:x'><meta property=og:image:alt content=x>",
        );
        assert_eq!((bad.image, bad.image_description.as_str()), (None, ""));
    }

    #[test]
    fn articles_come_before_what_is_for_other_networks() {
        let html = r#"<meta property="og:title" content="og"><meta property="og:site_name" content="site">
            <script type="application/ld+json">{"@graph":[{"@type":"WebSite","name":"x"},
            {"@type":["NewsArticle"],"headline":"A &amp; B","description":"d","inLanguage":"en-GB","datePublished":"2026-10-01",
            "author":[{"name":"Ada","url":"/ada"},{"name":"Bob"}],"publisher":{"name":"P"},"image":{"url":"/i.png"}}]}</script>"#;
        let found = card(html);
        assert_eq!(
            (found.title.as_str(), found.author_name.as_str(), found.author_url.as_str()),
            ("A & B", "Ada", "https://news.example/ada")
        );
        assert_eq!((found.provider_name.as_str(), found.language.as_deref()), ("P", Some("en")));
        assert_eq!(found.published_at, Time::parse_iso("2026-10-01T00:00:00Z"));
        assert_eq!(found.image.as_deref(), Some("https://news.example/i.png"));
        for broken in ["{", "[]", "{\"@type\":\"NewsArticle\"}", "null", &"[".repeat(100_000)] {
            let html = format!(
                "<title>t</title><script type=\"application/ld+json\">{broken}</script><meta property=og:title content=og>"
            );
            assert_eq!(card(&html).title, "og", "{broken:.40}");
        }
    }

    #[test]
    fn texts_are_bounded() {
        let long = "한\"".repeat(100_000);
        let html = format!(
            "<title>{long}</title><meta name=description content='{long}'><meta property=og:site_name content='{long}'>\
             <meta name=author content='{long}'><meta property=og:image content='https://x.example/{long}'>"
        );
        let found = card(&html);
        assert!(found.title.len() <= 1_000 && found.title.len() > 990, "{}", found.title.len());
        assert!(found.description.len() <= 2_000 && found.provider_name.len() <= 500);
        assert!(found.author_name.len() <= 500 && found.image.is_none());
    }

    #[test]
    fn a_head_cut_or_changed_anywhere_is_no_fault() {
        for end in 0..RICH.len() {
            if let Some(part) = RICH.get(..end) {
                page(part);
            }
        }
        let (mut state, bytes) = (7_u64, RICH.as_bytes());
        for _ in 0..3_000 {
            let mut changed = bytes.to_vec();
            for _ in 0..4 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 33) as usize % changed.len();
                changed[at] = b"<>\"'&=/\0 \xff!-"[(state >> 20) as usize % 12];
            }
            let found = page(&String::from_utf8_lossy(&changed));
            if let Some(card) = found.card {
                assert!(!card.title.is_empty() && card.image.is_none_or(|url| url.starts_with("http")));
            }
        }
    }

    #[test]
    fn pages_take_steps_by_their_length() {
        for part in [
            "<meta property=og:title content=x>",
            "<meta ",
            "<meta property=og:image content=/x",
            "<title>",
            "<title>a</title>",
            "<script type=application/ld+json>{}</script>",
            "<script type=application/ld+json>[",
            "<script><!--",
            "<link rel='alternate alternate' type=application/json+oembed href=x>",
            "<base href=x>",
            "<!--",
            "&amp",
        ] {
            assert_linear(part, |n| part.repeat(n), |text| drop(page(text)));
        }
        let metas: String = (0..10_000).map(|n| format!("<meta name=m{n} content=x>")).collect();
        assert_eq!(card(&format!("{metas}<title>t</title>")).title, "t");
    }
}
