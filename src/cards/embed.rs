//! oEmbed documents: <https://oembed.com/#section2.3>. Their HTML is never used.

use serde_json::Value;
use url::Url;

use super::text::{address, picture, short};
use crate::model::card::{self, Card};

/// Adds what an oEmbed document says: a photo's picture, and what the page itself does not say. The document is at `url`.
pub fn add(card: &mut Card, json: &[u8], url: &Url) {
    let Ok(document) = serde_json::from_slice::<Value>(json) else { return };
    let of = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or("");
    let side = |name: &str| match document.get(name) {
        Some(Value::Number(n)) => n.as_i64().filter(|n| (1..=card::MAX_SIDE).contains(n)).unwrap_or(0),
        Some(Value::String(text)) => super::head::side(text),
        _ => 0,
    };
    for (kept, name, max) in [
        (&mut card.title, "title", card::TITLE),
        (&mut card.author_name, "author_name", card::NAME),
        (&mut card.provider_name, "provider_name", card::NAME),
    ] {
        if kept.is_empty() {
            *kept = short(of(name), max);
        }
    }
    for (kept, name) in [(&mut card.author_url, "author_url"), (&mut card.provider_url, "provider_url")] {
        if kept.is_empty() {
            *kept = address(url, of(name)).unwrap_or_default();
        }
    }
    if card.image.is_none() {
        card.image = picture(url, of("thumbnail_url"));
        if card.image.is_some() {
            (card.width, card.height) = (side("thumbnail_width"), side("thumbnail_height"));
        }
    }
    if of("type") == "photo"
        && let Some(photo) = picture(url, of("url"))
    {
        card.is_photo = true;
        (card.width, card.height) = (side("width"), side("height"));
        card.image.get_or_insert_with(|| photo.clone());
        card.embed_url = photo;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_is_shown_and_foreign_html_never() {
        let url = Url::parse("https://photos.example/oembed").unwrap();
        let mut photo = Card { title: "t".into(), ..Card::default() };
        let json = br#"{"type":"photo","url":"https://cdn.example/p.jpg","width":"640","height":480,"title":"x","author_name":"Ada\n",
            "author_url":"javascript:x","provider_name":"Photos","html":"<script>1</script>"}"#;
        add(&mut photo, json, &url);
        assert!(photo.is_photo);
        assert_eq!((photo.title.as_str(), photo.author_name.as_str()), ("t", "Ada"));
        assert_eq!((photo.author_url.as_str(), photo.width, photo.height), ("", 640, 480));
        assert_eq!(photo.image.as_deref(), Some("https://cdn.example/p.jpg"));
        let mut video = Card::default();
        add(&mut video, br#"{"type":"video","title":"v","html":"<iframe src=x>","thumbnail_url":"/t.jpg","thumbnail_width":-1}"#, &url);
        assert!(!video.is_photo && video.embed_url.is_empty());
        assert_eq!((video.title.as_str(), video.width), ("v", 0));
        assert_eq!(video.image.as_deref(), Some("https://photos.example/t.jpg"));
        for broken in ["", "[]", "{", "null", "{\"type\":\"photo\",\"url\":7}"] {
            let mut same = Card { title: "t".into(), ..Card::default() };
            add(&mut same, broken.as_bytes(), &url);
            assert_eq!(same, Card { title: "t".into(), ..Card::default() }, "{broken}");
        }
    }
}
