//! Quotes (FEP-044f), and who may interact with a status.

use serde_json::{Map, Value, json};

use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::id::Id;
use crate::model::status::Status;
use crate::model::uri::{self, PUBLIC};
use crate::text::escape;

/// The properties of a note that quotes; its text gets a line with the link for servers without quotes.
pub fn quoting(note: &mut Map<String, Value>, status: &Status) {
    let Some(quoted) = &status.quote_uri else { return };
    if status.quote_of_id.is_none() {
        note.insert("quote".into(), json!({"type": "Tombstone", "id": quoted}));
        return;
    }
    for name in ["quote", "quoteUri", "_misskey_quote"] {
        note.insert(name.into(), json!(quoted));
    }
    if let Some(stamp) = &status.quote_stamp {
        note.insert("quoteAuthorization".into(), json!(stamp));
    }
}

/// The HTML of a status as other servers get it.
pub fn content(status: &Status) -> String {
    let Some(quoted) = status.quote_uri.as_ref().filter(|_| status.quote_of_id.is_some()) else {
        return status.content.clone();
    };
    let url = escape::html(quoted);
    let line = format!("RE: <a href=\"{url}\">{url}</a></span>");
    match status.content.strip_suffix("</p>") {
        Some(text) => format!("{text}<span class=\"quote-inline\"><br><br>{line}</p>"),
        None => format!("{}<p><span class=\"quote-inline\">{line}</p>", status.content),
    }
}

/// `interactionPolicy` of a status: quotes by its author's choice, the rest by who may see it.
pub fn policy(status: &Status, author: &Account) -> Value {
    let bits = status.quote_policy.0;
    let mut quoting: Vec<&str> = Vec::new();
    if bits & 1 != 0 {
        quoting.push(PUBLIC);
    }
    let lists = [(2, &author.followers_url), (4, &author.following_url)];
    quoting
        .extend(lists.into_iter().filter(|(bit, _)| bits & bit != 0).filter_map(|(_, url)| url.as_deref()));
    if quoting.is_empty() {
        // In JSON-LD an empty list is the same as an absent one, so nobody is written as the author alone.
        quoting.push(&author.uri);
    }
    json!({
        "canQuote": {"automaticApproval": quoting},
        "canReply": {"automaticApproval": [PUBLIC]},
        "canLike": {"automaticApproval": [PUBLIC]},
        "canAnnounce": {"automaticApproval": [if status.visibility.is_distributable() { PUBLIC } else { author.uri.as_str() }]},
    })
}

/// The authorization of an answer or boost, where there is one, in GoToSocial's present and earlier terms.
pub fn approval(document: &mut Value, name: &str, status: &Status) {
    if let (Some(proof), Value::Object(map)) = (status.approval(), document) {
        map.insert("approvedBy".into(), json!(proof));
        map.insert(name.into(), json!(proof));
    }
}

/// The QuoteRequest of a quoting note: `instrument` is the note, or its id.
pub fn request(status: &Status, account: &Account, quoted_author: &str, instrument: Value) -> Option<Value> {
    Some(json!({
        "id": uri::quote_request(&account.uri, status.id),
        "type": "QuoteRequest",
        "actor": account.uri,
        "to": [quoted_author],
        "object": status.quote_uri.as_ref()?,
        "instrument": instrument,
    }))
}

/// Accept and Reject of a QuoteRequest.
pub fn answer(account: &Account, event: &Event) -> Value {
    let enclosed = |uri: &str, actor: &str, quoted: &str, quoting: &str| json!({"id": uri, "type": "QuoteRequest", "actor": actor, "object": quoted, "instrument": quoting});
    match event {
        Event::AcceptQuote { uri, actor_uri, quoted_uri, quoting_uri, stamp_id } => json!({
            "id": format!("{}#accepts/quote_requests/{stamp_id}", account.uri),
            "type": "Accept",
            "actor": account.uri,
            "to": [actor_uri],
            "object": enclosed(uri, actor_uri, quoted_uri, quoting_uri),
            "result": uri::stamp(&account.uri, *stamp_id),
        }),
        Event::RejectQuote { uri, actor_uri, quoted_uri, quoting_uri } => json!({
            "id": format!("{}#rejects/quote_requests/{:x}", account.uri, super::hash(uri)),
            "type": "Reject",
            "actor": account.uri,
            "to": [actor_uri],
            "object": enclosed(uri, actor_uri, quoted_uri, quoting_uri),
        }),
        _ => Value::Null,
    }
}

/// A QuoteAuthorization: ids only.
pub fn stamp(uri: &str, account: &Account, quoted: &str, quoting: &str) -> Value {
    json!({
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": account.uri,
        "interactingObject": quoting,
        "interactionTarget": quoted,
    })
}

/// The same by its id.
pub fn stamp_by_id(id: Id, account: &Account, quoted: &str, quoting: &str) -> Value {
    stamp(&uri::stamp(&account.uri, id), account, quoted, quoting)
}
