//! Web Push subscriptions: <https://docs.joinmastodon.org/entities/WebPushSubscription/>

use super::id::Id;

/// The types of alerts, as Mastodon 4.6 names them.
pub const ALERTS: [&str; 17] = [
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quote",
    "quoted_update",
    "severed_relationships",
    "moderation_warning",
    "annual_report",
    "added_to_collection",
    "collection_update",
    "admin.sign_up",
    "admin.report",
];

/// How many of the newest messages are looked through for those that their invocation has not sent.
pub const MOST_LOOKED_AT: usize = 500;

/// How many notifications of one invocation have their messages sent by it and those that it asks.
pub const MOST_TOLD: usize = 5_000;

/// Whose notifications are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PushPolicy {
    #[default]
    All,
    /// Of accounts that the subscriber follows.
    Followed,
    /// Of followers.
    Follower,
    None,
}

impl PushPolicy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Followed => "followed",
            Self::Follower => "follower",
            Self::None => "none",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::All, Self::Followed, Self::Follower, Self::None].into_iter().find(|p| p.as_str() == text)
    }
}

/// What a subscriber wants to be told of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Of [`ALERTS`].
    pub alerts: Vec<&'static str>,
    pub policy: PushPolicy,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub id: Id,
    pub endpoint: String,
    /// aes128gcm (RFC 8291), not aesgcm.
    pub is_standard: bool,
    pub wishes: Wishes,
}
