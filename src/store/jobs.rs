//! jobs: background work, such as fetches from other servers.

use super::Query;
use std::collections::HashMap;

use crate::model::budget::{self, By};
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
    /// Whose activity made it.
    pub by: By,
    /// Rows that were written today for those whose it is, as stored, by their names in `budgets`.
    pub written: HashMap<String, i64>,
    /// Requests to third servers that its cause has had this hour, as stored.
    pub fetches: i64,
    /// With the one that it was taken for.
    pub attempts: i64,
}

fn read(row: &Row) -> crate::error::Result<Job> {
    let (cause, signer) = (row.text("cause")?, row.text("signer")?);
    let mut written = HashMap::from([(budget::EVERYBODY.to_owned(), row.int("of_all")?)]);
    written.insert(signer.clone(), row.int("of_signer")?);
    if !cause.is_empty() {
        written.insert(cause.clone(), row.int("of_cause")?);
    }
    Ok(Job {
        id: row.id("id")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        context: row.text("context")?,
        by: By::stored(&cause, &signer),
        written,
        fetches: row.int("fetches")?,
        attempts: row.int("attempts")?,
    })
}

/// The columns of a job. `?1` is the beginning of the names under which requests are counted in this hour, `?2` the day.
const COLUMNS: &str = "id, kind, subject, context, cause, signer, attempts, \
     coalesce((SELECT b.written FROM budgets b WHERE b.subject = ?1 || jobs.cause AND b.day = ?2), 0) AS fetches, \
     coalesce((SELECT b.written FROM budgets b WHERE b.subject = jobs.cause AND b.day = ?2), 0) AS of_cause, \
     coalesce((SELECT b.written FROM budgets b WHERE b.subject = jobs.signer AND b.day = ?2), 0) AS of_signer, \
     coalesce((SELECT b.written FROM budgets b WHERE b.subject = '' AND b.day = ?2), 0) AS of_all";

/// A statement that begins with [`COLUMNS`]' parameters.
fn with_columns(sql: String, now: Time) -> Statement {
    Statement::new(sql).bind(budget::fetches("", now)).bind(budget::day(now))
}

/// A job is dropped after so many attempts.
pub const MAX_ATTEMPTS: i64 = 8;

/// Kinds of jobs that other servers' activities cause. They run after those that people here wait for.
const FOREIGN: [&str; 13] = [
    "actor",
    "announce",
    "card",
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
/// And so many of them for one of the strangers of a domain, so that an account of a large server leaves place for others.
pub const MAX_OF_SIGNER: i64 = 100;

/// Whether one more job of the cause `?8` and the signer `?10` may wait. Reads no more rows than may wait.
const HAS_PLACE: &str = "(?8 = '' OR (SELECT count(*) < ?9 AND (?10 = '' OR coalesce(sum(signer = ?10), 0) < ?11) \
     FROM (SELECT signer FROM jobs WHERE is_foreign = 1 AND cause = ?8 LIMIT ?9)))";

/// Of two causes of one job: it is ours where we need it as well, and that of an actor (an address) rather than that of all
/// strangers of a domain. Otherwise a stranger who names it first would make others wait: so the attempts begin anew.
///
/// What is to be confirmed is asked for once more where it was begun already: what has come since may be of later. It has
/// another id then, so that the run that is under way does not delete it.
fn same() -> String {
    let is_better = "(jobs.is_foreign = 1 AND jobs.cause <> '' AND (excluded.cause = '' \
         OR (instr(excluded.cause, '/') > 0 AND instr(jobs.cause, '/') = 0)))";
    let of = |column: &str, other: &str| {
        format!("{column} = CASE WHEN {is_better} THEN excluded.{column} ELSE {other} END")
    };
    format!(
        "ON CONFLICT (kind, subject, context) DO UPDATE SET id = excluded.id, {}, {}, {}, {} \
         WHERE {is_better} OR (jobs.kind = 'confirm' AND jobs.attempts > 0)",
        of("cause", "jobs.cause"),
        of("signer", "jobs.signer"),
        of("attempts", "jobs.attempts"),
        of("next_attempt_at", "min(jobs.next_attempt_at, excluded.next_attempt_at)"),
    )
}

/// The cause of a job as it is stored: what people here wait for has none.
fn cause_of(by: By, kind: &str) -> By {
    if FOREIGN.contains(&kind) { by } else { By::Us }
}

/// With `is_started`, beyond what may wait the job has this one attempt.
fn added(by: By, id: Id, kind: &str, subject: &str, context: &str, is_started: bool, at: Time) -> Statement {
    added_where("1", "", by, (id, kind, subject, context), is_started, at)
}

/// As [`added`], where `and` holds. A job is its id, kind, subject and context.
fn added_where(
    and: &str,
    returning: &str,
    by: By,
    (id, kind, subject, context): (Id, &str, &str, &str),
    is_started: bool,
    at: Time,
) -> Statement {
    let by = cause_of(by, kind);
    let (attempts, condition) = match is_started {
        true => (format!("CASE WHEN {HAS_PLACE} THEN ?6 ELSE {MAX_ATTEMPTS} END"), "1"),
        false => ("?6".to_owned(), HAS_PLACE),
    };
    let same = same();
    Statement::new(format!(
        "INSERT INTO jobs (id, kind, subject, context, is_foreign, attempts, next_attempt_at, cause, signer) \
         SELECT ?1, ?2, ?3, ?4, ?5, {attempts}, ?7, ?8, ?10 WHERE {condition} AND {and} {same} {returning}"
    ))
    .bind(id)
    .bind(kind)
    .bind(subject)
    .bind(context)
    .bind(FOREIGN.contains(&kind))
    .bind(i64::from(is_started))
    .bind(at)
    .bind(by.cause())
    .bind(MAX_WAITING)
    .bind(by.signer())
    .bind(MAX_OF_SIGNER)
}

/// Adds a job of ours, once; it is due at `at`.
pub fn insert(id: Id, kind: &str, subject: &str, context: &str, at: Time) -> Statement {
    added(By::Us, id, kind, subject, context, false, at)
}

/// As [`insert`], for what `cause` makes us do ([`crate::app::App::cause`]).
pub fn insert_for(
    by: impl Into<By>,
    id: Id,
    kind: &str,
    subject: &str,
    context: &str,
    at: Time,
) -> Statement {
    added(by.into(), id, kind, subject, context, false, at)
}

/// Adds jobs of one kind, each (id, subject, context) once, due now, as far as `cause` may have them waiting.
pub fn insert_all(by: impl Into<By>, kind: &str, jobs: &[(Id, String, String)], now: Time) -> Statement {
    let (by, same) = (cause_of(by.into(), kind), same());
    let rows: Vec<(i64, &str, &str)> = jobs.iter().map(|(id, s, c)| (id.0, s.as_str(), c.as_str())).collect();
    Statement::new(format!(
        "INSERT INTO jobs (id, kind, subject, context, is_foreign, next_attempt_at, cause, signer) \
         SELECT j.value ->> 0, ?2, j.value ->> 1, j.value ->> 2, ?3, ?4, ?5, ?7 FROM json_each(?1) j WHERE ?5 = '' OR j.key < \
         (SELECT min(?6 - count(*), CASE WHEN ?7 = '' THEN ?6 ELSE ?8 - coalesce(sum(signer = ?7), 0) END) \
         FROM (SELECT signer FROM jobs WHERE is_foreign = 1 AND cause = ?5 LIMIT ?6)) {same}"
    ))
    .bind(super::to_json(&rows))
    .bind(kind)
    .bind(FOREIGN.contains(&kind))
    .bind(now)
    .bind(by.cause())
    .bind(MAX_WAITING)
    .bind(by.signer())
    .bind(MAX_OF_SIGNER)
}

/// Adds a job, once, that this invocation starts (`Message::Run`): its first attempt is counted, and the next one is
/// due where this one ends without a word. `cause` is who makes us do it ([`crate::app::App::cause`]).
pub fn start(by: impl Into<By>, id: Id, kind: &str, subject: &str, context: &str, now: Time) -> Statement {
    added(by.into(), id, kind, subject, context, true, started_until(now))
}

/// As [`start`], where `condition` holds, of which `?3` is the subject and `?12` and up are its own parameters. Returns the
/// id where it was added, or its cause has become this one.
pub(super) fn start_where(
    condition: &str,
    by: impl Into<By>,
    id: Id,
    kind: &str,
    subject: &str,
    now: Time,
) -> Statement {
    added_where(condition, "RETURNING id", by.into(), (id, kind, subject, "{}"), true, started_until(now))
}

/// Starts the job that mails a link to another password, of this hash, where that is stored. The job is its id, subject and context.
pub fn start_mail_of_link(token_hash: Vec<u8>, (id, to, content): (Id, &str, &str), now: Time) -> Statement {
    let is_stored = "EXISTS (SELECT 1 FROM password_resets WHERE token_hash = ?12)";
    added_where(is_stored, "", By::Us, (id, "mail", to, content), true, started_until(now)).bind(token_hash)
}

/// As [`start`], unless any job of that kind and subject waits, whatever its context.
pub fn start_alone(
    by: impl Into<By>,
    id: Id,
    kind: &str,
    subject: &str,
    context: &str,
    now: Time,
) -> Statement {
    let by = cause_of(by.into(), kind);
    Statement::new(format!(
        "INSERT INTO jobs (id, kind, subject, context, is_foreign, attempts, next_attempt_at, cause, signer) \
         SELECT ?1, ?2, ?3, ?4, ?5, CASE WHEN {HAS_PLACE} THEN ?6 ELSE {MAX_ATTEMPTS} END, ?7, ?8, ?10 WHERE \
         NOT EXISTS (SELECT 1 FROM jobs WHERE kind = ?2 AND subject = ?3) ON CONFLICT (kind, subject, context) DO NOTHING"
    ))
    .bind(id)
    .bind(kind)
    .bind(subject)
    .bind(context)
    .bind(FOREIGN.contains(&kind))
    .bind(1)
    .bind(started_until(now))
    .bind(by.cause())
    .bind(MAX_WAITING)
    .bind(by.signer())
    .bind(MAX_OF_SIGNER)
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

/// See [`turns`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turns {
    pub due: Vec<String>,
    /// The last cause that was looked at, where there may be others behind it.
    pub last: Option<String>,
}

/// The last cause that is looked at, where there may be others behind it.
fn last() -> String {
    format!("FROM turns WHERE n = {LOOKED_AT} AND cause <> first")
}

/// The causes whose jobs of other servers are due, in turn, at most `limit`.
pub fn turns(now: Time, limit: usize) -> Query<Turns> {
    Query::new(
        Statement::new(format!(
            "{} SELECT cause, n, 1 AS is_due FROM (SELECT cause, n FROM due ORDER BY n LIMIT ?3) \
             UNION ALL SELECT cause, n, 0 {} ORDER BY n, is_due DESC",
            round(),
            last()
        ))
        .bind(now)
        .bind(MAX_ATTEMPTS)
        .bind(limit),
        |rows| {
            let mut turns = Turns::default();
            for row in rows {
                let cause = row.text("cause")?;
                if row.bool("is_due")? {
                    turns.due.push(cause);
                } else {
                    turns.last = Some(cause);
                }
            }
            Ok(turns)
        },
    )
}

/// The next turn is that of the cause after this one.
pub fn set_turn(cause: &str) -> Query<()> {
    Query::new(super::site::set(TURN, cause), |_| Ok(()))
}

/// Whether jobs are due, of either sort, or may be of causes that were not looked at.
pub fn is_any_due(now: Time) -> Query<bool> {
    Query::new(
        Statement::new(format!(
            "{} SELECT EXISTS (SELECT 1 FROM jobs WHERE is_foreign = 0 AND cause = '' AND next_attempt_at <= ?1 AND attempts < ?2) \
             OR EXISTS (SELECT 1 FROM due) OR EXISTS (SELECT 1 {}) AS found",
            round(),
            last()
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

/// The attempt does not count; the next one is at `at`.
pub fn put_off(id: Id, at: Time) -> Statement {
    Statement::new("UPDATE jobs SET attempts = max(attempts - 1, 0), next_attempt_at = ?2 WHERE id = ?1")
        .bind(id)
        .bind(at)
}

/// The job goes on at `at`, with so many attempts behind it.
pub fn again(id: Id, attempts: i64, at: Time) -> Statement {
    Statement::new("UPDATE jobs SET attempts = ?2, next_attempt_at = ?3 WHERE id = ?1")
        .bind(id)
        .bind(attempts)
        .bind(at)
}

/// Deletes the jobs of a kind about a subject.
pub fn delete_of(kind: &str, subject: &str) -> Statement {
    Statement::new("DELETE FROM jobs WHERE kind = ?1 AND subject = ?2").bind(kind).bind(subject)
}

/// Deletes a job.
pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM jobs WHERE id = ?1").bind(id)
}

/// Removes jobs whose last attempt never ended.
pub fn delete_given_up(now: Time) -> Statement {
    Statement::new("DELETE FROM jobs WHERE attempts >= ?2 AND next_attempt_at <= ?1")
        .bind(now)
        .bind(MAX_ATTEMPTS)
}
