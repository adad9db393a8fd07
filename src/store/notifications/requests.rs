//! notification_requests: accounts whose notifications are filtered.

use super::reads::visible_of;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::StatusView;
use crate::model::time::Time;
use crate::platform::sql::Statement;
use crate::store::changes::MERGED;
use crate::store::pages::{accounts_within_budget, bounds, direction};
use crate::store::{Query, accounts, statuses};

/// An account whose notifications are filtered.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub id: Id,
    pub from: Account,
    pub last_status_id: Option<Id>,
    pub count: i64,
    pub updated_at: Time,
}

fn requests_sql(condition: &str) -> String {
    format!("SELECT * FROM notification_requests WHERE account_id = ?1 AND {condition}")
}

fn requests_of(
    rows: &str,
    bind: impl Fn(Statement) -> Statement,
    account: Id,
    limit: usize,
) -> (Query<Listed<Request>>, Query<Listed<StatusView>>) {
    let bare = accounts_within_budget(&format!(
        "SELECT r.id AS id, r.id AS cursor, r.last_status_id AS last_status_id, r.notifications_count AS n, r.updated_at AS updated_at, {} AS account \
         FROM ({rows}) r CROSS JOIN accounts a ON a.id = r.from_account_id WHERE a.suspended_at IS NULL",
        accounts::packed_shown("a")
    ))
    .bind(account);
    let last = visible_of(&format!("SELECT last_status_id AS status_id FROM ({rows})"));
    let views = statuses::views(&last, Some(account));
    (
        Query::page(bind(bare), limit, |row| {
            Ok(Request {
                id: row.id("id")?,
                from: accounts::read(row)?,
                last_status_id: row.opt_id("last_status_id")?,
                count: row.int("n")?,
                updated_at: row.time("updated_at")?,
            })
        }),
        statuses::page_of(bind(views), limit),
    )
}

/// A page of requests, and their last statuses.
pub fn requests(account: Id, page: &Page) -> (Query<Listed<Request>>, Query<Listed<StatusView>>) {
    let (max, min) = bounds(page);
    let order = direction(page);
    let rows = requests_sql(&format!("id < ?2 AND id > ?3 ORDER BY id {order} LIMIT ?4"));
    requests_of(&rows, |s| s.bind(max).bind(min).bind(page.limit), account, page.limit)
}

pub fn requests_by_ids(account: Id, ids: &[Id]) -> (Query<Listed<Request>>, Query<Listed<StatusView>>) {
    let rows = requests_sql("id IN (SELECT value FROM json_each(?2))");
    requests_of(&rows, |s| s.bind_ids(ids), account, ids.len())
}

/// How many of these belong to an account.
pub fn count_of(account: Id, ids: &[Id]) -> Query<i64> {
    Query::new(
        Statement::new(format!(
            "SELECT count(*) AS n FROM ({})",
            requests_sql("id IN (SELECT value FROM json_each(?2))")
        ))
        .bind(account)
        .bind_ids(ids),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}

/// The number of pending requests, and of notifications in them.
pub fn count_requests(account: Id) -> Query<(i64, i64)> {
    Query::new(
        Statement::new(
            "SELECT count(*) AS n, coalesce(sum(r.notifications_count), 0) AS all_of_them FROM notification_requests r \
             CROSS JOIN accounts a ON a.id = r.from_account_id WHERE r.account_id = ?1 AND a.suspended_at IS NULL",
        )
        .bind(account),
        |rows| match rows.first() {
            Some(row) => Ok((row.int("n")?, row.int("all_of_them")?)),
            None => Ok((0, 0)),
        },
    )
}

/// Accepts requests: their notifications are shown, and later ones are not filtered.
pub fn accept_requests(account: Id, ids: &[Id]) -> Vec<Statement> {
    let people = "SELECT from_account_id FROM notification_requests WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2))";
    vec![
        Statement::new(format!(
            "INSERT INTO notification_permissions (account_id, from_account_id) SELECT ?1, x.from_account_id FROM ({people}) x WHERE 1 ON CONFLICT DO NOTHING"
        )),
        Statement::new(format!(
            "UPDATE notifications SET is_filtered = 0 WHERE account_id = ?1 AND is_filtered = 1 AND from_account_id IN ({people})"
        )),
        Statement::new(format!(
            "DELETE FROM notification_requests WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2)) {MERGED}"
        )),
    ]
    .into_iter()
    .map(|s| s.bind(account).bind_ids(ids))
    .collect()
}

/// Dismisses requests: their notifications are deleted.
pub fn dismiss_requests(account: Id, ids: &[Id]) -> Vec<Statement> {
    vec![
        Statement::new(
            "DELETE FROM notifications WHERE account_id = ?1 AND is_filtered = 1 AND from_account_id IN \
             (SELECT from_account_id FROM notification_requests WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2)))",
        ),
        Statement::new("DELETE FROM notification_requests WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2))"),
    ]
    .into_iter()
    .map(|s| s.bind(account).bind_ids(ids))
    .collect()
}
