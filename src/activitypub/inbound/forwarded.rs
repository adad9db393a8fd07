//! Activities that are sent by somebody else than their actor: accepted with the actor's integrity proof (FEP-8b32),
//! else fetched from their origin (the job `confirm`). Linked Data Signatures are ignored.

use serde_json::{Value, json};

use super::known::{Known, Outcome};
use crate::activitypub::remote::keys;
use crate::activitypub::wire::signature::proof;
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::time::{MINUTE, Time};
use crate::services;
use crate::store;

/// The actor, where a proof of theirs is on the activity, and when it was made.
pub async fn by_proof(
    app: &App,
    source: Option<&str>,
    activity: &Value,
    actor: &str,
) -> Result<Option<(Account, Time)>> {
    for candidate in proof::candidates(activity, actor, app.now()) {
        let known = store::load(&app.db, store::accounts::by_key_id(&candidate.key_id)).await?;
        match keys::verify(app, source, &candidate, known).await {
            Ok(account) if account.uri == actor => return Ok(Some((account, candidate.created))),
            Err(error) if error.is_ours() => return Err(error),
            // An invalid proof decides nothing: the origin is asked.
            _ => {}
        }
    }
    Ok(None)
}

/// Adds the job that asks the origin of a forwarded activity, where it concerns somebody here.
pub async fn later(app: &App, activity: &Value, actor: &str, known: &Known) -> Result<Outcome> {
    let kind = vocab::kind(activity);
    let refuse = |why: &str| Ok(Outcome::Refused(Error::Forbidden(why.into())));
    let object = vocab::link_of(activity, "object");
    let (subject, concerns_us) = match kind {
        "Create" | "Update" => (
            object,
            known.is_followed || !known.statuses.is_empty() || known.accounts.iter().any(Account::is_local),
        ),
        // Of a boost, the boost itself: its object says nothing of who boosted it.
        "Announce" => {
            (vocab::id(activity), known.is_followed || known.statuses.iter().any(|s| s.status.is_local))
        }
        "Delete" => {
            let is_here = object.is_some_and(|o| {
                known.status(o).is_some_and(|s| s.account.uri == actor)
                    || (o == actor && known.account(o).is_some_and(|a| !a.is_local()))
            });
            // Or the authorization of a quote, whose Delete the quoting server forwards, or what waits for staff.
            let is_here = match object {
                Some(o) if !is_here => {
                    let parts = (store::quotes::is_stamp(o), store::held::visibility(o, actor));
                    let (is_stamp, held) = store::load(&app.db, parts).await?;
                    is_stamp || held.is_some()
                }
                _ => is_here,
            };
            (object, is_here)
        }
        _ => return refuse("The activity is signed by somebody else than its actor"),
    };
    let Some(subject) = subject.filter(|s| vocab::is_same_host(s, actor)) else {
        return refuse(
            "The activity is signed by somebody else than its actor, and nothing of its own can be asked for",
        );
    };
    if !concerns_us {
        return Ok(Outcome::Ignored("nobody here is concerned"));
    }
    // Without the activity's id, which anybody can make up: it is one job, however often it is passed on.
    let context = json!({"kind": kind, "actor": actor}).to_string();
    let name = format!("confirm {kind} {subject}");
    if app.shared.lately.borrow_mut().add(name, MINUTE, app.now()) > 0 {
        // Asked a moment ago: asked once more later, for whatever has come since.
        let (id, at) = (app.new_id(), app.now().plus(MINUTE));
        let later = store::jobs::insert_for(app.cause(), id, "confirm", subject, &context, at);
        store::write(&app.db, vec![later]).await?;
        return Ok(Outcome::Ignored("forwarded: its origin was asked a moment ago, and will be"));
    }
    services::job::start(app, "confirm", subject, &context).await?;
    Ok(Outcome::Ignored("forwarded: its origin is asked"))
}
