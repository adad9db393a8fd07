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
use crate::model::account::Account;
use crate::model::status::{Attachment, Status, Visibility};
use crate::model::time::DAY;
use crate::services;
use crate::services::held::{Incoming, Verdict};
use crate::store;
use crate::text::sanitize::visible_form;

/// Whether that is a local account that is not deleted.
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
    let object = vocab::first(activity, "object");
    if let Some(Value::String(uri)) = object {
        return by_id(app, actor, activity, uri, known).await;
    }
    let object = match own_object(actor, object) {
        Ok(object) => object,
        Err(outcome) => return Ok(outcome),
    };
    let Some(note) = vocab::note::read(object, Some(actor)) else {
        return Ok(Outcome::Ignored("its object is nothing that is shown here"));
    };
    if note.is_vote || is_vote_here(&note, known) {
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
    if let Some(outcome) = judge(app, actor, activity, known, &mut status, false).await? {
        return Ok(outcome);
    }
    let quoting = has_open_quote(&status).then(|| status.clone());
    let missing = status.in_reply_to_uri.clone().filter(|p| !app.site().is_ours(p));
    let Some(_) = services::publish::receive(app, status, true).await? else {
        return Ok(Outcome::Ignored("known or deleted already"));
    };
    if let Some(parent) = missing {
        // What it answers is not here: it is fetched once the answer is sent.
        services::job::start(app, "note", &parent, "{}").await?;
    }
    if let Some(quoting) = quoting {
        look_into_quote(app, &quoting).await?;
    }
    Ok(Outcome::Applied)
}

/// The activity as it is kept where it waits for staff. An Update of what is not stored becomes a Create, since it may be old by then.
fn kept(activity: &Value, is_edit: bool) -> String {
    let mut kept = serde_json::Map::new();
    for name in ["id", "actor", "to", "cc", "published", "object"] {
        if let Some(value) = activity.get(name) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    kept.insert("type".to_owned(), Value::from(if is_edit { "Update" } else { "Create" }));
    Value::Object(kept).to_string()
}

/// Judges a status that arrives: `None` where it is let in. It may be limited then.
async fn judge(
    app: &App,
    actor: &Account,
    activity: &Value,
    known: &Known,
    status: &mut Status,
    is_edit: bool,
) -> Result<Option<Outcome>> {
    if known.is_let_through {
        return Ok(None);
    }
    let activity = || kept(activity, is_edit);
    let incoming = Incoming { is_followed: Some(known.is_followed), activity: &activity, is_edit };
    Ok(match services::held::judge(app, actor, status, &incoming).await? {
        Verdict::Passes => None,
        Verdict::Held => Some(Outcome::Applied),
        Verdict::Refused => Some(Outcome::Ignored("a rule against spam")),
    })
}

/// Whether a note is a vote in a poll of ours: it answers that, goes to its author and not to everybody, and its name is
/// one of the options. Whatever its content is (snac sends a line break).
fn is_vote_here(note: &RemoteNote, known: &Known) -> bool {
    let poll = note.in_reply_to.as_deref().and_then(|p| known.status(p)).filter(|p| p.account.is_local());
    let Some((poll, name)) = poll.zip(note.vote.as_deref()) else { return false };
    let is_option = poll.status.poll.as_ref().is_some_and(|p| services::vote::choice(p, name).is_some());
    is_option && !note.visibility.is_distributable() && note.addressed.contains(&poll.account.uri)
}

/// Whether an object that is given only by its id is to be fetched.
fn is_asked_for(actor: &Account, activity: &Value, uri: &str, known: &Known) -> bool {
    let addresses_us =
        || ["to", "cc"].iter().any(|name| vocab::links(activity, name).iter().any(|u| is_here(known, u)));
    known.status(uri).is_none()
        && vocab::is_same_host(uri, &actor.uri)
        && (known.is_followed || addresses_us())
}

/// An object that is given only by its id: a job fetches it.
async fn by_id(app: &App, actor: &Account, activity: &Value, uri: &str, known: &Known) -> Result<Outcome> {
    if !is_asked_for(actor, activity, uri, known) {
        return Ok(Outcome::Ignored("known already, or nobody here is concerned"));
    }
    services::job::start(app, "note", uri, "{}").await?;
    Ok(Outcome::Applied)
}

/// How many objects of a long list are fetched by jobs.
const MAX_REMAINING: usize = 16;

/// Objects beyond what one invocation can apply: jobs fetch them.
pub async fn left_over(
    app: &App,
    actor: &Account,
    activity: &Value,
    objects: &[&Value],
    known: &Known,
) -> Result<Outcome> {
    let named = objects.iter().take(MAX_REMAINING).filter_map(|object| vocab::link(object));
    let jobs: Vec<_> = named
        .filter(|uri| is_asked_for(actor, activity, uri, known))
        .map(|uri| (app.new_id(), uri.to_owned(), "{}".to_owned()))
        .collect();
    if jobs.is_empty() {
        return Ok(Outcome::Ignored("nobody here is concerned"));
    }
    store::write(&app.db, vec![store::jobs::insert_all(app.cause(), "note", &jobs, app.now())]).await?;
    Ok(Outcome::Applied)
}

async fn vote(app: &App, actor: &Account, note: &RemoteNote, known: &Known) -> Result<Outcome> {
    let poll = note.in_reply_to.as_deref().and_then(|p| known.status(p)).filter(|p| p.account.is_local());
    let Some(poll) = poll else { return Ok(Outcome::Ignored("a vote in a poll that is not here")) };
    let option = note.vote.as_deref().unwrap_or("");
    Ok(if services::vote::receive(app, actor, poll, option, &note.uri).await? {
        Outcome::Applied
    } else {
        Outcome::Ignored("a vote that does not count")
    })
}

/// Whether readers see nothing of what changed. What a picture measures is no change, and neither is markup that
/// nobody sees.
fn reads_alike(note: &RemoteNote, old: &Status) -> bool {
    let shown = |all: &[Attachment]| -> Vec<(String, String, Option<String>)> {
        all.iter().map(|a| (a.kind.clone(), a.url.clone(), a.description.clone())).collect()
    };
    note.spoiler_text == old.spoiler_text
        && note.is_sensitive == old.is_sensitive
        && shown(&note.media) == shown(&old.media)
        && (note.content == old.content || visible_form(&note.content) == visible_form(&old.content))
}

/// Whether a note is of before the stored version: nothing of it counts. A server that dates its edits dates them all, so
/// that one without a date is the original; Mastodon ignores those as well.
fn is_outdated(note: &RemoteNote, old: &Status) -> bool {
    note.updated < old.edited_at.max(old.refreshed_at)
}

pub async fn update(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let Some(object) = vocab::first(activity, "object").filter(|o| o.is_object()) else {
        return Ok(Outcome::Ignored("its object is not enclosed"));
    };
    if vocab::actor::is_actor(object) {
        if vocab::id(object) != Some(actor.uri.as_str()) {
            return Ok(Outcome::Refused(Error::Forbidden("An actor updates nobody but itself".into())));
        }
        return match resolve::store_updated(app, object, known.signed_at).await {
            Ok(_) => Ok(Outcome::Applied),
            Err(error) if error.is_temporary() || error.is_ours() => Err(error),
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
        if actor.is_suspended() {
            return Ok(Outcome::Ignored("the actor is suspended here"));
        }
        // An Update may arrive before its Create, which servers retry for days. Of an older note that is not known here it
        // is ignored.
        let is_recent = note.published.is_some_and(|p| app.now().0 - p.0 < 7 * DAY);
        let may_wait = app.site().spam.may_hold(app.now()) && !known.is_let_through && !known.is_followed;
        let waits = may_wait && {
            let status = build(app, actor, &note, &|uri| known.account(uri).cloned(), None);
            services::held::replace(app, actor, &status, &|| kept(activity, false)).await?
        };
        return if waits {
            Ok(Outcome::Applied)
        } else if is_recent {
            create(app, actor, activity, known).await
        } else {
            Ok(Outcome::Ignored("not known here"))
        };
    };
    if old.status.account_id != actor.id {
        return Ok(Outcome::Refused(Error::Forbidden("The status is somebody else's".into())));
    }
    if is_outdated(&note, &old.status) {
        return Ok(Outcome::Ignored("older than what is here"));
    }
    // What is no part of the text changes without an edit.
    let mut is_told = quote::update(app, old, &note).await?;
    if (note.quote_policy, note.rules) != (old.status.quote_policy, old.status.rules) {
        let (id, quoting) = (old.status.id, note.quote_policy);
        store::write(&app.db, vec![store::statuses::set_policies(id, actor.id, quoting, note.rules)]).await?;
        is_told = true;
    }
    // An Update of a poll has its new counts, with or without an edit.
    note.poll = poll_of(app, &note, old.status.poll.as_ref());
    let is_same_question = match (&note.poll, &old.status.poll) {
        (Some(new), Some(before)) => new.is_same_question(before),
        (new, before) => new.is_none() && before.is_none(),
    };
    if let (Some(new), Some(before), true) = (&note.poll, &old.status.poll, is_same_question)
        && new != before
    {
        services::vote::set_counts(app, old.status.id, new, before).await?;
        is_told = true;
    }
    let unchanged =
        || if is_told { Outcome::Applied } else { Outcome::Ignored("nothing newer than what is here") };
    let Some(edited_at) = note.updated.filter(|at| old.status.edited_at.is_none_or(|known| known < *at))
    else {
        return Ok(unchanged());
    };
    let edited_at = edited_at.min(app.now());
    let mut status = build(app, actor, &note, &|uri| known.account(uri).cloned(), None);
    status.id = old.status.id;
    status.visibility = old.status.visibility;
    if is_same_question && reads_alike(&note, &old.status) {
        status.edited_at = old.status.edited_at;
        status.card_url.clone_from(&old.status.card_url);
        services::publish::receive_refresh(app, &status, edited_at).await?;
        return Ok(Outcome::Applied);
    }
    status.edited_at = Some(edited_at);
    if let Some(outcome) = judge(app, actor, activity, known, &mut status, true).await? {
        return Ok(outcome);
    }
    services::publish::receive_edit(app, &old.status, &status, !actor.is_suspended()).await?;
    Ok(Outcome::Applied)
}
