//! Activities about accounts: Add and Remove of what they feature, Move, Flag.

use serde_json::{Value, json};

use super::tag::hashtag;
use crate::model::account::Account;
use crate::model::event::Event;

/// The origin of an id of ours.
fn origin(uri: &str) -> &str {
    uri.match_indices('/').nth(2).and_then(|(end, _)| uri.get(..end)).unwrap_or(uri)
}

pub fn render(account: &Account, event: &Event) -> Value {
    let me = account.uri.as_str();
    match event {
        Event::Feature { uri, item, is_tag, is_added } => json!({
            "id": uri,
            "type": if *is_added { "Add" } else { "Remove" },
            "actor": me,
            "to": account.followers_url.iter().collect::<Vec<_>>(),
            "object": if *is_tag { hashtag(item, origin(me)) } else { json!(item) },
            "target": account.featured_url,
        }),
        Event::Move { uri, target_uri } => json!({
            "id": uri,
            "type": "Move",
            "actor": me,
            "to": account.followers_url.iter().collect::<Vec<_>>(),
            "object": me,
            "target": target_uri,
        }),
        // Sent by the instance actor, so that the reported account does not learn who reported it.
        Event::Flag { uri, comment, object_uris } => json!({
            "id": uri,
            "type": "Flag",
            "actor": me,
            "content": comment,
            "object": object_uris,
        }),
        _ => Value::Null,
    }
}
