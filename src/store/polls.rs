//! open_polls and poll_votes.

use super::changes::EDITED;
use super::{Query, to_json};
use crate::error::Result;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::poll::Poll;
use crate::model::status::Visibility;
use crate::model::time::{MINUTE, Time};
use crate::platform::sql::{Row, Statement};

/// Stores votes of an account, each once, and returns them; `uris` are the ids of their activities. Nothing
/// is stored if the account has voted before, unless `may_add` (the votes of one ballot arrive one by one),
/// if it may not see the poll, if the author blocks it, or if the poll has ended.
pub fn vote(
    status: Id,
    account: Id,
    choices: &[(usize, Option<String>)],
    may_add: bool,
    now: Time,
) -> Statement {
    let rows: Vec<(usize, Option<&str>)> = choices.iter().map(|(n, uri)| (*n, uri.as_deref())).collect();
    Statement::new(
        "INSERT INTO poll_votes (status_id, account_id, choice, uri) \
         SELECT ?1, ?2, json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') FROM json_each(?3) j \
         WHERE EXISTS (SELECT 1 FROM statuses s WHERE s.id = ?1 AND s.poll IS NOT NULL \
         AND coalesce(json_extract(s.poll, '$.expires_at') > ?5, 1) \
         AND (s.visibility <= 1 OR EXISTS (SELECT 1 FROM json_each(s.mentions) m WHERE json_extract(m.value, '$.id') = ?2) \
         OR (s.visibility = 2 AND EXISTS (SELECT 1 FROM follows w WHERE w.account_id = ?2 AND w.target_id = s.account_id))) \
         AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = ?2)) \
         AND (?4 OR NOT EXISTS (SELECT 1 FROM poll_votes WHERE status_id = ?1 AND account_id = ?2)) \
         ON CONFLICT DO NOTHING RETURNING choice",
    )
    .bind(status)
    .bind(account)
    .bind(to_json(&rows))
    .bind(may_add)
    .bind(now)
}

/// For [`super::outbox::insert_if`] of a vote: it is the one that was stored.
pub const IS_VOTE_STORED: &str = "EXISTS (SELECT 1 FROM poll_votes WHERE status_id = json_extract(?3, '$[2]') \
AND account_id = ?2 AND choice = json_extract(?3, '$[3]') AND uri = json_extract(?3, '$[1]'))";

/// The votes that outbox rows bring are not taken by the poll's server: they are none any more, and the poll is read
/// again for its counts. `rows` is (outbox row, id of the job for it). Comes before the rows end.
pub fn refused(rows: &[(Id, Id)], now: Time) -> [Statement; 2] {
    const VOTES: &str = "FROM json_each(?1) j CROSS JOIN outbox o ON o.id = j.value ->> 0 \
        AND json_extract(o.event, '$[0]') = 'vote' CROSS JOIN poll_votes v ON v.status_id = json_extract(o.event, '$[2]') \
        AND v.account_id = o.account_id AND v.uri = json_extract(o.event, '$[1]')";
    let ids: Vec<(i64, i64)> = rows.iter().map(|(outbox, job)| (outbox.0, job.0)).collect();
    let ids = super::to_json(&ids);
    [
        Statement::new(format!(
            "INSERT INTO jobs (id, kind, subject, context, next_attempt_at) SELECT j.value ->> 1, 'poll', s.uri, '{{}}', ?2 \
             {VOTES} CROSS JOIN statuses s ON s.id = v.status_id WHERE 1 \
             ON CONFLICT (kind, subject, context) DO UPDATE SET next_attempt_at = excluded.next_attempt_at"
        ))
        .bind(ids.clone())
        .bind(now),
        Statement::new(format!(
            "DELETE FROM poll_votes WHERE (status_id, account_id, choice) IN (SELECT v.status_id, v.account_id, v.choice {VOTES})"
        ))
        .bind(ids),
    ]
}

/// A poll with accounts to notify.
#[derive(Debug, Clone, PartialEq)]
pub struct DuePoll {
    pub status: Id,
    pub uri: String,
    pub account: Id,
    pub is_local: bool,
    pub visibility: Visibility,
    /// Of a local one: accounts that voted, boosted it or are mentioned in it. At most 500 of each.
    pub people: Vec<Id>,
}

fn due_sql(from: &str) -> String {
    format!(
        "SELECT s.id AS id, s.uri AS uri, s.account_id AS account_id, s.is_local AS is_local, s.visibility AS visibility, \
         (SELECT json_group_array(x.id) FROM (SELECT * FROM (SELECT account_id AS id FROM poll_votes WHERE status_id = s.id LIMIT 500) \
         UNION SELECT * FROM (SELECT account_id FROM statuses WHERE reblog_of_id = s.id LIMIT 500) \
         UNION SELECT json_extract(m.value, '$.id') FROM json_each({mentions}) m) x \
         JOIN accounts a ON a.id = x.id WHERE s.is_local = 1 AND a.domain_id IS NULL) AS people \
         FROM ({from}) o CROSS JOIN statuses s ON s.id = o.status_id",
        // Otherwise one poll whose row is malformed would keep the counts of all others.
        mentions = super::sound("s.mentions")
    )
}

fn read_due(row: &Row) -> Result<DuePoll> {
    Ok(DuePoll {
        status: row.id("id")?,
        uri: row.text("uri")?,
        account: row.id("account_id")?,
        is_local: row.bool("is_local")?,
        visibility: Visibility::from_int(row.int("visibility")?),
        people: super::ids(row, "people")?,
    })
}

/// Maximum number of attempts to close a poll.
const MAX_ATTEMPTS: i64 = 8;

/// Takes the poll that ended first and is not closed yet: the attempt is counted before it is made, and the next one
/// is postponed.
pub fn take_ended(now: Time) -> Query<Option<Id>> {
    Query::first(
        Statement::new(format!(
            "UPDATE open_polls SET attempts = attempts + 1, expires_at = ?1 + {} * (1 << attempts) WHERE status_id = \
             (SELECT status_id FROM open_polls WHERE expires_at <= ?1 AND attempts < {MAX_ATTEMPTS} ORDER BY expires_at LIMIT 1) \
             RETURNING status_id AS id",
            10 * MINUTE
        ))
        .bind(now),
        |row| row.id("id"),
    )
}

/// Takes a local poll with votes that were not sent to other servers yet; they count as sent.
pub fn take_new_votes() -> Query<Option<Id>> {
    Query::first(
        Statement::new(
            "UPDATE open_polls SET has_news = 0 WHERE status_id = \
             (SELECT status_id FROM open_polls INDEXED BY open_polls_news WHERE has_news = 1 LIMIT 1) RETURNING status_id AS id",
        ),
        |row| row.id("id"),
    )
}

/// The new counts of the poll could not be sent.
pub fn restore_new_votes(status: Id) -> Statement {
    Statement::new("UPDATE open_polls SET has_news = 1 WHERE status_id = ?1").bind(status)
}

/// A poll that is to be closed or sent.
pub fn due_by_id(status: Id) -> Query<Option<DuePoll>> {
    Query::first(Statement::new(due_sql("SELECT CAST(?1 AS INTEGER) AS status_id")).bind(status), read_due)
}

/// Removes polls whose last attempt never ended.
pub fn delete_given_up(now: Time) -> Statement {
    Statement::new(format!("DELETE FROM open_polls WHERE expires_at <= ?1 AND attempts >= {MAX_ATTEMPTS}"))
        .bind(now)
}

/// Sends the current counts of a poll, if its row still exists.
pub fn insert_update(id: Id, poll: &DuePoll, event: Event, now: Time) -> Statement {
    let outgoing = Outgoing::to(event, poll.people.clone()).followers(poll.visibility != Visibility::Direct);
    super::outbox::insert_if(
        "EXISTS (SELECT 1 FROM open_polls WHERE status_id = json_extract(?3, '$[1]'))",
        id,
        poll.account,
        outgoing,
        now,
    )
}

/// A remote poll with a local vote: the voter is notified when it ends.
pub fn watch(status: Id, expires_at: Time) -> Statement {
    Statement::new("INSERT INTO open_polls (status_id, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        .bind(status)
        .bind(expires_at)
}

pub fn close(status: Id) -> Statement {
    Statement::new("DELETE FROM open_polls WHERE status_id = ?1").bind(status)
}

/// A remote poll ends at another time than before: local voters are notified then.
pub fn reschedule(status: Id, expires_at: Time) -> Statement {
    Statement::new(super::statuses::close_polls(
        "SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM poll_votes WHERE status_id = ?1)",
    ))
    .bind(status)
    .bind(expires_at)
}

/// Stores the counts and the end of a remote poll.
pub fn set_counts(status: Id, poll: &Poll) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET poll = ?2 WHERE id = ?1 AND is_local = 0 AND poll IS NOT NULL {EDITED}"
    ))
    .bind(status)
    .bind(super::statuses::poll_json(poll))
}
