//! Rows of accounts: packed into one JSON column and read from it, and JSON columns.

use serde_json::{Value, json};

use crate::error::Result;
use crate::model::account::{Account, Emoji, Field};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};
use crate::store::fields::{self, Fields};
use crate::store::{unhex, unpacked};

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
/// alias. The order is that of [`unpack`]. `"too long"`, which is unreadable, for a row longer than any that we write.
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
@.is_memorial,@.silenced_at,@.sensitized_at,@.rejects_media)))"
);

fn read_emoji(v: &Value) -> Emoji {
    Emoji {
        shortcode: fields::text(v, "shortcode"),
        url: fields::text(v, "url"),
        static_url: fields::text(v, "static_url"),
    }
}

pub(in crate::store) fn read_emojis(f: &mut Fields) -> Vec<Emoji> {
    f.objects(read_emoji)
}

pub(in crate::store) fn emojis_json(emojis: &[Emoji]) -> String {
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

pub(super) fn fields_json(fields: &[Field]) -> String {
    let rows = fields
        .iter()
        .map(|f| json!({"name": f.name, "value": f.value, "text": f.text, "verified_at": f.verified_at.map(|t| t.0)}))
        .collect::<Value>();
    rows.to_string()
}

/// Reads what [`packed`] selects.
pub(in crate::store) fn unpack(f: &mut Fields) -> Account {
    let (account, counts) = f.opt_inner(unpack_head).unwrap_or_default();
    let [followers, followed, statuses] = counts.unwrap_or_default();
    let account = f.opt_inner(|f| Account {
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
        silenced_at: f.opt_time(),
        sensitized_at: f.opt_time(),
        rejects_media: f.truth(),
        is_counted: counts.is_some(),
        ..account
    });
    account.unwrap_or_default().with_its_media()
}

/// With the counts of its own server.
fn unpack_head(f: &mut Fields) -> (Account, Option<[i64; 3]>) {
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
pub(super) fn read_with_key(row: &Row) -> Result<Account> {
    let mut account = read(row)?;
    account.public_key = row.opt_text("public_key")?.as_deref().and_then(unhex).filter(|k| !k.is_empty());
    let more = Fields::read(&row.text("more_keys")?, |f| f.rest_of_lists(|f| (f.text(), f.text())))?;
    account.more_keys = more.into_iter().filter_map(|(id, key)| Some((id, unhex(&key)?))).collect();
    Ok(account)
}

pub(super) fn select(rest: &str) -> Statement {
    Statement::new(format!("SELECT {} AS account FROM accounts a {rest}", packed("a")))
}

pub(super) fn select_with_key(rest: &str) -> Statement {
    Statement::new(format!(
        "SELECT {} AS account, hex(a.public_key) AS public_key, a.more_keys AS more_keys FROM accounts a {rest}",
        packed("a")
    ))
}
