//! Moves of accounts, with their local followers.

use super::{Query, accounts, to_json};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// Maximum number of aliases of a local account.
pub const MAX_ALIASES: usize = 20;

/// Adds an alias, once.
pub fn add_alias(account: Id, uri: &str) -> Statement {
    Statement::new(
        "UPDATE accounts SET also_known_as = json_insert(also_known_as, '$[#]', ?2) WHERE id = ?1 AND domain_id IS NOT NULL \
         AND json_array_length(also_known_as) < ?3 AND NOT EXISTS (SELECT 1 FROM json_each(accounts.also_known_as) WHERE value = ?2)",
    )
    .bind(account)
    .bind(uri)
    .bind(MAX_ALIASES)
}

pub fn remove_alias(account: Id, uri: &str) -> Statement {
    Statement::new(
        "UPDATE accounts SET also_known_as = (SELECT json_group_array(value) FROM json_each(accounts.also_known_as) WHERE value <> ?2) \
         WHERE id = ?1 AND domain_id IS NOT NULL",
    )
    .bind(account)
    .bind(uri)
}

/// Stores a move, if no move was applied after `not_after`. Returns a row if it was stored.
pub fn set(account: Id, target: &Account, now: Time, not_after: Time) -> Statement {
    Statement::new(
        "UPDATE accounts SET moved_to_id = ?2, moved_to_uri = ?3, moved_at = ?4 \
         WHERE id = ?1 AND id <> ?2 AND coalesce(moved_at, 0) <= ?5 RETURNING id",
    )
    .bind(account)
    .bind(target.id)
    .bind(&target.uri)
    .bind(now)
    .bind(not_after)
}

/// After [`set`] in a batch, if the move has exactly this time: a remote target counts as moved at `since`, so that it must
/// wait until it may lead its followers on, and those who block it. Otherwise a chain of accounts of one owner would make us
/// follow, unfollow and block without end.
pub fn rest(account: Id, target: Id, now: Time, since: Time) -> Statement {
    Statement::new(
        "UPDATE accounts SET moved_at = ?4 WHERE id = ?2 AND domain_id IS NULL AND coalesce(moved_at, 0) < ?4 \
         AND EXISTS (SELECT 1 FROM accounts WHERE id = ?1 AND moved_at = ?3)",
    )
    .bind(account)
    .bind(target)
    .bind(now)
    .bind(since)
}

/// For [`super::outbox::insert_if`] after [`set`] in a batch: the move has exactly this time.
pub const HAS_MOVED: &str = "EXISTS (SELECT 1 FROM accounts WHERE id = ?2 AND moved_at = ?4)";

/// A local account becomes active again.
pub fn unset(account: Id) -> Statement {
    Statement::new(
        "UPDATE accounts SET moved_to_id = NULL, moved_to_uri = NULL WHERE id = ?1 AND domain_id IS NOT NULL",
    )
    .bind(account)
}

/// The job that moves the followers, if the move has exactly this time.
pub fn followers_job(id: Id, account: Id, target: &Account, context: &str, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO jobs (id, kind, subject, context, attempts, next_attempt_at) SELECT ?1, 'followers', ?2, ?3, 1, ?6 \
         WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?5 AND moved_at = ?4) ON CONFLICT (kind, subject, context) DO NOTHING",
    )
    .bind(id)
    .bind(&target.uri)
    .bind(context)
    .bind(now)
    .bind(account)
    .bind(super::jobs::started_until(now))
}

/// Local followers, with the uris of their follows.
pub fn local_followers(target: Id, limit: usize) -> Query<Vec<(Account, String)>> {
    Query::all(
        Statement::new(format!(
            "SELECT f.uri AS uri, {} AS account FROM users u CROSS JOIN follows f ON f.account_id = u.account_id AND f.target_id = ?1 \
             CROSS JOIN accounts a ON a.id = u.account_id LIMIT ?2",
            accounts::packed("a")
        ))
        .bind(target)
        .bind(limit),
        |row| Ok((accounts::read(row)?, row.text("uri")?)),
    )
}

/// `follower` follows `target` with the options of their follow of `origin`, if they do not yet, neither
/// blocks the other, and they do not block its domain.
pub fn move_follow(is_request: bool, id: Id, follower: Id, target: Id, uri: &str, origin: Id) -> Statement {
    let table = if is_request { "follow_requests" } else { "follows" };
    Statement::new(format!(
        "INSERT INTO {table} (account_id, target_id, id, uri, shows_reblogs, is_notifying, languages) \
         SELECT f.account_id, ?3, ?1, ?4, f.shows_reblogs, f.is_notifying, f.languages FROM follows f \
         WHERE f.account_id = ?2 AND f.target_id = ?5 AND f.account_id <> ?3 \
         AND NOT EXISTS (SELECT 1 FROM blocks WHERE (account_id = ?2 AND target_id = ?3) OR (account_id = ?3 AND target_id = ?2)) \
         AND NOT EXISTS (SELECT 1 FROM account_domain_blocks d CROSS JOIN accounts t ON t.id = ?3 AND t.domain = d.domain WHERE d.account_id = ?2) \
         AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = ?2 AND target_id = ?3) ON CONFLICT DO NOTHING"
    ))
    .bind(id)
    .bind(follower)
    .bind(target)
    .bind(uri)
    .bind(origin)
}

/// Adds the new account to the lists of `followers` that contain the old one, as far as they follow it now or have asked
/// to; after [`move_follow`].
pub fn move_lists(id: Id, origin: Id, target: Id, followers: &[Id]) -> Statement {
    let followers: Vec<i64> = followers.iter().map(|f| f.0).collect();
    Statement::new(
        "INSERT INTO list_accounts (list_id, target_id, id) SELECT m.list_id, ?3, ?1 + row_number() OVER () \
         FROM list_accounts m CROSS JOIN lists l ON l.id = m.list_id \
         WHERE m.target_id = ?2 AND l.account_id IN (SELECT value FROM json_each(?4)) \
         AND (EXISTS (SELECT 1 FROM follows WHERE account_id = l.account_id AND target_id = ?3) \
         OR EXISTS (SELECT 1 FROM follow_requests WHERE account_id = l.account_id AND target_id = ?3)) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(origin)
    .bind(target)
    .bind(to_json(&followers))
}

/// Local accounts with ids above `after` that block `origin`, and neither block nor follow `target`, at most `limit`.
pub fn local_blockers(origin: Id, target: Id, after: Id, limit: usize) -> Query<Vec<Account>> {
    Query::all(
        Statement::new(format!(
            "SELECT {} AS account FROM users u CROSS JOIN blocks b ON b.account_id = u.account_id AND b.target_id = ?1 \
             CROSS JOIN accounts a ON a.id = u.account_id WHERE a.id <> ?2 \
             AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.account_id = a.id AND f.target_id = ?2) \
             AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = a.id AND k.target_id = ?2) AND u.account_id > ?4 \
             ORDER BY u.account_id LIMIT ?3",
            accounts::packed("a")
        ))
        .bind(origin)
        .bind(target)
        .bind(limit)
        .bind(after),
        accounts::read,
    )
}

/// Private notes about `origin` and mutes of it are copied to `target`. Accounts that mute or block it get a
/// note that says why: `words` in English and Korean. (Blocks need more than a row: [`local_blockers`].)
pub fn copy_notes_and_mutes(id: Id, origin: Id, target: Id, words: [&str; 2]) -> Vec<Statement> {
    let unfollowed = "b.account_id <> ?3 AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.account_id = b.account_id AND f.target_id = ?3)";
    let in_force = super::muting::in_force("m");
    let both = |sql: String| Statement::new(sql).bind(id).bind(origin).bind(target);
    vec![
        both(
            "INSERT INTO account_notes (account_id, target_id, comment) SELECT account_id, ?3, comment FROM account_notes \
             WHERE target_id = ?2 AND account_id <> ?3 AND ?1 > 0 ON CONFLICT DO NOTHING"
                .into(),
        ),
        both(format!(
            "INSERT INTO account_notes (account_id, target_id, comment) SELECT u.account_id, ?3, CASE u.locale WHEN 'ko' THEN ?5 ELSE ?4 END \
             FROM (SELECT account_id FROM blocks WHERE target_id = ?2 UNION SELECT m.account_id FROM mutes m WHERE m.target_id = ?2 AND {in_force}) b \
             CROSS JOIN users u ON u.account_id = b.account_id WHERE {unfollowed} AND ?1 > 0 \
             ON CONFLICT (account_id, target_id) DO UPDATE SET comment = excluded.comment || char(10) || account_notes.comment \
             WHERE instr(account_notes.comment, excluded.comment) = 0"
        ))
        .bind(words[0])
        .bind(words[1]),
        both(format!(
            "INSERT INTO mutes (account_id, target_id, id, hides_notifications, expires_at) \
             SELECT b.account_id, ?3, ?1 + row_number() OVER (), b.hides_notifications, b.expires_at FROM mutes b \
             WHERE b.target_id = ?2 AND {} AND {unfollowed} ON CONFLICT DO NOTHING",
            super::muting::in_force("b")
        )),
    ]
}
