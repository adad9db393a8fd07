//! sign_ins: the last ones of a person, and which of them pages tell of.

use super::Query;
use crate::error::Result;
use crate::model::id::Id;
use crate::model::time::{DAY, Time};
use crate::platform::sql::{Row, Statement};

/// How many are kept for a person.
const KEPT: usize = 10;
/// How many pages tell of at once.
const TOLD: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub id: Id,
    /// Its kind and system; empty where that is not known.
    pub browser: String,
    pub way: String,
    pub created_at: Time,
}

const COLUMNS: &str = "s.id AS id, s.browser AS browser, s.way AS way, s.created_at AS created_at";

fn read(row: &Row) -> Result<SignedIn> {
    Ok(SignedIn {
        id: row.id("id")?,
        browser: row.text("browser")?,
        way: row.text("way")?,
        created_at: row.time("created_at")?,
    })
}

/// Which new sign-ins the session with the hash `?2` is told of, at the time `?3`: those that are later than itself, and after a day
/// all but its own. Otherwise whoever signs in with a stolen password could dismiss what tells of it.
fn told() -> String {
    format!(
        "s.person = ?1 AND s.is_new = 1 AND EXISTS (SELECT 1 FROM sessions x WHERE x.token_hash = ?2 AND x.series <> s.series \
         AND (x.created_at < s.created_at OR s.created_at < ?3 - {DAY}))"
    )
}

/// Adds one and removes those that are too many. `is_new`: the browser is not known. The first of a person is never told of.
pub fn insert(person: Id, one: &SignedIn, series: Id, is_new: bool) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO sign_ins (person, id, series, browser, way, is_new, created_at) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6 AND EXISTS (SELECT 1 FROM sign_ins WHERE person = ?1), ?7 \
             WHERE true ON CONFLICT (person, id) DO NOTHING",
        )
        .bind(person)
        .bind(one.id)
        .bind(series)
        .bind(&one.browser)
        .bind(&one.way)
        .bind(is_new)
        .bind(one.created_at),
        Statement::new(
            // Those of new browsers by themselves: many of a known one do not push away what a person is to be told of.
            "DELETE FROM sign_ins WHERE person = ?1 AND is_new = 0 AND id <= (SELECT id FROM sign_ins WHERE person = ?1 AND is_new = 0 \
             ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        )
        .bind(person)
        .bind(KEPT),
        Statement::new(
            "DELETE FROM sign_ins WHERE person = ?1 AND is_new = 1 AND id <= (SELECT id FROM sign_ins WHERE person = ?1 AND is_new = 1 \
             ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        )
        .bind(person)
        .bind(KEPT),
    ]
}

/// All that are kept of a person, the newest first.
pub fn of_person(person: Id) -> Query<Vec<SignedIn>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM sign_ins s WHERE s.person = ?1 ORDER BY s.id DESC LIMIT ?2"
        ))
        .bind(person)
        .bind(KEPT),
        read,
    )
}

/// What a session is told of, the newest first.
pub fn told_to(person: Id, token_hash: Vec<u8>, now: Time) -> Query<Vec<SignedIn>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM sign_ins s INDEXED BY sign_ins_new WHERE {} ORDER BY s.id DESC LIMIT ?4",
            told()
        ))
        .bind(person)
        .bind(token_hash)
        .bind(now)
        .bind(TOLD),
        read,
    )
}

/// A session has seen what it was told of, up to `newest`.
pub fn dismiss(person: Id, token_hash: Vec<u8>, now: Time, newest: Id) -> Statement {
    Statement::new(format!("UPDATE sign_ins AS s SET is_new = 0 WHERE {} AND s.id <= ?4", told()))
        .bind(person)
        .bind(token_hash)
        .bind(now)
        .bind(newest)
}
