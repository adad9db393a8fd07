//! announcements, read marks, and reactions to them.

use super::Query;
use super::changes::{REACTED, opened};
use crate::error::Result;
use crate::model::announcement::Draft;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    pub id: Id,
    /// HTML.
    pub content: String,
    pub starts_at: Option<Time>,
    pub ends_at: Option<Time>,
    pub is_all_day: bool,
    pub published_at: Time,
    pub updated_at: Time,
    pub is_read: bool,
    pub reactions: Vec<Reaction>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    pub name: String,
    pub count: i64,
    pub is_own: bool,
    /// The picture of a custom emoji.
    pub url: Option<String>,
}

/// The end of the announcement `n`, the last of whole days included; NULL for none.
const END: &str = "(n.ends_at + iif(n.is_all_day, 86400000, 0))";

/// Current announcements, newest first: a small table.
pub fn list(viewer: Id, now: Time) -> Query<Vec<Announcement>> {
    Query::all(
        Statement::new(format!(
            "SELECT n.*, EXISTS (SELECT 1 FROM announcement_reads r WHERE r.account_id = ?1 AND r.announcement_id = n.id) AS is_read, \
             (SELECT json_group_array(json_array(x.name, x.n, x.own, (SELECT e.url FROM custom_emojis e WHERE e.shortcode = x.name))) \
             FROM (SELECT name, count(*) AS n, max(account_id = ?1) AS own FROM announcement_reactions \
             WHERE announcement_id = n.id GROUP BY name ORDER BY n DESC, name) x) AS reactions \
             FROM announcements n WHERE n.published_at <= ?2 AND ({END} IS NULL OR {END} > ?2) ORDER BY n.published_at DESC LIMIT 20"
        ))
        .bind(viewer)
        .bind(now),
        |row| {
            let reactions = super::unpacked(row, "reactions", |f| {
                f.rest_of_lists(|f| Reaction { name: f.text(), count: f.int(), is_own: f.truth(), url: f.opt_text() })
            })?;
            Ok(Announcement {
                id: row.id("id")?,
                content: row.text("content")?,
                starts_at: row.opt_time("starts_at")?,
                ends_at: row.opt_time("ends_at")?,
                is_all_day: row.bool("is_all_day")?,
                published_at: row.time("published_at")?,
                updated_at: row.time("updated_at")?,
                is_read: row.bool("is_read")?,
                reactions,
            })
        },
    )
}

/// One as it was written, for who writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub id: Id,
    pub draft: Draft,
    /// HTML.
    pub content: String,
    /// `None` where it is not to be seen yet; a later time is when it will be.
    pub published_at: Option<Time>,
}

fn read(row: &Row) -> Result<Written> {
    Ok(Written {
        id: row.id("id")?,
        draft: Draft {
            text: row.text("text")?,
            starts_at: row.opt_time("starts_at")?,
            ends_at: row.opt_time("ends_at")?,
            is_all_day: row.bool("is_all_day")?,
        },
        content: row.text("content")?,
        published_at: row.opt_time("published_at")?,
    })
}

/// All that are kept, the newest first.
pub fn all(most: i64) -> Query<Vec<Written>> {
    Query::all(Statement::new("SELECT * FROM announcements ORDER BY id DESC LIMIT ?1").bind(most), read)
}

pub fn by_id(id: Id) -> Query<Option<Written>> {
    Query::first(Statement::new("SELECT * FROM announcements WHERE id = ?1").bind(id), read)
}

/// What live streams are told of the announcement of a statement, `?2` being the time: that it is there, or that it is gone.
const CHANGE: &str = concat!(
    "id AS announcement_id, CASE WHEN published_at <= ?2 THEN iif(ends_at + iif(is_all_day, 86400000, 0) <= ?2, 'withdrawn', 'announced') \
     END AS change, ",
    opened!()
);

/// Answers a row, unless there are `most` already.
pub fn insert(
    id: Id,
    draft: &Draft,
    html: &str,
    published_at: Option<Time>,
    now: Time,
    most: i64,
) -> Statement {
    Statement::new(format!(
        "INSERT INTO announcements (id, updated_at, text, content, starts_at, ends_at, is_all_day, published_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE (SELECT count(*) FROM announcements) < ?9 RETURNING {CHANGE}"
    ))
    .bind(id)
    .bind(now)
    .bind(&draft.text)
    .bind(html)
    .bind(draft.starts_at)
    .bind(draft.ends_at)
    .bind(draft.is_all_day)
    .bind(published_at)
    .bind(most)
}

pub fn update(id: Id, draft: &Draft, html: &str, now: Time) -> Statement {
    Statement::new(format!(
        "UPDATE announcements SET text = ?3, content = ?4, starts_at = ?5, ends_at = ?6, is_all_day = ?7, updated_at = ?2 \
         WHERE id = ?1 RETURNING {CHANGE}"
    ))
    .bind(id)
    .bind(now)
    .bind(&draft.text)
    .bind(html)
    .bind(draft.starts_at)
    .bind(draft.ends_at)
    .bind(draft.is_all_day)
}

/// Publishes one at a time; one that is to be seen already keeps its own.
pub fn publish(id: Id, at: Time, now: Time) -> Statement {
    Statement::new(format!(
        "UPDATE announcements SET published_at = iif(published_at <= ?2, published_at, ?3) WHERE id = ?1 RETURNING {CHANGE}"
    ))
    .bind(id)
    .bind(now)
    .bind(at)
}

/// By the row before: an UPDATE answers the one after.
const WITHDRAWN: &str = concat!(
    "SELECT id AS announcement_id, 'withdrawn' AS change, ",
    opened!(),
    " FROM announcements WHERE id = ?1 AND published_at <= ?2"
);

/// Tells that one is gone which was to be seen; before the statement that takes it away.
pub fn withdraw(id: Id, now: Time) -> Statement {
    Statement::new(WITHDRAWN).bind(id).bind(now)
}

pub fn unpublish(id: Id) -> Statement {
    Statement::new("UPDATE announcements SET published_at = NULL WHERE id = ?1").bind(id)
}

/// What there is to tell of one at this time.
pub fn tell(id: Id, now: Time) -> Statement {
    Statement::new(format!("SELECT {CHANGE} FROM announcements WHERE id = ?1")).bind(id).bind(now)
}

pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM announcements WHERE id = ?1").bind(id)
}

pub fn dismiss(account: Id, id: Id) -> Statement {
    Statement::new(
        "INSERT INTO announcement_reads (account_id, announcement_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )
    .bind(account)
    .bind(id)
}

pub fn react(account: Id, id: Id, name: &str) -> Statement {
    Statement::new(format!(
        "INSERT INTO announcement_reactions (announcement_id, name, account_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING {REACTED}"
    ))
    .bind(id)
    .bind(name)
    .bind(account)
}

pub fn unreact(account: Id, id: Id, name: &str) -> Statement {
    Statement::new(format!(
        "DELETE FROM announcement_reactions WHERE announcement_id = ?1 AND name = ?2 AND account_id = ?3 {REACTED}"
    ))
    .bind(id)
    .bind(name)
    .bind(account)
}
