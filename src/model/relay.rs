//! A relay: a server that passes on what is public.

use super::id::Id;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    pub id: Id,
    /// As the operator gave it: the address of an inbox (Mastodon's form), or of an actor (LitePub's).
    pub address: String,
    pub inbox_id: Option<Id>,
    /// Of its inbox; whoever answers for it must be there.
    pub domain: String,
    /// Who announces; known once it has answered, or is an actor's address.
    pub actor_uri: Option<String>,
    /// The id of our Follow.
    pub follow_uri: String,
    pub state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Accepted,
    Rejected,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    pub fn parse(text: &str) -> Self {
        [Self::Accepted, Self::Rejected].into_iter().find(|s| s.as_str() == text).unwrap_or(Self::Pending)
    }
}

impl Relay {
    /// Whether an address is that of an inbox: then the relay is of Mastodon's form.
    pub fn is_inbox(address: &str) -> bool {
        address.trim_end_matches('/').ends_with("/inbox")
    }
}
