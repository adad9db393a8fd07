//! notifications: written with what they tell of, withdrawn with it.

use super::{Query, to_json};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::notification::Kind;
use crate::model::page::Page;
use crate::model::status::StatusView;
use crate::platform::sql::{Row, Statement};

/// Nothing for remote accounts, for oneself, or between people who block each other (`?1` who is
/// told, `?3` by whom).
const ALLOWED: &str = "?1 <> ?3 AND EXISTS (SELECT 1 FROM accounts WHERE id = ?1 AND domain_id IS NOT NULL) \
 AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = ?1 AND target_id = ?3)";

/// Tells `account` that `from` favourited `status`. Comes before the favourite's own INSERT in the
/// batch, so that a repeated like tells nothing.
pub fn favourite(id: Id, account: Id, from: Id, status: Id, uri: &str) -> Statement {
    Statement::new(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) SELECT ?2, ?1, 'favourite', ?3, ?4 \
         WHERE {ALLOWED} AND NOT EXISTS (SELECT 1 FROM favourites WHERE status_id = ?4 AND account_id = ?3) \
         AND EXISTS (SELECT 1 FROM statuses WHERE id = ?4) AND NOT EXISTS (SELECT 1 FROM tombstones WHERE uri = ?5)"
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(status)
    .bind(uri)
}

/// Tells `account` that `from` boosted `status`. Comes before the boost's own INSERT in the batch.
pub fn reblog(id: Id, account: Id, from: Id, status: Id, uri: &str) -> Statement {
    Statement::new(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) SELECT ?2, ?1, 'reblog', ?3, ?4 \
         WHERE {ALLOWED} AND NOT EXISTS (SELECT 1 FROM statuses WHERE reblog_of_id = ?4 AND account_id = ?3) \
         AND EXISTS (SELECT 1 FROM statuses WHERE id = ?4) AND NOT EXISTS (SELECT 1 FROM tombstones WHERE uri = ?5)"
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(status)
    .bind(uri)
}

/// Tells `account` of a follow. Comes before the follow's own INSERT in the batch.
pub fn follow(id: Id, account: Id, from: Id, uri: &str) -> Statement {
    Statement::new(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id) SELECT ?2, ?1, 'follow', ?3 \
         WHERE {ALLOWED} AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = ?3 AND target_id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = ?3 AND target_id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM tombstones WHERE uri = ?4)"
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(uri)
}

/// Tells `account` of a follow request. Comes before the request's own INSERT in the batch.
pub fn follow_request(id: Id, account: Id, from: Id, uri: &str) -> Statement {
    Statement::new(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id) SELECT ?2, ?1, 'follow_request', ?3 \
         WHERE {ALLOWED} AND NOT EXISTS (SELECT 1 FROM follow_requests WHERE account_id = ?3 AND target_id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = ?3 AND target_id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM tombstones WHERE uri = ?4)"
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(uri)
}

/// Tells the local accounts of `mentions` (pairs of notification id and account) of the status with
/// this uri by `from`. Comes after the status's INSERT; each is told once.
pub fn mentions(mentions: &[(Id, Id)], from: Id, status_uri: &str) -> Statement {
    let pairs: Vec<(i64, i64)> = mentions.iter().map(|(id, account)| (id.0, account.0)).collect();
    Statement::new(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
         SELECT json_extract(j.value, '$[0]'), a.id, 'mention', s.account_id, s.id \
         FROM statuses s CROSS JOIN json_each(?1) j JOIN accounts a ON a.id = json_extract(j.value, '$[1]') \
         WHERE s.uri = ?2 AND s.account_id = ?3 AND a.domain_id IS NOT NULL AND a.id <> ?3 \
         AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = a.id AND target_id = ?3) \
         AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.status_id = s.id AND n.account_id = a.id AND n.type = 'mention')",
    )
    .bind(to_json(&pairs))
    .bind(status_uri)
    .bind(from)
}

/// Takes back what told of an interaction with a status.
pub fn withdraw(account: Id, kind: Kind, from: Id, status: Id) -> Statement {
    Statement::new(
        "DELETE FROM notifications WHERE status_id = ?1 AND account_id = ?2 AND type = ?3 AND from_account_id = ?4",
    )
    .bind(status)
    .bind(account)
    .bind(kind.as_str())
    .bind(from)
}

/// Takes back what told of a follow or request; `since` is the id of the follow, and what told of it is not older.
pub fn withdraw_follow(account: Id, from: Id, since: Id) -> Statement {
    Statement::new(
        "DELETE FROM notifications WHERE account_id = ?1 AND id >= ?3 AND from_account_id = ?2 \
         AND type IN ('follow', 'follow_request')",
    )
    .bind(account)
    .bind(from)
    .bind(since)
}

/// Which notifications are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Names of kinds.
    pub kinds: Vec<&'static str>,
    pub from: Option<Id>,
}

/// The ids of a page, for the two reads of [`list`]. `?1` is the account.
fn page_sql(page: &Page, from: bool) -> String {
    let order = if page.is_upward() { "ASC" } else { "DESC" };
    let from = if from { "AND n.from_account_id = ?6" } else { "" };
    format!(
        "SELECT n.id, n.type, n.from_account_id, n.status_id FROM (SELECT * FROM notifications INDEXED BY notifications_by_account \
         WHERE account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT 1000) n \
         WHERE n.type IN (SELECT value FROM json_each(?5)) {from} LIMIT ?4"
    )
}

fn bind_page(statement: Statement, page: &Page, wanted: &Wanted) -> Statement {
    let statement = statement
        .bind(page.max_id.map_or(crate::model::id::MAX, |id| id.0))
        .bind(page.lower().map_or(0, |id| id.0))
        .bind(page.limit)
        .bind(to_json(&wanted.kinds));
    match wanted.from {
        Some(from) => statement.bind(from),
        None => statement,
    }
}

/// A notification before its status is joined to it: id, kind, from whom, which status.
pub type Bare = (Id, Kind, crate::model::account::Account, Option<Id>);

/// A page of an account's notifications, newest first, and the statuses that they tell of.
pub fn list(account: Id, wanted: &Wanted, page: &Page) -> (Query<Vec<Bare>>, Query<Vec<StatusView>>) {
    let ids = page_sql(page, wanted.from.is_some());
    let bare = Statement::new(format!(
        "SELECT p.id AS id, p.type AS type, p.status_id AS status_id, {} AS account FROM ({ids}) p \
         JOIN accounts a ON a.id = p.from_account_id ORDER BY p.id DESC",
        super::accounts::packed("a")
    ))
    .bind(account);
    let views =
        super::statuses::views(&format!("SELECT DISTINCT status_id AS id FROM ({ids})"), Some(account));
    (
        Query::all(bind_page(bare, page, wanted), read_bare),
        Query::all(bind_page(views, page, wanted), super::statuses::read_view),
    )
}

fn read_bare(row: &Row) -> Result<Bare> {
    let kind = Kind::parse(&row.text("type")?).unwrap_or(Kind::Mention);
    Ok((row.id("id")?, kind, super::accounts::read(row)?, row.opt_id("status_id")?))
}

/// One notification of an account, and its status.
pub fn by_id(account: Id, id: Id) -> (Query<Option<Bare>>, Query<Option<StatusView>>) {
    let bare = Statement::new(format!(
        "SELECT n.id AS id, n.type AS type, n.status_id AS status_id, {} AS account FROM notifications n \
         JOIN accounts a ON a.id = n.from_account_id WHERE n.id = ?2 AND n.account_id = ?1",
        super::accounts::packed("a")
    ))
    .bind(account)
    .bind(id);
    let view = super::statuses::views(
        "SELECT status_id AS id FROM notifications WHERE id = ?2 AND account_id = ?1 AND status_id IS NOT NULL",
        Some(account),
    )
    .bind(id);
    (Query::first(bare, read_bare), Query::first(view, super::statuses::read_view))
}

/// How many lie above the read marker: at most `most`.
pub fn count_unread(account: Id, wanted: &Wanted, most: usize) -> Query<i64> {
    Query::new(
        Statement::new(
            "SELECT count(*) AS n FROM (SELECT 1 FROM notifications INDEXED BY notifications_by_account WHERE account_id = ?1 \
             AND id > coalesce((SELECT last_read_id FROM markers WHERE account_id = ?1 AND timeline = 'notifications'), 0) \
             AND type IN (SELECT value FROM json_each(?2)) LIMIT ?3)",
        )
        .bind(account)
        .bind(to_json(&wanted.kinds))
        .bind(most),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}

/// Takes one away.
pub fn dismiss(account: Id, id: Id) -> Statement {
    Statement::new("DELETE FROM notifications WHERE id = ?1 AND account_id = ?2").bind(id).bind(account)
}

/// Takes all away.
pub fn clear(account: Id) -> Statement {
    Statement::new("DELETE FROM notifications WHERE account_id = ?1").bind(account)
}
