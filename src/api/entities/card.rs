//! <https://docs.joinmastodon.org/entities/PreviewCard/>

use serde_json::{Value, json};

/// A link of which only the URL is known.
pub fn bare(url: &str) -> Value {
    let host = url::Url::parse(url).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default();
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
