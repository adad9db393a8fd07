//! Single notifications.

use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::collection::Collection;
use crate::model::id::Id;
use crate::model::notification::Kind;
use crate::model::page::{Listed, Page};
use crate::model::report::Report;
use crate::model::status::StatusView;
use crate::model::strike::Strike;
use crate::platform::sql::{Row, Statement};
use crate::store::pages::{bounds, direction, lengths, within_budget};
use crate::store::{Query, accounts, collections, reports, statuses, strikes, to_json};

/// The condition that the notification `n` may be shown to its reader `me`: its account is not suspended, and
/// `me` may see its status. The trigger `notifications_unwanted` checks the same on insert, but follows,
/// blocks and suspensions change later.
pub(in crate::store) fn shown(me: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM accounts z WHERE z.id = n.from_account_id AND z.suspended_at IS NULL) \
         AND (n.status_id IS NULL OR EXISTS (SELECT 1 FROM statuses s CROSS JOIN accounts a ON a.id = s.account_id \
         WHERE s.id = n.status_id AND a.suspended_at IS NULL AND {}))",
        statuses::visible("s", me)
    )
}

/// The ids of those statuses of `rows` (a SELECT with a column `status_id`) that the reader `?1` may see.
pub(super) fn visible_of(rows: &str) -> String {
    format!(
        "SELECT DISTINCT s.id AS id FROM ({rows}) n CROSS JOIN statuses s ON s.id = n.status_id WHERE {}",
        statuses::visible("s", "?1")
    )
}

/// A selection of notifications.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Names of types.
    pub kinds: Vec<&'static str>,
    pub from: Option<Id>,
    /// Whether to include those that the policy has filtered.
    pub with_filtered: bool,
}

/// The ids of a page, for the two reads of [`list`]. `?1` is the account.
fn page_sql(page: &Page, from: bool, with_filtered: bool) -> String {
    let order = direction(page);
    let from = if from { "AND n.from_account_id = ?6" } else { "" };
    let filtered = if with_filtered { "" } else { "AND n.is_filtered = 0" };
    format!(
        "SELECT n.id, n.type, n.from_account_id, n.status_id, n.report_id, n.collection_id FROM (SELECT * FROM notifications INDEXED BY notifications_by_account \
         WHERE account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT 1000) n \
         WHERE n.type IN (SELECT value FROM json_each(?5)) {from} {filtered} LIMIT ?4"
    )
}

fn bind_page(statement: Statement, page: &Page, wanted: &Wanted) -> Statement {
    let (max, min) = bounds(page);
    let statement = statement.bind(max).bind(min).bind(page.limit).bind(to_json(&wanted.kinds));
    match wanted.from {
        Some(from) => statement.bind(from),
        None => statement,
    }
}

/// A notification without its status: id, type, account, status id, report, collection, strike.
pub type Bare = (Id, Kind, Account, Option<Id>, Option<Report>, Option<Collection>, Option<Strike>);

/// A page of an account's notifications, newest first, and their statuses that the account may see, each
/// within its budget: a notification whose status comes after the cut is not on the page, and one without its
/// status is not shown.
pub fn list(account: Id, wanted: &Wanted, page: &Page) -> (Query<Listed<Bare>>, Query<Listed<StatusView>>) {
    let ids = page_sql(page, wanted.from.is_some(), wanted.with_filtered);
    let bare = format!(
        "SELECT p.id AS id, p.id AS cursor, p.type AS type, p.status_id AS status_id, {} AS account, {} AS report, {} AS strike, {} AS collection FROM ({ids}) p \
         CROSS JOIN accounts a ON a.id = p.from_account_id WHERE a.suspended_at IS NULL",
        accounts::packed_shown("a"),
        reports::packed("p"),
        strikes::of_notification("p"),
        collections::packed("p")
    );
    let bare = Statement::new(within_budget(&bare, &lengths(&["account", "report", "strike", "collection"])))
        .bind(account);
    let views = statuses::views(&visible_of(&ids), Some(account));
    (
        Query::page(bind_page(bare, page, wanted), page.limit, read_bare),
        statuses::page_of(bind_page(views, page, wanted), page.limit),
    )
}

pub(in crate::store) fn read_bare(row: &Row) -> Result<Bare> {
    let kind = row.text("type")?;
    let kind =
        Kind::parse(&kind).ok_or_else(|| Error::Internal(format!("no kind of notification: {kind}")))?;
    Ok((
        row.id("id")?,
        kind,
        accounts::read(row)?,
        row.opt_id("status_id")?,
        reports::read(row)?,
        collections::read_packed(row)?,
        strikes::read(row)?,
    ))
}

/// The reactions of a page of notifications: the notification, the emoji, its picture.
pub fn reactions(account: Id, page: &Page) -> Query<Vec<(Id, String, Option<String>)>> {
    let (max, min) = bounds(page);
    let order = direction(page);
    Query::all(
        Statement::new(format!(
            "SELECT n.id AS id, r.name AS name, r.url AS url FROM (SELECT * FROM notifications INDEXED BY notifications_by_account \
             WHERE account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT 1000) n \
             CROSS JOIN reactions r ON r.status_id = n.status_id AND r.account_id = n.from_account_id AND r.id = n.id \
             WHERE n.type = 'pleroma:emoji_reaction'"
        ))
        .bind(account)
        .bind(max)
        .bind(min),
        |row| Ok((row.id("id")?, row.text("name")?, row.opt_text("url")?)),
    )
}

/// One notification of an account, and its status.
pub fn by_id(account: Id, id: Id) -> (Query<Option<Bare>>, Query<Option<StatusView>>) {
    let bare = Statement::new(format!(
        "SELECT n.id AS id, n.type AS type, n.status_id AS status_id, {} AS account, {} AS report, {} AS strike, {} AS collection FROM notifications n \
         JOIN accounts a ON a.id = n.from_account_id WHERE n.id = ?2 AND n.account_id = ?1 AND a.suspended_at IS NULL",
        accounts::packed_shown("a"),
        reports::packed("n"),
        strikes::of_notification("n"),
        collections::packed("n")
    ))
    .bind(account)
    .bind(id);
    let view = statuses::view(
        &visible_of("SELECT status_id FROM notifications WHERE id = ?2 AND account_id = ?1"),
        Some(account),
    )
    .bind(id);
    (Query::first(bare, read_bare), Query::first(view, statuses::read_view))
}

/// How many are above the read marker: at most `most`.
pub fn count_unread(account: Id, wanted: &Wanted, most: usize) -> Query<i64> {
    Query::new(
        Statement::new(format!(
            "SELECT count(*) AS n FROM (SELECT 1 FROM notifications n INDEXED BY notifications_by_account WHERE n.account_id = ?1 \
             AND n.id > coalesce((SELECT last_read_id FROM markers WHERE account_id = ?1 AND timeline = 'notifications'), 0) \
             AND n.is_filtered = 0 AND n.type IN (SELECT value FROM json_each(?2)) AND (?4 IS NULL OR n.from_account_id = ?4) \
             AND {} LIMIT ?3)",
            shown("?1")
        ))
        .bind(account)
        .bind(to_json(&wanted.kinds))
        .bind(most)
        .bind(wanted.from),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}
