//! Relationships that a domain block has ended. Suspending one account ends none of people here.
//! <https://docs.joinmastodon.org/entities/RelationshipSeveranceEvent/>

use super::id::Id;
use super::time::{DAY, Time};

/// A list of them is kept for so long.
pub const KEPT_FOR: i64 = 180 * DAY;

/// What ended them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    DomainBlock,
    /// The person blocked the domain.
    UserDomainBlock,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DomainBlock => "domain_block",
            Self::UserDomainBlock => "user_domain_block",
        }
    }

    pub fn parse(text: &str) -> Self {
        match text {
            "user_domain_block" => Self::UserDomainBlock,
            _ => Self::DomainBlock,
        }
    }
}

/// What one person has lost by one event. It has the id of its notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Severance {
    pub id: Id,
    pub kind: Kind,
    /// The domain.
    pub target_name: String,
    pub created_at: Time,
    pub following_count: i64,
    pub followers_count: i64,
}
