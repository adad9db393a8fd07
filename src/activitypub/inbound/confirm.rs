//! The job `confirm`: a forwarded activity is asked for at its origin, and what the origin says is applied.

use serde_json::{Value, json};

use super::known::{self, Known, Outcome};
use super::receive;
use crate::activitypub::remote::{fetch, resolve};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::status::Visibility;
use crate::store;

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
        ("Delete", Err(Error::NotFound)) if !would_be_shown(app, subject, actor).await? => return Ok(()),
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
            // The forwarder named the actor: the document itself must say so.
            let is_actor = vocab::id(&document) == Some(actor);
            let mut authors = vocab::list(&document, "attributedTo").into_iter().filter_map(vocab::link);
            if !is_actor && !authors.any(|author| author == actor) {
                return Ok(());
            }
            json!({"type": kind, "actor": actor, "to": document["to"], "cc": document["cc"], "object": document})
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
    match process_verified(app, &account, &activity).await? {
        Outcome::Refused(error) => Err(error),
        Outcome::Applied | Outcome::Ignored(_) => Ok(()),
    }
}

/// Whether the origin would show `subject` to us if it were there, so that a 404 means that it is deleted: a public or
/// unlisted status of `actor`, stored or held for staff, or the authorization of a quote where both statuses are such. To
/// who asks in our name a server answers 404 for everything else as well, and an account that is not found may come
/// back: those are deleted where their server says so, by a 410 or a Tombstone.
async fn would_be_shown(app: &App, subject: &str, actor: &str) -> Result<bool> {
    let parts = (
        store::statuses::by_uri(subject),
        store::quotes::visibility_by_stamp(subject),
        store::held::visibility(subject, actor),
    );
    let (status, quote, held) = store::load(&app.db, parts).await?;
    Ok(match status {
        Some(view) => view.account.uri == actor && view.status.visibility.is_distributable(),
        None => quote.or(held).is_some_and(Visibility::is_distributable),
    })
}

/// Applies an activity whose sender is known to be `actor`, with what it names loaded here.
pub async fn process_verified(app: &App, actor: &Account, activity: &Value) -> Result<Outcome> {
    let (accounts, statuses, is_followed) =
        store::load(&app.db, known::queries(app, activity, &actor.uri)).await?;
    receive::receive(app, actor, activity, &Known::new(accounts, statuses, is_followed)).await
}
