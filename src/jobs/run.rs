//! Runs queue messages, what requests have committed, and what is due.

use std::collections::VecDeque;

use super::kinds;
use super::message::Message;
use super::outcome::Outcome;
use crate::activitypub::inbound::budget;
use crate::activitypub::outbound::{deliver, distribute};
use crate::activitypub::remote::{backfill, outbox};
use crate::app::{App, Need};
use crate::error::Result;
use crate::model::budget::{By, Cause};
use crate::model::id::Id;
use crate::model::ledger::Work;
use crate::model::time::{DAY, HOUR, MINUTE, Time};
use crate::platform::sql::Statement;
use crate::services::{card, job, list_feed, personal, schedule};
use crate::store;
use crate::store::jobs::Job;
use crate::store::outbox::OutboxRow;
use crate::streaming::publish::run as publish_live;
use crate::webpush::send;

/// What the start of a hint takes.
const HINT: Need = Need { statements: 12, fetches: 0 };
/// Messages that go to another invocation since this one has no room; more of them wait for cron.
const MOST_ELSEWHERE: usize = 10;

/// Work that a request committed, started once its answer is sent, as far as the invocation has room. What fails here,
/// or is not begun, is still a row, and cron tries it again.
pub async fn after_response(app: &App) {
    finish(app, true).await;
}

/// Like [`after_response`], for what a run of cron has committed. Nobody waits for its jobs, so those without room are not
/// sent to the queue, whose operations are few.
pub async fn after_cron(app: &App) {
    finish(app, false).await;
}

async fn finish(app: &App, is_awaited: bool) {
    publish_live(app).await;
    run_hints(app, is_awaited).await;
    if let Err(error) = personal::store(app).await {
        crate::platform::log_failure("store what people have used", &error);
    }
    // What the work has changed.
    publish_live(app).await;
}

async fn run_hints(app: &App, is_awaited: bool) {
    let mut elsewhere = Vec::new();
    // Work may add more work, but not without end.
    for _ in 0..20 {
        let hints = app.take_work();
        if hints.is_empty() {
            break;
        }
        for (cause, hint) in hints {
            let is_ours = is_awaited && matches!(hint, Message::Run(_)) && cause.by == By::Us;
            let need = if is_ours { JOB } else { HINT };
            // Somebody waits for a push message: without room it goes on elsewhere.
            if !matches!(hint, Message::Pushed(_)) && !app.has_room(need) {
                // So do the readers of a post, and what somebody here has begun (a move, say); what else there is waits
                // for cron.
                if is_ours || matches!(hint, Message::Distribute(_)) {
                    elsewhere.push(hint.to_json());
                }
                continue;
            }
            let work = async {
                match &hint {
                    Message::Pushed(ids) => pushed(app, ids).await,
                    _ => message(app, &hint).await,
                }
            };
            if let Err(error) = app.caused_by(cause, Box::pin(work)).await {
                crate::platform::log_failure(&format!("{hint:?}"), &error);
            }
        }
    }
    elsewhere.truncate(MOST_ELSEWHERE);
    if !elsewhere.is_empty()
        && let Err(error) = app.queue.send(elsewhere).await
    {
        crate::platform::log_failure("work elsewhere", &error);
    }
}

/// Runs one message.
pub async fn message(app: &App, message: &Message) -> Result<()> {
    match message {
        Message::Distribute(id) => distribute::distribute(app, *id).await.map(|_| ()),
        Message::Retry { pairs, leased_until } => deliver::retry_pairs(app, pairs, *leased_until).await,
        Message::Deliver { outbox_id, chunk } => deliver::deliver(app, *outbox_id, *chunk).await,
        Message::Refresh(id) if app.allows(Work::Profiles) => refresh(app, *id).await,
        Message::Thread(id) if app.allows(Work::Backfill) => backfill::opened(app, *id).await,
        Message::Posts(id) if app.allows(Work::Backfill) => outbox::begin(app, *id).await,
        // They are asked for again when they are opened again.
        Message::Refresh(_) | Message::Thread(_) | Message::Posts(_) => Ok(()),
        Message::Push => push(app).await,
        Message::Pushed(ids) => {
            // A message may come twice, so what it names is taken like the rest.
            send::begin(app, ids, 0).await?;
            push(app).await
        }
        Message::Scheduled => scheduled(app).await,
        Message::Card(id) => card::look(app, *id).await,
        Message::ListFeed { list, found_at } => list_feed::find(app, *list, *found_at).await,
        Message::Run(id) => match store::load(&app.db, store::jobs::by_id(*id, app.now())).await? {
            Some(job) => run(app, &job).await,
            None => Ok(()),
        },
    }
}

/// Sends the push messages of notifications that this invocation has added; what there is no room for is left to another
/// one.
async fn pushed(app: &App, notifications: &[Id]) -> Result<()> {
    let most = send::room(app, send::MOST);
    let elsewhere = if most == 0 {
        Message::Pushed(notifications.to_vec())
    } else if send::begin(app, notifications, most).await? {
        Message::Push
    } else {
        return Ok(());
    };
    app.queue.send(vec![elsewhere.to_json()]).await
}

/// Sends push messages that are due; what there is no room for is left to another invocation.
async fn push(app: &App) -> Result<()> {
    if send::run(app, send::MOST).await? {
        app.queue.send(vec![Message::Push.to_json()]).await
    } else {
        Ok(())
    }
}

/// Publishes scheduled statuses that are due; what there is no room for is left to another invocation, at once: several
/// are often due at the same minute. An attempt moves a row by an hour at least, so this ends.
pub(super) async fn scheduled(app: &App) -> Result<()> {
    if schedule::publish_due(app, JOBS).await? {
        app.queue.send(vec![Message::Scheduled.to_json()]).await
    } else {
        Ok(())
    }
}

/// Adds a job that fetches a remote profile again, and starts it.
pub(super) async fn refresh(app: &App, account: Id) -> Result<()> {
    let Some(account) = store::load(&app.db, store::accounts::by_id(account)).await? else { return Ok(()) };
    job::start(app, "actor", &account.uri, "{}").await?;
    Ok(())
}

/// What a message may take: a chunk of ten deliveries.
const MESSAGE: Need = Need { statements: 20, fetches: 10 };

/// Queue messages as their consumer got them; unreadable ones are dropped. One that fails does not stop the others, and
/// those that this invocation has no room for are left to cron: each stands for rows.
pub async fn consume(app: &App, bodies: &[String]) {
    for (n, body) in bodies.iter().enumerate() {
        if n > 0 && !app.has_room(MESSAGE) {
            return;
        }
        let outcome = match Message::from_json(body) {
            Ok(read) => message(app, &read).await,
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            crate::platform::log_failure(&format!("message {body}"), &error);
        }
        after_response(app).await;
    }
}

/// Runs a job that was taken, or started by what added it: its attempt is counted already, and the next one is due where
/// this one does not end it. What it writes is counted for its cause; where the budget of that is used up or the database is
/// full, it waits for the next day, however often, since its activity was accepted and is not sent again; where the budget of
/// requests is, for the next hour: neither is an attempt.
pub async fn run(app: &App, job: &Job) -> Result<()> {
    if budget::is_over_for_job(app, &job.by, &job.written) {
        store::write(&app.db, vec![put_off(app, job, DAY, None)]).await?;
        return Ok(());
    }
    let before = app.meter.written();
    let cause = Cause { by: job.by.clone(), fetches: job.fetches };
    let work = Box::pin(kinds::run(app, job));
    let outcome = app.caused_by(cause, work).await;
    match outcome {
        Outcome::Retry if job.attempts < store::jobs::MAX_ATTEMPTS => {}
        Outcome::Later => {
            store::write(&app.db, vec![put_off(app, job, HOUR, Some(PUT_OFF_FOR))]).await?;
        }
        Outcome::Again(0) => {
            let at = app.now().plus(GOES_ON_AFTER);
            store::write(&app.db, vec![store::jobs::again(job.id, 1, at)]).await?;
            app.hint(Message::Run(job.id));
        }
        Outcome::Elsewhere => {
            let at = app.now().plus(GOES_ON_AFTER);
            store::write(&app.db, vec![store::jobs::again(job.id, 1, at)]).await?;
            // Where the queue refuses, cron goes on.
            if let Err(error) = app.queue.send(vec![Message::Run(job.id).to_json()]).await {
                crate::platform::log_failure("work elsewhere", &error);
            }
        }
        Outcome::Again(after) => {
            store::write(&app.db, vec![store::jobs::again(job.id, 0, app.now().plus(after))]).await?;
        }
        _ => {
            store::write(&app.db, vec![store::jobs::delete(job.id)]).await?;
        }
    }
    if job.by != By::Us {
        budget::count(app, Some(&job.by), app.meter.written() - before).await?;
    }
    Ok(())
}

/// Cron takes a job that goes on at once where nobody else has done so for this long.
const GOES_ON_AFTER: i64 = MINUTE;
/// A job that was put off for so long for want of requests is dropped, unless somebody here waits for its end.
const PUT_OFF_FOR: i64 = 2 * DAY;

/// The job waits for the next `period`, and up to ten minutes more, so that not all come at once. One that has no place in
/// the queue has no other attempt; one that is older than `most` ends. How many wait for a cause is bounded anyhow
/// (`store::jobs::MAX_WAITING`).
fn put_off(app: &App, job: &Job, period: i64, most: Option<i64>) -> Statement {
    let now = app.now().0;
    let is_late = most.is_some_and(|most| now - job.id.unix_ms() > most) && !kinds::is_awaited(&job.kind);
    if job.attempts >= store::jobs::MAX_ATTEMPTS || is_late {
        return store::jobs::delete(job.id);
    }
    let random = (app.random.u64() % (10 * MINUTE) as u64) as i64;
    store::jobs::put_off(job.id, Time((now.div_euclid(period) + 1) * period + random))
}

/// An outbox row that nobody touched for so long has lost its message.
const STALE_OUTBOX_AFTER: i64 = 2 * MINUTE;
/// After a second message an outbox row has so long, and each time twice as long.
const RESENT_FOR: i64 = 10 * MINUTE;
/// After so many messages without a trace, the deliveries of a row's chunks are tried one by one.
const MAX_MESSAGES: i64 = 3;
/// How many chunks at a time.
const DISSOLVED: usize = 5;
/// A row that could not be distributed so often is given up.
const MAX_DISTRIBUTIONS: i64 = 8;
/// What one run of cron may do of each kind, as far as it has room.
const RETRIES: usize = 10;
const STALE_OUTBOX: usize = 5;
pub const JOBS: usize = 5;
/// What a stale outbox row takes: it is distributed.
const RESEND: Need = Need { statements: 16, fetches: 0 };
/// What the smaller jobs take; the others leave for later what there is no room for. More than a fetch, lest an attempt
/// is spent without one.
pub(super) const JOB: Need = Need { statements: 20, fetches: 2 };
/// What it takes to send to the queue what is due.
const SENDING: Need = Need { statements: 3, fetches: 0 };
/// What is due beyond that is sent to the queue, ten deliveries a message. So few a minute, since the free plan's queue
/// has 10,000 operations a day and a message costs three.
const RETRY_MESSAGES: usize = 2;
const LEASED_FOR: i64 = 10 * MINUTE;

/// Whether jobs are due.
pub async fn has_jobs(app: &App) -> Result<bool> {
    store::load(&app.db, store::jobs::is_any_due(app.now())).await
}

/// Outbox rows that the queue forgot, and deliveries that are due; `is_retry_first` says which of both comes first.
pub async fn deliveries(app: &App, is_retry_first: bool) -> Result<()> {
    if !app.has_room(SENDING) {
        return Ok(());
    }
    // Signatures that this run has left.
    let mut left = RETRIES;
    let retried = if is_retry_first { deliver::retry(app, left).await? } else { 0 };
    left = left.saturating_sub(retried);
    let before = app.now().plus(-STALE_OUTBOX_AFTER);
    for row in store::load(&app.db, store::outbox::stale(before, STALE_OUTBOX)).await? {
        if !app.has_room(RESEND) {
            break;
        }
        // One that fails must not stop the others.
        if let Err(error) = resend(app, &row, &mut left).await {
            crate::platform::log_failure(&format!("outbox {}", row.id), &error);
        }
    }
    let retried = if is_retry_first { retried } else { deliver::retry(app, left).await? };
    if retried > 0 && app.has_room(SENDING) {
        send_due(app).await?;
    }
    after_cron(app).await;
    Ok(())
}

/// Jobs of one sort that are due, the oldest first, as far as there is room. Of what other servers cause, each cause has a
/// job in its turn, so that nobody's thousand jobs come before somebody's one.
pub async fn jobs(app: &App, is_foreign: bool) -> Result<()> {
    let (mut turns, mut is_set) = (VecDeque::new(), false);
    if app.has_room(JOB) {
        match is_foreign {
            true => {
                let found = store::load(&app.db, store::jobs::turns(app.now(), JOBS)).await?;
                turns = found.due.into();
                // There are more causes than a run looks at: the next one goes on where this one ended.
                if let Some(last) = found.last.filter(|_| turns.len() < JOBS) {
                    store::load(&app.db, store::jobs::set_turn(&last)).await?;
                    is_set = true;
                }
            }
            false => turns.push_back(String::new()),
        }
    }
    let has_turns = turns.len() > 1 && !is_set;
    for n in 0..JOBS {
        // For the first there was room.
        if n > 0 && !app.has_room(JOB) {
            break;
        }
        let Some(cause) = turns.pop_front() else { break };
        let take = store::jobs::take(app.now(), is_foreign, &cause);
        let turn: Vec<_> = has_turns.then(|| store::jobs::set_turn(&cause)).into_iter().collect();
        let (job, _) = store::load(&app.db, (take, turn)).await?;
        let Some(job) = job else { continue };
        turns.push_back(cause);
        if let Err(error) = run(app, &job).await {
            crate::platform::log_failure(&format!("job {} {}", job.kind, job.subject), &error);
        }
    }
    after_cron(app).await;
    Ok(())
}

/// Sends the messages of a stale outbox row again; where the queue does not accept them, delivers a chunk here. The
/// attempt is counted before it is made.
async fn resend(app: &App, row: &OutboxRow, left: &mut usize) -> Result<()> {
    let until = app.now().plus(RESENT_FOR << row.attempts.clamp(0, 10));
    let taken = store::write(&app.db, vec![store::outbox::take(row, until)]).await?;
    if taken.first().is_none_or(Vec::is_empty) {
        return Ok(());
    }
    if row.activity.is_none() && row.attempts >= MAX_DISTRIBUTIONS {
        crate::platform::log(&format!("outbox {} is given up: it cannot be distributed", row.id));
        store::write(&app.db, vec![store::outbox::delete(row.id)]).await?;
        return Ok(());
    }
    if row.activity.is_some() && row.attempts >= MAX_MESSAGES {
        store::write(&app.db, store::outbox::dissolve_chunks(row.id, DISSOLVED, app.now())).await?;
        return Ok(());
    }
    let chunks = store::load(&app.db, store::inboxes::chunks(row.id, 2)).await?;
    let is_small = row.activity.is_some() && chunks.len() < 2;
    // A message costs as much as the chunk does here.
    let has_signatures = |left: usize| left >= distribute::CHUNK && app.has_room(MESSAGE);
    if !(is_small && has_signatures(*left)) && distribute::distribute(app, row.id).await? {
        return Ok(());
    }
    store::write(&app.db, vec![store::outbox::release(row.id, app.now())]).await?;
    if !has_signatures(*left) {
        return Ok(());
    }
    let Some(chunk) = store::load(&app.db, store::inboxes::chunks(row.id, 1)).await?.pop() else {
        return Ok(());
    };
    *left -= distribute::CHUNK;
    deliver::deliver(app, row.id, chunk).await
}

/// Sends to the queue what is due beyond what one run of cron can try.
async fn send_due(app: &App) -> Result<()> {
    let pairs =
        store::load(&app.db, store::deliveries::due_pairs(app.now(), RETRY_MESSAGES * distribute::CHUNK))
            .await?;
    if pairs.is_empty() {
        return Ok(());
    }
    // Leased before it is sent: a message is for the lease that it names, so that of several messages for one delivery
    // only one makes an attempt.
    let leased_until = app.now().plus(LEASED_FOR);
    store::write(&app.db, vec![store::deliveries::lease(&pairs, leased_until)]).await?;
    let messages = pairs
        .chunks(distribute::CHUNK)
        .map(|p| Message::Retry { pairs: p.to_vec(), leased_until }.to_json())
        .collect();
    if let Err(error) = app.queue.send(messages).await {
        crate::platform::log(&format!("queue: {error}; the next run goes on"));
        store::write(&app.db, vec![store::deliveries::release(&pairs, leased_until, app.now())]).await?;
    }
    Ok(())
}
