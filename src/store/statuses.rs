//! statuses: rows, and the one query that loads them with all that is needed to show them.

use serde::{Deserialize, Serialize};

use super::accounts::{self, EmojiRow, emojis_json};
use super::{Query, json, opt_json, to_json};
use crate::error::Result;
use crate::model::account::{Account, Emoji};
use crate::model::id::Id;
use crate::model::status::{Attachment, Flags, Mention, Status, StatusView, Visibility};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// A status as one JSON column; `@` is the table's alias. The order is that of [`PackedStatus`].
const PACKED: &str = "json_array(@.id,@.uri,@.url,@.account_id,@.is_local,@.visibility,@.in_reply_to_id,\
@.in_reply_to_account_id,@.in_reply_to_uri,@.reblog_of_id,@.conversation,@.content,@.text,@.spoiler_text,\
@.is_sensitive,@.language,json(@.mentions),json(@.tags),json(@.emojis),json(@.media),@.app_id,@.replies_count,\
@.reblogs_count,@.favourites_count,@.created_at,@.edited_at)";

#[derive(Deserialize)]
struct PackedStatus {
    id: i64,
    uri: String,
    url: String,
    account_id: i64,
    is_local: i64,
    visibility: i64,
    in_reply_to_id: Option<i64>,
    in_reply_to_account_id: Option<i64>,
    in_reply_to_uri: Option<String>,
    reblog_of_id: Option<i64>,
    conversation: Option<String>,
    content: String,
    text: Option<String>,
    spoiler_text: String,
    is_sensitive: i64,
    language: Option<String>,
    mentions: Vec<MentionRow>,
    tags: Vec<String>,
    emojis: Vec<EmojiRow>,
    media: Vec<MediaRow>,
    app_id: Option<i64>,
    replies_count: i64,
    reblogs_count: i64,
    favourites_count: i64,
    created_at: i64,
    edited_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct MentionRow {
    id: i64,
    username: String,
    domain: String,
    url: String,
    uri: String,
    #[serde(default)]
    local: bool,
    #[serde(default)]
    silent: bool,
}

#[derive(Serialize, Deserialize)]
struct MediaRow {
    kind: String,
    media_type: String,
    url: String,
    preview_url: Option<String>,
    remote_url: Option<String>,
    description: Option<String>,
    blurhash: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    focus: Option<(f64, f64)>,
}

impl From<PackedStatus> for Status {
    fn from(r: PackedStatus) -> Self {
        Self {
            id: Id(r.id),
            uri: r.uri,
            url: r.url,
            account_id: Id(r.account_id),
            is_local: r.is_local != 0,
            visibility: Visibility::from_int(r.visibility),
            in_reply_to_id: r.in_reply_to_id.map(Id),
            in_reply_to_account_id: r.in_reply_to_account_id.map(Id),
            in_reply_to_uri: r.in_reply_to_uri,
            reblog_of_id: r.reblog_of_id.map(Id),
            conversation: r.conversation,
            content: r.content,
            text: r.text,
            spoiler_text: r.spoiler_text,
            is_sensitive: r.is_sensitive != 0,
            language: r.language,
            mentions: r.mentions.into_iter().map(Mention::from).collect(),
            tags: r.tags,
            emojis: r.emojis.into_iter().map(Emoji::from).collect(),
            media: r.media.into_iter().map(Attachment::from).collect(),
            app_id: r.app_id.map(Id),
            replies_count: r.replies_count,
            reblogs_count: r.reblogs_count,
            favourites_count: r.favourites_count,
            created_at: Time(r.created_at),
            edited_at: r.edited_at.map(Time),
        }
    }
}

impl From<MentionRow> for Mention {
    fn from(r: MentionRow) -> Self {
        Self {
            id: Id(r.id),
            username: r.username,
            domain: r.domain,
            url: r.url,
            uri: r.uri,
            is_local: r.local,
            is_silent: r.silent,
        }
    }
}

impl From<MediaRow> for Attachment {
    fn from(r: MediaRow) -> Self {
        Self {
            kind: r.kind,
            media_type: r.media_type,
            url: r.url,
            preview_url: r.preview_url,
            remote_url: r.remote_url,
            description: r.description,
            blurhash: r.blurhash,
            width: r.width,
            height: r.height,
            focus: r.focus,
        }
    }
}

fn mentions_json(mentions: &[Mention]) -> String {
    let rows: Vec<_> = mentions
        .iter()
        .map(|m| MentionRow {
            id: m.id.0,
            username: m.username.clone(),
            domain: m.domain.clone(),
            url: m.url.clone(),
            uri: m.uri.clone(),
            local: m.is_local,
            silent: m.is_silent,
        })
        .collect();
    to_json(&rows)
}

fn media_json(media: &[Attachment]) -> String {
    let rows: Vec<_> = media
        .iter()
        .map(|m| MediaRow {
            kind: m.kind.clone(),
            media_type: m.media_type.clone(),
            url: m.url.clone(),
            preview_url: m.preview_url.clone(),
            remote_url: m.remote_url.clone(),
            description: m.description.clone(),
            blurhash: m.blurhash.clone(),
            width: m.width,
            height: m.height,
            focus: m.focus,
        })
        .collect();
    to_json(&rows)
}

/// The SQL expression for a status of the table alias, as the column `status`.
pub fn packed(alias: &str) -> String {
    PACKED.replace('@', alias)
}

/// Reads the column `status` that [`packed`] made.
pub fn read(row: &Row) -> Result<Status> {
    json::<PackedStatus>(row, "status").map(Status::from)
}

/// Statuses with authors, boosted statuses and the viewer's flags, newest first.
///
/// `page` is a SELECT with one column `id`; it may use `?2` and up (`?1` is the viewer's account,
/// NULL for a stranger). Four rows read for each status, five for a boost.
pub fn views(page: &str, viewer: Option<Id>) -> Statement {
    Statement::new(format!(
        "SELECT {s} AS status, {a} AS account, CASE WHEN r.id IS NOT NULL THEN {r} END AS reblog, \
         CASE WHEN ra.id IS NOT NULL THEN {ra} END AS reblog_account, ap.name AS app_name, ap.website AS app_website, \
         EXISTS (SELECT 1 FROM favourites f WHERE f.status_id = coalesce(s.reblog_of_id, s.id) AND f.account_id = ?1) \
         AS is_favourited, \
         EXISTS (SELECT 1 FROM statuses b WHERE b.reblog_of_id = coalesce(s.reblog_of_id, s.id) AND b.account_id = ?1) \
         AS is_reblogged \
         FROM ({page}) p CROSS JOIN statuses s ON s.id = p.id CROSS JOIN accounts a ON a.id = s.account_id \
         LEFT JOIN statuses r ON r.id = s.reblog_of_id LEFT JOIN accounts ra ON ra.id = r.account_id \
         LEFT JOIN apps ap ON ap.id = coalesce(r.app_id, s.app_id) ORDER BY s.id DESC",
        s = packed("s"),
        a = accounts::packed("a"),
        r = packed("r"),
        ra = accounts::packed("ra"),
    ))
    .bind(viewer)
}

/// Reads a row of [`views`].
pub fn read_view(row: &Row) -> Result<StatusView> {
    let flags = Flags { is_favourited: row.bool("is_favourited")?, is_reblogged: row.bool("is_reblogged")? };
    let website = row.opt_text("app_website")?;
    let app = row.opt_text("app_name")?.map(|name| (name, website));
    let account: Account = json::<accounts::Packed>(row, "account")?.into();
    let reblog = match (
        opt_json::<PackedStatus>(row, "reblog")?,
        opt_json::<accounts::Packed>(row, "reblog_account")?,
    ) {
        (Some(status), Some(account)) => Some(Box::new(StatusView {
            status: status.into(),
            account: account.into(),
            reblog: None,
            app: app.clone(),
            flags,
        })),
        _ => None,
    };
    Ok(StatusView { status: read(row)?, account, reblog, app, flags })
}

/// By ids, newest first; unknown ids are left out. No check of who may see them.
pub fn by_ids(ids: &[Id], viewer: Option<Id>) -> Query<Vec<StatusView>> {
    Query::all(views("SELECT value AS id FROM json_each(?2)", viewer).bind_ids(ids), read_view)
}

/// By id, without a check of who may see it.
pub fn by_id(id: Id, viewer: Option<Id>) -> Query<Option<StatusView>> {
    Query::first(views("SELECT CAST(?2 AS INTEGER) AS id", viewer).bind(id), read_view)
}

/// By id, if the viewer may see it (see [`VISIBLE`]).
pub fn visible_by_id(id: Id, viewer: Option<Id>) -> Query<Option<StatusView>> {
    Query::first(
        views(&format!("SELECT s.id FROM statuses s WHERE s.id = ?2 AND {VISIBLE}"), viewer).bind(id),
        read_view,
    )
}

/// By ActivityPub id.
pub fn by_uri(uri: &str) -> Query<Option<StatusView>> {
    Query::first(views("SELECT id FROM statuses WHERE uri = ?2", None).bind(uri), read_view)
}

/// By ActivityPub id or page.
pub fn visible_by_uri(uri: &str, viewer: Option<Id>) -> Query<Option<StatusView>> {
    Query::first(
        views(&format!("SELECT s.id FROM statuses s WHERE s.uri = ?2 AND {VISIBLE}"), viewer).bind(uri),
        read_view,
    )
}

/// The condition under which the viewer `?1` may see the status `s`: what is public or unlisted,
/// what is their own, what mentions them, and what is for followers where they follow; never where
/// the author blocks them.
pub const VISIBLE: &str = "((s.visibility <= 1 OR s.account_id = ?1 \
 OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = ?1 AND m.status_id = s.id) \
 OR (s.visibility = 2 AND EXISTS (SELECT 1 FROM follows w WHERE w.account_id = ?1 AND w.target_id = s.account_id))) \
 AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = ?1))";

/// Adds a status and answers its `id`; no row where the uri is known or deleted, or for a second
/// boost by the same account. An id that is taken is an error: the caller tries another.
pub fn insert(s: &Status) -> Statement {
    Statement::new(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, in_reply_to_id, in_reply_to_account_id, \
         in_reply_to_uri, reblog_of_id, conversation, content, text, spoiler_text, is_sensitive, language, mentions, \
         tags, emojis, media, app_id, created_at, edited_at) \
         SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23 \
         WHERE NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.uri = ?2 AND coalesce(t.account_id, ?4) = ?4) \
         ON CONFLICT (uri) DO NOTHING \
         ON CONFLICT (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL DO NOTHING RETURNING id",
    )
    .bind(s.id)
    .bind(&s.uri)
    .bind(&s.url)
    .bind(s.account_id)
    .bind(s.is_local)
    .bind(s.visibility as i64)
    .bind(s.in_reply_to_id)
    .bind(s.in_reply_to_account_id)
    .bind(s.in_reply_to_uri.clone())
    .bind(s.reblog_of_id)
    .bind(s.conversation.clone())
    .bind(&s.content)
    .bind(s.text.clone())
    .bind(&s.spoiler_text)
    .bind(s.is_sensitive)
    .bind(s.language.clone())
    .bind(mentions_json(&s.mentions))
    .bind(to_json(&s.tags))
    .bind(emojis_json(&s.emojis))
    .bind(media_json(&s.media))
    .bind(s.app_id)
    .bind(s.created_at)
    .bind(s.edited_at)
}

/// Rows of `mentions` and `status_tags` for a status that the same batch has added.
pub fn insert_details(s: &Status) -> Vec<Statement> {
    let mut all = Vec::new();
    let local: Vec<_> =
        s.mentions.iter().filter(|m| m.is_local).map(|m| (m.id.0, i64::from(m.is_silent))).collect();
    if !local.is_empty() {
        all.push(
            Statement::new(
                "INSERT INTO mentions (account_id, status_id, is_silent) \
                 SELECT json_extract(j.value, '$[0]'), s.id, json_extract(j.value, '$[1]') \
                 FROM statuses s, json_each(?2) j WHERE s.uri = ?1 ON CONFLICT DO NOTHING",
            )
            .bind(&s.uri)
            .bind(to_json(&local)),
        );
    }
    if !s.tags.is_empty() && s.visibility.is_distributable() {
        all.push(
            Statement::new(
                "INSERT INTO status_tags (tag, status_id) SELECT j.value, s.id FROM statuses s, json_each(?2) j \
                 WHERE s.uri = ?1 ON CONFLICT DO NOTHING",
            )
            .bind(&s.uri)
            .bind(to_json(&s.tags)),
        );
    }
    all
}

/// Replies that came before their parent find it now.
pub fn adopt_replies(parent: &Status) -> Statement {
    Statement::new(
        "UPDATE statuses SET in_reply_to_id = ?2, in_reply_to_account_id = ?3, in_reply_to_uri = NULL \
         WHERE in_reply_to_uri = ?1 AND in_reply_to_uri IS NOT NULL \
         AND EXISTS (SELECT 1 FROM statuses p WHERE p.id = ?2)",
    )
    .bind(&parent.uri)
    .bind(parent.id)
    .bind(parent.account_id)
}

/// Writes an edited text. Only the author's, and only where the edit is newer than what we have.
pub fn update_content(s: &Status) -> Vec<Statement> {
    let mut all = vec![
        Statement::new(
            "UPDATE statuses SET content = ?3, text = ?4, spoiler_text = ?5, is_sensitive = ?6, language = ?7, \
             mentions = ?8, tags = ?9, emojis = ?10, media = ?11, edited_at = ?12 \
             WHERE id = ?1 AND account_id = ?2 AND coalesce(edited_at, 0) < coalesce(?12, 0)",
        )
        .bind(s.id)
        .bind(s.account_id)
        .bind(&s.content)
        .bind(s.text.clone())
        .bind(&s.spoiler_text)
        .bind(s.is_sensitive)
        .bind(s.language.clone())
        .bind(mentions_json(&s.mentions))
        .bind(to_json(&s.tags))
        .bind(emojis_json(&s.emojis))
        .bind(media_json(&s.media))
        .bind(s.edited_at),
        Statement::new(
            "DELETE FROM status_tags WHERE status_id = ?1 AND tag NOT IN (SELECT value FROM json_each(?2))",
        )
        .bind(s.id)
        .bind(to_json(&s.tags)),
    ];
    all.extend(insert_details(s));
    all
}

/// Removes a status with its boosts, favourites, mentions and notifications, if it is the account's.
pub fn delete(id: Id, account_id: Id) -> Statement {
    Statement::new("DELETE FROM statuses WHERE id = ?1 AND account_id = ?2").bind(id).bind(account_id)
}

/// As [`delete`], by uri.
pub fn delete_by_uri(uri: &str, account_id: Id) -> Statement {
    Statement::new("DELETE FROM statuses WHERE uri = ?1 AND account_id = ?2").bind(uri).bind(account_id)
}

/// The account's boost of a status.
pub fn boost_of(status_id: Id, account_id: Id) -> Query<Option<StatusView>> {
    Query::first(
        views("SELECT id FROM statuses WHERE reblog_of_id = ?2 AND account_id = ?3", None)
            .bind(status_id)
            .bind(account_id),
        read_view,
    )
}

/// Remembers the answer to an Idempotency-Key.
pub fn remember_idempotency(account_id: Id, key: &str, status_id: Id, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO idempotency_keys (account_id, key, status_id, created_at) VALUES (?1, ?2, ?3, ?4)",
    )
    .bind(account_id)
    .bind(key)
    .bind(status_id)
    .bind(now)
}

/// The status that an Idempotency-Key has made since `since`.
pub fn by_idempotency(account_id: Id, key: &str, since: Time) -> Query<Option<Id>> {
    Query::first(
        Statement::new(
            "SELECT status_id FROM idempotency_keys WHERE account_id = ?1 AND key = ?2 AND created_at > ?3",
        )
        .bind(account_id)
        .bind(key)
        .bind(since),
        |row| row.id("status_id"),
    )
}

/// Forgets a key that is older than its hour, so that it can be used again.
pub fn forget_idempotency(account_id: Id, key: &str, before: Time) -> Statement {
    Statement::new("DELETE FROM idempotency_keys WHERE account_id = ?1 AND key = ?2 AND created_at <= ?3")
        .bind(account_id)
        .bind(key)
        .bind(before)
}

/// Remote accounts that boosted, favourited or answered a status: they must hear of its end.
/// At most 500 of each.
pub fn remote_interested(status: Id) -> Query<Vec<Id>> {
    Query::all(
        Statement::new(
            "SELECT DISTINCT a.id AS id FROM (\
             SELECT * FROM (SELECT account_id FROM statuses WHERE reblog_of_id = ?1 LIMIT 500) \
             UNION SELECT * FROM (SELECT account_id FROM statuses WHERE in_reply_to_id = ?1 LIMIT 500) \
             UNION SELECT * FROM (SELECT account_id FROM favourites WHERE status_id = ?1 LIMIT 500)) x \
             JOIN accounts a ON a.id = x.account_id WHERE a.domain_id IS NULL",
        )
        .bind(status),
        |row| row.id("id"),
    )
}

/// Takes back what told of the boost with this uri; before the boost itself is deleted.
pub fn withdraw_boost(uri: &str, account_id: Id) -> Statement {
    Statement::new(
        "DELETE FROM notifications WHERE type = 'reblog' AND from_account_id = ?2 AND status_id = \
         (SELECT reblog_of_id FROM statuses WHERE uri = ?1 AND account_id = ?2)",
    )
    .bind(uri)
    .bind(account_id)
}

/// By ids, newest first, as far as the viewer may see them.
pub fn visible_by_ids(ids: &[Id], viewer: Option<Id>) -> Query<Vec<StatusView>> {
    let page =
        format!("SELECT s.id FROM statuses s WHERE s.id IN (SELECT value FROM json_each(?2)) AND {VISIBLE}");
    Query::all(views(&page, viewer).bind_ids(ids), read_view)
}

/// By ActivityPub ids; no check of who may see them.
pub fn by_uris(uris: &[String]) -> Query<Vec<StatusView>> {
    let page = "SELECT id FROM statuses WHERE uri IN (SELECT value FROM json_each(?2))";
    Query::all(views(page, None).bind(to_json(&uris)), read_view)
}

/// The uri of what a status answers, here or not.
pub fn parent_uri(id: Id) -> Query<Option<String>> {
    Query::new(
        Statement::new(
            "SELECT coalesce(p.uri, s.in_reply_to_uri) AS uri FROM statuses s LEFT JOIN statuses p ON p.id = s.in_reply_to_id WHERE s.id = ?1",
        )
        .bind(id),
        |rows| rows.first().map_or(Ok(None), |row| row.opt_text("uri")),
    )
}
