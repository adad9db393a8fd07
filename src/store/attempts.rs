//! attempts: failed tries of passwords and codes. The table has a fixed number of rows, so that nobody can
//! make it grow; a subject gets a row by a keyed hash, and replaces another subject there.

use serde_json::json;

use super::Query;
use crate::model::time::{DAY, MINUTE, Time};
use crate::platform::sql::Statement;

/// Rows of the table.
pub const PLACES: u64 = 1 << 14;

/// A subject that attempts are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    pub place: i64,
    /// Distinguishes subjects with the same row.
    pub key: i64,
}

/// A subject and its delays: none for the first `free` failures, then a minute, doubled with each further
/// one, up to `longest` milliseconds. A day after the last failure the count is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub subject: Subject,
    pub free: i64,
    /// The value of `free` while the account is attacked from many addresses: while its own subject has
    /// [`MANY`] failures.
    pub free_under_attack: i64,
    pub longest: i64,
}

pub const MANY: i64 = 100;

fn list(counted: &[Counted]) -> String {
    let all: Vec<_> = counted
        .iter()
        .map(|c| json!([c.subject.place, c.subject.key, c.free, c.free_under_attack, c.longest]))
        .collect();
    json!(all).to_string()
}

/// The end of the delay of each subject in the list `?1`, at the time `?2`; `?3` and `?4` are the account's
/// subject.
fn delays() -> String {
    let free = format!(
        "json_extract(j.value, CASE WHEN EXISTS (SELECT 1 FROM attempts t WHERE t.place = ?3 AND t.subject = ?4 \
         AND t.failures >= {MANY} AND t.last_at > ?2 - {DAY}) THEN '$[3]' ELSE '$[2]' END)"
    );
    format!(
        "SELECT a.last_at + min(json_extract(j.value, '$[4]'), {MINUTE} << min(a.failures - {free}, 20)) AS until \
         FROM json_each(?1) j CROSS JOIN attempts a ON a.place = json_extract(j.value, '$[0]') \
         WHERE a.subject = json_extract(j.value, '$[1]') AND a.last_at > ?2 - {DAY} AND a.failures >= {free}"
    )
}

fn bound(sql: String, counted: &[Counted], account: Subject, now: Time) -> Statement {
    Statement::new(sql).bind(list(counted)).bind(now).bind(account.place).bind(account.key)
}

/// When the next attempt is allowed; `None` if now.
pub fn waits_until(counted: &[Counted], account: Subject, now: Time) -> Query<Option<Time>> {
    let sql = format!("SELECT max(until) AS until FROM ({}) WHERE until > ?2", delays());
    Query::new(bound(sql, counted, account, now), |rows| {
        rows.first().map_or(Ok(None), |row| row.opt_time("until"))
    })
}

/// Counts an attempt as a failure for each subject, unless it is delayed. It is counted before the result is
/// known, so that parallel attempts count as well.
pub fn count(counted: &[Counted], account: Subject, now: Time) -> Query<()> {
    let sql = format!(
        "INSERT INTO attempts (place, subject, failures, last_at) \
         SELECT json_extract(k.value, '$[0]'), json_extract(k.value, '$[1]'), 1, ?2 FROM json_each(?1) k \
         WHERE NOT EXISTS (SELECT 1 FROM ({}) WHERE until > ?2) \
         ON CONFLICT (place) DO UPDATE SET failures = CASE WHEN subject = excluded.subject \
         AND last_at > excluded.last_at - {DAY} THEN failures + 1 ELSE 1 END, \
         subject = excluded.subject, last_at = excluded.last_at",
        delays()
    );
    Query::new(bound(sql, counted, account, now), |_| Ok(()))
}

/// Removes the count of a successful attempt.
pub fn take_back(counted: &[Counted]) -> Statement {
    Statement::new(
        "UPDATE attempts SET failures = failures - 1 WHERE failures > 0 \
         AND place IN (SELECT json_extract(value, '$[0]') FROM json_each(?1)) \
         AND subject IN (SELECT json_extract(value, '$[1]') FROM json_each(?1))",
    )
    .bind(list(counted))
}

/// Deletes rows without effect.
pub fn delete_old(now: Time) -> Statement {
    Statement::new("DELETE FROM attempts WHERE last_at < ?1").bind(now.plus(-DAY))
}
