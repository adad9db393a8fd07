//! jobs: background work, such as fetches from other servers.

use super::Query;
use crate::model::budget;
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
    /// Whose activity made it (`model/budget.rs`); empty where nobody elsewhere did.
    pub cause: String,
    /// Requests to third servers that its cause has had this hour, as stored.
    pub fetches: i64,
    /// With the one that it was taken for.
    pub attempts: i64,
}

fn read(row: &Row) -> crate::error::Result<Job> {
    Ok(Job {
        id: row.id("id")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        context: row.text("context")?,
        cause: row.text("cause")?,
        fetches: row.int("fetches")?,
        attempts: row.int("attempts")?,
    })
}

/// The columns of a job. `?1` is the beginning of the names under which requests are counted in this hour, `?2` the day.
const COLUMNS: &str = "id, kind, subject, context, cause, attempts, \
     coalesce((SELECT b.written FROM budgets b WHERE b.subject = ?1 || jobs.cause AND b.day = ?2), 0) AS fetches";

/// A statement that begins with [`COLUMNS`]' parameters.
fn with_columns(sql: String, now: Time) -> Statement {
    Statement::new(sql).bind(budget::fetches("", now)).bind(budget::day(now))
}

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

/// Jobs that one cause may have waiting. Beyond that new ones are dropped: what a server makes us do comes in turn with what
/// others do, so a longer queue would only be worked off later than it is of use, and each row is counted and stored.
pub const MAX_WAITING: i64 = 200;

/// Whether one more job of `?8` may wait. Reads no more rows than may wait.
const HAS_PLACE: &str = "(?8 = '' OR (SELECT count(*) FROM (SELECT 1 FROM jobs WHERE is_foreign = 1 AND cause = ?8 LIMIT ?9)) < ?9)";

/// Of two causes of one job: it is ours where we need it as well, and that of an actor (an address) rather than that of all
/// strangers of a domain. Otherwise a stranger who names it first would make others wait.
const SAME: &str = "ON CONFLICT (kind, subject, context) DO UPDATE SET cause = excluded.cause \
     WHERE jobs.is_foreign = 1 AND jobs.cause <> '' AND (excluded.cause = '' OR (instr(excluded.cause, '/') > 0 AND instr(jobs.cause, '/') = 0))";

/// The cause of a job as it is stored: what people here wait for has none.
fn cause_of<'a>(cause: &'a str, kind: &str) -> &'a str {
    if FOREIGN.contains(&kind) { cause } else { "" }
}

fn added(
    cause: &str,
    id: Id,
    kind: &str,
    subject: &str,
    context: &str,
    attempts: i64,
    at: Time,
) -> Statement {
    Statement::new(format!(
        "INSERT INTO jobs (id, kind, subject, context, is_foreign, attempts, next_attempt_at, cause) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE {HAS_PLACE} {SAME}"
    ))
    .bind(id)
    .bind(kind)
    .bind(subject)
    .bind(context)
    .bind(FOREIGN.contains(&kind))
    .bind(attempts)
    .bind(at)
    .bind(cause_of(cause, kind))
    .bind(MAX_WAITING)
}

/// Adds a job of ours, once; it is due at `at`.
pub fn insert(id: Id, kind: &str, subject: &str, context: &str, at: Time) -> Statement {
    added("", id, kind, subject, context, 0, at)
}

/// As [`insert`], for what `cause` makes us do ([`crate::app::App::cause`]).
pub fn insert_for(cause: &str, id: Id, kind: &str, subject: &str, context: &str, at: Time) -> Statement {
    added(cause, id, kind, subject, context, 0, at)
}

/// Adds jobs of one kind, each (id, subject, context) once, due now, as far as `cause` may have them waiting.
pub fn insert_all(cause: &str, kind: &str, jobs: &[(Id, String, String)], now: Time) -> Statement {
    let rows: Vec<(i64, &str, &str)> = jobs.iter().map(|(id, s, c)| (id.0, s.as_str(), c.as_str())).collect();
    Statement::new(format!(
        "INSERT INTO jobs (id, kind, subject, context, is_foreign, next_attempt_at, cause) \
         SELECT j.value ->> 0, ?2, j.value ->> 1, j.value ->> 2, ?3, ?4, ?5 FROM json_each(?1) j WHERE ?5 = '' OR j.key < ?6 - \
         (SELECT count(*) FROM (SELECT 1 FROM jobs WHERE is_foreign = 1 AND cause = ?5 LIMIT ?6)) {SAME}"
    ))
    .bind(super::to_json(&rows))
    .bind(kind)
    .bind(FOREIGN.contains(&kind))
    .bind(now)
    .bind(cause_of(cause, kind))
    .bind(MAX_WAITING)
}

/// Adds a job, once, that this invocation starts (`Message::Run`): its first attempt is counted, and the next one is
/// due where this one ends without a word. `cause` is who makes us do it ([`crate::app::App::cause`]).
pub fn start(cause: &str, id: Id, kind: &str, subject: &str, context: &str, now: Time) -> Statement {
    added(cause, id, kind, subject, context, 1, started_until(now))
}

/// As [`start`], unless any job of that kind and subject waits, whatever its context.
pub fn start_alone(cause: &str, id: Id, kind: &str, subject: &str, context: &str, now: Time) -> Statement {
    Statement::new(format!(
        "INSERT INTO jobs (id, kind, subject, context, is_foreign, attempts, next_attempt_at, cause) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE {HAS_PLACE} \
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = ?2 AND subject = ?3) ON CONFLICT (kind, subject, context) DO NOTHING"
    ))
    .bind(id)
    .bind(kind)
    .bind(subject)
    .bind(context)
    .bind(FOREIGN.contains(&kind))
    .bind(1)
    .bind(started_until(now))
    .bind(cause_of(cause, kind))
    .bind(MAX_WAITING)
}

/// When a job that was started at `now` is due again.
pub fn started_until(now: Time) -> Time {
    now.plus(121 * SECOND)
}

pub fn by_id(id: Id, now: Time) -> Query<Option<Job>> {
    Query::first(with_columns(format!("SELECT {COLUMNS} FROM jobs WHERE id = ?3"), now).bind(id), read)
}

/// Causes that one run looks at for one with a job that is due.
const LOOKED_AT: i64 = 200;
/// Of whose cause the last job was that cron took.
const TURN: &str = "job_turn";

/// Causes with waiting jobs of other servers, each once, from the one after the last turn and round to that: by the index
/// from one cause to the next, however many jobs each has. `?1` is the time, `?2` the number of attempts.
fn round() -> String {
    let least = "(SELECT min(cause) FROM jobs WHERE is_foreign = 1)";
    let next = |after: &str| {
        format!(
            "coalesce((SELECT min(cause) FROM jobs WHERE is_foreign = 1 AND jobs.cause > {after}), {least})"
        )
    };
    format!(
        "WITH RECURSIVE turns (cause, first, n) AS (\
         SELECT cause, cause, 1 FROM (SELECT {} AS cause) \
         UNION ALL SELECT {}, first, n + 1 FROM turns WHERE n < {LOOKED_AT} AND (n = 1 OR cause <> first)), \
         due (cause, n) AS (SELECT cause, n FROM turns WHERE (n = 1 OR cause <> first) AND EXISTS (SELECT 1 FROM jobs j \
         WHERE j.is_foreign = 1 AND j.cause = turns.cause AND j.next_attempt_at <= ?1 AND j.attempts < ?2))",
        next(&format!("coalesce((SELECT value FROM settings WHERE key = '{TURN}'), '')")),
        next("turns.cause"),
    )
}

/// The causes whose jobs of other servers are due, in turn, at most `limit`.
pub fn turns(now: Time, limit: usize) -> Query<Vec<String>> {
    Query::all(
        Statement::new(format!("{} SELECT cause FROM due ORDER BY n LIMIT ?3", round()))
            .bind(now)
            .bind(MAX_ATTEMPTS)
            .bind(limit),
        |row| row.text("cause"),
    )
}

/// The next turn is that of the cause after this one.
pub fn set_turn(cause: &str) -> Query<()> {
    Query::new(super::site::set(TURN, cause), |_| Ok(()))
}

/// Whether jobs wait, of either sort.
pub fn is_any_due(now: Time) -> Query<bool> {
    Query::new(
        Statement::new(format!(
            "{} SELECT EXISTS (SELECT 1 FROM jobs WHERE is_foreign = 0 AND cause = '' AND next_attempt_at <= ?1 AND attempts < ?2) \
             OR EXISTS (SELECT 1 FROM due) AS found",
            round()
        ))
        .bind(now)
        .bind(MAX_ATTEMPTS),
        |rows| rows.first().map_or(Ok(false), |row| row.bool("found")),
    )
}

/// Takes the job of one sort and cause that is due for longest: the attempt is counted and the next one put off before it
/// runs, so that a job that ends its invocation does not come first again.
pub fn take(now: Time, is_foreign: bool, cause: &str) -> Query<Option<Job>> {
    Query::first(
        with_columns(
            format!(
                "UPDATE jobs SET attempts = attempts + 1, next_attempt_at = ?3 + 1000 * {WAIT} WHERE id = \
                 (SELECT id FROM jobs WHERE is_foreign = ?4 AND cause = ?5 AND next_attempt_at <= ?3 AND attempts < ?6 \
                 ORDER BY next_attempt_at LIMIT 1) RETURNING {COLUMNS}"
            ),
            now,
        )
        .bind(now)
        .bind(is_foreign)
        .bind(cause)
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
