//! Accept and Reject of answers, boosts and favourites by their author (GoToSocial's interaction policies).

use serde_json::Value;

use super::{Known, Outcome};
use crate::activitypub::remote::resolve;
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::services;
use crate::store;

/// `None` where it answers nothing of the kind. What it answers is its object, or of a request the instrument.
pub async fn answer(
    app: &App,
    actor: &Account,
    activity: &Value,
    known: &Known,
    is_granted: bool,
) -> Result<Option<Outcome>> {
    let Some(object) = vocab::first(activity, "object") else { return Ok(None) };
    let Some(uri) = vocab::link_of(object, "instrument").or_else(|| vocab::link(object)) else {
        return Ok(None);
    };
    let refuse = |why: &str| Ok(Some(Outcome::Refused(Error::Forbidden(why.into()))));
    let Some(ours) = known.status(uri).filter(|s| s.account.is_local()) else {
        return if is_granted { Ok(None) } else { unlike(app, actor, uri).await };
    };
    let whose = match &ours.reblog {
        Some(boosted) => Some(boosted.account.id),
        None => ours.status.in_reply_to_account_id,
    };
    // Somebody else is answered as if it were not here.
    if whose != Some(actor.id) {
        return Ok(None);
    }
    if !is_granted {
        services::approval::refused(app, ours).await?;
        return Ok(Some(Outcome::Applied));
    }
    // The authorization, or of older servers the Accept itself.
    match vocab::link_of(activity, "result").or_else(|| vocab::id(activity)) {
        Some(proof) if vocab::is_same_host(proof, &actor.uri) => {
            services::approval::granted(app, ours, proof).await?;
            Ok(Some(Outcome::Applied))
        }
        _ => refuse("The approval is of another origin than its author"),
    }
}

/// A favourite of ours that the author rejects.
async fn unlike(app: &App, actor: &Account, uri: &str) -> Result<Option<Outcome>> {
    let Some((owner, _)) = uri.split_once("/likes/").filter(|_| app.site().is_ours(uri)) else {
        return Ok(None);
    };
    let Some(account) = resolve::local_account(app, owner).await? else { return Ok(None) };
    let Some(status) = store::load(&app.db, store::favourites::status_by_uri(account.id, uri)).await? else {
        return Ok(Some(Outcome::Ignored("it answers no favourite that is here")));
    };
    let is_by = store::load(&app.db, store::statuses::by_id(status, None)).await?;
    if is_by.is_none_or(|view| view.account.id != actor.id) {
        return Ok(Some(Outcome::Ignored("it answers no favourite that is here")));
    }
    store::write(&app.db, vec![store::favourites::delete(account.id, status)]).await?;
    Ok(Some(Outcome::Applied))
}
