//! usage: what was used of the plan's quotas, a row an hour (`model/ledger.rs`).

use super::{Query, to_json};
use crate::model::ledger::{Counted, Ran, Usage, sum};
use crate::platform::sql::Statement;

/// Adds amounts to an hour, and what ran in it. One row written.
pub fn add(hour: i64, counted: &Counted, ran: Ran) -> Statement {
    Statement::new(
        "INSERT INTO usage (hour, counted, cron_at, queue_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (hour) DO UPDATE SET \
         cron_at = nullif(max(coalesce(usage.cron_at, 0), coalesce(excluded.cron_at, 0)), 0), \
         queue_at = nullif(max(coalesce(usage.queue_at, 0), coalesce(excluded.queue_at, 0)), 0), counted = \
         (SELECT json_group_object(key, total) FROM (SELECT key, sum(value) AS total FROM \
         (SELECT key, value FROM json_each(usage.counted) UNION ALL SELECT key, value FROM json_each(excluded.counted)) GROUP BY key))",
    )
    .bind(hour)
    .bind(to_json(counted))
    .bind(ran.cron_at)
    .bind(ran.queue_at)
}

/// As SQL: what was used from the hour `?1` on, of all sources together, as JSON for [`total`]. Reads a row an hour.
pub(super) const SINCE: &str = "SELECT json_group_object(key, total) FROM (SELECT j.key AS key, sum(j.value) AS total \
FROM usage u CROSS JOIN json_each(u.counted) j WHERE u.hour >= ?1 GROUP BY j.key)";

/// The sum of stored amounts.
pub(super) fn total(text: &str) -> Usage {
    sum(&read(text), None)
}

/// The hours from one to before another, each with its amounts.
pub fn hours(from: i64, until: i64) -> Query<Vec<(i64, Counted)>> {
    Query::all(
        Statement::new("SELECT hour, counted FROM usage WHERE hour >= ?1 AND hour < ?2 ORDER BY hour")
            .bind(from)
            .bind(until),
        |row| Ok((row.int("hour")?, read(&row.text("counted")?))),
    )
}

/// Deletes the hours before one.
pub fn delete_before(hour: i64) -> Statement {
    Statement::new("DELETE FROM usage WHERE hour < ?1").bind(hour)
}

/// Stored amounts; nothing where they are unreadable.
fn read(text: &str) -> Counted {
    serde_json::from_str(text).unwrap_or_default()
}
