//! account_notes, endorsements, dismissed_suggestions.

use super::pages::{accounts_within_budget, bounds};
use super::{Query, accounts};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::platform::sql::Statement;

/// Sets a private note; an empty one deletes it.
pub fn set_note(account: Id, target: Id, comment: &str) -> Statement {
    if comment.is_empty() {
        return Statement::new("DELETE FROM account_notes WHERE account_id = ?1 AND target_id = ?2")
            .bind(account)
            .bind(target);
    }
    Statement::new(
        "INSERT INTO account_notes (account_id, target_id, comment) VALUES (?1, ?2, ?3) \
         ON CONFLICT (account_id, target_id) DO UPDATE SET comment = excluded.comment",
    )
    .bind(account)
    .bind(target)
    .bind(comment)
}

/// Endorses an account that is followed.
pub fn endorse(id: Id, account: Id, target: Id) -> Statement {
    Statement::new(
        "INSERT INTO endorsements (account_id, target_id, id) SELECT ?1, ?2, ?3 \
         WHERE EXISTS (SELECT 1 FROM follows WHERE account_id = ?1 AND target_id = ?2) ON CONFLICT (account_id, target_id) DO UPDATE SET id = id RETURNING target_id",
    )
    .bind(account)
    .bind(target)
    .bind(id)
}

pub fn unendorse(account: Id, target: Id) -> Statement {
    Statement::new("DELETE FROM endorsements WHERE account_id = ?1 AND target_id = ?2")
        .bind(account)
        .bind(target)
}

/// A page of an account's endorsements.
pub fn endorsed(account: Id, page: &Page) -> Query<Listed<Account>> {
    let (max, min) = bounds(page);
    Query::page(
        accounts_within_budget(&format!(
            "SELECT f.id AS cursor, {} AS account FROM endorsements f CROSS JOIN accounts a ON a.id = f.target_id \
             WHERE f.account_id = ?1 AND f.id < ?2 AND f.id > ?3 AND a.suspended_at IS NULL ORDER BY f.id DESC LIMIT CAST(?4 AS INTEGER)",
            accounts::packed_shown("a")
        ))
        .bind(account)
        .bind(max)
        .bind(min)
        .bind(page.limit),
        page.limit,
        accounts::read,
    )
}

/// For each of `others`: accounts that the viewer follows and that follow it, at most `most` each. Neither those
/// who hide their followers nor those who hide whom they follow are in it, as on Mastodon.
pub fn familiar(viewer: Id, others: &[Id], most: usize) -> Query<Vec<(Id, Account)>> {
    Query::all(
        accounts_within_budget(&format!(
            "SELECT j.value AS other, {} AS account FROM json_each(?2) j CROSS JOIN accounts o ON o.id = j.value AND o.hides_collections = 0 \
             CROSS JOIN accounts a ON a.id IN (SELECT f.target_id FROM follows f WHERE f.account_id = ?1 AND f.target_id <> ?1 \
             AND EXISTS (SELECT 1 FROM accounts h WHERE h.id = f.target_id AND h.hides_collections = 0 AND h.suspended_at IS NULL) \
             AND EXISTS (SELECT 1 FROM follows y WHERE y.account_id = f.target_id AND y.target_id = j.value) LIMIT {most}) ORDER BY j.key",
            accounts::packed_shown("a")
        ))
        .bind(viewer)
        .bind_ids(others),
        |row| Ok((row.id("other")?, accounts::read(row)?)),
    )
}

/// Suggestions: first accounts followed by those that the viewer follows, then local ones with the most
/// followers. Returns whether the first reason applies. Reads the newest 50 follows of 40 followed accounts that show
/// whom they follow.
pub fn suggestions(viewer: Id, limit: usize, offset: usize) -> Query<Vec<(bool, Account)>> {
    Query::all(
        accounts_within_budget(&format!(
            "SELECT x.friends > 0 AS is_friend, {} AS account FROM (\
             SELECT id, max(friends) AS friends FROM (\
             SELECT y.target_id AS id, count(*) AS friends FROM (SELECT t.target_id FROM follows t WHERE t.account_id = ?1 \
             AND EXISTS (SELECT 1 FROM accounts h WHERE h.id = t.target_id AND h.hides_collections = 0) ORDER BY t.id DESC LIMIT 40) f \
             CROSS JOIN follows y ON y.account_id = f.target_id AND y.target_id IN (SELECT target_id FROM follows WHERE account_id = f.target_id LIMIT 50) GROUP BY y.target_id \
             UNION ALL SELECT u.account_id, 0 FROM users u) GROUP BY id) x CROSS JOIN accounts a ON a.id = x.id \
             WHERE a.id <> ?1 AND a.is_discoverable = 1 AND a.is_locked = 0 AND a.suspended_at IS NULL AND a.silenced_at IS NULL AND a.moved_to_id IS NULL AND a.is_memorial = 0 \
             AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = ?1 AND target_id = a.id) \
             AND NOT EXISTS (SELECT 1 FROM follow_requests WHERE account_id = ?1 AND target_id = a.id) \
             AND NOT EXISTS (SELECT 1 FROM dismissed_suggestions WHERE account_id = ?1 AND target_id = a.id) \
             AND {} AND {} ORDER BY x.friends DESC, a.followers_count DESC, a.id LIMIT ?2 OFFSET ?3",
            accounts::packed_shown("a"),
            super::timelines::not_blocked_or_muted("?1", "a.id"),
            super::timelines::domain_not_blocked("?1", "a.id"),
        ))
        .bind(viewer)
        .bind(limit)
        .bind(offset),
        |row| Ok((row.bool("is_friend")?, accounts::read(row)?)),
    )
}

pub fn dismiss_suggestion(account: Id, target: Id) -> Statement {
    Statement::new("INSERT INTO dismissed_suggestions (account_id, target_id) SELECT ?1, id FROM accounts WHERE id = ?2 ON CONFLICT DO NOTHING")
        .bind(account)
        .bind(target)
}

/// The condition that the account `a` is in the directory.
const FOUND: &str = "a.is_discoverable = 1 AND a.suspended_at IS NULL AND a.silenced_at IS NULL AND a.actor_type <> 'Application' AND a.moved_to_id IS NULL";

/// The discoverable ones of these accounts, in their order.
pub fn found(ids: &[Id]) -> Query<Vec<Account>> {
    Query::all(
        Statement::new(format!(
            "SELECT {} AS account FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value WHERE {FOUND} ORDER BY j.key",
            accounts::packed_shown("a")
        ))
        .bind_ids(ids),
        accounts::read,
    )
}

/// Discoverable accounts: local ones, and (if not `local`) the remote ones that cron has listed
/// ([`super::answers::list_people`]): every follow of everybody would be read otherwise. By last status or by age.
pub fn directory(
    viewer: Id,
    is_local: bool,
    is_new: bool,
    limit: usize,
    offset: usize,
) -> Query<Vec<Account>> {
    let order = if is_new { "a.id DESC" } else { "a.last_status_at DESC" };
    let remote = if is_local {
        ""
    } else {
        "UNION SELECT CAST(j.value ->> 0 AS INTEGER) FROM answers w CROSS JOIN json_each(w.value) j WHERE w.name = 'directory'"
    };
    Query::all(
        accounts_within_budget(&format!(
            "SELECT {} AS account FROM (SELECT account_id AS id FROM users {remote}) x CROSS JOIN accounts a ON a.id = x.id \
             WHERE {FOUND} AND {} AND {} ORDER BY {order} LIMIT ?2 OFFSET ?3",
            accounts::packed_shown("a"),
            super::timelines::not_blocked_or_muted("?1", "a.id"),
            super::timelines::domain_not_blocked("?1", "a.id"),
        ))
        .bind(viewer)
        .bind(limit)
        .bind(offset),
        accounts::read,
    )
}
