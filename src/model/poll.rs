//! Polls: <https://docs.joinmastodon.org/entities/Poll/>.

use super::time::{DAY, MINUTE, Time};

/// A poll of a status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Poll {
    /// Titles (plain text) and votes.
    pub options: Vec<(String, i64)>,
    pub is_multiple: bool,
    /// Votes are hidden until it ends.
    pub hides_totals: bool,
    /// `None`: it has no end time.
    pub expires_at: Option<Time>,
    /// Number of accounts that voted, if the author's server sends it.
    pub voters: Option<i64>,
    /// Remote: each option's name verbatim, where some title differs from it: votes use these.
    pub names: Vec<String>,
}

pub const MAX_OPTIONS: usize = 4;
/// Grapheme clusters.
pub const MAX_OPTION: usize = 50;
/// Milliseconds.
pub const MIN_DURATION: i64 = 5 * MINUTE;
/// A month in Mastodon's limit, in milliseconds.
pub const MAX_DURATION: i64 = 2_629_746_000;

impl Poll {
    pub fn is_over(&self, now: Time) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    pub fn votes(&self) -> i64 {
        self.options.iter().map(|(_, n)| n).sum()
    }

    /// The option's name in a vote: exactly as its server sent it.
    pub fn name(&self, choice: usize) -> Option<&str> {
        let title = self.options.get(choice).map(|(title, _)| title.as_str())?;
        Some(self.names.get(choice).map_or(title, String::as_str))
    }

    /// Whether votes stay valid: title and number of options are the same.
    pub fn is_same_question(&self, other: &Self) -> bool {
        self.is_multiple == other.is_multiple
            && self.options.iter().map(|(t, _)| t).eq(other.options.iter().map(|(t, _)| t))
    }
}

const _: () = assert!(MAX_DURATION > 30 * DAY);
