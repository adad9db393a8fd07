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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::Account;
    use crate::model::status::Mention;

    fn of(visibility: Visibility) -> Status {
        Status { id: Id(1), visibility, ..Status::default() }
    }

    #[test]
    fn who_is_answered_gets_what_all_may_see_and_else_what_mentions_them() {
        let author = Account { id: Id(7), domain: "b.example".into(), ..Account::default() };
        let parent = StatusView { account: author, ..StatusView::default() };
        for (visibility, wanted) in [
            (Visibility::Public, vec![Id(7)]),
            (Visibility::Unlisted, vec![Id(7)]),
            (Visibility::Private, vec![]),
            (Visibility::Direct, vec![]),
        ] {
            assert_eq!(addressed(&of(visibility), Some(&parent)), wanted, "{visibility:?}");
        }
        let mention = |id, is_local| Mention { id: Id(id), is_local, ..Mention::default() };
        let status = Status { mentions: vec![mention(7, false), mention(8, true)], ..of(Visibility::Direct) };
        assert_eq!(addressed(&status, Some(&parent)), [Id(7)], "people here need no delivery");
    }

    #[test]
    fn relays_get_public_originals_alone_and_followers_all_but_direct_ones() {
        let event = || Outgoing::to(Event::Create { status_id: Id(1) }, Vec::new());
        for (visibility, followers, relays) in [
            (Visibility::Public, true, true),
            (Visibility::Unlisted, true, false),
            (Visibility::Private, true, false),
            (Visibility::Direct, false, false),
        ] {
            let sent = by_visibility(&of(visibility), event());
            assert_eq!((sent.to_followers, sent.to_relays), (followers, relays), "{visibility:?}");
        }
        let boost = Status { reblog_of_id: Some(Id(2)), ..of(Visibility::Public) };
        assert!(!by_visibility(&boost, event()).to_relays);
        // What needs an approval goes to who gives it.
        let waiting = Status {
            approval: Some(String::new()),
            in_reply_to_account_id: Some(Id(9)),
            ..of(Visibility::Public)
        };
        let sent = by_visibility(&waiting, event());
        assert_eq!((sent.to_accounts, sent.to_followers, sent.to_relays), (vec![Id(9)], false, false));
    }
}
