//! follows, follow_requests, blocks.

use super::pages::accounts_within_budget;
pub use super::tombstones::Signed;
use super::tombstones::{Relation, Undo};
use super::{Query, to_json};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::model::relationship::Relationship;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// Options of a follow; `None` keeps the value, or the default of a new follow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    pub shows_reblogs: Option<bool>,
    pub is_notifying: Option<bool>,
    /// An empty list means all languages.
    pub languages: Option<Vec<String>>,
}

/// The condition that the account `target` takes `follower` without approval: nobody takes a limited one so, as on Mastodon.
pub(super) fn is_open(follower: &str, target: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM accounts WHERE id = {target} AND is_locked = 0) AND {}",
        super::limited::shown_in_public(follower)
    )
}

/// As [`insert`], where the target does not approve this follower ([`is_open`]) when the batch comes to it.
pub fn insert_open(id: Id, account: Id, target: Id, follow: Signed, options: &Options) -> Statement {
    upsert("follows", &is_open("?1", "?2"), id, account, target, follow, options)
}

/// Inserts a follow, or updates its options and, unless the Follow is older, its uri. Returns `id` and `uri` as stored.
/// Nothing if either side blocks the other or the other's domain, or if the Follow is an old one: one that stands is not
/// ended by an old Follow that comes again.
pub fn insert(id: Id, account: Id, target: Id, follow: Signed, options: &Options) -> Statement {
    upsert("follows", "1", id, account, target, follow, options)
}

/// Like [`insert`], only where the follow is there already.
pub fn update(id: Id, account: Id, target: Id, follow: Signed, options: &Options) -> Statement {
    let is_there = "EXISTS (SELECT 1 FROM follows WHERE account_id = ?1 AND target_id = ?2)";
    upsert("follows", is_there, id, account, target, follow, options)
}

/// Like [`insert`], for a target that approves followers. Nothing where it is a follow already.
pub fn insert_request(id: Id, account: Id, target: Id, follow: Signed, options: &Options) -> Statement {
    let is_open = "NOT EXISTS (SELECT 1 FROM follows WHERE account_id = ?1 AND target_id = ?2)";
    upsert("follow_requests", is_open, id, account, target, follow, options)
}

/// `condition` is about the account (`?1`) and the target (`?2`).
fn upsert(
    table: &str,
    condition: &str,
    id: Id,
    account: Id,
    target: Id,
    follow: Signed,
    options: &Options,
) -> Statement {
    let is_old = super::tombstones::is_old("?4", "?9", "?1", "?8");
    let is_higher = super::tombstones::is_higher(&format!("{table}.uri"), "excluded.uri");
    Statement::new(format!(
        "INSERT INTO {table} (account_id, target_id, id, uri, shows_reblogs, is_notifying, languages, signed_at) \
         SELECT ?1, ?2, ?3, ?4, coalesce(?5, 1), coalesce(?6, 0), nullif(?7, '[]'), ?10 WHERE {condition} AND NOT EXISTS (SELECT 1 FROM blocks \
         WHERE (account_id = ?1 AND target_id = ?2) OR (account_id = ?2 AND target_id = ?1)) \
         AND NOT EXISTS (SELECT 1 FROM account_domain_blocks WHERE account_id = ?1 AND domain = (SELECT domain FROM accounts WHERE id = ?2)) \
         AND NOT EXISTS (SELECT 1 FROM account_domain_blocks WHERE account_id = ?2 AND domain = (SELECT domain FROM accounts WHERE id = ?1)) \
         AND NOT ({is_old} AND NOT EXISTS (SELECT 1 FROM {table} WHERE account_id = ?1 AND target_id = ?2)) ON CONFLICT (account_id, target_id) DO UPDATE SET \
         uri = iif(excluded.signed_at < {table}.signed_at OR (excluded.signed_at = {table}.signed_at AND {is_higher}), {table}.uri, excluded.uri), signed_at = max({table}.signed_at, excluded.signed_at), \
         shows_reblogs = coalesce(?5, shows_reblogs), is_notifying = coalesce(?6, is_notifying), \
         languages = CASE WHEN ?7 IS NULL THEN languages ELSE nullif(?7, '[]') END \
         RETURNING id, uri"
    ))
    .bind(account)
    .bind(target)
    .bind(id)
    .bind(follow.uri)
    .bind(options.shows_reblogs)
    .bind(options.is_notifying)
    .bind(options.languages.as_ref().map(to_json))
    .bind(follow.at)
    .bind(Relation::Follow(target).key())
    .bind(follow.kept_at())
}

/// For [`super::outbox::insert_if`] of a Follow: the request was inserted.
pub const IS_REQUESTED: &str =
    "EXISTS (SELECT 1 FROM follow_requests WHERE account_id = ?2 AND uri = json_extract(?3, '$[1]'))";
/// For [`super::outbox::insert_if`] of an Accept: the follow exists.
pub const IS_FOLLOWED: &str = "EXISTS (SELECT 1 FROM follows WHERE target_id = ?2 \
AND account_id = (SELECT id FROM accounts WHERE uri = json_extract(?3, '$[2]')))";

/// A request becomes a follow: the first half of accepting it (the second is [`delete_request`]).
pub fn accept(account: Id, target: Id) -> Statement {
    Statement::new(
        "INSERT INTO follows (account_id, target_id, id, uri, shows_reblogs, is_notifying, languages, signed_at) \
         SELECT account_id, target_id, id, uri, shows_reblogs, is_notifying, languages, signed_at FROM follow_requests \
         WHERE account_id = ?1 AND target_id = ?2 ON CONFLICT (account_id, target_id) DO NOTHING",
    )
    .bind(account)
    .bind(target)
}

pub fn delete(account: Id, target: Id) -> Statement {
    Statement::new("DELETE FROM follows WHERE account_id = ?1 AND target_id = ?2").bind(account).bind(target)
}

pub fn delete_request(account: Id, target: Id) -> Statement {
    Statement::new("DELETE FROM follow_requests WHERE account_id = ?1 AND target_id = ?2")
        .bind(account)
        .bind(target)
}

/// Deletes a follow and a request that are undone; after [`super::tombstones::undone`].
pub fn undo(account: Id, target: Id, undo: Undo<'_>) -> [Statement; 2] {
    ["follows", "follow_requests"].map(|table| {
        let is_undone = super::tombstones::is_undone(table, "?4", "?3");
        Statement::new(format!(
            "DELETE FROM {table} WHERE account_id = ?1 AND target_id = ?2 AND {is_undone}"
        ))
        .bind(account)
        .bind(target)
        .bind(undo.at)
        .bind(undo.uri.map(str::to_owned))
    })
}

/// Deletes the follows and requests between two accounts, if one of them blocks the other.
pub fn delete_blocked(a: Id, b: Id) -> [Statement; 4] {
    [("follows", a, b), ("follow_requests", a, b), ("follows", b, a), ("follow_requests", b, a)].map(
        |(table, account, target)| {
            Statement::new(format!(
                "DELETE FROM {table} WHERE account_id = ?1 AND target_id = ?2 AND EXISTS (SELECT 1 FROM blocks \
                 WHERE (account_id = ?1 AND target_id = ?2) OR (account_id = ?2 AND target_id = ?1))"
            ))
            .bind(account)
            .bind(target)
        },
    )
}

/// A follow or request between two accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    pub id: Id,
    pub uri: String,
    pub account_id: Id,
    pub target_id: Id,
    pub is_request: bool,
    /// When its newest Follow was signed, of a remote account.
    pub signed_at: Time,
}

impl Tie {
    /// Its newest Follow.
    pub fn signed(&self) -> Signed<'_> {
        Signed { uri: &self.uri, at: self.signed_at }
    }
}

pub(super) fn read_tie(row: &Row) -> Result<Tie> {
    Ok(Tie {
        id: row.id("id")?,
        uri: row.text("uri")?,
        account_id: row.id("account_id")?,
        target_id: row.id("target_id")?,
        is_request: row.bool("is_request")?,
        signed_at: row.time("signed_at")?,
    })
}

/// The follow or request from one account to another.
pub fn between(account: Id, target: Id) -> Query<Option<Tie>> {
    Query::first(
        Statement::new(
            "SELECT id, uri, account_id, target_id, signed_at, 0 AS is_request FROM follows WHERE account_id = ?1 AND target_id = ?2 \
             UNION ALL SELECT id, uri, account_id, target_id, signed_at, 1 FROM follow_requests \
             WHERE account_id = ?1 AND target_id = ?2",
        )
        .bind(account)
        .bind(target),
        read_tie,
    )
}

/// Whether `account` blocks the viewer.
pub fn is_blocked_by(viewer: Option<Id>, account: Id) -> Query<bool> {
    Query::new(
        Statement::new("SELECT 1 AS n FROM blocks WHERE account_id = ?2 AND target_id = ?1")
            .bind(viewer)
            .bind(account),
        |rows| Ok(!rows.is_empty()),
    )
}

/// Whether somebody waits for new posts of `account`, and did so before a time already.
pub fn is_awaited(account: Id, before: Time) -> Query<bool> {
    Query::new(
        Statement::new(
            "SELECT 1 AS n FROM follows INDEXED BY follows_notifying WHERE target_id = ?1 AND is_notifying = 1 AND id < ?2 LIMIT 1",
        )
        .bind(account)
        .bind(Id::floor(before.0)),
        |rows| Ok(!rows.is_empty()),
    )
}

/// A local account's follow or request by its own id (the last part of its uri).
pub fn by_id(account: Id, id: Id) -> Query<Option<Tie>> {
    Query::first(
        Statement::new(
            "SELECT id, uri, account_id, target_id, signed_at, 0 AS is_request FROM follows WHERE account_id = ?1 AND id = ?2 \
             UNION ALL SELECT id, uri, account_id, target_id, signed_at, 1 FROM follow_requests WHERE account_id = ?1 AND id = ?2",
        )
        .bind(account)
        .bind(id),
        read_tie,
    )
}

/// An account's follow or request with this uri.
pub fn by_uri(account: Id, uri: &str) -> Query<Option<Tie>> {
    Query::first(
        Statement::new(
            "SELECT id, uri, account_id, target_id, signed_at, 0 AS is_request FROM follows WHERE account_id = ?1 AND uri = ?2 \
             UNION ALL SELECT id, uri, account_id, target_id, signed_at, 1 FROM follow_requests WHERE account_id = ?1 AND uri = ?2",
        )
        .bind(account)
        .bind(uri),
        read_tie,
    )
}

/// The relationships of `viewer` to each of `others`, in order.
pub fn relationships(viewer: Id, others: &[Id]) -> Query<Vec<Relationship>> {
    Query::all(
        Statement::new(format!(
            "SELECT j.value AS id, f.id IS NOT NULL AS is_following, coalesce(f.shows_reblogs, q.shows_reblogs, 0) AS shows_reblogs, \
             coalesce(f.is_notifying, q.is_notifying, 0) AS is_notifying, coalesce(f.languages, q.languages) AS languages, \
             EXISTS (SELECT 1 FROM follows WHERE account_id = j.value AND target_id = ?1) AS is_followed_by, \
             EXISTS (SELECT 1 FROM blocks WHERE account_id = ?1 AND target_id = j.value) AS is_blocking, \
             EXISTS (SELECT 1 FROM blocks WHERE account_id = j.value AND target_id = ?1) AS is_blocked_by, \
             q.id IS NOT NULL AS has_requested, \
             EXISTS (SELECT 1 FROM follow_requests WHERE account_id = j.value AND target_id = ?1) AS is_requested_by, \
             m.id IS NOT NULL AS is_muting, coalesce(m.hides_notifications, 0) AS is_muting_notifications, m.expires_at AS muting_expires_at, \
             EXISTS (SELECT 1 FROM account_domain_blocks WHERE account_id = ?1 AND domain = a.domain) AS is_domain_blocking, \
             EXISTS (SELECT 1 FROM endorsements WHERE account_id = ?1 AND target_id = j.value) AS is_endorsed, \
             coalesce((SELECT comment FROM account_notes WHERE account_id = ?1 AND target_id = j.value), '') AS note \
             FROM json_each(?2) j JOIN accounts a ON a.id = j.value \
             LEFT JOIN follows f ON f.account_id = ?1 AND f.target_id = j.value \
             LEFT JOIN follow_requests q ON q.account_id = ?1 AND q.target_id = j.value \
             LEFT JOIN mutes m ON m.account_id = ?1 AND m.target_id = j.value AND {} ORDER BY j.key",
            super::muting::in_force("m")
        ))
        .bind(viewer)
        .bind_ids(others),
        |row| {
            Ok(Relationship {
                id: row.id("id")?,
                is_following: row.bool("is_following")?,
                shows_reblogs: row.bool("shows_reblogs")?,
                is_notifying: row.bool("is_notifying")?,
                languages: super::opt_unpacked(row, "languages", |f| f.rest(|f| f.text()))?,
                is_followed_by: row.bool("is_followed_by")?,
                is_blocking: row.bool("is_blocking")?,
                is_blocked_by: row.bool("is_blocked_by")?,
                has_requested: row.bool("has_requested")?,
                is_requested_by: row.bool("is_requested_by")?,
                is_muting: row.bool("is_muting")?,
                is_muting_notifications: row.bool("is_muting_notifications")?,
                muting_expires_at: row.opt_time("muting_expires_at")?,
                is_domain_blocking: row.bool("is_domain_blocking")?,
                is_endorsed: row.bool("is_endorsed")?,
                note: row.text("note")?,
            })
        },
    )
}

/// A page of the followers of `target`, newest first, without whom the viewer blocks or mutes, unless the list is their own; `max` and
/// `since` are exclusive cursors.
pub fn followers(
    target: Id,
    viewer: Option<Id>,
    max: Option<Id>,
    since: Option<Id>,
    limit: usize,
) -> Query<Listed<Account>> {
    listed("follows", ("target_id", "account_id"), target, viewer, max, since, limit)
}

/// A page of the accounts that `account` follows, as [`followers`].
pub fn following(
    account: Id,
    viewer: Option<Id>,
    max: Option<Id>,
    since: Option<Id>,
    limit: usize,
) -> Query<Listed<Account>> {
    listed("follows", ("account_id", "target_id"), account, viewer, max, since, limit)
}

/// A page of the follow requests to `target`, newest first.
pub fn requests(target: Id, max: Option<Id>, since: Option<Id>, limit: usize) -> Query<Listed<Account>> {
    listed("follow_requests", ("target_id", "account_id"), target, Some(target), max, since, limit)
}

fn listed(
    table: &str,
    (whose, other): (&str, &str),
    id: Id,
    viewer: Option<Id>,
    max: Option<Id>,
    since: Option<Id>,
    limit: usize,
) -> Query<Listed<Account>> {
    Query::page(
        accounts_within_budget(&format!(
            "SELECT f.id AS cursor, {} AS account FROM {table} f CROSS JOIN accounts a ON a.id = f.{other} \
             WHERE f.{whose} = ?1 AND f.id < ?2 AND f.id > ?3 AND a.suspended_at IS NULL AND (?5 IS ?1 OR ({})) \
             ORDER BY f.id DESC LIMIT CAST(?4 AS INTEGER)",
            super::accounts::packed_shown("a"),
            super::timelines::not_blocked_or_muted("?5", "a.id")
        ))
        .bind(id)
        .bind(max.map_or(crate::model::id::MAX, |m| m.0))
        .bind(since.map_or(0, |s| s.0))
        .bind(limit)
        .bind(viewer),
        limit,
        super::accounts::read,
    )
}

/// Inserts a block; one that stands takes the id of a newer Block. Nothing if the Block is an old one: undone since, or
/// before it arrived, or followed by a Follow.
pub fn insert_block(id: Id, account: Id, target: Id, block: Signed) -> Statement {
    let is_old = super::tombstones::is_old("?4", "?6", "?1", "?5");
    let is_newer = super::tombstones::is_newer("blocks");
    Statement::new(format!(
        "INSERT INTO blocks (account_id, target_id, id, uri, signed_at) SELECT ?1, ?2, ?3, ?4, ?7 WHERE NOT {is_old} \
         AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = ?1 AND target_id = ?2 AND signed_at > ?5) \
         ON CONFLICT (account_id, target_id) DO UPDATE SET uri = excluded.uri, signed_at = excluded.signed_at \
         WHERE {is_newer}"
    ))
    .bind(account)
    .bind(target)
    .bind(id)
    .bind(block.uri)
    .bind(block.at)
    .bind(Relation::Block(target).key())
    .bind(block.kept_at())
}

/// For [`super::outbox::insert_if`] of an Undo: the account with the uri of its object blocks this one.
pub const IS_BLOCKED: &str = "EXISTS (SELECT 1 FROM blocks WHERE target_id = ?2 \
AND account_id = (SELECT id FROM accounts WHERE uri = json_extract(?3, '$[2]')))";

/// Deletes a block that is undone; after [`super::tombstones::undone`].
pub fn delete_block(account: Id, target: Id, undo: Undo<'_>) -> Statement {
    let is_undone = super::tombstones::is_undone("blocks", "?4", "?3");
    Statement::new(format!("DELETE FROM blocks WHERE account_id = ?1 AND target_id = ?2 AND {is_undone}"))
        .bind(account)
        .bind(target)
        .bind(undo.at)
        .bind(undo.uri.map(str::to_owned))
}

/// The account that another one blocks under this uri.
pub fn blocked_by_uri(account: Id, uri: &str) -> Query<Option<Id>> {
    Query::first(
        Statement::new("SELECT target_id FROM blocks WHERE account_id = ?1 AND uri = ?2")
            .bind(account)
            .bind(uri),
        |row| row.id("target_id"),
    )
}

/// Whether a local account, by name and one of some handle domains, blocks another one or its domain.
pub fn hides_from(username: &str, domains: &[String], reader: Id) -> Query<bool> {
    use super::accounts::{bind_domains, of_domains};
    let (named, last) = (of_domains("a.", domains), domains.len() + 2);
    let sql = format!(
        "SELECT 1 AS found FROM accounts a WHERE a.username = ?1 AND {named} AND a.domain_id IS NOT NULL AND (\
         EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = a.id AND k.target_id = ?{last}) \
         OR EXISTS (SELECT 1 FROM accounts r CROSS JOIN account_domain_blocks d ON d.account_id = a.id AND d.domain = r.domain \
         WHERE r.id = ?{last}))"
    );
    let statement = bind_domains(Statement::new(sql).bind(username), domains).bind(reader);
    Query::new(statement, |rows| Ok(!rows.is_empty()))
}

/// The uri of a block, if it exists.
pub fn block_uri(account: Id, target: Id) -> Query<Option<String>> {
    Query::first(
        Statement::new("SELECT uri FROM blocks WHERE account_id = ?1 AND target_id = ?2")
            .bind(account)
            .bind(target),
        |row| row.text("uri"),
    )
}

/// How many requests wait for an account's answer.
pub fn count_requests(target: Id) -> Query<i64> {
    Query::new(
        Statement::new("SELECT count(*) AS n FROM follow_requests WHERE target_id = ?1").bind(target),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}

/// One remote follower for each domain with followers of an account: at most 1000.
pub fn remote_servers(account: Id) -> Query<Vec<Id>> {
    Query::all(
        Statement::new(
            "SELECT min(a.id) AS id FROM follows f CROSS JOIN accounts a ON a.id = f.account_id \
             WHERE f.target_id = ?1 AND a.inbox_id IS NOT NULL GROUP BY a.inbox_id LIMIT 1000",
        )
        .bind(account),
        |row| row.id("id"),
    )
}
