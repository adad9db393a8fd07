//! announcements, read marks, and reactions to them.

use super::Query;
use super::changes::REACTED;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

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

/// Current announcements, newest first: a small table.
pub fn list(viewer: Id, now: Time) -> Query<Vec<Announcement>> {
    Query::all(
        Statement::new(
            "SELECT n.*, EXISTS (SELECT 1 FROM announcement_reads r WHERE r.account_id = ?1 AND r.announcement_id = n.id) AS is_read, \
             (SELECT json_group_array(json_array(x.name, x.n, x.own, (SELECT e.url FROM custom_emojis e WHERE e.shortcode = x.name))) \
             FROM (SELECT name, count(*) AS n, max(account_id = ?1) AS own FROM announcement_reactions \
             WHERE announcement_id = n.id GROUP BY name ORDER BY n DESC, name) x) AS reactions \
             FROM announcements n WHERE n.published_at <= ?2 AND (n.ends_at IS NULL OR n.ends_at > ?2) ORDER BY n.published_at DESC LIMIT 20",
        )
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

/// Answers a row, unless there are `most` already.
pub fn insert(id: Id, html: &str, ends_at: Option<Time>, now: Time, most: i64) -> Statement {
    Statement::new(
        "INSERT INTO announcements (id, content, ends_at, published_at, updated_at) SELECT ?1, ?2, ?3, ?4, ?4 \
         WHERE (SELECT count(*) FROM announcements WHERE ends_at IS NULL OR ends_at > ?4) < ?5 RETURNING id",
    )
    .bind(id)
    .bind(html)
    .bind(ends_at)
    .bind(now)
    .bind(most)
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
