//! The relationship of an account to another one.

use super::id::Id;
use super::time::Time;

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
    pub is_muting: bool,
    pub is_muting_notifications: bool,
    pub muting_expires_at: Option<Time>,
    pub is_domain_blocking: bool,
    pub is_endorsed: bool,
    /// The private note.
    pub note: String,
}
