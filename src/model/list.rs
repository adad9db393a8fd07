//! Lists: <https://docs.joinmastodon.org/entities/List/>.

use super::id::Id;

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
