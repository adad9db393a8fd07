//! favourites.

use super::Query;
use super::follows::Listed;
use crate::model::id::Id;
use crate::platform::sql::Statement;

/// Adds a favourite, once, if the status is there and the like was not undone before it came.
pub fn insert(id: Id, account: Id, status: Id, uri: &str) -> Statement {
    Statement::new(
        "INSERT INTO favourites (status_id, account_id, id, uri) SELECT ?1, ?2, ?3, ?4 \
         WHERE EXISTS (SELECT 1 FROM statuses WHERE id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.uri = ?4 AND coalesce(t.account_id, ?2) = ?2) \
         ON CONFLICT (status_id, account_id) DO NOTHING",
    )
    .bind(status)
    .bind(account)
    .bind(id)
    .bind(uri)
}

pub fn delete(account: Id, status: Id) -> Statement {
    Statement::new("DELETE FROM favourites WHERE status_id = ?1 AND account_id = ?2")
        .bind(status)
        .bind(account)
}

/// The uri of an account's favourite.
pub fn uri_of(account: Id, status: Id) -> Query<Option<String>> {
    Query::first(
        Statement::new("SELECT uri FROM favourites WHERE status_id = ?1 AND account_id = ?2")
            .bind(status)
            .bind(account),
        |row| row.text("uri"),
    )
}

/// The status that an account favourited under this uri.
pub fn status_by_uri(account: Id, uri: &str) -> Query<Option<Id>> {
    Query::first(
        Statement::new("SELECT status_id FROM favourites WHERE account_id = ?1 AND uri = ?2")
            .bind(account)
            .bind(uri),
        |row| row.id("status_id"),
    )
}

/// Who favourited a status, newest first.
pub fn accounts(status: Id, max: Option<Id>, since: Option<Id>, limit: usize) -> Query<Vec<Listed>> {
    Query::all(
        Statement::new(format!(
            "SELECT f.id AS cursor, {} AS account FROM favourites f JOIN accounts a ON a.id = f.account_id \
             WHERE f.status_id = ?1 AND f.id < ?2 AND f.id > ?3 ORDER BY f.id DESC LIMIT CAST(?4 AS INTEGER)",
            super::accounts::packed("a")
        ))
        .bind(status)
        .bind(max.map_or(crate::model::id::MAX, |m| m.0))
        .bind(since.map_or(0, |s| s.0))
        .bind(limit),
        |row| Ok((row.id("cursor")?, super::accounts::read(row)?)),
    )
}

/// Who boosted a status, newest first; the cursor is the boost's id.
pub fn boosters(status: Id, max: Option<Id>, since: Option<Id>, limit: usize) -> Query<Vec<Listed>> {
    Query::all(
        Statement::new(format!(
            "SELECT b.id AS cursor, {} AS account FROM statuses b JOIN accounts a ON a.id = b.account_id \
             WHERE b.reblog_of_id = ?1 AND b.id < ?2 AND b.id > ?3 ORDER BY b.id DESC LIMIT CAST(?4 AS INTEGER)",
            super::accounts::packed("a")
        ))
        .bind(status)
        .bind(max.map_or(crate::model::id::MAX, |m| m.0))
        .bind(since.map_or(0, |s| s.0))
        .bind(limit),
        |row| Ok((row.id("cursor")?, super::accounts::read(row)?)),
    )
}
