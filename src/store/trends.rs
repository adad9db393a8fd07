//! trends, computed by cron.

use super::Query;
use super::statuses::{VISIBLE, in_order, views};
use crate::error::Result;
use crate::model::card::Found;
use crate::model::id::{EPOCH_MS, Id};
use crate::model::status::StatusView;
use crate::model::tag::{Day, Tag};
use crate::model::time::{DAY, Time};
use crate::model::trend::{Kind, Review, Reviewed, Shown};
use crate::platform::sql::{Row, Statement};

/// How many recent statuses are counted.
const MAX_RECENT: usize = 5000;
/// How many items of each kind are kept.
const MAX_KEPT: usize = 40;
/// How many statuses of each hashtag and link are counted for its week.
const STATUSES_OF_EACH: usize = 100;

/// The SQL of the week of the link `key`: days with statuses and accounts, since `?3`.
fn link_week() -> String {
    format!(
        "(SELECT json_group_array(json_array(day, uses, people)) FROM (SELECT day, count(*) AS uses, count(DISTINCT account_id) AS people FROM (\
         SELECT (s.id / 4096 + {EPOCH_MS}) / {DAY} AS day, s.account_id FROM (SELECT status_id FROM status_links \
         WHERE url = key AND status_id > ?3 ORDER BY status_id DESC LIMIT {STATUSES_OF_EACH}) l CROSS JOIN statuses s ON s.id = l.status_id) GROUP BY day))"
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

/// How many of each kind are ordered by what staff has decided.
const MAX_SEEN: usize = 200;

/// The SQL of the host that the link `key` leads to: as it was stored with its card, else as somebody wrote it.
fn host(key: &str) -> String {
    let rest = format!("substr({key}, instr({key}, '://') + 3)");
    let authority =
        format!("substr({rest}, 1, instr(replace(replace({rest}, '?', '/'), '#', '/') || '/', '/') - 1)");
    let name = format!("substr({authority}, instr({authority}, '@') + 1)");
    let written = format!("rtrim(lower(substr({name}, 1, instr({name} || ':', ':') - 1)), '.')");
    format!(
        "coalesce((SELECT iif(json_valid(hc.card), hc.card ->> 15, NULL) FROM cards hc WHERE hc.url = {key}), {written})"
    )
}

/// Of the host of a link this many names are looked up: itself, and what it is within.
const MAX_NAMES: usize = 6;

/// The SQL of what staff has said of an item by its `key`, a column with its table: 1 it may trend, 0 it may not, NULL nothing. What is said of the item
/// itself goes before what is said of its author or of the site.
fn decision(kind: Kind, key: &str) -> String {
    match kind {
        Kind::Tag => format!(
            "(SELECT CASE WHEN dt.is_usable = 0 THEN 0 ELSE dt.is_trendable END FROM tags dt WHERE dt.name = {key})"
        ),
        Kind::Status => format!(
            "(SELECT coalesce(ds.is_trendable, da.is_trendable) FROM statuses ds CROSS JOIN accounts da ON da.id = ds.account_id \
             WHERE ds.id = CAST({key} AS INTEGER))"
        ),
        Kind::Link => format!(
            "coalesce((SELECT dl.is_trendable FROM trend_reviews dl WHERE dl.kind = 'link' AND dl.key = {key}), \
             (WITH RECURSIVE within (name) AS (SELECT {} UNION ALL SELECT substr(name, instr(name, '.') + 1) FROM within \
             WHERE instr(name, '.') > 0 LIMIT {MAX_NAMES}) SELECT dp.is_trendable FROM within CROSS JOIN trend_reviews dp \
             ON dp.kind = 'publisher' AND dp.key = within.name ORDER BY length(dp.key) DESC LIMIT 1))",
            host(key)
        ),
    }
}

/// Notes what staff has decided since the trends were computed.
pub fn judge(kind: Kind) -> Statement {
    let decision = decision(kind, "trends.key");
    Statement::new(format!(
        "UPDATE trends SET decision = {decision} WHERE kind = ?1 AND decision IS NOT {decision}"
    ))
    .bind(kind.as_str())
}

/// Computes the trends: reads at most three times [`MAX_RECENT`] statuses, and [`STATUSES_OF_EACH`] of each hashtag
/// and link that is kept. What may trend is kept first, then what nobody has decided about, then what may not.
pub fn count(now: Time, needs_review: bool) -> Vec<Statement> {
    let since = |days: i64| Id::floor(now.plus(-days * DAY).0);
    let grouped = |key: &str| format!("GROUP BY {key} HAVING count(DISTINCT {VOICE}) >= 2");
    let by_voices = format!("count(DISTINCT {VOICE}) DESC, count(*) DESC");
    let insert = |kind: Kind, key: &str, join: &str, condition: &str, having: &str, order: &str| {
        let week = match kind {
            Kind::Tag => super::tags::week_sql("key", "?3", STATUSES_OF_EACH),
            Kind::Link => link_week(),
            Kind::Status => "'[]'".into(),
        };
        let statement = Statement::new(format!(
            "INSERT INTO trends (kind, key, rank, decision, week) SELECT '{}', key, row_number() OVER (), decision, {week} FROM (\
             SELECT g.key AS key, {} AS decision, g.n AS n FROM (SELECT key, row_number() OVER () AS n FROM (\
             SELECT {key} AS key FROM (SELECT * FROM statuses WHERE id > ?1 ORDER BY id DESC LIMIT {MAX_RECENT}) s {join} \
             CROSS JOIN accounts w ON w.id = s.account_id AND w.suspended_at IS NULL AND w.silenced_at IS NULL WHERE {condition} \
             AND s.visibility = 0 AND s.is_sensitive = 0 AND s.reblog_of_id IS NULL {having} ORDER BY {order} LIMIT {MAX_SEEN})) g \
             ORDER BY coalesce(decision, ?2) DESC, decision IS 0, n LIMIT {MAX_KEPT})",
            kind.as_str(),
            // With its table: some of what is looked up has a column of that name.
            decision(kind, "g.key"),
        ))
        .bind(since(if kind == Kind::Link { 3 } else { 2 }))
        .bind(!needs_review);
        if kind == Kind::Status { statement } else { statement.bind(super::tags::week(now)) }
    };
    vec![
        Statement::new("DELETE FROM trends"),
        insert(
            Kind::Tag,
            "j.value",
            "CROSS JOIN json_each(iif(json_valid(s.tags),s.tags,'[]')) j",
            "s.tags <> '[]'",
            &grouped("j.value"),
            &by_voices,
        ),
        insert(
            Kind::Status,
            "s.id",
            "",
            &format!(
                "s.reblogs_count + s.favourites_count >= 2 AND w.is_discoverable = 1 AND w.sensitized_at IS NULL AND {}",
                is_seen_elsewhere()
            ),
            "",
            "s.reblogs_count + s.favourites_count DESC, s.id DESC",
        ),
        insert(
            Kind::Link,
            "l.url",
            "CROSS JOIN status_links l INDEXED BY status_links_by_status ON l.status_id = s.id",
            "1",
            &grouped("l.url"),
            &by_voices,
        ),
    ]
}

/// The SQL condition of what is shown of the table trends.
pub(super) fn is_shown(shown: Shown) -> &'static str {
    match shown {
        Shown::All => "1",
        Shown::Unrefused => "decision IS NOT 0",
        Shown::Approved => "decision = 1",
    }
}

/// Trending hashtags, highest rank first, with their weeks as cron counted them.
pub fn tags(viewer: Option<Id>, shown: Shown, limit: usize, offset: usize) -> Query<Vec<Tag>> {
    Query::all(
        Statement::new(format!(
            "SELECT j.key AS name, {} j.key) AS display_name, \
             EXISTS (SELECT 1 FROM tag_follows t WHERE t.account_id = ?1 AND t.tag = j.key) AS is_followed, \
             EXISTS (SELECT 1 FROM featured_tags t WHERE t.account_id = ?1 AND t.tag = j.key) AS is_featured, j.week AS week \
             FROM trends j WHERE j.kind = 'tag' AND {} ORDER BY j.rank LIMIT ?2 OFFSET ?3",
            super::tags::DISPLAY_NAME,
            is_shown(shown)
        ))
        .bind(viewer)
        .bind(limit)
        .bind(offset),
        super::tags::read,
    )
}

/// Trending statuses that the viewer may see, highest rank first.
pub fn statuses(viewer: Option<Id>, shown: Shown, limit: usize, offset: usize) -> Query<Vec<StatusView>> {
    let (author, domain) = (
        super::timelines::not_blocked_or_muted("?1", "s.account_id"),
        super::timelines::domain_not_blocked("?1", "s.account_id"),
    );
    let ids = format!(
        "SELECT s.id AS id FROM (SELECT key, rank FROM trends WHERE kind = 'status' AND {} ORDER BY rank) t \
         CROSS JOIN statuses s ON s.id = CAST(t.key AS INTEGER) WHERE {} AND {} AND {author} AND {domain} ORDER BY t.rank LIMIT ?2 OFFSET ?3",
        is_shown(shown),
        *VISIBLE,
        super::limited::shown_in_public("s.account_id")
    );
    in_order(views(&ids, viewer).bind(limit).bind(offset))
}

/// What staff has decided about the trends of a kind, by their keys.
pub fn decisions(kind: Kind) -> Query<Vec<(String, Option<bool>)>> {
    Query::all(
        Statement::new("SELECT key, decision FROM trends WHERE kind = ?1 ORDER BY rank").bind(kind.as_str()),
        |row| Ok((row.text("key")?, row.opt_int("decision")?.map(|is| is != 0))),
    )
}

/// A trending link.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link {
    pub url: String,
    /// Day, statuses, accounts.
    pub week: Vec<Day>,
    /// What is known of its page.
    pub found: Option<Box<Found>>,
    /// What staff has said of it or of its site.
    pub decision: Option<bool>,
}

/// Trending links, highest rank first.
pub fn links(shown: Shown, limit: usize, offset: usize) -> Query<Vec<Link>> {
    Query::all(
        Statement::new(format!(
            "SELECT key AS url, week, decision, {} AS card FROM trends WHERE kind = 'link' AND {} ORDER BY rank LIMIT ?1 OFFSET ?2",
            super::cards::packed("key"),
            is_shown(shown)
        ))
        .bind(limit)
        .bind(offset),
        read_link,
    )
}

fn read_link(row: &Row) -> Result<Link> {
    Ok(Link {
        url: row.text("url")?,
        week: super::tags::read_week(row)?,
        found: super::cards::read(row, "card"),
        decision: row.opt_int("decision")?.map(|is| is != 0),
    })
}

/// One link, whether it trends or not: with its week where it does.
pub fn link(url: &str) -> Query<Option<Link>> {
    Query::first(
        Statement::new(format!(
            "SELECT x.url AS url, coalesce(t.week, '[]') AS week, \
             coalesce(t.decision, (SELECT r.is_trendable FROM trend_reviews r WHERE r.kind = 'link' AND r.key = x.url)) AS decision, \
             {} AS card FROM (SELECT ?1 AS url) x LEFT JOIN trends t ON t.kind = 'link' AND t.key = x.url",
            super::cards::packed("x.url")
        ))
        .bind(url),
        read_link,
    )
}

/// The hosts of the links that trend.
pub fn hosts() -> Query<Vec<String>> {
    Query::all(
        Statement::new(format!(
            "SELECT DISTINCT {} AS host FROM trends WHERE kind = 'link' LIMIT {MAX_KEPT}",
            host("trends.key")
        )),
        |row| row.text("host"),
    )
}

/// What staff says of something that is no hashtag.
pub fn set_trendable(of: Reviewed<'_>, is_trendable: bool, now: Time) -> Statement {
    let row = |sql: &'static str, id: Id| Statement::new(sql).bind(id).bind(is_trendable);
    let review = |kind: &'static str, key: &str| {
        Statement::new(
            "INSERT INTO trend_reviews (kind, key, is_trendable, reviewed_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (kind, key) DO UPDATE SET is_trendable = excluded.is_trendable, reviewed_at = excluded.reviewed_at",
        )
        .bind(kind)
        .bind(key)
        .bind(is_trendable)
        .bind(now)
    };
    match of {
        Reviewed::Status(id) => row("UPDATE statuses SET is_trendable = ?2 WHERE id = ?1", id),
        Reviewed::Account(id) => row("UPDATE accounts SET is_trendable = ?2 WHERE id = ?1", id),
        Reviewed::Link(url) => review("link", url),
        Reviewed::Publisher(host) => review("publisher", host),
    }
}

/// How many reviews of a kind are read.
const MAX_REVIEWS: usize = 2_000;

/// What staff has said of links or of sites: the newest.
pub fn reviews(kind: &'static str) -> Query<Vec<Review>> {
    Query::all(
        Statement::new(format!(
            "SELECT key, is_trendable, reviewed_at FROM trend_reviews WHERE kind = ?1 ORDER BY reviewed_at DESC LIMIT {MAX_REVIEWS}"
        ))
        .bind(kind),
        |row| {
            Ok(Review {
                key: row.text("key")?,
                is_trendable: row.bool("is_trendable")?,
                reviewed_at: row.time("reviewed_at")?,
            })
        },
    )
}

/// Forgets what was said of links before a time, and of sites beyond the newest [`MAX_REVIEWS`].
pub fn forget_reviews(before: Time) -> [Statement; 2] {
    [
        Statement::new("DELETE FROM trend_reviews WHERE kind = 'link' AND reviewed_at < ?1").bind(before),
        Statement::new(
            "DELETE FROM trend_reviews WHERE kind = 'publisher' AND reviewed_at < (SELECT reviewed_at FROM trend_reviews \
             WHERE kind = 'publisher' ORDER BY reviewed_at DESC LIMIT 1 OFFSET ?1)",
        )
        .bind(MAX_REVIEWS - 1),
    ]
}
