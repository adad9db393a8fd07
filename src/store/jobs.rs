//! jobs: background work, such as fetches from other servers.

use super::Query;
use crate::model::id::Id;
use crate::model::time::{SECOND, Time};
use crate::platform::sql::{Row, Statement};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: Id,
    pub kind: String,
    pub subject: String,
    /// JSON.
    pub context: String,
    /// With the one that it was taken for.
    pub attempts: i64,
}

fn read(row: &Row) -> crate::error::Result<Job> {
    Ok(Job {
        id: row.id("id")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        context: row.text("context")?,
        attempts: row.int("attempts")?,
    })
}

const SELECT: &str = "SELECT id, kind, subject, context, attempts FROM jobs";

/// A job is dropped after so many attempts.
pub const MAX_ATTEMPTS: i64 = 8;

/// Kinds of jobs that other servers' activities cause. They run after those that people here wait for.
const FOREIGN: [&str; 12] = [
    "actor",
    "announce",
    "confirm",
    "featured",
    "followers",
    "gone",
    "move",
    "note",
    "pin",
    "quote",
    "quote_request",
    "sync",
];

/// Seconds from the start of an attempt to the next one, which is made where that one failed or never ended. Longer than
/// an attempt takes.
const WAIT: &str = "(120 + (attempts + 1) * (attempts + 1) * (attempts + 1) * (attempts + 1))";

fn added(id: Id, kind: &str, subject: &str, context: &str, attempts: i64, at: Time) -> Statement {
    Statement::new(
        "INSERT INTO jobs (id, kind, subject, context, is_foreign, attempts, next_attempt_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (kind, subject, context) DO NOTHING",
    )
    .bind(id)
    .bind(kind)
    .bind(subject)
    .bind(context)
    .bind(FOREIGN.contains(&kind))
    .bind(attempts)
    .bind(at)
}

/// Adds a job, once; it is due at `at`.
pub fn insert(id: Id, kind: &str, subject: &str, context: &str, at: Time) -> Statement {
    added(id, kind, subject, context, 0, at)
}

/// Adds jobs of one kind, each (id, subject, context) once, due now.
pub fn insert_all(kind: &str, jobs: &[(Id, String, String)], now: Time) -> Statement {
    let rows: Vec<(i64, &str, &str)> = jobs.iter().map(|(id, s, c)| (id.0, s.as_str(), c.as_str())).collect();
    Statement::new(
        "INSERT INTO jobs (id, kind, subject, context, is_foreign, next_attempt_at) \
         SELECT j.value ->> 0, ?2, j.value ->> 1, j.value ->> 2, ?3, ?4 FROM json_each(?1) j WHERE 1 ON CONFLICT (kind, subject, context) DO NOTHING",
    )
    .bind(super::to_json(&rows))
    .bind(kind)
    .bind(FOREIGN.contains(&kind))
    .bind(now)
}

/// Adds a job, once, that this invocation starts (`Message::Run`): its first attempt is counted, and the next one is
/// due where this one ends without a word.
pub fn start(id: Id, kind: &str, subject: &str, context: &str, now: Time) -> Statement {
    added(id, kind, subject, context, 1, started_until(now))
}

/// When a job that was started at `now` is due again.
pub fn started_until(now: Time) -> Time {
    now.plus(121 * SECOND)
}

pub fn by_id(id: Id) -> Query<Option<Job>> {
    Query::first(Statement::new(format!("{SELECT} WHERE id = ?1")).bind(id), read)
}

/// Whether jobs wait, of either sort.
pub fn is_any_due(now: Time) -> Query<bool> {
    Query::new(
        Statement::new(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE is_foreign = 0 AND next_attempt_at <= ?1 AND attempts < ?2) \
             OR EXISTS (SELECT 1 FROM jobs WHERE is_foreign = 1 AND next_attempt_at <= ?1 AND attempts < ?2) AS found",
        )
        .bind(now)
        .bind(MAX_ATTEMPTS),
        |rows| rows.first().map_or(Ok(false), |row| row.bool("found")),
    )
}

/// Takes the job that is due for longest: the attempt is counted and the next one put off before it runs, so that a job
/// that ends its invocation does not come first again.
pub fn take(now: Time, is_foreign: bool) -> Query<Option<Job>> {
    Query::first(
        Statement::new(format!(
            "UPDATE jobs SET attempts = attempts + 1, next_attempt_at = ?1 + 1000 * {WAIT} WHERE id = \
             (SELECT id FROM jobs WHERE is_foreign = ?2 AND next_attempt_at <= ?1 AND attempts < ?3 ORDER BY next_attempt_at LIMIT 1) \
             RETURNING id, kind, subject, context, attempts"
        ))
        .bind(now)
        .bind(is_foreign)
        .bind(MAX_ATTEMPTS),
        read,
    )
}

pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM jobs WHERE id = ?1").bind(id)
}

/// Removes jobs whose last attempt never ended.
pub fn delete_given_up(now: Time) -> Statement {
    Statement::new("DELETE FROM jobs WHERE attempts >= ?2 AND next_attempt_at <= ?1")
        .bind(now)
        .bind(MAX_ATTEMPTS)
}
