//! tombstones: uris that were deleted or undone, so that late activities do not restore them.

use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// Stores a tombstone. It refuses only late activities of its owner.
pub fn insert(uri: &str, owner: Id, now: Time) -> Statement {
    Statement::new("INSERT INTO tombstones (uri, account_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (uri) DO NOTHING")
        .bind(uri)
        .bind(owner)
        .bind(now)
}
