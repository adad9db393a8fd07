//! Reports about accounts.

use super::account::Account;
use super::id::Id;
use super::time::Time;

/// The categories of <https://docs.joinmastodon.org/entities/Report/#category>.
pub const CATEGORIES: [&str; 4] = ["spam", "legal", "violation", "other"];

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    pub id: Id,
    pub account_id: Id,
    pub target: Account,
    /// Plain text.
    pub comment: String,
    /// One of [`CATEGORIES`].
    pub category: String,
    pub status_ids: Vec<Id>,
    pub rule_ids: Vec<Id>,
    /// Whether it was forwarded to the target's server.
    pub is_forwarded: bool,
    pub action_taken_at: Option<Time>,
    /// Who looks after it, and who resolved it.
    pub assigned_id: Option<Id>,
    pub action_taken_by: Option<Id>,
}
