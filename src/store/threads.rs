//! Threads and follower lists for other servers: URIs only.

use super::pages::bounds;
use super::{Query, uris};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// How many statuses of a thread are served to known servers …
const MAX: usize = 1_000;
/// … and to anybody else.
const ANONYMOUS_MAX: usize = 40;

/// A cursor and a URI.
pub type Address = (Id, String);

fn read(row: &Row) -> Result<Address> {
    Ok((row.id("cursor")?, row.text("uri")?))
}

/// Public and unlisted replies to a status after a cursor, oldest first: those of `author`, or those of
/// everybody else. Only little more than `limit` replies are read.
pub fn replies(status: Id, author: Id, is_own: bool, after: Id, limit: usize) -> Query<Vec<Address>> {
    Query::all(
        Statement::new(
            "SELECT id AS cursor, uri FROM (SELECT * FROM statuses INDEXED BY statuses_by_parent WHERE in_reply_to_id = ?1 AND id > ?4 \
             ORDER BY id LIMIT 2 * CAST(?5 AS INTEGER) + 20) s WHERE visibility <= 1 AND (account_id = ?2) = ?3 \
             AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = s.account_id AND a.suspended_at IS NULL) LIMIT CAST(?5 AS INTEGER)",
        )
        .bind(status)
        .bind(author)
        .bind(is_own)
        .bind(after)
        .bind(limit),
        read,
    )
}

/// What is public of a thread: public and unlisted statuses of accounts that are not suspended.
const SHOWN: &str = "s.visibility <= 1 \
    AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = s.account_id AND a.suspended_at IS NULL)";

/// The SQL of a thread below a status, as the CTE `down`: a row for each level, with its ids as JSON, down to
/// the level `deep` or to that which reaches `most`. A level has at most `most`, so at most twice as many
/// rows are read, however many replies there are.
pub(super) fn levels(root: &str, most: usize, deep: usize) -> String {
    format!(
        "WITH RECURSIVE down (level, ids, above) AS (SELECT 0, json_array(CAST({root} AS INTEGER)), 0 \
         UNION ALL SELECT down.level + 1, (SELECT json_group_array(id) FROM (SELECT s.id AS id FROM json_each(down.ids) p \
         CROSS JOIN statuses s INDEXED BY statuses_by_parent ON s.in_reply_to_id = p.value LIMIT {most})), \
         down.above + json_array_length(down.ids) FROM down \
         WHERE down.level < {deep} AND down.ids <> '[]' AND down.above + json_array_length(down.ids) <= {most})"
    )
}

/// The statuses served of the thread below `?1`: as `d`, with `s`.
fn served_sql(is_known: bool) -> String {
    let most = if is_known { MAX } else { ANONYMOUS_MAX };
    format!(
        "(SELECT x.id AS id, x.uri AS uri, x.visibility AS visibility, x.account_id AS account_id FROM ({} SELECT j.value AS id FROM down \
         CROSS JOIN json_each(down.ids) j LIMIT {most}) d CROSS JOIN statuses x ON x.id = d.id) s",
        levels("?1", most, most)
    )
}

/// The public and unlisted statuses of the thread from `root`, inclusive, after a cursor, oldest first. How
/// much of a long one is served depends on whether the reader is known.
pub fn conversation(root: Id, is_known: bool, after: Id, limit: usize) -> Query<Vec<Address>> {
    Query::all(
        Statement::new(format!(
            "SELECT s.id AS cursor, s.uri AS uri FROM {} WHERE {SHOWN} AND s.id > ?2 ORDER BY s.id LIMIT CAST(?3 AS INTEGER)",
            served_sql(is_known)
        ))
        .bind(root)
        .bind(after)
        .bind(limit),
        read,
    )
}

/// How many there are in [`conversation`].
pub fn conversation_size(root: Id, is_known: bool) -> Query<i64> {
    Query::new(
        Statement::new(format!("SELECT count(*) AS n FROM {} WHERE {SHOWN}", served_sql(is_known)))
            .bind(root),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}

/// A page of the actor ids of an account's followers, newest first.
pub fn followers(target: Id, page: &Page) -> Query<Vec<Address>> {
    people("target_id", "account_id", target, page)
}

/// A page of the actor ids that an account follows, newest first.
pub fn following(account: Id, page: &Page) -> Query<Vec<Address>> {
    people("account_id", "target_id", account, page)
}

fn people(whose: &str, other: &str, id: Id, page: &Page) -> Query<Vec<Address>> {
    let (max, min) = bounds(page);
    let order = super::pages::direction(page);
    Query::all(
        Statement::new(format!(
            "SELECT f.id AS cursor, a.uri AS uri FROM follows f JOIN accounts a ON a.id = f.{other} \
             WHERE f.{whose} = ?1 AND f.id < ?2 AND f.id > ?3 ORDER BY f.id {order} LIMIT CAST(?4 AS INTEGER)"
        ))
        .bind(id)
        .bind(max)
        .bind(min)
        .bind(page.limit),
        read,
    )
    .map({
        let is_upward = page.is_upward();
        move |mut all| {
            if is_upward {
                all.reverse();
            }
            all
        }
    })
}

/// Followers of an account whose actor ids begin with `prefix` (all if it is empty), at most `limit`. One row
/// each, since together they could exceed the limit of a value. Two rows read for each follower.
pub fn follower_uris(target: Id, prefix: &str, limit: usize) -> Query<Vec<String>> {
    Query::all(
        Statement::new(
            "SELECT a.uri AS uri FROM follows f INDEXED BY follows_by_target \
             CROSS JOIN accounts a ON a.id = f.account_id WHERE f.target_id = ?1 AND substr(a.uri, 1, length(?2)) = ?2 \
             LIMIT CAST(?3 AS INTEGER)",
        )
        .bind(target)
        .bind(prefix)
        .bind(limit),
        |row| row.text("uri"),
    )
}

/// Stores the followers' digests of an activity: `digests` is {origin: digest} as JSON.
pub fn keep_digests(outbox: Id, digests: &str) -> Statement {
    Statement::new(
        "INSERT INTO outbox_digests (outbox_id, digests) SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM outbox WHERE id = ?1) \
         ON CONFLICT (outbox_id) DO NOTHING",
    )
    .bind(outbox)
    .bind(digests)
}

/// The digests stored by [`keep_digests`].
pub fn digests(outbox: Id) -> Query<Option<String>> {
    Query::first(
        Statement::new("SELECT digests FROM outbox_digests WHERE outbox_id = ?1").bind(outbox),
        |row| row.text("digests"),
    )
}

/// A job that backfills a thread, unless that was done after `due`; its first statement returns a row if it
/// was inserted.
pub fn backfill_job(job: Id, status: Id, uri: &str, now: Time, due: Time) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO jobs (id, kind, subject, attempts, next_attempt_at) SELECT ?1, 'thread', ?3, 1, ?4 FROM statuses \
             WHERE id = ?2 AND coalesce(thread_looked_at, 0) < ?5 ON CONFLICT (kind, subject, context) DO NOTHING RETURNING id",
        )
        .bind(job)
        .bind(status)
        .bind(uri)
        .bind(super::jobs::started_until(now))
        .bind(due),
        Statement::new(
            "UPDATE statuses SET thread_looked_at = ?2, thread_found = 0 WHERE id = ?1 AND coalesce(thread_looked_at, 0) < ?3",
        )
        .bind(status)
        .bind(now)
        .bind(due),
    ]
}

/// A job that reads the outbox of an account elsewhere, unless one was begun after `due`; its first statement returns a row if it
/// was inserted.
pub fn outbox_job(job: Id, account: Id, uri: &str, now: Time, due: Time) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO jobs (id, kind, subject, attempts, next_attempt_at) SELECT ?1, 'outbox', ?3, 1, ?4 FROM accounts \
             WHERE id = ?2 AND domain_id IS NULL AND coalesce(posts_looked_at, 0) < ?5 ON CONFLICT (kind, subject, context) DO NOTHING \
             RETURNING id",
        )
        .bind(job)
        .bind(account)
        .bind(uri)
        .bind(super::jobs::started_until(now))
        .bind(due),
        Statement::new(
            "UPDATE accounts SET posts_looked_at = ?2 WHERE id = ?1 AND domain_id IS NULL AND coalesce(posts_looked_at, 0) < ?3",
        )
        .bind(account)
        .bind(now)
        .bind(due),
    ]
}

/// Counts statuses that a backfill of the thread of the status `uri` has stored: those that everybody may see, since others
/// learn the number.
pub fn count_found(uri: &str, stored: &[Id]) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET thread_found = thread_found + (SELECT count(*) FROM json_each(?2) j \
         CROSS JOIN statuses f ON f.id = j.value CROSS JOIN accounts a ON a.id = f.account_id \
         WHERE f.visibility <= 1 AND a.suspended_at IS NULL AND a.silenced_at IS NULL) WHERE {}",
        uris::is("statuses", "?1")
    ))
    .bind(uri)
    .bind_ids(stored)
}

/// How the backfill of a thread is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backfill {
    /// The status that it is of; of a boost the boosted one.
    pub status: Id,
    /// When the last one began.
    pub began_at: Option<Time>,
    /// The statuses that it has stored and everybody may see.
    pub found: i64,
    pub state: BackfillState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackfillState {
    /// Its first step.
    Begun,
    /// There is more to fetch, by the next runs of cron.
    GoingOn,
    /// Over, or to be tried again only after a while.
    Over,
}

/// The backfill of the thread of a remote status that the viewer may see; for what is ours `None`. A boost stands for
/// the boosted status. One or two rows read, and one more where it is going on.
pub fn backfill(status: Id, viewer: Option<Id>, now: Time) -> Query<Option<Backfill>> {
    let visible = super::statuses::visible("s", "?2");
    Query::first(
        // The subject and the kind are the beginning of the key of `jobs`, whose context tells what is left.
        Statement::new(format!(
            "SELECT s.id AS id, s.thread_looked_at AS began_at, s.thread_found AS found, \
             (SELECT CASE WHEN j.context = '{{}}' THEN 1 ELSE 2 END FROM jobs j WHERE j.kind = 'thread' AND j.subject = s.uri \
             AND j.attempts <= 1 AND j.next_attempt_at <= ?3 LIMIT 1) AS state \
             FROM statuses o CROSS JOIN statuses s ON s.id = coalesce(o.reblog_of_id, o.id) \
             WHERE o.id = ?1 AND s.is_local = 0 AND {visible} \
             AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = s.account_id AND a.suspended_at IS NULL)"
        ))
        .bind(status)
        .bind(viewer)
        .bind(super::jobs::started_until(now)),
        |row| {
            Ok(Backfill {
                status: row.id("id")?,
                began_at: row.opt_time("began_at")?,
                found: row.int("found")?,
                state: match row.opt_int("state")? {
                    Some(1) => BackfillState::Begun,
                    Some(_) => BackfillState::GoingOn,
                    None => BackfillState::Over,
                },
            })
        },
    )
}

fn merged(counts: [Option<i64>; 3]) -> (String, String) {
    let json = super::to_json(&counts);
    let part =
        |n: usize| format!("coalesce(json_extract(?1, '$[{n}]'), json_extract(remote_counts, '$[{n}]'))");
    (json, format!("json_array({}, {}, {})", part(0), part(1), part(2)))
}

/// The counts of a status by its own server: replies, boosts, favourites. Missing ones keep their value.
pub fn keep_counts(uri: &str, author: Id, counts: [Option<i64>; 3]) -> Statement {
    let (json, merged) = merged(counts);
    Statement::new(format!(
        "UPDATE statuses SET remote_counts = {merged} WHERE {} AND account_id = ?3 AND is_local = 0 \
         AND remote_counts IS NOT {merged}",
        uris::is("statuses", "?2")
    ))
    .bind(json)
    .bind(uri)
    .bind(author)
}

/// The counts of an account by its own server: followers, followed, statuses.
pub fn keep_people_counts(account: Id, counts: [Option<i64>; 3]) -> Statement {
    let (json, merged) = merged(counts);
    Statement::new(format!(
        "UPDATE accounts SET remote_counts = {merged} WHERE id = ?2 AND domain_id IS NULL AND remote_counts IS NOT {merged}"
    ))
    .bind(json)
    .bind(account)
}
