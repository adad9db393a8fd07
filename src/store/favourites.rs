//! favourites.

use std::sync::LazyLock;

use super::pages::{accounts_within_budget, bounds};
use super::tombstones::{self, Relation, Signed, Undo};
use super::{Query, uris};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::platform::sql::Statement;

/// Inserts a favourite, if the status exists, its author does not block the account, and the Like is no old one: undone
/// since, or before it arrived. One that stands takes the id of a newer Like.
pub fn insert(id: Id, account: Id, status: Id, like: Signed) -> Statement {
    let is_old = tombstones::is_old("?4", "?6", "?2", "?5");
    let is_newer = tombstones::is_newer("favourites");
    Statement::new(format!(
        "INSERT INTO favourites (status_id, account_id, id, uri, signed_at) SELECT ?1, ?2, ?3, ?4, ?7 \
         WHERE EXISTS (SELECT 1 FROM statuses s WHERE s.id = ?1 \
         AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = ?2)) \
         AND NOT {is_old} ON CONFLICT (status_id, account_id) DO UPDATE SET uri = excluded.uri, signed_at = excluded.signed_at \
         WHERE {is_newer}"
    ))
    .bind(status)
    .bind(account)
    .bind(id)
    .bind(like.uri)
    .bind(like.at)
    .bind(Relation::Like(status).key())
    .bind(like.kept_at())
}

pub fn delete(account: Id, status: Id) -> Statement {
    undo(account, status, Undo::ours())
}

/// Deletes a favourite that is undone; after [`tombstones::undone`].
pub fn undo(account: Id, status: Id, undo: Undo<'_>) -> Statement {
    let is_undone = tombstones::is_undone("favourites", "?4", "?3");
    Statement::new(format!("DELETE FROM favourites WHERE status_id = ?1 AND account_id = ?2 AND {is_undone}"))
        .bind(status)
        .bind(account)
        .bind(undo.at)
        .bind(undo.uri.map(str::to_owned))
}

/// For [`super::outbox::insert_if`] of a Like after [`insert`] in a batch: the favourite is the one that was inserted.
pub static IS_NEW: LazyLock<String> = LazyLock::new(|| {
    format!(
        "EXISTS (SELECT 1 FROM statuses s CROSS JOIN favourites f ON f.status_id = s.id AND f.account_id = ?2 \
         WHERE {} AND f.uri = json_extract(?3, '$[1]'))",
        uris::is("s", "json_extract(?3, '$[2]')")
    )
});

/// The status that an account favourited under this uri.
pub fn status_by_uri(account: Id, uri: &str) -> Query<Option<Id>> {
    Query::first(
        Statement::new("SELECT status_id FROM favourites WHERE account_id = ?1 AND uri = ?2")
            .bind(account)
            .bind(uri),
        |row| row.id("status_id"),
    )
}

/// The statuses that an account favourited under this uri: at most `most`.
pub fn by_uri(account: Id, uri: &str, most: usize) -> Query<Vec<Id>> {
    Query::all(
        Statement::new("SELECT status_id FROM favourites WHERE account_id = ?1 AND uri = ?2 LIMIT ?3")
            .bind(account)
            .bind(uri)
            .bind(most),
        |row| row.id("status_id"),
    )
}

/// Accounts that favourited a status, newest first, without suspended ones, ones that the viewer blocks or
/// mutes, and ones that block the viewer, as on Mastodon. Without a viewer ordered by account, which reads no
/// more rows than the page.
pub fn accounts(status: Id, viewer: Option<Id>, page: &Page) -> Query<Listed<Account>> {
    people("favourites WHERE status_id = ?1", "1", status, viewer, page)
}

/// Accounts that boosted a status publicly, like [`accounts`]; the cursor is the boost's id.
pub fn boosters(status: Id, viewer: Option<Id>, page: &Page) -> Query<Listed<Account>> {
    let rows = "statuses INDEXED BY statuses_boost WHERE reblog_of_id = ?1";
    people(rows, "visibility <= 1", status, viewer, page)
}

/// `rows` has `id` and `account_id`; `condition` is about one of them.
fn people(
    rows: &str,
    condition: &str,
    status: Id,
    viewer: Option<Id>,
    page: &Page,
) -> Query<Listed<Account>> {
    let (max, min) = bounds(page);
    let rows = if viewer.is_some() {
        format!("SELECT id AS cursor, account_id FROM {rows} AND {condition}")
    } else {
        format!(
            "SELECT cursor, account_id FROM (SELECT *, account_id AS cursor FROM {rows} AND account_id < ?2 AND account_id > ?3 \
             ORDER BY account_id DESC LIMIT CAST(?4 AS INTEGER)) WHERE {condition}"
        )
    };
    Query::page(
        accounts_within_budget(&format!(
            "SELECT f.cursor AS cursor, {} AS account FROM ({rows}) f CROSS JOIN accounts a ON a.id = f.account_id \
             WHERE f.cursor < ?2 AND f.cursor > ?3 AND a.suspended_at IS NULL AND {} ORDER BY f.cursor DESC LIMIT CAST(?4 AS INTEGER)",
            super::accounts::packed_shown("a"),
            super::timelines::not_blocked_or_muted("?5", "a.id")
        ))
        .bind(status)
        .bind(max)
        .bind(min)
        .bind(page.limit)
        .bind(viewer),
        page.limit,
        super::accounts::read,
    )
}
