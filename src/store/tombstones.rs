//! tombstones: what was deleted or undone stays away, however late it arrives.

use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// Marks a uri as gone for its owner. Only the owner's own late arrivals are refused by it.
pub fn insert(uri: &str, owner: Id, now: Time) -> Statement {
    Statement::new("INSERT INTO tombstones (uri, account_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (uri) DO NOTHING")
        .bind(uri)
        .bind(owner)
        .bind(now)
}
