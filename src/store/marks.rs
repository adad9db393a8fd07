//! bookmarks, pins, thread_mutes.

use super::statuses::{VISIBLE, page_of, views_at};
use super::{Query, uris};
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::StatusView;
use crate::platform::sql::Statement;

pub fn bookmark(id: Id, account: Id, status: Id) -> Statement {
    Statement::new(
        "INSERT INTO bookmarks (account_id, status_id, id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(account)
    .bind(status)
    .bind(id)
}

pub fn unbookmark(account: Id, status: Id) -> Statement {
    Statement::new("DELETE FROM bookmarks WHERE account_id = ?1 AND status_id = ?2")
        .bind(account)
        .bind(status)
}

/// Pins a status, while there are fewer than `most`; returns a row if it is pinned now.
pub fn pin(id: Id, account: Id, status: Id, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO pins (account_id, status_id, id) SELECT ?1, ?2, ?3 \
         WHERE (SELECT count(*) FROM pins WHERE account_id = ?1 AND status_id <> ?2) < ?4 \
         ON CONFLICT (account_id, status_id) DO UPDATE SET id = id RETURNING status_id",
    )
    .bind(account)
    .bind(status)
    .bind(id)
    .bind(most)
}

/// For [`super::outbox::insert_if`]: the pin with the id of the outbox row was inserted.
pub const IS_PINNED: &str = "EXISTS (SELECT 1 FROM pins WHERE account_id = ?2 AND id = ?1)";

pub fn unpin_by_uri(account: Id, uri: &str) -> Statement {
    Statement::new(format!(
        "DELETE FROM pins WHERE account_id = ?1 AND status_id = (SELECT s.id FROM statuses s WHERE {})",
        uris::is("s", "?2")
    ))
    .bind(account)
    .bind(uri)
}

pub fn unpin(account: Id, status: Id) -> Statement {
    Statement::new("DELETE FROM pins WHERE account_id = ?1 AND status_id = ?2").bind(account).bind(status)
}

pub fn mute_thread(account: Id, conversation: &str) -> Statement {
    Statement::new(
        "INSERT INTO thread_mutes (account_id, conversation) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )
    .bind(account)
    .bind(conversation)
}

pub fn unmute_thread(account: Id, conversation: &str) -> Statement {
    Statement::new("DELETE FROM thread_mutes WHERE account_id = ?1 AND conversation = ?2")
        .bind(account)
        .bind(conversation)
}

/// A page of bookmarks, newest first.
pub fn bookmarks(account: Id, page: &Page) -> Query<Listed<StatusView>> {
    listed("bookmarks b INDEXED BY bookmarks_by_account", account, page)
}

/// A page of favourites, newest first.
pub fn favourites(account: Id, page: &Page) -> Query<Listed<StatusView>> {
    listed("favourites b INDEXED BY favourites_by_account", account, page)
}

/// Ordered by the bookmarks or favourites, not by the statuses.
fn listed(table: &str, account: Id, page: &Page) -> Query<Listed<StatusView>> {
    let order = super::pages::direction(page);
    let rows = format!(
        "SELECT s.id AS id, m.id AS cursor FROM (SELECT b.status_id, b.id FROM {table} WHERE b.account_id = ?1 AND b.id < ?2 AND b.id > ?3 \
         ORDER BY b.id {order} LIMIT ?4) m CROSS JOIN statuses s ON s.id = m.status_id WHERE {}",
        *VISIBLE
    );
    let (max, min) = super::pages::bounds(page);
    let statement = views_at(&rows, "p.cursor", Some(account)).bind(max).bind(min).bind(page.limit);
    page_of(statement, page.limit)
}
