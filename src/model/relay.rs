//! A relay: a server that distributes public statuses.

use super::id::Id;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    pub id: Id,
    /// As the operator entered it: the URL of an inbox (Mastodon's form), or of an actor (LitePub's).
    pub address: String,
    pub inbox_id: Option<Id>,
    /// Host of its inbox; answers must come from there.
    pub domain: String,
    /// The actor that announces; known once it has answered, or if the URL is an actor's.
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
    /// Whether a URL is that of an inbox: then the relay is of Mastodon's form.
    pub fn is_inbox(address: &str) -> bool {
        address.trim_end_matches('/').ends_with("/inbox")
    }
}
