//! Notifications in groups.

use std::collections::{BTreeSet, HashSet};

use super::reads::{Bare, Wanted, read_bare, shown};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::collection::Collection;
use crate::model::id::{EPOCH_MS, Id};
use crate::model::notification::Kind;
use crate::model::page::{Listed, Page, end_with_statuses};
use crate::model::report::Report;
use crate::model::severance::Severance;
use crate::model::status::StatusView;
use crate::model::strike::Strike;
use crate::model::time::HOUR;
use crate::platform::sql::{Row, Statement};
use crate::store::pages::{bounds, direction, lengths, readable, within_budget};
use crate::store::{
    Query, accounts, collections, ids, reports, sessions, severances, statuses, strikes, to_json, tokens,
};

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
    /// The accounts of its notifications, newest first: at most eight.
    pub from: Vec<Id>,
}

/// The types of which one group has several.
pub const GROUPABLE: [&str; 4] = ["favourite", "reblog", "follow", "admin.sign_up"];

/// The time span of a group, in milliseconds: model/notification.rs.
const SPAN: i64 = 12 * HOUR;

/// The SQL of a notification's group key; `n` is its row. Types that are not in `grouped` make groups of one.
fn key_sql(grouped: &[&str]) -> String {
    let span = format!("((n.id / 4096 + {}) / {SPAN})", EPOCH_MS);
    let mut cases = String::new();
    for kind in ["favourite", "reblog"].into_iter().filter(|k| grouped.contains(k)) {
        cases.push_str(&format!(
            "WHEN n.type = '{kind}' AND n.status_id IS NOT NULL THEN '{kind}-' || n.status_id || '-' || {span} "
        ));
    }
    for kind in ["follow", "admin.sign_up"].into_iter().filter(|k| grouped.contains(k)) {
        cases.push_str(&format!("WHEN n.type = '{kind}' THEN '{kind}-' || {span} "));
    }
    if cases.is_empty() {
        "'ungrouped-' || n.id".into()
    } else {
        format!("CASE {cases}ELSE 'ungrouped-' || n.id END")
    }
}

/// The condition that the account of the notification `n` is not suspended, as in [`shown`]; whether the status of a group
/// is visible is the same for all of its members, and decided when it is loaded.
const FROM_SHOWN: &str =
    "EXISTS (SELECT 1 FROM accounts z WHERE z.id = n.from_account_id AND z.suspended_at IS NULL)";

/// A page of groups, run together with the authentication by a token of this hash. A group that began on a
/// newer page (from `max_id` up) is left out.
pub fn groups(token_hash: Vec<u8>, wanted: &Wanted, grouped: &[&str], page: &Page) -> Statement {
    groups_of(&tokens::viewer_sql(1), token_hash, wanted, grouped, page)
}

/// Like [`groups`], run together with the session of this hash.
pub fn groups_in_session(session_hash: Vec<u8>, wanted: &Wanted, page: &Page) -> Query<Vec<Group>> {
    let statement = groups_of(&sessions::viewer_sql(1), session_hash, wanted, &GROUPABLE, page);
    Query::new(statement, |rows| Ok(read_groups(&rows)))
}

/// `viewer` is an expression for the account, by the hash `?1`.
fn groups_of(viewer: &str, hash: Vec<u8>, wanted: &Wanted, grouped: &[&str], page: &Page) -> Statement {
    let order = direction(page);
    let key = key_sql(grouped);
    let (max, min) = bounds(page);
    // The span that contains the page's upper bound.
    let span = Id(max).unix_ms() / SPAN;
    let (begin, end) = (Id::floor(span * SPAN), Id::floor((span + 1) * SPAN));
    let filtered = if wanted.with_filtered { "" } else { "AND n.is_filtered = 0" };
    Statement::new(format!(
        "WITH found AS MATERIALIZED (SELECT n.id AS id, n.type AS type, n.from_account_id AS from_account_id, n.status_id AS status_id, {key} AS key \
         FROM (SELECT * FROM notifications INDEXED BY notifications_by_account WHERE account_id = {viewer} \
         AND id < ?2 AND id > ?3 ORDER BY id {order} LIMIT 1000) n WHERE n.type IN (SELECT value FROM json_each(?5)) {filtered} \
         AND (?8 IS NULL OR n.from_account_id = ?8) AND {FROM_SHOWN}), \
         begun AS MATERIALIZED (SELECT DISTINCT {key} AS key FROM notifications n INDEXED BY notifications_by_account \
         WHERE n.account_id = {viewer} AND n.id >= ?2 AND n.id < ?7 AND {FROM_SHOWN} LIMIT 1000) \
         SELECT key, type, status_id, count(*) AS n, max(id) AS newest, min(id) AS oldest, \
         json_group_array(from_account_id) FILTER (WHERE place <= 8) AS senders FROM (\
         SELECT *, row_number() OVER (PARTITION BY key ORDER BY id DESC) AS place FROM found) g \
         WHERE NOT (id >= ?6 AND key IN (SELECT key FROM begun)) \
         GROUP BY key ORDER BY newest {order} LIMIT ?4",
    ))
    .bind(hash)
    .bind(max)
    .bind(min)
    .bind(page.limit)
    .bind(to_json(&wanted.kinds))
    .bind(begin)
    .bind(end)
    .bind(wanted.from)
}

/// Reads the rows of [`groups`], newest first.
pub fn read_groups(rows: &[Row]) -> Vec<Group> {
    let mut all: Vec<Group> = rows.iter().filter_map(|row| readable(row, read_group)).collect();
    all.sort_by_cached_key(|g| std::cmp::Reverse(g.newest));
    all
}

fn read_group(row: &Row) -> Result<Group> {
    let kind = row.text("type")?;
    Ok(Group {
        key: row.text("key")?,
        kind: Kind::parse(&kind)
            .ok_or_else(|| Error::Internal(format!("no kind of notification: {kind}")))?,
        count: row.int("n")?,
        newest: row.id("newest")?,
        oldest: row.id("oldest")?,
        status_id: row.opt_id("status_id")?,
        from: ids(row, "senders")?,
    })
}

type Details = (
    Query<Listed<Account>>,
    Query<Listed<StatusView>>,
    Query<Vec<(Id, Report)>>,
    Query<Vec<(Id, Collection)>>,
    Option<Query<Vec<Severance>>>,
    Option<Query<Vec<(Id, Strike)>>>,
);

/// What a page of groups tells of: accounts, statuses that `account` may see, reports and
/// collections by their notifications, and what has ended relationships.
pub fn details(account: Id, found: &[Group]) -> Details {
    let of = |kinds: &[Kind]| -> Vec<Id> {
        found.iter().filter(|g| kinds.contains(&g.kind)).map(|g| g.newest).collect()
    };
    let from = distinct(found.iter().flat_map(|g| g.from.iter().copied()));
    let told = distinct(found.iter().filter_map(|g| g.status_id));
    (
        accounts::first_of(&from),
        statuses::first_visible_of(&told, Some(account)),
        reports::of_notifications(account, &of(&[Kind::AdminReport])),
        collections::of_notifications(account, &of(&[Kind::AddedToCollection, Kind::CollectionUpdate])),
        Some(of(&[Kind::SeveredRelationships]))
            .filter(|ids| !ids.is_empty())
            .map(|ids| severances::by_ids(&ids)),
        Some(of(&[Kind::ModerationWarning]))
            .filter(|ids| !ids.is_empty())
            .map(|ids| strikes::of_notifications(account, &ids)),
    )
}

/// Leaves those groups, newest first, whose [`details`] were read, and of these what may be shown; returns the cursors of the page.
/// `found` is in the order in which the details were read.
pub fn settle(found: &mut Vec<Group>, people: &mut Listed<Account>, views: &Listed<StatusView>) -> Vec<Id> {
    end_with_statuses(found, views, |g| g.status_id);
    if people.is_cut {
        let is_whole = |g: &Group| g.from.iter().all(|id| people.iter().any(|a| a.id == *id));
        let whole = found.iter().take_while(|g| is_whole(g)).count();
        found.truncate(whole.max(1));
    }
    found.sort_by_cached_key(|g| std::cmp::Reverse(g.newest));
    let cursors = found.iter().map(|g| g.newest).collect();
    people.items.retain(|person| !person.is_suspended());
    let shown: HashSet<Id> = people.iter().map(|person| person.id).collect();
    for group in found.iter_mut() {
        group.from.retain(|id| shown.contains(id));
    }
    found.retain(|group| !group.from.is_empty());
    cursors
}

/// Each once, in order of first occurrence.
fn distinct(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut seen = BTreeSet::new();
    ids.filter(|id| seen.insert(*id)).collect()
}

/// The members of a group, newest first: between two ids (exclusive), of a type, of a status.
pub fn members(
    account: Id,
    (low, high, kind, status): (Id, Id, Option<Kind>, Option<Id>),
    limit: usize,
) -> Query<Vec<Bare>> {
    Query::all(
        Statement::new(within_budget(
            &format!(
                "SELECT n.id AS id, n.type AS type, n.status_id AS status_id, {} AS account, {} AS report, {} AS strike, {} AS collection FROM notifications n INDEXED BY notifications_by_account \
                 CROSS JOIN accounts a ON a.id = n.from_account_id WHERE n.account_id = ?1 AND n.id > ?2 AND n.id < ?3 \
                 AND (?4 IS NULL OR n.type = ?4) AND (?5 IS NULL OR n.status_id = ?5) AND {} ORDER BY n.id DESC LIMIT ?6",
                accounts::packed_shown("a"),
                reports::packed("n"),
                strikes::of_notification("n"),
                collections::packed("n"),
                shown("?1")
            ),
            &lengths(&["account", "report", "strike", "collection"]),
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

/// Deletes a group.
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

/// How many groups are above the read marker: at most `most`.
pub fn count_unread_groups(account: Id, wanted: &Wanted, grouped: &[&str], most: usize) -> Query<i64> {
    Query::new(
        Statement::new(format!(
            "SELECT count(*) AS n FROM (SELECT DISTINCT {} AS key FROM (SELECT * FROM notifications INDEXED BY notifications_by_account WHERE account_id = ?1 \
             AND id > coalesce((SELECT last_read_id FROM markers WHERE account_id = ?1 AND timeline = 'notifications'), 0) LIMIT 1000) n \
             WHERE n.is_filtered = 0 AND n.type IN (SELECT value FROM json_each(?2)) AND (?4 IS NULL OR n.from_account_id = ?4) AND {} LIMIT ?3)",
            key_sql(grouped),
            shown("?1")
        ))
        .bind(account)
        .bind(to_json(&wanted.kinds))
        .bind(most)
        .bind(wanted.from),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}
