//! Events: changes here that other servers must be sent. A service commits one with its change (the outbox
//! row); `activitypub::wire::render` makes the activity from it.

use super::id::Id;
use super::time::Time;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Create {
        status_id: Id,
    },
    /// An edited status.
    Update {
        status_id: Id,
    },
    /// A change beside a status's text: the counts of its poll, its policy, its quote.
    Refresh {
        status_id: Id,
        at: Time,
    },
    /// A deleted status, by its uri.
    Delete {
        uri: String,
    },
    /// A boost.
    Announce {
        status_id: Id,
    },
    UndoAnnounce {
        uri: String,
        object_uri: String,
    },
    Like {
        uri: String,
        object_uri: String,
    },
    UndoLike {
        uri: String,
        object_uri: String,
    },
    /// An emoji reaction: the author of the status, the emoji (with its picture), and the audience.
    React {
        uri: String,
        object_uri: String,
        author_uri: String,
        name: String,
        url: String,
        cc: String,
    },
    UndoReact {
        uri: String,
        object_uri: String,
        author_uri: String,
        name: String,
        url: String,
        cc: String,
    },
    Follow {
        uri: String,
        object_uri: String,
    },
    UndoFollow {
        uri: String,
        object_uri: String,
    },
    /// The answer to a Follow: the Follow's id and its actor.
    AcceptFollow {
        uri: String,
        actor_uri: String,
    },
    RejectFollow {
        uri: String,
        actor_uri: String,
    },
    Block {
        uri: String,
        object_uri: String,
    },
    UndoBlock {
        uri: String,
        object_uri: String,
    },
    /// A vote in a remote poll.
    Vote {
        uri: String,
        status_id: Id,
        choice: usize,
    },
    /// A status (its uri) or a hashtag (its name) is pinned to the profile, or unpinned.
    Feature {
        uri: String,
        item: String,
        is_tag: bool,
        is_added: bool,
    },
    /// The account moves to another one.
    Move {
        uri: String,
        target_uri: String,
    },
    /// A report to the target's server: the account and its statuses.
    Flag {
        uri: String,
        comment: String,
        object_uris: Vec<String>,
    },
    /// A quoting status asks the author of the quoted one for authorization.
    QuoteRequest {
        status_id: Id,
    },
    /// The answers to a QuoteRequest (`uri`) by `actor_uri`.
    AcceptQuote {
        uri: String,
        actor_uri: String,
        quoted_uri: String,
        quoting_uri: String,
        stamp_id: Id,
    },
    RejectQuote {
        uri: String,
        actor_uri: String,
        quoted_uri: String,
        quoting_uri: String,
    },
    /// The authorization of a quote is revoked.
    DeleteStamp {
        uri: String,
        quoted_uri: String,
        quoting_uri: String,
    },
    /// An activity of another actor, forwarded unchanged.
    Forward {
        activity: String,
    },
    /// An update of the account's profile.
    UpdateActor,
    DeleteActor,
}

impl Event {
    /// A key of the object: the same for all events that must arrive in order, such as a status, its edits
    /// and its deletion, or all changes of a tie between two accounts. Empty where order does not matter.
    pub fn subject(&self) -> String {
        let uri = match self {
            Self::Create { status_id }
            | Self::Update { status_id }
            | Self::Refresh { status_id, .. }
            | Self::Announce { status_id }
            | Self::QuoteRequest { status_id }
            | Self::Vote { status_id, .. } => return status_id.to_string(),
            Self::Delete { uri } | Self::UndoAnnounce { uri, .. } => uri,
            Self::Like { object_uri, .. }
            | Self::UndoLike { object_uri, .. }
            | Self::React { object_uri, .. }
            | Self::UndoReact { object_uri, .. }
            | Self::Follow { object_uri, .. }
            | Self::UndoFollow { object_uri, .. }
            | Self::Block { object_uri, .. }
            | Self::UndoBlock { object_uri, .. } => object_uri,
            Self::AcceptFollow { actor_uri, .. } | Self::RejectFollow { actor_uri, .. } => actor_uri,
            Self::AcceptQuote { quoting_uri, .. }
            | Self::RejectQuote { quoting_uri, .. }
            | Self::DeleteStamp { quoting_uri, .. } => quoting_uri,
            Self::Feature { item, .. } => item,
            Self::UpdateActor => return "profile".into(),
            Self::Move { .. } | Self::Flag { .. } | Self::Forward { .. } | Self::DeleteActor => "",
        };
        // A local status is identified by its id in any of its uris; an unrelated uri with the same ending
        // would wait without need, which is rare.
        uri.trim_end_matches("/activity").rsplit('/').next().unwrap_or("").to_owned()
    }
}

/// An event with its audience; local accounts among `accounts` are skipped when it is distributed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub event: Event,
    /// All remote followers of the acting account.
    pub to_followers: bool,
    pub to_accounts: Vec<Id>,
    /// A status (or boost): also the servers that got it and no longer have a follower.
    pub since_status: Option<Id>,
    /// The relays that accepted us.
    pub to_relays: bool,
    pub to_inboxes: Vec<Id>,
}

impl Outgoing {
    /// To these accounts only.
    pub fn to(event: Event, to_accounts: Vec<Id>) -> Self {
        Self {
            event,
            to_followers: false,
            to_accounts,
            since_status: None,
            to_relays: false,
            to_inboxes: Vec::new(),
        }
    }

    /// And to all followers, if `to_followers`.
    pub fn followers(self, to_followers: bool) -> Self {
        Self { to_followers, ..self }
    }

    /// And to the relays that accepted us, if `to_relays`.
    pub fn relays(self, to_relays: bool) -> Self {
        Self { to_relays, ..self }
    }

    /// To these inboxes only.
    pub fn to_inboxes(event: Event, to_inboxes: Vec<Id>) -> Self {
        Self { to_inboxes, ..Self::to(event, Vec::new()) }
    }

    /// And to servers that had followers when this status was published.
    pub fn since(self, status: Id) -> Self {
        Self { since_status: Some(status), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_and_ends_are_about_the_same() {
        let uri = || "https://a.example/users/alice/statuses/7".to_owned();
        let all = [
            Event::Create { status_id: Id(7) },
            Event::Delete { uri: uri() },
            Event::Like { uri: "https://a.example/likes/1".into(), object_uri: uri() },
            Event::UndoAnnounce { uri: uri() + "/activity", object_uri: "https://b.example/9".into() },
        ];
        assert!(all.iter().all(|event| event.subject() == "7"));
        assert_eq!(Event::DeleteActor.subject(), "");
    }
}
