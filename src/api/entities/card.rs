//! <https://docs.joinmastodon.org/entities/PreviewCard/>, <https://docs.joinmastodon.org/entities/PreviewCardAuthor/>

use serde_json::{Value, json};

use super::{Frame, account};
use crate::model::card::{Card, Found};
use crate::platform::guard::parse;

/// The card of the page at `url`, whose address people see as it was linked; none where none is known.
pub fn of(url: &str, found: Option<&Found>, frame: &Frame) -> Option<Value> {
    let found = found?;
    found.card.as_ref().map(|card| render(url, card, found, frame))
}

fn render(url: &str, card: &Card, found: &Found, frame: &Frame) -> Value {
    let named = found.author.as_ref();
    let author = named.filter(|author| card.may_name(author));
    // The viewer may add the page's domain to those that may name them.
    let is_missing = author.is_none() && named.is_some_and(|named| Some(named.id) == frame.viewer);
    let has_author = !card.author_name.is_empty() || !card.author_url.is_empty() || author.is_some();
    let authors: Vec<Value> = has_author
        .then(|| {
            let account = author.map(|author| account::render(author, frame));
            json!({"name": card.author_name, "url": card.author_url, "account": account})
        })
        .into_iter()
        .collect();
    let mut entity = json!({
        "url": url,
        "title": card.title,
        "description": card.description,
        "language": card.language,
        "type": if card.is_photo { "photo" } else { "link" },
        "author_name": card.author_name,
        "author_url": card.author_url,
        "provider_name": card.provider_name,
        "provider_url": card.provider_url,
        // HTML of other sites is never shown.
        "html": "",
        "width": card.width,
        "height": card.height,
        "image": card.image.as_deref().map(|url| frame.media(url)),
        "image_description": card.image_description,
        "embed_url": frame.media(&card.embed_url),
        "blurhash": null,
        "published_at": card.published_at.map(|at| at.to_iso()),
        "authors": authors,
    });
    if let (true, Value::Object(map)) = (is_missing, &mut entity) {
        map.insert("missing_attribution".into(), json!(true));
    }
    entity
}

/// A link of which only the URL is known.
pub fn bare(url: &str) -> Value {
    let host = parse(url).and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default();
    json!({
        "url": url,
        "title": url.split_once("://").map_or(url, |(_, rest)| rest),
        "description": "",
        "language": null,
        "type": "link",
        "author_name": "",
        "author_url": "",
        "provider_name": host,
        "provider_url": "",
        "html": "",
        "width": 0,
        "height": 0,
        "image": null,
        "image_description": "",
        "embed_url": "",
        "blurhash": null,
        "published_at": null,
        "authors": [],
    })
}
