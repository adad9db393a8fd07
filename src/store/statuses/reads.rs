//! Reads of statuses by id, uri and the like.

use serde_json::Value;

use super::rows::{packed, read_media, read_poll};
use super::views::{VISIBLE, newest_first, page_of, pair, read_view, view, views};
use super::writes::MAX_EDITS;
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::model::status::{Edit, StatusView};
use crate::model::time::Time;
use crate::platform::sql::Statement;
use crate::store::pages::{lengths, within_budget};
use crate::store::{Query, accounts, to_json, uris};

/// By ids, newest first; unknown ids are left out. Does not check who may see them.
pub fn by_ids(ids: &[Id], viewer: Option<Id>) -> Query<Vec<StatusView>> {
    newest_first(views("SELECT value AS id FROM json_each(?2)", viewer).bind_ids(ids))
}

/// Like [`by_ids`], within the budget of a page.
pub fn first_of(ids: &[Id], viewer: Option<Id>) -> Query<Listed<StatusView>> {
    page_of(views("SELECT value AS id FROM json_each(?2)", viewer).bind_ids(ids), ids.len())
}

/// Like [`first_of`], of those that the viewer may see.
pub fn first_visible_of(ids: &[Id], viewer: Option<Id>) -> Query<Listed<StatusView>> {
    let page = format!(
        "SELECT s.id AS id FROM json_each(?2) j CROSS JOIN statuses s ON s.id = j.value WHERE {}",
        *VISIBLE
    );
    page_of(views(&page, viewer).bind_ids(ids), ids.len())
}

/// By id. Does not check who may see it.
pub fn by_id(id: Id, viewer: Option<Id>) -> Query<Option<StatusView>> {
    Query::first(view("SELECT CAST(?2 AS INTEGER) AS id", viewer).bind(id), read_view)
}

/// By id, if the viewer may see it (see [`VISIBLE`]).
pub fn visible_by_id(id: Id, viewer: Option<Id>) -> Query<Option<StatusView>> {
    Query::first(
        view(&format!("SELECT s.id FROM statuses s WHERE s.id = ?2 AND {}", *VISIBLE), viewer).bind(id),
        read_view,
    )
}

/// The status of one of the viewer's notifications, if they may see it.
pub fn visible_of_notification(notification: Id, viewer: Id) -> Query<Option<StatusView>> {
    let page = format!(
        "SELECT s.id FROM notifications n CROSS JOIN statuses s ON s.id = n.status_id \
         WHERE n.id = ?2 AND n.account_id = ?1 AND {}",
        *VISIBLE
    );
    Query::first(view(&page, Some(viewer)).bind(notification), read_view)
}

/// By ActivityPub id.
pub fn by_uri(uri: &str) -> Query<Option<StatusView>> {
    Query::first(
        view(&format!("SELECT s.id FROM statuses s WHERE {}", uris::is("s", "?2")), None).bind(uri),
        read_view,
    )
}

/// By ActivityPub id or page.
pub fn visible_by_uri(uri: &str, viewer: Option<Id>) -> Query<Option<StatusView>> {
    Query::first(
        view(&format!("SELECT s.id FROM statuses s WHERE {} AND {}", uris::is("s", "?2"), *VISIBLE), viewer)
            .bind(uri),
        read_view,
    )
}

/// The account's boost of a status.
pub fn boost_of(status_id: Id, account_id: Id) -> Query<Option<StatusView>> {
    Query::first(
        view("SELECT id FROM statuses WHERE reblog_of_id = ?2 AND account_id = ?3", None)
            .bind(status_id)
            .bind(account_id),
        read_view,
    )
}

/// What an account has marked a status with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Bookmark,
    Favourite,
    Boost,
    Reaction,
}

/// The outline ([`StatusView::outline`]) of a status that `viewer` has marked, whether they may see it or not.
pub fn marked(id: Id, viewer: Id, mark: Mark) -> Query<Option<StatusView>> {
    let (table, status) = match mark {
        Mark::Bookmark => ("bookmarks", "status_id"),
        Mark::Favourite => ("favourites", "status_id"),
        Mark::Boost => ("statuses", "reblog_of_id"),
        Mark::Reaction => ("reactions", "status_id"),
    };
    let sql = format!(
        "SELECT {} AS status, {} AS account FROM statuses s CROSS JOIN accounts a ON a.id = s.account_id \
         WHERE s.id = ?1 AND s.reblog_of_id IS NULL \
         AND EXISTS (SELECT 1 FROM {table} m WHERE m.{status} = s.id AND m.account_id = ?2)",
        packed("s"),
        accounts::packed_shown("a"),
    );
    let found = Query::first(Statement::new(sql).bind(id).bind(viewer), |row| pair(row, "status", "account"));
    found.map(|found| {
        let (status, account) = found.flatten()?;
        Some(StatusView { status, account, ..StatusView::default() }.outline())
    })
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

/// Remote accounts that boosted, favourited, quoted or replied to a status, and the author of the quoted one:
/// they must get its Delete. At most 500 of each.
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

/// By ids, newest first, of those that the viewer may see.
pub fn visible_by_ids(ids: &[Id], viewer: Option<Id>) -> Query<Vec<StatusView>> {
    let page = format!(
        "SELECT s.id FROM statuses s WHERE s.id IN (SELECT value FROM json_each(?2)) AND {}",
        *VISIBLE
    );
    newest_first(views(&page, viewer).bind_ids(ids))
}

/// By ActivityPub ids. Does not check who may see them.
pub fn by_uris(list: &[String]) -> Query<Vec<StatusView>> {
    let page =
        format!("SELECT s.id FROM json_each(?2) j CROSS JOIN statuses s ON {}", uris::is("s", "j.value"));
    newest_first(views(&page, None).bind(to_json(&list)))
}

/// Those of these uris that are stored.
pub fn known_uris(list: &[String]) -> Query<Vec<String>> {
    Query::all(
        Statement::new(format!(
            "SELECT s.uri AS uri FROM json_each(?1) j CROSS JOIN statuses s ON {}",
            uris::is("s", "j.value")
        ))
        .bind(to_json(&list)),
        |row| row.text("uri"),
    )
}

/// The uri of a status's parent, stored or not; of one that was brought along only a stored one, since its author's former
/// server says the rest.
pub fn parent_uri(id: Id) -> Query<Option<String>> {
    Query::new(
        Statement::new(
            "SELECT coalesce(p.uri, iif(s.brought_uri IS NULL, s.in_reply_to_uri, NULL)) AS uri FROM statuses s LEFT JOIN statuses p ON p.id = s.in_reply_to_id WHERE s.id = ?1",
        )
        .bind(id),
        |rows| rows.first().map_or(Ok(None), |row| row.opt_text("uri")),
    )
}

/// The earlier versions of a status, oldest first, within the budget of a page: the response repeats the
/// author and the emojis for each.
pub fn edits(status: Id) -> Query<Vec<Edit>> {
    let sql = format!(
        "SELECT e.created_at AS created_at, e.content AS content, e.spoiler_text AS spoiler_text, e.is_sensitive AS is_sensitive, \
         e.media AS media, e.poll AS poll, a.bytes + octet_length(s.emojis) + 1500 AS extra FROM status_edits e \
         CROSS JOIN statuses s ON s.id = e.status_id CROSS JOIN accounts a ON a.id = s.account_id \
         WHERE e.status_id = ?1 AND octet_length(e.content) + octet_length(e.media) < 400000 ORDER BY e.created_at LIMIT {MAX_EDITS}"
    );
    let size = format!("{}+extra", lengths(&["content", "spoiler_text", "media", "poll"]));
    Query::all(Statement::new(within_budget(&sql, &size)).bind(status), |row| {
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
    })
}
