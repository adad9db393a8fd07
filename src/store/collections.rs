//! collections of accounts, and their items.

use super::fields::Fields;
use super::notifying::notifying;
use super::pages::accounts_within_budget;
use super::{Query, accounts};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::collection::{Collection, Item};
use crate::model::id::Id;
use crate::platform::sql::{Row, Statement};

const SELECT: &str = "SELECT c.*, (SELECT json_group_array(json_array(i.id, i.target_id, i.state, i.created_at)) \
FROM (SELECT * FROM collection_items WHERE collection_id = c.id ORDER BY id) i) AS items FROM collections c";

/// The condition that the owner of the collection `c` is not suspended.
const SHOWN: &str = "(SELECT o.suspended_at IS NULL FROM accounts o WHERE o.id = c.account_id)";

fn read(row: &Row) -> Result<Collection> {
    let items = super::unpacked(row, "items", |f| f.rest_of_lists(read_item))?;
    Ok(Collection {
        id: row.id("id")?,
        account_id: row.id("account_id")?,
        name: row.text("name")?,
        description: row.text("description")?,
        language: row.opt_text("language")?,
        is_sensitive: row.bool("is_sensitive")?,
        is_discoverable: row.bool("is_discoverable")?,
        tag: row.opt_text("tag")?,
        items,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// The SQL expression for the collection of the notification `n`, to be read by [`read_packed`] as the column
/// `collection`.
pub(super) fn packed(n: &str) -> String {
    format!(
        "CASE WHEN {n}.collection_id IS NOT NULL THEN (SELECT json_array(c.id, c.account_id, c.name, c.description, c.language, \
         c.is_sensitive, c.is_discoverable, c.tag, c.created_at, c.updated_at, \
         json((SELECT json_group_array(json_array(i.id, i.target_id, i.state, i.created_at)) \
         FROM (SELECT * FROM collection_items WHERE collection_id = c.id ORDER BY id) i))) \
         FROM collections c WHERE c.id = {n}.collection_id) END"
    )
}

pub(super) fn read_packed(row: &Row) -> Result<Option<Collection>> {
    super::opt_unpacked(row, "collection", |f| Collection {
        id: f.id(),
        account_id: f.id(),
        name: f.text(),
        description: f.text(),
        language: f.opt_text(),
        is_sensitive: f.truth(),
        is_discoverable: f.truth(),
        tag: f.opt_text(),
        created_at: f.time(),
        updated_at: f.time(),
        items: f.lists(read_item),
    })
}

fn read_item(f: &mut Fields) -> Item {
    Item { id: f.id(), account_id: f.id(), state: f.text(), created_at: f.time() }
}

/// The collections of an account's notifications, by notification.
pub fn of_notifications(account: Id, ids: &[Id]) -> Query<Vec<(Id, Collection)>> {
    let found = Query::all(
        Statement::new(format!(
            "SELECT n.id AS id, {} AS collection FROM json_each(?2) j CROSS JOIN notifications n ON n.id = j.value AND n.account_id = ?1",
            packed("n")
        ))
        .bind(account)
        .bind_ids(ids),
        |row| Ok((row.id("id")?, read_packed(row)?)),
    );
    found.map(|all| all.into_iter().filter_map(|(id, collection)| Some((id, collection?))).collect())
}

/// Recipients of a notification about a collection: its local members, not its owner, not those who block the
/// owner. `?2` is the collection.
const RECIPIENTS: &str = "FROM collections c CROSS JOIN collection_items i ON i.collection_id = c.id AND i.state = 'accepted' \
    CROSS JOIN accounts a ON a.id = i.target_id AND a.domain_id IS NOT NULL AND a.id <> c.account_id \
    WHERE c.id = ?2 AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = a.id AND k.target_id = c.account_id)";

/// Notifies the accounts that these items added; after [`add`].
/// <https://docs.joinmastodon.org/entities/Notification/#type>
pub fn notify_added(id: Id, collection: Id, items: &[Item]) -> Statement {
    let items: Vec<Id> = items.iter().map(|i| i.id).collect();
    notifying(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, collection_id) \
         SELECT ?1 + row_number() OVER (), a.id, 'added_to_collection', c.account_id, c.id {RECIPIENTS} \
         AND i.id IN (SELECT value FROM json_each(?3)) ON CONFLICT DO NOTHING"
    ))
    .bind(id)
    .bind(collection)
    .bind_ids(&items)
}

/// Notifies all members of a changed collection; replaces the notifications of earlier changes.
pub fn notify_changed(id: Id, collection: Id) -> [Statement; 2] {
    [
        Statement::new("DELETE FROM notifications WHERE collection_id = ?1 AND type = 'collection_update'")
            .bind(collection),
        notifying(format!(
            "INSERT INTO notifications (id, account_id, type, from_account_id, collection_id) \
             SELECT ?1 + row_number() OVER (), a.id, 'collection_update', c.account_id, c.id {RECIPIENTS} ON CONFLICT DO NOTHING"
        ))
        .bind(id)
        .bind(collection),
    ]
}

pub fn by_id(id: Id) -> Query<Option<Collection>> {
    Query::first(Statement::new(format!("{SELECT} WHERE {SHOWN} AND c.id = ?1")).bind(id), read)
}

/// A collection's curator and its members.
pub fn people(id: Id) -> Query<Vec<Account>> {
    Query::all(
        accounts_within_budget(&format!(
            "SELECT {} AS account FROM accounts a WHERE a.suspended_at IS NULL AND a.id IN (SELECT target_id FROM collection_items WHERE collection_id = ?1 AND state = 'accepted' \
             UNION SELECT account_id FROM collections WHERE id = ?1)",
            accounts::packed_shown("a")
        ))
        .bind(id),
        accounts::read,
    )
}

/// An account's collections, newest first; others see the discoverable ones.
pub fn of(account: Id, is_own: bool, limit: usize, offset: usize) -> Query<Vec<Collection>> {
    Query::all(
        Statement::new(format!(
            "{SELECT} WHERE {SHOWN} AND c.account_id = ?1 AND (?2 OR c.is_discoverable = 1) ORDER BY c.id DESC LIMIT ?3 OFFSET ?4"
        ))
        .bind(account)
        .bind(is_own)
        .bind(limit)
        .bind(offset),
        read,
    )
}

/// Ids and names of an account's collections, as of [`of`]: at most twenty.
pub fn titles(account: Id, is_own: bool) -> Query<Vec<(Id, String)>> {
    Query::all(
        Statement::new(
            "SELECT id, name FROM collections WHERE account_id = ?1 AND (?2 OR is_discoverable = 1) ORDER BY id DESC LIMIT 20",
        )
        .bind(account)
        .bind(is_own),
        |row| Ok((row.id("id")?, row.text("name")?)),
    )
}

/// The collections that contain an account.
pub fn containing(account: Id, limit: usize, offset: usize) -> Query<Vec<Collection>> {
    Query::all(
        Statement::new(format!(
            "{SELECT} WHERE {SHOWN} AND c.id IN (SELECT collection_id FROM collection_items WHERE target_id = ?1 AND state = 'accepted') \
             ORDER BY c.id DESC LIMIT ?2 OFFSET ?3"
        ))
        .bind(account)
        .bind(limit)
        .bind(offset),
        read,
    )
}

/// Inserts a collection, while there are fewer than `most`; returns its id.
pub fn insert(c: &Collection, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO collections (id, account_id, name, description, language, is_sensitive, is_discoverable, tag, created_at, updated_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9 WHERE (SELECT count(*) FROM collections WHERE account_id = ?2) < ?10 RETURNING id",
    )
    .bind(c.id)
    .bind(c.account_id)
    .bind(&c.name)
    .bind(&c.description)
    .bind(c.language.clone())
    .bind(c.is_sensitive)
    .bind(c.is_discoverable)
    .bind(c.tag.clone())
    .bind(c.created_at)
    .bind(most)
}

pub fn update(c: &Collection) -> Statement {
    Statement::new(
        "UPDATE collections SET name = ?3, description = ?4, language = ?5, is_sensitive = ?6, is_discoverable = ?7, tag = ?8, updated_at = ?9 \
         WHERE id = ?1 AND account_id = ?2",
    )
    .bind(c.id)
    .bind(c.account_id)
    .bind(&c.name)
    .bind(&c.description)
    .bind(c.language.clone())
    .bind(c.is_sensitive)
    .bind(c.is_discoverable)
    .bind(c.tag.clone())
    .bind(c.updated_at)
}

pub fn delete(account: Id, id: Id) -> Statement {
    Statement::new("DELETE FROM collections WHERE id = ?1 AND account_id = ?2").bind(id).bind(account)
}

/// Adds an account to an existing collection (possibly of the same batch) with fewer than `most` members;
/// returns the item's id. Nothing if it is a member already, or if it or the owner blocks the other.
pub fn add(collection: Id, item: &Item, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO collection_items (id, collection_id, target_id, state, created_at) SELECT ?1, ?2, ?3, ?4, ?5 \
         WHERE EXISTS (SELECT 1 FROM collections WHERE id = ?2) \
         AND NOT EXISTS (SELECT 1 FROM collections c CROSS JOIN blocks k \
         WHERE c.id = ?2 AND ((k.account_id = c.account_id AND k.target_id = ?3) OR (k.account_id = ?3 AND k.target_id = c.account_id))) \
         AND (SELECT count(*) FROM collection_items WHERE collection_id = ?2) < ?6 \
         ON CONFLICT (collection_id, target_id) DO NOTHING RETURNING id",
    )
    .bind(item.id)
    .bind(collection)
    .bind(item.account_id)
    .bind(&item.state)
    .bind(item.created_at)
    .bind(most)
}

/// Removes a member, and its notifications about the collection; nothing where the member has removed itself for good.
pub fn remove(collection: Id, item: Id) -> [Statement; 2] {
    [
        Statement::new(
            "DELETE FROM notifications WHERE collection_id = ?2 \
             AND account_id = (SELECT target_id FROM collection_items WHERE id = ?1 AND collection_id = ?2 AND state <> 'revoked')",
        ),
        Statement::new("DELETE FROM collection_items WHERE id = ?1 AND collection_id = ?2 AND state <> 'revoked'"),
    ]
    .map(|s| s.bind(item).bind(collection))
}

/// A member removes itself for good.
pub fn revoke(collection: Id, item: Id) -> Statement {
    Statement::new("UPDATE collection_items SET state = 'revoked' WHERE id = ?1 AND collection_id = ?2")
        .bind(item)
        .bind(collection)
}
