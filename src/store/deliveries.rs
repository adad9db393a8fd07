//! deliveries: failed ones, to be retried.

use super::Query;
use super::inboxes::{self, Inbox};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// A failed delivery that is due, with everything that a retry needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub outbox_id: Id,
    pub account_id: Id,
    pub activity: String,
    pub attempts: i64,
    pub inbox: Inbox,
}

fn waiting(from: &str) -> Statement {
    Statement::new(format!(
        "SELECT d.outbox_id AS outbox_id, o.account_id AS account_id, o.activity AS activity, d.attempts AS attempts, {} \
         FROM ({from}) d CROSS JOIN outbox o ON o.id = d.outbox_id CROSS JOIN inboxes x ON x.id = d.inbox_id \
         LEFT JOIN instances i ON i.domain = x.domain ORDER BY d.next_attempt_at, d.outbox_id",
        inboxes::COLUMNS
    ))
}

fn read(row: &Row) -> Result<Due> {
    Ok(Due {
        outbox_id: row.id("outbox_id")?,
        account_id: row.id("account_id")?,
        activity: row.opt_text("activity")?.unwrap_or_default(),
        attempts: row.int("attempts")?,
        inbox: inboxes::read(row)?,
    })
}

/// What is due, oldest first.
pub fn due(now: Time, limit: usize) -> Query<Vec<Due>> {
    Query::all(
        waiting("SELECT * FROM deliveries WHERE next_attempt_at <= ?1 ORDER BY next_attempt_at, outbox_id LIMIT ?2")
            .bind(now)
            .bind(limit),
        read,
    )
}

/// An outbox row and an inbox.
pub type Pair = (Id, Id);

fn pairs_json(pairs: &[Pair]) -> String {
    super::to_json(&pairs.iter().map(|(outbox, inbox)| (outbox.0, inbox.0)).collect::<Vec<_>>())
}

const LEASED: &str = "SELECT d.* FROM json_each(?1) j CROSS JOIN deliveries d ON d.outbox_id = j.value ->> 0 AND d.inbox_id = j.value ->> 1 \
AND d.next_attempt_at = ?2";

/// Those of `pairs` that [`lease`] leased until exactly then and that nobody has tried since.
pub fn leased(pairs: &[Pair], until: Time) -> Query<Vec<Due>> {
    Query::all(waiting(LEASED).bind(pairs_json(pairs)).bind(until), read)
}

/// The keys of due deliveries.
pub fn due_pairs(now: Time, limit: usize) -> Query<Vec<Pair>> {
    Query::all(
        Statement::new(
            "SELECT outbox_id, inbox_id FROM deliveries WHERE next_attempt_at <= ?1 \
             ORDER BY next_attempt_at, outbox_id LIMIT ?2",
        )
        .bind(now)
        .bind(limit),
        |row| Ok((row.id("outbox_id")?, row.id("inbox_id")?)),
    )
}

/// Leases these to a queue consumer: nobody else tries them before `until`.
pub fn lease(pairs: &[Pair], until: Time) -> Statement {
    Statement::new(
        "UPDATE deliveries SET next_attempt_at = ?2 WHERE next_attempt_at < ?2 AND (outbox_id, inbox_id) IN \
         (SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j)",
    )
    .bind(pairs_json(pairs))
    .bind(until)
}

/// Ends a lease early.
pub fn release(pairs: &[Pair], until: Time, now: Time) -> Statement {
    Statement::new(
        "UPDATE deliveries SET next_attempt_at = ?3 WHERE next_attempt_at = ?2 AND (outbox_id, inbox_id) IN \
         (SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j)",
    )
    .bind(pairs_json(pairs))
    .bind(until)
    .bind(now)
}

/// The result of a failed delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    pub attempts: i64,
    pub at: Time,
    /// Whether later activities of the same author wait for it.
    pub is_blocking: bool,
}

/// A delivery failed: stores the time of the next attempt, if its outbox row still exists.
pub fn failed(outbox: Id, inbox: Id, next: Next, error: &str) -> Statement {
    Statement::new(
        "INSERT INTO deliveries (outbox_id, inbox_id, attempts, next_attempt_at, is_blocking, last_error) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM outbox WHERE id = ?1) \
         ON CONFLICT (outbox_id, inbox_id) DO UPDATE SET attempts = excluded.attempts, \
         next_attempt_at = excluded.next_attempt_at, is_blocking = excluded.is_blocking, last_error = excluded.last_error",
    )
    .bind(outbox)
    .bind(inbox)
    .bind(next.attempts)
    .bind(next.at)
    .bind(next.is_blocking)
    .bind(error)
}

/// The inbox has got `outbox`: the next deliveries of that author that waited for it are due.
pub fn wake_next(outbox: Id, inbox: Id, account: Id, now: Time, limit: usize) -> Statement {
    Statement::new(
        "UPDATE deliveries SET next_attempt_at = ?4 WHERE inbox_id = ?2 AND next_attempt_at > ?4 AND outbox_id IN \
         (SELECT d.outbox_id FROM deliveries d CROSS JOIN outbox o ON o.id = d.outbox_id \
         WHERE d.inbox_id = ?2 AND d.outbox_id > ?1 AND o.account_id = ?3 ORDER BY d.outbox_id LIMIT ?5)",
    )
    .bind(outbox)
    .bind(inbox)
    .bind(account)
    .bind(now)
    .bind(limit)
}

/// A delivery is finished: it succeeded, or was given up.
pub fn finished(outbox: Id, inbox: Id) -> Statement {
    Statement::new("DELETE FROM deliveries WHERE outbox_id = ?1 AND inbox_id = ?2").bind(outbox).bind(inbox)
}
