//! Emoji reactions (FEP-c0e0).

use serde_json::{Value, json};

use super::tag;
use crate::model::account::{Account, Emoji};
use crate::model::event::Event;
use crate::model::reaction::shortcode;

/// The EmojiReact of a reaction that is added or undone.
pub fn react(account: &Account, event: &Event) -> Value {
    let (Event::React { uri, object_uri, author_uri, name, url, cc }
    | Event::UndoReact { uri, object_uri, author_uri, name, url, cc }) = event
    else {
        return Value::Null;
    };
    let is_custom = !url.is_empty();
    let content = if is_custom { format!(":{}:", shortcode(name)) } else { name.clone() };
    let tag = is_custom.then(|| match account.uri.split_once("/users/") {
        // Without a domain in its name it is one of ours.
        Some((origin, _)) if !name.contains('@') => {
            let emoji = Emoji { shortcode: name.clone(), url: url.clone(), static_url: url.clone() };
            tag::emoji(&emoji, origin)
        }
        _ => tag::foreign_emoji(shortcode(name), url),
    });
    json!({
        "id": uri,
        "type": "EmojiReact",
        "actor": account.uri,
        "object": object_uri,
        "content": content,
        "tag": tag.into_iter().collect::<Vec<_>>(),
        "to": [author_uri],
        "cc": cc.split_whitespace().collect::<Vec<_>>(),
    })
}
