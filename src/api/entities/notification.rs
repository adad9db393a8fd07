//! <https://docs.joinmastodon.org/entities/Notification/>

use serde_json::{Value, json};

use super::{Frame, account, report, status};
use crate::model::notification::NotificationView;
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
        map.insert("status".into(), status::render(view, frame));
    }
    if let (Some(filed), Value::Object(map)) = (&n.report, &mut entity) {
        map.insert("report".into(), report::render(filed, frame));
    }
    if let (Some((name, url)), Value::Object(map)) = (&n.emoji, &mut entity) {
        map.insert("emoji".into(), json!(name));
        map.insert("emoji_url".into(), json!(url));
    }
    entity
}
