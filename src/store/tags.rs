//! tag_follows, featured_tags, and information about hashtags. All names are normalised.

use super::pages::{bounds, reach};
use super::{Query, to_json};
use crate::error::Result;
use crate::model::id::{EPOCH_MS, Id};
use crate::model::page::{Listed, Page};
use crate::model::tag::{Day, Featured, Tag};
use crate::model::time::{DAY, Time};
use crate::platform::sql::{Row, Statement};

/// How many of a hashtag's newest statuses are counted for its week …
const MAX_COUNTED: usize = 200;
/// … and for anonymous requests, of all hashtags of a response together.
const ANONYMOUS_COUNT: usize = 50;
/// How many hashtags anonymous requests find by prefix.
const ANONYMOUS_FIND: usize = 10;

/// Hashtags for a viewer, in the given order.
pub fn info(names: &[String], viewer: Option<Id>, now: Time) -> Query<Vec<Tag>> {
    let most = reach(viewer, MAX_COUNTED, ANONYMOUS_COUNT / names.len().max(1));
    counted(names, viewer, now, most)
}

fn counted(names: &[String], viewer: Option<Id>, now: Time, most: usize) -> Query<Vec<Tag>> {
    Query::all(info_sql("?3", most).bind(viewer).bind(week(now)).bind(to_json(&names)), read)
}

/// How many statuses are counted for all hashtags of a list for staff.
const COUNTED_OF_LIST: usize = 2_000;

/// Like [`info`], of a list for staff: fewer statuses of each.
pub fn listed(names: &[String], viewer: Id, now: Time) -> Query<Vec<Tag>> {
    counted(names, Some(viewer), now, (COUNTED_OF_LIST / names.len().max(1)).min(MAX_COUNTED))
}

/// The SQL of how a hashtag is shown, up to its name.
pub(super) const DISPLAY_NAME: &str = "(SELECT dn.display_name FROM tags dn WHERE dn.name =";

/// Like [`info`], of those with a prefix: each costs one step in the index, whatever its number of statuses.
pub fn beginning(
    prefix: &str,
    viewer: Option<Id>,
    now: Time,
    limit: usize,
    offset: usize,
) -> Query<Vec<Tag>> {
    let limit = reach(viewer, limit, limit.min(ANONYMOUS_FIND));
    let most = reach(viewer, MAX_COUNTED, ANONYMOUS_COUNT / ANONYMOUS_FIND);
    let looked_up = limit + offset;
    let names = format!(
        "(WITH RECURSIVE t (tag) AS (SELECT (SELECT min(tag) FROM status_tags WHERE tag >= ?3 AND tag < ?4 AND ?3 <> '') \
         UNION ALL SELECT (SELECT min(tag) FROM status_tags WHERE tag > t.tag AND tag < ?4) FROM t \
         WHERE t.tag IS NOT NULL LIMIT min({looked_up}, 200)) SELECT json_group_array(tag) FROM (SELECT tag FROM t WHERE tag IS NOT NULL LIMIT ?5 OFFSET ?6))"
    );
    let statement = info_sql(&names, most).bind(viewer).bind(week(now)).bind(prefix);
    Query::all(statement.bind(super::search::end_of(prefix)).bind(limit).bind(offset), read)
}

/// Like [`info`], of a page of those that the viewer follows, with their cursors, newest first.
pub fn followed(viewer: Id, now: Time, page: &Page) -> Query<Vec<(Id, Tag)>> {
    let (max, min) = bounds(page);
    let rows = "SELECT id, tag FROM tag_follows WHERE account_id = ?1 AND id < ?3 AND id > ?4 ORDER BY id DESC LIMIT ?5";
    let names = format!("(SELECT json_group_array(tag) FROM ({rows}))");
    let statement = info_sql(&names, MAX_COUNTED);
    let sql = format!(
        "SELECT i.*, (SELECT t.id FROM tag_follows t WHERE t.account_id = ?1 AND t.tag = i.name) AS cursor FROM ({}) i ORDER BY cursor DESC",
        statement.sql
    );
    Query::all(Statement::new(sql).bind(viewer).bind(week(now)).bind(max).bind(min).bind(page.limit), |row| {
        Ok((row.id("cursor")?, read(row)?))
    })
}

/// Whether an account follows a hashtag, and whether it features it.
pub fn ties(account: Id, tag: &str) -> Query<Option<(bool, bool)>> {
    Query::first(
        Statement::new(
            "SELECT EXISTS (SELECT 1 FROM tag_follows WHERE account_id = ?1 AND tag = ?2) AS is_followed, \
             EXISTS (SELECT 1 FROM featured_tags WHERE account_id = ?1 AND tag = ?2) AS is_featured",
        )
        .bind(account)
        .bind(tag),
        |row| Ok((row.bool("is_followed")?, row.bool("is_featured")?)),
    )
}

/// A page of the names of those that an account follows, newest first.
pub fn followed_names(account: Id, page: &Page) -> Query<Listed<String>> {
    let (max, min) = bounds(page);
    let sql = "SELECT id AS cursor, tag FROM tag_follows WHERE account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id DESC LIMIT ?4";
    let statement = Statement::new(sql).bind(account).bind(max).bind(min).bind(page.limit);
    Query::page(statement, page.limit, |row| row.text("tag"))
}

/// The start of the seven days that end today.
pub(super) fn week(now: Time) -> Id {
    Id::floor(now.plus(-6 * DAY).midnight().0)
}

/// The SQL of the week of a hashtag, of its newest statuses since an id: days with statuses and accounts.
pub(super) fn week_sql(tag: &str, since: &str, most: usize) -> String {
    format!(
        "(SELECT json_group_array(json_array(day, uses, people)) FROM (SELECT day, count(*) AS uses, count(DISTINCT account_id) AS people FROM (\
         SELECT (s.id / 4096 + {EPOCH_MS}) / {DAY} AS day, s.account_id FROM (SELECT status_id FROM status_tags \
         WHERE tag = {tag} AND status_id > {since} ORDER BY status_id DESC LIMIT {most}) t CROSS JOIN statuses s ON s.id = t.status_id \
         WHERE s.visibility = 0) GROUP BY day))"
    )
}

/// `names` is the SQL of a JSON array; `?1` is the viewer, `?2` the start of the week. `most` of each
/// hashtag's statuses are counted.
fn info_sql(names: &str, most: usize) -> Statement {
    let week = week_sql("j.value", "?2", most);
    Statement::new(format!(
        "SELECT j.value AS name, {DISPLAY_NAME} j.value) AS display_name, \
         EXISTS (SELECT 1 FROM tag_follows t WHERE t.account_id = ?1 AND t.tag = j.value) AS is_followed, \
         EXISTS (SELECT 1 FROM featured_tags t WHERE t.account_id = ?1 AND t.tag = j.value) AS is_featured, \
         {week} AS week FROM json_each({names}) j ORDER BY j.key"
    ))
}

/// The column `week`: days with statuses and accounts.
pub(super) fn read_week(row: &Row) -> Result<Vec<Day>> {
    super::unpacked(row, "week", |f| f.rest_of_lists(|f| (f.int(), f.int(), f.int())))
}

pub(super) fn read(row: &Row) -> Result<Tag> {
    Ok(Tag {
        name: row.text("name")?,
        display_name: row.opt_text("display_name")?,
        is_followed: row.bool("is_followed")?,
        is_featured: row.bool("is_featured")?,
        week: read_week(row)?,
    })
}

pub fn follow(id: Id, account: Id, tag: &str) -> Statement {
    Statement::new("INSERT INTO tag_follows (account_id, tag, id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
        .bind(account)
        .bind(tag)
        .bind(id)
}

pub fn unfollow(account: Id, tag: &str) -> Statement {
    Statement::new("DELETE FROM tag_follows WHERE account_id = ?1 AND tag = ?2").bind(account).bind(tag)
}

/// Features a hashtag, while there are fewer than `most`; returns its id. The account's statuses with it are
/// counted once, among its newest 2,000, and later by triggers.
pub fn feature(id: Id, account: Id, tag: &str, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO featured_tags (account_id, tag, id, statuses_count, last_status_at) SELECT ?1, ?2, ?3, x.n, x.last_at FROM (\
         SELECT count(*) AS n, max(s.created_at) AS last_at FROM (SELECT * FROM statuses INDEXED BY statuses_by_account \
         WHERE account_id = ?1 ORDER BY id DESC LIMIT 2000) s CROSS JOIN status_tags t ON t.tag = ?2 AND t.status_id = s.id \
         WHERE s.visibility <= 1) x \
         WHERE (SELECT count(*) FROM featured_tags WHERE account_id = ?1 AND tag <> ?2) < ?4 \
         ON CONFLICT (account_id, tag) DO UPDATE SET id = id RETURNING id",
    )
    .bind(account)
    .bind(tag)
    .bind(id)
    .bind(most)
}

/// For [`super::outbox::insert_if`]: the entry with the id of the outbox row was inserted.
pub const IS_FEATURED: &str = "EXISTS (SELECT 1 FROM featured_tags WHERE account_id = ?2 AND id = ?1)";

/// Returns the hashtag if it existed.
pub fn unfeature(account: Id, tag: &str) -> Statement {
    Statement::new("DELETE FROM featured_tags WHERE account_id = ?1 AND tag = ?2 RETURNING tag")
        .bind(account)
        .bind(tag)
}

/// Returns the hashtag if it existed.
pub fn unfeature_by_id(account: Id, id: Id) -> Statement {
    Statement::new("DELETE FROM featured_tags WHERE account_id = ?1 AND id = ?2 RETURNING tag")
        .bind(account)
        .bind(id)
}

/// The featured hashtags of an account.
pub fn featured_names(account: Id) -> Query<Vec<String>> {
    Query::all(
        Statement::new("SELECT tag FROM featured_tags WHERE account_id = ?1 ORDER BY tag").bind(account),
        |row| row.text("tag"),
    )
}

/// The featured hashtags of an account, with its public statuses of each.
pub fn featured(account: Id) -> Query<Vec<Featured>> {
    Query::all(
        Statement::new(
            "SELECT id, tag, statuses_count AS uses, last_status_at AS last_at FROM featured_tags WHERE account_id = ?1 \
             ORDER BY uses DESC, tag",
        )
        .bind(account),
        |row| {
            Ok(Featured {
                id: row.id("id")?,
                name: row.text("tag")?,
                uses: row.int("uses")?,
                last_at: row.opt_time("last_at")?,
            })
        },
    )
}

/// Like [`info`], of the hashtags that an account has used most recently and does not feature.
pub fn most_used(account: Id, now: Time, limit: usize) -> Query<Vec<Tag>> {
    let names = "(SELECT json_group_array(tag) FROM (SELECT t.tag AS tag FROM (SELECT id FROM statuses INDEXED BY statuses_by_account \
                 WHERE account_id = ?1 ORDER BY id DESC LIMIT 500) s \
                 CROSS JOIN status_tags t INDEXED BY status_tags_by_status ON t.status_id = s.id \
                 WHERE NOT EXISTS (SELECT 1 FROM featured_tags f WHERE f.account_id = ?1 AND f.tag = t.tag) \
                 GROUP BY t.tag ORDER BY count(*) DESC, t.tag LIMIT ?3))";
    Query::all(info_sql(names, MAX_COUNTED).bind(account).bind(week(now)).bind(limit), read)
}
