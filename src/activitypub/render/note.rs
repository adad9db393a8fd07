//! Notes (federation contract, section 3.2).

use serde_json::{Map, Value, json};

use super::quote;
use crate::activitypub::audience::PUBLIC;
use crate::model::account::Account;
use crate::model::poll::Poll;
use crate::model::status::{Status, Visibility};
use crate::model::time::Time;
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

/// A local status as it is `now`; `parent` is the uri of what it answers, `origin` where hashtags lead.
pub fn render(status: &Status, author: &Account, parent: Option<&str>, origin: &str, now: Time) -> Value {
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
    let content = quote::content(status);
    let mut note = json!({
        "id": status.uri,
        "type": "Note",
        "url": status.url,
        "attributedTo": author.uri,
        "to": to,
        "cc": cc,
        "published": status.created_at.to_iso_seconds(),
        "content": content,
        "summary": if status.spoiler_text.is_empty() { Value::Null } else { json!(status.spoiler_text) },
        "sensitive": status.is_sensitive,
        "inReplyTo": parent,
        "conversation": status.conversation,
        "tag": tags,
        "attachment": [],
        "interactionPolicy": quote::policy(status, author),
        "replies": {
            "id": format!("{}/replies", status.uri),
            "type": "Collection",
            "first": format!("{}/replies?page=true", status.uri),
        },
    });
    if let Value::Object(map) = &mut note {
        quote::quoting(map, status);
        if let Some(poll) = &status.poll {
            question(map, poll, now);
        }
        if let Some(language) = &status.language {
            map.insert("contentMap".into(), json!({language.as_str(): content}));
        }
        if let Some(edited_at) = status.edited_at {
            map.insert("updated".into(), json!(edited_at.to_iso_seconds()));
        }
    }
    note
}

/// What makes a Question of a note. Hidden numbers are told to nobody before the end: they read as none.
fn question(map: &mut Map<String, Value>, poll: &Poll, now: Time) {
    let is_over = poll.is_over(now);
    let shown = |n: i64| if poll.hides_totals && !is_over { 0 } else { n };
    let option = |(title, votes): &(String, i64)| json!({"type": "Note", "name": title, "replies": {"type": "Collection", "totalItems": shown(*votes)}});
    let options: Vec<Value> = poll.options.iter().map(option).collect();
    map.insert("type".into(), json!("Question"));
    map.insert(if poll.is_multiple { "anyOf" } else { "oneOf" }.into(), json!(options));
    if let Some(expires_at) = poll.expires_at {
        map.insert("endTime".into(), json!(expires_at.to_iso_seconds()));
        if is_over {
            map.insert("closed".into(), json!(expires_at.to_iso_seconds()));
        }
    }
    map.insert("votersCount".into(), json!(shown(poll.voters.unwrap_or(0))));
}
