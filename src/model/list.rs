//! Lists: <https://docs.joinmastodon.org/entities/List/>.

use super::id::Id;
use super::time::Time;

/// Lists of an account.
pub const MAX_LISTS: usize = 50;
/// Maximum characters of a title.
pub const MAX_TITLE: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    pub id: Id,
    pub account_id: Id,
    pub title: String,
    pub replies: RepliesPolicy,
    /// Its members' statuses are not shown on the home timeline.
    pub is_exclusive: bool,
}

/// Lists of an account that are public as feeds.
pub const MAX_FEEDS: usize = 10;
/// Members of a list that its feed looks at.
pub const MAX_FEED_MEMBERS: usize = 100;
/// Entries of the feed: eleven rows each, and a stranger's request reads 200 at most.
pub const FEED_ENTRIES: usize = 18;

/// A list as a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub list_id: Id,
    pub title: String,
    /// The end of its address; `None` where the list is no feed.
    pub key: Option<String>,
    /// When what is in it was last found.
    pub found_at: Time,
}

/// Which replies a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RepliesPolicy {
    /// To any account that the list's owner follows.
    Followed,
    /// To members of the list.
    #[default]
    List,
    None,
}

impl RepliesPolicy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Followed => "followed",
            Self::List => "list",
            Self::None => "none",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Followed, Self::List, Self::None].into_iter().find(|p| p.as_str() == text)
    }
}
