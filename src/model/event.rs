//! What happened here that others must hear of. A service commits one with its change (the
//! outbox row); `activitypub::render` makes the activity of it.

use super::id::Id;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Create {
        status_id: Id,
    },
    /// An edited status.
    Update {
        status_id: Id,
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
    /// The account's own profile.
    UpdateActor,
    DeleteActor,
}

/// An event with whom it concerns; local accounts among `accounts` are passed over when it is distributed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub event: Event,
    /// All remote followers of the account that acts.
    pub to_followers: bool,
    pub to_accounts: Vec<Id>,
}
