//! <https://docs.joinmastodon.org/entities/Announcement/>

use serde_json::{Value, json};

use super::Frame;
use crate::store::announcements::Announcement;

/// For an account.
pub fn render(a: &Announcement, frame: &Frame) -> Value {
    json!({
        "id": a.id.to_string(),
        "content": a.content,
        "starts_at": a.starts_at.map(|t| t.to_iso()),
        "ends_at": a.ends_at.map(|t| t.to_iso()),
        "all_day": a.is_all_day,
        "published_at": a.published_at.to_iso(),
        "updated_at": a.updated_at.to_iso(),
        "read": a.is_read,
        "mentions": [],
        "statuses": [],
        "tags": [],
        "emojis": [],
        "reactions": a.reactions.iter().map(|r| {
            let mut reaction = json!({"name": r.name, "count": r.count, "me": r.is_own});
            if let (Some(url), Value::Object(map)) = (&r.url, &mut reaction) {
                let url = frame.media(url);
                map.insert("url".into(), json!(url));
                map.insert("static_url".into(), json!(url));
            }
            reaction
        }).collect::<Vec<_>>(),
    })
}

/// Without what an account has to do with it.
pub fn render_for_all(a: &Announcement, frame: &Frame) -> Value {
    let mut entity = render(a, frame);
    if let Value::Object(map) = &mut entity {
        map.remove("read");
    }
    for reaction in entity.get_mut("reactions").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(map) = reaction {
            map.remove("me");
        }
    }
    entity
}
