//! open_polls and poll_votes.

use super::{Query, to_json};
use crate::model::id::Id;
use crate::model::poll::Poll;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// Records choices of a voter, each once; `uris` name the votes where they come from (or go) elsewhere.
/// Nothing where the voter has voted before, unless `may_add` (votes of one ballot come one by one).
pub fn vote(status: Id, account: Id, choices: &[(usize, Option<String>)], may_add: bool) -> Statement {
    let rows: Vec<(usize, Option<&str>)> = choices.iter().map(|(n, uri)| (*n, uri.as_deref())).collect();
    Statement::new(
        "INSERT INTO poll_votes (status_id, account_id, choice, uri) \
         SELECT ?1, ?2, json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') FROM json_each(?3) j \
         WHERE EXISTS (SELECT 1 FROM statuses WHERE id = ?1 AND poll IS NOT NULL) \
         AND (?4 OR NOT EXISTS (SELECT 1 FROM poll_votes WHERE status_id = ?1 AND account_id = ?2)) ON CONFLICT DO NOTHING",
    )
    .bind(status)
    .bind(account)
    .bind(to_json(&rows))
    .bind(may_add)
}

/// Polls that are over and not closed yet.
pub fn due(now: Time, limit: usize) -> Query<Vec<Id>> {
    Query::all(
        Statement::new(
            "SELECT status_id FROM open_polls WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2",
        )
        .bind(now)
        .bind(limit),
        |row| row.id("status_id"),
    )
}

/// A remote poll in which somebody here voted: they are told when it is over.
pub fn watch(status: Id, expires_at: Time) -> Statement {
    Statement::new("INSERT INTO open_polls (status_id, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        .bind(status)
        .bind(expires_at)
}

pub fn close(status: Id) -> Statement {
    Statement::new("DELETE FROM open_polls WHERE status_id = ?1").bind(status)
}

/// Writes the counts and the end of a remote poll.
pub fn recount(status: Id, poll: &Poll) -> Statement {
    Statement::new("UPDATE statuses SET poll = ?2 WHERE id = ?1 AND is_local = 0 AND poll IS NOT NULL")
        .bind(status)
        .bind(super::statuses::poll_json(poll))
}
