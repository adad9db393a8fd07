//! The log of what members of staff did.

use super::account::Account;
use super::id::Id;

/// What somebody acted on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// Such as `account`, `report`, `status`, `domain_block`, `role`, `settings`.
    pub kind: &'static str,
    pub id: Id,
    /// For people, also once the target is gone: a handle, a domain, a name.
    pub label: String,
}

impl Target {
    pub fn account(account: &Account) -> Self {
        Self { kind: "account", id: account.id, label: format!("@{}", account.handle()) }
    }

    pub fn new(kind: &'static str, id: Id, label: impl Into<String>) -> Self {
        Self { kind, id, label: label.into() }
    }
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: Id,
    pub by: Id,
    pub by_name: String,
    /// A verb, such as `suspend`.
    pub action: String,
    pub kind: String,
    pub target_id: Id,
    pub label: String,
    pub detail: String,
}
