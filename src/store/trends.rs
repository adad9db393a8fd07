//! trends: what people here see much of, counted by cron.

use super::Query;
use super::statuses::{VISIBLE, read_view, views};
use crate::model::id::Id;
use crate::model::status::StatusView;
use crate::model::tag::Day;
use crate::model::time::{DAY, Time};
use crate::platform::sql::Statement;

/// So many statuses of late are looked at.
const LOOKED_AT: usize = 5000;
/// So many things of each kind are kept.
const KEPT: usize = 40;

/// Counts anew. At most three times [`LOOKED_AT`] rows are read.
pub fn count(now: Time) -> Vec<Statement> {
    let since = |days: i64| Id::floor(now.plus(-days * DAY).0);
    let insert = |kind: &str, key: &str, from: &str, having: &str, order: &str| {
        Statement::new(format!(
            "INSERT INTO trends (kind, key, rank) SELECT '{kind}', key, row_number() OVER () FROM (\
             SELECT {key} AS key FROM (SELECT * FROM statuses WHERE id > ?1 ORDER BY id DESC LIMIT {LOOKED_AT}) s {from} \
             AND s.visibility = 0 AND s.is_sensitive = 0 AND s.reblog_of_id IS NULL \
             AND EXISTS (SELECT 1 FROM accounts w WHERE w.id = s.account_id AND w.suspended_at IS NULL) {having} ORDER BY {order} LIMIT {KEPT})"
        ))
    };
    vec![
        Statement::new("DELETE FROM trends"),
        insert(
            "tag",
            "j.value",
            "CROSS JOIN json_each(s.tags) j WHERE s.tags <> '[]'",
            "GROUP BY j.value HAVING count(DISTINCT s.account_id) >= 2",
            "count(DISTINCT s.account_id) DESC, count(*) DESC",
        )
        .bind(since(2)),
        insert(
            "status",
            "s.id",
            "WHERE s.reblogs_count + s.favourites_count >= 2 AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = s.account_id AND a.is_discoverable = 1)",
            "",
            "s.reblogs_count + s.favourites_count DESC, s.id DESC",
        )
        .bind(since(2)),
        insert(
            "link",
            "l.url",
            "CROSS JOIN status_links l INDEXED BY status_links_by_status ON l.status_id = s.id WHERE 1",
            "GROUP BY l.url HAVING count(DISTINCT s.account_id) >= 2",
            "count(DISTINCT s.account_id) DESC, count(*) DESC",
        )
        .bind(since(3)),
    ]
}

/// Statuses that the viewer may see, the most seen first.
pub fn statuses(viewer: Option<Id>, limit: usize, offset: usize) -> Query<Vec<StatusView>> {
    let (author, domain) =
        (super::timelines::heard("?1", "s.account_id"), super::timelines::domain_heard("?1", "s.account_id"));
    let ids = format!(
        "SELECT s.id AS id FROM (SELECT key, rank FROM trends WHERE kind = 'status' ORDER BY rank) t \
         CROSS JOIN statuses s ON s.id = CAST(t.key AS INTEGER) WHERE {} AND {author} AND {domain} ORDER BY t.rank LIMIT ?2 OFFSET ?3",
        *VISIBLE
    );
    let statement = views(&ids, viewer);
    let sql = format!(
        "SELECT v.* FROM ({}) v ORDER BY (SELECT rank FROM trends WHERE kind = 'status' AND key = CAST(json_extract(v.status, '$[0]') AS TEXT))",
        statement.sql
    );
    Query::all(Statement::new(sql).bind(viewer).bind(limit).bind(offset), read_view)
}

/// Links with their week, the most seen first: url, and (day, statuses, people).
pub fn links(now: Time, limit: usize, offset: usize) -> Query<Vec<(String, Vec<Day>)>> {
    Query::all(
        Statement::new(format!(
            "SELECT k.key AS url, (SELECT json_group_array(json_array(day, uses, people)) FROM (SELECT day, count(*) AS uses, count(DISTINCT account_id) AS people FROM (\
             SELECT (s.id / 4096 + {}) / {DAY} AS day, s.account_id FROM status_links l CROSS JOIN statuses s ON s.id = l.status_id \
             WHERE l.url = k.key AND l.status_id > ?3 ORDER BY l.status_id DESC LIMIT 200) GROUP BY day)) AS week \
             FROM (SELECT key, rank FROM trends WHERE kind = 'link' ORDER BY rank LIMIT ?1 OFFSET ?2) k ORDER BY k.rank",
            crate::model::id::EPOCH_MS
        ))
        .bind(limit)
        .bind(offset)
        .bind(Id::floor(now.plus(-6 * DAY).midnight().0)),
        |row| Ok((row.text("url")?, super::tags::read_week(row)?)),
    )
}
