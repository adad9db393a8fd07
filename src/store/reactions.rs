//! reactions. A summary is kept with the status by trigger.

use super::Query;
use super::notifying::notifying;
use super::pages::accounts_within_budget;
use super::tombstones::{self, Relation, Signed, Undo};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::reaction::{MAX, MAX_BYTES, MAX_OF_ONE};
use crate::platform::sql::Statement;

/// A new reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New<'a> {
    pub id: Id,
    pub status: Id,
    pub account: Id,
    pub name: &'a str,
    pub url: Option<&'a str>,
    pub activity: Signed<'a>,
}

/// Inserts a reaction, once, and returns its `name`: not if it is an old one (undone since, or before it arrived), if the
/// author blocks the account, or if there are too many.
pub fn insert(r: &New<'_>) -> Statement {
    let is_old = tombstones::is_old("?6", "?8", "?2", "?7");
    Statement::new(format!(
        "INSERT INTO reactions (status_id, account_id, name, url, id, uri, signed_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?9 \
         WHERE EXISTS (SELECT 1 FROM statuses s WHERE s.id = ?1 \
         AND (json_type(s.reactions, '$.\"' || ?3 || '\"') IS NOT NULL OR ((SELECT count(*) FROM json_each(s.reactions)) < {MAX} \
         AND octet_length(s.reactions) < {MAX_BYTES})) \
         AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = ?2)) \
         AND (SELECT count(*) FROM reactions WHERE status_id = ?1 AND account_id = ?2) < {MAX_OF_ONE} \
         AND NOT {is_old} \
         ON CONFLICT (status_id, account_id, name) DO NOTHING RETURNING name"
    ))
    .bind(r.status)
    .bind(r.account)
    .bind(r.name)
    .bind(r.url.map(str::to_owned))
    .bind(r.id)
    .bind(r.activity.uri)
    .bind(r.activity.at)
    .bind(Relation::Reaction(r.status, r.name).key())
    .bind(r.activity.kept_at())
}

/// A reaction that stands takes the id of a newer activity.
pub fn renew(r: &New<'_>) -> Statement {
    Statement::new(
        "UPDATE reactions SET uri = ?4, signed_at = ?5 WHERE status_id = ?1 AND account_id = ?2 AND name = ?3 AND signed_at < ?5",
    )
    .bind(r.status)
    .bind(r.account)
    .bind(r.name)
    .bind(r.activity.uri)
    .bind(r.activity.kept_at())
}

/// Deletes a reaction that is undone; after [`tombstones::undone`].
pub fn delete(status: Id, account: Id, name: &str, undo: Undo<'_>) -> Statement {
    let is_undone = tombstones::is_undone("reactions", "?5", "?4");
    Statement::new(format!(
        "DELETE FROM reactions WHERE status_id = ?1 AND account_id = ?2 AND name = ?3 AND {is_undone}"
    ))
    .bind(status)
    .bind(account)
    .bind(name)
    .bind(undo.at)
    .bind(undo.uri.map(str::to_owned))
}

/// Notifies the author of a reaction, with the same id; after the reaction's INSERT.
pub fn notify(id: Id, status: Id, account: Id, name: &str) -> Statement {
    notifying(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
         SELECT r.id, s.account_id, 'pleroma:emoji_reaction', r.account_id, s.id FROM reactions r CROSS JOIN statuses s ON s.id = r.status_id \
         CROSS JOIN accounts a ON a.id = s.account_id AND a.domain_id IS NOT NULL \
         WHERE r.status_id = ?2 AND r.account_id = ?3 AND r.name = ?4 AND r.id = ?1 AND s.account_id <> ?3 \
         AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = s.account_id AND target_id = ?3)",
    )
    .bind(id)
    .bind(status)
    .bind(account)
    .bind(name)
}

/// Withdraws the notification of a reaction; before the reaction is deleted by [`delete`].
pub fn withdraw(status: Id, account: Id, name: &str, undo: Undo<'_>) -> Statement {
    let is_undone = tombstones::is_undone("reactions", "?5", "?4");
    Statement::new(format!(
        "DELETE FROM notifications WHERE id = (SELECT id FROM reactions WHERE status_id = ?1 AND account_id = ?2 AND name = ?3 \
         AND {is_undone}) AND type = 'pleroma:emoji_reaction'"
    ))
    .bind(status)
    .bind(account)
    .bind(name)
    .bind(undo.at)
    .bind(undo.uri.map(str::to_owned))
}

/// The uri and picture of an account's reaction.
pub fn of(status: Id, account: Id, name: &str) -> Query<Option<(String, Option<String>)>> {
    Query::first(
        Statement::new(
            "SELECT uri, url FROM reactions WHERE status_id = ?1 AND account_id = ?2 AND name = ?3",
        )
        .bind(status)
        .bind(account)
        .bind(name),
        |row| Ok((row.text("uri")?, row.opt_text("url")?)),
    )
}

/// The statuses and names of the reactions of an account under this uri: at most `most`.
pub fn by_uri(account: Id, uri: &str, most: usize) -> Query<Vec<(Id, String)>> {
    Query::all(
        Statement::new("SELECT status_id, name FROM reactions WHERE account_id = ?1 AND uri = ?2 LIMIT ?3")
            .bind(account)
            .bind(uri)
            .bind(most),
        |row| Ok((row.id("status_id")?, row.text("name")?)),
    )
}

/// Reactions to a status with their accounts, as far as the viewer may see these (see
/// [`super::favourites::accounts`]): at most `most`.
pub fn list(status: Id, viewer: Option<Id>, most: usize) -> Query<Vec<(String, Account)>> {
    Query::all(
        accounts_within_budget(&format!(
            "SELECT r.name AS name, {} AS account FROM reactions r CROSS JOIN accounts a ON a.id = r.account_id \
             WHERE r.status_id = ?1 AND a.suspended_at IS NULL AND {} LIMIT ?2",
            super::accounts::packed_shown("a"),
            super::timelines::not_blocked_or_muted("?3", "a.id")
        ))
        .bind(status)
        .bind(most)
        .bind(viewer),
        |row| Ok((row.text("name")?, super::accounts::read(row)?)),
    )
}
