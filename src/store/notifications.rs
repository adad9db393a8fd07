//! notifications: written with what they tell of, withdrawn with it.

use super::{Query, to_json};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::notification::Kind;
use crate::model::page::Page;
use crate::model::report::Report;
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

/// Tells the local followers who asked for it that `author` has a new status; after the status's INSERT.
pub fn new_status(id: Id, author: Id, status_uri: &str) -> Statement {
    Statement::new(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
         SELECT ?1 + row_number() OVER (), f.account_id, 'status', ?2, s.id \
         FROM follows f INDEXED BY follows_notifying CROSS JOIN statuses s ON s.uri = ?3 AND s.account_id = ?2 \
         CROSS JOIN accounts a ON a.id = f.account_id AND a.domain_id IS NOT NULL \
         WHERE f.target_id = ?2 AND f.is_notifying = 1 \
         AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.status_id = s.id AND n.account_id = f.account_id) \
         ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(author)
    .bind(status_uri)
}

/// Tells `account` that the status with this uri by `from` quotes them; after the status's INSERT.
pub fn quote(id: Id, account: Id, from: Id, status_uri: &str) -> Statement {
    Statement::new(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) SELECT ?2, ?1, 'quote', ?3, s.id \
         FROM statuses s WHERE s.uri = ?4 AND s.account_id = ?3 AND {ALLOWED} \
         AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.status_id = s.id AND n.account_id = ?1 AND n.type = 'quote')"
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(status_uri)
}

/// Tells local people who boosted a status that it was edited, and those who quoted it.
pub fn edited(id: Id, status: Id, author: Id) -> Vec<Statement> {
    let tell = |kind: &str, column: &str, condition: &str, shift: i64| {
        Statement::new(format!(
            "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
             SELECT ?1 + row_number() OVER (), b.account_id, '{kind}', ?3, {column} \
             FROM (SELECT * FROM statuses WHERE {condition} LIMIT 500) b WHERE b.is_local = 1 AND b.account_id <> ?3 \
             ON CONFLICT DO NOTHING"
        ))
        .bind(Id(id.0 + shift))
        .bind(status)
        .bind(author)
    };
    vec![
        tell("update", "?2", "reblog_of_id = ?2", 0),
        tell("quoted_update", "b.id", "quote_of_id = ?2 AND quote_state = 'accepted'", 1000),
    ]
}

/// Tells the author and the local voters of a poll that it is over; after nothing else tells them.
pub fn poll_over(id: Id, status: Id) -> Statement {
    Statement::new(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
         SELECT ?1 + row_number() OVER (), v.account_id, 'poll', s.account_id, s.id FROM statuses s CROSS JOIN (\
         SELECT account_id FROM poll_votes WHERE status_id = ?2 UNION SELECT account_id FROM statuses WHERE id = ?2) v \
         CROSS JOIN accounts a ON a.id = v.account_id AND a.domain_id IS NOT NULL WHERE s.id = ?2 \
         AND EXISTS (SELECT 1 FROM open_polls WHERE status_id = ?2) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(status)
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

/// Takes back all that somebody told a person.
pub fn withdraw_all(account: Id, from: Id) -> Vec<Statement> {
    ["notifications", "notification_requests"]
        .into_iter()
        .map(|table| {
            Statement::new(format!("DELETE FROM {table} WHERE account_id = ?1 AND from_account_id = ?2"))
                .bind(account)
                .bind(from)
        })
        .collect()
}

/// Takes back all that the people of a domain told a person.
pub fn withdraw_domain(account: Id, domain: &str) -> Vec<Statement> {
    let theirs = "account_id = ?1 AND (SELECT domain FROM accounts WHERE id = from_account_id) = ?2";
    ["notifications", "notification_requests"]
        .into_iter()
        .map(|table| Statement::new(format!("DELETE FROM {table} WHERE {theirs}")).bind(account).bind(domain))
        .collect()
}

/// Which notifications are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Names of kinds.
    pub kinds: Vec<&'static str>,
    pub from: Option<Id>,
    /// Those that the person's policy has put aside as well.
    pub with_filtered: bool,
}

/// The ids of a page, for the two reads of [`list`]. `?1` is the account.
fn page_sql(page: &Page, from: bool, with_filtered: bool) -> String {
    let order = if page.is_upward() { "ASC" } else { "DESC" };
    let from = if from { "AND n.from_account_id = ?6" } else { "" };
    let filtered = if with_filtered { "" } else { "AND n.is_filtered = 0" };
    format!(
        "SELECT n.id, n.type, n.from_account_id, n.status_id, n.report_id FROM (SELECT * FROM notifications INDEXED BY notifications_by_account \
         WHERE account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT 1000) n \
         WHERE n.type IN (SELECT value FROM json_each(?5)) {from} {filtered} LIMIT ?4"
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

/// A notification before its status is joined to it: id, kind, from whom, which status, which report.
pub type Bare = (Id, Kind, crate::model::account::Account, Option<Id>, Option<Report>);

/// A page of an account's notifications, newest first, and the statuses that they tell of.
pub fn list(account: Id, wanted: &Wanted, page: &Page) -> (Query<Vec<Bare>>, Query<Vec<StatusView>>) {
    let ids = page_sql(page, wanted.from.is_some(), wanted.with_filtered);
    let bare = Statement::new(format!(
        "SELECT p.id AS id, p.type AS type, p.status_id AS status_id, {} AS account, {} AS report FROM ({ids}) p \
         JOIN accounts a ON a.id = p.from_account_id ORDER BY p.id DESC",
        super::accounts::packed("a"),
        super::reports::packed("p")
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
    Ok((
        row.id("id")?,
        kind,
        super::accounts::read(row)?,
        row.opt_id("status_id")?,
        super::reports::read(row)?,
    ))
}

/// The reactions that a page of notifications tells of: the notification, the emoji, its picture.
pub fn reactions(account: Id, page: &Page) -> Query<Vec<(Id, String, Option<String>)>> {
    let order = if page.is_upward() { "ASC" } else { "DESC" };
    Query::all(
        Statement::new(format!(
            "SELECT n.id AS id, r.name AS name, r.url AS url FROM (SELECT * FROM notifications INDEXED BY notifications_by_account \
             WHERE account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT 1000) n \
             CROSS JOIN reactions r ON r.status_id = n.status_id AND r.account_id = n.from_account_id AND r.id = n.id \
             WHERE n.type = 'pleroma:emoji_reaction'"
        ))
        .bind(account)
        .bind(page.max_id.map_or(crate::model::id::MAX, |id| id.0))
        .bind(page.lower().map_or(0, |id| id.0)),
        |row| Ok((row.id("id")?, row.text("name")?, row.opt_text("url")?)),
    )
}

/// One notification of an account, and its status.
pub fn by_id(account: Id, id: Id) -> (Query<Option<Bare>>, Query<Option<StatusView>>) {
    let bare = Statement::new(format!(
        "SELECT n.id AS id, n.type AS type, n.status_id AS status_id, {} AS account, {} AS report FROM notifications n \
         JOIN accounts a ON a.id = n.from_account_id WHERE n.id = ?2 AND n.account_id = ?1",
        super::accounts::packed("a"),
        super::reports::packed("n")
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
             AND is_filtered = 0 AND type IN (SELECT value FROM json_each(?2)) LIMIT ?3)",
        )
        .bind(account)
        .bind(to_json(&wanted.kinds))
        .bind(most),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}

/// Takes one away; answers a row where there was one.
pub fn dismiss(account: Id, id: Id) -> Statement {
    Statement::new("DELETE FROM notifications WHERE id = ?1 AND account_id = ?2 RETURNING id")
        .bind(id)
        .bind(account)
}

/// Takes all away, what was put aside included.
pub fn clear(account: Id) -> Vec<Statement> {
    ["notifications", "notification_requests"]
        .into_iter()
        .map(|table| Statement::new(format!("DELETE FROM {table} WHERE account_id = ?1")).bind(account))
        .collect()
}

/// A group of notifications, newest id first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub key: String,
    pub kind: Kind,
    pub count: i64,
    /// Ids of its newest and oldest member on this page.
    pub newest: Id,
    pub oldest: Id,
    pub status_id: Option<Id>,
    /// Whom they are from, the newest first: at most eight.
    pub from: Vec<Id>,
}

/// How long members of a group may lie apart, in milliseconds: model/notification.rs.
const SPAN: i64 = 12 * crate::model::time::HOUR;

/// The SQL of a notification's group key; `n` is its row. Kinds that are not `grouped` stand alone.
fn key_sql(grouped: &[&str]) -> String {
    let span = format!("((n.id / 4096 + {}) / {SPAN})", crate::model::id::EPOCH_MS);
    let mut cases = String::new();
    for kind in ["favourite", "reblog"].into_iter().filter(|k| grouped.contains(k)) {
        cases.push_str(&format!(
            "WHEN n.type = '{kind}' AND n.status_id IS NOT NULL THEN '{kind}-' || n.status_id || '-' || {span} "
        ));
    }
    if grouped.contains(&"follow") {
        cases.push_str(&format!("WHEN n.type = 'follow' THEN 'follow-' || {span} "));
    }
    if cases.is_empty() {
        "'ungrouped-' || n.id".into()
    } else {
        format!("CASE {cases}ELSE 'ungrouped-' || n.id END")
    }
}

/// A page of groups, run beside the authentication (`?1` is the token's hash). A group that a newer page
/// (from `max_id` up) has begun is not on this one.
pub fn groups(token_hash: &[u8], wanted: &Wanted, grouped: &[&str], page: &Page) -> Statement {
    let order = if page.is_upward() { "ASC" } else { "DESC" };
    let key = key_sql(grouped);
    let max = page.max_id.map_or(crate::model::id::MAX, |id| id.0);
    // The span that the page's upper end cuts.
    let span = Id(max).unix_ms() / SPAN;
    let (begin, end) = (Id::floor(span * SPAN), Id::floor((span + 1) * SPAN));
    let filtered = if wanted.with_filtered { "" } else { "AND n.is_filtered = 0" };
    Statement::new(format!(
        "WITH found AS MATERIALIZED (SELECT n.id AS id, n.type AS type, n.from_account_id AS from_account_id, n.status_id AS status_id, {key} AS key \
         FROM (SELECT * FROM notifications INDEXED BY notifications_by_account WHERE account_id = {viewer} \
         AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT 1000) n WHERE n.type IN (SELECT value FROM json_each(?5)) {filtered} \
         AND (?8 IS NULL OR n.from_account_id = ?8)), \
         begun AS MATERIALIZED (SELECT DISTINCT {key} AS key FROM notifications n INDEXED BY notifications_by_account \
         WHERE n.account_id = {viewer} AND n.id >= ?2 AND n.id < ?7 LIMIT 1000) \
         SELECT key, type, status_id, count(*) AS n, max(id) AS newest, min(id) AS oldest, \
         json_group_array(from_account_id) FILTER (WHERE place <= 8) AS senders FROM (\
         SELECT *, row_number() OVER (PARTITION BY key ORDER BY id DESC) AS place FROM found) g \
         WHERE NOT (id >= ?6 AND key IN (SELECT key FROM begun)) \
         GROUP BY key ORDER BY newest {order} LIMIT ?4",
        viewer = super::tokens::viewer_sql(1),
    ))
    .bind(token_hash.to_vec())
    .bind(max)
    .bind(page.lower().map_or(0, |id| id.0))
    .bind(page.limit)
    .bind(to_json(&wanted.kinds))
    .bind(begin)
    .bind(end)
    .bind(wanted.from)
}

/// Reads the rows of [`groups`], newest first.
pub fn read_groups(rows: &[Row]) -> Result<Vec<Group>> {
    let mut all = rows
        .iter()
        .map(|row| {
            Ok(Group {
                key: row.text("key")?,
                kind: Kind::parse(&row.text("type")?).unwrap_or(Kind::Mention),
                count: row.int("n")?,
                newest: row.id("newest")?,
                oldest: row.id("oldest")?,
                status_id: row.opt_id("status_id")?,
                from: super::ids(row, "senders")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    all.sort_by_key(|g| std::cmp::Reverse(g.newest));
    Ok(all)
}

/// The members of a group, the newest first: between two ids (exclusive), of a kind, of a status.
pub fn members(
    account: Id,
    (low, high, kind, status): (Id, Id, Option<Kind>, Option<Id>),
    limit: usize,
) -> Query<Vec<Bare>> {
    Query::all(
        Statement::new(format!(
            "SELECT n.id AS id, n.type AS type, n.status_id AS status_id, {} AS account, {} AS report FROM notifications n INDEXED BY notifications_by_account \
             JOIN accounts a ON a.id = n.from_account_id WHERE n.account_id = ?1 AND n.id > ?2 AND n.id < ?3 \
             AND (?4 IS NULL OR n.type = ?4) AND (?5 IS NULL OR n.status_id = ?5) ORDER BY n.id DESC LIMIT ?6",
            super::accounts::packed_shown("a"),
            super::reports::packed("n")
        ))
        .bind(account)
        .bind(low)
        .bind(high)
        .bind(kind.map(Kind::as_str))
        .bind(status)
        .bind(limit),
        read_bare,
    )
}

/// Takes a group away.
pub fn dismiss_group(
    account: Id,
    (low, high, kind, status): (Id, Id, Option<Kind>, Option<Id>),
) -> Statement {
    Statement::new(
        "DELETE FROM notifications WHERE account_id = ?1 AND id > ?2 AND id < ?3 \
         AND (?4 IS NULL OR type = ?4) AND (?5 IS NULL OR status_id = ?5)",
    )
    .bind(account)
    .bind(low)
    .bind(high)
    .bind(kind.map(Kind::as_str))
    .bind(status)
}

/// How many groups lie above the read marker: at most `most`.
pub fn count_unread_groups(account: Id, wanted: &Wanted, grouped: &[&str], most: usize) -> Query<i64> {
    Query::new(
        Statement::new(format!(
            "SELECT count(*) AS n FROM (SELECT DISTINCT {} AS key FROM (SELECT * FROM notifications INDEXED BY notifications_by_account WHERE account_id = ?1 \
             AND id > coalesce((SELECT last_read_id FROM markers WHERE account_id = ?1 AND timeline = 'notifications'), 0) LIMIT 1000) n \
             WHERE n.is_filtered = 0 AND n.type IN (SELECT value FROM json_each(?2)) LIMIT ?3)",
            key_sql(grouped)
        ))
        .bind(account)
        .bind(to_json(&wanted.kinds))
        .bind(most),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}

/// Somebody whose notifications are put aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub id: Id,
    pub from: crate::model::account::Account,
    pub last_status_id: Option<Id>,
    pub count: i64,
    pub updated_at: crate::model::time::Time,
}

fn requests_sql(condition: &str) -> String {
    format!("SELECT * FROM notification_requests WHERE account_id = ?1 AND {condition}")
}

fn requests_of(
    rows: &str,
    bind: impl Fn(Statement) -> Statement,
    account: Id,
) -> (Query<Vec<Request>>, Query<Vec<StatusView>>) {
    let bare = Statement::new(format!(
        "SELECT r.id AS id, r.last_status_id AS last_status_id, r.notifications_count AS n, r.updated_at AS updated_at, {} AS account \
         FROM ({rows}) r JOIN accounts a ON a.id = r.from_account_id ORDER BY r.id DESC",
        super::accounts::packed_shown("a")
    ))
    .bind(account);
    let views = super::statuses::views(
        &format!("SELECT last_status_id AS id FROM ({rows}) WHERE last_status_id IS NOT NULL"),
        Some(account),
    );
    (
        Query::all(bind(bare), |row| {
            Ok(Request {
                id: row.id("id")?,
                from: super::accounts::read(row)?,
                last_status_id: row.opt_id("last_status_id")?,
                count: row.int("n")?,
                updated_at: row.time("updated_at")?,
            })
        }),
        Query::all(bind(views), super::statuses::read_view),
    )
}

/// A page of requests, and their last statuses.
pub fn requests(account: Id, page: &Page) -> (Query<Vec<Request>>, Query<Vec<StatusView>>) {
    let (max, min, limit) =
        (page.max_id.map_or(crate::model::id::MAX, |id| id.0), page.lower().map_or(0, |id| id.0), page.limit);
    let order = if page.is_upward() { "ASC" } else { "DESC" };
    let rows = requests_sql(&format!("id < ?2 AND id > ?3 ORDER BY id {order} LIMIT ?4"));
    requests_of(&rows, |s| s.bind(max).bind(min).bind(limit), account)
}

pub fn requests_by_ids(account: Id, ids: &[Id]) -> (Query<Vec<Request>>, Query<Vec<StatusView>>) {
    let rows = requests_sql("id IN (SELECT value FROM json_each(?2))");
    requests_of(&rows, |s| s.bind_ids(ids), account)
}

/// How many requests wait, and how many notifications in them.
pub fn count_requests(account: Id) -> Query<(i64, i64)> {
    Query::new(
        Statement::new(
            "SELECT count(*) AS n, coalesce(sum(notifications_count), 0) AS all_of_them FROM notification_requests WHERE account_id = ?1",
        )
        .bind(account),
        |rows| match rows.first() {
            Some(row) => Ok((row.int("n")?, row.int("all_of_them")?)),
            None => Ok((0, 0)),
        },
    )
}

/// Lets people in: what was put aside is shown, and they are heard from now on.
pub fn accept_requests(account: Id, ids: &[Id]) -> Vec<Statement> {
    let people = "SELECT from_account_id FROM notification_requests WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2))";
    vec![
        Statement::new(format!(
            "INSERT INTO notification_permissions (account_id, from_account_id) SELECT ?1, x.from_account_id FROM ({people}) x WHERE 1 ON CONFLICT DO NOTHING"
        )),
        Statement::new(format!(
            "UPDATE notifications SET is_filtered = 0 WHERE account_id = ?1 AND is_filtered = 1 AND from_account_id IN ({people})"
        )),
        Statement::new("DELETE FROM notification_requests WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2))"),
    ]
    .into_iter()
    .map(|s| s.bind(account).bind_ids(ids))
    .collect()
}

/// Sends people away: what was put aside is gone.
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
