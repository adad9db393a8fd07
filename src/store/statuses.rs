//! statuses: rows, and the one query that loads them with all that is needed to show them.

use serde_json::{Value, json};

use super::accounts::{self, emojis_json};
use super::fields::{self, Fields};
use super::{Query, opt_unpacked, to_json, unpacked};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::interaction::Rules;
use crate::model::page::Page;
use crate::model::poll::Poll;
use crate::model::quote::{QuotePolicy, QuoteState};
use crate::model::reaction::Reaction;
use crate::model::status::{Attachment, Edit, Flags, Mention, Status, StatusView, Visibility};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// A status as one JSON column; `@` is the table's alias. The order is that of [`unpack`].
const PACKED: &str = "json_array(@.id,@.uri,@.url,@.account_id,@.is_local,@.visibility,@.in_reply_to_id,\
@.in_reply_to_account_id,@.in_reply_to_uri,@.reblog_of_id,@.conversation,@.content,@.text,@.spoiler_text,\
@.is_sensitive,@.language,json(@.mentions),json(@.tags),json(@.emojis),json(@.media),@.app_id,\
json_array(max(@.replies_count,ifnull(json_extract(@.remote_counts,'$[0]'),0)),\
max(@.reblogs_count,ifnull(json_extract(@.remote_counts,'$[1]'),0)),\
max(@.favourites_count,ifnull(json_extract(@.remote_counts,'$[2]'),0)),@.quotes_count,json(@.reactions)),\
json_array(@.quote_of_id,@.quote_state,@.quote_policy,@.quote_uri,@.quote_stamp,@.interaction_rules,@.approval),json(@.poll),@.created_at,@.edited_at)";

/// Reads what [`packed`] selects.
fn unpack(f: &mut Fields) -> Status {
    let mut status = Status {
        id: f.id(),
        uri: f.text(),
        url: f.text(),
        account_id: f.id(),
        is_local: f.truth(),
        visibility: Visibility::from_int(f.int()),
        in_reply_to_id: f.opt_id(),
        in_reply_to_account_id: f.opt_id(),
        in_reply_to_uri: f.opt_text(),
        reblog_of_id: f.opt_id(),
        conversation: f.opt_text(),
        content: f.text(),
        text: f.opt_text(),
        spoiler_text: f.text(),
        is_sensitive: f.truth(),
        language: f.opt_text(),
        mentions: f.objects(read_mention),
        tags: f.each(Fields::text),
        emojis: accounts::read_emojis(f),
        media: f.objects(read_media),
        app_id: f.opt_id(),
        ..Status::default()
    };
    f.opt_inner(|f| {
        status.replies_count = f.int();
        status.reblogs_count = f.int();
        status.favourites_count = f.int();
        status.quotes_count = f.int();
        status.reactions = read_reactions(&f.value());
    });
    f.opt_inner(|f| {
        status.quote_of_id = f.opt_id();
        status.quote_state = f.opt_text().as_deref().and_then(QuoteState::parse);
        status.quote_policy = QuotePolicy(f.int());
        status.quote_uri = f.opt_text();
        status.quote_stamp = f.opt_text();
        status.rules = Rules(f.int());
        status.approval = f.opt_text();
    });
    status.poll = read_poll(&f.value());
    status.created_at = f.time();
    status.edited_at = f.opt_time();
    status
}

/// `{name: [how many, picture of a custom emoji]}`, the most first.
fn read_reactions(v: &Value) -> Vec<Reaction> {
    let mut all: Vec<Reaction> = v
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, found)| Reaction {
            name: name.clone(),
            count: found.get(0).and_then(Value::as_i64).unwrap_or(0),
            url: found.get(1).and_then(Value::as_str).map(str::to_owned),
        })
        .collect();
    all.sort_by_key(|r| std::cmp::Reverse(r.count));
    all
}

/// `{options: [[title, votes]], multiple, hides_totals, expires_at, voters}`
fn read_poll(v: &Value) -> Option<Poll> {
    let options = v.get("options")?.as_array()?;
    Some(Poll {
        options: options
            .iter()
            .map(|o| {
                let title = o.get(0).and_then(Value::as_str).unwrap_or("").to_owned();
                (title, o.get(1).and_then(Value::as_i64).unwrap_or(0))
            })
            .collect(),
        is_multiple: fields::truth(v, "multiple"),
        hides_totals: fields::truth(v, "hides_totals"),
        expires_at: fields::opt_int(v, "expires_at").map(Time),
        voters: fields::opt_int(v, "voters"),
    })
}

pub(super) fn poll_json(poll: &Poll) -> String {
    json!({
        "options": poll.options,
        "multiple": poll.is_multiple,
        "hides_totals": poll.hides_totals,
        "expires_at": poll.expires_at.map(|t| t.0),
        "voters": poll.voters,
    })
    .to_string()
}

fn read_mention(v: &Value) -> Mention {
    Mention {
        id: Id(fields::opt_int(v, "id").unwrap_or(0)),
        username: fields::text(v, "username"),
        domain: fields::text(v, "domain"),
        url: fields::text(v, "url"),
        uri: fields::text(v, "uri"),
        is_local: fields::truth(v, "local"),
        is_silent: fields::truth(v, "silent"),
        group_followers: fields::opt_text(v, "group_followers"),
    }
}

fn mentions_json(mentions: &[Mention]) -> String {
    let rows = mentions
        .iter()
        .map(|m| {
            json!({
                "id": m.id.0,
                "username": m.username,
                "domain": m.domain,
                "url": m.url,
                "uri": m.uri,
                "local": m.is_local,
                "silent": m.is_silent,
                "group_followers": m.group_followers,
            })
        })
        .collect::<Value>();
    rows.to_string()
}

fn read_media(v: &Value) -> Attachment {
    let focus = |at: usize| v.get("focus").and_then(|f| f.get(at)).and_then(Value::as_f64);
    Attachment {
        kind: fields::text(v, "kind"),
        media_type: fields::text(v, "media_type"),
        url: fields::text(v, "url"),
        preview_url: fields::opt_text(v, "preview_url"),
        remote_url: fields::opt_text(v, "remote_url"),
        description: fields::opt_text(v, "description"),
        blurhash: fields::opt_text(v, "blurhash"),
        width: fields::opt_int(v, "width"),
        height: fields::opt_int(v, "height"),
        focus: focus(0).zip(focus(1)),
    }
}

fn media_json(media: &[Attachment]) -> String {
    let rows = media
        .iter()
        .map(|m| {
            json!({
                "kind": m.kind,
                "media_type": m.media_type,
                "url": m.url,
                "preview_url": m.preview_url,
                "remote_url": m.remote_url,
                "description": m.description,
                "blurhash": m.blurhash,
                "width": m.width,
                "height": m.height,
                "focus": m.focus,
            })
        })
        .collect::<Value>();
    rows.to_string()
}

/// The SQL expression for a status of the table alias, as the column `status`.
pub fn packed(alias: &str) -> String {
    PACKED.replace('@', alias)
}

/// Reads the column `status` that [`packed`] made.
pub fn read(row: &Row) -> Result<Status> {
    unpacked(row, "status", unpack)
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
         json(CASE WHEN coalesce(r.reactions, s.reactions) <> '{{}}' THEN (SELECT json_group_array(x.name) FROM reactions x \
         WHERE x.status_id = coalesce(s.reblog_of_id, s.id) AND x.account_id = {me}) END),\
         coalesce(r.account_id, s.account_id) = {me},\
         CASE WHEN {rules} & {followers}  THEN EXISTS (SELECT 1 FROM follows w WHERE w.account_id = {me} \
         AND w.target_id = coalesce(r.account_id, s.account_id)) ELSE 0 END,\
         CASE WHEN {rules} & {following}  THEN EXISTS (SELECT 1 FROM follows w WHERE w.target_id = {me} \
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
        rules = "(coalesce(r.quote_policy, s.quote_policy) | coalesce(r.interaction_rules, s.interaction_rules))",
        // Rules for followers and for the followed, at once or asked, whatever they are for.
        followers = 0x0022_2222,
        following = 0x0044_4444,
        receipt = super::receipts::packed("coalesce(s.reblog_of_id, s.id)"),
    ))
    .bind(viewer)
}

/// A status and its author in two columns.
fn pair(row: &Row, status: &str, account: &str) -> Result<Option<(Status, Account)>> {
    let (status, account) =
        (opt_unpacked(row, status, unpack)?, opt_unpacked(row, account, accounts::unpack)?);
    Ok(status.zip(account))
}

/// The viewer's flags as [`views`] packs them, of a status with this policy.
fn unpack_flags(f: &mut Fields, policy: QuotePolicy) -> Flags {
    let flags = Flags {
        is_favourited: f.truth(),
        is_reblogged: f.truth(),
        is_bookmarked: f.truth(),
        is_muted: f.truth(),
        is_pinned: f.truth(),
        own_votes: Some(f.each(|f| f.int() as usize)).filter(|votes| !votes.is_empty()),
        own_reactions: f.each(Fields::text),
        is_author: f.truth(),
        ..Flags::default()
    };
    let (is_follower, is_followed) = (f.truth(), f.truth());
    let quoting = policy.allows(flags.is_author, is_follower, is_followed);
    Flags { is_follower, is_followed, quoting, ..flags }
}

/// Reads a row of [`views`].
pub fn read_view(row: &Row) -> Result<StatusView> {
    let status = read(row)?;
    let reblog = pair(row, "reblog", "reblog_account")?;
    let policy = reblog.as_ref().map_or(&status, |(inner, _)| inner).quote_policy;
    let flags = match opt_unpacked(row, "flags", |f| unpack_flags(f, policy))? {
        None => Flags::default(),
        Some(flags) => Flags { receipt: opt_unpacked(row, "receipt", super::receipts::unpack)?, ..flags },
    };
    let website = row.opt_text("app_website")?;
    let app = row.opt_text("app_name")?.map(|name| (name, website));
    let quote = pair(row, "quote", "quote_account")?
        .map(|(status, account)| Box::new(StatusView { status, account, ..StatusView::default() }));
    let quote_hidden = row.opt_text("quote_hidden")?.as_deref().and_then(hidden_name);
    let account = accounts::read(row)?;
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
/// boost by the same account. An id that is taken is an error: the caller tries another. A local uri is made of
/// the id, so that it is taken as well.
pub fn insert(s: &Status) -> Statement {
    let known = if s.is_local { "" } else { "ON CONFLICT (uri) DO NOTHING" };
    Statement::new(format!(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, in_reply_to_id, in_reply_to_account_id, \
         in_reply_to_uri, reblog_of_id, conversation, content, text, spoiler_text, is_sensitive, language, mentions, \
         tags, emojis, media, app_id, created_at, edited_at, quote_of_id, quote_state, quote_policy, poll, quote_uri, quote_stamp, interaction_rules, approval) \
         SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,?30,?31 \
         WHERE NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.uri = ?2 AND coalesce(t.account_id, ?4) = ?4) \
         {known} ON CONFLICT (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL DO NOTHING RETURNING id"
    ))
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
    .bind(s.rules.0)
    .bind(s.approval.clone())
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
             UNION SELECT * FROM (SELECT * FROM (SELECT account_id FROM favourites WHERE status_id = ?1 LIMIT 500) \
             UNION SELECT * FROM (SELECT account_id FROM reactions WHERE status_id = ?1 LIMIT 500))) x \
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

/// Those of these ids that are here.
pub fn known_uris(uris: &[String]) -> Query<Vec<String>> {
    Query::all(
        Statement::new("SELECT uri FROM statuses WHERE uri IN (SELECT value FROM json_each(?1))")
            .bind(to_json(&uris)),
        |row| row.text("uri"),
    )
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

/// Who may quote a status from now on, and do what else with it.
pub fn set_policies(id: Id, account: Id, quoting: QuotePolicy, rules: Rules) -> Statement {
    Statement::new(
        "UPDATE statuses SET quote_policy = ?3, interaction_rules = ?4 WHERE id = ?1 AND account_id = ?2 \
         AND (quote_policy <> ?3 OR interaction_rules <> ?4)",
    )
    .bind(id)
    .bind(account)
    .bind(quoting.0)
    .bind(rules.0)
}

/// An answer or boost has its leave: the first that is given stays.
pub fn approve(id: Id, proof: &str) -> Statement {
    Statement::new("UPDATE statuses SET approval = ?2 WHERE id = ?1 AND coalesce(approval, '') = ''")
        .bind(id)
        .bind(proof)
}

/// From now on only those see a status whom it names.
pub fn withdraw_from_others(id: Id) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE accounts SET statuses_count = max(statuses_count - 1, 0) \
             WHERE id = (SELECT account_id FROM statuses WHERE id = ?1 AND visibility <> 3)",
        )
        .bind(id),
        Statement::new("UPDATE statuses SET visibility = 3, approval = NULL WHERE id = ?1").bind(id),
    ]
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
            let poll = row.opt_text("poll")?.map(|text| serde_json::from_str(&text)).transpose()?;
            let media: Vec<Value> = serde_json::from_str(&row.text("media")?)?;
            Ok(Edit {
                created_at: row.time("created_at")?,
                content: row.text("content")?,
                spoiler_text: row.text("spoiler_text")?,
                is_sensitive: row.bool("is_sensitive")?,
                media: media.iter().map(read_media).collect(),
                poll: poll.as_ref().and_then(read_poll),
            })
        },
    )
}
