//! Many follows and follow requests at once: a portion is a few statements, however many rows it has.

use super::follows::{Tie, read_tie};
use super::notifying::notifying;
use super::tombstones::SIGNED_FOR;
use super::{Query, to_json};
use crate::model::event::Event;
use crate::model::id::Id;
use crate::model::time::{MINUTE, Time};
use crate::platform::sql::Statement;

/// The other account of a tie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    pub id: Id,
    pub uri: String,
    pub is_local: bool,
}

fn ties(rows: &str, bind: impl FnOnce(Statement) -> Statement) -> Query<Vec<(Tie, Other)>> {
    let statement = Statement::new(format!(
        "SELECT t.*, a.uri AS other_uri, a.domain_id IS NOT NULL AS is_local FROM ({rows}) t CROSS JOIN accounts a ON a.id = t.other"
    ));
    Query::all(bind(statement), |row| {
        let other =
            Other { id: row.id("other")?, uri: row.text("other_uri")?, is_local: row.bool("is_local")? };
        Ok((read_tie(row)?, other))
    })
}

/// Pending requests to an account with ids below `until`, oldest first, with the follower. Not those of limited accounts, which
/// are accepted one by one, as on Mastodon.
pub fn waiting(target: Id, until: Id, limit: usize) -> Query<Vec<(Tie, Other)>> {
    let open = super::limited::shown_in_public("follow_requests.account_id");
    ties(
        &format!(
            "SELECT id, uri, account_id, target_id, signed_at, 1 AS is_request, account_id AS other FROM follow_requests \
             WHERE target_id = ?1 AND id < ?3 AND {open} ORDER BY id LIMIT ?2"
        ),
        |s| s.bind(target).bind(limit).bind(until),
    )
}

/// Follows and requests, in both directions, between an account and the accounts of a domain: at most
/// `limit`.
pub fn with_domain(account: Id, domain: &str, limit: usize) -> Query<Vec<(Tie, Other)>> {
    let domain = domain.to_owned();
    ties(
        "SELECT * FROM (SELECT id, uri, account_id, target_id, signed_at, 0 AS is_request, target_id AS other FROM follows WHERE account_id = ?1 \
         UNION ALL SELECT id, uri, account_id, target_id, signed_at, 0, account_id FROM follows WHERE target_id = ?1 \
         UNION ALL SELECT id, uri, account_id, target_id, signed_at, 1, target_id FROM follow_requests WHERE account_id = ?1 \
         UNION ALL SELECT id, uri, account_id, target_id, signed_at, 1, account_id FROM follow_requests WHERE target_id = ?1) \
         WHERE (SELECT domain FROM accounts WHERE id = other) = ?2 LIMIT ?3",
        move |s| s.bind(account).bind(domain).bind(limit),
    )
}

/// Follows and requests from a remote account to local ones, with the remote account as the other one: at most `limit`.
pub fn to_local(account: Id, limit: usize) -> Query<Vec<(Tie, Other)>> {
    ties(
        "SELECT f.id, f.uri, f.account_id, f.target_id, f.signed_at, 0 AS is_request, f.account_id AS other FROM follows f \
         CROSS JOIN users u ON u.account_id = f.target_id WHERE f.account_id = ?1 \
         UNION ALL SELECT f.id, f.uri, f.account_id, f.target_id, f.signed_at, 1, f.account_id FROM follow_requests f \
         CROSS JOIN users u ON u.account_id = f.target_id WHERE f.account_id = ?1 LIMIT ?2",
        |s| s.bind(account).bind(limit),
    )
}

/// The table of an account's side of a tie, which may be a follow or a request.
const BOTH: &str = "LEFT JOIN follows f ON f.account_id = j.value ->> 1 AND f.target_id = j.value ->> 2 \
                    LEFT JOIN follow_requests q ON q.account_id = j.value ->> 1 AND q.target_id = j.value ->> 2 \
                    WHERE (f.id IS NOT NULL OR q.id IS NOT NULL)";

/// Ends ties between local accounts and remote ones (`Other`), each with the id of an outbox row, which is inserted where
/// the tie stands when the batch runs: an Undo of a Follow by the local account, or a Reject of one to it, which leaves a
/// tombstone. Four statements, of which the first answers the outbox rows.
pub fn end_all(ended: &[(Id, Tie, Other)], now: Time) -> Vec<Statement> {
    let rows: Vec<_> = ended
        .iter()
        .map(|(outbox, tie, other)| {
            let is_theirs = tie.account_id == other.id;
            let event = Event::UndoFollow { uri: String::new(), object_uri: other.uri.clone() };
            (
                outbox.0,
                tie.account_id.0,
                tie.target_id.0,
                other.id.0,
                &other.uri,
                event.subject(),
                i64::from(is_theirs),
            )
        })
        .collect();
    let rows = to_json(&rows);
    let mut batch = vec![
        Statement::new(format!(
            "INSERT INTO outbox (id, account_id, event, touched_at, to_followers, to_accounts, to_relays, to_inboxes, subject) \
             SELECT j.value ->> 0, iif(j.value ->> 6, j.value ->> 2, j.value ->> 1), \
             json_array(iif(j.value ->> 6, 'reject_follow', 'undo_follow'), coalesce(f.uri, q.uri), j.value ->> 4), \
             ?2, 0, json_array(j.value ->> 3), 0, '[]', j.value ->> 5 FROM json_each(?1) j {BOTH} RETURNING id"
        ))
        .bind(&rows)
        .bind(now),
        Statement::new(format!(
            "INSERT INTO tombstones (uri, account_id, created_at) SELECT iif(n = 0, coalesce(f.uri, q.uri), 'follow ' || (j.value ->> 2)), \
             j.value ->> 1, CASE WHEN n = 1 THEN coalesce(f.signed_at, q.signed_at) \
             WHEN coalesce(f.signed_at, q.signed_at) > 0 THEN coalesce(f.signed_at, q.signed_at) + 1 ELSE ?2 END \
             FROM json_each(?1) j CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1) {BOTH} AND j.value ->> 6 \
             AND (n = 0 OR coalesce(f.signed_at, q.signed_at) >= ?2 - {SIGNED_FOR}) \
             ON CONFLICT (uri, account_id) DO UPDATE SET created_at = max(created_at, excluded.created_at), is_ahead = 0"
        ))
        .bind(&rows)
        .bind(now),
    ];
    batch.extend(["follows", "follow_requests"].map(|table| {
        Statement::new(format!(
            "DELETE FROM {table} WHERE (account_id, target_id) IN (SELECT j.value ->> 1, j.value ->> 2 FROM json_each(?1) j)"
        ))
        .bind(&rows)
    }));
    batch
}

/// A request that is accepted, with the ids of the notification of the follow and of the Accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub tie: Tie,
    pub follower: Other,
    pub notification: Id,
    pub outbox: Id,
}

/// How much older than its request a notification may be.
const SAME_MOMENT: i64 = MINUTE;

/// Follow requests to a local account become follows, as far as they stand when the batch runs: their notifications are
/// those of follows then, and remote followers are sent an Accept. Five statements, of which the first answers the outbox
/// rows.
pub fn accept_all(target: Id, accepted: &[Accepted], now: Time) -> Vec<Statement> {
    let rows: Vec<_> = accepted
        .iter()
        .map(|a| {
            let event = Event::AcceptFollow { uri: String::new(), actor_uri: a.follower.uri.clone() };
            (
                a.outbox.0,
                a.follower.id.0,
                a.notification.0,
                &a.follower.uri,
                event.subject(),
                i64::from(a.follower.is_local),
            )
        })
        .collect();
    let rows = to_json(&rows);
    let oldest = accepted.iter().map(|a| a.tie.id).min().unwrap_or_default();
    let requests = "FROM json_each(?1) j CROSS JOIN follow_requests q ON q.account_id = j.value ->> 1 AND q.target_id = ?2";
    let both = |sql: String| Statement::new(sql).bind(&rows).bind(target);
    vec![
        both(format!(
            "INSERT INTO outbox (id, account_id, event, touched_at, to_followers, to_accounts, to_relays, to_inboxes, subject) \
             SELECT j.value ->> 0, ?2, json_array('accept_follow', q.uri, j.value ->> 3), ?3, 0, json_array(j.value ->> 1), 0, '[]', \
             j.value ->> 4 {requests} WHERE NOT (j.value ->> 5) RETURNING id"
        ))
        .bind(now),
        // The request's notification is deleted before the follow's is inserted.
        both(
            "DELETE FROM notifications WHERE account_id = ?2 AND id >= ?3 AND type IN ('follow', 'follow_request') \
             AND from_account_id IN (SELECT j.value ->> 1 FROM json_each(?1) j)"
                .into(),
        )
        .bind(Id::floor(oldest.unix_ms() - SAME_MOMENT)),
        notifying(format!(
            "INSERT INTO notifications (id, account_id, type, from_account_id) SELECT j.value ->> 2, ?2, 'follow', q.account_id {requests} \
             WHERE NOT EXISTS (SELECT 1 FROM follows WHERE account_id = q.account_id AND target_id = ?2) \
             AND NOT EXISTS (SELECT 1 FROM blocks WHERE (account_id = ?2 AND target_id = q.account_id) \
             OR (account_id = q.account_id AND target_id = ?2))"
        ))
        .bind(&rows)
        .bind(target),
        both(format!(
            "INSERT INTO follows (account_id, target_id, id, uri, shows_reblogs, is_notifying, languages, signed_at) \
             SELECT q.account_id, q.target_id, q.id, q.uri, q.shows_reblogs, q.is_notifying, q.languages, q.signed_at {requests} \
             WHERE 1 ON CONFLICT (account_id, target_id) DO NOTHING"
        )),
        both(
            "DELETE FROM follow_requests WHERE target_id = ?2 AND account_id IN (SELECT j.value ->> 1 FROM json_each(?1) j)"
                .into(),
        ),
    ]
}
