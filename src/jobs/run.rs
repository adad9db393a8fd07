//! Runs what a message says, what an answer left behind, and what the clock makes due.

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

/// Work that a request committed, started once its answer is out. What fails here is a row, and the
/// sweep comes back to it.
pub async fn after_response(app: &App) {
    // Work may lead to more work, but not without end.
    for _ in 0..20 {
        let hints = app.hints.take();
        if hints.is_empty() {
            return;
        }
        for hint in hints {
            if let Err(error) = message(app, &hint).await {
                crate::platform::log(&format!("{hint:?}: {error}"));
            }
        }
    }
}

/// Runs one message. An error leaves everything as it was.
pub async fn message(app: &App, message: &Message) -> Result<()> {
    match message {
        Message::Distribute(id) => distribute::distribute(app, *id).await.map(|_| ()),
        Message::Retry { pairs, lent_until } => deliver::retry_pairs(app, pairs, *lent_until).await,
        Message::Deliver { outbox_id, chunk } => deliver::deliver(app, *outbox_id, *chunk).await,
        Message::Refresh(id) => refresh(app, *id).await,
        Message::Thread(id) => backfill::opened(app, *id).await,
        Message::Run(id) => match store::load(&app.db, store::jobs::by_id(*id)).await? {
            Some(job) => run(app, &job).await,
            None => Ok(()),
        },
    }
}

/// A job that reads a remote profile again, done at once.
async fn refresh(app: &App, account: Id) -> Result<()> {
    let Some(account) = store::load(&app.db, store::accounts::by_id(account)).await? else { return Ok(()) };
    let job = app.new_id();
    store::write(&app.db, vec![store::jobs::insert(job, "actor", &account.uri, "{}", app.now())]).await?;
    app.hint(Message::Run(job));
    Ok(())
}

/// Followed profiles that nobody has read for a week are read again, some at a time; a walk through all accounts.
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
        crate::platform::log(&format!("message {body}: {error}"));
    }
    after_response(app).await;
}

/// A profile that is followed is read so often, whoever looks at it.
const STALE_AFTER: i64 = 7 * DAY;
/// Accounts that one look for old profiles passes.
const LOOKED_AT: usize = 50;

/// After so many tries a job is given up.
const MOST_ATTEMPTS: i64 = 8;

pub async fn run(app: &App, job: &Job) -> Result<()> {
    let outcome = kinds::run(app, &job.kind, &job.subject, &job.context).await;
    let statement = match outcome {
        Outcome::Retry if job.attempts + 1 < MOST_ATTEMPTS => {
            let wait = (15 + (job.attempts + 1).pow(4)) * SECOND;
            store::jobs::postpone(job.id, app.now().plus(wait))
        }
        _ => store::jobs::delete(job.id),
    };
    store::write(&app.db, vec![statement]).await?;
    Ok(())
}

/// How long an outbox row may lie still before the sweep takes it for forgotten.
const FORGOTTEN_AFTER: i64 = 2 * MINUTE;
/// A row of which the queue was told again has so long.
const TOLD_AGAIN_FOR: i64 = 10 * MINUTE;
/// What one tick may do: the free plan gives an invocation fifty requests and ten milliseconds, in which
/// some ten signatures fit.
const RETRIES: usize = 10;
const FORGOTTEN: usize = 5;
const JOBS: usize = 5;
/// Of what is due beyond that the queue is told, ten deliveries to a message. So few a minute, since the
/// free plan's queue has 10,000 operations a day and a message costs three.
const RETRY_MESSAGES: usize = 2;
const LENT_FOR: i64 = 10 * MINUTE;

/// Everything that is due. Answers whether there was anything to do.
pub async fn due(app: &App) -> Result<bool> {
    let forgotten =
        store::load(&app.db, store::outbox::forgotten(app.now().plus(-FORGOTTEN_AFTER), FORGOTTEN)).await?;
    let mut worked = !forgotten.is_empty();
    // Signatures that this tick has left.
    let mut left = RETRIES;
    for row in forgotten {
        // One that can't be done now must not hold up the others.
        if let Err(error) = take_up(app, &row, &mut left).await {
            crate::platform::log(&format!("outbox {}: {error}", row.id));
        }
    }
    // A backlog of chunks must not starve the retries.
    let retried = deliver::retry(app, left.max(RETRIES / 4)).await?;
    worked |= retried > 0;
    if retried >= left && left == RETRIES {
        pass_on(app).await?;
    }
    for job in store::load(&app.db, store::jobs::due(app.now(), JOBS)).await? {
        worked = true;
        run(app, &job).await?;
    }
    after_response(app).await;
    Ok(worked)
}

/// The queue had its chance with this row, and has another; where it refuses, a chunk is delivered here.
async fn take_up(app: &App, row: &OutboxRow, left: &mut usize) -> Result<()> {
    let chunks = store::load(&app.db, store::inboxes::chunks(row.id, 2)).await?;
    let is_small = row.activity.is_some() && chunks.len() < 2;
    // A message costs as much as the chunk does here.
    if !(is_small && *left >= distribute::CHUNK) {
        store::write(&app.db, vec![store::outbox::touch(row.id, app.now().plus(TOLD_AGAIN_FOR))]).await?;
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

/// Tells the queue of what is due beyond what a tick can try.
async fn pass_on(app: &App) -> Result<()> {
    let pairs =
        store::load(&app.db, store::deliveries::due_pairs(app.now(), RETRY_MESSAGES * distribute::CHUNK))
            .await?;
    if pairs.is_empty() {
        return Ok(());
    }
    // Lent before it is said: a message holds for the loan that it names, so that of many that pile up for one
    // delivery one is an attempt.
    let lent_until = app.now().plus(LENT_FOR);
    store::write(&app.db, vec![store::deliveries::lend(&pairs, lent_until)]).await?;
    let messages = pairs
        .chunks(distribute::CHUNK)
        .map(|p| Message::Retry { pairs: p.to_vec(), lent_until }.to_json())
        .collect();
    if let Err(error) = app.queue.send(messages).await {
        crate::platform::log(&format!("queue: {error}; the next ticks go on"));
        store::write(&app.db, vec![store::deliveries::give_back(&pairs, lent_until, app.now())]).await?;
    }
    Ok(())
}

/// What has its minute.
pub async fn on_time(app: &App) -> Result<()> {
    crate::services::schedule::publish_due(app, JOBS).await?;
    crate::services::vote::close_due(app, JOBS).await?;
    store::write(&app.db, vec![store::mutes::delete_expired(app.now())]).await?;
    after_response(app).await;
    Ok(())
}

/// Tells what votes came in for polls of ours.
pub async fn tell_polls(app: &App) -> Result<()> {
    crate::services::vote::tell_news(app, JOBS).await?;
    after_response(app).await;
    Ok(())
}

/// So many statuses are looked at for the search index in a minute.
const INDEXED: usize = 60;
/// What is younger waits for the next look, so that what comes in late is not passed over.
const SETTLED_AFTER: i64 = 2 * MINUTE;

/// Takes public statuses by authors who allow it into the search index, some at a time.
pub async fn index(app: &App) -> Result<()> {
    let from = store::load(&app.db, store::site::setting("indexed_until")).await?;
    let before = Id::floor(app.now().0 - SETTLED_AFTER);
    let Some(after) = from.as_deref().and_then(Id::parse) else {
        store::write(&app.db, vec![store::site::set("indexed_until", &before.to_string())]).await?;
        return Ok(());
    };
    let looked_at = store::load(&app.db, store::search::to_index(after, before, INDEXED)).await?;
    let Some((last, _)) = looked_at.last() else { return Ok(()) };
    let texts: Vec<(Id, String)> = looked_at
        .iter()
        .filter_map(|(id, view)| view.as_ref().map(|v| (*id, publish::searchable(&v.status))))
        .collect();
    let mut batch = vec![store::site::set("indexed_until", &last.to_string())];
    if !texts.is_empty() {
        batch.push(store::search::index_all(&texts));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// What people here see much of, unless the operator has switched that off.
pub async fn count_trends(app: &App) -> Result<()> {
    if app.site().has_trends {
        store::write(&app.db, store::trends::count(app.now())).await?;
    }
    Ok(())
}

/// Looks again at the links of local profiles, those first that were not looked at for longest.
pub async fn verify_links(app: &App) -> Result<()> {
    let accounts = store::load(&app.db, store::accounts::local_with_fields(JOBS)).await?;
    for account in accounts {
        crate::activitypub::remote::verify::fields(app, &account).await?;
    }
    Ok(())
}

/// Removes what has served its time, and counts the servers.
pub async fn tidy(app: &App) -> Result<()> {
    let mut batch = store::site::expired(app.now());
    batch.push(store::site::count_domains());
    batch.push(store::instances::forget_strangers(app.now().plus(-7 * DAY)));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Sees to a key pair for the next person.
pub async fn prepare_key(app: &App) -> Result<()> {
    crate::services::keys::keep_spare(app).await
}
