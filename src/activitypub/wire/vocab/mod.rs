//! Wire documents, read liberally: every property may be a scalar, a list or an object. JSON only: a
//! remote `@context` is never fetched.

pub mod actor;
pub mod converted;
pub mod document;
pub mod note;

use serde_json::Value;

pub use self::document::parse;
use crate::model::limits;
use crate::text::{sanitize, steps};

/// A property as a list; absent and null are empty.
pub fn list<'a>(object: &'a Value, property: &str) -> Vec<&'a Value> {
    match object.get(property) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(all)) => {
            steps::add(all.len());
            all.iter().filter(|v| !v.is_null()).collect()
        }
        Some(one) => vec![one],
    }
}

/// The first of a property.
pub fn first<'a>(object: &'a Value, property: &str) -> Option<&'a Value> {
    match object.get(property)? {
        Value::Array(all) => {
            let place = all.iter().position(|v| !v.is_null())?;
            steps::add(place);
            all.get(place)
        }
        one => Some(one).filter(|v| !v.is_null()),
    }
}

/// What a value refers to: itself, its `id`, or its `href`.
pub fn link(value: &Value) -> Option<&str> {
    match value {
        Value::String(s) => Some(s.as_str()),
        Value::Object(map) => map.get("id").or_else(|| map.get("href")).and_then(Value::as_str),
        Value::Array(all) => all.first().and_then(link),
        _ => None,
    }
    .filter(|s| is_address(s))
}

/// Whether a text may be an address: of a bounded length, without control characters, which parsers of URLs remove and
/// headers do not take.
fn is_address(text: &str) -> bool {
    !text.is_empty() && text.len() <= limits::URL && !text.chars().any(char::is_control)
}

/// What a property refers to first.
pub fn link_of<'a>(object: &'a Value, property: &str) -> Option<&'a str> {
    first(object, property).and_then(link)
}

/// All that a property refers to, at most 500.
pub fn links(object: &Value, property: &str) -> Vec<String> {
    list(object, property).into_iter().filter_map(link).take(500).map(str::to_owned).collect()
}

pub fn id(object: &Value) -> Option<&str> {
    object.get("id").and_then(Value::as_str).filter(|s| is_address(s))
}

/// The first of a document's types, without a prefix.
pub fn kind(object: &Value) -> &str {
    let name = first(object, "type").and_then(Value::as_str).unwrap_or("");
    name.rsplit(['#', ':', '/']).next().unwrap_or(name)
}

/// A text; `{"@value": …}` is one, too.
pub fn text<'a>(object: &'a Value, property: &str) -> Option<&'a str> {
    match first(object, property)? {
        Value::String(s) => Some(s),
        Value::Object(map) => map.get("@value").and_then(Value::as_str),
        _ => None,
    }
}

/// A boolean; `"true"` is one, too.
pub fn truth(object: &Value, property: &str) -> bool {
    match object.get(property) {
        Some(Value::Bool(b)) => *b,
        Some(Value::String(s)) => s == "true",
        _ => false,
    }
}

/// Host and port of a web address in lower case, as origins are compared.
pub fn host(url: &str) -> Option<String> {
    // The URL standard repairs `http:b.example`: such ids are refused.
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return None;
    }
    let url = crate::platform::guard::parse(url)?;
    let host = url.host_str()?.to_lowercase();
    Some(url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

/// Whether two ids come from one origin.
pub fn is_same_host(a: &str, b: &str) -> bool {
    host(a).is_some_and(|h| host(b).is_some_and(|o| o == h))
}

/// Whether a file that the document with this id names may be stored and shown: over https, of a public name
/// ([`guard::is_public`](crate::platform::guard::is_public)); and over http where it is on the loopback host that the
/// document itself is from, as there are only in local development.
pub fn is_file_url(url: &str, id: &str) -> bool {
    (url.starts_with("https://") && crate::platform::guard::is_public(url))
        || (url.starts_with("http://") && is_same_host(url, id) && crate::platform::guard::is_on_loopback(id))
}

/// The address of a smaller picture of a file: its `icon` (PeerTube, Mastodon), `image` (Funkwhale) or `preview`; of several
/// the widest. `id` is that of the document.
pub fn preview(file: &Value, id: &str) -> Option<String> {
    let width = |picture: &Value| picture.get("width").and_then(Value::as_i64).unwrap_or(0);
    let found = ["icon", "image", "preview"].into_iter().find_map(|property| {
        let pictures = list(file, property).into_iter().filter_map(|picture| {
            let media_type = text(picture, "mediaType").or_else(|| text(picture, "mimeType"));
            // A preview may be a shorter film as well.
            let is_picture = match media_type {
                Some(media_type) => media_type.to_ascii_lowercase().starts_with("image/"),
                None => property != "preview" || kind(picture) == "Image",
            };
            let url = link_of(picture, "url").or_else(|| link_of(picture, "href")).or_else(|| link(picture));
            Some((width(picture), url.filter(|url| is_picture && is_file_url(url, id))?))
        });
        pictures.reduce(|best, next| if next.0 > best.0 { next } else { best })
    });
    found.map(|(_, url)| url.to_owned())
}

/// The description of an attachment.
pub fn alt_text(text: &str) -> String {
    sanitize::cut(text, limits::ALT_TEXT).to_owned()
}

/// A media type in lower case.
pub fn media_type(text: &str) -> String {
    sanitize::cut(text, limits::MEDIA_TYPE).to_lowercase()
}

/// Custom emojis among the tags.
pub fn emojis(object: &Value) -> Vec<crate::model::account::Emoji> {
    let mut left = limits::Budget::new(limits::EMOJIS);
    list(object, "tag")
        .into_iter()
        .filter(|t| kind(t) == "Emoji")
        .take(100)
        .filter_map(|t| {
            let shortcode = text(t, "name")?.trim_matches(':').to_owned();
            let is_name = !shortcode.is_empty()
                && shortcode.len() <= limits::SHORTCODE
                && shortcode.chars().all(|c| c.is_alphanumeric() || c == '_');
            let icon = first(t, "icon")?;
            let url = link_of(icon, "url").or_else(|| link(icon))?.to_owned();
            (is_name && is_file_url(&url, id(object).unwrap_or(""))).then(|| crate::model::account::Emoji {
                shortcode,
                static_url: url.clone(),
                url,
            })
        })
        .take_while(|e| left.take(e.shortcode.len() + e.url.len() + e.static_url.len()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn files_are_on_https_or_with_their_document_on_loopback() {
        for (url, id, wanted) in [
            ("https://m.example/a.png", "https://b.example/1", true),
            ("http://localhost:8788/a.png", "http://localhost:8788/1", true),
            ("http://127.0.0.1:8788/a.png", "http://127.0.0.1:8788/1", true),
            ("http://localhost:8789/a.png", "http://localhost:8788/1", false),
            ("http://localhost:8788/a.png", "https://b.example/1", false),
            ("http://b.example/a.png", "https://b.example/1", false),
            ("http://b.example/a.png", "http://b.example/1", false),
            ("http://localhost/a.png", "", false),
            ("https://192.168.0.1/a.png", "https://b.example/1", false),
            ("https://localhost/a.png", "https://b.example/1", false),
            ("https:m.example/a.png", "https://b.example/1", false),
            ("javascript:alert(1)", "http://localhost:8788/1", false),
        ] {
            assert_eq!(is_file_url(url, id), wanted, "{url} of {id}");
        }
    }

    #[test]
    fn traps_21_25_27_shapes() {
        for (doc, wanted) in [
            (json!({"to": "a"}), vec!["a"]),
            (json!({"to": ["a", null, {"id": "b"}, {"href": "c"}, 5]}), vec!["a", "b", "c"]),
            (json!({"to": null}), vec![]),
            (json!({}), vec![]),
        ] {
            assert_eq!(links(&doc, "to"), wanted, "{doc}");
        }
        assert_eq!(kind(&json!({"type": ["as:Note", "x"]})), "Note");
        assert_eq!(text(&json!({"content": {"@value": "x"}}), "content"), Some("x"));
    }
}
