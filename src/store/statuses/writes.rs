//! Inserts, changes and deletes statuses.

use super::rows::{media_json, mentions_json, poll_json};
use crate::model::id::Id;
use crate::model::interaction::Rules;
use crate::model::quote::{QuotePolicy, QuoteState};
use crate::model::status::Status;
use crate::model::time::{HOUR, Time};
use crate::platform::sql::Statement;
use crate::store::accounts::emojis_json;
use crate::store::changes::{EDITED, GONE, NEW};
use crate::store::{to_json, uris};

/// Inserts a status and returns its `id`; no row if the uri is stored or deleted, for a second boost by
/// the same account, or for a boost by whom the author blocks. A used id is an error: the caller tries another one. A local uri contains the id, so it
/// is used as well.
pub fn insert(s: &Status) -> Statement {
    insert_with(s, NEW)
}

/// As [`insert`], of what live streams do not tell of.
pub fn insert_untold(s: &Status) -> Statement {
    insert_with(s, "RETURNING id")
}

fn insert_with(s: &Status, returning: &str) -> Statement {
    let s = &*s.fitting();
    let is_known = uris::is("known", "?2");
    let is_derived = uris::is_derived("?1", "?2");
    let is_withdrawn = crate::store::tombstones::is_withdrawn("?2", "?4");
    Statement::new(format!(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, in_reply_to_id, in_reply_to_account_id, \
         in_reply_to_uri, reblog_of_id, conversation, content, text, spoiler_text, is_sensitive, language, mentions, \
         tags, emojis, media, app_id, created_at, edited_at, quote_of_id, quote_state, quote_policy, poll, quote_uri, quote_stamp, interaction_rules, approval, card_url, stored_at, is_derived) \
         SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,?30,?31,?32,\
         iif(?5 = 0 AND unixepoch() * 1000 - ?22 > {HOUR}, unixepoch() * 1000, NULL), {is_derived} \
         WHERE NOT {is_withdrawn} AND (?5 = 1 OR NOT EXISTS (SELECT 1 FROM statuses known WHERE {is_known})) \
         AND (?10 IS NULL OR NOT EXISTS (SELECT 1 FROM statuses o CROSS JOIN blocks k ON k.account_id = o.account_id AND k.target_id = ?4 \
         WHERE o.id = ?10)) \
         ON CONFLICT (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL DO NOTHING {returning}"
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
    .bind(s.card_url.clone())
}

/// Rows of `mentions` and `status_tags` for a status that the same batch has inserted or changed; none
/// otherwise.
pub fn insert_details(s: &Status) -> Vec<Statement> {
    let s = &*s.fitting();
    let mut all = Vec::new();
    let local: Vec<_> =
        s.mentions.iter().filter(|m| m.is_local).map(|m| (m.id.0, i64::from(m.is_silent))).collect();
    if !local.is_empty() {
        all.push(
            Statement::new(format!(
                "INSERT INTO mentions (account_id, status_id, is_silent, is_direct) \
                 SELECT json_extract(j.value, '$[0]'), s.id, json_extract(j.value, '$[1]'), s.visibility = 3 \
                 FROM statuses s, json_each(?2) j WHERE {} AND s.edited_at IS ?3 ON CONFLICT DO NOTHING",
                uris::is("s", "?1")
            ))
            .bind(&s.uri)
            .bind(to_json(&local))
            .bind(s.edited_at),
        );
    }
    if !s.tags.is_empty() && s.visibility.is_distributable() {
        all.push(
            Statement::new(format!(
                "INSERT INTO status_tags (tag, status_id) SELECT j.value, s.id FROM statuses s, json_each(?2) j \
                 WHERE {} AND s.edited_at IS ?3 ON CONFLICT DO NOTHING",
                uris::is("s", "?1")
            ))
            .bind(&s.uri)
            .bind(to_json(&s.tags))
            .bind(s.edited_at),
        );
    }
    if let (true, Some(expires_at)) = (s.is_local, s.poll.as_ref().and_then(|p| p.expires_at)) {
        all.push(close_poll_at(&s.uri, expires_at));
    }
    all
}

/// The links of a status that the same batch has inserted.
pub fn insert_links(uri: &str, links: &[String]) -> Statement {
    Statement::new(format!(
        "INSERT INTO status_links (url, status_id) SELECT j.value, s.id FROM statuses s, json_each(?2) j \
         WHERE {} ON CONFLICT DO NOTHING",
        uris::is("s", "?1")
    ))
    .bind(uri)
    .bind(to_json(&links))
}

/// Sets the links of a status whose edit the same batch has stored.
pub fn replace_links(s: &Status, links: &[String]) -> [Statement; 2] {
    let is_stored = "EXISTS (SELECT 1 FROM statuses WHERE id = ?1 AND edited_at IS ?3 AND visibility = 0)";
    [
        Statement::new(format!(
            "DELETE FROM status_links WHERE status_id = ?1 AND url NOT IN (SELECT value FROM json_each(?2)) AND {is_stored}"
        )),
        Statement::new(format!(
            "INSERT INTO status_links (url, status_id) SELECT j.value, ?1 FROM json_each(?2) j WHERE {is_stored} \
             ON CONFLICT DO NOTHING"
        )),
    ]
    .map(|statement| statement.bind(s.id).bind(to_json(&links)).bind(s.edited_at))
}

/// Inserts polls (SQL: `status_id` and `expires_at`) that are to be closed at their end, or sets another end.
pub(in crate::store) fn close_polls(rows: &str) -> String {
    format!(
        "INSERT INTO open_polls (status_id, expires_at) {rows} \
         ON CONFLICT (status_id) DO UPDATE SET expires_at = excluded.expires_at, attempts = 0"
    )
}

/// The poll of the status with this uri is to be closed at its end, if the stored version has one.
fn close_poll_at(uri: &str, expires_at: Time) -> Statement {
    let is_it = uris::is("statuses", "?1");
    Statement::new(close_polls(&format!("SELECT id, ?2 FROM statuses WHERE {is_it} AND poll IS NOT NULL")))
        .bind(uri)
        .bind(expires_at)
}

/// Sets the parent of replies that arrived before it: not of those that were brought along, which nobody was told of.
/// None of those that the parent replies to itself, so that threads have no cycles.
pub fn adopt_replies(parent: &Status) -> Statement {
    Statement::new(
        "UPDATE statuses SET in_reply_to_id = ?2, in_reply_to_account_id = ?3, in_reply_to_uri = NULL \
         WHERE in_reply_to_uri = ?1 AND in_reply_to_uri IS NOT NULL AND brought_uri IS NULL \
         AND EXISTS (SELECT 1 FROM statuses p WHERE p.id = ?2) \
         AND id NOT IN (WITH RECURSIVE up (id) AS (SELECT ?2 UNION SELECT s.in_reply_to_id FROM up JOIN statuses s ON s.id = up.id \
         WHERE s.in_reply_to_id IS NOT NULL LIMIT 200) SELECT id FROM up)",
    )
    .bind(&parent.uri)
    .bind(parent.id)
    .bind(parent.account_id)
}

/// Marks those of these statuses of an account that have media as sensitive. Of statuses of this instance that is an edit: other
/// servers take nothing that is not newer than what they have.
pub fn mark_sensitive(account: Id, ids: &[Id], now: Time) -> Vec<Statement> {
    let which =
        "id IN (SELECT value FROM json_each(?2)) AND account_id = ?1 AND is_sensitive = 0 AND media <> '[]'";
    let keep = Statement::new(format!(
        "INSERT INTO status_edits (status_id, created_at, content, spoiler_text, is_sensitive, media, poll) \
         SELECT id, coalesce(edited_at, created_at), content, spoiler_text, is_sensitive, media, poll FROM statuses \
         WHERE {which} AND is_local = 1 \
         AND (SELECT count(*) FROM status_edits e WHERE e.status_id = statuses.id) < {MAX_EDITS} ON CONFLICT DO NOTHING"
    ));
    let mark = Statement::new(format!(
        "UPDATE statuses SET is_sensitive = 1, edited_at = iif(is_local = 1, ?3, edited_at) WHERE {which} {EDITED}"
    ));
    vec![keep.bind(account).bind_ids(ids), mark.bind(account).bind_ids(ids).bind(now)]
}

/// How many versions of a status are kept: the earliest.
pub(super) const MAX_EDITS: usize = 100;

/// Stores an edit, of the author only, and only if it is newer than the stored version.
pub fn update_content(s: &Status) -> Vec<Statement> {
    let s = &*s.fitting();
    let is_newer = "id = ?1 AND account_id = ?2 AND max(coalesce(edited_at, 0), coalesce(refreshed_at, 0)) < coalesce(?3, 0)";
    let mut all = vec![
        // The replaced version is kept if there is a visible difference.
        Statement::new(format!(
            "INSERT INTO status_edits (status_id, created_at, content, spoiler_text, is_sensitive, media, poll) \
             SELECT id, coalesce(edited_at, created_at), content, spoiler_text, is_sensitive, media, poll FROM statuses WHERE {is_newer} \
             AND (SELECT count(*) FROM status_edits e WHERE e.status_id = statuses.id) < {MAX_EDITS} \
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
        // A changed poll resets the votes.
        Statement::new(format!(
            "DELETE FROM poll_votes WHERE status_id = (SELECT id FROM statuses WHERE {is_newer} AND poll IS NOT NULL) \
             AND (SELECT (SELECT group_concat(json_extract(o.value, '$[0]'), char(10)) FROM json_each(poll, '$.options') o) FROM statuses WHERE id = ?1) \
             IS NOT (SELECT group_concat(json_extract(o.value, '$[0]'), char(10)) FROM json_each(coalesce(?4, '{{}}'), '$.options') o)"
        ))
        .bind(s.id)
        .bind(s.account_id)
        .bind(s.edited_at)
        .bind(s.poll.as_ref().map(poll_json)),
        Statement::new(format!(
            "UPDATE statuses SET content = ?3, text = ?4, spoiler_text = ?5, is_sensitive = ?6, language = ?7, \
             mentions = ?8, tags = ?9, emojis = ?10, media = ?11, poll = ?13, edited_at = ?12, card_url = ?14 \
             WHERE id = ?1 AND account_id = ?2 AND max(coalesce(edited_at, 0), coalesce(refreshed_at, 0)) < coalesce(?12, 0) {EDITED}",
        ))
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
        .bind(s.poll.as_ref().map(poll_json))
        .bind(s.card_url.clone()),
        drop_tags(s),
    ];
    all.extend(insert_details(s));
    all
}

/// Deletes the hashtags that the stored version of a status no longer has.
fn drop_tags(s: &Status) -> Statement {
    Statement::new(
        "DELETE FROM status_tags WHERE status_id = ?1 AND tag NOT IN (SELECT value FROM json_each(?2)) \
         AND EXISTS (SELECT 1 FROM statuses WHERE id = ?1 AND edited_at IS ?3)",
    )
    .bind(s.id)
    .bind(to_json(&s.tags))
    .bind(s.edited_at)
}

/// Stores what a remote server changed in a status without an edit (`edited_at` stays), if it is newer than
/// the stored version.
pub fn refresh_content(s: &Status, at: Time) -> Vec<Statement> {
    let mut all = vec![
        Statement::new(format!(
            "UPDATE statuses SET content = ?3, language = ?4, mentions = ?5, tags = ?6, emojis = ?7, media = ?8, refreshed_at = ?9, card_url = ?10 \
             WHERE id = ?1 AND account_id = ?2 AND max(coalesce(edited_at, 0), coalesce(refreshed_at, 0)) < ?9 {EDITED}",
        ))
        .bind(s.id)
        .bind(s.account_id)
        .bind(&s.content)
        .bind(s.language.clone())
        .bind(mentions_json(&s.mentions))
        .bind(to_json(&s.tags))
        .bind(emojis_json(&s.emojis))
        .bind(media_json(&s.media))
        .bind(at)
        .bind(s.card_url.clone()),
        drop_tags(s),
    ];
    all.extend(insert_details(s));
    all
}

/// Deletes a status with its boosts, favourites, mentions and notifications, if it is the account's.
pub fn delete(id: Id, account_id: Id) -> Statement {
    Statement::new(format!("DELETE FROM statuses WHERE id = ?1 AND account_id = ?2 {GONE}"))
        .bind(id)
        .bind(account_id)
}

/// Deletes an account's boost of a status.
pub fn delete_boost(status: Id, account: Id) -> Statement {
    Statement::new(format!("DELETE FROM statuses WHERE reblog_of_id = ?1 AND account_id = ?2 {GONE}"))
        .bind(status)
        .bind(account)
}

/// Like [`delete`], by uri.
pub fn delete_by_uri(uri: &str, account_id: Id) -> Statement {
    let is_it = uris::is("statuses", "?1");
    Statement::new(format!("DELETE FROM statuses WHERE {is_it} AND account_id = ?2 {GONE}"))
        .bind(uri)
        .bind(account_id)
}

/// Stores an Idempotency-Key with its status.
pub fn remember_idempotency(account_id: Id, key: &str, status_id: Id, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO idempotency_keys (account_id, key, status_id, created_at) VALUES (?1, ?2, ?3, ?4)",
    )
    .bind(account_id)
    .bind(key)
    .bind(status_id)
    .bind(now)
}

/// Deletes a key that is older than an hour, so that it can be used again.
pub fn forget_idempotency(account_id: Id, key: &str, before: Time) -> Statement {
    Statement::new("DELETE FROM idempotency_keys WHERE account_id = ?1 AND key = ?2 AND created_at <= ?3")
        .bind(account_id)
        .bind(key)
        .bind(before)
}

/// Sets the policies of a status.
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

/// A reply or boost was approved: the first approval is kept.
pub fn approve(id: Id, proof: &str) -> Statement {
    Statement::new("UPDATE statuses SET approval = ?2 WHERE id = ?1 AND coalesce(approval, '') = ''")
        .bind(id)
        .bind(proof)
}

/// From now on only mentioned accounts see the status, and no hashtag or link lists it.
pub fn withdraw_from_others(id: Id) -> [Statement; 3] {
    [
        Statement::new("UPDATE statuses SET visibility = 3, approval = NULL WHERE id = ?1").bind(id),
        Statement::new("DELETE FROM status_tags WHERE status_id = ?1").bind(id),
        Statement::new("DELETE FROM status_links WHERE status_id = ?1").bind(id),
    ]
}

/// Sets the state of a quote of `quoted`.
pub fn set_quote_state(quoting: Id, quoted: Id, state: QuoteState) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET quote_state = ?3 WHERE id = ?1 AND quote_of_id = ?2 AND quote_state <> ?3 {EDITED}"
    ))
    .bind(quoting)
    .bind(quoted)
    .bind(state.as_str())
}
