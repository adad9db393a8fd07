//! The schedule: what runs how often. One trigger a minute starts it.

use super::run;
use crate::app::App;
use crate::model::time::MINUTE;
use crate::services::counts;

/// (interval in minutes, name).
pub const SCHEDULE: [(i64, &str); 11] = [
    (1, "due deliveries, stale outbox rows, jobs"),
    (1, "scheduled statuses, closed polls, ended mutes"),
    (1, "search index"),
    (3, "polls with new votes"),
    (10, "a spare key"),
    (30, "old profiles"),
    (180, "trends"),
    (180, "people"),
    (60 * 12, "verified links"),
    (60 * 24, "expired rows"),
    (60 * 24, "weeks, servers, the directory"),
];

/// One run of the trigger.
pub async fn tick(app: &App) {
    let minute = app.now().0 / MINUTE;
    for (every, name) in SCHEDULE {
        if minute % every != 0 {
            continue;
        }
        let outcome = match name {
            "scheduled statuses, closed polls, ended mutes" => run::on_time(app).await,
            "search index" => run::index(app).await,
            "polls with new votes" => run::tell_polls(app).await,
            "old profiles" => run::refresh_stale(app).await,
            "trends" => run::count_trends(app).await,
            "people" => counts::count_people(app).await,
            "weeks, servers, the directory" => counts::count_all(app).await,
            "verified links" => run::verify_links(app).await,
            "a spare key" => run::prepare_key(app).await,
            "expired rows" => run::tidy(app).await,
            _ => run::due(app).await.map(|_| ()),
        };
        if let Err(error) = outcome {
            crate::platform::log_failure(&format!("cron, {name}"), &error);
        }
    }
}
