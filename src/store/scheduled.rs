//! scheduled_statuses.

use super::Query;
use super::pages::{bounds, direction};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::time::{HOUR, Time};
use crate::platform::sql::{Row, Statement};

/// A scheduled status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    pub id: Id,
    pub account_id: Id,
    pub at: Time,
    /// The draft as JSON (services/schedule.rs).
    pub params: String,
}

const SELECT: &str = "SELECT id, account_id, scheduled_at, params FROM scheduled_statuses";

fn read(row: &Row) -> Result<Scheduled> {
    Ok(Scheduled {
        id: row.id("id")?,
        account_id: row.id("account_id")?,
        at: row.time("scheduled_at")?,
        params: row.text("params")?,
    })
}

/// The maximum number of scheduled statuses: of an account, and within one day (from the first time to the
/// second).
pub struct Limits {
    pub all: i64,
    pub a_day: i64,
    pub day: (Time, Time),
}

/// Inserts a scheduled status, while there are fewer than the limits; returns its id.
pub fn insert(s: &Scheduled, limits: &Limits) -> Statement {
    Statement::new(
        "INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params) SELECT ?1, ?2, ?3, ?4 \
         WHERE (SELECT count(*) FROM scheduled_statuses WHERE account_id = ?2) < ?5 \
         AND (SELECT count(*) FROM scheduled_statuses WHERE account_id = ?2 AND scheduled_at >= ?6 AND scheduled_at < ?7) < ?8 RETURNING id",
    )
    .bind(s.id)
    .bind(s.account_id)
    .bind(s.at)
    .bind(&s.params)
    .bind(limits.all)
    .bind(limits.day.0)
    .bind(limits.day.1)
    .bind(limits.a_day)
}

/// What the same batch has inserted uses attachments.
pub fn take_media(s: &Scheduled, ids: &[Id]) -> Statement {
    Statement::new(
        "UPDATE media SET owner_id = ?3, unused_since = NULL WHERE id IN (SELECT value FROM json_each(?1)) AND account_id = ?2 \
         AND EXISTS (SELECT 1 FROM scheduled_statuses WHERE id = ?3)",
    )
    .bind_ids(ids)
    .bind(s.account_id)
    .bind(s.id)
}

/// Stores the Idempotency-Key of what the same batch has inserted.
pub fn remember_idempotency(s: &Scheduled, key: &str, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO idempotency_keys (account_id, key, status_id, created_at) SELECT ?1, ?2, id, ?4 FROM scheduled_statuses WHERE id = ?3",
    )
    .bind(s.account_id)
    .bind(key)
    .bind(s.id)
    .bind(now)
}

pub fn by_id(account: Id, id: Id) -> Query<Option<Scheduled>> {
    Query::first(
        Statement::new(format!("{SELECT} WHERE id = ?1 AND account_id = ?2")).bind(id).bind(account),
        read,
    )
}

pub fn list(account: Id, page: &Page) -> Query<Vec<Scheduled>> {
    let (max, min) = bounds(page);
    Query::all(
        Statement::new(format!(
            "SELECT * FROM ({SELECT} WHERE account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id {} LIMIT ?4) ORDER BY id DESC",
            direction(page)
        ))
        .bind(account)
        .bind(max)
        .bind(min)
        .bind(page.limit),
        read,
    )
}

/// How many an account has.
pub fn count(account: Id) -> Query<i64> {
    Query::new(
        Statement::new("SELECT count(*) AS n FROM scheduled_statuses WHERE account_id = ?1").bind(account),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}

/// The condition that nobody has frozen the login of the account `a`.
const NOT_FROZEN: &str =
    "AND NOT EXISTS (SELECT 1 FROM users u WHERE u.account_id = a.id AND u.disabled_at IS NOT NULL)";

/// So often a status is tried.
const MAX_ATTEMPTS: i64 = 8;

/// Takes what is due for longest: the attempt is counted before it is made, and the next one is an hour later, then two,
/// then four. After the last one it stays for its author to see. Those of suspended and frozen accounts wait for the end of
/// that. With it comes whether another one is due.
pub fn take(now: Time) -> Query<Option<(Scheduled, bool)>> {
    Query::first(
        Statement::new(format!(
            "UPDATE scheduled_statuses SET attempts = attempts + 1, scheduled_at = ?1 + {HOUR} * (1 << attempts) WHERE id = \
             (SELECT s.id FROM scheduled_statuses s CROSS JOIN accounts a ON a.id = s.account_id AND a.suspended_at IS NULL {NOT_FROZEN} \
             WHERE s.scheduled_at <= ?1 AND s.attempts < {MAX_ATTEMPTS} ORDER BY s.scheduled_at LIMIT 1) \
             RETURNING id, account_id, scheduled_at, params, EXISTS (SELECT 1 FROM scheduled_statuses o \
             CROSS JOIN accounts a ON a.id = o.account_id AND a.suspended_at IS NULL {NOT_FROZEN} \
             WHERE o.scheduled_at <= ?1 AND o.attempts < {MAX_ATTEMPTS} AND o.id <> scheduled_statuses.id) AS is_another_due"
        ))
        .bind(now),
        |row| Ok((read(row)?, row.bool("is_another_due")?)),
    )
}

/// Stores the key of the status that a taken row becomes, in the same batch. Where the author has deleted the row or chosen
/// another time since it was taken, the key is inserted twice, so that the batch fails with a conflict.
pub fn remember_published(account: Id, id: Id, key: &str, status: Id, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO idempotency_keys (account_id, key, status_id, created_at) SELECT ?1, ?2, ?4, ?5 UNION ALL SELECT ?1, ?2, ?4, ?5 \
         WHERE NOT EXISTS (SELECT 1 FROM scheduled_statuses WHERE id = ?3 AND account_id = ?1 AND attempts > 0)",
    )
    .bind(account)
    .bind(key)
    .bind(id)
    .bind(status)
    .bind(now)
}

/// Its author has chosen another time, while fewer others than the limit are on that day; returns its id.
pub fn set_time(account: Id, id: Id, at: Time, limits: &Limits) -> Statement {
    Statement::new(
        "UPDATE scheduled_statuses SET scheduled_at = ?3, attempts = 0 WHERE id = ?1 AND account_id = ?2 \
         AND (SELECT count(*) FROM scheduled_statuses o WHERE o.account_id = ?2 AND o.id <> ?1 AND o.scheduled_at >= ?4 \
         AND o.scheduled_at < ?5) < ?6 RETURNING id",
    )
    .bind(id)
    .bind(account)
    .bind(at)
    .bind(limits.day.0)
    .bind(limits.day.1)
    .bind(limits.a_day)
}

pub fn delete(account: Id, id: Id) -> Statement {
    Statement::new("DELETE FROM scheduled_statuses WHERE id = ?1 AND account_id = ?2").bind(id).bind(account)
}
