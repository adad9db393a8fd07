//! Remote quotes settled: what is quoted is fetched where it is not known, and its author's QuoteAuthorization is
//! fetched from its own server (FEP-044f). What is quoted may quote itself: two levels are followed.

use serde_json::{Value, json};

use super::note::{has_open_quote, to_status};
use super::{fetch, resolve};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::quote::QuoteState;
use crate::model::status::StatusView;
use crate::model::uri::{self, Local};
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
        Err(Error::Gone) => {
            store::write(&app.db, vec![store::quotes::store_result(status, None, QuoteState::Deleted)])
                .await?;
            return Ok(());
        }
        // What is not shown to us may be there for others.
        Ok(None) | Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let Some(quoted) = quoted.filter(|q| q.reblog.is_none()) else {
        store::write(&app.db, vec![store::quotes::store_result(status, None, QuoteState::Pending)]).await?;
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
    let mut batch = vec![store::quotes::store_result(status, Some(quoted.status.id), state)];
    if state == QuoteState::Accepted && quoted.account.is_local() {
        let author = quoted.account.id;
        batch.push(store::notifications::quote(app.new_id(), author, quoting.account.id, &status.uri));
    }
    if depth < DEEPEST && !quoted.status.is_local && has_open_quote(&quoted.status) {
        let deeper = json!({"depth": depth + 1}).to_string();
        batch.push(services::job::row(app, "quote", &quoted.status.uri, &deeper));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Whether an authorization is valid: for this quote of this status, by its author, and served by the author's own
/// server at its own id. Local ones are rows.
///
/// Error: `Remote` where the server does not answer.
async fn is_genuine(app: &App, stamp: &str, quoting: &StatusView, quoted: &StatusView) -> Result<bool> {
    if quoted.account.is_local() {
        let id = store::load(
            &app.db,
            store::quotes::stamp_of(quoted.status.id, quoting.account.id, &quoting.status.uri),
        )
        .await?;
        return Ok(id.is_some_and(|id| uri::stamp(&quoted.account.uri, id) == stamp));
    }
    if !vocab::is_same_host(stamp, &quoted.account.uri) {
        return Ok(false);
    }
    let document = match fetch::document(app, stamp).await {
        Ok(document) => document,
        Err(error) if error.is_temporary() || error.is_ours() => return Err(error),
        Err(_) => return Ok(false),
    };
    let says = |name: &str, wanted: &str| vocab::link_of(&document, name) == Some(wanted);
    Ok(vocab::kind(&document) == "QuoteAuthorization"
        && vocab::id(&document) == Some(stamp)
        && says("attributedTo", &quoted.account.uri)
        && says("interactingObject", &quoting.status.uri)
        && says("interactionTarget", &quoted.status.uri))
}

/// The author of a local status, and its id. Without an id: there is no such status, and the author is the account that
/// its address names.
async fn author_of(app: &App, uri: &str) -> Result<Option<(Account, Option<Id>)>> {
    if let Some(view) = store::load(&app.db, store::statuses::by_uri(uri)).await?
        && view.reblog.is_none()
    {
        return Ok(Some((view.account, Some(view.status.id))));
    }
    let Some((domain, Local::Status(name, _))) = resolve::local(app, uri) else { return Ok(None) };
    let named = store::accounts::local_by_username(&name, &app.site().sharing(&domain));
    let author = store::load(&app.db, named).await?;
    Ok(author.filter(|author| author.deleted_at.is_none()).map(|author| (author, None)))
}

/// What a QuoteRequest shows of the quoting status.
pub enum Instrument<'a> {
    /// Its note, by the actor.
    Note(&'a Value),
    /// Its address; the note is the one that is here.
    Known,
    /// Its address; its server does not show the note to us.
    Hidden,
}

/// Decides about a QuoteRequest of `actor` by the policy of what it quotes, and answers it with an Accept or a Reject.
/// `known` is the quoting status as it is stored, by `actor`. What its author revoked once is not accepted again.
/// Returns whether it was accepted; `None` where the object is no status of a local account.
pub async fn decide(
    app: &App,
    actor: &Account,
    request: &Request<'_>,
    known: Option<&StatusView>,
    instrument: Instrument<'_>,
) -> Result<Option<bool>> {
    let Some((author, id)) = author_of(app, request.quoted_uri).await? else { return Ok(None) };
    let note = match instrument {
        Instrument::Note(document) => vocab::note::read(document, Some(actor)),
        _ => None,
    };
    let said = note.as_ref().and_then(|note| note.quote.as_ref()?.uri.as_deref());
    let kept = known.and_then(|known| known.status.quote_uri.as_deref());
    let says_so = match instrument {
        Instrument::Note(_) => said == Some(request.quoted_uri) && kept.is_none_or(|k| Some(k) == said),
        Instrument::Known => kept == Some(request.quoted_uri),
        Instrument::Hidden => kept.is_none_or(|kept| kept == request.quoted_uri),
    };
    let is_revoked = known.is_some_and(|known| known.status.quote_state == Some(QuoteState::Revoked));
    let quoted = match id {
        Some(id) if says_so && !is_revoked => {
            services::quote::quotable(app, actor, id, request.quoting_uri).await?
        }
        _ => None,
    };
    let Some(quoted) = quoted else {
        let quote = known.map(|known| known.status.id).zip(id);
        services::quote::refuse(app, actor, request, author.id, quote).await?;
        return Ok(Some(false));
    };
    if let (None, Some(note)) = (known, &note) {
        let mut status = to_status(app, actor, note).await?;
        // Staff may let it through: it asks again then.
        if !resolve::is_let_in(app, actor, &mut status, false).await? {
            return Ok(None);
        }
        services::publish::receive(app, status, false).await?;
    }
    services::quote::grant(app, actor, request, &quoted, known.map(|known| &known.status)).await?;
    Ok(Some(true))
}

/// The context of a `quote_request` job.
pub fn request_context(actor: Id, request: &Request<'_>) -> String {
    json!({"actor": actor.0, "uri": request.uri, "quoted": request.quoted_uri}).to_string()
}

/// The job `quote_request`: the quoting status, of which only the id was given, is fetched from its origin, and the
/// request is decided. Where its server does not show it to us, it may be for followers only: then the policy decides
/// by the actor alone, who has signed the request.
///
/// Error: `Unavailable` where the server does not answer.
pub async fn requested(app: &App, quoting_uri: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let text = |name: &str| vocab::text(&context, name).unwrap_or_default();
    let actor = Id(context.get("actor").and_then(Value::as_i64).unwrap_or_default());
    let (actor, known) =
        store::load(&app.db, (store::accounts::by_id(actor), store::statuses::by_uri(quoting_uri))).await?;
    let Some(actor) = actor else { return Ok(()) };
    let request = Request { uri: text("uri"), quoting_uri, quoted_uri: text("quoted") };
    let document = match fetch::document(app, quoting_uri).await {
        Err(Error::NotFound | Error::Gone) => None,
        found => Some(found?),
    };
    let is_theirs = |document: &Value| {
        vocab::list(document, "attributedTo").into_iter().filter_map(vocab::link).any(|a| a == actor.uri)
    };
    if document.as_ref().is_some_and(|d| !is_theirs(d))
        || known.as_ref().is_some_and(|k| k.account.id != actor.id)
    {
        return Ok(());
    }
    let instrument = document.as_ref().map_or(Instrument::Hidden, Instrument::Note);
    decide(app, &actor, &request, known.as_ref(), instrument).await?;
    Ok(())
}
