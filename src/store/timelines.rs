//! Timelines, derived on read: no entries are written.
//!
//! The home timeline has two plans (docs/decisions/0002): *scan* reads the newest statuses and keeps those of
//! followed accounts, over at most four rows for each follow; if the page is not full by then, *merge* reads
//! the newest statuses of those sources that wrote last. With both, the number of rows read does not grow
//! with the database.

use super::limited::{shown_in_public, shown_to};
use super::muting::in_force;
use super::pages::{bounds, direction, reach};
use super::statuses::{VISIBLE, addressed, half_of_views, newest_first, page_of, views, views_with};
use super::threads::levels;
use super::{Query, sound, to_json};
use crate::model::id::{Id, MAX};
use crate::model::page::{Listed, Page};
use crate::model::status::StatusView;
use crate::platform::sql::Statement;

/// Rows that the scan reads for each followed account …
const SCAN_PER_FOLLOW: usize = 4;
/// … and for each followed hashtag …
const SCAN_PER_TAG: usize = 20;
/// … up to this maximum.
const SCAN_MOST: usize = 4000;

/// The condition that the viewer neither blocks nor mutes `account`, and is not blocked by it.
pub(super) fn not_blocked_or_muted(me: &str, account: &str) -> String {
    let in_force = in_force("u");
    format!(
        "NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = {me} AND k.target_id = {account}) \
         AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = {account} AND k.target_id = {me}) \
         AND NOT EXISTS (SELECT 1 FROM mutes u WHERE u.account_id = {me} AND u.target_id = {account} AND {in_force})"
    )
}

/// The condition that the viewer has not blocked the domain of `account`. Costs nothing for a viewer without
/// domain blocks.
pub(super) fn domain_not_blocked(me: &str, account: &str) -> String {
    format!(
        "(NOT EXISTS (SELECT 1 FROM account_domain_blocks WHERE account_id = {me}) \
         OR NOT EXISTS (SELECT 1 FROM accounts z JOIN account_domain_blocks d ON d.account_id = {me} AND d.domain = z.domain WHERE z.id = {account}))"
    )
}

/// The condition that the status `s` mentions nobody whom the viewer blocks or mutes.
fn mentions_not_blocked_or_muted(me: &str) -> String {
    let in_force = in_force("u");
    format!(
        "(s.mentions = '[]' OR NOT EXISTS (SELECT 1 FROM json_each({}) z WHERE \
         EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = {me} AND k.target_id = json_extract(z.value, '$.id')) \
         OR EXISTS (SELECT 1 FROM mutes u WHERE u.account_id = {me} AND u.target_id = json_extract(z.value, '$.id') AND {in_force})))",
        sound("s.mentions")
    )
}

/// The condition that the boosted status of `s` may be shown to the viewer, by an author who is not blocked
/// or muted.
fn boost_not_blocked_or_muted(me: &str) -> String {
    let (author, domain) = (not_blocked_or_muted(me, "o.account_id"), domain_not_blocked(me, "o.account_id"));
    let addressed = addressed("o", me);
    format!(
        "(s.reblog_of_id IS NULL OR EXISTS (SELECT 1 FROM statuses o WHERE o.id = s.reblog_of_id AND {addressed} AND {author} AND {domain}))"
    )
}

/// Which statuses `s` of a followed (or the viewer's own) author are on the home timeline of `me`; `f` is the
/// follow.
pub(super) fn of_people(me: &str) -> String {
    let (author, boosted, mentioned) = (
        not_blocked_or_muted(me, "s.account_id"),
        boost_not_blocked_or_muted(me),
        mentions_not_blocked_or_muted(me),
    );
    let languages = sound("f.languages");
    format!(
        "({boosted} AND (s.account_id = {me} OR (f.target_id IS NOT NULL \
         AND (s.visibility <= 2 OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = {me} AND m.status_id = s.id)) \
         AND s.in_reply_to_uri IS NULL \
         AND (s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id IN ({me}, s.account_id) \
         OR EXISTS (SELECT 1 FROM follows y WHERE y.account_id = {me} AND y.target_id = s.in_reply_to_account_id)) \
         AND (s.reblog_of_id IS NULL OR f.shows_reblogs = 1) \
         AND (json_valid(f.languages) IS NOT 1 OR s.language IS NULL OR s.language IN (SELECT value FROM json_each({languages}))) \
         AND (NOT EXISTS (SELECT 1 FROM lists l WHERE l.account_id = {me} AND l.is_exclusive = 1) \
         OR NOT EXISTS (SELECT 1 FROM list_accounts e JOIN lists l ON l.id = e.list_id AND l.account_id = {me} AND l.is_exclusive = 1 \
         WHERE e.target_id = s.account_id)) \
         AND {author} AND {mentioned})))"
    )
}

/// The same for a hashtag that `me` follows.
pub(super) fn of_tags(me: &str) -> String {
    let (author, domain) = (not_blocked_or_muted(me, "s.account_id"), domain_not_blocked(me, "s.account_id"));
    let (mentioned, open) = (mentions_not_blocked_or_muted(me), shown_in_public("s.account_id"));
    format!(
        "(EXISTS (SELECT 1 FROM tag_follows WHERE account_id = {me}) AND s.tags <> '[]' AND s.visibility = 0 \
         AND s.account_id <> {me} AND EXISTS (SELECT 1 FROM tag_follows h WHERE h.account_id = {me} \
         AND h.tag IN (SELECT value FROM json_each({}))) AND {open} AND {author} AND {domain} AND {mentioned})",
        sound("s.tags")
    )
}

/// A boost is left out if its original is among this many entries below it (`FeedManager::REBLOG_FALLOFF` of
/// Mastodon).
pub(super) const NEAR: usize = 40;
/// How many entries are read beyond a page: those to look for originals, and replacements for boosts that are
/// left out.
const AHEAD: usize = 2 * NEAR;

/// A page of ids from `found` (a SELECT of `id` and `inner_id`, the boosted status): of several boosts of a
/// status only the newest, and none whose original is close below. Whatever is left out is shown by another
/// entry of `found`, so nothing is lost. `?3` is the page's lower bound, `?4` its length.
fn without_repeats(found: &str, page: &Page) -> String {
    let order = direction(page);
    format!(
        "SELECT DISTINCT id FROM (SELECT id, inner_id, n, max(CASE WHEN inner_id IS NULL THEN n END) OVER same AS original, \
         max(CASE WHEN inner_id IS NOT NULL THEN id END) OVER same AS newest FROM (\
         SELECT id, inner_id, dense_rank() OVER (ORDER BY id DESC) AS n FROM ({found})) WINDOW same AS (PARTITION BY coalesce(inner_id, id))) \
         WHERE id > ?3 AND (inner_id IS NULL OR (id = newest AND coalesce(original > n + {NEAR}, 1))) ORDER BY id {order} LIMIT ?4"
    )
}

/// The SQL of the number of rows that the scan reads.
fn scanned() -> String {
    format!(
        "coalesce((SELECT min({SCAN_MOST}, {SCAN_PER_FOLLOW} * following_count + ?4 \
         + {SCAN_PER_TAG} * (SELECT count(*) FROM tag_follows WHERE account_id = ?1)) FROM accounts WHERE id = ?1), 0)"
    )
}

/// How many extra entries of an upward page are read to replace those that are left out.
const MORE_UPWARD: usize = 10;

/// Maximum number of entries that the scan of a page returns.
pub fn scan_limit(page: &Page) -> usize {
    if page.is_upward() { page.limit + MORE_UPWARD } else { page.limit }
}

/// Whether the scan covers everything between the bounds of a page: then its result is complete.
pub fn home_is_whole(viewer: Id, page: &Page) -> Query<bool> {
    let (max, min) = bounds(page);
    let most = scanned();
    Query::new(
        Statement::new(format!(
            "SELECT count(*) <= {most} AS is_whole FROM (SELECT 1 FROM statuses WHERE id < ?2 AND id > ?3 LIMIT 1 + {most})"
        ))
        .bind(viewer)
        .bind(max)
        .bind(min)
        .bind(scan_limit(page)),
        |rows| rows.first().map_or(Ok(false), |row| row.bool("is_whole")),
    )
}

/// The page again, without what [`without_repeats`] leaves out: where the scan has found its `seen` entries, and some
/// may have to be left out. From `top` (exclusive) down, also below the page's lower bound, since originals
/// may be there.
pub fn home_without_repeats(
    viewer: Id,
    page: &Page,
    top: Option<Id>,
    seen: usize,
) -> Query<Listed<StatusView>> {
    let (people, tags) = (of_people("?1"), of_tags("?1"));
    let found = format!(
        "SELECT s.id AS id, s.reblog_of_id AS inner_id FROM (SELECT * FROM statuses WHERE id < ?2 ORDER BY id DESC LIMIT {SCAN_MOST}) s \
         LEFT JOIN follows f ON f.account_id = ?1 AND f.target_id = s.account_id WHERE {people} OR {tags} LIMIT ?5"
    );
    let (_, min) = bounds(page);
    let statement =
        views(&without_repeats(&found, page), Some(viewer)).bind(top.map_or(MAX, |id| id.0)).bind(min);
    page_of(statement.bind(page.limit).bind(seen + AHEAD), page.limit)
}

/// The scan: one page, if the newest rows have that many. The column `is_near` says of a boost that its
/// original may be on the timeline itself.
pub fn home_scan(viewer: Id, page: &Page) -> Query<Listed<StatusView>> {
    let order = direction(page);
    let (people, tags) = (of_people("?1"), of_tags("?1"));
    let (max, min) = bounds(page);
    let scanned = scanned();
    let near = "CASE WHEN r.id IS NULL THEN 0 ELSE r.account_id = ?1 OR EXISTS (SELECT 1 FROM follows w \
                WHERE w.account_id = ?1 AND w.target_id = r.account_id) END AS is_near,";
    let ids = format!(
        "SELECT s.id AS id FROM (SELECT * FROM statuses WHERE id < ?2 AND id > ?3 ORDER BY id {order} \
         LIMIT {scanned}) s \
         LEFT JOIN follows f ON f.account_id = ?1 AND f.target_id = s.account_id \
         WHERE {people} OR {tags} LIMIT ?4"
    );
    let statement = views_with(near, &ids, Some(viewer));
    page_of(statement.bind(max).bind(min).bind(scan_limit(page)), page.limit)
}

/// A statement about a viewer (`?1`), with the viewer found by this token hash. Costs about two more rows for
/// each occurrence of the viewer.
pub fn by_token(token_hash: &[u8], mut statement: Statement) -> Statement {
    statement.sql = statement.sql.replace("?1", &super::tokens::viewer_sql(1)).into();
    if let Some(first) = statement.params.first_mut() {
        *first = token_hash.to_vec().into();
    }
    statement
}

/// Accounts muted by the viewer: their statuses are not read by the merge, since they would displace those of
/// others.
fn unmuted() -> String {
    format!(
        "target_id NOT IN (SELECT u.target_id FROM mutes u WHERE u.account_id = ?1 AND {})",
        in_force("u")
    )
}

/// The merge of a home timeline, with everything to render it.
pub fn home_merge(viewer: Id, page: &Page) -> Query<Listed<StatusView>> {
    let people = format!(
        "SELECT target_id AS id FROM follows WHERE account_id = ?1 AND {} AND target_id NOT IN (\
         SELECT e.target_id FROM lists l CROSS JOIN list_accounts e ON e.list_id = l.id WHERE l.account_id = ?1 AND l.is_exclusive = 1) \
         UNION ALL SELECT ?1",
        unmuted()
    );
    let ids = merge(
        &people,
        "SELECT tag FROM tag_follows WHERE account_id = ?1",
        &format!("({} OR {})", of_people("?1"), of_tags("?1")),
        page,
    );
    let (max, min) = bounds(page);
    page_of(views(&ids, Some(viewer)).bind(max).bind(min).bind(page.limit), page.limit)
}

/// A page from many sources: `people` (a SELECT of account ids) and `tags` (of hashtags).
///
/// The newest statuses of n sources are among those of the n that wrote last, so only these are read; older
/// ones are left to the next page. Of each source a page of the statuses that pass `keep` is read (about a
/// status `s`, `f` being the viewer's follow of its author), up to [`DEPTH`] rows, so the page is full
/// however many in between are hidden. Then [`without_repeats`] leaves out boosts. Two rows read for each source,
/// then at most [`SOURCES`] pages. `?2` and `?3` are the page's bounds, `?4` its length.
fn merge(people: &str, tags: &str, keep: &str, page: &Page) -> String {
    /// How many sources are read, as a multiple of the page …
    const SOURCES: usize = 3;
    /// … and how many rows of each, where few of them are shown.
    const DEPTH: usize = 500;
    /// How many extra entries of a source are read to replace boosts that are left out.
    const MORE: usize = 5;
    let sources = SOURCES * page.limit;
    let order = direction(page);
    let (newest, oldest, beyond) = if page.is_upward() { ("min", "max", MAX) } else { ("max", "min", 0) };
    let within = if page.is_upward() { "<=" } else { ">=" };
    // Complete down to the last of the sources, and to the end of a source that was cut.
    let found = format!(
        "SELECT id, inner_id FROM (SELECT *, {newest}(CASE WHEN size >= ?4 + {MORE} THEN last END) OVER () AS cut FROM (\
         SELECT runs.id AS id, runs.inner_id AS inner_id, e.edge AS edge, count(*) OVER run AS size, {oldest}(runs.id) OVER run AS last \
         FROM (SELECT coalesce((SELECT {oldest}(newest) FROM sources HAVING count(*) >= {sources}), {beyond}) AS edge) e \
         CROSS JOIN runs WINDOW run AS (PARTITION BY runs.source))) \
         WHERE id {within} edge AND id {within} coalesce(cut, {beyond}) ORDER BY id {order} LIMIT ?4 + {AHEAD}"
    );
    // `sources` is used for the last time before the conditions of `runs`: newer versions of SQLite expand no
    // CTE after a hundred tables.
    let follow = "LEFT JOIN follows f ON f.account_id = ?1 AND f.target_id = s.account_id";
    format!(
        "WITH sources (id, tag, newest) AS MATERIALIZED (SELECT id, tag, newest FROM (\
         SELECT y.id AS id, NULL AS tag, (SELECT {newest}(n.id) FROM statuses n INDEXED BY statuses_by_account WHERE n.account_id = y.id AND n.id < ?2 AND n.id > ?3) AS newest \
         FROM ({people}) y UNION ALL SELECT 0, t.tag, (SELECT {newest}(n.status_id) FROM status_tags n WHERE n.tag = t.tag \
         AND n.status_id < ?2 AND n.status_id > ?3) FROM ({tags}) t) WHERE newest IS NOT NULL ORDER BY newest {order} LIMIT {sources}), \
         runs (id, inner_id, source) AS MATERIALIZED (\
         SELECT n.id, n.reblog_of_id, y.id FROM sources y CROSS JOIN statuses n ON n.id IN (SELECT s.id FROM (SELECT * FROM statuses INDEXED BY statuses_by_account \
         WHERE account_id = y.id AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT {DEPTH}) s {follow} WHERE {keep} LIMIT ?4 + {MORE}) WHERE y.tag IS NULL \
         UNION ALL SELECT n.id, n.reblog_of_id, y.tag FROM sources y CROSS JOIN statuses n ON n.id IN (SELECT s.id FROM (SELECT status_id FROM status_tags \
         WHERE tag = y.tag AND status_id < ?2 AND status_id > ?3 ORDER BY status_id {order} LIMIT {DEPTH}) i CROSS JOIN statuses s ON s.id = i.status_id \
         {follow} WHERE {keep} LIMIT ?4 + {MORE}) WHERE y.tag IS NOT NULL) {}",
        without_repeats(&found, page)
    )
}

/// Which statuses `s` of members are on the list with the id `list` of `me`; `f` is the follow.
pub(super) fn of_list(me: &str, list: &str) -> String {
    let (author, boosted, mentioned) = (
        not_blocked_or_muted(me, "s.account_id"),
        boost_not_blocked_or_muted(me),
        mentions_not_blocked_or_muted(me),
    );
    let languages = sound("f.languages");
    format!(
        "((f.target_id IS NOT NULL OR s.account_id = {me}) \
         AND (s.visibility <= 2 OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = {me} AND m.status_id = s.id)) \
         AND s.in_reply_to_uri IS NULL \
         AND (s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id = s.account_id \
         OR CASE (SELECT replies_policy FROM lists WHERE id = {list}) WHEN 'none' THEN 0 \
         WHEN 'list' THEN s.in_reply_to_account_id = {me} OR EXISTS (SELECT 1 FROM list_accounts y WHERE y.list_id = {list} AND y.target_id = s.in_reply_to_account_id) \
         ELSE s.in_reply_to_account_id = {me} OR EXISTS (SELECT 1 FROM follows y WHERE y.account_id = {me} AND y.target_id = s.in_reply_to_account_id) END) \
         AND (s.reblog_of_id IS NULL OR f.shows_reblogs = 1) \
         AND (json_valid(f.languages) IS NOT 1 OR s.language IS NULL OR s.language IN (SELECT value FROM json_each({languages}))) \
         AND {author} AND {boosted} AND {mentioned})"
    )
}

/// A page of the viewer's list; empty for a list of another account.
pub fn list(list: Id, viewer: Id, page: &Page) -> Query<Listed<StatusView>> {
    let keep = of_list("?1", "?5");
    let people = format!(
        "SELECT target_id AS id FROM list_accounts WHERE list_id = (SELECT id FROM lists WHERE id = ?5 AND account_id = ?1) AND {}",
        unmuted()
    );
    let ids = merge(&people, "SELECT '' AS tag WHERE 0", &keep, page);
    let (max, min) = bounds(page);
    page_of(views(&ids, Some(viewer)).bind(max).bind(min).bind(page.limit).bind(list), page.limit)
}

/// The part of a public timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Public {
    All,
    Local,
    Remote,
}

impl Public {
    fn condition(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Local => "AND s.is_local = 1",
            Self::Remote => "AND s.is_local = 0",
        }
    }
}

fn media_condition(only_media: bool) -> &'static str {
    if only_media { "AND s.media <> '[]'" } else { "" }
}

/// How many rows a timeline reads for its page, where few of them match …
const SCAN: usize = 4000;
/// … and for anonymous requests, rows of one table each.
const ANONYMOUS_SCAN: usize = 84;

/// Which statuses `s` are on the public timeline of `me`: no boosts, no replies to others, nobody limited, blocked or
/// muted.
pub(super) fn of_public(me: &str) -> String {
    let (author, domain) = (not_blocked_or_muted(me, "s.account_id"), domain_not_blocked(me, "s.account_id"));
    let open = shown_in_public("s.account_id");
    format!(
        "s.visibility = 0 AND s.reblog_of_id IS NULL AND s.in_reply_to_uri IS NULL \
         AND (s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id = s.account_id) AND {open} AND {author} AND {domain}"
    )
}

/// Which statuses `s` with a hashtag or a link are on its timeline for `me`.
pub(super) fn of_hashtag(me: &str) -> String {
    let (author, domain) = (not_blocked_or_muted(me, "s.account_id"), domain_not_blocked(me, "s.account_id"));
    format!("s.visibility = 0 AND {} AND {author} AND {domain}", shown_in_public("s.account_id"))
}

/// A page of a public timeline ([`of_public`]).
pub fn public(kind: Public, viewer: Option<Id>, only_media: bool, page: &Page) -> Query<Listed<StatusView>> {
    let order = direction(page);
    let (max, min) = bounds(page);
    let from = match kind {
        // The partial index has only these.
        Public::Local => {
            "SELECT * FROM statuses INDEXED BY statuses_local WHERE is_local = 1 AND visibility = 0 AND reblog_of_id IS NULL AND"
        }
        Public::All | Public::Remote => "SELECT * FROM statuses WHERE",
    };
    let (place, media, shown) = (kind.condition(), media_condition(only_media), of_public("?1"));
    let scan = reach(viewer, SCAN, ANONYMOUS_SCAN);
    let ids = format!(
        "SELECT s.id AS id FROM ({from} id < ?2 AND id > ?3 ORDER BY id {order} LIMIT {scan}) s \
         WHERE {shown} {place} {media} LIMIT ?4"
    );
    page_of(views(&ids, viewer).bind(max).bind(min).bind(page.limit), page.limit)
}

/// A hashtag timeline: statuses with any of `any`, all of `all` and none of `none` (normalised hashtags).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    pub any: Vec<String>,
    pub all: Vec<String>,
    pub none: Vec<String>,
}

/// How many rows of several hashtags, or of a link, are read.
const TAG_SCAN: usize = 400;

pub fn tagged(
    tags: &Tags,
    kind: Public,
    viewer: Option<Id>,
    only_media: bool,
    page: &Page,
) -> Query<Listed<StatusView>> {
    let order = direction(page);
    let (max, min) = bounds(page);
    let (place, media, shown) = (kind.condition(), media_condition(only_media), of_hashtag("?1"));
    // The rows of a single hashtag are read until the page is full. Anonymous requests have a limit for each
    // table: a row here (two for several hashtags), one of `statuses`, and one for each required hashtag.
    let strangers = |rows: usize| ANONYMOUS_SCAN / ((rows + tags.all.len()) * tags.any.len().max(1));
    let runs = if tags.any.len() == 1 {
        let scan = reach(viewer, SCAN, strangers(2));
        format!(
            "(SELECT status_id FROM status_tags WHERE tag = (SELECT value FROM json_each(?5)) AND status_id < ?2 AND status_id > ?3 \
             ORDER BY status_id {order} LIMIT {scan}) t"
        )
    } else {
        let scan = reach(viewer, TAG_SCAN, strangers(3));
        format!(
            "(SELECT DISTINCT t.status_id FROM json_each(?5) j CROSS JOIN status_tags t ON t.tag = j.value AND t.status_id IN \
             (SELECT i.status_id FROM status_tags i WHERE i.tag = j.value AND i.status_id < ?2 AND i.status_id > ?3 ORDER BY i.status_id {order} LIMIT {scan}) \
             ORDER BY t.status_id {order}) t"
        )
    };
    let mut filters = String::new();
    let (all, none) = (tags.all.iter().map(|_| ""), tags.none.iter().map(|_| "NOT "));
    for (n, not) in all.chain(none).enumerate() {
        filters.push_str(&format!(
            " AND {not}EXISTS (SELECT 1 FROM status_tags y WHERE y.tag = ?{} AND y.status_id = s.id)",
            n + 6
        ));
    }
    let ids = format!(
        "SELECT s.id AS id FROM {runs} CROSS JOIN statuses s ON s.id = t.status_id WHERE {shown} {place} {media}{filters} LIMIT ?4"
    );
    let mut statement = views(&ids, viewer).bind(max).bind(min).bind(page.limit).bind(to_json(&tags.any));
    for tag in tags.all.iter().chain(&tags.none) {
        statement = statement.bind(tag);
    }
    page_of(statement, page.limit)
}

/// Public statuses that link to `url`.
pub fn linking(url: &str, viewer: Option<Id>, page: &Page) -> Query<Listed<StatusView>> {
    let order = direction(page);
    let (max, min) = bounds(page);
    let shown = of_hashtag("?1");
    let scan = reach(viewer, TAG_SCAN, ANONYMOUS_SCAN / 2);
    let ids = format!(
        "SELECT s.id AS id FROM (SELECT status_id FROM status_links WHERE url = ?5 AND status_id < ?2 AND status_id > ?3 \
         ORDER BY status_id {order} LIMIT {scan}) t CROSS JOIN statuses s ON s.id = t.status_id \
         WHERE {shown} LIMIT ?4"
    );
    page_of(views(&ids, viewer).bind(max).bind(min).bind(page.limit).bind(url), page.limit)
}

/// Which statuses `s` are on the timeline of direct ones of `me`, who may see them.
pub(super) fn of_direct(me: &str) -> String {
    format!("s.visibility = 3 AND {}", not_blocked_or_muted(me, "s.account_id"))
}

/// Direct statuses by or to the viewer: the newest of both, each by its own index.
pub fn direct(viewer: Id, page: &Page) -> Query<Listed<StatusView>> {
    let order = direction(page);
    let (max, min) = bounds(page);
    let author = not_blocked_or_muted("?1", "s.account_id");
    let visible = &*VISIBLE;
    let ids = format!(
        "SELECT s.id AS id FROM (SELECT id FROM (SELECT id FROM statuses INDEXED BY statuses_direct_own \
         WHERE visibility = 3 AND is_local = 1 AND account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT ?4) \
         UNION SELECT id FROM (SELECT s.id AS id FROM (SELECT status_id FROM mentions INDEXED BY mentions_direct \
         WHERE is_direct = 1 AND account_id = ?1 AND status_id < ?2 AND status_id > ?3 ORDER BY status_id {order} LIMIT {SCAN}) m \
         CROSS JOIN statuses s ON s.id = m.status_id WHERE {visible} AND {author} LIMIT ?4)) t \
         CROSS JOIN statuses s ON s.id = t.id ORDER BY s.id {order} LIMIT ?4"
    );
    page_of(views(&ids, Some(viewer)).bind(max).bind(min).bind(page.limit), page.limit)
}

/// The filter of an account's statuses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfAccount {
    pub only_media: bool,
    pub excludes_replies: bool,
    pub excludes_reblogs: bool,
    pub excludes_direct: bool,
    /// Not unlisted ones either.
    pub only_public: bool,
    /// Normalised hashtag.
    pub tag: Option<String>,
}

/// A page of an account's statuses that the viewer may see.
pub fn of_account(
    account: Id,
    viewer: Option<Id>,
    filter: &OfAccount,
    page: &Page,
) -> Query<Listed<StatusView>> {
    let order = direction(page);
    let (max, min) = bounds(page);
    let mut conditions = String::new();
    // The partial index has statuses with media, and no boosts.
    let from = if filter.only_media {
        "INDEXED BY statuses_media WHERE media <> '[]' AND reblog_of_id IS NULL AND"
    } else {
        "INDEXED BY statuses_by_account WHERE"
    };
    if filter.excludes_replies {
        conditions.push_str(
            " AND s.in_reply_to_uri IS NULL AND (s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id = s.account_id)",
        );
    }
    if filter.excludes_reblogs {
        conditions.push_str(" AND s.reblog_of_id IS NULL");
    }
    if filter.excludes_direct {
        conditions.push_str(" AND s.visibility <> 3");
    }
    if filter.only_public {
        conditions.push_str(" AND s.visibility = 0");
    }
    if filter.tag.is_some() {
        conditions
            .push_str(" AND EXISTS (SELECT 1 FROM status_tags t WHERE t.tag = ?6 AND t.status_id = s.id)");
    }
    let boosted = boost_not_blocked_or_muted("?1");
    let visible = &*VISIBLE;
    // The boosted status, or the entry of a hashtag, is a second row.
    let scan = reach(viewer, SCAN, ANONYMOUS_SCAN / 2);
    let ids = format!(
        "SELECT s.id AS id FROM (SELECT * FROM statuses {from} account_id = ?5 \
         AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT {scan}) s WHERE {visible}{conditions} AND {boosted} LIMIT ?4"
    );
    let mut statement = views(&ids, viewer).bind(max).bind(min).bind(page.limit).bind(account);
    if let Some(tag) = &filter.tag {
        statement = statement.bind(tag);
    }
    page_of(statement, page.limit)
}

/// The pinned statuses of an account, newest pin first.
pub fn pinned(account: Id, viewer: Option<Id>) -> Query<Vec<StatusView>> {
    let ids = format!(
        "SELECT s.id AS id FROM pins p CROSS JOIN statuses s ON s.id = p.status_id WHERE p.account_id = ?2 AND {}",
        *VISIBLE
    );
    newest_first(views(&ids, viewer).bind(account))
}

/// The ancestors of a status, from the root down: at most `most`. Without authors who are blocked, muted, or limited
/// and not followed.
pub fn ancestors(status: Id, viewer: Option<Id>, most: usize) -> Query<Vec<StatusView>> {
    let visible = &*VISIBLE;
    let (author, domain) =
        (not_blocked_or_muted("?1", "s.account_id"), domain_not_blocked("?1", "s.account_id"));
    let shown = shown_to("?1", "s.account_id");
    let ids = format!(
        "WITH RECURSIVE up (id, parent, depth) AS (SELECT id, in_reply_to_id, 0 FROM statuses WHERE id = ?2 \
         UNION ALL SELECT s.id, s.in_reply_to_id, up.depth + 1 FROM up JOIN statuses s ON s.id = up.parent WHERE up.depth < {most}) \
         SELECT s.id AS id FROM up CROSS JOIN statuses s ON s.id = up.id WHERE up.depth > 0 AND {visible} AND {shown} AND {author} AND {domain}"
    );
    newest_first(half_of_views(&ids, viewer).bind(status)).map(|mut all| {
        all.reverse();
        all
    })
}

/// The descendants of a status, oldest first: at most `most`, `deep` levels down. Without authors as in
/// [`ancestors`]. Whole levels are read at once ([`super::threads::levels`]), so the rows read are bounded by
/// `most` however many replies there are.
pub fn descendants(status: Id, viewer: Option<Id>, most: usize, deep: usize) -> Query<Vec<StatusView>> {
    let visible = &*VISIBLE;
    let (author, domain) =
        (not_blocked_or_muted("?1", "s.account_id"), domain_not_blocked("?1", "s.account_id"));
    let shown = shown_to("?1", "s.account_id");
    let ids = format!(
        "{} SELECT s.id AS id FROM down CROSS JOIN json_each(down.ids) j CROSS JOIN statuses s ON s.id = j.value \
         WHERE down.level > 0 AND {visible} AND {shown} AND {author} AND {domain} LIMIT {most}",
        levels("?2", most, deep)
    );
    newest_first(half_of_views(&ids, viewer).bind(status)).map(|mut all| {
        all.reverse();
        all
    })
}
