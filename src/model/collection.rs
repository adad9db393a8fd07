//! Collections of accounts: <https://docs.joinmastodon.org/entities/Collection/>.

use super::id::Id;
use super::time::Time;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Collection {
    pub id: Id,
    pub account_id: Id,
    pub name: String,
    pub description: String,
    pub language: Option<String>,
    pub is_sensitive: bool,
    pub is_discoverable: bool,
    /// Normalised hashtag.
    pub tag: Option<String>,
    pub items: Vec<Item>,
    pub created_at: Time,
    pub updated_at: Time,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    pub id: Id,
    pub account_id: Id,
    /// pending, accepted, rejected or revoked.
    pub state: String,
    pub created_at: Time,
}
