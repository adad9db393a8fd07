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

pub async fn undo(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
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
        "Like" | "EmojiReact" => unlike(app, actor, object, known, uri.as_deref()).await,
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
            Some(uri) => by_uri(app, actor, &uri, known).await,
            None => Ok(Outcome::Ignored("it undoes something without an id")),
        },
    }
}

async fn unlike(
    app: &App,
    actor: &Account,
    like: &Value,
    known: &Known,
    uri: Option<&str>,
) -> Result<Outcome> {
    let statuses: Vec<&StatusView> = vocab::list(like, "object")
        .into_iter()
        .take(MAX_OBJECTS)
        .filter_map(|object| vocab::link(object).and_then(|o| known.status(o)))
        .collect();
    if statuses.is_empty() {
        return Ok(Outcome::Ignored("its object is not known here"));
    }
    for status in statuses {
        let is_reaction = vocab::kind(like) == "EmojiReact" || react::emoji(actor, like, status).is_some();
        if is_reaction {
            unreact(app, actor, like, status, uri, known).await?;
        } else {
            services::interact::undo_like(app, actor, status, known.signed(app)).await?;
        }
    }
    // The Undo may have arrived before the Like.
    if let Some(uri) = uri {
        let early = store::tombstones::withdrawn(uri, actor.id, known.signed(app), known.is_followed);
        store::write(&app.db, early).await?;
    }
    Ok(Outcome::Applied)
}

/// Removes the reaction of this uri; one that has no uri by its emoji.
async fn unreact(
    app: &App,
    actor: &Account,
    activity: &Value,
    status: &StatusView,
    uri: Option<&str>,
    known: &Known,
) -> Result<()> {
    let stands = match uri {
        Some(uri) => store::load(&app.db, store::reactions::by_uri(actor.id, uri)).await?,
        None => None,
    };
    let by_emoji = || react::emoji(actor, activity, status).map(|(name, _)| name);
    let name =
        stands.filter(|(id, _)| *id == status.proper().status.id).map(|(_, name)| name).or_else(by_emoji);
    match name {
        Some(name) => services::react::undo(app, actor, status, &name, known.signed(app)).await,
        None => Ok(()),
    }
}

async fn by_uri(app: &App, actor: &Account, uri: &str, known: &Known) -> Result<Outcome> {
    let at = known.signed(app);
    if services::follow::undo_by_uri(app, actor, uri, at).await? {
        return Ok(Outcome::Applied);
    }
    if let Some((id, name)) = store::load(&app.db, store::reactions::by_uri(actor.id, uri)).await?
        && let Some(view) = store::load(&app.db, store::statuses::by_id(id, None)).await?
    {
        services::react::undo(app, actor, &view, &name, at).await?;
        return Ok(Outcome::Applied);
    }
    // One Like may have been for several.
    let mut was_liked = false;
    for _ in 0..MAX_OBJECTS {
        let Some(id) = store::load(&app.db, store::favourites::status_by_uri(actor.id, uri)).await? else {
            break;
        };
        let Some(view) = store::load(&app.db, store::statuses::by_id(id, None)).await? else { break };
        services::interact::undo_like(app, actor, &view, at).await?;
        was_liked = true;
    }
    if was_liked {
        return Ok(Outcome::Applied);
    }
    services::remove::remote_by_uri(app, actor, uri, at, known.is_followed).await?;
    Ok(Outcome::Applied)
}
