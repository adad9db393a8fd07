//! Hashtags.

use super::id::Id;
use super::time::Time;

/// Of a day (number since 1970): public statuses, people.
pub type Day = (i64, i64, i64);

/// A hashtag as a viewer is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tag {
    /// Normalised, without `#`.
    pub name: String,
    pub is_followed: bool,
    pub is_featured: bool,
    /// Days without are left out.
    pub week: Vec<Day>,
}

/// A hashtag on a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Featured {
    pub id: Id,
    pub name: String,
    /// The account's public and unlisted statuses with it.
    pub uses: i64,
    pub last_at: Option<Time>,
}
