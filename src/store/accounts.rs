//! accounts: profiles, local and remote.

use serde_json::{Value, json};

use super::fields::{self, Fields};
use super::{Query, to_json, unhex, unpacked};
use crate::error::Result;
use crate::model::account::{Account, Emoji, Field};
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// Properties of an account that only federation needs.
macro_rules! federation {
    () => {
        concat!(
            "@.inbox_url,@.shared_inbox_url,@.outbox_url,@.followers_url,@.following_url,@.featured_url,@.public_key_id,",
            column!("also_known_as")
        )
    };
}

/// An account as one JSON column, in two arrays, since D1's functions take 32 arguments. `@` is the table's
/// alias. The order is that of [`unpack`]. NULL for a row longer than any that we write.
const PACKED: &str = concat!(
    "iif(@.bytes>150000,'\"too long\"',json_array(json_array(@.id,@.domain_id,@.username,@.domain,@.actor_type,@.uri,@.url,\
@.display_name,@.note,@.note_text,",
    column!("fields"),
    column!("emojis"),
    "@.avatar_url,@.header_url,@.avatar_description,@.header_description,@.is_locked,@.is_discoverable,@.is_indexable,\
@.hides_collections,@.shows_media,@.shows_media_replies,@.shows_featured,",
    column!("attribution_domains"),
    "@.remote_counts),json_array(",
    federation!(),
    "@.moved_to_id,@.followers_count,@.following_count,@.statuses_count,\
@.last_status_at,@.created_at,@.fetched_at,@.suspended_at,@.moved_to_uri,@.moved_at,@.is_suspended_by_origin,@.deleted_at,\
@.is_memorial)))"
);

fn read_emoji(v: &Value) -> Emoji {
    Emoji {
        shortcode: fields::text(v, "shortcode"),
        url: fields::text(v, "url"),
        static_url: fields::text(v, "static_url"),
    }
}

pub(super) fn read_emojis(f: &mut Fields) -> Vec<Emoji> {
    f.objects(read_emoji)
}

pub(super) fn emojis_json(emojis: &[Emoji]) -> String {
    let rows = emojis
        .iter()
        .map(|e| json!({"shortcode": e.shortcode, "url": e.url, "static_url": e.static_url}))
        .collect::<Value>();
    rows.to_string()
}

fn read_field(v: &Value) -> Field {
    Field {
        name: fields::text(v, "name"),
        value: fields::text(v, "value"),
        text: fields::text(v, "text"),
        verified_at: fields::opt_int(v, "verified_at").map(Time),
    }
}

fn fields_json(fields: &[Field]) -> String {
    let rows = fields
        .iter()
        .map(|f| json!({"name": f.name, "value": f.value, "text": f.text, "verified_at": f.verified_at.map(|t| t.0)}))
        .collect::<Value>();
    rows.to_string()
}

/// Reads what [`packed`] selects.
pub(super) fn unpack(f: &mut Fields) -> Account {
    let (account, counts) = f.opt_inner(unpack_head).unwrap_or_default();
    let [followers, followed, statuses] = counts;
    f.opt_inner(|f| Account {
        inbox_url: f.text(),
        shared_inbox_url: f.opt_text(),
        outbox_url: f.opt_text(),
        followers_url: f.opt_text(),
        following_url: f.opt_text(),
        featured_url: f.opt_text(),
        public_key_id: f.opt_text(),
        also_known_as: f.each(|f| f.text()),
        moved_to_id: f.opt_id(),
        followers_count: f.int().max(followers),
        following_count: f.int().max(followed),
        statuses_count: f.int().max(statuses),
        last_status_at: f.opt_time(),
        created_at: f.time(),
        fetched_at: f.opt_time(),
        suspended_at: f.opt_time(),
        moved_to_uri: f.opt_text(),
        moved_at: f.opt_time(),
        is_suspended_by_origin: f.truth(),
        deleted_at: f.opt_time(),
        is_memorial: f.truth(),
        ..account
    })
    .unwrap_or_default()
}

/// With the counts of its own server.
fn unpack_head(f: &mut Fields) -> (Account, [i64; 3]) {
    let account = Account {
        id: f.id(),
        domain_id: f.opt_id(),
        username: f.text(),
        domain: f.text(),
        actor_type: f.text(),
        uri: f.text(),
        url: f.text(),
        display_name: f.text(),
        note: f.text(),
        note_text: f.text(),
        fields: f.objects(read_field),
        emojis: read_emojis(f),
        avatar_url: f.opt_text(),
        header_url: f.opt_text(),
        avatar_description: f.text(),
        header_description: f.text(),
        is_locked: f.truth(),
        is_discoverable: f.truth(),
        is_indexable: f.truth(),
        hides_collections: f.truth(),
        shows_media: f.truth(),
        shows_media_replies: f.truth(),
        shows_featured: f.truth(),
        attribution_domains: f.each(|f| f.text()),
        ..Account::default()
    };
    (account, f.counts())
}

/// The SQL expression for an account of the table alias, to be read by [`read`].
pub fn packed(alias: &str) -> String {
    PACKED.replace('@', alias)
}

/// Like [`packed`], with everything that is shown and, of what only federation needs, the followers' URL.
pub fn packed_shown(alias: &str) -> String {
    let all = PACKED.replace(federation!(), "'',NULL,NULL,@.followers_url,NULL,NULL,NULL,json('[]'),");
    all.replace('@', alias)
}

/// Reads the column `account` that [`packed`] made.
pub fn read(row: &Row) -> Result<Account> {
    unpacked(row, "account", unpack)
}

/// Like [`read`], with the columns `public_key` = hex(public_key) and `more_keys`.
fn read_with_key(row: &Row) -> Result<Account> {
    let mut account = read(row)?;
    account.public_key = row.opt_text("public_key")?.as_deref().and_then(unhex).filter(|k| !k.is_empty());
    let more = Fields::read(&row.text("more_keys")?, |f| f.rest_of_lists(|f| (f.text(), f.text())))?;
    account.more_keys = more.into_iter().filter_map(|(id, key)| Some((id, unhex(&key)?))).collect();
    Ok(account)
}

fn select(rest: &str) -> Statement {
    Statement::new(format!("SELECT {} AS account FROM accounts a {rest}", packed("a")))
}

fn select_with_key(rest: &str) -> Statement {
    Statement::new(format!(
        "SELECT {} AS account, hex(a.public_key) AS public_key, a.more_keys AS more_keys FROM accounts a {rest}",
        packed("a")
    ))
}

/// The account that this one has moved to.
pub fn successor(id: Id) -> Query<Option<Account>> {
    Query::first(select("WHERE a.id = (SELECT moved_to_id FROM accounts WHERE id = ?1)").bind(id), read)
}

pub fn by_id(id: Id) -> Query<Option<Account>> {
    Query::first(select("WHERE a.id = ?1").bind(id), read)
}

/// Unordered; unknown ids are left out.
pub fn by_ids(ids: &[Id]) -> Query<Vec<Account>> {
    Query::all(select("WHERE a.id IN (SELECT value FROM json_each(?1))").bind_ids(ids), read)
}

/// Like [`by_ids`], with everything that is shown, in the order of `ids`, within the budget of a page.
pub fn first_of(ids: &[Id]) -> Query<Listed<Account>> {
    let sql = format!(
        "SELECT a.id AS cursor, {} AS account FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value",
        packed_shown("a")
    );
    Query::page(super::pages::accounts_within_budget(&sql).bind_ids(ids), ids.len(), read)
}

/// With its public key.
pub fn by_uri(uri: &str) -> Query<Option<Account>> {
    Query::first(select_with_key("WHERE a.uri = ?1").bind(uri), read_with_key)
}

pub fn by_uris(uris: &[String]) -> Query<Vec<Account>> {
    Query::all(select("WHERE a.uri IN (SELECT value FROM json_each(?1))").bind(to_json(&uris)), read)
}

/// By handle; `domain` is the handle domain in lower case.
pub fn by_handle(username: &str, domain: &str) -> Query<Option<Account>> {
    Query::first(select("WHERE a.username = ?1 AND a.domain = ?2").bind(username).bind(domain), read)
}

/// By handles, as pairs of username and handle domain.
pub fn by_handles(handles: &[(String, String)]) -> Query<Vec<Account>> {
    Query::all(
        select(
            "JOIN json_each(?1) h ON a.username = json_extract(h.value, '$[0]') \
             AND a.domain = json_extract(h.value, '$[1]')",
        )
        .bind(to_json(&handles)),
        read,
    )
}

fn keys_json(account: &Account) -> String {
    let all: Vec<(&str, String)> = account
        .more_keys
        .iter()
        .map(|(id, key)| (id.as_str(), key.iter().map(|b| format!("{b:02x}")).collect()))
        .collect();
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

/// The owner of `key_id`, with the public keys: the actor whose id is the key's without fragment, or the one
/// that lists this key, or for `acct:` the one with that handle.
pub fn by_key_id(key_id: &str) -> Query<Option<Account>> {
    if let Some((name, domain)) = key_id.strip_prefix("acct:").and_then(|h| h.rsplit_once('@')) {
        let found = select_with_key("WHERE a.username = ?1 AND a.domain = ?2");
        return Query::first(found.bind(name).bind(domain.to_lowercase()), read_with_key);
    }
    let uri = key_id.split('#').next().unwrap_or(key_id);
    Query::new(
        select_with_key(
            "WHERE a.id IN (SELECT id FROM accounts WHERE public_key_id = ?1 \
             UNION SELECT id FROM accounts WHERE uri = ?2) ORDER BY (a.public_key_id IS ?1) DESC LIMIT 1",
        )
        .bind(key_id)
        .bind(uri),
        |rows| rows.first().map(read_with_key).transpose(),
    )
}

/// A local account by name, on any local domain if `domain_id` is `None`.
pub fn local_by_username(username: &str, domain: &str) -> Query<Option<Account>> {
    Query::first(
        select_with_key("WHERE a.username = ?1 AND a.domain = ?2 AND a.domain_id IS NOT NULL")
            .bind(username)
            .bind(domain),
        read_with_key,
    )
}

/// Whether a local account is deleted; `None` if the name was never used.
pub fn is_deleted(username: &str, domain: &str) -> Query<Option<bool>> {
    Query::first(
        Statement::new(
            "SELECT deleted_at IS NOT NULL AS is_deleted FROM accounts \
             WHERE username = ?1 AND domain = ?2 AND domain_id IS NOT NULL",
        )
        .bind(username)
        .bind(domain),
        |row| row.bool("is_deleted"),
    )
}

/// Inserts a local account with the spare key pair `key`, to be assigned in the same batch (`keys::assign`).
/// Conflict where the name or the key is taken.
pub fn insert_local(account: &Account, key: Id) -> Statement {
    Statement::new(
        "INSERT INTO accounts (id, domain_id, username, domain, actor_type, uri, url, display_name, is_locked, \
         is_discoverable, is_indexable, inbox_url, shared_inbox_url, outbox_url, followers_url, following_url, \
         featured_url, public_key, created_at) \
         VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,\
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

/// Updates what a user may change of their profile.
pub fn update_local(account: &Account) -> Statement {
    let account = &*account.fitting();
    Statement::new(
        "UPDATE accounts SET display_name = ?2, note = ?3, note_text = ?4, fields = ?5, is_locked = ?6, \
         is_discoverable = ?7, is_indexable = ?8, hides_collections = ?9, actor_type = ?10, shows_media = ?11, \
         shows_media_replies = ?12, shows_featured = ?13, attribution_domains = ?14, avatar_description = ?15, \
         header_description = ?16, emojis = ?17 WHERE id = ?1 AND domain_id IS NOT NULL",
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
}

/// Stores which links of a local account were verified, if its fields are still those that were checked.
pub fn set_verified(account: &Account, fields: &[Field], now: Time) -> Statement {
    Statement::new("UPDATE accounts SET fields = ?2, fetched_at = ?4 WHERE id = ?1 AND domain_id IS NOT NULL AND fields = ?3")
        .bind(account.id)
        .bind(fields_json(fields))
        .bind(fields_json(&account.fields))
        .bind(now)
}

/// Local accounts with fields; those whose links were checked longest ago first.
pub fn local_with_fields(limit: usize) -> Query<Vec<Account>> {
    Query::all(
        Statement::new(format!(
            "SELECT {} AS account FROM users u CROSS JOIN accounts a ON a.id = u.account_id WHERE a.fields LIKE '%https://%' \
             ORDER BY coalesce(a.fetched_at, 0) LIMIT ?1",
            packed("a")
        ))
        .bind(limit),
        read,
    )
}

/// Inserts or updates a remote account, keyed by its actor id; two statements (the inbox, then the account).
/// Local accounts are never changed. The caller first takes the handle from another account with another id
/// ([`release_handle`]). Our own suspension stays, whatever the document says; that by its own server follows
/// the document.
pub fn upsert_remote(account: &Account, inbox_domain: &str, inbox_row: Id) -> Vec<Statement> {
    let account = &*account.fitting();
    let inbox = super::domain_blocks::insert_inbox(inbox_row, account.delivery_inbox(), inbox_domain);
    let row = Statement::new(
        "INSERT INTO accounts (id, username, domain, actor_type, uri, url, display_name, note, fields, emojis, \
         avatar_url, header_url, is_locked, is_discoverable, is_indexable, inbox_url, shared_inbox_url, outbox_url, \
         followers_url, following_url, featured_url, public_key_id, public_key, also_known_as, created_at, fetched_at, \
         avatar_description, header_description, hides_collections, shows_media, shows_media_replies, shows_featured, \
         attribution_domains, is_memorial, suspended_at, is_suspended_by_origin, moved_to_uri, moved_to_id, more_keys, inbox_id) \
         VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,\
         ?30,?31,?32,?33,?34,?35,?35 IS NOT NULL,?36,\
         (SELECT t.id FROM accounts t WHERE t.uri = ?36 AND t.uri <> ?5 AND EXISTS (SELECT 1 FROM json_each(t.also_known_as) WHERE value = ?5)),?37,\
         (SELECT id FROM inboxes WHERE url = coalesce(?17, ?16))) \
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
         THEN 0 ELSE excluded.is_suspended_by_origin END \
         WHERE accounts.domain_id IS NULL",
    )
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
    .bind(keys_json(account));
    vec![inbox, row]
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

/// Local usernames stay reserved for ever; this says whether one is.
pub fn is_taken(username: &str, domain: &str) -> Query<bool> {
    Query::new(
        Statement::new("SELECT 1 AS found FROM accounts WHERE username = ?1 AND domain = ?2")
            .bind(username)
            .bind(domain),
        |rows| Ok(!rows.is_empty()),
    )
}

/// Whether a local account follows the actor with this id, or has requested to, since its statuses may arrive
/// before its Accept. The follower of a remote account is always local, so this needs no check.
pub fn is_followed(uri: &str) -> Query<bool> {
    Query::new(
        Statement::new(
            "SELECT 1 AS found FROM accounts a WHERE a.uri = ?1 AND (EXISTS (SELECT 1 FROM follows WHERE target_id = a.id) \
             OR EXISTS (SELECT 1 FROM follow_requests WHERE target_id = a.id))",
        )
        .bind(uri),
        |rows| Ok(!rows.is_empty()),
    )
}

/// The id of the account with this actor id.
pub fn id_by_uri(uri: &str) -> Query<Option<Id>> {
    Query::first(Statement::new("SELECT id FROM accounts WHERE uri = ?1").bind(uri), |row| row.id("id"))
}

/// With its public key.
pub fn by_id_with_key(id: Id) -> Query<Option<Account>> {
    Query::first(select_with_key("WHERE a.id = ?1").bind(id), read_with_key)
}

/// Stale remote accounts after a cursor that local accounts follow, and the next cursor: `None` at the end of
/// the table. At most `scan` rows are read.
pub fn stale(after: Id, before: Time, scan: usize) -> Query<(Vec<Id>, Option<Id>)> {
    Query::new(
        Statement::new(
            "SELECT a.id AS id, a.domain_id IS NULL AND a.fetched_at < ?2 AND a.suspended_at IS NULL \
             AND EXISTS (SELECT 1 FROM follows f WHERE f.target_id = a.id) AS is_stale \
             FROM accounts a WHERE a.id > ?1 ORDER BY a.id LIMIT CAST(?3 AS INTEGER)",
        )
        .bind(after)
        .bind(before)
        .bind(scan),
        |rows| {
            let mut stale = Vec::new();
            for row in &rows {
                if row.bool("is_stale")? {
                    stale.push(row.id("id")?);
                }
            }
            Ok((stale, rows.last().map(|row| row.id("id")).transpose()?))
        },
    )
}
