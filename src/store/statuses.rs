//! statuses: rows, and the one query that loads them with all that is needed to show them.

use serde::{Deserialize, Serialize};

use super::accounts::{self, EmojiRow, emojis_json};
use super::{Query, json, opt_json, to_json};
use crate::error::Result;
use crate::model::account::{Account, Emoji};
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::poll::Poll;
use crate::model::quote::{QuotePolicy, QuoteState};
use crate::model::status::{Attachment, Edit, Flags, Mention, Status, StatusView, Visibility};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// A status as one JSON column; `@` is the table's alias. The order is that of [`PackedStatus`].
const PACKED: &str = "json_array(@.id,@.uri,@.url,@.account_id,@.is_local,@.visibility,@.in_reply_to_id,\
@.in_reply_to_account_id,@.in_reply_to_uri,@.reblog_of_id,@.conversation,@.content,@.text,@.spoiler_text,\
@.is_sensitive,@.language,json(@.mentions),json(@.tags),json(@.emojis),json(@.media),@.app_id,\
json_array(@.replies_count,@.reblogs_count,@.favourites_count,@.quotes_count),\
json_array(@.quote_of_id,@.quote_state,@.quote_policy,@.quote_uri,@.quote_stamp),json(@.poll),@.created_at,@.edited_at)";

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
    /// Replies, boosts, favourites, quotes.
    counts: (i64, i64, i64, i64),
    /// Of what, state, policy, uri, stamp.
    quote: (Option<i64>, Option<String>, i64, Option<String>, Option<String>),
    poll: Option<PollRow>,
    created_at: i64,
    edited_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct PollRow {
    options: Vec<(String, i64)>,
    #[serde(default)]
    multiple: bool,
    #[serde(default)]
    hides_totals: bool,
    expires_at: Option<i64>,
    voters: Option<i64>,
}

impl From<PollRow> for Poll {
    fn from(r: PollRow) -> Self {
        Self {
            options: r.options,
            is_multiple: r.multiple,
            hides_totals: r.hides_totals,
            expires_at: r.expires_at.map(Time),
            voters: r.voters,
        }
    }
}

pub(super) fn poll_json(poll: &Poll) -> String {
    to_json(&PollRow {
        options: poll.options.clone(),
        multiple: poll.is_multiple,
        hides_totals: poll.hides_totals,
        expires_at: poll.expires_at.map(|t| t.0),
        voters: poll.voters,
    })
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group_followers: Option<String>,
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
            replies_count: r.counts.0,
            reblogs_count: r.counts.1,
            favourites_count: r.counts.2,
            quotes_count: r.counts.3,
            quote_of_id: r.quote.0.map(Id),
            quote_state: r.quote.1.as_deref().and_then(QuoteState::parse),
            quote_policy: QuotePolicy(r.quote.2),
            quote_uri: r.quote.3,
            quote_stamp: r.quote.4,
            poll: r.poll.map(Poll::from),
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
            group_followers: r.group_followers,
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
            group_followers: m.group_followers.clone(),
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

/// Statuses with authors, boosted and quoted statuses and the viewer's flags, newest first.
///
/// `page` is a SELECT with one column `id`; it may use `?2` and up (`?1` is the viewer's account,
/// NULL for a stranger). Nothing by suspended authors. Four rows read for each status, five for a boost.
pub fn views(page: &str, viewer: Option<Id>) -> Statement {
    let me = "?1";
    let visible = visible("q", me);
    Statement::new(format!(
        "SELECT {s} AS status, {a} AS account, CASE WHEN r.id IS NOT NULL THEN {r} END AS reblog, \
         CASE WHEN ra.id IS NOT NULL THEN {ra} END AS reblog_account, ap.name AS app_name, ap.website AS app_website, \
         CASE WHEN {me} IS NOT NULL THEN json_array(\
         EXISTS (SELECT 1 FROM favourites f WHERE f.status_id = coalesce(s.reblog_of_id, s.id) AND f.account_id = {me}),\
         EXISTS (SELECT 1 FROM statuses b WHERE b.reblog_of_id = coalesce(s.reblog_of_id, s.id) AND b.account_id = {me}),\
         EXISTS (SELECT 1 FROM bookmarks b WHERE b.status_id = coalesce(s.reblog_of_id, s.id) AND b.account_id = {me}),\
         EXISTS (SELECT 1 FROM thread_mutes t WHERE t.account_id = {me} AND t.conversation = coalesce(r.conversation, s.conversation)),\
         s.account_id = {me} AND EXISTS (SELECT 1 FROM pins p WHERE p.account_id = {me} AND p.status_id = s.id),\
         json(CASE WHEN coalesce(r.poll, s.poll) IS NOT NULL THEN (SELECT json_group_array(v.choice) FROM poll_votes v \
         WHERE v.status_id = coalesce(s.reblog_of_id, s.id) AND v.account_id = {me}) END),\
         coalesce(r.account_id, s.account_id) = {me},\
         CASE WHEN coalesce(r.quote_policy, s.quote_policy) & 34 THEN EXISTS (SELECT 1 FROM follows w WHERE w.account_id = {me} \
         AND w.target_id = coalesce(r.account_id, s.account_id)) ELSE 0 END,\
         CASE WHEN coalesce(r.quote_policy, s.quote_policy) & 68 THEN EXISTS (SELECT 1 FROM follows w WHERE w.target_id = {me} \
         AND w.account_id = coalesce(r.account_id, s.account_id)) ELSE 0 END) END AS flags, \
         CASE WHEN q.id IS NOT NULL THEN {q} END AS quote, CASE WHEN qa.id IS NOT NULL THEN {qa} END AS quote_account, \
         CASE WHEN q.id IS NULL THEN NULL WHEN qa.suspended_at IS NOT NULL OR NOT {visible} THEN 'unauthorized' \
         WHEN EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = {me} AND k.target_id = q.account_id) THEN 'blocked_account' \
         WHEN EXISTS (SELECT 1 FROM account_domain_blocks d WHERE d.account_id = {me} AND d.domain = qa.domain) THEN 'blocked_domain' \
         WHEN EXISTS (SELECT 1 FROM mutes u WHERE u.account_id = {me} AND u.target_id = q.account_id) THEN 'muted_account' END AS quote_hidden, \
         CASE WHEN coalesce(r.account_id, s.account_id) = {me} THEN {receipt} END AS receipt \
         FROM ({page}) p CROSS JOIN statuses s ON s.id = p.id CROSS JOIN accounts a ON a.id = s.account_id AND a.suspended_at IS NULL \
         LEFT JOIN statuses r ON r.id = s.reblog_of_id LEFT JOIN accounts ra ON ra.id = r.account_id \
         LEFT JOIN apps ap ON ap.id = coalesce(r.app_id, s.app_id) \
         LEFT JOIN statuses q ON q.id = coalesce(r.quote_of_id, s.quote_of_id) LEFT JOIN accounts qa ON qa.id = q.account_id \
         WHERE ra.suspended_at IS NULL ORDER BY s.id DESC",
        s = packed("s"),
        a = accounts::packed_shown("a"),
        r = packed("r"),
        ra = accounts::packed_shown("ra"),
        q = packed("q"),
        qa = accounts::packed_shown("qa"),
        receipt = super::receipts::packed("coalesce(s.reblog_of_id, s.id)"),
    ))
    .bind(viewer)
}

/// The viewer's flags as [`views`] packs them: favourited, reblogged, bookmarked, thread muted, pinned, own
/// votes, is the author, follows the author, is followed by the author.
#[derive(Deserialize)]
struct PackedFlags(i64, i64, i64, i64, i64, Option<Vec<usize>>, i64, i64, i64);

/// Reads a row of [`views`].
pub fn read_view(row: &Row) -> Result<StatusView> {
    let status = read(row)?;
    let reblog = match (
        opt_json::<PackedStatus>(row, "reblog")?,
        opt_json::<accounts::Packed>(row, "reblog_account")?,
    ) {
        (Some(status), Some(account)) => Some((Status::from(status), Account::from(account))),
        _ => None,
    };
    let proper = reblog.as_ref().map_or(&status, |(inner, _)| inner);
    let flags = match opt_json::<PackedFlags>(row, "flags")? {
        None => Flags::default(),
        Some(f) => Flags {
            is_favourited: f.0 != 0,
            is_reblogged: f.1 != 0,
            is_bookmarked: f.2 != 0,
            is_muted: f.3 != 0,
            is_pinned: f.4 != 0,
            own_votes: f.5.filter(|votes| !votes.is_empty()),
            is_author: f.6 != 0,
            quoting: proper.quote_policy.allows(f.6 != 0, f.7 != 0, f.8 != 0),
            receipt: opt_json::<super::receipts::Packed>(row, "receipt")?.map(Into::into),
        },
    };
    let website = row.opt_text("app_website")?;
    let app = row.opt_text("app_name")?.map(|name| (name, website));
    let quote = match (
        opt_json::<PackedStatus>(row, "quote")?,
        opt_json::<accounts::Packed>(row, "quote_account")?,
    ) {
        (Some(status), Some(account)) => {
            let view = StatusView { status: status.into(), account: account.into(), ..StatusView::default() };
            Some(Box::new(view))
        }
        _ => None,
    };
    let quote_hidden = row.opt_text("quote_hidden")?.as_deref().and_then(hidden_name);
    let account: Account = json::<accounts::Packed>(row, "account")?.into();
    Ok(match reblog {
        None => StatusView { status, account, reblog: None, app, quote, quote_hidden, flags },
        Some((inner, author)) => {
            let inner = StatusView {
                status: inner,
                account: author,
                reblog: None,
                app: app.clone(),
                quote,
                quote_hidden,
                flags: Flags { is_pinned: false, ..flags.clone() },
            };
            StatusView { status, account, reblog: Some(Box::new(inner)), app, flags, ..StatusView::default() }
        }
    })
}

fn hidden_name(text: &str) -> Option<&'static str> {
    ["unauthorized", "blocked_account", "blocked_domain", "muted_account"].into_iter().find(|n| *n == text)
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
        views(&format!("SELECT s.id FROM statuses s WHERE s.id = ?2 AND {}", *VISIBLE), viewer).bind(id),
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
        views(&format!("SELECT s.id FROM statuses s WHERE s.uri = ?2 AND {}", *VISIBLE), viewer).bind(uri),
        read_view,
    )
}

/// The condition under which the viewer `?1` may see the status `s`.
pub static VISIBLE: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| visible("s", "?1"));

/// The condition under which `me` may see the status `s`: what is public or unlisted, what is their own, what
/// mentions them, and what is for followers where they follow; never where the author blocks them.
pub fn visible(s: &str, me: &str) -> String {
    format!(
        "(({s}.visibility <= 1 OR {s}.account_id = {me} \
         OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = {me} AND m.status_id = {s}.id) \
         OR ({s}.visibility = 2 AND EXISTS (SELECT 1 FROM follows w WHERE w.account_id = {me} AND w.target_id = {s}.account_id))) \
         AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = {s}.account_id AND k.target_id = {me}))"
    )
}

/// Adds a status and answers its `id`; no row where the uri is known or deleted, or for a second
/// boost by the same account. An id that is taken is an error: the caller tries another.
pub fn insert(s: &Status) -> Statement {
    Statement::new(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, in_reply_to_id, in_reply_to_account_id, \
         in_reply_to_uri, reblog_of_id, conversation, content, text, spoiler_text, is_sensitive, language, mentions, \
         tags, emojis, media, app_id, created_at, edited_at, quote_of_id, quote_state, quote_policy, poll, quote_uri, quote_stamp) \
         SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29 \
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
    .bind(s.quote_of_id)
    .bind(s.quote_state.map(QuoteState::as_str))
    .bind(s.quote_policy.0)
    .bind(s.poll.as_ref().map(poll_json))
    .bind(s.quote_uri.clone())
    .bind(s.quote_stamp.clone())
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
    if let (true, Some(expires_at)) = (s.is_local, s.poll.as_ref().and_then(|p| p.expires_at)) {
        all.push(close_poll_at(&s.uri, expires_at));
    }
    all
}

/// The links of a status that the same batch has added.
pub fn insert_links(uri: &str, links: &[String]) -> Statement {
    Statement::new(
        "INSERT INTO status_links (url, status_id) SELECT j.value, s.id FROM statuses s, json_each(?2) j \
         WHERE s.uri = ?1 ON CONFLICT DO NOTHING",
    )
    .bind(uri)
    .bind(to_json(&links))
}

/// A poll of the status with this uri is to be closed at its time.
pub fn close_poll_at(uri: &str, expires_at: Time) -> Statement {
    Statement::new(
        "INSERT INTO open_polls (status_id, expires_at) SELECT id, ?2 FROM statuses WHERE uri = ?1 \
         ON CONFLICT (status_id) DO UPDATE SET expires_at = excluded.expires_at",
    )
    .bind(uri)
    .bind(expires_at)
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
    let is_newer = "id = ?1 AND account_id = ?2 AND coalesce(edited_at, 0) < coalesce(?3, 0)";
    let mut all = vec![
        // What is replaced is kept, where there is a difference to see.
        Statement::new(format!(
            "INSERT INTO status_edits (status_id, created_at, content, spoiler_text, is_sensitive, media, poll) \
             SELECT id, coalesce(edited_at, created_at), content, spoiler_text, is_sensitive, media, poll FROM statuses WHERE {is_newer} \
             AND (content <> ?4 OR spoiler_text <> ?5 OR is_sensitive <> ?6 OR media <> ?7 OR coalesce(poll, '') <> coalesce(?8, '')) \
             ON CONFLICT DO NOTHING"
        ))
        .bind(s.id)
        .bind(s.account_id)
        .bind(s.edited_at)
        .bind(&s.content)
        .bind(&s.spoiler_text)
        .bind(s.is_sensitive)
        .bind(media_json(&s.media))
        .bind(s.poll.as_ref().map(poll_json)),
        // Another question is another vote.
        Statement::new(format!(
            "DELETE FROM poll_votes WHERE status_id = (SELECT id FROM statuses WHERE {is_newer} AND poll IS NOT NULL) \
             AND (SELECT (SELECT group_concat(json_extract(o.value, '$[0]'), char(10)) FROM json_each(poll, '$.options') o) FROM statuses WHERE id = ?1) \
             IS NOT (SELECT group_concat(json_extract(o.value, '$[0]'), char(10)) FROM json_each(coalesce(?4, '{{}}'), '$.options') o)"
        ))
        .bind(s.id)
        .bind(s.account_id)
        .bind(s.edited_at)
        .bind(s.poll.as_ref().map(poll_json)),
        Statement::new(
            "UPDATE statuses SET content = ?3, text = ?4, spoiler_text = ?5, is_sensitive = ?6, language = ?7, \
             mentions = ?8, tags = ?9, emojis = ?10, media = ?11, poll = ?13, edited_at = ?12 \
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
        .bind(s.edited_at)
        .bind(s.poll.as_ref().map(poll_json)),
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

/// Remote accounts that boosted, favourited, quoted or answered a status, and whom it quotes: they must hear of
/// its end.
/// At most 500 of each.
pub fn remote_interested(status: Id) -> Query<Vec<Id>> {
    Query::all(
        Statement::new(
            "SELECT DISTINCT a.id AS id FROM (\
             SELECT * FROM (SELECT account_id FROM statuses WHERE reblog_of_id = ?1 LIMIT 500) \
             UNION SELECT * FROM (SELECT account_id FROM statuses WHERE in_reply_to_id = ?1 LIMIT 500) \
             UNION SELECT * FROM (SELECT account_id FROM statuses INDEXED BY statuses_quotes WHERE quote_of_id = ?1 LIMIT 500) \
             UNION SELECT q.account_id FROM statuses s CROSS JOIN statuses q ON q.id = s.quote_of_id WHERE s.id = ?1 \
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
    let page = format!(
        "SELECT s.id FROM statuses s WHERE s.id IN (SELECT value FROM json_each(?2)) AND {}",
        *VISIBLE
    );
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

/// Who may quote a status from now on.
pub fn set_quote_policy(id: Id, account: Id, policy: QuotePolicy) -> Statement {
    Statement::new(
        "UPDATE statuses SET quote_policy = ?3 WHERE id = ?1 AND account_id = ?2 AND quote_policy <> ?3",
    )
    .bind(id)
    .bind(account)
    .bind(policy.0)
}

/// A quote of `quoted` stands otherwise from now on.
pub fn set_quote_state(quoting: Id, quoted: Id, state: QuoteState) -> Statement {
    Statement::new(
        "UPDATE statuses SET quote_state = ?3 WHERE id = ?1 AND quote_of_id = ?2 AND quote_state <> ?3",
    )
    .bind(quoting)
    .bind(quoted)
    .bind(state.as_str())
}

/// A page of the accepted quotes of a status that the viewer may see.
pub fn quotes(status: Id, viewer: Option<Id>, page: &Page) -> Query<Vec<StatusView>> {
    let (max, min) = super::timelines::bounds(page);
    let order = super::timelines::direction(page);
    let ids = format!(
        "SELECT s.id AS id FROM statuses s INDEXED BY statuses_quotes WHERE s.quote_of_id = ?5 AND s.quote_state = 'accepted' \
         AND s.id < ?2 AND s.id > ?3 AND {} ORDER BY s.id {order} LIMIT ?4",
        *VISIBLE
    );
    Query::all(views(&ids, viewer).bind(max).bind(min).bind(page.limit).bind(status), read_view)
}

/// The earlier texts of a status, oldest first: at most 100.
pub fn edits(status: Id) -> Query<Vec<Edit>> {
    Query::all(
        Statement::new(
            "SELECT created_at, content, spoiler_text, is_sensitive, media, poll FROM status_edits \
             WHERE status_id = ?1 ORDER BY created_at LIMIT 100",
        )
        .bind(status),
        |row| {
            let media: Vec<MediaRow> = json(row, "media")?;
            Ok(Edit {
                created_at: row.time("created_at")?,
                content: row.text("content")?,
                spoiler_text: row.text("spoiler_text")?,
                is_sensitive: row.bool("is_sensitive")?,
                media: media.into_iter().map(Attachment::from).collect(),
                poll: opt_json::<PollRow>(row, "poll")?.map(Poll::from),
            })
        },
    )
}
