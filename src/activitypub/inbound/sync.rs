//! Followers synchronisation (FEP-8fcf) of received activities.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::activitypub::remote::backfill;
use crate::activitypub::wire::sync::{MAX_FOLLOWERS, digest, parameter};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::request::Request;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::services;
use crate::store;

const MAX_PAGES: usize = 10;

/// Checks the header of an activity by `sender`: if its digest differs from that of our rows, a job fetches
/// the list and corrects them.
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
    if ours.len() == MAX_FOLLOWERS || digest(ours.iter().map(String::as_str)) == theirs.to_lowercase() {
        return Ok(());
    }
    let context = json!({"account": sender.id.0, "digest": theirs.to_lowercase()}).to_string();
    services::job::start(app, "sync", url, &context).await?;
    Ok(())
}

/// Local followers of a remote account, as far as its server can know them: those of our primary origin.
async fn ours(app: &App, target: Id) -> Result<Vec<String>> {
    let prefix = format!("{}/", app.primary().web_origin);
    store::load(&app.db, store::threads::follower_uris(target, &prefix, MAX_FOLLOWERS)).await
}

/// How many followers one run of the job changes; a retry continues with the others.
const MAX_CHANGES: usize = 10;
/// How many URIs one statement looks up.
const LOOKED_UP: usize = 200;

/// Runs the job: fetches the list, which is used only if it has the digest of the header. Follows that are
/// not on it are removed; for entries without a follow here an Undo is sent.
pub async fn reconcile(app: &App, url: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let id = Id(context.get("account").and_then(Value::as_i64).unwrap_or_default());
    let Some(target) = store::load(&app.db, store::accounts::by_id(id)).await? else { return Ok(()) };
    let mut budget = backfill::Budget::new(MAX_PAGES, MAX_FOLLOWERS);
    let theirs = backfill::addresses(app, url, &mut budget).await?;
    let theirs: BTreeSet<String> = theirs.into_iter().collect();
    let is_told =
        context.get("digest").and_then(Value::as_str) == Some(&digest(theirs.iter().map(String::as_str)));
    if !is_told {
        return Err(Error::Unprocessable("The list is another than was told of".into()));
    }
    let ours: BTreeSet<String> = ours(app, id).await?.into_iter().collect();
    let differing: Vec<String> = ours.symmetric_difference(&theirs).cloned().collect();
    let mut left = MAX_CHANGES;
    for some in differing.chunks(LOOKED_UP) {
        // Unknown accounts on the list are ignored.
        let people = store::load(&app.db, store::accounts::by_uris(some)).await?;
        for follower in people.iter().filter(|account| account.is_local()) {
            if left == 0 {
                return Err(Error::Unavailable("more followers differ than one run changes".into()));
            }
            left -= 1;
            if ours.contains(&follower.uri) {
                services::follow::remove_unknown(app, follower, &target).await?;
            } else {
                services::follow::undo_unknown(app, follower, &target).await?;
            }
        }
    }
    Ok(())
}
