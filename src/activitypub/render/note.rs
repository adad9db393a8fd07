//! Notes (federation contract, section 3.2).

use serde_json::{Value, json};

use crate::activitypub::audience::PUBLIC;
use crate::model::account::Account;
use crate::model::status::{Status, Visibility};
use crate::model::uri;

/// `to` and `cc` of a status or boost by `author`.
pub fn audience(status: &Status, author: &Account) -> (Vec<String>, Vec<String>) {
    let followers = author.followers_url.clone().unwrap_or_default();
    let mentioned: Vec<String> = status.mentions.iter().map(|m| m.uri.clone()).collect();
    match status.visibility {
        Visibility::Public => (vec![PUBLIC.into()], [vec![followers], mentioned].concat()),
        Visibility::Unlisted => (vec![followers], [vec![PUBLIC.into()], mentioned].concat()),
        Visibility::Private => (vec![followers], mentioned),
        Visibility::Direct => (mentioned, Vec::new()),
    }
}

/// A local status; `parent` is the uri of what it answers, `origin` where hashtags lead.
pub fn render(status: &Status, author: &Account, parent: Option<&str>, origin: &str) -> Value {
    let (to, cc) = audience(status, author);
    let mut tags: Vec<Value> = status
        .mentions
        .iter()
        .filter(|m| !m.is_silent)
        .map(|m| json!({"type": "Mention", "href": m.uri, "name": format!("@{}@{}", m.username, m.domain)}))
        .collect();
    tags.extend(
        status
            .tags
            .iter()
            .map(|t| json!({"type": "Hashtag", "href": uri::tag(origin, t), "name": format!("#{t}")})),
    );
    let mut note = json!({
        "id": status.uri,
        "type": "Note",
        "url": status.url,
        "attributedTo": author.uri,
        "to": to,
        "cc": cc,
        "published": status.created_at.to_iso_seconds(),
        "content": status.content,
        "summary": if status.spoiler_text.is_empty() { Value::Null } else { json!(status.spoiler_text) },
        "sensitive": status.is_sensitive,
        "inReplyTo": parent,
        "conversation": status.conversation,
        "tag": tags,
        "attachment": [],
        "replies": {
            "id": format!("{}/replies", status.uri),
            "type": "Collection",
            "first": format!("{}/replies?page=true", status.uri),
        },
    });
    if let Value::Object(map) = &mut note {
        if let Some(poll) = &status.poll {
            map.insert("type".into(), json!("Question"));
            let options: Vec<Value> = poll
                .options
                .iter()
                .map(|(title, votes)| {
                    json!({"type": "Note", "name": title, "replies": {"type": "Collection", "totalItems": votes}})
                })
                .collect();
            map.insert(if poll.is_multiple { "anyOf" } else { "oneOf" }.into(), json!(options));
            if let Some(expires_at) = poll.expires_at {
                map.insert("endTime".into(), json!(expires_at.to_iso_seconds()));
            }
            map.insert("votersCount".into(), json!(poll.voters.unwrap_or(0)));
        }
        if let Some(language) = &status.language {
            map.insert("contentMap".into(), json!({language.as_str(): status.content}));
        }
        if let Some(edited_at) = status.edited_at {
            map.insert("updated".into(), json!(edited_at.to_iso_seconds()));
        }
    }
    note
}
