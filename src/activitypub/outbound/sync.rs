//! Followers synchronisation (FEP-8fcf) of what we send.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::activitypub::wire::audience::is_public;
use crate::activitypub::wire::sync::{MAX_FOLLOWERS, digest, origin};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::platform::sql::Statement;
use crate::store;

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
    if account.followers_count > MAX_FOLLOWERS as i64 {
        return Ok(None);
    }
    let uris = store::load(&app.db, store::threads::follower_uris(account.id, "", MAX_FOLLOWERS)).await?;
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
