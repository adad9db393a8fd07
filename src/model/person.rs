//! Accounts as members of staff see them.

use super::account::Account;
use super::id::Id;
use super::role::{RoleId, Roles};
use super::user::User;

/// An account, and its login where it is of this instance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Person {
    pub account: Account,
    pub user: Option<User>,
    /// Of all identities of the person.
    pub roles: Vec<RoleId>,
    /// The address that somebody has signed up from, for a while.
    pub address: Option<String>,
}

impl Person {
    /// Whether somebody may act on them: not on themselves, and on none of whom some identity has a role as high.
    pub fn is_below(&self, by: &User, roles: &Roles) -> bool {
        let is_self = self.user.as_ref().is_some_and(|user| user.person == by.person);
        let theirs = self.roles.iter().chain([&RoleId::EVERYONE]);
        !is_self && theirs.into_iter().all(|role| roles.is_above(by.role, *role))
    }
}

/// Where accounts are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    #[default]
    Local,
    Remote,
    Any,
}

/// In which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Disabled,
    Sensitized,
    Silenced,
    Suspended,
}

impl State {
    pub const ALL: [Self; 5] =
        [Self::Active, Self::Disabled, Self::Sensitized, Self::Silenced, Self::Suspended];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Sensitized => "sensitized",
            Self::Silenced => "silenced",
            Self::Suspended => "suspended",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A selection of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sought {
    pub origin: Origin,
    pub state: Option<State>,
    /// Only those with one of these roles.
    pub roles: Option<Vec<RoleId>>,
    /// The beginning of the username.
    pub username: Option<String>,
    /// Part of the display name.
    pub display_name: Option<String>,
    /// The domain of the handle.
    pub domain: Option<String>,
    pub email: Option<String>,
}

/// A note of a member of staff about an account or a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub id: Id,
    pub by: Id,
    pub by_name: String,
    pub content: String,
}
