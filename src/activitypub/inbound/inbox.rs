//! The inbox: size → type → self-deletes of unknown actors → digest and signature → the activity, all of it
//! inline. 202 is answered after the commit; a failed commit is answered 503, so that the sender tries again.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::known::{self, Known, Outcome};
use super::{budget, forwarded, receive};
use crate::activitypub::remote::{keys, resolve};
use crate::activitypub::wire::signature::Candidate;
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::negotiate::is_activity_content_type;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::budget::By;
use crate::model::ledger::Work;
use crate::store;

pub async fn post(c: &Context<'_>) -> Result<Response> {
    // Before anything is read: others send again what was not accepted.
    if !c.app.allows(Work::Inbox) {
        return spent(c.app);
    }
    match process(c.app, c.request, c.segment("username").ok()).await {
        Ok(Outcome::Applied | Outcome::Ignored(_)) => Ok(Response::accepted()),
        Ok(Outcome::Refused(error @ Error::TooManyRequests)) => {
            let answer = Response::json(&json!({"error": error.public_message()})).status(error.status());
            Ok(answer.with("Retry-After", budget::retry_after(c.app).to_string()))
        }
        Err(Error::Spent(what)) => {
            crate::platform::log(&format!("inbox: {what}"));
            spent(c.app)
        }
        Ok(Outcome::Refused(error)) => Err(error),
        // What failed here may work in a minute: the sender must try again. Why is for the log only: the text has statements of
        // the database.
        Err(
            Error::Internal(what) | Error::Conflict(what) | Error::Unavailable(what) | Error::Platform(what),
        ) => Err(Error::Platform(what)),
        Err(error) => Err(error),
    }
}

/// A quota of the day is used up, or nearly: others come again after midnight, not all at once.
fn spent(app: &App) -> Result<Response> {
    let error = Error::Spent(String::new());
    let answer = Response::json(&json!({"error": error.public_message()})).status(error.status());
    Ok(answer.with("Retry-After", budget::retry_after(app).to_string()))
}

/// The activity of a request and its actor, before anything is read from the database.
fn read(app: &App, request: &Request) -> Result<(Value, String)> {
    if !is_activity_content_type(request.header("content-type")) {
        return Err(Error::UnsupportedMediaType);
    }
    let activity = vocab::parse(&request.body)?;
    let Some(actor_uri) = vocab::link_of(&activity, "actor").map(str::to_owned) else {
        return Err(Error::bad_request("The activity has no actor"));
    };
    if app.site().is_ours(&actor_uri) {
        return Err(Error::Forbidden("That actor is one of ours".into()));
    }
    Ok((activity, actor_uri))
}

/// The user name of a personal inbox; `None` for the shared one.
fn addressee(app: &App, request: &Request, username: Option<&str>) -> Vec<store::Query<Option<bool>>> {
    let domains = app.domains_asked(request);
    username.map(|name| store::accounts::is_deleted(name, &domains)).into_iter().collect()
}

/// The error of an inbox without an owner, as Mastodon answers: 404 where the account never existed, 410 where it is
/// deleted. Inboxes of suspended accounts accept activities.
fn unread(addressee: &[Option<bool>]) -> Option<Error> {
    match addressee.first()? {
        None => Some(Error::NotFound),
        Some(true) => Some(Error::Gone),
        Some(false) => None,
    }
}

/// What becomes of a request to an inbox: `username` is whose it is, `None` for the shared one.
pub async fn process(app: &App, request: &Request, username: Option<&str>) -> Result<Outcome> {
    // An inbox without an owner answers so whatever else is wrong with the request.
    let refused = async |error: Error| -> Result<Outcome> {
        let addressee = store::load(&app.db, addressee(app, request, username)).await?;
        Ok(Outcome::Refused(unread(&addressee).unwrap_or(error)))
    };
    let (activity, actor_uri) = match read(app, request) {
        Ok(read) => read,
        Err(error) => return refused(error).await,
    };
    let is_about_itself = matches!(vocab::kind(&activity), "Delete" | "Update")
        && vocab::link_of(&activity, "object") == Some(actor_uri.as_str());
    if is_about_itself {
        let sender = store::accounts::id_by_uri(&actor_uri);
        let (sender, addressee) = store::load(&app.db, (sender, addressee(app, request, username))).await?;
        if let Some(error) = unread(&addressee) {
            return Ok(Outcome::Refused(error));
        }
        // A Delete of an unknown actor is answered 202 without a write: its key could not be fetched any more.
        if sender.is_none() {
            return Ok(Outcome::Ignored("an actor that is not known here"));
        }
    }
    let candidate = match keys::prepare(app, request) {
        Ok(candidate) => candidate,
        Err(error) => return refused(error).await,
    };
    // One round trip for the sender's key and for all that the activity names.
    let (accounts, statuses, is_followed) = known::queries(app, &activity, &actor_uri);
    let host = vocab::host(&actor_uri).unwrap_or_default();
    let key_host = budget::host_of(&candidate.key_id).unwrap_or_default();
    let Some(subjects) = budget::subjects(&candidate.key_id) else {
        return refused(Error::Unauthorized("The key's id names no server".into())).await;
    };
    let (signer, accounts, statuses, is_followed, was_failing, (block, addressee, (used, is_relay, owner))) =
        store::load(
            &app.db,
            (
                store::accounts::by_key_id(&candidate.key_id),
                accounts,
                statuses,
                is_followed,
                store::instances::is_failing(&host),
                (
                    store::domain_blocks::effects(&[&host, &key_host]),
                    addressee(app, request, username),
                    budget::queries(app, &subjects, &candidate.key_id, &actor_uri),
                ),
            ),
        )
        .await?;
    let is_trusted = is_relay || owner.first().copied().unwrap_or(is_followed);
    if let Some(error) = unread(&addressee) {
        return Ok(Outcome::Refused(error));
    }
    if block.is_suspended() {
        return Ok(Outcome::Refused(Error::Forbidden("That server is blocked here".into())));
    }
    if block.rejects_reports && known::parts(&activity).iter().any(|part| vocab::kind(part) == "Flag") {
        return Ok(Outcome::Ignored("reports of that server are not taken"));
    }
    let by = subjects.by(is_trusted);
    if budget::is_over(app, &by, &used, vocab::kind(&activity)) {
        return Ok(Outcome::Refused(Error::TooManyRequests));
    }
    if budget::is_closed(app, &by, vocab::kind(&activity)) {
        return Ok(Outcome::Refused(Error::Unavailable("the database is full".into())));
    }
    let before = app.meter.written();
    let known = Known::new(accounts, statuses, is_followed);
    let verified = RefCell::default();
    let received = Received {
        activity: &activity,
        actor_uri: &actor_uri,
        host: &host,
        was_failing,
        is_trusted,
        verified: &verified,
    };
    let cause = budget::cause(app, by, &used);
    let work = Box::pin(receive(app, request, &received, known, &candidate, signer));
    let outcome = app.caused_by(cause, work).await;
    budget::count(app, verified.take().as_ref(), app.meter.written() - before).await?;
    outcome
}

/// An activity as it was read, and its actor.
struct Received<'a> {
    activity: &'a Value,
    actor_uri: &'a str,
    host: &'a str,
    was_failing: bool,
    /// Its signer is followed from here, or a relay.
    is_trusted: bool,
    /// Who has signed it, once that is verified.
    verified: &'a RefCell<Option<By>>,
}

/// The signature is by `signer`, who may be another than the name of the key let expect: from here on it is their cause.
/// Answers whether their budget is used up.
async fn is_over_now(app: &App, received: &Received<'_>, signer: &Account) -> Result<bool> {
    let Some(subjects) = budget::subjects(&signer.uri) else { return Ok(true) };
    let by = subjects.by(received.is_trusted);
    received.verified.replace(Some(by.clone()));
    if app.cause() == by {
        return Ok(false);
    }
    let used = budget::used(app, &subjects, &by).await?;
    let is_over = budget::is_over(app, &by, &used, vocab::kind(received.activity));
    app.cause.replace(budget::cause(app, by, &used));
    Ok(is_over)
}

/// Checks the signature, and applies the activity.
async fn receive(
    app: &App,
    request: &Request,
    received: &Received<'_>,
    mut known: Known,
    candidate: &Candidate,
    signer: Option<Account>,
) -> Result<Outcome> {
    let Received { activity, actor_uri, host, was_failing, .. } = *received;
    let source = request.source();
    let source = source.as_deref();
    let signer = match keys::verify(app, source, candidate, signer).await {
        Ok(signer) => signer,
        Err(error @ Error::Internal(_)) => return Err(error),
        Err(Error::Gone) => return Ok(Outcome::Ignored("its sender is gone")),
        Err(error) => return Ok(Outcome::Refused(error)),
    };
    if is_over_now(app, received, &signer).await? {
        return Ok(Outcome::Refused(Error::TooManyRequests));
    }
    let is_allowed_suspended = matches!(vocab::kind(activity), "Delete" | "Reject" | "Undo" | "Update");
    if signer.is_suspended() && !is_allowed_suspended {
        return Ok(Outcome::Refused(Error::Forbidden("The actor is suspended here".into())));
    }
    let is_direct = signer.uri == actor_uri;
    known.signed_at = is_direct.then_some(candidate.created);
    let actor = if is_direct {
        signer
    } else {
        // Anybody may pass on an old Update of an actor again: its own server says what the actor is now.
        let is_of_actor = vocab::kind(activity) == "Update"
            && vocab::list(activity, "object").into_iter().any(|o| vocab::link(o) == Some(actor_uri));
        let proven =
            if is_of_actor { None } else { forwarded::by_proof(app, source, activity, actor_uri).await? };
        match proven {
            Some((actor, _)) if actor.is_suspended() && !is_allowed_suspended => {
                return Ok(Outcome::Refused(Error::Forbidden("The actor is suspended here".into())));
            }
            Some((actor, created)) => {
                known.signed_at = Some(created);
                actor
            }
            None => {
                let mut outcomes = Vec::new();
                for part in known::parts(activity) {
                    outcomes.push(forwarded::later(app, &part, actor_uri, &known).await?);
                }
                return Ok(known::together(outcomes));
            }
        }
    };
    if was_failing && is_direct {
        store::write(&app.db, store::instances::recovered(&[host], app.now())).await?;
    }
    let outcome = receive::receive(app, &actor, activity, &known).await?;
    if is_direct {
        resolve::look_again(app, &actor);
        super::sync::receive(app, request, &actor).await?;
    }
    Ok(outcome)
}
