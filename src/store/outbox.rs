//! outbox: what must be told to others, committed with what caused it.

use serde::{Deserialize, Serialize};

use super::to_json;
use crate::error::Result;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

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
        "INSERT INTO outbox (id, account_id, event, to_followers, to_accounts, touched_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE {condition}"
    ))
    .bind(id)
    .bind(account)
    .bind(to_json(&EventRow::from(outgoing.event)))
    .bind(outgoing.to_followers)
    .bind(to_json(&to_accounts))
    .bind(now)
}
