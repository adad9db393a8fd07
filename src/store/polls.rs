//! open_polls and poll_votes.

use super::{Query, to_json};
use crate::error::Result;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::poll::Poll;
use crate::model::status::Visibility;
use crate::model::time::Time;
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

/// The vote that an outbox row brings is not taken by the poll's server: it is none any more, and the poll is read again
/// for its counts (`job`). Comes before the row's end.
pub fn refused(outbox: Id, job: Id, now: Time) -> [Statement; 2] {
    [
        Statement::new(
            "INSERT INTO jobs (id, kind, subject, context, next_attempt_at) SELECT ?2, 'poll', s.uri, ?4, ?3 \
             FROM outbox o CROSS JOIN poll_votes v ON v.status_id = json_extract(o.event, '$[2]') \
             AND v.account_id = o.account_id AND v.uri = json_extract(o.event, '$[1]') CROSS JOIN statuses s ON s.id = v.status_id \
             WHERE o.id = ?1 AND json_extract(o.event, '$[0]') = 'vote' \
             ON CONFLICT (kind, subject, context) DO UPDATE SET next_attempt_at = excluded.next_attempt_at",
        )
        .bind(outbox)
        .bind(job)
        .bind(now)
        .bind("{}"),
        Statement::new(
            "DELETE FROM poll_votes WHERE (status_id, account_id, choice) IN (SELECT v.status_id, v.account_id, v.choice \
             FROM outbox o CROSS JOIN poll_votes v ON v.status_id = json_extract(o.event, '$[2]') \
             AND v.account_id = o.account_id AND v.uri = json_extract(o.event, '$[1]') \
             WHERE o.id = ?1 AND json_extract(o.event, '$[0]') = 'vote')",
        )
        .bind(outbox),
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
         UNION SELECT json_extract(m.value, '$.id') FROM json_each(s.mentions) m) x \
         JOIN accounts a ON a.id = x.id WHERE s.is_local = 1 AND a.domain_id IS NULL) AS people \
         FROM ({from}) o CROSS JOIN statuses s ON s.id = o.status_id"
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

/// Polls that have ended and are not closed yet.
pub fn due(now: Time, limit: usize) -> Query<Vec<DuePoll>> {
    let from = "SELECT status_id FROM open_polls WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2";
    Query::all(Statement::new(due_sql(from)).bind(now).bind(limit), read_due)
}

/// Local polls with votes that were not sent to other servers yet.
pub fn with_new_votes(limit: usize) -> Query<Vec<DuePoll>> {
    let from = "SELECT status_id FROM open_polls INDEXED BY open_polls_news WHERE has_news = 1 LIMIT ?1";
    Query::all(Statement::new(due_sql(from)).bind(limit), read_due)
}

/// The new counts of the poll were sent.
pub fn clear_new_votes(status: Id) -> Statement {
    Statement::new("UPDATE open_polls SET has_news = 0 WHERE status_id = ?1 AND has_news = 1").bind(status)
}

/// Sends the current counts of a poll, if its row says that there are new ones, or that it has ended (`now`).
pub fn insert_update(id: Id, poll: &DuePoll, event: Event, now: Time) -> Statement {
    let outgoing = Outgoing::to(event, poll.people.clone()).followers(poll.visibility != Visibility::Direct);
    super::outbox::insert_if(
        "EXISTS (SELECT 1 FROM open_polls WHERE status_id = json_extract(?3, '$[1]') AND (has_news = 1 OR expires_at <= ?4))",
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
    Statement::new(
        "INSERT INTO open_polls (status_id, expires_at) SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM poll_votes WHERE status_id = ?1) \
         ON CONFLICT (status_id) DO UPDATE SET expires_at = excluded.expires_at",
    )
    .bind(status)
    .bind(expires_at)
}

/// Stores the counts and the end of a remote poll.
pub fn set_counts(status: Id, poll: &Poll) -> Statement {
    Statement::new("UPDATE statuses SET poll = ?2 WHERE id = ?1 AND is_local = 0 AND poll IS NOT NULL")
        .bind(status)
        .bind(super::statuses::poll_json(poll))
}
