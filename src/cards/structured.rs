//! JSON-LD of articles: <https://schema.org/Article>. It is read as plain JSON, since its contexts are not fetched.

use serde_json::Value;

use crate::text::sanitize::{cut, plain};

/// The types that are read.
const ARTICLES: [&str; 9] = [
    "NewsArticle",
    "Article",
    "BlogPosting",
    "ReportageNewsArticle",
    "AnalysisNewsArticle",
    "OpinionNewsArticle",
    "LiveBlogPosting",
    "TechArticle",
    "ScholarlyArticle",
];
/// Objects of a document that are looked at.
const MAX_OBJECTS: usize = 100;
/// Bytes of a text that are kept.
const MAX_TEXT: usize = 8 * 1024;

/// What an article says of itself, as it writes it, without markup.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Article {
    pub headline: String,
    pub description: String,
    pub language: String,
    pub published: String,
    pub author: String,
    pub author_url: String,
    pub publisher: String,
    pub image: String,
}

/// The first article of a document. serde_json bounds the depth of it, its caller the length.
pub fn article(json: &str) -> Option<Article> {
    let document: Value = serde_json::from_str(json.trim()).ok()?;
    let tops = list(&document);
    let graphs = tops.iter().filter_map(|top| top.get("@graph")).flat_map(list);
    let found = tops.iter().copied().chain(graphs).take(MAX_OBJECTS).find(|object| {
        object
            .get("@type")
            .into_iter()
            .flat_map(list)
            .filter_map(Value::as_str)
            .any(|t| ARTICLES.contains(&t))
    })?;
    let author = found.get("author").and_then(|all| list(all).into_iter().next());
    Some(Article {
        headline: text(found.get("headline")),
        description: text(found.get("description")),
        language: text(found.get("inLanguage")),
        published: text(found.get("datePublished")),
        author: named(author),
        author_url: address(author),
        publisher: named(found.get("publisher").and_then(|all| list(all).into_iter().next())),
        image: found
            .get("image")
            .and_then(|all| list(all).into_iter().next())
            .map_or_else(String::new, |image| {
                image.as_str().map_or_else(|| address(Some(image)), |url| cut(url, MAX_TEXT).to_owned())
            }),
    })
}

/// A value, or the values of a list.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(all) => all.iter().take(MAX_OBJECTS).collect(),
        one => vec![one],
    }
}

/// Many sites write these texts as HTML.
fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).map_or_else(String::new, |text| plain(cut(text, MAX_TEXT)))
}

/// The name of a person or organisation.
fn named(value: Option<&Value>) -> String {
    let name = value.and_then(|v| v.get("name")).or(value);
    let name = name.and_then(|n| list(n).into_iter().next());
    text(name)
}

fn address(value: Option<&Value>) -> String {
    let url = value.and_then(|v| v.get("url")).and_then(|u| list(u).into_iter().next());
    url.and_then(Value::as_str).map_or_else(String::new, |url| cut(url, MAX_TEXT).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_articles() {
        let headline = |json: &str| article(json).map(|a| a.headline);
        assert_eq!(headline(r#"{"@type":"Article","headline":"a"}"#).as_deref(), Some("a"));
        assert_eq!(headline(r#"[1,{"@type":["X","BlogPosting"],"headline":"b"}]"#).as_deref(), Some("b"));
        assert_eq!(headline(r#"{"@type":"Person","headline":"a"}"#), None);
        assert_eq!(headline(r#"{"@type":"Article","headline":7}"#).as_deref(), Some(""));
        assert_eq!(headline("\"x\""), None);
        let found = article(
            r#"{"@type":"Article","author":"Ada","publisher":["P"],"image":["https://x.example/i"],"headline":"<b>x</b> &lt;"}"#,
        )
        .unwrap();
        assert_eq!((found.author.as_str(), found.publisher.as_str()), ("Ada", "P"));
        assert_eq!((found.image.as_str(), found.headline.as_str()), ("https://x.example/i", "x <"));
    }

    #[test]
    fn long_lists_and_deep_documents_are_bounded() {
        let many = format!("[{}{{\"@type\":\"Article\",\"headline\":\"x\"}}]", "{},".repeat(1_000));
        assert_eq!(article(&many), None);
        let deep = format!("{}{}", "{\"@graph\":[".repeat(5_000), "]}".repeat(5_000));
        assert_eq!(article(&deep), None);
    }
}
