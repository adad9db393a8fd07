//! What happened here that others must hear of. A service commits one with its change (the
//! outbox row); `activitypub::wire::render` makes the activity of it.

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
    /// What stands beside a status's text has changed: the counts of its poll, its policy, its quote.
    Refresh {
        status_id: Id,
        at: Time,
    },
    /// A deleted status, by its uri.
    Delete {
        uri: String,
    },
    /// A boost, by its own row.
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
    /// An emoji reaction: to whose status, with which emoji (and its picture), and who may know.
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
    /// The answer to somebody's Follow: its id and who sent it.
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
    /// A choice in somebody else's poll.
    Vote {
        uri: String,
        status_id: Id,
        choice: usize,
    },
    /// A status (its uri) or a hashtag (its name) comes to the profile, or goes from it.
    Feature {
        uri: String,
        item: String,
        is_tag: bool,
        is_added: bool,
    },
    /// The account is another one now.
    Move {
        uri: String,
        target_uri: String,
    },
    /// A report to somebody's server: the account and statuses of theirs.
    Flag {
        uri: String,
        comment: String,
        object_uris: Vec<String>,
    },
    /// A status asks the author of what it quotes for leave.
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
    /// Leave to a quote is taken back.
    DeleteStamp {
        uri: String,
        quoted_uri: String,
        quoting_uri: String,
    },
    /// Somebody else's activity, passed on as it came.
    Forward {
        activity: String,
    },
    /// The account's own profile.
    UpdateActor,
    DeleteActor,
}

impl Event {
    /// What it is about, in short: one and the same for all that must arrive in its order, such as a status, its edits
    /// and its end, or what becomes of a tie to somebody. Empty where nothing follows from it.
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
        // A local status is its id, by whatever uri; what else ends alike waits without need, and is rare.
        uri.trim_end_matches("/activity").rsplit('/').next().unwrap_or("").to_owned()
    }
}

/// An event with whom it concerns; local accounts among `accounts` are passed over when it is distributed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub event: Event,
    /// All remote followers of the account that acts.
    pub to_followers: bool,
    pub to_accounts: Vec<Id>,
    /// A status (or boost): servers that got it and have no follower of the account any more are told, too.
    pub since_status: Option<Id>,
    /// The relays that took us.
    pub to_relays: bool,
    pub to_inboxes: Vec<Id>,
}

impl Outgoing {
    /// To these accounts alone.
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

    /// And to all followers, where `to_followers`.
    pub fn followers(self, to_followers: bool) -> Self {
        Self { to_followers, ..self }
    }

    /// And to the relays that took us, where `to_relays`.
    pub fn relays(self, to_relays: bool) -> Self {
        Self { to_relays, ..self }
    }

    /// To these inboxes alone.
    pub fn to_inboxes(event: Event, to_inboxes: Vec<Id>) -> Self {
        Self { to_inboxes, ..Self::to(event, Vec::new()) }
    }

    /// And to servers that had followers when this status went out.
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
