//! bookmarks, pins, thread_mutes: what a person keeps of statuses.

use super::Query;
use super::statuses::{VISIBLE, read_view, views};
use crate::error::Result;
use crate::model::id::{Id, MAX};
use crate::model::page::Page;
use crate::model::status::StatusView;
use crate::platform::sql::{Row, Statement};

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

/// Pins, while there are fewer than `most`; answers a row where it is pinned now.
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

/// For [`super::outbox::insert_if`]: the pin that bears the outbox row's id was made.
pub const IS_PINNED: &str = "EXISTS (SELECT 1 FROM pins WHERE account_id = ?2 AND id = ?1)";

pub fn unpin_by_uri(account: Id, uri: &str) -> Statement {
    Statement::new(
        "DELETE FROM pins WHERE account_id = ?1 AND status_id = (SELECT id FROM statuses WHERE uri = ?2)",
    )
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

/// A status in a list, with the id of the row that put it there (the cursor of the list).
pub type Listed = (Id, StatusView);

/// A page of bookmarks, the last made first.
pub fn bookmarks(account: Id, page: &Page) -> Query<Vec<Listed>> {
    listed("bookmarks b INDEXED BY bookmarks_by_account", account, page)
}

/// A page of favourites, the last made first.
pub fn favourites(account: Id, page: &Page) -> Query<Vec<Listed>> {
    listed("favourites b INDEXED BY favourites_by_account", account, page)
}

fn listed(table: &str, account: Id, page: &Page) -> Query<Vec<Listed>> {
    let order = super::pages::direction(page);
    let rows = format!(
        "SELECT s.id AS id FROM (SELECT b.status_id, b.id FROM {table} WHERE b.account_id = ?1 AND b.id < ?2 AND b.id > ?3 \
         ORDER BY b.id {order} LIMIT ?4) m CROSS JOIN statuses s ON s.id = m.status_id WHERE {}",
        *VISIBLE
    );
    let table_name = table.split(' ').next().unwrap_or(table);
    let statement = views(&rows, Some(account));
    // The cursor stands beside the view; the order is that of the marks, not of the statuses.
    let sql = format!(
        "SELECT v.*, (SELECT c.id FROM {table_name} c WHERE c.account_id = ?1 AND c.status_id = json_extract(v.status, '$[0]')) AS cursor \
         FROM ({}) v ORDER BY cursor DESC",
        statement.sql
    );
    let statement = Statement::new(sql)
        .bind(account)
        .bind(page.max_id.map_or(MAX, |id| id.0))
        .bind(page.lower().map_or(0, |id| id.0))
        .bind(page.limit);
    Query::all(statement, |row: &Row| -> Result<Listed> { Ok((row.id("cursor")?, read_view(row)?)) })
}
