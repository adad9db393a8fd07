//! Hashtags.

use super::id::Id;
use super::time::Time;

/// A day (number since 1970): public statuses, accounts.
pub type Day = (i64, i64, i64);

/// A hashtag, for one viewer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tag {
    /// Normalised, without `#`.
    pub name: String,
    pub is_followed: bool,
    pub is_featured: bool,
    /// Days without statuses are left out.
    pub week: Vec<Day>,
}

/// A featured hashtag.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Featured {
    pub id: Id,
    pub name: String,
    /// The account's public and unlisted statuses with it.
    pub uses: i64,
    pub last_at: Option<Time>,
}
