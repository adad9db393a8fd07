//! What somebody else than its actor brings: believed where it bears the actor's own proof (FEP-8b32), else
//! asked for at its origin. Linked Data Signatures are not looked at.

use crate::json;
use serde_json::Value;

use super::receive::{Known, Outcome};
use super::signature::proof;
use super::{fetch, inbox, keys, resolve, vocab};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::store;

/// The actor, where a proof of theirs is on the activity.
pub async fn by_proof(
    app: &App,
    source: Option<&str>,
    activity: &Value,
    actor: &str,
) -> Result<Option<Account>> {
    for candidate in proof::candidates(activity, app.now()) {
        if !vocab::is_same_host(&candidate.key_id, actor) {
            continue;
        }
        let known = store::load(&app.db, store::accounts::by_key_id(&candidate.key_id)).await?;
        match keys::verify(app, source, &candidate, known).await {
            Ok(account) if account.uri == actor => return Ok(Some(account)),
            Err(error @ Error::Internal(_)) => return Err(error),
            // Whatever is wrong with it, the origin still has its say.
            _ => {}
        }
    }
    Ok(None)
}

/// Has the origin of a forwarded activity asked, where it concerns somebody here.
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
            // Or leave to a quote, which the quoter's server passes on.
            let is_here = match object {
                Some(o) if !is_here => store::load(&app.db, store::quotes::is_stamp(o)).await?,
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
    let context = json!({"kind": kind, "actor": actor, "uri": vocab::id(activity)});
    let job = app.new_id();
    store::write(
        &app.db,
        vec![store::jobs::insert(job, "confirm", subject, &context.to_string(), app.now())],
    )
    .await?;
    app.hint(Message::Run(job));
    Ok(Outcome::Ignored("forwarded: its origin is asked"))
}

/// Asks the origin, and applies what it says.
///
/// Errors: as its server's; whatever the origin does not confirm is an error or nothing.
pub async fn run(app: &App, subject: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let (kind, actor) =
        (vocab::text(&context, "kind").unwrap_or(""), vocab::text(&context, "actor").unwrap_or(""));
    let found = fetch::document(app, subject).await;
    let activity = match (kind, found) {
        ("Delete", Ok(document)) if vocab::kind(&document) != "Tombstone" => return Ok(()),
        // An account is gone where its server says so; one that is merely not found may come back.
        ("Delete", Err(Error::NotFound)) if subject == actor => return Ok(()),
        ("Delete", Ok(_) | Err(Error::NotFound | Error::Gone)) => {
            json!({"type": "Delete", "actor": actor, "object": subject})
        }
        ("Announce", Ok(document)) => {
            if vocab::kind(&document) != "Announce" || vocab::link_of(&document, "actor") != Some(actor) {
                return Ok(());
            }
            document
        }
        (_, Ok(document)) => {
            json!({"id": context["uri"], "type": kind, "actor": actor, "to": document["to"], "cc": document["cc"], "object": document})
        }
        (_, Err(error)) => return Err(error),
    };
    let account = if kind == "Delete" {
        match store::load(&app.db, store::accounts::by_uri(actor)).await? {
            Some(account) => account,
            None => return Ok(()),
        }
    } else {
        resolve::account_by_uri(app, actor).await?
    };
    if account.is_local() {
        return Ok(());
    }
    match inbox::process_verified(app, &account, &activity).await? {
        Outcome::Refused(error) => Err(error),
        Outcome::Applied | Outcome::Ignored(_) => Ok(()),
    }
}
