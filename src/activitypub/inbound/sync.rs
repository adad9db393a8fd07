//! Followers synchronisation (FEP-8fcf) of received activities.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::activitypub::remote::backfill;
use crate::activitypub::wire::sync::{MAX_FOLLOWERS, digest, parameter};
use crate::activitypub::wire::vocab;
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::http::request::Request;
use crate::model::account::Account;
use crate::model::budget;
use crate::model::id::Id;
use crate::model::limits;
use crate::services;
use crate::store;

const MAX_PAGES: usize = 10;

/// Checks the header of an activity by `sender`: if its digest differs from that of our rows, a job fetches
/// the list and corrects them. The list is at the address of the followers collection, or at one that begins so (Mastodon's
/// is that and `_synchronization`): FEP-8fcf asks for the same origin only, which would be any address of a server.
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
        || !url.starts_with(collection)
        || url.len() > limits::URL
        || !is_digest
    {
        return Ok(());
    }
    let origin = app.domain_asked(request).web_origin;
    let ours = ours(app, sender.id, &origin).await?;
    if ours.len() == MAX_FOLLOWERS || digest(ours.iter().map(String::as_str)) == theirs.to_lowercase() {
        return Ok(());
    }
    let context =
        json!({"account": sender.id.0, "digest": theirs.to_lowercase(), "url": url, "origin": origin});
    let context = context.to_string();
    // One of a sender at a time: each names another list if it likes to.
    services::job::start_alone(app, "sync", &sender.uri, &context).await?;
    Ok(())
}

/// Local followers of a remote account whose addresses are of the origin that was sent to, since to its server each of our
/// origins is a server of its own.
async fn ours(app: &App, target: Id, origin: &str) -> Result<Vec<String>> {
    let prefix = format!("{origin}/");
    store::load(&app.db, store::threads::follower_uris(target, &prefix, MAX_FOLLOWERS)).await
}

/// How many followers one run of the job changes; a retry continues with the others.
const MAX_CHANGES: usize = 10;
/// What a change takes: an old request is accepted.
const CHANGE: Need = Need { statements: 8, fetches: 0 };
/// How many URIs one statement looks up.
const LOOKED_UP: usize = 200;

/// Runs the job: fetches the list, which is used only if it has the digest of the header. Follows that are
/// not on it are removed; for entries without a follow here an Undo is sent, once a day for each: of a server that lists
/// them still, another would not help.
pub async fn reconcile(app: &App, _sender: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let id = Id(context.get("account").and_then(Value::as_i64).unwrap_or_default());
    let Some(target) = store::load(&app.db, store::accounts::by_id(id)).await? else { return Ok(()) };
    let url = context.get("url").and_then(Value::as_str).unwrap_or_default();
    let mut pages = backfill::Budget::new(MAX_PAGES, MAX_FOLLOWERS);
    let theirs = backfill::addresses(app, url, &mut pages).await?;
    let theirs: BTreeSet<String> = theirs.into_iter().collect();
    let is_told =
        context.get("digest").and_then(Value::as_str) == Some(&digest(theirs.iter().map(String::as_str)));
    if !is_told {
        return Err(Error::Unprocessable("The list is another than was told of".into()));
    }
    // Jobs of an earlier version have none: they were about the instance's own.
    let home = app.home().web_origin;
    let origin = context.get("origin").and_then(Value::as_str).unwrap_or(&home);
    let ours: BTreeSet<String> = ours(app, id, origin).await?.into_iter().collect();
    let is_of_origin = |uri: &&String| uri.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'));
    let differing: Vec<String> = ours.symmetric_difference(&theirs).filter(is_of_origin).cloned().collect();
    let mut left = MAX_CHANGES;
    for some in differing.chunks(LOOKED_UP) {
        // Unknown accounts on the list are ignored.
        let people = store::load(&app.db, store::accounts::by_uris(some)).await?;
        let people: Vec<Account> = people.into_iter().filter(Account::is_local).collect();
        let (removed, undone): (Vec<_>, Vec<_>) = people.into_iter().partition(|p| ours.contains(&p.uri));
        for follower in &removed {
            left = one_less(app, left)?;
            services::follow::remove_unknown(app, follower, &target).await?;
        }
        let undone = not_today(app, undone, &target).await?;
        for follower in undone {
            left = one_less(app, left)?;
            let mark = (undo_of(&follower, &target), 1);
            store::write(&app.db, vec![store::budgets::add(&[mark], budget::day(app.now()))]).await?;
            services::follow::undo_unknown(app, &follower, &target).await?;
        }
    }
    Ok(())
}

/// How many changes are left after the next one. A run makes one at least, so that it always gets on.
///
/// Error: `Unavailable` where the run has made all that it may, or where the invocation has no room.
fn one_less(app: &App, left: usize) -> Result<usize> {
    if left == 0 || (left < MAX_CHANGES && !app.has_room(CHANGE)) {
        return Err(Error::Unavailable("more followers differ than one run changes".into()));
    }
    Ok(left - 1)
}

/// The subject under which it is counted that a follow was undone today.
fn undo_of(follower: &Account, target: &Account) -> String {
    format!("undo {} {}", follower.id, target.id)
}

/// Those whose follow of `target` was not undone today.
async fn not_today(app: &App, people: Vec<Account>, target: &Account) -> Result<Vec<Account>> {
    let subjects: Vec<String> = people.iter().map(|p| undo_of(p, target)).collect();
    if subjects.is_empty() {
        return Ok(people);
    }
    let names: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let done = store::load(&app.db, store::budgets::used(&names, budget::day(app.now()))).await?;
    Ok(people.into_iter().zip(&subjects).filter(|(_, s)| !done.contains_key(*s)).map(|(p, _)| p).collect())
}
