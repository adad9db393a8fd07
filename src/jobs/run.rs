//! Runs queue messages, what requests have committed, and what is due.

use super::kinds;
use super::message::Message;
use super::outcome::Outcome;
use crate::activitypub::outbound::{deliver, distribute};
use crate::activitypub::remote::backfill;
use crate::app::App;
use crate::error::Result;
use crate::model::id::Id;
use crate::model::time::{DAY, MINUTE, SECOND};
use crate::services::publish;
use crate::store;
use crate::store::jobs::Job;
use crate::store::outbox::OutboxRow;

/// Work that a request committed, started once its answer is sent. What fails here is still a row, and cron tries it
/// again.
pub async fn after_response(app: &App) {
    // Work may add more work, but not without end.
    for _ in 0..20 {
        let hints = app.hints.take();
        if hints.is_empty() {
            return;
        }
        for hint in hints {
            if let Err(error) = message(app, &hint).await {
                crate::platform::log_failure(&format!("{hint:?}"), &error);
            }
        }
    }
}

/// Runs one message.
pub async fn message(app: &App, message: &Message) -> Result<()> {
    match message {
        Message::Distribute(id) => distribute::distribute(app, *id).await.map(|_| ()),
        Message::Retry { pairs, leased_until } => deliver::retry_pairs(app, pairs, *leased_until).await,
        Message::Deliver { outbox_id, chunk } => deliver::deliver(app, *outbox_id, *chunk).await,
        Message::Refresh(id) => refresh(app, *id).await,
        Message::Thread(id) => backfill::opened(app, *id).await,
        Message::Run(id) => match store::load(&app.db, store::jobs::by_id(*id)).await? {
            Some(job) => run(app, &job).await,
            None => Ok(()),
        },
    }
}

/// Adds a job that fetches a remote profile again, and starts it.
async fn refresh(app: &App, account: Id) -> Result<()> {
    let Some(account) = store::load(&app.db, store::accounts::by_id(account)).await? else { return Ok(()) };
    let job = app.new_id();
    store::write(&app.db, vec![store::jobs::insert(job, "actor", &account.uri, "{}", app.now())]).await?;
    app.hint(Message::Run(job));
    Ok(())
}

/// Followed profiles that were not fetched for a week are fetched again, some at a time, by a cursor through all
/// accounts.
pub async fn refresh_stale(app: &App) -> Result<()> {
    let from = store::load(&app.db, store::site::setting("refreshed_until")).await?;
    let after = from.as_deref().and_then(Id::parse).unwrap_or_default();
    let before = app.now().plus(-STALE_AFTER);
    let (stale, last) = store::load(&app.db, store::accounts::stale(after, before, LOOKED_AT)).await?;
    if after == Id::default() && last.is_none() {
        return Ok(());
    }
    store::write(&app.db, vec![store::site::set("refreshed_until", &last.unwrap_or_default().to_string())])
        .await?;
    for id in stale.into_iter().take(JOBS) {
        refresh(app, id).await?;
    }
    after_response(app).await;
    Ok(())
}

/// A queue message as its consumer got it; unreadable ones are dropped.
pub async fn consume(app: &App, body: &str) {
    let outcome = match Message::from_json(body) {
        Ok(read) => message(app, &read).await,
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        crate::platform::log_failure(&format!("message {body}"), &error);
    }
    after_response(app).await;
}

/// A followed profile is fetched at least so often.
const STALE_AFTER: i64 = 7 * DAY;
/// Accounts that one run looks at for stale profiles.
const LOOKED_AT: usize = 50;

/// Maximum number of attempts of a job.
const MAX_ATTEMPTS: i64 = 8;

pub async fn run(app: &App, job: &Job) -> Result<()> {
    let outcome = kinds::run(app, &job.kind, &job.subject, &job.context).await;
    let statement = match outcome {
        Outcome::Retry if job.attempts + 1 < MAX_ATTEMPTS => {
            let wait = (15 + (job.attempts + 1).pow(4)) * SECOND;
            store::jobs::postpone(job.id, app.now().plus(wait))
        }
        _ => store::jobs::delete(job.id),
    };
    store::write(&app.db, vec![statement]).await?;
    Ok(())
}

/// An outbox row that nobody touched for so long has lost its message.
const STALE_OUTBOX_AFTER: i64 = 2 * MINUTE;
/// After a second message an outbox row has so long.
const RESENT_FOR: i64 = 10 * MINUTE;
/// What one run of cron may do: the free plan gives an invocation fifty requests and ten milliseconds, in which
/// some ten signatures fit.
const RETRIES: usize = 10;
const STALE_OUTBOX: usize = 5;
const JOBS: usize = 5;
/// What is due beyond that is sent to the queue, ten deliveries a message. So few a minute, since the free plan's queue
/// has 10,000 operations a day and a message costs three.
const RETRY_MESSAGES: usize = 2;
const LEASED_FOR: i64 = 10 * MINUTE;

/// Everything that is due. Answers whether there was anything to do.
pub async fn due(app: &App) -> Result<bool> {
    let stale =
        store::load(&app.db, store::outbox::stale(app.now().plus(-STALE_OUTBOX_AFTER), STALE_OUTBOX)).await?;
    let mut worked = !stale.is_empty();
    // Signatures that this run has left.
    let mut left = RETRIES;
    for row in stale {
        // One that fails must not stop the others.
        if let Err(error) = resend(app, &row, &mut left).await {
            crate::platform::log_failure(&format!("outbox {}", row.id), &error);
        }
    }
    // A backlog of chunks must leave some signatures for the retries.
    let retried = deliver::retry(app, left.max(RETRIES / 4)).await?;
    worked |= retried > 0;
    if retried >= left && left == RETRIES {
        send_due(app).await?;
    }
    for job in store::load(&app.db, store::jobs::due(app.now(), JOBS)).await? {
        worked = true;
        run(app, &job).await?;
    }
    after_response(app).await;
    Ok(worked)
}

/// Sends the messages of a stale outbox row again; where the queue does not accept them, delivers a chunk here.
async fn resend(app: &App, row: &OutboxRow, left: &mut usize) -> Result<()> {
    let chunks = store::load(&app.db, store::inboxes::chunks(row.id, 2)).await?;
    let is_small = row.activity.is_some() && chunks.len() < 2;
    // A message costs as much as the chunk does here.
    if !(is_small && *left >= distribute::CHUNK) {
        store::write(&app.db, vec![store::outbox::touch(row.id, app.now().plus(RESENT_FOR))]).await?;
        if distribute::distribute(app, row.id).await? {
            return Ok(());
        }
    }
    store::write(&app.db, vec![store::outbox::touch(row.id, app.now())]).await?;
    if *left < distribute::CHUNK {
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

/// What is due at its own time: scheduled statuses, ends of polls and mutes.
pub async fn on_time(app: &App) -> Result<()> {
    crate::services::schedule::publish_due(app, JOBS).await?;
    crate::services::vote::close_due(app, JOBS).await?;
    store::write(&app.db, vec![store::mutes::delete_expired(app.now())]).await?;
    after_response(app).await;
    Ok(())
}

/// Sends an Update for local polls with new votes.
pub async fn tell_polls(app: &App) -> Result<()> {
    crate::services::vote::send_new_counts(app, JOBS).await?;
    after_response(app).await;
    Ok(())
}

/// Statuses that one run looks at for the search index.
const INDEXED: usize = 60;
/// Younger ones wait for the next run, so that ids that arrive late are not skipped.
const SETTLED_AFTER: i64 = 2 * MINUTE;

/// Adds public statuses of authors who allow it to the search index, some at a time.
pub async fn index(app: &App) -> Result<()> {
    let before = Id::floor(app.now().0 - SETTLED_AFTER);
    let parts = (
        store::search::begin_run(before),
        store::search::next_statuses(before),
        store::site::setting("index_step"),
    );
    let (step, found, known) = store::load(&app.db, parts).await?;
    if known.is_none() {
        store::write(&app.db, store::search::advance(before, INDEXED).to_vec()).await?;
        return Ok(());
    }
    let (Some(step), Some(first)) = (step, found.cursors.iter().min().copied()) else { return Ok(()) };
    if step == 0 {
        crate::platform::log(&format!("search index: status {first} is passed by"));
        store::write(&app.db, store::search::advance(first, INDEXED).to_vec()).await?;
        return Ok(());
    }
    let last = found.cursors.iter().max().copied().unwrap_or(first);
    let texts: Vec<(Id, String)> =
        found.items.iter().flatten().map(|v| (v.status.id, publish::searchable(&v.status))).collect();
    let mut batch = store::search::advance(last, INDEXED).to_vec();
    if !texts.is_empty() {
        batch.push(store::search::index_all(&texts));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Counts trends anew, unless the operator has switched them off.
pub async fn count_trends(app: &App) -> Result<()> {
    if app.site().has_trends {
        store::write(&app.db, store::trends::count(app.now())).await?;
    }
    Ok(())
}

/// Verifies links of local profiles again, those first that were not verified for longest.
pub async fn verify_links(app: &App) -> Result<()> {
    let accounts = store::load(&app.db, store::accounts::local_with_fields(JOBS)).await?;
    for account in accounts {
        crate::activitypub::remote::verify::fields(app, &account).await?;
    }
    Ok(())
}

/// Removes expired rows, and counts the known servers.
pub async fn tidy(app: &App) -> Result<()> {
    let mut batch = store::site::expired(app.now());
    batch.push(store::site::count_domains());
    batch.push(store::instances::delete_unused(app.now().plus(-7 * DAY)));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Keeps a spare key pair for the next account.
pub async fn prepare_key(app: &App) -> Result<()> {
    crate::services::keys::keep_spare(app).await
}
