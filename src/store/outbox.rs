//! outbox: what must be told to others, committed with what caused it.

use serde::{Deserialize, Serialize};

use super::{Query, to_json};
use crate::error::Result;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// [`Event`] as it lies in the row.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum EventRow {
    Create { status_id: i64 },
    Update { status_id: i64 },
    Delete { uri: String },
    Announce { status_id: i64 },
    UndoAnnounce { uri: String, object_uri: String },
    Like { uri: String, object_uri: String },
    UndoLike { uri: String, object_uri: String },
    Follow { uri: String, object_uri: String },
    UndoFollow { uri: String, object_uri: String },
    AcceptFollow { uri: String, actor_uri: String },
    RejectFollow { uri: String, actor_uri: String },
    Block { uri: String, object_uri: String },
    UndoBlock { uri: String, object_uri: String },
    Vote { uri: String, status_id: i64, choice: usize },
    UpdateActor,
    DeleteActor,
}

impl From<Event> for EventRow {
    fn from(e: Event) -> Self {
        match e {
            Event::Create { status_id } => Self::Create { status_id: status_id.0 },
            Event::Update { status_id } => Self::Update { status_id: status_id.0 },
            Event::Delete { uri } => Self::Delete { uri },
            Event::Announce { status_id } => Self::Announce { status_id: status_id.0 },
            Event::UndoAnnounce { uri, object_uri } => Self::UndoAnnounce { uri, object_uri },
            Event::Like { uri, object_uri } => Self::Like { uri, object_uri },
            Event::UndoLike { uri, object_uri } => Self::UndoLike { uri, object_uri },
            Event::Follow { uri, object_uri } => Self::Follow { uri, object_uri },
            Event::UndoFollow { uri, object_uri } => Self::UndoFollow { uri, object_uri },
            Event::AcceptFollow { uri, actor_uri } => Self::AcceptFollow { uri, actor_uri },
            Event::RejectFollow { uri, actor_uri } => Self::RejectFollow { uri, actor_uri },
            Event::Block { uri, object_uri } => Self::Block { uri, object_uri },
            Event::UndoBlock { uri, object_uri } => Self::UndoBlock { uri, object_uri },
            Event::Vote { uri, status_id, choice } => Self::Vote { uri, status_id: status_id.0, choice },
            Event::UpdateActor => Self::UpdateActor,
            Event::DeleteActor => Self::DeleteActor,
        }
    }
}

impl From<EventRow> for Event {
    fn from(e: EventRow) -> Self {
        match e {
            EventRow::Create { status_id } => Self::Create { status_id: Id(status_id) },
            EventRow::Update { status_id } => Self::Update { status_id: Id(status_id) },
            EventRow::Delete { uri } => Self::Delete { uri },
            EventRow::Announce { status_id } => Self::Announce { status_id: Id(status_id) },
            EventRow::UndoAnnounce { uri, object_uri } => Self::UndoAnnounce { uri, object_uri },
            EventRow::Like { uri, object_uri } => Self::Like { uri, object_uri },
            EventRow::UndoLike { uri, object_uri } => Self::UndoLike { uri, object_uri },
            EventRow::Follow { uri, object_uri } => Self::Follow { uri, object_uri },
            EventRow::UndoFollow { uri, object_uri } => Self::UndoFollow { uri, object_uri },
            EventRow::AcceptFollow { uri, actor_uri } => Self::AcceptFollow { uri, actor_uri },
            EventRow::RejectFollow { uri, actor_uri } => Self::RejectFollow { uri, actor_uri },
            EventRow::Block { uri, object_uri } => Self::Block { uri, object_uri },
            EventRow::UndoBlock { uri, object_uri } => Self::UndoBlock { uri, object_uri },
            EventRow::Vote { uri, status_id, choice } => Self::Vote { uri, status_id: Id(status_id), choice },
            EventRow::UpdateActor => Self::UpdateActor,
            EventRow::DeleteActor => Self::DeleteActor,
        }
    }
}

/// Reads the column `event`.
pub fn read_event(text: &str) -> Result<Event> {
    Ok(serde_json::from_str::<EventRow>(text)?.into())
}

/// Adds an outbox row; part of the batch that changes what it tells of.
pub fn insert(id: Id, account: Id, outgoing: Outgoing, now: Time) -> Statement {
    insert_if("1", id, account, outgoing, now)
}

/// As [`insert`], only where `condition` holds when the batch comes to it. Constant SQL of ours;
/// it may use `?1` (the outbox id) and `?2` (the account).
pub fn insert_if(condition: &'static str, id: Id, account: Id, outgoing: Outgoing, now: Time) -> Statement {
    let to_accounts: Vec<i64> = outgoing.to_accounts.iter().map(|a| a.0).collect();
    Statement::new(format!(
        "INSERT INTO outbox (id, account_id, event, to_followers, to_accounts, since_status_id, touched_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE {condition}"
    ))
    .bind(id)
    .bind(account)
    .bind(to_json(&EventRow::from(outgoing.event)))
    .bind(outgoing.to_followers)
    .bind(to_json(&to_accounts))
    .bind(outgoing.since_status)
    .bind(now)
}

/// An outbox row as distribution and delivery read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    pub id: Id,
    pub account_id: Id,
    pub event: String,
    /// The document as sent; `None`: not distributed yet.
    pub activity: Option<String>,
    /// Numbers of the chunks that nobody has tried yet.
    pub chunks: Vec<u32>,
}

fn read_row(row: &Row) -> Result<OutboxRow> {
    let pending: super::inboxes::Pending = super::json(row, "pending")?;
    Ok(OutboxRow {
        id: row.id("id")?,
        account_id: row.id("account_id")?,
        event: row.text("event")?,
        activity: row.opt_text("activity")?,
        chunks: pending.0.keys().filter_map(|k| k.parse().ok()).collect(),
    })
}

const SELECT: &str = "SELECT id, account_id, event, activity, pending FROM outbox";

pub fn by_id(id: Id) -> Query<Option<OutboxRow>> {
    Query::first(Statement::new(format!("{SELECT} WHERE id = ?1")).bind(id), read_row)
}

/// Rows that nobody has worked on since `before`, though there is work: the queue forgot them. Oldest
/// first, so that nothing overtakes. The table holds unfinished rows only, so it is read whole.
pub fn forgotten(before: Time, limit: usize) -> Query<Vec<OutboxRow>> {
    Query::all(
        Statement::new(format!(
            "{SELECT} WHERE touched_at < ?1 AND (activity IS NULL OR pending <> '{{}}') ORDER BY id LIMIT ?2"
        ))
        .bind(before)
        .bind(limit),
        read_row,
    )
}

/// The audience is resolved: what is sent, and to whom. Only once.
pub fn distributed(id: Id, activity: &str, pending: &str, inboxes: usize, now: Time) -> Statement {
    Statement::new(
        "UPDATE outbox SET activity = ?2, pending = ?3, inboxes_count = ?4, touched_at = ?5 WHERE id = ?1 AND activity IS NULL",
    )
    .bind(id)
    .bind(activity)
    .bind(pending)
    .bind(inboxes)
    .bind(now)
}

/// A chunk has been tried.
pub fn chunk_done(id: Id, chunk: u32, now: Time) -> Statement {
    Statement::new("UPDATE outbox SET pending = json_remove(pending, ?2), touched_at = ?3 WHERE id = ?1")
        .bind(id)
        .bind(format!("$.\"{chunk}\""))
        .bind(now)
}

/// Somebody works on it.
pub fn touch(id: Id, now: Time) -> Statement {
    Statement::new("UPDATE outbox SET touched_at = ?2 WHERE id = ?1").bind(id).bind(now)
}

/// Removes a row whose work is all done.
pub fn delete_if_finished(id: Id) -> Statement {
    Statement::new(
        "DELETE FROM outbox WHERE id = ?1 AND activity IS NOT NULL AND pending = '{}' \
         AND NOT EXISTS (SELECT 1 FROM deliveries WHERE outbox_id = ?1)",
    )
    .bind(id)
}

/// Removes a row that has nobody to go to, or nothing to say.
pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM outbox WHERE id = ?1").bind(id)
}
