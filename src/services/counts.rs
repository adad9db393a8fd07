//! Numbers that cron computes in advance: `store::answers`.

use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::model::time::{DAY, Time};
use crate::store;

/// Maximum number of statuses that are counted for twelve weeks.
const MAX_STATUSES: usize = 20_000;

/// Twelve weeks, the current one first, as <https://docs.joinmastodon.org/methods/instance/#activity>: of at
/// most `most` statuses and accounts.
pub async fn weeks(app: &App, most: usize) -> Result<Value> {
    const WEEK: i64 = 7 * DAY;
    let now = app.now();
    // Weeks begin on Monday; 1970-01-01 was a Thursday.
    let monday = (now.0 - 4 * DAY).div_euclid(WEEK) * WEEK + 4 * DAY;
    let weeks: Vec<Time> = (0..12).map(|n| Time(monday - n * WEEK)).collect();
    let counted = store::load(&app.db, store::site::activity(&weeks, WEEK, most)).await?;
    Ok(counted
        .iter()
        .map(|(week, statuses, logins, registrations)| {
            json!({
                "week": (week.0 / 1000).to_string(),
                "statuses": statuses.to_string(),
                "logins": logins.to_string(),
                "registrations": registrations.to_string(),
            })
        })
        .collect())
}

/// Counts accounts, for the instance entity.
pub async fn count_people(app: &App) -> Result<()> {
    store::write(&app.db, vec![store::answers::count_people(app.now())]).await?;
    Ok(())
}

/// Computes what changes slowly: weeks, servers, the directory, the numbers of the day before.
pub async fn count_all(app: &App) -> Result<()> {
    let weeks = weeks(app, MAX_STATUSES).await?.to_string();
    let now = app.now();
    let batch = vec![
        store::answers::keep_activity(&weeks, now),
        store::answers::list_servers(now),
        store::answers::list_people(now),
    ];
    store::write(&app.db, batch).await?;
    super::measures::count_days(app).await
}
