//! Remote quotes settled: what is quoted is fetched where it is not known, and its author's QuoteAuthorization is
//! fetched from its own server (FEP-044f). What is quoted may quote itself: two levels are followed.

use serde_json::{Value, json};

use super::note::has_open_quote;
use super::{fetch, resolve};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::id::Id;
use crate::model::quote::QuoteState;
use crate::model::status::StatusView;
use crate::model::uri;
use crate::services;
use crate::services::quote::Request;
use crate::store;

/// Levels of quotes of quotes that are followed.
const DEEPEST: i64 = 2;

/// The job `quote`: what becomes of the quote of the remote status with this uri.
pub async fn settle(app: &App, quoting_uri: &str, context: &str) -> Result<()> {
    let depth =
        serde_json::from_str::<Value>(context)?.get("depth").and_then(Value::as_i64).unwrap_or(DEEPEST);
    let Some(quoting) = store::load(&app.db, store::statuses::by_uri(quoting_uri)).await? else {
        return Ok(());
    };
    let status = &quoting.status;
    if status.is_local || !has_open_quote(status) {
        return Ok(());
    }
    let target = status.quote_uri.as_deref().unwrap_or_default();
    let quoted = match resolve::note_by_uri(app, target, 0).await {
        Ok(Some(id)) => store::load(&app.db, store::statuses::by_id(id, None)).await?,
        Ok(None) | Err(Error::NotFound | Error::Gone) => None,
        Err(error) => return Err(error),
    };
    let Some(quoted) = quoted.filter(|q| q.reblog.is_none()) else {
        store::write(&app.db, vec![store::quotes::settle(status, None, QuoteState::Deleted)]).await?;
        return Ok(());
    };
    let state = if quoted.account.id == quoting.account.id {
        QuoteState::Accepted
    } else {
        match &status.quote_stamp {
            None => QuoteState::Pending,
            Some(stamp) if is_genuine(app, stamp, &quoting, &quoted).await? => QuoteState::Accepted,
            Some(_) => QuoteState::Rejected,
        }
    };
    let mut batch = vec![store::quotes::settle(status, Some(quoted.status.id), state)];
    if state == QuoteState::Accepted && quoted.account.is_local() {
        let author = quoted.account.id;
        batch.push(store::notifications::quote(app.new_id(), author, quoting.account.id, &status.uri));
    }
    if depth < DEEPEST && !quoted.status.is_local && has_open_quote(&quoted.status) {
        let job = app.new_id();
        let deeper = json!({"depth": depth + 1}).to_string();
        batch.push(store::jobs::insert(job, "quote", &quoted.status.uri, &deeper, app.now()));
        app.hint(Message::Run(job));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Whether an authorization is valid: for this quote of this status, by its author, and served by the author's own
/// server at its own id. Local ones are rows.
///
/// Error: `Unavailable` where the server does not answer.
async fn is_genuine(app: &App, stamp: &str, quoting: &StatusView, quoted: &StatusView) -> Result<bool> {
    if quoted.account.is_local() {
        let id = store::load(&app.db, store::quotes::stamp_of(quoted.status.id, &quoting.status.uri)).await?;
        return Ok(id.is_some_and(|id| uri::stamp(&quoted.account.uri, id) == stamp));
    }
    if !vocab::is_same_host(stamp, &quoted.account.uri) {
        return Ok(false);
    }
    let document = match fetch::document(app, stamp).await {
        Ok(document) => document,
        Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => return Err(error),
        Err(_) => return Ok(false),
    };
    let says = |name: &str, wanted: &str| vocab::link_of(&document, name) == Some(wanted);
    Ok(vocab::kind(&document) == "QuoteAuthorization"
        && vocab::id(&document) == Some(stamp)
        && says("attributedTo", &quoted.account.uri)
        && says("interactingObject", &quoting.status.uri)
        && says("interactionTarget", &quoted.status.uri))
}

/// The context of a `quote_request` job.
pub fn request_context(actor: Id, uri: &str, quoted: Id) -> String {
    json!({"actor": actor.0, "uri": uri, "quoted": quoted.0}).to_string()
}

/// The job `quote_request`: the quoting status, which was only named, is read, and the request decided.
pub async fn requested(app: &App, quoting_uri: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let number = |name: &str| Id(context.get(name).and_then(Value::as_i64).unwrap_or_default());
    let id = resolve::note_by_uri(app, quoting_uri, 0).await?.ok_or(Error::NotFound)?;
    let (actor, quoting, quoted) = store::load(
        &app.db,
        (
            store::accounts::by_id(number("actor")),
            store::statuses::by_id(id, None),
            store::statuses::by_id(number("quoted"), None),
        ),
    )
    .await?;
    let (Some(actor), Some(quoting), Some(quoted)) = (actor, quoting, quoted) else { return Ok(()) };
    if quoting.account.id == actor.id && quoting.status.quote_uri.as_ref() == Some(&quoted.status.uri) {
        let uri = context.get("uri").and_then(Value::as_str).unwrap_or_default();
        let request = Request { uri, quoting_uri, quoted: quoted.status.id };
        services::quote::requested(app, &actor, &request, Some(&quoting.status)).await?;
    }
    Ok(())
}
