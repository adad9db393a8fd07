//! <https://docs.joinmastodon.org/entities/Conversation/>

use serde_json::{Value, json};

use super::{Frame, account, status};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::status::StatusView;
use crate::store::conversations::{Conversation, participants};

/// With the participants of its last status, except the viewer; `None` if that was deleted in the meantime.
pub fn render(
    conversation: &Conversation,
    views: &[StatusView],
    people: &[Account],
    me: Id,
    frame: &Frame,
) -> Option<Value> {
    let last = views.iter().find(|v| v.status.id == conversation.last_status_id)?;
    let accounts: Vec<_> = participants(last, people, me).map(|a| account::render(a, frame)).collect();
    Some(json!({
        "id": conversation.id.to_string(),
        "unread": conversation.is_unread,
        "accounts": accounts,
        "last_status": status::render(last, frame),
    }))
}
