//! held: posts of strangers that wait for staff. They are stored nowhere else: what looks for statuses finds nothing of them.

use super::pages::{bounds, direction, within_budget};
use super::{Query, accounts, ids};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::Visibility;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// A post that is to wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct New {
    pub id: Id,
    /// Of the status.
    pub uri: String,
    pub account_id: Id,
    /// Of the author's server.
    pub host: String,
    /// The text of the rule; empty in the quiet mode.
    pub reason: String,
    pub visibility: Visibility,
    /// How it begins.
    pub excerpt: String,
    /// JSON; empty where it is fetched from its server.
    pub activity: String,
    /// A new version of a status that is stored.
    pub is_edit: bool,
    pub expires_at: Time,
}

/// Maximum of all, and of one host.
pub const MOST: i64 = 500;
pub const MOST_OF_HOST: i64 = 20;

/// Inserts a post, or puts it in the place of an earlier version by the same author; answers a row where that was done. Reads one
/// row where there are too many.
pub fn insert(new: &New) -> Statement {
    Statement::new(format!(
        "INSERT INTO held (id, uri, account_id, host, reason, visibility, excerpt, activity, is_edit, expires_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 \
         WHERE EXISTS (SELECT 1 FROM held k WHERE k.uri = ?2) \
         OR (coalesce((SELECT CAST(s.value AS INTEGER) FROM settings s WHERE s.key = 'held'), 0) < {MOST} \
         AND (SELECT count(*) FROM (SELECT 1 FROM held h WHERE h.host = ?4 LIMIT {MOST_OF_HOST})) < {MOST_OF_HOST}) \
         ON CONFLICT (uri) DO UPDATE SET reason = excluded.reason, visibility = excluded.visibility, excerpt = excluded.excerpt, \
         activity = excluded.activity, is_edit = excluded.is_edit \
         WHERE account_id = excluded.account_id AND is_let_through = 0 AND excluded.activity NOT IN ('', activity) RETURNING id"
    ))
    .bind(new.id)
    .bind(&new.uri)
    .bind(new.account_id)
    .bind(&new.host)
    .bind(&new.reason)
    .bind(new.visibility as i64)
    .bind(&new.excerpt)
    .bind(&new.activity)
    .bind(new.is_edit)
    .bind(new.expires_at)
}

/// The reason of an author's post that waits.
pub fn reason(uri: &str, account: Id) -> Query<Option<String>> {
    Query::first(
        Statement::new(
            "SELECT reason FROM held WHERE uri = ?1 AND account_id = ?2 AND is_let_through = 0 AND is_edit = 0",
        )
        .bind(uri)
        .bind(account),
        |row| row.text("reason"),
    )
}

/// The visibility of a post that waits, by the author with this uri.
pub fn visibility(uri: &str, author: &str) -> Query<Option<Visibility>> {
    Query::first(
        Statement::new(
            "SELECT h.visibility AS visibility FROM held h CROSS JOIN accounts a ON a.id = h.account_id WHERE h.uri = ?1 AND a.uri = ?2",
        )
        .bind(uri)
        .bind(author),
        |row| Ok(Visibility::from_int(row.int("visibility")?)),
    )
}

/// The author has deleted it.
pub fn withdraw(uri: &str, account: Id) -> Statement {
    Statement::new("DELETE FROM held WHERE uri = ?1 AND account_id = ?2").bind(uri).bind(account)
}

/// A post that waits, for staff.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub id: Id,
    pub author: Account,
    pub reason: String,
    pub visibility: Visibility,
    pub excerpt: String,
    pub is_edit: bool,
    pub expires_at: Time,
}

fn read(row: &Row) -> Result<Held> {
    Ok(Held {
        id: row.id("cursor")?,
        author: accounts::read(row)?,
        reason: row.text("reason")?,
        visibility: Visibility::from_int(row.int("visibility")?),
        excerpt: row.text("excerpt")?,
        is_edit: row.bool("is_edit")?,
        expires_at: row.time("expires_at")?,
    })
}

/// A page of those that wait, the newest first.
pub fn page(page: &Page) -> Query<Listed<Held>> {
    let (max, min) = bounds(page);
    let rows = format!(
        "SELECT h.id AS cursor, h.reason AS reason, h.visibility AS visibility, h.excerpt AS excerpt, h.is_edit AS is_edit, \
         h.expires_at AS expires_at, {} AS account FROM held h CROSS JOIN accounts a ON a.id = h.account_id \
         WHERE h.is_let_through = 0 AND h.id < ?1 AND h.id > ?2 ORDER BY h.id {} LIMIT ?3",
        accounts::packed_shown("a"),
        direction(page)
    );
    let sql = within_budget(&rows, "octet_length(excerpt) + octet_length(account)");
    Query::page(Statement::new(sql).bind(max).bind(min).bind(page.limit), page.limit, read)
}

/// One that waits: its uri, its author, and how it begins.
pub fn by_id(id: Id) -> Query<Option<(String, Id, String)>> {
    Query::first(
        Statement::new("SELECT uri, account_id, excerpt FROM held WHERE id = ?1 AND is_let_through = 0")
            .bind(id),
        |row| Ok((row.text("uri")?, row.id("account_id")?, row.text("excerpt")?)),
    )
}

/// Staff lets one through: a job goes on. Answers a row where it waited.
pub fn let_through(id: Id) -> Statement {
    Statement::new("UPDATE held SET is_let_through = 1 WHERE id = ?1 AND is_let_through = 0 RETURNING id")
        .bind(id)
}

/// The author, the host and the activity of what was let through.
pub fn to_receive(uri: &str) -> Query<Option<(Id, String, String)>> {
    Query::first(
        Statement::new("SELECT account_id, host, activity FROM held WHERE uri = ?1 AND is_let_through = 1")
            .bind(uri),
        |row| Ok((row.id("account_id")?, row.text("host")?, row.text("activity")?)),
    )
}

/// What was let through has been received.
pub fn received(uri: &str) -> Statement {
    Statement::new("DELETE FROM held WHERE uri = ?1 AND is_let_through = 1").bind(uri)
}

/// Staff drops one post, or all by its author. They do not come back. The second answers a row for each.
pub fn drop_of(id: Id, is_all: bool, now: Time) -> Vec<Statement> {
    let which = match is_all {
        true => "h.account_id = (SELECT o.account_id FROM held o WHERE o.id = ?1)",
        false => "h.id = ?1",
    };
    vec![
        Statement::new(format!(
            "INSERT INTO tombstones (uri, account_id, created_at) SELECT h.uri, h.account_id, ?2 FROM held h \
             WHERE {which} AND h.is_let_through = 0 AND h.is_edit = 0 ON CONFLICT DO NOTHING"
        ))
        .bind(id)
        .bind(now),
        Statement::new(format!(
            "DELETE FROM held WHERE id IN (SELECT h.id FROM held h WHERE {which} AND h.is_let_through = 0) RETURNING id"
        ))
        .bind(id),
    ]
}

/// Drops those that nobody has decided about in time. What was let through has its job; where that was given up, it goes as well.
pub fn delete_expired(now: Time) -> Statement {
    Statement::new("DELETE FROM held WHERE expires_at < ?1").bind(now)
}

/// Of these people here, those to whom an account has no tie: who neither follow it, nor have asked to, nor have let it through to their
/// notifications, nor have written to it since it came here (in their newest 200 statuses). And whether anybody here follows it.
pub fn without_tie(account: Id, people: &[Id]) -> Query<(Vec<Id>, bool)> {
    Query::new(
        Statement::new(
            "SELECT (SELECT json_group_array(j.value) FROM json_each(?2) j \
             WHERE NOT EXISTS (SELECT 1 FROM follows f WHERE f.account_id = j.value AND f.target_id = ?1) \
             AND NOT EXISTS (SELECT 1 FROM follow_requests q WHERE q.account_id = j.value AND q.target_id = ?1) \
             AND NOT EXISTS (SELECT 1 FROM notification_permissions p WHERE p.account_id = j.value AND p.from_account_id = ?1) \
             AND NOT EXISTS (SELECT 1 FROM (SELECT s.mentions, s.in_reply_to_account_id FROM statuses s INDEXED BY statuses_by_account \
             WHERE s.account_id = j.value AND s.id > ?1 ORDER BY s.id DESC LIMIT 200) w WHERE w.in_reply_to_account_id = ?1 \
             OR EXISTS (SELECT 1 FROM json_each(iif(json_valid(w.mentions), w.mentions, '[]')) m WHERE json_extract(m.value, '$.id') = ?1))) AS untied, \
             EXISTS (SELECT 1 FROM follows t WHERE t.target_id = ?1) OR EXISTS (SELECT 1 FROM follow_requests r WHERE r.target_id = ?1) AS is_followed",
        )
        .bind(account)
        .bind_ids(people),
        |rows| match rows.first() {
            Some(row) => Ok((ids(row, "untied")?, row.bool("is_followed")?)),
            None => Ok((Vec::new(), false)),
        },
    )
}

/// Whether anybody here follows an account, or has asked to.
pub fn is_followed(account: Id) -> Query<bool> {
    Query::new(
        Statement::new(
            "SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM follows t WHERE t.target_id = ?1) \
             OR EXISTS (SELECT 1 FROM follow_requests r WHERE r.target_id = ?1)",
        )
        .bind(account),
        |rows| Ok(!rows.is_empty()),
    )
}

/// The quiet mode begins by itself, or goes on until a later time. The first statement is a report that tells staff, where the mode
/// was not on: by `reporter`, about the account `target`.
pub fn begin_quiet(
    report: Id,
    reporter: Id,
    target: Id,
    comment: &str,
    now: Time,
    until: Time,
) -> [Statement; 2] {
    [
        Statement::new(
            "INSERT INTO reports (id, account_id, target_id, comment, category) SELECT ?1, ?2, ?3, ?4, 'spam' \
             WHERE NOT EXISTS (SELECT 1 FROM settings s WHERE (s.key = 'quiet_until' AND CAST(s.value AS INTEGER) > ?5) \
             OR (s.key = 'quiet_mode' AND s.value = 'on')) RETURNING id",
        )
        .bind(report)
        .bind(reporter)
        .bind(target)
        .bind(comment)
        .bind(now),
        Statement::new(
            "INSERT INTO settings (key, value) VALUES ('quiet_until', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value \
             WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER) RETURNING key",
        )
        .bind(until.0.to_string()),
    ]
}
