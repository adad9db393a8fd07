//! Notes (federation contract, section 3.2).

use serde_json::{Map, Value, json};

use super::collection::count;
use super::{quote, tag};
use crate::model::account::{Account, Emoji};
use crate::model::poll::Poll;
use crate::model::status::{Attachment, Status, Visibility};
use crate::model::time::Time;
use crate::model::uri::PUBLIC;
use crate::store::threads::Address;

/// `to` and `cc` of a status or boost by `author`.
pub fn audience(status: &Status, author: &Account) -> (Vec<String>, Vec<String>) {
    let followers = author.followers_url.clone().unwrap_or_default();
    let mut mentioned: Vec<String> = status.mentions.iter().map(|m| m.uri.clone()).collect();
    // A group forwards what addresses its followers.
    mentioned.extend(status.mentions.iter().filter_map(|m| m.group_followers.clone()));
    match status.visibility {
        Visibility::Public => (vec![PUBLIC.into()], [vec![followers], mentioned].concat()),
        Visibility::Unlisted => (vec![followers], [vec![PUBLIC.into()], mentioned].concat()),
        Visibility::Private => (vec![followers], mentioned),
        Visibility::Direct => (mentioned, Vec::new()),
    }
}

/// A local status as it is `now`; `parent` is the uri of what it answers, `origin` that of hashtag pages.
pub fn render(status: &Status, author: &Account, parent: Option<&str>, origin: &str, now: Time) -> Value {
    let (to, cc) = audience(status, author);
    let mut tags: Vec<Value> = status.mentions.iter().filter(|m| !m.is_silent).map(tag::mention).collect();
    tags.extend(status.tags.iter().map(|t| tag::hashtag(t, origin)));
    // Those of a status that was brought along are not ours.
    let emoji = |e: &Emoji| match status.brought_from {
        Some(_) => tag::foreign_emoji(&e.shortcode, &e.url),
        None => tag::emoji(e, origin),
    };
    tags.extend(status.emojis.iter().map(emoji));
    let content = quote::content(status);
    let mut note = json!({
        "id": status.uri,
        "type": "Note",
        "url": status.url,
        "attributedTo": author.uri,
        "to": to,
        "cc": cc,
        "published": status.created_at.to_iso(),
        "content": content,
        "summary": if status.spoiler_text.is_empty() { Value::Null } else { json!(status.spoiler_text) },
        "sensitive": status.is_sensitive || author.is_sensitized(),
        "inReplyTo": parent,
        "conversation": status.conversation,
        "atomUri": status.uri,
        "inReplyToAtomUri": parent,
        "tag": tags,
        "attachment": status.media.iter().map(attachment).collect::<Vec<_>>(),
        "interactionPolicy": quote::policy(status, author),
        "replies": replies(&status.uri, &[]),
        "likes": count(&format!("{}/likes", status.uri), status.favourites_count),
        "shares": count(&format!("{}/shares", status.uri), status.reblogs_count),
    });
    quote::approval(&mut note, "replyAuthorization", status);
    if let Value::Object(map) = &mut note {
        quote::quoting(map, status);
        if let Some(conversation) = status.conversation.as_deref().filter(|c| c.starts_with("https://")) {
            let is_ours = conversation.strip_prefix(origin).is_some_and(|path| path.starts_with("/users/"));
            let context = if is_ours { context_of(conversation) } else { conversation.to_owned() };
            map.insert("context".into(), json!(context));
        }
        if let Some(poll) = &status.poll {
            question(map, poll, now);
        }
        if let Some(language) = &status.language {
            map.insert("contentMap".into(), json!({(language.as_str()): content}));
        }
        if let Some(edited_at) = status.edited_at {
            map.insert("updated".into(), json!(edited_at.to_iso()));
        }
    }
    note
}

/// What makes a Question of a note. Hidden counts are 0 before the end.
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

/// How many of the author's own replies are enclosed in the note.
pub const OWN_REPLIES: usize = 5;

/// The collection of what answers a status: the first page has those of its author, further pages all others.
pub fn replies(uri: &str, own: &[Address]) -> Value {
    let id = format!("{uri}/replies");
    let items: Vec<&str> = own.iter().map(|(_, uri)| uri.as_str()).collect();
    let next = match own.last() {
        Some((last, _)) if own.len() == OWN_REPLIES => format!("{id}?page=true&min_id={last}"),
        _ => format!("{id}?page=true&only_other_accounts=true"),
    };
    json!({
        "id": id,
        "type": "Collection",
        "first": {"type": "CollectionPage", "partOf": id, "next": next, "items": items},
    })
}

/// The collection of a conversation that a status of ours began (FEP-7888).
pub fn context_of(root: &str) -> String {
    format!("{root}/context")
}

/// An attachment, with its description in the properties that newer and older servers read.
fn attachment(media: &Attachment) -> Value {
    let mut document = json!({
        "type": "Document",
        "mediaType": media.media_type,
        "url": media.url,
        "name": media.description,
    });
    if let Value::Object(map) = &mut document {
        let mut add = |name: &str, value: Option<Value>| value.map(|v| map.insert(name.into(), v));
        add("summary", media.description.as_ref().map(|d| json!(d)));
        add("blurhash", media.blurhash.as_ref().map(|b| json!(b)));
        add("width", media.width.map(|n| json!(n)));
        add("height", media.height.map(|n| json!(n)));
        // XSD duration, as ActivityStreams has it.
        add("duration", media.duration.map(|seconds| json!(format!("PT{seconds:.3}S"))));
        add("focalPoint", media.focus.map(|(x, y)| json!([x, y])));
        let preview = media.preview_url.as_ref().filter(|_| media.kind != "image");
        add("icon", preview.map(|p| json!({"type": "Image", "mediaType": tag::media_type(p), "url": p})));
    }
    document
}
