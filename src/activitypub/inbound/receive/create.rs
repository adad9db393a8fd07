//! Create and Update.

use serde_json::Value;

use super::origin::own_object;
use super::{Known, Outcome, quote};
use crate::activitypub::remote::note::{build, fill_quote, has_open_quote, look_into_quote, poll as poll_of};
use crate::activitypub::remote::resolve;
use crate::activitypub::wire::vocab;
use crate::activitypub::wire::vocab::note::RemoteNote;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::status::{Status, Visibility};
use crate::model::time::DAY;
use crate::services;
use crate::store;

/// Whether that is somebody of ours, and not gone.
fn is_here(known: &Known, uri: &str) -> bool {
    known.account(uri).is_some_and(|account| account.is_local() && account.deleted_at.is_none())
}

/// Whether a note concerns anybody here.
fn is_relevant(app: &App, note: &RemoteNote, known: &Known) -> bool {
    let addresses_us = note.mentioned.iter().chain(&note.addressed).any(|u| is_here(known, u));
    let answers_us =
        note.in_reply_to.as_deref().is_some_and(|p| known.status(p).is_some() || app.site().is_ours(p));
    addresses_us || (note.visibility != Visibility::Direct && (known.is_followed || answers_us))
}

pub async fn create(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let objects = vocab::list(activity, "object");
    if objects.len() > 1 {
        return votes(app, actor, &objects, known).await;
    }
    if let Some(Value::String(uri)) = objects.first() {
        return by_id(app, actor, activity, uri, known).await;
    }
    let object = match own_object(actor, objects.first().copied()) {
        Ok(object) => object,
        Err(outcome) => return Ok(outcome),
    };
    let Some(note) = vocab::note::read(object, Some(actor)) else {
        return Ok(Outcome::Ignored("its object is nothing that is shown here"));
    };
    if note.is_vote {
        return vote(app, actor, &note, known).await;
    }
    if known.status(&note.uri).is_some() {
        return Ok(Outcome::Ignored("known already"));
    }
    if !is_relevant(app, &note, known) {
        return Ok(Outcome::Ignored("nobody here is concerned"));
    }
    let parent = note.in_reply_to.as_deref().and_then(|p| known.status(p));
    let mut status = build(app, actor, &note, &|uri| known.account(uri).cloned(), parent);
    fill_quote(&mut status, &note, &|uri| known.status(uri));
    let quoting = has_open_quote(&status).then(|| status.clone());
    let missing = status.in_reply_to_uri.clone().filter(|p| !app.site().is_ours(p));
    let Some(_) = services::publish::receive(app, status).await? else {
        return Ok(Outcome::Ignored("known or deleted already"));
    };
    if let Some(parent) = missing {
        // What it answers is not here: it is fetched once the answer is out.
        let job = app.new_id();
        store::write(&app.db, vec![store::jobs::insert(job, "note", &parent, "{}", app.now())]).await?;
        app.hint(Message::Run(job));
    }
    if let Some(quoting) = quoting {
        look_into_quote(app, &quoting).await?;
    }
    Ok(Outcome::Applied)
}

/// Only the id of what was made is given: it is read at its origin.
async fn by_id(app: &App, actor: &Account, activity: &Value, uri: &str, known: &Known) -> Result<Outcome> {
    if known.status(uri).is_some() {
        return Ok(Outcome::Ignored("known already"));
    }
    let mut addressed = vocab::links(activity, "to");
    addressed.extend(vocab::links(activity, "cc"));
    let addresses_us = addressed.iter().any(|u| is_here(known, u));
    if !vocab::is_same_host(uri, &actor.uri) || !(known.is_followed || addresses_us) {
        return Ok(Outcome::Ignored("nobody here is concerned"));
    }
    let job = app.new_id();
    store::write(&app.db, vec![store::jobs::insert(job, "note", uri, "{}", app.now())]).await?;
    app.hint(Message::Run(job));
    Ok(Outcome::Applied)
}

/// Several objects at once: votes, as GoToSocial sends those of one ballot. Others come one by one.
async fn votes(app: &App, actor: &Account, objects: &[&Value], known: &Known) -> Result<Outcome> {
    let mut outcome = Outcome::Ignored("its objects are no votes");
    for object in objects.iter().take(MOST_VOTES) {
        let object = match own_object(actor, Some(object)) {
            Ok(object) => object,
            Err(refused) => return Ok(refused),
        };
        if let Some(note) = vocab::note::read(object, Some(actor)).filter(|n| n.is_vote) {
            let one = vote(app, actor, &note, known).await?;
            if outcome != Outcome::Applied {
                outcome = one;
            }
        }
    }
    Ok(outcome)
}

/// So many votes are taken out of one activity: a poll of ours has no more options.
const MOST_VOTES: usize = crate::model::poll::MAX_OPTIONS;

async fn vote(app: &App, actor: &Account, note: &RemoteNote, known: &Known) -> Result<Outcome> {
    let poll = note.in_reply_to.as_deref().and_then(|p| known.status(p)).filter(|p| p.account.is_local());
    let Some(poll) = poll else { return Ok(Outcome::Ignored("a vote in a poll that is not here")) };
    let option = note.title.as_deref().unwrap_or("");
    Ok(if services::vote::receive(app, actor, poll, option, &note.uri).await? {
        Outcome::Applied
    } else {
        Outcome::Ignored("a vote that does not count")
    })
}

/// Nothing that people read is other than it was.
fn is_same_text(note: &RemoteNote, old: &Status) -> bool {
    note.content == old.content
        && note.spoiler_text == old.spoiler_text
        && note.is_sensitive == old.is_sensitive
        && note.media == old.media
}

pub async fn update(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let Some(object) = vocab::first(activity, "object").filter(|o| o.is_object()) else {
        return Ok(Outcome::Ignored("its object is not enclosed"));
    };
    if vocab::actor::is_actor(object) {
        if vocab::id(object) != Some(actor.uri.as_str()) {
            return Ok(Outcome::Refused(Error::Forbidden("An actor updates nobody but itself".into())));
        }
        return match resolve::store_actor(app, object).await {
            Ok(_) => Ok(Outcome::Applied),
            Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => Err(error),
            Err(error) => Ok(Outcome::Refused(error)),
        };
    }
    let object = match own_object(actor, Some(object)) {
        Ok(object) => object,
        Err(outcome) => return Ok(outcome),
    };
    let Some(mut note) = vocab::note::read(object, Some(actor)) else {
        return Ok(Outcome::Ignored("its object is nothing that is shown here"));
    };
    let Some(old) = known.status(&note.uri) else {
        // An Update may come before its Create, which servers try for days; what is older, and never was here,
        // stays away.
        let is_recent = note.published.is_some_and(|p| app.now().0 - p.0 < 7 * DAY);
        return if is_recent {
            create(app, actor, activity, known).await
        } else {
            Ok(Outcome::Ignored("not known here"))
        };
    };
    if old.status.account_id != actor.id {
        return Ok(Outcome::Refused(Error::Forbidden("The status is somebody else's".into())));
    }
    // What stands beside the text changes without an edit.
    let mut is_told = quote::update(app, old, &note).await?;
    if (note.quote_policy, note.rules) != (old.status.quote_policy, old.status.rules) {
        let (id, quoting) = (old.status.id, note.quote_policy);
        store::write(&app.db, vec![store::statuses::set_policies(id, actor.id, quoting, note.rules)]).await?;
        is_told = true;
    }
    // Polls tell their counts by Update without being edited, or say that they were.
    note.poll = poll_of(app, &note, old.status.poll.as_ref());
    if let (Some(new), Some(before)) = (&note.poll, &old.status.poll)
        && new.is_same_question(before)
    {
        if new != before {
            services::vote::recount(app, old.status.id, new, before).await?;
            is_told = true;
        }
        if new != before && is_same_text(&note, &old.status) {
            return Ok(Outcome::Applied);
        }
    }
    let is_older = note.updated.is_none_or(|at| old.status.edited_at.is_some_and(|known| known >= at));
    if is_told && is_older {
        return Ok(Outcome::Applied);
    }
    let Some(edited_at) = note.updated else { return Ok(Outcome::Ignored("it was not edited")) };
    if old.status.edited_at.is_some_and(|known| known >= edited_at) {
        return Ok(Outcome::Ignored("an older edit than the one here"));
    }
    let mut status = build(app, actor, &note, &|uri| known.account(uri).cloned(), None);
    status.id = old.status.id;
    status.visibility = old.status.visibility;
    status.edited_at = Some(edited_at.min(app.now()));
    services::publish::receive_edit(app, &status).await?;
    Ok(Outcome::Applied)
}
