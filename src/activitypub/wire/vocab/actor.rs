//! Actors, read.

use serde_json::Value;

use super::{emojis, first, id, is_same_host, kind, link, link_of, links, list, text, truth};
use crate::activitypub::wire::signature::key::PublicKey;
use crate::error::{Error, Result};
use crate::model::account::{Account, Field};
use crate::model::limits;
use crate::model::time::Time;
use crate::platform::guard::normalise_domain;
use crate::text::acct::is_remote_username;
use crate::text::sanitize;

/// The types of actors.
pub const TYPES: [&str; 5] = ["Person", "Service", "Group", "Organization", "Application"];

/// How many aliases and domains are stored.
const MAX: usize = 256;

pub fn is_actor(document: &Value) -> bool {
    list(document, "type").into_iter().filter_map(Value::as_str).any(|t| TYPES.contains(&t))
}

/// An account from its actor document, but for what only its server's WebFinger says: `domain` is the
/// host of the id.
///
/// Error: `Unprocessable` where something needed is missing or of another origin.
pub fn read(document: &Value, now: Time) -> Result<Account> {
    let wrong = |what: &str| Error::Unprocessable(format!("The actor {what}"));
    if !is_actor(document) {
        return Err(wrong("is of no type that acts"));
    }
    let uri = id(document).ok_or_else(|| wrong("has no id"))?.to_owned();
    let domain = super::host(&uri).ok_or_else(|| wrong("has an id that is no URL"))?;
    let username = text(document, "preferredUsername").unwrap_or("").to_owned();
    if !is_remote_username(&username) || username.len() > limits::USERNAME {
        return Err(wrong("has no name that we could show"));
    }
    let inbox_url = link_of(document, "inbox").ok_or_else(|| wrong("has no inbox"))?.to_owned();
    if !is_same_host(&inbox_url, &uri) && super::host(&inbox_url).is_none() {
        return Err(wrong("has an inbox that is no URL"));
    }
    let own =
        |property: &str| link_of(document, property).filter(|u| is_same_host(u, &uri)).map(str::to_owned);
    let shared_inbox_url = first(document, "endpoints")
        .and_then(|e| link_of(e, "sharedInbox"))
        .or_else(|| link_of(document, "sharedInbox"))
        .filter(|u| is_same_host(u, &uri))
        .map(str::to_owned);
    let mut keys = keys(document, &uri).into_iter().filter_map(|(id, key)| Some((id, key?.to_stored())));
    let (key_id, key) = keys.next().unzip();
    let more_keys = keys.collect();
    let picture = |property: &str| {
        let image = first(document, property)?;
        link_of(image, "url")
            .or_else(|| link(image))
            .filter(|u| super::is_file_url(u, &uri))
            .map(str::to_owned)
    };
    let described = |property: &str| {
        first(document, property)
            .and_then(|i| text(i, "summary").or_else(|| text(i, "name")))
            .map(|t| sanitize::cut(t, limits::PICTURE_TEXT).to_owned())
            .unwrap_or_default()
    };
    let is_false = |property: &str| document.get(property) == Some(&Value::Bool(false));
    let actor_type = list(document, "type")
        .into_iter()
        .filter_map(Value::as_str)
        .find(|t| TYPES.contains(t))
        .unwrap_or("Person")
        .to_owned();
    Ok(Account {
        actor_type,
        url: own("url").unwrap_or_else(|| uri.clone()),
        display_name: sanitize::display_name(&sanitize::plain(text(document, "name").unwrap_or(""))),
        note: sanitize::note_html(text(document, "summary").unwrap_or("")),
        fields: fields(document),
        emojis: emojis(document),
        avatar_url: picture("icon"),
        header_url: picture("image"),
        avatar_description: described("icon"),
        header_description: described("image"),
        is_locked: truth(document, "manuallyApprovesFollowers"),
        is_discoverable: truth(document, "discoverable"),
        is_indexable: truth(document, "indexable"),
        shows_media: !is_false("showMedia"),
        shows_media_replies: !is_false("showRepliesInMedia"),
        shows_featured: !is_false("showFeatured"),
        attribution_domains: domains(document),
        is_memorial: truth(document, "memorial"),
        suspended_at: truth(document, "suspended").then_some(now),
        moved_to_uri: link_of(document, "movedTo").filter(|m| *m != uri).map(str::to_owned),
        inbox_url,
        shared_inbox_url,
        outbox_url: own("outbox"),
        followers_url: own("followers"),
        following_url: own("following"),
        featured_url: own("featured"),
        public_key_id: key_id.filter(|k| *k != format!("{uri}#main-key")),
        public_key: key,
        more_keys,
        also_known_as: named(links(document, "alsoKnownAs").into_iter()),
        created_at: text(document, "published").and_then(Time::parse_iso).unwrap_or(now).min(now),
        fetched_at: Some(now),
        username,
        domain,
        uri,
        ..Account::default()
    })
}

/// How many keys of each form are read.
const MAX_KEYS: usize = 10;

/// The keys that an actor names, those of `publicKey` first, then Multikeys (FEP-521a): their ids, and the
/// keys where they are enclosed.
pub fn keys(document: &Value, uri: &str) -> Vec<(String, Option<PublicKey>)> {
    let mut all: Vec<(String, Option<PublicKey>)> = Vec::new();
    for (property, owner) in [("publicKey", "owner"), ("assertionMethod", "controller")] {
        for entry in list(document, property).into_iter().take(MAX_KEYS) {
            let is_own = link_of(entry, owner).is_none_or(|owner| owner == uri);
            let Some(key_id) = link(entry).filter(|k| is_own && is_same_host(k, uri)) else { continue };
            // A Multikey that is enclosed is a part of the actor.
            if owner == "controller" && entry.is_object() && key_id.split('#').next() != Some(uri) {
                continue;
            }
            if !all.iter().any(|(known, key)| known == key_id && key.is_some()) {
                all.push((key_id.to_owned(), read_key(entry)));
            }
        }
    }
    all
}

/// The key in a key document, or in an actor's entry.
pub fn read_key(entry: &Value) -> Option<PublicKey> {
    text(entry, "publicKeyPem")
        .and_then(PublicKey::from_pem)
        .or_else(|| text(entry, "publicKeyMultibase").and_then(PublicKey::from_multibase))
}

/// Domains whose pages may name the actor as their author: plain names, 256 at most.
fn domains(document: &Value) -> Vec<String> {
    let named = list(document, "attributionDomains").into_iter().filter_map(Value::as_str);
    self::named(named.filter_map(normalise_domain))
}

/// As many as are kept.
fn named(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut left = limits::Budget::new(limits::NAMED);
    all.take(MAX).take_while(|one| left.take(one.len())).collect()
}

/// As many as are kept, if they are short.
const MAX_FIELDS: usize = 50;

fn fields(document: &Value) -> Vec<Field> {
    let mut left = limits::Budget::new(limits::FIELDS);
    list(document, "attachment")
        .into_iter()
        .filter(|a| kind(a) == "PropertyValue")
        .take(MAX_FIELDS)
        .filter_map(|a| {
            let name = sanitize::line(text(a, "name")?, limits::FIELD_NAME);
            let value = sanitize::field_html(text(a, "value")?);
            Some(Field { name, value, ..Field::default() })
        })
        .take_while(|field| left.take(field.name.len() + field.value.len()))
        .collect()
}
