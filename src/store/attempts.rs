//! attempts: how often somebody's password or code was guessed in vain. The table has a fixed number of places, so
//! that strangers cannot make it grow; who is counted falls on one by a keyed hash, and replaces whoever was there.

use serde_json::json;

use super::Query;
use crate::model::time::{DAY, MINUTE, Time};
use crate::platform::sql::Statement;

/// Places of the table.
pub const PLACES: u64 = 1 << 14;

/// Whom an attempt counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    pub place: i64,
    /// Tells apart who falls on one place.
    pub key: i64,
}

/// A subject, and how it is delayed: not for the first `free` failures, then for a minute, and twice as long with
/// each further one, up to `longest` milliseconds. A day after the last failure all is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub subject: Subject,
    pub free: i64,
    /// `free` while the account is attacked from many addresses: while its own subject has [`MANY`] failures.
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

/// Until when each subject of the list `?1` is delayed, at the time `?2`; `?3` and `?4` are the account's subject.
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

/// Until when an attempt has to wait; nothing where it does not.
pub fn waits_until(counted: &[Counted], account: Subject, now: Time) -> Query<Option<Time>> {
    let sql = format!("SELECT max(until) AS until FROM ({}) WHERE until > ?2", delays());
    Query::new(bound(sql, counted, account, now), |rows| {
        rows.first().map_or(Ok(None), |row| row.opt_time("until"))
    })
}

/// Counts an attempt as a failure for each subject, unless it has to wait. It is counted before it is known how it
/// ends, so that parallel ones count as well.
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

/// Takes the count of an attempt back that was no failure.
pub fn take_back(counted: &[Counted]) -> Statement {
    Statement::new(
        "UPDATE attempts SET failures = failures - 1 WHERE failures > 0 \
         AND place IN (SELECT json_extract(value, '$[0]') FROM json_each(?1)) \
         AND subject IN (SELECT json_extract(value, '$[1]') FROM json_each(?1))",
    )
    .bind(list(counted))
}

/// Forgets what nobody is delayed by any more.
pub fn delete_old(now: Time) -> Statement {
    Statement::new("DELETE FROM attempts WHERE last_at < ?1").bind(now.plus(-DAY))
}
