//! Inserts, changes and deletes accounts.

use super::rows::{emojis_json, fields_json};
use crate::model::account::{Account, Field};
use crate::model::hex;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;
use crate::store::{domain_blocks, to_json};

fn keys_json(account: &Account) -> String {
    let all: Vec<(&str, String)> =
        account.more_keys.iter().map(|(id, key)| (id.as_str(), hex::encode(key))).collect();
    to_json(&all)
}

/// Updates the keys of a remote account, and nothing else.
pub fn set_keys(account: &Account) -> Statement {
    Statement::new(
        "UPDATE accounts SET public_key_id = ?2, public_key = ?3, more_keys = ?4 WHERE id = ?1 AND domain_id IS NULL",
    )
    .bind(account.id)
    .bind(account.public_key_id.clone())
    .bind(account.public_key.clone())
    .bind(keys_json(account))
}

/// Inserts a local account with the spare key pair `key`, to be assigned in the same batch (`keys::assign`).
/// Conflict where the name or the key is taken.
pub fn insert_local(account: &Account, key: Id) -> Statement {
    Statement::new(
        "INSERT INTO accounts (id, domain_id, username, domain, actor_type, uri, url, display_name, is_locked, \
         is_discoverable, is_indexable, inbox_url, shared_inbox_url, outbox_url, followers_url, following_url, \
         featured_url, public_key, created_at) \
         VALUES (?1,?2,iif(EXISTS (SELECT 1 FROM domains d WHERE d.id = ?2 AND d.ended_at IS NULL AND (d.verified_at IS NOT NULL OR d.is_primary = 1)) \
         AND NOT EXISTS (SELECT 1 FROM accounts x WHERE x.username = ?3 AND x.domain_id IS NOT NULL AND x.domain IN (SELECT handle_domain FROM domains \
         WHERE web_origin = (SELECT web_origin FROM domains WHERE id = ?2))) \
         AND NOT EXISTS (SELECT 1 FROM applications x WHERE x.username = ?3 AND x.id <> ?1 AND x.domain_id IN (SELECT id FROM domains \
         WHERE web_origin = (SELECT web_origin FROM domains WHERE id = ?2))), ?3, NULL),?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,\
         (SELECT public_key FROM keys WHERE id = ?18 AND account_id IS NULL),?19)",
    )
    .bind(account.id)
    .bind(account.domain_id)
    .bind(&account.username)
    .bind(&account.domain)
    .bind(&account.actor_type)
    .bind(&account.uri)
    .bind(&account.url)
    .bind(&account.display_name)
    .bind(account.is_locked)
    .bind(account.is_discoverable)
    .bind(account.is_indexable)
    .bind(&account.inbox_url)
    .bind(account.shared_inbox_url.clone())
    .bind(account.outbox_url.clone())
    .bind(account.followers_url.clone())
    .bind(account.following_url.clone())
    .bind(account.featured_url.clone())
    .bind(key)
    .bind(account.created_at)
}

/// Frees the handle of a new local account, where an account of an earlier server at the domain has it. That one is told of as
/// deleted by its server, and has a handle that nobody can ask for until retention removes it.
pub fn free_handle(account: &Account) -> Statement {
    Statement::new(
        "UPDATE accounts SET username = username || '.' || id, uri = uri || '#' || id, suspended_at = coalesce(suspended_at, ?4), \
         is_suspended_by_origin = 1 WHERE domain_id IS NULL AND ((username = ?1 AND domain = ?2) OR uri = ?3)",
    )
    .bind(&account.username)
    .bind(&account.domain)
    .bind(&account.uri)
    .bind(account.created_at)
}

/// Updates what a user may change of their profile.
pub fn update_local(account: &Account) -> Statement {
    let account = &*account.fitting();
    Statement::new(
        "UPDATE accounts SET display_name = ?2, note = ?3, note_text = ?4, fields = ?5, is_locked = ?6, \
         is_discoverable = ?7, is_indexable = ?8, hides_collections = ?9, actor_type = ?10, shows_media = ?11, \
         shows_media_replies = ?12, shows_featured = ?13, attribution_domains = ?14, avatar_description = ?15, \
         header_description = ?16, emojis = ?17, avatar_url = ?18, header_url = ?19 WHERE id = ?1 AND domain_id IS NOT NULL",
    )
    .bind(account.id)
    .bind(&account.display_name)
    .bind(&account.note)
    .bind(&account.note_text)
    .bind(fields_json(&account.fields))
    .bind(account.is_locked)
    .bind(account.is_discoverable)
    .bind(account.is_indexable)
    .bind(account.hides_collections)
    .bind(&account.actor_type)
    .bind(account.shows_media)
    .bind(account.shows_media_replies)
    .bind(account.shows_featured)
    .bind(to_json(&account.attribution_domains))
    .bind(&account.avatar_description)
    .bind(&account.header_description)
    .bind(emojis_json(&account.emojis))
    .bind(account.avatar_url.clone())
    .bind(account.header_url.clone())
}

/// Stores which links of a local account were verified, if its fields are still those that were checked.
pub fn set_verified(account: &Account, fields: &[Field], now: Time) -> Statement {
    Statement::new("UPDATE accounts SET fields = ?2, fetched_at = ?4 WHERE id = ?1 AND domain_id IS NOT NULL AND fields = ?3")
        .bind(account.id)
        .bind(fields_json(fields))
        .bind(fields_json(&account.fields))
        .bind(now)
}

/// A remote profile was asked for, and its counts with it, though nothing was found.
pub fn looked_at(uri: &str, now: Time) -> Statement {
    Statement::new(
        "UPDATE accounts SET fetched_at = ?2, remote_counts = coalesce(remote_counts, '[null,null,null]') \
         WHERE uri = ?1 AND domain_id IS NULL AND fetched_at IS NOT NULL",
    )
    .bind(uri)
    .bind(now)
}

/// The links of these local accounts are about to be verified.
pub fn set_fields_checked(accounts: &[Id], now: Time) -> Statement {
    Statement::new(
        "UPDATE accounts SET fetched_at = ?2 WHERE id IN (SELECT value FROM json_each(?1)) AND domain_id IS NOT NULL",
    )
    .bind_ids(accounts)
    .bind(now)
}

/// Inserts or updates a remote account, keyed by its actor id; two statements (the inbox, then the account).
/// Local accounts are never changed. The caller first takes the handle from another account with another id
/// ([`release_handle`]). Our own suspension stays, whatever the document says; that by its own server follows
/// the document. `updated_at` is the time of the Update that it is from, if it is from one: nothing changes where a
/// later Update was applied.
pub fn upsert_remote(
    account: &Account,
    inbox_domain: &str,
    inbox_row: Id,
    updated_at: Option<Time>,
) -> Vec<Statement> {
    let account = &*account.fitting();
    let inbox = domain_blocks::insert_inbox(inbox_row, account.delivery_inbox(), inbox_domain);
    // Limits of its server are those of a new account; a job brings known ones in line where they change.
    let host = account.uri.split('/').nth(2).unwrap_or("").to_lowercase();
    let mut names = domain_blocks::with_parents(&host);
    names.extend(domain_blocks::with_parents(&account.domain));
    names.sort_unstable();
    names.dedup();
    let of_it = format!("FROM domain_blocks WHERE domain IN ({})", domain_blocks::places(39, names.len()));
    let silenced_since = format!("(SELECT min(created_at) {of_it} AND severity = 'silence')");
    let row = Statement::new(format!(
        "INSERT INTO accounts (id, username, domain, actor_type, uri, url, display_name, note, fields, emojis, \
         avatar_url, header_url, is_locked, is_discoverable, is_indexable, inbox_url, shared_inbox_url, outbox_url, \
         followers_url, following_url, featured_url, public_key_id, public_key, also_known_as, created_at, fetched_at, \
         avatar_description, header_description, hides_collections, shows_media, shows_media_replies, shows_featured, \
         attribution_domains, is_memorial, suspended_at, is_suspended_by_origin, moved_to_uri, moved_to_id, more_keys, inbox_id, updated_at, \
         silenced_at, domain_blocked_at, rejects_media) \
         VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,\
         ?30,?31,?32,?33,?34,?35,?35 IS NOT NULL,?36,\
         (SELECT t.id FROM accounts t WHERE t.uri = ?36 AND t.uri <> ?5 AND EXISTS (SELECT 1 FROM json_each(t.also_known_as) WHERE value = ?5)),?37,\
         (SELECT id FROM inboxes WHERE url = coalesce(?17, ?16)),?38,{silenced_since},{silenced_since},\
         coalesce((SELECT max(rejects_media) {of_it}), 0)) \
         ON CONFLICT (uri) DO UPDATE SET username = excluded.username, domain = excluded.domain, \
         actor_type = excluded.actor_type, url = excluded.url, display_name = excluded.display_name, \
         note = excluded.note, fields = excluded.fields, emojis = excluded.emojis, avatar_url = excluded.avatar_url, \
         header_url = excluded.header_url, is_locked = excluded.is_locked, \
         is_discoverable = excluded.is_discoverable, is_indexable = excluded.is_indexable, \
         inbox_url = excluded.inbox_url, shared_inbox_url = excluded.shared_inbox_url, \
         outbox_url = excluded.outbox_url, followers_url = excluded.followers_url, \
         following_url = excluded.following_url, featured_url = excluded.featured_url, \
         public_key_id = excluded.public_key_id, public_key = excluded.public_key, more_keys = excluded.more_keys, \
         also_known_as = excluded.also_known_as, fetched_at = excluded.fetched_at, \
         avatar_description = excluded.avatar_description, header_description = excluded.header_description, \
         hides_collections = excluded.hides_collections, inbox_id = excluded.inbox_id, shows_media = excluded.shows_media, \
         shows_media_replies = excluded.shows_media_replies, shows_featured = excluded.shows_featured, \
         attribution_domains = excluded.attribution_domains, is_memorial = excluded.is_memorial, \
         moved_to_uri = excluded.moved_to_uri, moved_to_id = excluded.moved_to_id, \
         suspended_at = CASE WHEN accounts.suspended_at IS NOT NULL AND accounts.is_suspended_by_origin = 0 \
         THEN accounts.suspended_at ELSE excluded.suspended_at END, \
         is_suspended_by_origin = CASE WHEN accounts.suspended_at IS NOT NULL AND accounts.is_suspended_by_origin = 0 \
         THEN 0 ELSE excluded.is_suspended_by_origin END, \
         updated_at = coalesce(excluded.updated_at, accounts.updated_at) \
         WHERE accounts.domain_id IS NULL AND coalesce(excluded.updated_at >= accounts.updated_at, 1)"
    ))
    .bind(account.id)
    .bind(&account.username)
    .bind(&account.domain)
    .bind(&account.actor_type)
    .bind(&account.uri)
    .bind(&account.url)
    .bind(&account.display_name)
    .bind(&account.note)
    .bind(fields_json(&account.fields))
    .bind(emojis_json(&account.emojis))
    .bind(account.avatar_url.clone())
    .bind(account.header_url.clone())
    .bind(account.is_locked)
    .bind(account.is_discoverable)
    .bind(account.is_indexable)
    .bind(&account.inbox_url)
    .bind(account.shared_inbox_url.clone())
    .bind(account.outbox_url.clone())
    .bind(account.followers_url.clone())
    .bind(account.following_url.clone())
    .bind(account.featured_url.clone())
    .bind(account.public_key_id.clone())
    .bind(account.public_key.clone())
    .bind(to_json(&account.also_known_as))
    .bind(account.created_at)
    .bind(account.fetched_at)
    .bind(&account.avatar_description)
    .bind(&account.header_description)
    .bind(account.hides_collections)
    .bind(account.shows_media)
    .bind(account.shows_media_replies)
    .bind(account.shows_featured)
    .bind(to_json(&account.attribution_domains))
    .bind(account.is_memorial)
    .bind(account.suspended_at)
    .bind(account.moved_to_uri.clone())
    .bind(keys_json(account))
    .bind(updated_at);
    vec![inbox, names.into_iter().fold(row, Statement::bind)]
}

/// A handle moves to another actor id (the server was set up again): the earlier account keeps its row under
/// a name that nobody can have.
pub fn release_handle(username: &str, domain: &str, new_holder_uri: &str) -> Statement {
    Statement::new(
        "UPDATE accounts SET username = username || '-' || id \
         WHERE username = ?1 AND domain = ?2 AND uri <> ?3 AND domain_id IS NULL",
    )
    .bind(username)
    .bind(domain)
    .bind(new_holder_uri)
}

/// Deletes a remote account and everything that refers to it, unless we suspended it. Its follows are deleted
/// first, while it is still known which servers got statuses because of them.
pub fn delete_remote(id: Id) -> Vec<Statement> {
    let is_to_go = "domain_id IS NULL AND (suspended_at IS NULL OR is_suspended_by_origin = 1)";
    [
        format!(
            "DELETE FROM follows WHERE account_id = (SELECT id FROM accounts WHERE id = ?1 AND {is_to_go})"
        ),
        format!("DELETE FROM accounts WHERE id = ?1 AND {is_to_go}"),
    ]
    .map(|sql| Statement::new(sql).bind(id))
    .to_vec()
}
