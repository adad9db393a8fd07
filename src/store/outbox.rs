//! outbox: activities for other servers, committed together with the change.

use super::fields::Fields;
use super::{Query, to_json};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::status::Status;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};
use serde_json::json;

/// An [`Event`] as it is stored: a list of its name and its fields in order.
fn write_event(event: &Event) -> String {
    let fields = match event {
        Event::Create { status_id } => json!(["create", status_id.0]),
        Event::Update { status_id } => json!(["update", status_id.0]),
        Event::Refresh { status_id, at } => json!(["refresh", status_id.0, at.0]),
        Event::Delete { uri } => json!(["delete", uri]),
        Event::Announce { status_id } => json!(["announce", status_id.0]),
        Event::UndoAnnounce { uri, object_uri } => json!(["undo_announce", uri, object_uri]),
        Event::Like { uri, object_uri } => json!(["like", uri, object_uri]),
        Event::UndoLike { uri, object_uri } => json!(["undo_like", uri, object_uri]),
        Event::React { uri, object_uri, author_uri, name, url, cc } => {
            json!(["react", uri, object_uri, author_uri, name, url, cc])
        }
        Event::UndoReact { uri, object_uri, author_uri, name, url, cc } => {
            json!(["undo_react", uri, object_uri, author_uri, name, url, cc])
        }
        Event::Follow { uri, object_uri } => json!(["follow", uri, object_uri]),
        Event::UndoFollow { uri, object_uri } => json!(["undo_follow", uri, object_uri]),
        Event::AcceptFollow { uri, actor_uri } => json!(["accept_follow", uri, actor_uri]),
        Event::RejectFollow { uri, actor_uri } => json!(["reject_follow", uri, actor_uri]),
        Event::Block { uri, object_uri } => json!(["block", uri, object_uri]),
        Event::UndoBlock { uri, object_uri } => json!(["undo_block", uri, object_uri]),
        Event::Vote { uri, status_id, choice } => json!(["vote", uri, status_id.0, choice]),
        Event::Feature { uri, item, is_tag, is_added } => {
            json!(["feature", uri, item, i64::from(*is_tag), i64::from(*is_added)])
        }
        Event::Move { uri, target_uri } => json!(["move", uri, target_uri]),
        Event::Flag { uri, comment, object_uris } => json!(["flag", uri, comment, object_uris.join("\n")]),
        Event::QuoteRequest { status_id } => json!(["quote_request", status_id.0]),
        Event::AcceptQuote { uri, actor_uri, quoted_uri, quoting_uri, stamp_id } => {
            json!(["accept_quote", uri, actor_uri, quoted_uri, quoting_uri, stamp_id.0])
        }
        Event::RejectQuote { uri, actor_uri, quoted_uri, quoting_uri } => {
            json!(["reject_quote", uri, actor_uri, quoted_uri, quoting_uri])
        }
        Event::DeleteStamp { uri, quoted_uri, quoting_uri } => {
            json!(["delete_stamp", uri, quoted_uri, quoting_uri])
        }
        Event::Forward { activity } => json!(["forward", activity]),
        Event::UpdateActor => json!(["update_actor"]),
        Event::DeleteActor => json!(["delete_actor"]),
    };
    fields.to_string()
}

/// Reads the column `event`.
pub fn read_event(text: &str) -> Result<Event> {
    Fields::read(text, event)?.ok_or_else(|| Error::internal(format!("no event: {text}")))
}

fn event(f: &mut Fields) -> Option<Event> {
    let name = f.text();
    Some(match name.as_str() {
        "create" => Event::Create { status_id: f.id() },
        "update" => Event::Update { status_id: f.id() },
        "refresh" => Event::Refresh { status_id: f.id(), at: Time(f.id().0) },
        "delete" => Event::Delete { uri: f.text() },
        "announce" => Event::Announce { status_id: f.id() },
        "undo_announce" => Event::UndoAnnounce { uri: f.text(), object_uri: f.text() },
        "like" => Event::Like { uri: f.text(), object_uri: f.text() },
        "undo_like" => Event::UndoLike { uri: f.text(), object_uri: f.text() },
        "react" => Event::React {
            uri: f.text(),
            object_uri: f.text(),
            author_uri: f.text(),
            name: f.text(),
            url: f.text(),
            cc: f.text(),
        },
        "undo_react" => Event::UndoReact {
            uri: f.text(),
            object_uri: f.text(),
            author_uri: f.text(),
            name: f.text(),
            url: f.text(),
            cc: f.text(),
        },
        "follow" => Event::Follow { uri: f.text(), object_uri: f.text() },
        "undo_follow" => Event::UndoFollow { uri: f.text(), object_uri: f.text() },
        "accept_follow" => Event::AcceptFollow { uri: f.text(), actor_uri: f.text() },
        "reject_follow" => Event::RejectFollow { uri: f.text(), actor_uri: f.text() },
        "block" => Event::Block { uri: f.text(), object_uri: f.text() },
        "undo_block" => Event::UndoBlock { uri: f.text(), object_uri: f.text() },
        "vote" => Event::Vote { uri: f.text(), status_id: f.id(), choice: f.id().0 as usize },
        "feature" => {
            Event::Feature { uri: f.text(), item: f.text(), is_tag: f.id().0 != 0, is_added: f.id().0 != 0 }
        }
        "move" => Event::Move { uri: f.text(), target_uri: f.text() },
        "flag" => Event::Flag {
            uri: f.text(),
            comment: f.text(),
            object_uris: f.text().split('\n').map(str::to_owned).collect(),
        },
        "quote_request" => Event::QuoteRequest { status_id: f.id() },
        "accept_quote" => Event::AcceptQuote {
            uri: f.text(),
            actor_uri: f.text(),
            quoted_uri: f.text(),
            quoting_uri: f.text(),
            stamp_id: f.id(),
        },
        "reject_quote" => Event::RejectQuote {
            uri: f.text(),
            actor_uri: f.text(),
            quoted_uri: f.text(),
            quoting_uri: f.text(),
        },
        "delete_stamp" => Event::DeleteStamp { uri: f.text(), quoted_uri: f.text(), quoting_uri: f.text() },
        "forward" => Event::Forward { activity: f.text() },
        "update_actor" => Event::UpdateActor,
        "delete_actor" => Event::DeleteActor,
        _ => return None,
    })
}

/// Inserts an outbox row, in the batch of the change that it is about.
pub fn insert(id: Id, account: Id, outgoing: Outgoing, now: Time) -> Statement {
    insert_if("1", id, account, outgoing, now)
}

/// Like [`insert`], only if there is a remote audience: then it returns a row. For new statuses, which no former follower's
/// server has: `since_status` is not looked at, and all of `to_accounts` are remote.
pub fn insert_if_audience(id: Id, account: Id, outgoing: Outgoing, now: Time) -> Statement {
    const FOLLOWERS: &str = "EXISTS (SELECT 1 FROM follows f CROSS JOIN accounts a ON a.id = f.account_id \
                             WHERE f.target_id = ?2 AND a.inbox_id IS NOT NULL)";
    const RELAYS: &str = "EXISTS (SELECT 1 FROM relays WHERE state = 'accepted' AND inbox_id IS NOT NULL)";
    let is_named = !(outgoing.to_accounts.is_empty() && outgoing.to_inboxes.is_empty());
    let condition = match (is_named, outgoing.to_followers, outgoing.to_relays) {
        (true, ..) => "1".to_owned(),
        (false, true, true) => format!("({FOLLOWERS} OR {RELAYS})"),
        (false, true, false) => FOLLOWERS.to_owned(),
        (false, false, true) => RELAYS.to_owned(),
        (false, false, false) => "0".to_owned(),
    };
    let mut statement = insert_where(&condition, id, account, outgoing, now);
    statement.sql.to_mut().push_str(" RETURNING id");
    statement
}

/// Like [`insert`], only if `condition` holds when the batch runs. It is constant SQL of ours; it may use
/// `?1` (the outbox id), `?2` (the account), `?3` (the event's row) and `?4` (now).
pub fn insert_if(condition: &'static str, id: Id, account: Id, outgoing: Outgoing, now: Time) -> Statement {
    insert_where(condition, id, account, outgoing, now)
}

fn insert_where(condition: &str, id: Id, account: Id, outgoing: Outgoing, now: Time) -> Statement {
    let to_accounts: Vec<i64> = outgoing.to_accounts.iter().map(|a| a.0).collect();
    let status = match outgoing.event {
        Event::Create { status_id } | Event::Update { status_id } => Some(status_id),
        _ => None,
    };
    Statement::new(format!(
        "INSERT INTO outbox (id, account_id, event, touched_at, to_followers, to_accounts, since_status_id, status_id, to_relays, to_inboxes, subject) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE {condition}"
    ))
    .bind(id)
    .bind(account)
    .bind(write_event(&outgoing.event))
    .bind(now)
    .bind(outgoing.to_followers)
    .bind(to_json(&to_accounts))
    .bind(outgoing.since_status)
    .bind(status)
    .bind(outgoing.to_relays)
    .bind(to_json(&outgoing.to_inboxes.iter().map(|i| i.0).collect::<Vec<_>>()))
    .bind(outgoing.event.subject())
}

/// Sends `other` the end of a tie, if there is one when the batch runs (before the tie's own DELETE): an Undo
/// of the local account's Follow, or with `is_theirs` a Reject of the other's.
pub fn end_tie(id: Id, local: Id, other: &Account, is_theirs: bool, now: Time) -> Statement {
    let uri = other.uri.clone();
    let (name, event, follower, target) = if is_theirs {
        ("reject_follow", Event::RejectFollow { uri: String::new(), actor_uri: uri }, other.id, local)
    } else {
        ("undo_follow", Event::UndoFollow { uri: String::new(), object_uri: uri }, local, other.id)
    };
    Statement::new(
        "INSERT INTO outbox (id, account_id, event, touched_at, to_followers, to_accounts, to_relays, to_inboxes, subject) \
         SELECT ?1, ?2, json_array(?3, t.uri, ?4), ?5, 0, json_array(CAST(?6 AS INTEGER)), 0, '[]', ?7 FROM \
         (SELECT uri FROM follows WHERE account_id = ?8 AND target_id = ?9 \
         UNION ALL SELECT uri FROM follow_requests WHERE account_id = ?8 AND target_id = ?9 LIMIT 1) t",
    )
    .bind(id)
    .bind(local)
    .bind(name)
    .bind(&other.uri)
    .bind(now)
    .bind(other.id)
    .bind(event.subject())
    .bind(follower)
    .bind(target)
}

/// Sends the status's author the Undo of a local account's favourite, if there is one when the batch runs (before its own
/// DELETE).
pub fn undo_like(id: Id, account: Id, status: &Status, now: Time) -> Statement {
    let event = Event::UndoLike { uri: String::new(), object_uri: status.uri.clone() };
    Statement::new(
        "INSERT INTO outbox (id, account_id, event, touched_at, to_followers, to_accounts, to_relays, to_inboxes, subject) \
         SELECT ?1, ?2, json_array('undo_like', uri, ?3), ?4, 0, json_array(CAST(?5 AS INTEGER)), 0, '[]', ?6 \
         FROM favourites WHERE status_id = ?7 AND account_id = ?2",
    )
    .bind(id)
    .bind(account)
    .bind(&status.uri)
    .bind(now)
    .bind(status.account_id)
    .bind(event.subject())
    .bind(status.id)
}

/// Sends the followers and the boosted status's author the Undo of a local account's boost, if there is one when the batch
/// runs (before its own DELETE). Its subject is the boost's id, as that of the Announce is.
pub fn undo_announce(id: Id, account: Id, status: &Status, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO outbox (id, account_id, event, touched_at, to_followers, to_accounts, since_status_id, to_relays, to_inboxes, subject) \
         SELECT ?1, ?2, json_array('undo_announce', uri, ?3), ?4, 1, json_array(CAST(?5 AS INTEGER)), id, 0, '[]', CAST(id AS TEXT) \
         FROM statuses WHERE reblog_of_id = ?6 AND account_id = ?2",
    )
    .bind(id)
    .bind(account)
    .bind(&status.uri)
    .bind(now)
    .bind(status.account_id)
    .bind(status.id)
}

/// An outbox row, for distribution and delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    pub id: Id,
    pub account_id: Id,
    pub event: String,
    /// The document that is sent; `None`: not distributed yet.
    pub activity: Option<String>,
    /// How often the sweep took it since it last got on.
    pub attempts: i64,
}

fn read_row(row: &Row) -> Result<OutboxRow> {
    Ok(OutboxRow {
        id: row.id("id")?,
        account_id: row.id("account_id")?,
        event: row.text("event")?,
        activity: row.opt_text("activity")?,
        attempts: row.int("attempts")?,
    })
}

const SELECT: &str = "SELECT id, account_id, event, activity, attempts FROM outbox";

pub fn by_id(id: Id) -> Query<Option<OutboxRow>> {
    Query::first(Statement::new(format!("{SELECT} WHERE id = ?1")).bind(id), read_row)
}

/// Rows with work that nobody has touched since `before`: their queue message was lost. Oldest first, to keep
/// the order. Only untried rows are read.
pub fn stale(before: Time, limit: usize) -> Query<Vec<OutboxRow>> {
    Query::all(
        Statement::new(format!(
            "{SELECT} INDEXED BY outbox_untried WHERE is_untried = 1 AND touched_at < ?1 ORDER BY id LIMIT ?2"
        ))
        .bind(before)
        .bind(limit),
        read_row,
    )
}

/// Takes a row that the queue forgot: the attempt is counted before it is made, and nobody else works on the row until
/// then. Answers a row where nobody was faster.
pub fn take(row: &OutboxRow, until: Time) -> Statement {
    Statement::new(
        "UPDATE outbox SET touched_at = ?3, attempts = attempts + 1 WHERE id = ?1 AND attempts = ?2 RETURNING id",
    )
    .bind(row.id)
    .bind(row.attempts)
    .bind(until)
}

/// Nobody works on it any more.
pub fn release(id: Id, now: Time) -> Statement {
    Statement::new("UPDATE outbox SET touched_at = ?2 WHERE id = ?1").bind(id).bind(now)
}

/// Stores the document after the audience was resolved into chunks. Only once.
pub fn distributed(id: Id, activity: &str, now: Time) -> Statement {
    Statement::new(
        "UPDATE outbox SET activity = ?2, touched_at = ?3, attempts = 0, \
         is_untried = EXISTS (SELECT 1 FROM chunks c WHERE c.outbox_id = ?1) WHERE id = ?1 AND activity IS NULL",
    )
    .bind(id)
    .bind(activity)
    .bind(now)
}

/// A chunk was tried: removes it, and the row if nothing is left.
pub fn chunk_done(id: Id, chunk: Id, now: Time) -> [Statement; 3] {
    [
        Statement::new("DELETE FROM chunks WHERE outbox_id = ?1 AND first_inbox_id = ?2")
            .bind(id)
            .bind(chunk),
        delete_if_finished(&[id]),
        // Only where it makes a difference: the row was touched a while ago, or has no chunk left.
        Statement::new(
            "UPDATE outbox SET touched_at = max(touched_at, ?2), attempts = 0, \
             is_untried = EXISTS (SELECT 1 FROM chunks c WHERE c.outbox_id = ?1) WHERE id = ?1 AND (touched_at < ?2 - 30000 \
             OR attempts <> 0 OR is_untried <> EXISTS (SELECT 1 FROM chunks c WHERE c.outbox_id = ?1))",
        )
        .bind(id)
        .bind(now),
    ]
}

/// The inboxes of an outbox row's first chunks become failed deliveries, due now: nobody knows how their attempts ended,
/// and from now on each is tried for itself.
pub fn dissolve_chunks(id: Id, most: usize, now: Time) -> Vec<Statement> {
    let first = "SELECT first_inbox_id FROM chunks WHERE outbox_id = ?1 ORDER BY first_inbox_id LIMIT ?2";
    vec![
        Statement::new(format!(
            "INSERT INTO deliveries (outbox_id, inbox_id, next_attempt_at, last_error) SELECT c.outbox_id, j.value, ?3, 'did not end' \
             FROM chunks c CROSS JOIN json_each(c.inboxes) j CROSS JOIN inboxes x ON x.id = j.value WHERE c.outbox_id = ?1 AND x.is_blocked = 0 \
             AND c.first_inbox_id IN ({first}) ON CONFLICT DO NOTHING"
        ))
        .bind(id)
        .bind(most)
        .bind(now),
        Statement::new(format!("DELETE FROM chunks WHERE outbox_id = ?1 AND first_inbox_id IN ({first})")).bind(id).bind(most),
        Statement::new(
            "UPDATE outbox SET attempts = 0, is_untried = EXISTS (SELECT 1 FROM chunks c WHERE c.outbox_id = ?1) WHERE id = ?1",
        )
        .bind(id),
        delete_if_finished(&[id]),
    ]
}

/// Removes rows whose work is all done.
pub fn delete_if_finished(ids: &[Id]) -> Statement {
    Statement::new(
        "DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?1)) AND activity IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM chunks WHERE outbox_id = outbox.id) \
         AND NOT EXISTS (SELECT 1 FROM deliveries WHERE outbox_id = outbox.id)",
    )
    .bind_ids(ids)
}

/// Deletes a row without recipients or content.
pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM outbox WHERE id = ?1").bind(id)
}
