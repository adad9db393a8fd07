//! What two accounts are to each other, seen by the first.

use super::id::Id;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relationship {
    /// The other account.
    pub id: Id,
    pub is_following: bool,
    pub shows_reblogs: bool,
    pub is_notifying: bool,
    pub languages: Option<Vec<String>>,
    pub is_followed_by: bool,
    pub is_blocking: bool,
    pub is_blocked_by: bool,
    pub has_requested: bool,
    pub is_requested_by: bool,
}
