//! The inbox: size → type → unknown senders' farewells → digest and signature → the activity, all of it
//! inline. 202 is said after the commit; a failed commit says 503, so that the sender comes again.

use serde_json::Value;

use super::receive::{self, Known, Outcome};
use super::signature::key::PublicKey;
use super::signature::{self, Candidate};
use super::{resolve, vocab};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::negotiate::is_activity_content_type;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::time::MINUTE;
use crate::store;

/// A sender whose signature fails is read again, if it was not just now.
const REFETCH_AFTER: i64 = 5 * MINUTE;

pub async fn post(c: &Context<'_>) -> Result<Response> {
    match process(c.app, c.request).await {
        Ok(Outcome::Applied | Outcome::Ignored(_)) => Ok(Response::accepted()),
        Ok(Outcome::Refused(error)) => Err(error),
        // Whatever failed here may work in a minute: the sender must not give up.
        Err(Error::Internal(what) | Error::Conflict(what)) => Err(Error::Unavailable(what)),
        Err(error) => Err(error),
    }
}

/// What becomes of a request to the inbox.
pub async fn process(app: &App, request: &Request) -> Result<Outcome> {
    if !is_activity_content_type(request.header("content-type")) {
        return Ok(Outcome::Refused(Error::UnsupportedMediaType));
    }
    let activity = match vocab::parse(&request.body) {
        Ok(activity) => activity,
        Err(error) => return Ok(Outcome::Refused(error)),
    };
    let Some(actor_uri) = vocab::link_of(&activity, "actor").map(str::to_owned) else {
        return Ok(Outcome::Refused(Error::bad_request("The activity has no actor")));
    };
    if app.site().is_ours(&actor_uri) {
        return Ok(Outcome::Refused(Error::Forbidden("That actor is one of ours".into())));
    }
    let candidate = signature::prepare(request, &app.primary().web_origin, app.now());
    let is_farewell = matches!(vocab::kind(&activity), "Delete" | "Update")
        && vocab::link_of(&activity, "object") == Some(actor_uri.as_str());
    if is_farewell && store::load(&app.db, store::accounts::id_by_uri(&actor_uri)).await?.is_none() {
        return Ok(Outcome::Ignored("somebody who was never here"));
    }
    let candidate = match candidate {
        Ok(candidate) => candidate,
        Err(error) => return Ok(Outcome::Refused(error)),
    };
    // One round trip for the sender's key and for all that the activity names.
    let (accounts, statuses, is_followed) = receive::queries(&activity, &actor_uri);
    let host = vocab::host(&actor_uri).unwrap_or_default();
    let (signer, accounts, statuses, is_followed, was_failing) = store::load(
        &app.db,
        (
            store::accounts::by_key_id(&candidate.key_id),
            accounts,
            statuses,
            is_followed,
            store::instances::is_failing(&host),
        ),
    )
    .await?;
    let signer = match verify(app, &candidate, signer).await {
        Ok(signer) => signer,
        Err(error @ Error::Internal(_)) => return Err(error),
        Err(error) => return Ok(Outcome::Refused(error)),
    };
    if signer.uri != actor_uri {
        return Ok(Outcome::Refused(Error::Forbidden(
            "The activity is signed by somebody else than its actor".into(),
        )));
    }
    if signer.is_suspended() && !matches!(vocab::kind(&activity), "Delete" | "Reject" | "Undo" | "Update") {
        return Ok(Outcome::Refused(Error::Forbidden("The actor is suspended here".into())));
    }
    if was_failing {
        store::write(&app.db, store::instances::heard_from(&host, app.now())).await?;
    }
    receive::receive(app, &signer, &activity, &Known { accounts, statuses, is_followed }).await
}

/// Applies an activity whose sender is known to be `actor`, with what it names loaded here.
pub async fn process_verified(app: &App, actor: &Account, activity: &Value) -> Result<Outcome> {
    let (accounts, statuses, is_followed) =
        store::load(&app.db, receive::queries(activity, &actor.uri)).await?;
    receive::receive(app, actor, activity, &Known { accounts, statuses, is_followed }).await
}

/// Who made this signature: by the key that we have, else by the one their server has now.
///
/// Errors: `Unauthorized` where nobody did, `Unavailable` where their server does not answer.
pub async fn verify(app: &App, candidate: &Candidate, known: Option<Account>) -> Result<Account> {
    let wrong = || Error::Unauthorized("The signature does not verify".into());
    if app.site().is_ours(&candidate.key_id) {
        return Err(wrong());
    }
    let mut is_stale = true;
    if let Some(known) = known
        && let Some(key) = &known.public_key
    {
        let is_this_key = known.key_id() == candidate.key_id;
        if is_this_key && candidate.check(&app.crypto, &PublicKey::from_stored(key)).await? {
            return Ok(known);
        }
        is_stale = known.fetched_at.is_none_or(|at| app.now().0 - at.0 > REFETCH_AFTER);
        if is_this_key && !is_stale {
            return Err(wrong());
        }
    }
    if !is_stale {
        return Err(wrong());
    }
    let fetched = resolve::key_owner(app, &candidate.key_id).await?;
    let key = fetched.public_key.as_deref().map(PublicKey::from_stored).ok_or_else(wrong)?;
    if candidate.check(&app.crypto, &key).await? {
        return Ok(fetched);
    }
    // The same answer would be as wrong in the next minutes.
    app.shared.keep_missing(&candidate.key_id, app.now().plus(REFETCH_AFTER));
    Err(wrong())
}
