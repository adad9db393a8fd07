//! Follow, Accept, Reject, Block.

use serde_json::Value;

use super::origin::own_id;
use super::{Known, Outcome};
use crate::activitypub::remote::{outbox, resolve};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::uri;
use crate::services;
use crate::store;
use crate::store::follows::{Options, Signed};
use crate::store::tombstones::Undo;

fn local<'a>(known: &'a Known, activity: &Value) -> Option<&'a Account> {
    vocab::link_of(activity, "object").and_then(|uri| known.account(uri)).filter(|a| a.is_local())
}

pub async fn follow(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let Some(target) = local(known, activity) else {
        return Ok(Outcome::Ignored("its object is nobody of ours"));
    };
    let uri = &match own_id(actor, activity, &format!("follows/{}", target.id)) {
        Ok(uri) => uri,
        Err(outcome) => return Ok(outcome),
    };
    // LitePub relays follow back.
    if app.site().actor_id == Some(target.id) && services::relay::followed(app, actor, uri).await? {
        return Ok(Outcome::Applied);
    }
    let received = Signed { uri, at: known.signed(app) };
    match services::follow::follow(app, actor, target, Some(received), &Options::default()).await {
        Ok(()) => Ok(Outcome::Applied),
        Err(error @ (Error::Forbidden(_) | Error::NotFound)) => {
            services::follow::refuse(app, actor, target, received).await?;
            Ok(Outcome::Refused(error))
        }
        Err(other) => Err(other),
    }
}

/// Accept or Reject of a Follow of ours: only its target may answer it.
pub async fn answer(
    app: &App,
    actor: &Account,
    activity: &Value,
    known: &Known,
    is_welcome: bool,
) -> Result<Outcome> {
    let Some(object) = vocab::first(activity, "object") else {
        return Ok(Outcome::Refused(Error::bad_request("The activity has no object")));
    };
    let uri = vocab::link(object).unwrap_or("");
    if uri.starts_with(&uri::instance_actor(&app.home().web_origin)) {
        return Ok(match services::relay::answer(app, uri, actor, is_welcome).await {
            Ok(()) => Outcome::Applied,
            Err(Error::NotFound) => Outcome::Ignored("it answers no follow of ours"),
            Err(other) => return Err(other),
        });
    }
    let follower = match follower(app, object, known).await? {
        Some(follower) => follower,
        None => return Ok(Outcome::Ignored("it answers no follow of ours")),
    };
    // An answer to an earlier follow does not count for this one.
    let stands = store::load(&app.db, store::follows::between(follower.id, actor.id)).await?;
    if stands.is_some_and(|tie| is_older(uri, &tie.uri)) {
        return Ok(Outcome::Ignored("it answers an earlier follow"));
    }
    let done = if is_welcome {
        let accepted = services::follow::accept(app, &follower, actor).await;
        if accepted.is_ok() {
            look_at_pins(app, actor).await?;
        }
        accepted
    } else {
        services::follow::reject(app, &follower, actor).await
    };
    match done {
        Ok(()) => Ok(Outcome::Applied),
        // They accept a follow that is undone here: the Undo is sent again.
        Err(Error::NotFound) if is_welcome && uri.starts_with(&format!("{}/", follower.uri)) => {
            services::follow::undo_again(app, &follower, actor, uri).await?;
            Ok(Outcome::Applied)
        }
        Err(Error::NotFound) => Ok(Outcome::Ignored("it answers no follow of ours")),
        Err(other) => Err(other),
    }
}

/// A newly followed account: its pinned and its last statuses are fetched once the answer is sent.
async fn look_at_pins(app: &App, actor: &Account) -> Result<()> {
    outbox::opened(app, actor);
    outbox::begin_featured(app, actor).await
}

/// Whose Follow is answered: by its id, which is one of ours, or by the actor of an enclosed Follow.
async fn follower(app: &App, object: &Value, known: &Known) -> Result<Option<Account>> {
    if let Some(actor) = vocab::link_of(object, "actor") {
        return Ok(known.account(actor).filter(|a| a.is_local()).cloned());
    }
    let Some((actor, id)) = vocab::link(object).and_then(|uri| uri.split_once("/follows/")) else {
        return Ok(None);
    };
    if Id::parse(id).is_none() {
        return Ok(None);
    }
    resolve::local_account(app, actor).await
}

pub async fn block(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let Some(target) = local(known, activity) else {
        return Ok(Outcome::Ignored("its object is nobody of ours"));
    };
    let uri = match own_id(actor, activity, &format!("blocks/{}", target.id)) {
        Ok(uri) => uri,
        Err(outcome) => return Ok(outcome),
    };
    let block = Signed { uri: &uri, at: known.signed(app) };
    services::follow::block(app, actor, target, Some(block)).await?;
    Ok(Outcome::Applied)
}

/// Undo of a Follow or Block, enclosed.
pub async fn undo(app: &App, actor: &Account, object: &Value, known: &Known) -> Result<Outcome> {
    let Some(target) = local(known, object) else {
        return Ok(Outcome::Ignored("its object is nobody of ours"));
    };
    let undone = vocab::id(object).unwrap_or("");
    let at = known.signed(app);
    let undo = Undo { uri: vocab::id(object), at };
    if vocab::kind(object) == "Block" {
        let stands = store::load(&app.db, store::follows::block_uri(actor.id, target.id)).await?;
        if stands.is_some_and(|stands| is_older(undone, &stands)) {
            return Ok(Outcome::Ignored("a newer block stands"));
        }
        services::follow::undo_block(app, actor, target, undo, known.is_followed).await?;
        return Ok(Outcome::Applied);
    }
    let tie = store::load(&app.db, store::follows::between(actor.id, target.id)).await?;
    if tie.as_ref().is_some_and(|tie| is_older(undone, &tie.uri)) {
        return Ok(Outcome::Ignored("a newer follow stands"));
    }
    match (&tie, vocab::id(object)) {
        (Some(tie), _) => services::follow::undo_tie(app, tie, undo).await?,
        // The Undo may have arrived before its Follow.
        (None, Some(uri)) => {
            let early = services::remove::early(app, known.is_followed);
            store::write(&app.db, store::tombstones::withdrawn(uri, actor.id, at, early)).await?;
        }
        (None, None) => {}
    }
    Ok(Outcome::Applied)
}

/// Whether the undone follow is older than the present one, whose Follow arrived before the Undo of the older: told by
/// ids that end in rising numbers, as Mastodon's and ours do. With other ids the Undo counts.
fn is_older(undone: &str, stands: &str) -> bool {
    match (undone.rsplit_once('/'), stands.rsplit_once('/')) {
        (Some((kind, old)), Some((same, new))) if kind == same => {
            matches!((old.parse::<u64>(), new.parse::<u64>()), (Ok(old), Ok(new)) if old < new)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follow_is_older_than_another_by_its_number() {
        let is = |undone: &str, stands: &str| {
            is_older(&format!("https://b.example{undone}"), &format!("https://b.example{stands}"))
        };
        assert!(is("/follows/9", "/follows/10"));
        assert!(!is("/follows/10", "/follows/10") && !is("/follows/10", "/follows/9"));
        // Of other kinds, or without numbers, nobody knows.
        assert!(
            !is("/follows/9", "/requests/10") && !is("/follows/a", "/follows/b") && !is("/9", "/follows/10")
        );
        assert!(!is_older("9", "10"));
    }
}
