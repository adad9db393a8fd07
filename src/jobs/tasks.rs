//! What the schedule runs (`jobs::cron`), but for deliveries and jobs (`jobs::run`).

use super::message::Message;
use super::run::{JOB, JOBS, after_cron, refresh, scheduled};
use crate::activitypub::outbound::distribute;
use crate::activitypub::remote::resolve;
use crate::app::{App, Need};
use crate::error::Result;
use crate::model::cleanup::{MOST_A_DAY, OPERATIONS_A_DAY};
use crate::model::id::Id;
use crate::model::ledger::Work;
use crate::model::retention::Fill;
use crate::model::time::{DAY, MINUTE};
use crate::services::{self, publish};
use crate::store;
use crate::webpush::send;

/// Push messages of a run of cron: those that failed, and those whose invocation ended.
const PUSHES: usize = 2;

/// Some push messages that are due; the rest goes on elsewhere.
pub async fn pushes(app: &App) -> Result<()> {
    if send::room(app, PUSHES) == 0 {
        return Ok(());
    }
    store::write(&app.db, vec![store::push::find_lost(app.now(), false)]).await?;
    if !send::run(app, PUSHES).await? {
        return Ok(());
    }
    app.queue.send(vec![Message::Push.to_json()]).await
}

/// A followed profile that was not fetched for so long is fetched again when the cursor comes to it; how soon that is
/// depends on how many accounts there are.
const STALE_AFTER: i64 = 7 * DAY;
/// Accounts that one run looks at for stale profiles.
const LOOKED_AT: usize = 50;

/// Followed profiles that were not fetched for a week are fetched again, by a cursor through all accounts: of each
/// [`LOOKED_AT`] at most [`JOBS`], the rest in another pass.
pub async fn refresh_stale(app: &App) -> Result<()> {
    if !app.allows(Work::Profiles) {
        return Ok(());
    }
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
        if let Err(error) = refresh_now(app, id).await {
            crate::platform::log_failure(&format!("old profile {id}"), &error);
        }
    }
    // What there is no room for are jobs that are due in minutes.
    after_cron(app).await;
    Ok(())
}

/// Fetches a profile again: here, where there is room, which takes no rows of a job. A job tries again.
async fn refresh_now(app: &App, id: Id) -> Result<()> {
    if !app.has_room(JOB) {
        return refresh(app, id).await;
    }
    let Some(account) = store::load(&app.db, store::accounts::by_id(id)).await? else { return Ok(()) };
    match resolve::refresh(app, &account.uri).await {
        Err(error) if error.is_temporary() || error.is_ours() => refresh(app, id).await,
        Err(error) => Err(error),
        Ok(()) => Ok(()),
    }
}

/// Statements that [`on_time`] leaves for what follows it.
const LATER: u32 = 18;

/// What is due at its own time: scheduled statuses, ends of polls and mutes.
pub async fn on_time(app: &App) -> Result<()> {
    let kept = app.reserved.get();
    app.reserved.set(Need { statements: kept.statements.max(LATER), ..kept });
    let scheduled = scheduled(app).await;
    let closed = crate::services::vote::close_due(app, JOBS).await;
    let expired = store::write(&app.db, vec![store::mutes::delete_expired(app.now())]).await;
    after_cron(app).await;
    app.reserved.set(kept);
    // Each was tried; the first error is told.
    scheduled.and(closed).and(expired.map(|_| ()))
}

/// Sends an Update for local polls with new votes.
pub async fn tell_polls(app: &App) -> Result<()> {
    crate::services::vote::send_new_counts(app, JOBS).await?;
    after_cron(app).await;
    Ok(())
}

/// What a step of the search index takes.
const INDEX: Need = Need { statements: 8, fetches: 0 };
/// Statuses that one run looks at for the search index.
const INDEXED: usize = 60;
/// Younger ones wait for the next run, so that ids that arrive late are not skipped.
const SETTLED_AFTER: i64 = 2 * MINUTE;
/// A run begins once something has waited so much longer: each writes three rows, whatever it finds.
const GATHERED_FOR: i64 = 5 * MINUTE;

/// Adds public statuses of authors who allow it to the search index, some at a time; after a restore, also the text of those
/// that were in it.
pub async fn index(app: &App) -> Result<()> {
    if !app.has_room(INDEX) || !app.allows(Work::SearchIndex) {
        return Ok(());
    }
    let before = Id::floor(app.now().0 - SETTLED_AFTER);
    let due = Id::floor(app.now().0 - SETTLED_AFTER - GATHERED_FOR);
    let parts = (
        (store::search::begin_run(due, before), store::search::looked_at(before, due)),
        store::search::next_statuses(before, due),
        store::search::next_empty(before),
        store::site::setting("index_step"),
    );
    let ((step, seen), found, empty, known) = store::load(&app.db, parts).await?;
    if known.is_none() {
        store::write(&app.db, store::search::advance(before, INDEXED).to_vec()).await?;
        return Ok(());
    }
    let (Some(step), Some(seen)) = (step, seen) else { return Ok(()) };
    if step == 0 {
        crate::platform::log(&format!("search index: status {} is passed by", seen.first));
        store::write(&app.db, store::search::advance(seen.first, INDEXED).to_vec()).await?;
        return Ok(());
    }
    let read = found.cursors.iter().max().copied().unwrap_or(seen.first);
    let last = if found.cursors.len() < seen.wanted { read } else { seen.last };
    // In a full database what is new from elsewhere is passed by.
    let is_indexing = app.site().fill(app.meter.size()).is_none_or(Fill::is_indexing);
    let wanted =
        found.items.iter().filter(|(v, is_open)| (*is_open && is_indexing) || empty.contains(&v.status.id));
    let texts: Vec<(Id, String)> =
        wanted.map(|(v, _)| (v.status.id, publish::searchable(&v.status))).collect();
    let mut batch = store::search::advance(last, INDEXED).to_vec();
    if !texts.is_empty() {
        batch.push(store::search::index_all(&texts));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Counts trends anew, unless the operator has switched them off.
pub async fn count_trends(app: &App) -> Result<()> {
    let site = app.site();
    if site.has_trends && app.allows(Work::Trends) {
        store::write(&app.db, store::trends::count(app.now(), site.trends_need_review)).await?;
    }
    Ok(())
}

/// What the fields of a profile take.
const FIELDS: Need = Need { statements: 4, fetches: 2 };

/// Verifies links of local profiles again, those first that were not looked at for longest. They count as looked at
/// before their pages are fetched, so not without room for one.
pub async fn verify_links(app: &App) -> Result<()> {
    if !app.allows(Work::Links) || !app.has_room(FIELDS) {
        return Ok(());
    }
    let accounts = store::load(&app.db, store::accounts::local_with_fields(JOBS)).await?;
    let ids: Vec<Id> = accounts.iter().map(|a| a.id).collect();
    store::write(&app.db, vec![store::accounts::set_fields_checked(&ids, app.now())]).await?;
    for account in accounts {
        if !app.has_room(FIELDS) {
            break;
        }
        if let Err(error) = crate::activitypub::remote::verify::fields(app, &account).await {
            crate::platform::log_failure(&format!("links of {}", account.username), &error);
        }
    }
    Ok(())
}

/// What the deletion of a post and the start of its delivery take.
const OLD_POST: Need = Need { statements: 24, fetches: 0 };

/// Deletes one old post of somebody who has asked for it, within the day's number and operations of the queue. It can wait
/// like the removal of what others wrote.
pub async fn old_posts(app: &App) -> Result<()> {
    if !app.has_room(OLD_POST) || !app.allows(Work::Retention) {
        return Ok(());
    }
    let today = app.now().0.div_euclid(DAY);
    let (day, posts, operations) = store::load(&app.db, store::cleanup::today()).await?;
    let (posts, operations) = if day == today { (posts, operations) } else { (0, 0) };
    if posts >= MOST_A_DAY || operations >= OPERATIONS_A_DAY {
        return Ok(());
    }
    if services::cleanup::next(app, (today, posts, operations), distribute::CHUNK).await? {
        after_cron(app).await;
    }
    Ok(())
}

/// Inboxes that are deleted in a day.
const INBOXES: usize = 1_000;
/// Clients that are deleted in a day, each a row: more than a few addresses may register in one.
const APPS: usize = 5_000;
/// A host without an inbox is no longer known after so long.
const SEEN_FOR: i64 = 7 * DAY;

/// Removes expired rows, and counts the known servers.
pub async fn tidy(app: &App) -> Result<()> {
    let mut batch = store::site::expired(app.now());
    batch.push(store::jobs::delete_given_up(app.now()));
    batch.push(store::push::find_lost(app.now(), true));
    batch.push(store::polls::delete_given_up(app.now()));
    let (now, fill) = (app.now(), app.site().fill(app.meter.size()).unwrap_or(Fill::at(0)));
    batch.push(store::retention::forget_inboxes(INBOXES));
    batch.push(store::retention::forget_requests(now.plus(-fill.notifications())));
    batch.push(store::retention::forget_apps(now.plus(-fill.apps()), APPS));
    batch.push(store::site::count_domains());
    batch.push(store::instances::delete_unused(now.plus(-7 * DAY)));
    batch.push(store::instances::forget_seen(now.plus(-SEEN_FOR)));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Keeps a spare key pair for the next account, and the key for push messages.
pub async fn prepare_key(app: &App) -> Result<()> {
    crate::services::keys::keep_vapid(app).await?;
    crate::services::keys::keep_spare(app).await
}
