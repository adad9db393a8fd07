//! tombstones: uris that were deleted or undone, so that late activities do not restore them.
//!
//! A Follow is refused by the time at which it was signed, since some servers (Misskey, Takahe) give every Follow from one
//! account to another the same id: what was signed before the last one ended is old, what was signed afterwards counts as new.
//! A Follow from before that its server signs again for a later attempt counts as new as well: nothing tells the two apart.

use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// Stores a tombstone. It refuses only late activities of its owner.
pub fn insert(uri: &str, owner: Id, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO tombstones (uri, account_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(uri)
    .bind(owner)
    .bind(now)
}

/// As [`insert`], for an Undo: where nothing is known of the uri, what it undoes is still to come, and is refused
/// whenever it was signed.
pub fn undone(uri: &str, owner: Id, at: Time) -> Statement {
    Statement::new(
        "INSERT INTO tombstones (uri, account_id, created_at, is_ahead) VALUES (?1, ?2, ?3, 1) \
         ON CONFLICT (uri, account_id) DO UPDATE SET created_at = max(created_at, excluded.created_at)",
    )
    .bind(uri)
    .bind(owner)
    .bind(at)
}

/// A Follow that was here has ended, or was refused: what its actor signed until then does not count any more.
pub fn follow_ended(uri: &str, owner: Id, at: Time) -> Statement {
    Statement::new(
        "INSERT INTO tombstones (uri, account_id, created_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (uri, account_id) DO UPDATE SET created_at = max(created_at, excluded.created_at), is_ahead = 0",
    )
    .bind(uri)
    .bind(owner)
    .bind(at)
}

/// As [`follow_ended`], of the follow and the request of `actor` that stand when the batch comes to it.
pub fn follow_ends(actor: Id, target: Id, at: Time) -> Statement {
    Statement::new(
        "INSERT INTO tombstones (uri, account_id, created_at) SELECT uri, ?1, ?3 FROM (\
         SELECT uri FROM follows WHERE account_id = ?1 AND target_id = ?2 \
         UNION SELECT uri FROM follow_requests WHERE account_id = ?1 AND target_id = ?2) WHERE true \
         ON CONFLICT (uri, account_id) DO UPDATE SET created_at = max(created_at, excluded.created_at), is_ahead = 0",
    )
    .bind(actor)
    .bind(target)
    .bind(at)
}

/// The condition that a Follow of this uri (SQL, as the other two) by `account`, signed at `signed`, is an old one.
pub(super) fn is_old_follow(uri: &str, account: &str, signed: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM tombstones t WHERE t.uri = {uri} AND t.account_id = {account} \
         AND (t.is_ahead = 1 OR t.created_at >= {signed}))"
    )
}
