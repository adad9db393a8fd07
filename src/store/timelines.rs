//! Timelines, derived on read: no entry is ever written.
//!
//! The home timeline has two plans (docs/decisions/0002): *scan* looks at the newest statuses and keeps
//! those of people whom the viewer follows, over at most four rows for each follow; where the page is
//! not full by then, *merge* walks the authors' own runs. Whichever is used, the number of rows read
//! does not grow with the database.

use super::statuses::{VISIBLE, read_view, views};
use super::{Query, tokens};
use crate::model::id::{Id, MAX};
use crate::model::page::Page;
use crate::model::status::StatusView;
use crate::platform::sql::Statement;

/// The scan looks at this many rows for each account that the viewer follows …
const SCAN_PER_FOLLOW: usize = 4;
/// … but never at more than this.
const SCAN_MOST: usize = 4000;

/// What of a followed (or own) author's statuses `s` belongs on the home timeline of `V`.
const HOME: &str = "(s.visibility <= 2 OR s.account_id = V OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = V AND m.status_id = s.id)) \
 AND s.in_reply_to_uri IS NULL \
 AND (s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id IN (V, s.account_id) \
 OR EXISTS (SELECT 1 FROM follows y WHERE y.account_id = V AND y.target_id = s.in_reply_to_account_id)) \
 AND (s.reblog_of_id IS NULL OR s.account_id = V \
 OR (EXISTS (SELECT 1 FROM follows b WHERE b.account_id = V AND b.target_id = s.account_id AND b.shows_reblogs = 1) \
 AND NOT EXISTS (SELECT 1 FROM statuses o JOIN blocks k ON k.account_id = V AND k.target_id = o.account_id WHERE o.id = s.reblog_of_id)))";

fn bounds(page: &Page) -> (i64, i64) {
    (page.max_id.map_or(MAX, |id| id.0), page.lower().map_or(0, |id| id.0))
}

fn direction(page: &Page) -> &'static str {
    if page.is_upward() { "ASC" } else { "DESC" }
}

/// The scan, run beside the authentication: ids of one page, if the newest rows hold so many.
pub fn home_scan(token_hash: &[u8], page: &Page) -> Statement {
    let viewer = tokens::viewer_sql(1);
    let order = direction(page);
    let home = HOME.replace('V', &viewer);
    let (max, min) = bounds(page);
    Statement::new(format!(
        "SELECT s.id AS id FROM (SELECT * FROM statuses WHERE id < ?2 AND id > ?3 ORDER BY id {order} \
         LIMIT coalesce((SELECT min({SCAN_MOST}, {SCAN_PER_FOLLOW} * following_count + ?4) FROM accounts WHERE id = {viewer}), 0)) s \
         WHERE (s.account_id = {viewer} OR EXISTS (SELECT 1 FROM follows f WHERE f.account_id = {viewer} AND f.target_id = s.account_id)) \
         AND {home} LIMIT ?4"
    ))
    .bind(token_hash.to_vec())
    .bind(max)
    .bind(min)
    .bind(page.limit)
}

/// The merge, with everything to show it.
pub fn home_merge(viewer: Id, page: &Page) -> Query<Vec<StatusView>> {
    let order = direction(page);
    let home = HOME.replace('V', "?1");
    let (max, min) = bounds(page);
    let ids = format!(
        "SELECT s.id AS id FROM statuses s INDEXED BY statuses_by_account WHERE s.account_id IN \
         (SELECT target_id FROM follows WHERE account_id = ?1 UNION ALL SELECT ?1) \
         AND s.id < ?2 AND s.id > ?3 AND {home} ORDER BY s.id {order} LIMIT ?4"
    );
    Query::all(views(&ids, Some(viewer)).bind(max).bind(min).bind(page.limit), read_view)
}

/// Which public timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Public {
    All,
    Local,
    Remote,
}

/// How far back a public timeline looks for its page.
const PUBLIC_SCAN: usize = 1000;

/// A page of a public timeline: no boosts, no replies to others, nobody who blocks or is blocked.
pub fn public(kind: Public, viewer: Option<Id>, only_media: bool, page: &Page) -> Query<Vec<StatusView>> {
    let order = direction(page);
    let (max, min) = bounds(page);
    let from = match kind {
        // The partial index holds these and nothing else.
        Public::Local => {
            "SELECT * FROM statuses INDEXED BY statuses_local WHERE is_local = 1 AND visibility = 0 AND reblog_of_id IS NULL AND"
        }
        Public::All | Public::Remote => "SELECT * FROM statuses WHERE",
    };
    let remote = if kind == Public::Remote { "AND s.is_local = 0" } else { "" };
    let media = if only_media { "AND s.media <> '[]'" } else { "" };
    let ids = format!(
        "SELECT s.id AS id FROM ({from} id < ?2 AND id > ?3 ORDER BY id {order} LIMIT {PUBLIC_SCAN}) s \
         WHERE s.visibility = 0 AND s.reblog_of_id IS NULL AND s.in_reply_to_uri IS NULL \
         AND (s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id = s.account_id) {remote} {media} \
         AND NOT EXISTS (SELECT 1 FROM blocks k WHERE (k.account_id = ?1 AND k.target_id = s.account_id) \
         OR (k.account_id = s.account_id AND k.target_id = ?1)) LIMIT ?4"
    );
    Query::all(views(&ids, viewer).bind(max).bind(min).bind(page.limit), read_view)
}

/// What of an account's statuses is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfAccount {
    pub only_media: bool,
    pub excludes_replies: bool,
    pub excludes_reblogs: bool,
    /// Normalised hashtag.
    pub tag: Option<String>,
}

/// A page of an account's statuses, as far as the viewer may see them.
pub fn of_account(
    account: Id,
    viewer: Option<Id>,
    filter: &OfAccount,
    page: &Page,
) -> Query<Vec<StatusView>> {
    let order = direction(page);
    let (max, min) = bounds(page);
    let mut conditions = String::new();
    if filter.only_media {
        conditions.push_str(" AND s.media <> '[]' AND s.reblog_of_id IS NULL");
    }
    if filter.excludes_replies {
        conditions.push_str(
            " AND s.in_reply_to_uri IS NULL AND (s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id = s.account_id)",
        );
    }
    if filter.excludes_reblogs {
        conditions.push_str(" AND s.reblog_of_id IS NULL");
    }
    if filter.tag.is_some() {
        conditions
            .push_str(" AND EXISTS (SELECT 1 FROM status_tags t WHERE t.tag = ?6 AND t.status_id = s.id)");
    }
    let ids = format!(
        "SELECT s.id AS id FROM (SELECT * FROM statuses INDEXED BY statuses_by_account WHERE account_id = ?5 \
         AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT {PUBLIC_SCAN}) s WHERE {VISIBLE}{conditions} LIMIT ?4"
    );
    let mut statement = views(&ids, viewer).bind(max).bind(min).bind(page.limit).bind(account);
    if let Some(tag) = &filter.tag {
        statement = statement.bind(tag);
    }
    Query::all(statement, read_view)
}

/// The newest public and unlisted statuses and boosts of an account, for pages and outboxes.
pub fn public_of_account(account: Id, limit: usize) -> Query<Vec<StatusView>> {
    let page = Page::first(limit);
    of_account(account, None, &OfAccount::default(), &page)
}

/// What a status answers, from the root down: at most `most`.
pub fn ancestors(status: Id, viewer: Option<Id>, most: usize) -> Query<Vec<StatusView>> {
    let ids = format!(
        "WITH RECURSIVE up (id, parent, depth) AS (SELECT id, in_reply_to_id, 0 FROM statuses WHERE id = ?2 \
         UNION ALL SELECT s.id, s.in_reply_to_id, up.depth + 1 FROM up JOIN statuses s ON s.id = up.parent WHERE up.depth < {most}) \
         SELECT s.id AS id FROM up JOIN statuses s ON s.id = up.id WHERE up.depth > 0 AND {VISIBLE}"
    );
    Query::all(views(&ids, viewer).bind(status), read_view).map(|mut all| {
        all.reverse();
        all
    })
}

/// What answers a status, directly or through others, oldest first: at most `most`, `deep` levels down.
pub fn descendants(status: Id, viewer: Option<Id>, most: usize, deep: usize) -> Query<Vec<StatusView>> {
    let ids = format!(
        "WITH RECURSIVE down (id, depth) AS (SELECT CAST(?2 AS INTEGER), 0 \
         UNION ALL SELECT s.id, down.depth + 1 FROM down CROSS JOIN statuses s INDEXED BY statuses_by_parent \
         ON s.in_reply_to_id = down.id WHERE down.depth < {deep} LIMIT {most}) \
         SELECT s.id AS id FROM down JOIN statuses s ON s.id = down.id WHERE down.depth > 0 AND {VISIBLE}"
    );
    Query::all(views(&ids, viewer).bind(status), read_view).map(|mut all| {
        all.reverse();
        all
    })
}
