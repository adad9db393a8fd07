//! Entries of `tag`.

use serde_json::{Value, json};

use crate::model::account::Emoji;
use crate::model::status::Mention;
use crate::model::uri;

/// A mention: `href` is the actor's id, `name` the full handle, of local accounts, too.
pub fn mention(m: &Mention) -> Value {
    json!({"type": "Mention", "href": m.uri, "name": format!("@{}@{}", m.username, m.domain)})
}

/// `origin` is that of hashtag pages.
pub fn hashtag(name: &str, origin: &str) -> Value {
    json!({"type": "Hashtag", "href": uri::tag(origin, name), "name": format!("#{name}")})
}

/// A custom emoji of the instance; `origin` is that of its id.
pub fn emoji(emoji: &Emoji, origin: &str) -> Value {
    json!({
        "type": "Emoji",
        "id": uri::emoji(origin, &emoji.shortcode),
        "name": format!(":{}:", emoji.shortcode),
        "icon": {"type": "Image", "mediaType": media_type(&emoji.url), "url": emoji.url},
    })
}

/// A custom emoji of another server, whose id and type are not known.
pub fn foreign_emoji(shortcode: &str, url: &str) -> Value {
    json!({"type": "Emoji", "name": format!(":{shortcode}:"), "icon": {"type": "Image", "url": url}})
}

/// The media type of a picture, by the extension of its URL.
pub fn media_type(url: &str) -> &'static str {
    match url.rsplit('.').next().unwrap_or("") {
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        _ => "image/png",
    }
}
