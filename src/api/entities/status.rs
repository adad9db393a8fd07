//! <https://docs.joinmastodon.org/entities/Status/>

use serde_json::{Value, json};

use super::{Frame, account};
use crate::model::status::{Attachment, StatusView, Visibility};

/// `is_signed_in` decides whether the viewer's own fields are there.
pub fn render(view: &StatusView, frame: &Frame, is_signed_in: bool) -> Value {
    let status = &view.status;
    let shown = &view.proper().status;
    let mut entity = json!({
        "id": status.id.to_string(),
        "uri": status.uri,
        "url": status.url,
        "created_at": status.created_at.to_iso(),
        "edited_at": status.edited_at.map(|t| t.to_iso()),
        "account": account::render(&view.account, frame),
        "content": shown.content,
        "visibility": status.visibility.as_str(),
        "sensitive": shown.is_sensitive,
        "spoiler_text": shown.spoiler_text,
        "language": shown.language,
        "in_reply_to_id": status.in_reply_to_id.map(|id| id.to_string()),
        "in_reply_to_account_id": status.in_reply_to_account_id.map(|id| id.to_string()),
        "replies_count": shown.replies_count,
        "reblogs_count": shown.reblogs_count,
        "favourites_count": shown.favourites_count,
        "quotes_count": 0,
        "reblog": view.reblog.as_ref().map(|inner| render(inner, frame, is_signed_in)),
        "application": application(view),
        "media_attachments": if view.reblog.is_some() { json!([]) } else { shown.media.iter().enumerate().map(|(n, m)| media(shown.id.0, n, m)).collect() },
        "mentions": shown.mentions.iter().filter(|m| !m.is_silent).map(|m| json!({
            "id": m.id.to_string(),
            "username": m.username,
            "url": m.url,
            "acct": if m.is_local && m.domain == frame.primary.handle_domain { m.username.clone() } else { format!("{}@{}", m.username, m.domain) },
        })).collect::<Vec<_>>(),
        "tags": shown.tags.iter().map(|t| tag(t, frame)).collect::<Vec<_>>(),
        "emojis": account::emojis(&shown.emojis),
        "tagged_collections": [],
        "quote": null,
        "card": null,
        "poll": null,
        "quote_approval": {"automatic": [], "manual": [], "current_user": "denied"},
    });
    if let (true, Value::Object(map)) = (is_signed_in, &mut entity) {
        map.insert("favourited".into(), json!(view.flags.is_favourited));
        map.insert("reblogged".into(), json!(view.flags.is_reblogged));
        map.insert("muted".into(), json!(false));
        map.insert("bookmarked".into(), json!(false));
        map.insert("filtered".into(), json!([]));
        if view.reblog.is_none() && status.visibility != Visibility::Direct {
            map.insert("pinned".into(), json!(false));
        }
    }
    entity
}

/// As the answer to a deletion: with what was typed, for writing it anew.
pub fn with_text(view: &StatusView, frame: &Frame) -> Value {
    let mut entity = render(view, frame, true);
    if let Value::Object(map) = &mut entity {
        map.insert("text".into(), json!(view.status.text.clone().unwrap_or_default()));
    }
    entity
}

pub fn list(views: &[StatusView], frame: &Frame, is_signed_in: bool) -> Value {
    views.iter().map(|view| render(view, frame, is_signed_in)).collect()
}

fn application(view: &StatusView) -> Value {
    let app = view.proper().app.as_ref().or(view.app.as_ref());
    app.map_or(Value::Null, |(name, website)| json!({"name": name, "website": website}))
}

fn tag(name: &str, frame: &Frame) -> Value {
    let path: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    json!({"name": name, "url": format!("{}/tags/{path}", frame.origin())})
}

/// <https://docs.joinmastodon.org/entities/MediaAttachment/>. A remote file has no row of its own: its id
/// is the status's and its place.
fn media(status: i64, place: usize, m: &Attachment) -> Value {
    let original = match (m.width, m.height) {
        (Some(w), Some(h)) if h > 0 => {
            json!({"width": w, "height": h, "size": format!("{w}x{h}"), "aspect": w as f64 / h as f64})
        }
        _ => json!({}),
    };
    let (x, y) = m.focus.unwrap_or((0.0, 0.0));
    json!({
        "id": format!("{status}{place}"),
        "type": m.kind,
        "url": m.url,
        "preview_url": m.preview_url.as_ref().unwrap_or(&m.url),
        "remote_url": m.remote_url,
        "preview_remote_url": null,
        "text_url": null,
        "meta": {"original": original, "focus": {"x": x, "y": y}},
        "description": m.description,
        "blurhash": m.blurhash,
    })
}

/// A hashtag with its week (<https://docs.joinmastodon.org/entities/Tag/>).
pub fn hashtag(name: &str, now: crate::model::time::Time, frame: &Frame) -> Value {
    use crate::model::time::DAY;
    let history: Vec<Value> = (0..7)
        .map(|n| json!({"day": (now.plus(-n * DAY).midnight().0 / 1000).to_string(), "uses": "0", "accounts": "0"}))
        .collect();
    let mut entity = tag(name, frame);
    if let Value::Object(map) = &mut entity {
        // Tags have no rows of their own: the id is made of the name, the same everywhere.
        let id = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
            >> 11;
        map.insert("id".into(), json!(id.to_string()));
        map.insert("history".into(), json!(history));
        map.insert("following".into(), json!(false));
        map.insert("featuring".into(), json!(false));
    }
    entity
}
