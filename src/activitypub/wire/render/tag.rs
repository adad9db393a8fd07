//! What stands in `tag`.

use serde_json::{Value, json};

use crate::model::account::Emoji;
use crate::model::status::Mention;
use crate::model::uri;

/// By the actor's id; named in full, whoever it is.
pub fn mention(m: &Mention) -> Value {
    json!({"type": "Mention", "href": m.uri, "name": format!("@{}@{}", m.username, m.domain)})
}

/// `origin` is where hashtags lead.
pub fn hashtag(name: &str, origin: &str) -> Value {
    json!({"type": "Hashtag", "href": uri::tag(origin, name), "name": format!("#{name}")})
}

pub fn emoji(emoji: &Emoji, origin: &str) -> Value {
    json!({
        "type": "Emoji",
        "id": format!("{origin}/emojis/{}", emoji.shortcode),
        "name": format!(":{}:", emoji.shortcode),
        "icon": {"type": "Image", "mediaType": media_type(&emoji.url), "url": emoji.url},
    })
}

/// Of a picture, by the ending of its address.
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
