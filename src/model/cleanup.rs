//! Automatic deletion of one's own old posts, with the exceptions that Mastodon has
//! (<https://docs.joinmastodon.org/user/preferences/>, "Automated post deletion").

use super::time::DAY;

/// What of an account is deleted when it is old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleanup {
    /// Age in days: one of [`AGES`].
    pub days: i64,
    pub keeps_direct: bool,
    pub keeps_pinned: bool,
    pub keeps_polls: bool,
    pub keeps_media: bool,
    /// What the author has favourited themselves.
    pub keeps_favourites: bool,
    /// What the author has bookmarked themselves.
    pub keeps_bookmarks: bool,
    /// What has so many favourites stays.
    pub min_favourites: Option<i64>,
    /// What has so many boosts stays.
    pub min_boosts: Option<i64>,
}

/// From a week to two years.
pub const AGES: [i64; 8] = [7, 14, 30, 60, 90, 180, 365, 730];
/// The largest of the numbers that keep a status.
const MAX_COUNT: i64 = 1_000_000;

/// Mastodon's defaults.
impl Default for Cleanup {
    fn default() -> Self {
        Self {
            days: 14,
            keeps_direct: true,
            keeps_pinned: true,
            keeps_polls: false,
            keeps_media: false,
            keeps_favourites: true,
            keeps_bookmarks: true,
            min_favourites: None,
            min_boosts: None,
        }
    }
}

impl Cleanup {
    /// The age in milliseconds.
    pub fn age(&self) -> i64 {
        self.days * DAY
    }

    /// Whether its numbers are allowed.
    pub fn is_valid(&self) -> bool {
        let counts = [self.min_favourites, self.min_boosts];
        AGES.contains(&self.days) && counts.into_iter().flatten().all(|n| (1..=MAX_COUNT).contains(&n))
    }
}

/// Posts of all accounts together that are deleted in a day (UTC), and operations of the queue that this may take of the
/// 10,000 of the free plan: each deletion is sent to every server that has the post.
pub const MOST_A_DAY: i64 = 300;
pub const OPERATIONS_A_DAY: i64 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_numbers_are_bounded() {
        let with = |days, min_favourites| Cleanup { days, min_favourites, ..Cleanup::default() };
        assert!(Cleanup::default().is_valid() && with(730, Some(1)).is_valid());
        for (days, min) in [(0, None), (1, None), (8, None), (7, Some(0)), (7, Some(-1)), (7, Some(i64::MAX))]
        {
            assert!(!with(days, min).is_valid(), "{days} {min:?}");
        }
    }
}
