//! Delete and Undo, in whatever order they arrive.

use serde_json::Value;

use super::{Known, Outcome, follow, react};
use crate::activitypub::inbound::known::MAX_OBJECTS;
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::status::StatusView;
use crate::services;
use crate::store;
use crate::store::tombstones::Undo;

pub async fn delete(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let Some(uri) = vocab::link_of(activity, "object") else {
        return Ok(Outcome::Refused(Error::bad_request("The activity has no object")));
    };
    if uri == actor.uri {
        services::remove::remote_account(app, actor).await?;
        return Ok(Outcome::Applied);
    }
    if !vocab::is_same_host(uri, &actor.uri) {
        return Ok(Outcome::Refused(Error::Forbidden(
            "The object is of another origin than its actor".into(),
        )));
    }
    // Rows are looked up with their owner, so that nothing of another account on the same host is deleted.
    let now = app.now();
    let quotes = services::remove::remote_by_uri(app, actor, uri, now, known.is_followed).await?;
    if !quotes.is_empty() {
        services::quote::forward_revocation(app, &quotes, &activity.to_string()).await?;
    }
    Ok(Outcome::Applied)
}

/// An Undo. Of a Like or reaction of several statuses as many are undone as `most` says: all objects of an activity share
/// the statements of an invocation.
pub async fn undo(
    app: &App,
    actor: &Account,
    activity: &Value,
    known: &Known,
    most: usize,
) -> Result<Outcome> {
    let Some(object) = vocab::first(activity, "object") else {
        return Ok(Outcome::Refused(Error::bad_request("The activity has no object")));
    };
    if vocab::link_of(object, "actor").is_some_and(|a| a != actor.uri) {
        return Ok(Outcome::Refused(Error::Forbidden("Nobody undoes what is somebody else's".into())));
    }
    let uri = vocab::link(object).map(str::to_owned);
    if uri.as_ref().is_some_and(|u| !vocab::is_same_host(u, &actor.uri)) {
        return Ok(Outcome::Refused(Error::Forbidden(
            "The object is of another origin than its actor".into(),
        )));
    }
    match vocab::kind(object) {
        "Follow" | "Block" => follow::undo(app, actor, object, known).await,
        "Like" | "EmojiReact" => unlike(app, actor, object, known, uri.as_deref(), most).await,
        "Announce" => match uri {
            Some(uri) => {
                let at = known.signed(app);
                services::remove::remote_by_uri(app, actor, &uri, at, known.is_followed).await?;
                Ok(Outcome::Applied)
            }
            None => Ok(Outcome::Ignored("it undoes something without an id")),
        },
        // A bare id: of a boost, a follow or a like, whichever is here; else a tombstone is stored.
        _ => match uri {
            Some(uri) => by_uri(app, actor, &uri, known, most).await,
            None => Ok(Outcome::Ignored("it undoes something without an id")),
        },
    }
}

/// Undo of a Like or EmojiReact, enclosed, of `most` statuses at most.
async fn unlike(
    app: &App,
    actor: &Account,
    like: &Value,
    known: &Known,
    uri: Option<&str>,
    most: usize,
) -> Result<Outcome> {
    let statuses: Vec<&StatusView> = vocab::list(like, "object")
        .into_iter()
        .take(most)
        .filter_map(|object| vocab::link(object).and_then(|o| known.status(o)))
        .collect();
    if statuses.is_empty() {
        return Ok(Outcome::Ignored("its object is not known here"));
    }
    let undo = Undo { uri, at: known.signed(app) };
    let emoji = |status: &StatusView| react::emoji(actor, like, status).map(|(name, _)| name);
    let is_reaction = |status: &StatusView| vocab::kind(like) == "EmojiReact" || emoji(status).is_some();
    // A reaction is found by its uri, one that has none by its emoji.
    let stand = match uri {
        Some(uri) if statuses.iter().any(|status| is_reaction(status)) => {
            store::load(&app.db, store::reactions::by_uri(actor.id, uri, MAX_OBJECTS)).await?
        }
        _ => Vec::new(),
    };
    let mut batch = Vec::new();
    for view in statuses {
        let status = &view.proper().status;
        if !is_reaction(view) {
            batch.extend(services::interact::undo_like(actor.id, status.id, undo));
            continue;
        }
        let stands = stand.iter().find(|(id, _)| *id == status.id).map(|(_, name)| name.clone());
        if let Some(name) = stands.or_else(|| emoji(view)) {
            batch.extend(services::react::undo(actor.id, status.id, &name, undo));
        }
    }
    // The Undo may have arrived before the Like.
    if let Some(uri) = uri {
        let early = services::remove::early(app, known.is_followed);
        batch.extend(store::tombstones::withdrawn(uri, actor.id, undo.at, early));
    }
    store::write(&app.db, batch).await?;
    Ok(Outcome::Applied)
}

/// Undo of a bare id: of a Like or reaction of `most` statuses at most.
async fn by_uri(app: &App, actor: &Account, uri: &str, known: &Known, most: usize) -> Result<Outcome> {
    let undo = Undo { uri: Some(uri), at: known.signed(app) };
    if services::follow::undo_by_uri(app, actor, uri, undo.at).await? {
        return Ok(Outcome::Applied);
    }
    // One activity may have been for several statuses.
    let reactions = store::reactions::by_uri(actor.id, uri, most);
    let likes = store::favourites::by_uri(actor.id, uri, most);
    let (reactions, likes) = store::load(&app.db, (reactions, likes)).await?;
    let mut batch = Vec::new();
    for (status, name) in &reactions {
        batch.extend(services::react::undo(actor.id, *status, name, undo));
    }
    for status in likes.into_iter().take(most.saturating_sub(reactions.len())) {
        batch.extend(services::interact::undo_like(actor.id, status, undo));
    }
    if batch.is_empty() {
        services::remove::remote_by_uri(app, actor, uri, undo.at, known.is_followed).await?;
    } else {
        store::write(&app.db, batch).await?;
    }
    Ok(Outcome::Applied)
}
