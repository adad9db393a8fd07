//! Audiences of statuses.

use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::status::{Status, StatusView, Visibility};

/// Remote accounts that a new status is sent to besides the followers.
pub(super) fn addressed(status: &Status, parent: Option<&StatusView>) -> Vec<Id> {
    let mut all: Vec<Id> = status.mentions.iter().filter(|m| !m.is_local).map(|m| m.id).collect();
    if let Some(parent) = parent
        && status.visibility.is_distributable()
    {
        let author = &parent.proper().account;
        all.extend((!author.is_local()).then_some(author.id));
    }
    all
}

/// The audience of a new status. One that needs approval goes only to the author who gives it.
pub(super) fn publication(status: &Status, people: Vec<Id>) -> Outgoing {
    let event = match status.reblog_of_id {
        Some(_) => Event::Announce { status_id: status.id },
        None => Event::Create { status_id: status.id },
    };
    by_visibility(status, Outgoing::to(event, people))
}

/// The audience of other activities about a status.
pub(super) fn by_visibility(status: &Status, outgoing: Outgoing) -> Outgoing {
    if status.is_waiting() {
        return Outgoing::to(outgoing.event, status.in_reply_to_account_id.into_iter().collect());
    }
    let is_original = status.reblog_of_id.is_none();
    outgoing
        .followers(status.visibility != Visibility::Direct)
        .relays(is_original && status.visibility == Visibility::Public)
}
