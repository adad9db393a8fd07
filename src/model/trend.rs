//! What is much talked about, and what members of staff say of it.

use super::id::Id;
use super::time::Time;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Tag,
    Status,
    Link,
}

impl Kind {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Status => "status",
            Self::Link => "link",
        }
    }
}

/// Which trends somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// All, also those that may not trend: for staff.
    All,
    /// All but those that may not trend.
    Unrefused,
    /// Those that staff has approved.
    Approved,
}

impl Shown {
    /// What everybody sees.
    pub fn to_everybody(needs_review: bool) -> Self {
        if needs_review { Self::Approved } else { Self::Unrefused }
    }
}

/// What staff says something of, beside hashtags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewed<'a> {
    Status(Id),
    /// With all of its statuses.
    Account(Id),
    Link(&'a str),
    /// A host with its subdomains.
    Publisher(&'a str),
}

/// What was said of a link or of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub key: String,
    pub is_trendable: bool,
    pub reviewed_at: Time,
}
