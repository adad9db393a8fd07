//! Followers synchronisation (FEP-8fcf), both ways: what is for followers only carries a digest of the
//! receiver's own followers, so that a list gone stale is noticed and put right.

use std::collections::BTreeMap;

use crate::json;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::audience::is_public;
use super::documents::{account, served};
use super::reader;
use super::{backfill, resolve, vocab};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::platform::sql::Statement;
use crate::services;
use crate::store;

/// Accounts with more followers do without: one event has ten milliseconds.
const MOST_FOLLOWERS: usize = 5_000;
const MOST_PAGES: usize = 10;
pub const HEADER: &str = "Collection-Synchronization";

/// The bitwise exclusive or of the ids' SHA-256, in hex.
pub fn digest<'a>(uris: impl Iterator<Item = &'a str>) -> String {
    let mut all = [0u8; 32];
    for uri in uris {
        for (byte, new) in all.iter_mut().zip(Sha256::digest(uri.as_bytes())) {
            *byte ^= new;
        }
    }
    all.iter().map(|b| format!("{b:02x}")).collect()
}

/// Scheme, host and port.
fn origin(uri: &str) -> Option<String> {
    url::Url::parse(uri).ok().map(|u| u.origin().ascii_serialization()).filter(|o| o.contains("://"))
}

/// The followers collection of an activity that is for followers and nobody else but who is mentioned.
fn followers_only<'a>(account: &'a Account, activity: &Value) -> Option<&'a str> {
    let followers = account.followers_url.as_deref()?;
    let to = vocab::links(activity, "to");
    let is_open = to.iter().chain(&vocab::links(activity, "cc")).any(|id| is_public(id));
    (!is_open && to.iter().any(|id| id == followers)).then_some(followers)
}

/// What an outbox row's activity will say to each server, computed once: to go with the batch that
/// distributes it. `None` where it is not for followers only.
pub async fn keep(app: &App, outbox: Id, account: &Account, activity: &Value) -> Result<Option<Statement>> {
    let Some(followers) = followers_only(account, activity) else { return Ok(None) };
    if account.followers_count > MOST_FOLLOWERS as i64 {
        return Ok(None);
    }
    let uris = store::load(&app.db, store::threads::follower_uris(account.id, "", MOST_FOLLOWERS)).await?;
    let mut by_origin: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for uri in &uris {
        if let Some(origin) = origin(uri) {
            by_origin.entry(origin).or_default().push(uri);
        }
    }
    let mut digests = json!({"": followers});
    if let Value::Object(map) = &mut digests {
        map.extend(by_origin.into_iter().map(|(o, uris)| (o, json!(digest(uris.into_iter())))));
    }
    Ok(Some(store::threads::keep_digests(outbox, &digests.to_string())))
}

/// The header for one inbox, from what [`keep`] has kept.
pub fn header(digests: &str, inbox: &str) -> Option<String> {
    let digests: Value = serde_json::from_str(digests).ok()?;
    let followers = digests.get("")?.as_str()?;
    let none = digest(std::iter::empty());
    let value = digests.get(origin(inbox)?).and_then(Value::as_str).unwrap_or(&none);
    Some(format!("collectionId=\"{followers}\", url=\"{followers}_synchronization\", digest=\"{value}\""))
}

/// `GET …/followers_synchronization`: who of the asking server follows. Signed requests only.
pub async fn followers(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let reader = reader::signed(c).await?;
    let prefix = origin(&reader.uri).map(|o| format!("{o}/")).ok_or(Error::NotFound)?;
    let uris =
        store::load(&c.app.db, store::threads::follower_uris(account.id, &prefix, MOST_FOLLOWERS)).await?;
    let id = format!("{}_synchronization", account.followers_url.unwrap_or_default());
    let body = json!({"id": id, "type": "OrderedCollection", "orderedItems": uris});
    Ok(served(body).with("Cache-Control", "private, max-age=0"))
}

/// A parameter of the header.
fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(',').find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        (key == name).then(|| value.trim_matches('"'))
    })
}

/// Looks at the header of an activity by `sender`: where their server counts other followers here than we do,
/// a job puts that right.
pub async fn receive(app: &App, request: &Request, sender: &Account) -> Result<()> {
    let Some(header) = request.header("collection-synchronization") else { return Ok(()) };
    let (Some(collection), Some(url), Some(theirs)) =
        (parameter(header, "collectionId"), parameter(header, "url"), parameter(header, "digest"))
    else {
        return Ok(());
    };
    let is_digest = theirs.len() == 64 && theirs.bytes().all(|b| b.is_ascii_hexdigit());
    if sender.followers_url.as_deref() != Some(collection)
        || !vocab::is_same_host(url, &sender.uri)
        || !is_digest
    {
        return Ok(());
    }
    let ours = ours(app, sender.id).await?;
    if ours.len() == MOST_FOLLOWERS || digest(ours.iter().map(String::as_str)) == theirs.to_lowercase() {
        return Ok(());
    }
    let job = app.new_id();
    let context = json!({"account": sender.id.0, "digest": theirs.to_lowercase()}).to_string();
    store::write(&app.db, vec![store::jobs::insert(job, "sync", url, &context, app.now())]).await?;
    app.hint(Message::Run(job));
    Ok(())
}

/// Who here follows a remote account, as far as its server can tell: those of our primary origin.
async fn ours(app: &App, target: Id) -> Result<Vec<String>> {
    let prefix = format!("{}/", app.primary().web_origin);
    store::load(&app.db, store::threads::follower_uris(target, &prefix, MOST_FOLLOWERS)).await
}

/// Runs the job: the list is fetched, and counts only where it is what the digest was made of. Who is not on
/// it does not follow; who is on it and does not follow takes that back.
pub async fn reconcile(app: &App, url: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let id = Id(context.get("account").and_then(Value::as_i64).unwrap_or_default());
    let Some(target) = store::load(&app.db, store::accounts::by_id(id)).await? else { return Ok(()) };
    let mut budget = backfill::Budget::new(MOST_PAGES, MOST_FOLLOWERS);
    let theirs = backfill::addresses(app, url, &mut budget).await?;
    let mut distinct = serde_json::Map::new();
    for uri in theirs {
        distinct.insert(uri, Value::Null);
    }
    let theirs: Vec<String> = distinct.into_iter().map(|(uri, _)| uri).collect();
    let is_told =
        context.get("digest").and_then(Value::as_str) == Some(&digest(theirs.iter().map(String::as_str)));
    if !is_told {
        return Err(Error::Unprocessable("The list is another than was told of".into()));
    }
    let ours = ours(app, id).await?;
    for uri in ours.iter().filter(|u| !theirs.contains(u)) {
        if let Some(follower) = resolve::local_account(app, uri).await? {
            services::follow::forget(app, &follower, &target).await?;
        }
    }
    for uri in theirs.iter().filter(|u| !ours.contains(u)) {
        if let Some(follower) = resolve::local_account(app, uri).await? {
            services::follow::disown(app, &follower, &target).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_as_the_proposal_has_them() {
        let two = ["https://testing.example.org/users/1", "https://testing.example.org/users/2"];
        let known = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f";
        assert_eq!(digest(two.into_iter()), known);
        assert_eq!(digest(std::iter::empty()), "0".repeat(64));
        let kept = json!({"": "https://example.org/users/1/followers", "https://testing.example.org": known});
        let value = header(&kept.to_string(), "https://testing.example.org/inbox").unwrap();
        assert_eq!(
            value,
            format!(
                "collectionId=\"https://example.org/users/1/followers\", \
                 url=\"https://example.org/users/1/followers_synchronization\", digest=\"{known}\""
            )
        );
        assert_eq!(parameter(&value, "digest"), Some(known));
        assert_eq!(parameter(&value, "url"), Some("https://example.org/users/1/followers_synchronization"));
        // A server without followers hears so.
        assert!(header(&kept.to_string(), "https://b.example/inbox").unwrap().contains(&"0".repeat(64)));
    }
}
