//! trends, computed by cron.

use super::Query;
use super::statuses::{VISIBLE, in_order, views};
use crate::model::card::Found;
use crate::model::id::{EPOCH_MS, Id};
use crate::model::status::StatusView;
use crate::model::tag::Day;
use crate::model::time::{DAY, Time};
use crate::platform::sql::Statement;

/// How many recent statuses are counted.
const MAX_RECENT: usize = 5000;
/// How many items of each kind are kept.
const MAX_KEPT: usize = 40;
/// How many statuses of each hashtag and link are counted for its week.
const STATUSES_OF_EACH: usize = 100;

/// The SQL of the week of the link `key`: days with statuses and accounts, since `?2`.
fn link_week() -> String {
    format!(
        "(SELECT json_group_array(json_array(day, uses, people)) FROM (SELECT day, count(*) AS uses, count(DISTINCT account_id) AS people FROM (\
         SELECT (s.id / 4096 + {EPOCH_MS}) / {DAY} AS day, s.account_id FROM (SELECT status_id FROM status_links \
         WHERE url = key AND status_id > ?2 ORDER BY status_id DESC LIMIT {STATUSES_OF_EACH}) l CROSS JOIN statuses s ON s.id = l.status_id) GROUP BY day))"
    )
}

/// Whom the author `w` of the status `s` counts as: local accounts and those with a local follower for themselves, all
/// others of a host together, so that nobody makes a trend with many accounts of one host.
const VOICE: &str = "iif(w.domain_id IS NOT NULL OR EXISTS (SELECT 1 FROM follows f CROSS JOIN users u ON u.account_id = f.account_id \
    WHERE f.target_id = w.id), w.id, w.domain)";
/// How many favourites and boosts of a status are looked at for [`is_seen_elsewhere`].
const LOOKED_AT: usize = 50;

/// The SQL condition that a local account or one of another host than the author's favourited or boosted `s`.
fn is_seen_elsewhere() -> String {
    let by = |from: &str| {
        format!(
            "EXISTS (SELECT 1 FROM (SELECT account_id FROM {from} = s.id LIMIT {LOOKED_AT}) v CROSS JOIN accounts x ON x.id = v.account_id \
             WHERE x.domain <> w.domain OR x.domain_id IS NOT NULL)"
        )
    };
    format!("({} OR {})", by("favourites WHERE status_id"), by("statuses WHERE reblog_of_id"))
}

/// Computes the trends: reads at most three times [`MAX_RECENT`] statuses, and [`STATUSES_OF_EACH`] of each hashtag
/// and link that is kept.
pub fn count(now: Time) -> Vec<Statement> {
    let since = |days: i64| Id::floor(now.plus(-days * DAY).0);
    let grouped = |key: &str| format!("GROUP BY {key} HAVING count(DISTINCT {VOICE}) >= 2");
    let by_voices = format!("count(DISTINCT {VOICE}) DESC, count(*) DESC");
    let insert = |kind: &str, key: &str, join: &str, condition: &str, having: &str, order: &str| {
        let week = match kind {
            "tag" => super::tags::week_sql("key", "?2", STATUSES_OF_EACH),
            "link" => link_week(),
            _ => "'[]'".into(),
        };
        Statement::new(format!(
            "INSERT INTO trends (kind, key, rank, week) SELECT '{kind}', key, row_number() OVER (), {week} FROM (\
             SELECT {key} AS key FROM (SELECT * FROM statuses WHERE id > ?1 ORDER BY id DESC LIMIT {MAX_RECENT}) s {join} \
             CROSS JOIN accounts w ON w.id = s.account_id AND w.suspended_at IS NULL AND w.silenced_at IS NULL WHERE {condition} \
             AND s.visibility = 0 AND s.is_sensitive = 0 AND s.reblog_of_id IS NULL {having} ORDER BY {order} LIMIT {MAX_KEPT})"
        ))
    };
    vec![
        Statement::new("DELETE FROM trends"),
        insert(
            "tag",
            "j.value",
            "CROSS JOIN json_each(iif(json_valid(s.tags),s.tags,'[]')) j",
            "s.tags <> '[]'",
            &grouped("j.value"),
            &by_voices,
        )
        .bind(since(2))
        .bind(super::tags::week(now)),
        insert(
            "status",
            "s.id",
            "",
            &format!(
                "s.reblogs_count + s.favourites_count >= 2 AND w.is_discoverable = 1 AND w.sensitized_at IS NULL AND {}",
                is_seen_elsewhere()
            ),
            "",
            "s.reblogs_count + s.favourites_count DESC, s.id DESC",
        )
        .bind(since(2)),
        insert(
            "link",
            "l.url",
            "CROSS JOIN status_links l INDEXED BY status_links_by_status ON l.status_id = s.id",
            "1",
            &grouped("l.url"),
            &by_voices,
        )
        .bind(since(3))
        .bind(super::tags::week(now)),
    ]
}

/// Trending statuses that the viewer may see, highest rank first.
pub fn statuses(viewer: Option<Id>, limit: usize, offset: usize) -> Query<Vec<StatusView>> {
    let (author, domain) = (
        super::timelines::not_blocked_or_muted("?1", "s.account_id"),
        super::timelines::domain_not_blocked("?1", "s.account_id"),
    );
    let ids = format!(
        "SELECT s.id AS id FROM (SELECT key, rank FROM trends WHERE kind = 'status' ORDER BY rank) t \
         CROSS JOIN statuses s ON s.id = CAST(t.key AS INTEGER) WHERE {} AND {} AND {author} AND {domain} ORDER BY t.rank LIMIT ?2 OFFSET ?3",
        *VISIBLE,
        super::limited::shown_in_public("s.account_id")
    );
    in_order(views(&ids, viewer).bind(limit).bind(offset))
}

/// A link, its week (day, statuses, accounts), and what is known of its page.
pub type Link = (String, Vec<Day>, Option<Box<Found>>);

/// Trending links, highest rank first.
pub fn links(limit: usize, offset: usize) -> Query<Vec<Link>> {
    Query::all(
        Statement::new(format!(
            "SELECT key AS url, week, {} AS card FROM trends WHERE kind = 'link' ORDER BY rank LIMIT ?1 OFFSET ?2",
            super::cards::packed("key")
        ))
        .bind(limit)
        .bind(offset),
        |row| Ok((row.text("url")?, super::tags::read_week(row)?, super::cards::read(row, "card"))),
    )
}
