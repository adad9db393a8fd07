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
    /// Those that were made so far.
    pub attempts: i64,
    pub is_blocking: bool,
    /// How the last one ended.
    pub last_error: String,
    pub inbox: Inbox,
}

fn waiting(from: &str) -> Statement {
    Statement::new(format!(
        "SELECT d.outbox_id AS outbox_id, o.account_id AS account_id, o.activity AS activity, \
         d.is_blocking AS is_blocking, d.last_error AS last_error, d.attempts AS attempts, {} \
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
        is_blocking: row.bool("is_blocking")?,
        last_error: row.text("last_error")?,
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

/// Takes deliveries, of each (outbox row, inbox, attempts so far, next attempt): the attempt is counted and the next one
/// put off before it is made, so that an invocation that dies does not make it again and again. Answers `outbox_id` and
/// `inbox_id` of those that nobody else took meanwhile.
pub fn take(all: &[(Id, Id, i64, Time)]) -> Statement {
    let rows: Vec<(i64, i64, i64, i64)> = all.iter().map(|(o, i, n, at)| (o.0, i.0, *n, at.0)).collect();
    Statement::new(
        "UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = j.value ->> 3 FROM json_each(?1) j \
         WHERE outbox_id = j.value ->> 0 AND inbox_id = j.value ->> 1 AND attempts = j.value ->> 2 RETURNING outbox_id, inbox_id",
    )
    .bind(super::to_json(&rows))
}

/// A failed delivery, and how it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub outbox_id: Id,
    pub inbox_id: Id,
    pub attempts: i64,
    pub next_attempt_at: Time,
    /// Later activities of the same author wait for it.
    pub is_blocking: bool,
    pub error: String,
}

/// Deliveries failed: when they are tried again. Only while their outbox rows are there.
pub fn failed(all: &[Failed]) -> Statement {
    let rows: Vec<(i64, i64, i64, i64, bool, &str)> = all
        .iter()
        .map(|f| {
            (f.outbox_id.0, f.inbox_id.0, f.attempts, f.next_attempt_at.0, f.is_blocking, f.error.as_str())
        })
        .collect();
    Statement::new(
        "INSERT INTO deliveries (outbox_id, inbox_id, attempts, next_attempt_at, is_blocking, last_error) \
         SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5 FROM json_each(?1) j \
         WHERE EXISTS (SELECT 1 FROM outbox WHERE id = j.value ->> 0) \
         ON CONFLICT (outbox_id, inbox_id) DO UPDATE SET attempts = excluded.attempts, \
         next_attempt_at = excluded.next_attempt_at, is_blocking = excluded.is_blocking, last_error = excluded.last_error",
    )
    .bind(super::to_json(&rows))
}

/// Of each (outbox row, inbox, author): the way to the inbox is free for what waited behind that row, and the next ones
/// of that author, at most `limit`, are due.
pub fn wake_next(all: &[(Id, Id, Id)], now: Time, limit: usize) -> Statement {
    let rows: Vec<(i64, i64, i64)> = all.iter().map(|(o, i, a)| (o.0, i.0, a.0)).collect();
    Statement::new(
        "UPDATE deliveries SET next_attempt_at = ?2 WHERE next_attempt_at > ?2 AND (outbox_id, inbox_id) IN \
         (SELECT w.outbox_id, w.inbox_id FROM json_each(?1) j CROSS JOIN deliveries w ON w.inbox_id = j.value ->> 1 AND w.outbox_id IN \
         (SELECT d.outbox_id FROM deliveries d CROSS JOIN outbox o ON o.id = d.outbox_id \
         WHERE d.inbox_id = j.value ->> 1 AND d.outbox_id > j.value ->> 0 AND o.account_id = j.value ->> 2 ORDER BY d.outbox_id LIMIT ?3))",
    )
    .bind(super::to_json(&rows))
    .bind(now)
    .bind(limit)
}

/// Deliveries are over: they arrived, or never will.
pub fn finished(pairs: &[Pair]) -> Statement {
    Statement::new(
        "DELETE FROM deliveries WHERE (outbox_id, inbox_id) IN (SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j)",
    )
    .bind(pairs_json(pairs))
}
