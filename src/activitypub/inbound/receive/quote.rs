//! QuoteRequest, its answers, and quotes of an Update (FEP-044f).

use serde_json::Value;

use super::origin::own_object;
use super::{Known, Outcome};
use crate::activitypub::remote::note::QUOTE_JOB;
use crate::activitypub::remote::quotes::{self, Instrument};
use crate::activitypub::wire::vocab;
use crate::activitypub::wire::vocab::note::RemoteNote;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::quote::QuoteState;
use crate::model::status::StatusView;
use crate::model::uri;
use crate::services;
use crate::services::quote::Request;
use crate::store;

/// An Update of a status that we have says something of its quote.
pub async fn update(app: &App, old: &StatusView, note: &RemoteNote) -> Result<bool> {
    let Some(quote) = &note.quote else { return Ok(false) };
    let (id, author) = (old.status.id, old.account.id);
    let Some(uri) = &quote.uri else {
        let is_kept = |s| matches!(s, QuoteState::Deleted | QuoteState::Revoked);
        let is_news = old.status.quote_state.is_some_and(|s| !is_kept(s));
        store::write(&app.db, vec![store::quotes::set_deleted(id, author)]).await?;
        return Ok(is_news);
    };
    if old.status.quote_state == Some(QuoteState::Accepted) {
        // Of ours and of their own nothing is to be proven.
        let is_settled = old.quote.as_ref().is_some_and(|q| q.account.is_local() || q.account.id == author);
        if is_settled || old.status.quote_stamp == quote.stamp {
            return Ok(false);
        }
        if quote.stamp.is_none() {
            store::write(&app.db, vec![store::quotes::clear_stamp(id, author)]).await?;
            return Ok(true);
        }
    }
    let claim = store::quotes::set_pending(id, author, uri, quote.stamp.as_deref());
    let rows = store::write(&app.db, vec![claim]).await?;
    let is_news = rows.first().is_some_and(|r| !r.is_empty());
    if is_news {
        services::job::start(app, "quote", &old.status.uri, QUOTE_JOB).await?;
    }
    Ok(is_news)
}

/// A QuoteRequest. It is answered with an Accept or a Reject: a bare 403, which some servers take for a failure to be
/// tried again, is only for requests that speak for somebody else.
pub async fn request(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let refuse = |why: &str| Ok(Outcome::Refused(Error::Forbidden(why.into())));
    let Some(id) = vocab::id(activity) else {
        return Ok(Outcome::Refused(Error::bad_request("The request has no id")));
    };
    let Some((instrument, quoting)) =
        vocab::first(activity, "instrument").and_then(|i| vocab::link(i).map(|uri| (i, uri)))
    else {
        return Ok(Outcome::Refused(Error::bad_request("The request has no instrument")));
    };
    if !vocab::is_same_host(id, &actor.uri) || !vocab::is_same_host(quoting, &actor.uri) {
        return refuse("The request is of another origin than its actor");
    }
    let Some(quoted_uri) = vocab::link_of(activity, "object").filter(|o| app.site().is_ours(o)) else {
        return Ok(Outcome::Ignored("its object is no status of ours"));
    };
    let request = Request { uri: id, quoting_uri: quoting, quoted_uri };
    let kept = known.status(quoting);
    if kept.is_some_and(|status| status.account.id != actor.id) {
        return refuse("The instrument is somebody else's");
    }
    let shown = if instrument.is_object() {
        match own_object(actor, Some(instrument)) {
            Ok(note) => Instrument::Note(note),
            Err(outcome) => return Ok(outcome),
        }
    } else if kept.is_some_and(|kept| kept.status.quote_uri.as_deref() == Some(quoted_uri)) {
        Instrument::Known
    } else {
        // Only its id is given: it is read at its origin before anything is said.
        let context = quotes::request_context(actor.id, &request);
        services::job::start(app, "quote_request", quoting, &context).await?;
        return Ok(Outcome::Applied);
    };
    Ok(match quotes::decide(app, actor, &request, kept, shown).await? {
        Some(true) => Outcome::Applied,
        Some(false) => Outcome::Ignored("it may not quote that"),
        None => Outcome::Ignored("its object is no status of ours"),
    })
}

/// Whether an Accept or Reject answers a QuoteRequest.
pub fn is_answer(activity: &Value) -> bool {
    vocab::first(activity, "object").is_some_and(|object| {
        vocab::kind(object) == "QuoteRequest"
            || (object.is_string() && vocab::link(object).and_then(uri::of_quote_request).is_some())
    })
}

/// Accept or Reject of a QuoteRequest of ours: only the author of what is quoted may answer it.
pub async fn answer(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let none = || Ok(Outcome::Ignored("it answers no quote of ours"));
    let Some(object) = vocab::first(activity, "object") else { return none() };
    let by_instrument = vocab::link_of(object, "instrument").and_then(|uri| known.status(uri)).cloned();
    let quoting = match (by_instrument, vocab::link(object)) {
        (Some(status), _) => Some(status),
        (None, Some(uri)) => match uri::of_quote_request(uri).filter(|_| app.site().is_ours(uri)) {
            Some(id) => store::load(&app.db, store::statuses::by_id(id, None)).await?,
            None => None,
        },
        _ => None,
    };
    let Some(quoting) = quoting.filter(|q| q.account.is_local()) else { return none() };
    let Some(quoted) = quoting.quote.as_deref() else { return none() };
    if quoted.account.id != actor.id {
        return none();
    }
    if vocab::kind(activity) == "Reject" {
        services::quote::rejected(app, &quoting, quoted).await?;
        return Ok(Outcome::Applied);
    }
    match vocab::link_of(activity, "result") {
        Some(stamp) if vocab::is_same_host(stamp, &actor.uri) => {
            services::quote::accepted(app, &quoting, quoted, stamp).await?;
            Ok(Outcome::Applied)
        }
        Some(_) => Ok(Outcome::Refused(Error::Forbidden(
            "The authorization is of another origin than its author".into(),
        ))),
        None => Ok(Outcome::Refused(Error::bad_request("The Accept has no authorization"))),
    }
}
