//! The schedule: what runs how often, and in which order. One trigger a minute starts it.
//!
//! An invocation that dies takes with it whatever has not run yet. So an attempt is counted before it is made, what other
//! servers cause comes last, and a run keeps within what an invocation may use (`App::has_room`).

use super::{run, tasks};
use crate::app::{App, Need};
use crate::doctor;
use crate::error::Error;
use crate::model::time::{MINUTE, Time};
use crate::services::{
    blocklist, counts, held, import, ledger, media, retention, schedule, sign_up, takeout,
};

/// (period in minutes, minute of it, name), in the order in which they run.
pub const SCHEDULE: [(i64, i64, &str); 21] = [
    (1, 0, "scheduled statuses, closed polls, ended mutes"),
    (1, 0, "push messages"),
    (10, 5, "a spare key"),
    (180, 60, "trends"),
    (180, 0, "people"),
    (60 * 24, 0, "expired rows"),
    (60 * 24, 2, "weeks, servers, the directory"),
    (1, 0, "search index"),
    (4, 0, "polls with new votes"),
    (1, 0, "outbox rows and deliveries"),
    (60 * 12, 40, "verified links"),
    (30, 15, "old profiles"),
    (1, 0, "jobs"),
    (1, 0, "more scheduled statuses"),
    (1, 0, "jobs of other servers"),
    (10, 3, "lists of domains"),
    (30, 25, "unused files"),
    (2, 0, "old statuses"),
    (4, 0, "old accounts, notifications, previews"),
    (2, 1, "old posts of people here"),
    (60 * 24, 35, "imports, takeouts, usage, sign-ups"),
];

/// What a run leaves for what comes late in it: deliveries, jobs and jobs of other servers have their turn in every fourth
/// minute, whatever else there is; each kind of what is old, in every fortieth.
const RESERVED: Need = Need { statements: 21, fetches: 6 };

/// One run of the trigger, now.
pub async fn tick(app: &App) {
    tick_of(app, app.now()).await;
}

/// One run of the trigger that was due at `due`: one that comes late does what its own minute has, since that of a day comes once.
pub async fn tick_of(app: &App, due: Time) {
    let minute = due.0 / MINUTE;
    // A task that fails does not stop the others.
    let told = |name: &str, error: &Error| crate::platform::log_failure(&format!("cron, {name}"), error);
    let turn = match minute % 4 {
        1 => "outbox rows and deliveries",
        2 => "jobs",
        3 => "jobs of other servers",
        // Not where something rarer is due.
        _ if minute % 40 == 8 => "old statuses",
        _ if minute % 40 == 28 => "old accounts, notifications, previews",
        _ => "",
    };
    if turn == "outbox rows and deliveries" {
        app.reserved.set(RESERVED);
    } else if turn.starts_with("old") {
        app.reserved.set(retention::RUN);
    } else if !turn.is_empty() {
        match run::has_jobs(app).await {
            Ok(true) => app.reserved.set(RESERVED),
            Ok(false) => {}
            Err(error) => told("jobs", &error),
        }
    }
    for (every, at, name) in SCHEDULE {
        if minute % every != at {
            continue;
        }
        if name == turn {
            app.reserved.set(Need::default());
        }
        let outcome = match name {
            "scheduled statuses, closed polls, ended mutes" => tasks::on_time(app).await,
            "push messages" => tasks::pushes(app).await,
            "search index" => tasks::index(app).await,
            "polls with new votes" => tasks::tell_polls(app).await,
            "old profiles" => tasks::refresh_stale(app).await,
            "trends" => tasks::count_trends(app).await,
            "people" => counts::count_people(app).await,
            "weeks, servers, the directory" => counts::count_all(app).await,
            "verified links" => tasks::verify_links(app).await,
            "old statuses" => retention::statuses(app).await,
            "old accounts, notifications, previews" => retention::others(app).await,
            "old posts of people here" => tasks::old_posts(app).await,
            "lists of domains" => blocklist::on_time(app).await,
            "unused files" => media::sweep(app).await,
            "imports, takeouts, usage, sign-ups" => {
                // Each is tried; the first error is told.
                let (imports, takeouts) = (import::tidy(app).await, takeout::tidy(app).await);
                let (watched, signed_up) = (sign_up::watch(app).await, sign_up::tidy(app).await);
                let dropped = held::tidy(app).await;
                imports.and(takeouts).and(ledger::forget(app).await).and(watched).and(signed_up).and(dropped)
            }
            "a spare key" => tasks::prepare_key(app).await,
            "expired rows" => tasks::tidy(app).await,
            "outbox rows and deliveries" => run::deliveries(app, minute / 4 % 2 == 0).await,
            "jobs" => run::jobs(app, false).await,
            // What the queue has not taken.
            "more scheduled statuses" => schedule::publish_due(app, run::JOBS).await.map(|_| ()),
            _ => run::jobs(app, true).await,
        };
        if let Err(error) = outcome {
            told(name, &error);
        }
    }
    run::after_cron(app).await;
    if app.has_room(Need { statements: 2, fetches: 0 })
        && let Err(error) = doctor::note_version(app).await
    {
        told("version", &error);
    }
}
