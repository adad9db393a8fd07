//! <https://docs.joinmastodon.org/entities/Notification/>

use serde_json::{Value, json};

use super::{Frame, account, collection, report, status, strike};
use crate::model::account::Account;
use crate::model::collection::Collection;
use crate::model::notification::{Kind, NotificationView};
use crate::model::severance::Severance;
use crate::model::time::Time;

pub fn render(n: &NotificationView, frame: &Frame) -> Value {
    let mut entity = json!({
        "id": n.id.to_string(),
        "type": if n.emoji.is_some() { n.kind.as_str() } else { n.kind.plain_str() },
        "created_at": Time(n.id.unix_ms()).to_iso(),
        "group_key": n.group_key(),
        "account": account::render(&n.from, frame),
    });
    if let (Some(view), Value::Object(map)) = (&n.status, &mut entity) {
        map.insert("status".into(), json!(status::render(view, frame)));
    }
    if let (Some(filed), Value::Object(map)) = (&n.report, &mut entity) {
        map.insert("report".into(), report::render(filed, frame));
    }
    if let (Some(strike), Value::Object(map)) = (&n.strike, &mut entity) {
        map.insert("moderation_warning".into(), strike::render(strike, frame));
    }
    if let (Some(told), Value::Object(map)) = (&n.collection, &mut entity) {
        map.insert("collection".into(), collection::render(told, false, frame));
    }
    if let (Some(severance), Value::Object(map)) = (&n.severance, &mut entity) {
        map.insert("event".into(), event(severance));
    }
    if let (Some((name, url)), Value::Object(map)) = (&n.emoji, &mut entity) {
        map.insert("emoji".into(), json!(name));
        map.insert("emoji_url".into(), json!(url.as_deref().map(|url| frame.media(url))));
    }
    entity
}

/// <https://docs.joinmastodon.org/entities/RelationshipSeveranceEvent/>
pub fn event(severance: &Severance) -> Value {
    json!({
        "id": severance.id.to_string(),
        "type": severance.kind.as_str(),
        "purged": false,
        "target_name": severance.target_name,
        "followers_count": severance.followers_count,
        "following_count": severance.following_count,
        "created_at": severance.created_at.to_iso(),
    })
}

/// <https://docs.joinmastodon.org/entities/NotificationFallback/>: what a client shows of an unsupported
/// type. Types after Mastodon 4.3 have one; all clients support the older ones.
pub fn fallback(kind: Kind, from: &Account, collection: Option<&Collection>) -> Option<Value> {
    let name = from.name();
    let title = match kind {
        Kind::Quote => format!("{name} quoted your post"),
        Kind::QuotedUpdate => format!("{name} edited a post that you quoted"),
        Kind::AddedToCollection => format!("{name} added you to a collection"),
        Kind::CollectionUpdate => format!("{name} changed a collection that you are in"),
        _ => return None,
    };
    Some(json!({
        "title": title,
        "details": collection.map(|c| &c.name),
        "summary": "This app does not know this kind of notification yet.",
    }))
}
