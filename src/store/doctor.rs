//! What the state of an instance is told from (`services/doctor.rs`).

use super::Query;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub schema: String,
    /// When cron last ran, and when a message of the queue was last taken, within some hours.
    pub cron_at: Option<Time>,
    pub queue_at: Option<Time>,
    /// The oldest activity of which a message was not taken yet.
    pub untaken: Option<Id>,
    /// The oldest activity that a server has not got.
    pub undelivered: Option<Id>,
    /// Deliveries that wait to be tried again, at most [`MAX_WAITING`].
    pub waiting: i64,
}

/// How many waiting deliveries are counted.
pub const MAX_WAITING: usize = 100;

/// The facts, from an hour (since 1970) on. Reads a row an hour, and the waiting deliveries up to their maximum.
pub fn facts(since: i64) -> Query<Facts> {
    Query::new(
        Statement::new(format!(
            "SELECT (SELECT value FROM settings WHERE key = 'schema_version') AS schema, \
             (SELECT max(cron_at) FROM usage WHERE hour >= ?1) AS cron_at, (SELECT max(queue_at) FROM usage WHERE hour >= ?1) AS queue_at, \
             (SELECT min(outbox_id) FROM chunks) AS untaken, (SELECT min(outbox_id) FROM deliveries) AS undelivered, \
             (SELECT count(*) FROM (SELECT 1 FROM deliveries LIMIT {MAX_WAITING})) AS waiting"
        ))
        .bind(since),
        |rows| {
            let Some(row) = rows.first() else { return Ok(Facts::default()) };
            Ok(Facts {
                schema: row.opt_text("schema")?.unwrap_or_default(),
                cron_at: row.opt_time("cron_at")?,
                queue_at: row.opt_time("queue_at")?,
                untaken: row.opt_id("untaken")?,
                undelivered: row.opt_id("undelivered")?,
                waiting: row.int("waiting")?,
            })
        },
    )
}

/// The servers of the oldest waiting deliveries: domain, attempts, the last error; at most `most`.
pub fn failing(most: usize) -> Query<Vec<(String, i64, String)>> {
    Query::all(
        Statement::new(format!(
            "SELECT x.domain AS domain, max(d.attempts) AS attempts, d.last_error AS last_error FROM \
             (SELECT inbox_id, attempts, last_error FROM deliveries ORDER BY outbox_id LIMIT {MAX_WAITING}) d \
             CROSS JOIN inboxes x ON x.id = d.inbox_id GROUP BY x.domain ORDER BY 2 DESC, 1 LIMIT ?1"
        ))
        .bind(most),
        |row| Ok((row.text("domain")?, row.int("attempts")?, row.text("last_error")?)),
    )
}

/// For each domain, somebody who lives there: (domain's id, user name).
pub fn people() -> Query<Vec<(Id, String)>> {
    Query::all(
        Statement::new(
            "SELECT d.id AS id, (SELECT a.username FROM users u CROSS JOIN accounts a ON a.id = u.account_id \
             WHERE a.domain_id = d.id AND a.suspended_at IS NULL LIMIT 1) AS username FROM domains d",
        ),
        |row| Ok((row.id("id")?, row.opt_text("username")?.unwrap_or_default())),
    )
}
