//! Quotes between servers: quote_stamps (authorizations), and the columns of a quoting status.

use super::changes::EDITED;
use super::pages::{bounds, direction};
use super::statuses::{VISIBLE, page_of, views};
use super::timelines::{domain_not_blocked, not_blocked_or_muted};
use super::{Query, uris};
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::quote::QuoteState;
use crate::model::status::{Status, StatusView, Visibility};
use crate::platform::sql::Statement;

/// How many authorizations for statuses that are not here one account has for one status: the oldest are dropped.
const MAX_UNSEEN: usize = 20;

/// Stores an authorization of a quote by `account`, once, unless one was revoked; `quoting` is the uri of the quoting status.
pub fn stamp(id: Id, quoted: Id, account: Id, quoting: &str) -> Statement {
    Statement::new(
        "INSERT INTO quote_stamps (id, status_id, account_id, quoting_uri) SELECT ?1, ?2, ?4, ?3 \
         WHERE EXISTS (SELECT 1 FROM statuses WHERE id = ?2) \
         AND NOT EXISTS (SELECT 1 FROM quote_revocations WHERE status_id = ?2 AND quoting_uri = ?3) \
         ON CONFLICT (status_id, account_id, quoting_uri) DO NOTHING",
    )
    .bind(id)
    .bind(quoted)
    .bind(quoting)
    .bind(account)
}

/// Deletes the oldest authorizations of quotes by `account` that are not here, beyond [`MAX_UNSEEN`].
pub fn drop_unseen_stamps(quoted: Id, account: Id) -> Statement {
    Statement::new(format!(
        "DELETE FROM quote_stamps WHERE id IN (SELECT q.id FROM quote_stamps q WHERE q.status_id = ?1 AND q.account_id = ?2 \
         AND NOT EXISTS (SELECT 1 FROM statuses s WHERE {}) ORDER BY q.id DESC LIMIT 1000 OFFSET {MAX_UNSEEN})",
        uris::is("s", "q.quoting_uri")
    ))
    .bind(quoted)
    .bind(account)
}

/// The authorization of a quote of a status by `account`.
pub fn stamp_of(quoted: Id, account: Id, quoting: &str) -> Query<Option<Id>> {
    Query::first(
        Statement::new(
            "SELECT id FROM quote_stamps WHERE status_id = ?1 AND account_id = ?3 AND quoting_uri = ?2",
        )
        .bind(quoted)
        .bind(quoting)
        .bind(account),
        |row| row.id("id"),
    )
}

/// The quoting and the quoted uri of an authorization by this account.
pub fn stamp_by_id(id: Id, account: Id) -> Query<Option<(String, String)>> {
    Query::first(
        Statement::new(
            "SELECT q.quoting_uri AS quoting, s.uri AS quoted FROM quote_stamps q CROSS JOIN statuses s ON s.id = q.status_id \
             WHERE q.id = ?1 AND s.account_id = ?2 AND s.visibility <= 1",
        )
        .bind(id)
        .bind(account),
        |row| Ok((row.text("quoting")?, row.text("quoted")?)),
    )
}

/// Revokes the authorization of a quote for good. The state of the quoting status alone would not do: its author
/// changes that by Updates, or deletes the status.
pub fn revoke_stamp(quoted: Id, account: Id, quoting: &str) -> [Statement; 2] {
    [
        Statement::new(
            "DELETE FROM quote_stamps WHERE status_id = ?1 AND account_id = ?3 AND quoting_uri = ?2",
        )
        .bind(quoted)
        .bind(quoting)
        .bind(account),
        Statement::new(
            "INSERT INTO quote_revocations (status_id, quoting_uri) SELECT ?1, ?2 \
             WHERE EXISTS (SELECT 1 FROM statuses WHERE id = ?1) ON CONFLICT DO NOTHING",
        )
        .bind(quoted)
        .bind(quoting),
    ]
}

/// Whether the authorization of a quote was revoked.
pub fn is_revoked(quoted: Id, quoting: &str) -> Query<bool> {
    Query::new(
        Statement::new("SELECT 1 FROM quote_revocations WHERE status_id = ?1 AND quoting_uri = ?2")
            .bind(quoted)
            .bind(quoting),
        |rows| Ok(!rows.is_empty()),
    )
}

/// Accepts the quote with this uri by an authorization of ours, if that was not revoked.
pub fn accept_ours(quoting: &str, quoted: Id, stamp: Id, stamp_uri: &str) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET quote_of_id = ?2, quote_state = 'accepted', quote_stamp = ?4 \
         WHERE {} AND quote_state IN ('pending', 'rejected') AND EXISTS (SELECT 1 FROM quote_stamps WHERE id = ?3) {EDITED}",
        uris::is("statuses", "?1")
    ))
    .bind(quoting)
    .bind(quoted)
    .bind(stamp)
    .bind(stamp_uri)
}

/// A quote of ours is accepted by the author, with an authorization that no other quote has: one is of one quote
/// (FEP-044f, "QuoteAuthorization").
pub fn accept(quoting: Id, quoted: Id, stamp_uri: &str) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET quote_state = 'accepted', quote_stamp = ?3 WHERE id = ?1 AND quote_of_id = ?2 AND quote_state = 'pending' \
         AND NOT EXISTS (SELECT 1 FROM statuses o WHERE o.quote_stamp = ?3 AND o.quote_state = 'accepted') {EDITED}"
    ))
    .bind(quoting)
    .bind(quoted)
    .bind(stamp_uri)
}

/// A quote is rejected or revoked.
pub fn refuse(quoting: Id, quoted: Id) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET quote_state = CASE quote_state WHEN 'accepted' THEN 'revoked' ELSE 'rejected' END, quote_stamp = NULL \
         WHERE id = ?1 AND quote_of_id = ?2 AND quote_state IN ('pending', 'accepted') {EDITED}"
    ))
    .bind(quoting)
    .bind(quoted)
}

/// Stores the result of checking a remote quote, if its authorization (`stamp`) is still the one that was
/// checked.
pub fn store_result(quoting: &Status, quoted: Option<Id>, state: QuoteState) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET quote_of_id = coalesce(?2, quote_of_id), quote_state = ?3, quote_stamp = CASE ?3 WHEN 'accepted' THEN quote_stamp END \
         WHERE id = ?1 AND quote_state = 'pending' AND quote_stamp IS ?4 {EDITED}"
    ))
    .bind(quoting.id)
    .bind(quoted)
    .bind(state.as_str())
    .bind(quoting.quote_stamp.clone())
}

/// A remote author adds a quote to a stored status, with this authorization, to be verified. Not if it is
/// known to quote another status.
pub fn set_pending(quoting: Id, author: Id, quoted: &str, stamp: Option<&str>) -> Statement {
    Statement::new(
        "UPDATE statuses SET quote_uri = ?3, quote_stamp = ?4, quote_state = 'pending' WHERE id = ?1 AND account_id = ?2 \
         AND coalesce(quote_uri, ?3) = ?3 AND (quote_state IS NULL OR quote_state IN ('pending', 'rejected', 'accepted')) \
         AND (quote_state IS NULL OR quote_stamp IS NOT ?4) RETURNING id",
    )
    .bind(quoting)
    .bind(author)
    .bind(quoted)
    .bind(stamp.map(str::to_owned))
}

/// A remote quote that was accepted no longer has an authorization.
pub fn clear_stamp(quoting: Id, author: Id) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET quote_state = 'revoked', quote_stamp = NULL WHERE id = ?1 AND account_id = ?2 AND quote_state = 'accepted' {EDITED}"
    ))
    .bind(quoting)
    .bind(author)
}

/// The quoted status was deleted by its author. What was revoked stays revoked.
pub fn set_deleted(quoting: Id, author: Id) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET quote_state = 'deleted', quote_stamp = NULL WHERE id = ?1 AND account_id = ?2 AND quote_state IS NOT NULL AND quote_state <> 'revoked' {EDITED}"
    ))
    .bind(quoting)
    .bind(author)
}

/// The author of the quoted status revokes the authorization with this uri. Returns the quotes: `id`,
/// `account_id`, and `is_local`.
pub fn revoke_by_stamp(stamp_uri: &str, author: Id) -> Statement {
    Statement::new(format!(
        "UPDATE statuses SET quote_state = 'revoked', quote_stamp = NULL WHERE quote_stamp = ?1 AND quote_state IN ('pending', 'accepted') \
         AND EXISTS (SELECT 1 FROM statuses q WHERE q.id = statuses.quote_of_id AND q.account_id = ?2) {EDITED}, account_id, is_local",
    ))
    .bind(stamp_uri)
    .bind(author)
}

/// The narrowest visibility of an accepted quote and its quoted status, by the uri of the authorization.
pub fn visibility_by_stamp(uri: &str) -> Query<Option<Visibility>> {
    Query::first(
        Statement::new(
            "SELECT max(s.visibility, q.visibility) AS visibility FROM statuses s CROSS JOIN statuses q ON q.id = s.quote_of_id \
             WHERE s.quote_stamp = ?1 AND s.quote_state = 'accepted' LIMIT 1",
        )
        .bind(uri),
        |row| row.int("visibility").map(Visibility::from_int),
    )
}

/// Whether a stored quote has this authorization.
pub fn is_stamp(uri: &str) -> Query<bool> {
    Query::new(
        Statement::new("SELECT 1 FROM statuses WHERE quote_stamp = ?1 AND quote_state = 'accepted' LIMIT 1")
            .bind(uri),
        |rows| Ok(!rows.is_empty()),
    )
}

/// A page of the accepted quotes of a status that the viewer may see, without blocked and muted authors.
pub fn of(status: Id, viewer: Option<Id>, page: &Page) -> Query<Listed<StatusView>> {
    let (max, min) = bounds(page);
    let order = direction(page);
    let ids = format!(
        "SELECT s.id AS id FROM statuses s INDEXED BY statuses_quotes WHERE s.quote_of_id = ?5 AND s.quote_state = 'accepted' \
         AND s.id < ?2 AND s.id > ?3 AND {} AND {} AND {} ORDER BY s.id {order} LIMIT ?4",
        *VISIBLE,
        not_blocked_or_muted("?1", "s.account_id"),
        domain_not_blocked("?1", "s.account_id")
    );
    page_of(views(&ids, viewer).bind(max).bind(min).bind(page.limit).bind(status), page.limit)
}
