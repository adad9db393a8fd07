//! Scheduled statuses.

use serde_json::{Value, json};

use super::draft::{self, Draft, PollDraft};
use super::publish;
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::quote::QuotePolicy;
use crate::model::status::Visibility;
use crate::model::time::{DAY, HOUR, MINUTE, SECOND, Time};
use crate::store;
use crate::store::scheduled::{Limits, Scheduled};

/// Minimum time in advance, in milliseconds.
const MIN_DELAY: i64 = 5 * MINUTE;
const MAX: i64 = 300;
const MAX_A_DAY: i64 = 25;

/// Error: `Unprocessable` where the time is too soon.
fn check_time(app: &App, at: Time) -> Result<()> {
    if at.0 < app.now().0 + MIN_DELAY {
        return Err(Error::validation("Scheduled at The scheduled date must be in the future"));
    }
    Ok(())
}

/// Validates a draft as if it were published now, and stores it. The same Idempotency-Key stores it once.
///
/// Errors: `Unprocessable` where the time is too soon or too many are scheduled, and all those of
/// [`draft::prepare`].
pub async fn insert(app: &App, author: &Account, mut draft: Draft, at: Time) -> Result<Scheduled> {
    check_time(app, at)?;
    let prepared = draft::prepare(app, author, &mut draft).await?;
    if let Some(id) = prepared.earlier {
        return earlier(app, author.id, id).await;
    }
    let limits = limits(at);
    let made = Scheduled { id: app.new_id(), account_id: author.id, at, params: params(&draft).to_string() };
    let mut batch = vec![store::scheduled::insert(&made, &limits)];
    if !draft.media_ids.is_empty() {
        batch.push(store::scheduled::take_media(&made, &draft.media_ids));
    }
    let since = app.now().plus(-HOUR);
    let key = draft.idempotency_key.unwrap_or_default();
    if !key.is_empty() {
        batch.push(store::statuses::forget_idempotency(author.id, &key, since));
        batch.push(store::scheduled::remember_idempotency(&made, &key, app.now()));
    }
    match store::write(&app.db, batch).await {
        Ok(rows) if rows.first().is_some_and(|r| !r.is_empty()) => Ok(made),
        Ok(_) => {
            let all = store::load(&app.db, store::scheduled::count(author.id)).await?;
            Err(if all >= MAX { too_many(MAX, "") } else { too_many(MAX_A_DAY, " for that day") })
        }
        // A concurrent request with the same key: its row is the result.
        Err(Error::Conflict(what)) if what.contains("idempotency_keys") => {
            let query = store::statuses::by_idempotency(author.id, &key, since);
            let id = store::load(&app.db, query).await?.unwrap_or_default();
            earlier(app, author.id, id).await
        }
        Err(other) => Err(other),
    }
}

fn limits(at: Time) -> Limits {
    let day = at.midnight();
    Limits { all: MAX, a_day: MAX_A_DAY, day: (day, day.plus(DAY)) }
}

fn too_many(most: i64, when: &str) -> Error {
    Error::validation(format!("You have exceeded the limit of {most} scheduled posts{when}"))
}

/// Changes the time of a scheduled status.
///
/// Errors: `Unprocessable` where the time is too soon or too many are scheduled for that day.
pub async fn set_time(app: &App, scheduled: &Scheduled, at: Time) -> Result<()> {
    check_time(app, at)?;
    let change = store::scheduled::set_time(scheduled.account_id, scheduled.id, at, &limits(at));
    let rows = store::write(&app.db, vec![change]).await?;
    if rows.first().is_some_and(|r| !r.is_empty()) {
        return Ok(());
    }
    // It may be published by now.
    earlier(app, scheduled.account_id, scheduled.id).await?;
    Err(too_many(MAX_A_DAY, " for that day"))
}

/// It is not published; its files are free again.
pub async fn cancel(app: &App, scheduled: &Scheduled) -> Result<()> {
    let batch = vec![
        store::scheduled::delete(scheduled.account_id, scheduled.id),
        store::media::release(scheduled.id, scheduled.account_id, app.now(), false),
    ];
    store::write(&app.db, batch).await.map(|_| ())
}

async fn earlier(app: &App, author: Id, id: Id) -> Result<Scheduled> {
    store::load(&app.db, store::scheduled::by_id(author, id)).await?.ok_or(Error::NotFound)
}

/// What the publication of one takes.
const PUBLICATION: Need = Need { statements: 20, fetches: 0 };

/// Publishes what is due, as far as the invocation has room, `limit` at most. Each goes out in the batch that removes its
/// row, under a key of its own, so never twice even where two sweeps meet; what it answered or quoted and is gone
/// meanwhile does not hold it up. Returns whether others are due that there was no room for.
pub async fn publish_due(app: &App, limit: usize) -> Result<bool> {
    let mut is_another_due = false;
    for _ in 0..limit {
        if !app.has_room(PUBLICATION) {
            break;
        }
        let taken = store::load(&app.db, store::scheduled::take(app.now())).await?;
        let Some((kept, is_another)) = taken else { return Ok(false) };
        is_another_due = is_another;
        if let Err(error) = publish(app, &kept).await {
            crate::platform::log_failure(&format!("scheduled status {}", kept.id), &error);
        }
    }
    Ok(is_another_due)
}

async fn publish(app: &App, kept: &Scheduled) -> Result<()> {
    let author = store::load(&app.db, store::accounts::by_id(kept.account_id)).await?;
    let author = author.ok_or(Error::NotFound)?;
    let mut draft = read(&kept.params)?;
    draft.scheduled_id = Some(kept.id);
    draft.idempotency_key = Some(format!("scheduled {}", kept.id));
    let prepared = match draft::prepare(app, &author, &mut draft).await {
        Err(Error::NotFound) => {
            draft.in_reply_to_id = None;
            draft.quoted_status_id = None;
            draft::prepare(app, &author, &mut draft).await?
        }
        other => other?,
    };
    match publish::commit(app, &author, &draft, prepared).await {
        // Its author has deleted it, or chosen another time, since it was taken.
        Ok(_) | Err(Error::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}

/// The draft as JSON for the row and the entity's `params`.
fn params(d: &Draft) -> Value {
    json!({
        "text": d.text,
        "spoiler_text": d.spoiler_text,
        "sensitive": d.is_sensitive,
        "visibility": d.visibility.as_str(),
        "language": d.language,
        "in_reply_to_id": d.in_reply_to_id.map(|id| id.0),
        "application_id": d.app_id.map(|id| id.0),
        "poll": d.poll.as_ref().map(|p| json!({
            "options": p.options,
            "multiple": p.is_multiple,
            "hide_totals": p.hides_totals,
            "expires_in": p.lasts / SECOND,
        })),
        "media_ids": (!d.media_ids.is_empty()).then(|| d.media_ids.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "idempotency": d.idempotency_key,
        "with_rate_limit": false,
        "scheduled_at": null,
        "quoted_status_id": d.quoted_status_id.map(|id| id.to_string()),
        "quote_approval_policy": d.quote_policy.as_str(),
    })
}

/// `params` of the entity.
pub fn shown(params: &str) -> Value {
    serde_json::from_str(params).unwrap_or_default()
}

fn read(params: &str) -> Result<Draft> {
    let v: Value = serde_json::from_str(params)?;
    let text = |name: &str| v.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let truth = |of: &Value, name: &str| of.get(name).and_then(Value::as_bool).unwrap_or(false);
    let id = |name: &str| v.get(name).and_then(Value::as_i64).map(Id);
    let poll = v.get("poll").filter(|p| p.is_object()).map(|p| PollDraft {
        options: p
            .get("options")
            .and_then(Value::as_array)
            .map(|all| all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default(),
        is_multiple: truth(p, "multiple"),
        hides_totals: truth(p, "hide_totals"),
        lasts: p.get("expires_in").and_then(Value::as_i64).unwrap_or(0) * SECOND,
        keeps_end: false,
    });
    Ok(Draft {
        text: text("text"),
        spoiler_text: text("spoiler_text"),
        is_sensitive: truth(&v, "sensitive"),
        visibility: Visibility::parse(&text("visibility")).unwrap_or_default(),
        language: v.get("language").and_then(Value::as_str).map(str::to_owned),
        in_reply_to_id: id("in_reply_to_id"),
        app_id: id("application_id"),
        idempotency_key: None,
        poll,
        quoted_status_id: Id::parse(&text("quoted_status_id")),
        is_quote: false,
        media_ids: v
            .get("media_ids")
            .and_then(Value::as_array)
            .map(|all| all.iter().filter_map(Value::as_str).filter_map(Id::parse).collect())
            .unwrap_or_default(),
        media_changes: Vec::new(),
        edited_id: None,
        quote_policy: QuotePolicy::parse(&text("quote_approval_policy")).unwrap_or_default(),
        scheduled_id: None,
    })
}
