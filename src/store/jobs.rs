//! jobs: background work, such as fetches from other servers.

use super::Query;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: Id,
    pub kind: String,
    pub subject: String,
    /// JSON.
    pub context: String,
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

/// Inserts a job, once; due now.
pub fn insert(id: Id, kind: &str, subject: &str, context: &str, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO jobs (id, kind, subject, context, next_attempt_at) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (kind, subject, context) DO NOTHING",
    )
    .bind(id)
    .bind(kind)
    .bind(subject)
    .bind(context)
    .bind(now)
}

pub fn by_id(id: Id) -> Query<Option<Job>> {
    Query::first(Statement::new(format!("{SELECT} WHERE id = ?1")).bind(id), read)
}

/// Due ones, oldest first. The table has open work only, so it is read whole.
pub fn due(now: Time, limit: usize) -> Query<Vec<Job>> {
    Query::all(
        Statement::new(format!("{SELECT} WHERE next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?2"))
            .bind(now)
            .bind(limit),
        read,
    )
}

pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM jobs WHERE id = ?1").bind(id)
}

/// Postpones a job.
pub fn postpone(id: Id, next_attempt_at: Time) -> Statement {
    Statement::new("UPDATE jobs SET attempts = attempts + 1, next_attempt_at = ?2 WHERE id = ?1")
        .bind(id)
        .bind(next_attempt_at)
}
