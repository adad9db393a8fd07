//! scheduled_statuses: what is published later.

use super::Query;
use super::timelines::{bounds, direction};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// A status that waits for its time.
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

pub fn insert(s: &Scheduled) -> Statement {
    Statement::new(
        "INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params) VALUES (?1, ?2, ?3, ?4)",
    )
    .bind(s.id)
    .bind(s.account_id)
    .bind(s.at)
    .bind(&s.params)
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

/// How many a person has waiting, and how many of them between two moments.
pub fn counts(account: Id, from: Time, to: Time) -> Query<(i64, i64)> {
    Query::new(
        Statement::new(
            "SELECT count(*) AS n, coalesce(sum(scheduled_at >= ?2 AND scheduled_at < ?3), 0) AS day \
             FROM scheduled_statuses WHERE account_id = ?1",
        )
        .bind(account)
        .bind(from)
        .bind(to),
        |rows| match rows.first() {
            Some(row) => Ok((row.int("n")?, row.int("day")?)),
            None => Ok((0, 0)),
        },
    )
}

/// What is due, oldest first.
pub fn due(now: Time, limit: usize) -> Query<Vec<Scheduled>> {
    Query::all(
        Statement::new(format!("{SELECT} WHERE scheduled_at <= ?1 ORDER BY scheduled_at LIMIT ?2"))
            .bind(now)
            .bind(limit),
        read,
    )
}

pub fn set_time(account: Id, id: Id, at: Time) -> Statement {
    Statement::new("UPDATE scheduled_statuses SET scheduled_at = ?3 WHERE id = ?1 AND account_id = ?2")
        .bind(id)
        .bind(account)
        .bind(at)
}

pub fn delete(account: Id, id: Id) -> Statement {
    Statement::new("DELETE FROM scheduled_statuses WHERE id = ?1 AND account_id = ?2").bind(id).bind(account)
}
