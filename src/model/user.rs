//! Logins, and who is asking.

use super::account::Account;
use super::id::Id;
use super::scope::Scopes;
use super::status::Visibility;
use super::time::Time;

/// From least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Role {
    #[default]
    User,
    Moderator,
    Admin,
    Owner,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// What is unknown may do the least.
    pub fn parse(text: &str) -> Self {
        match text {
            "owner" => Self::Owner,
            "admin" => Self::Admin,
            "moderator" => Self::Moderator,
            _ => Self::User,
        }
    }
}

/// The login of a local account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct User {
    pub id: Id,
    pub account_id: Id,
    pub email: Option<String>,
    pub role: Role,
    /// Interface language, such as `ko`.
    pub locale: String,
    pub default_visibility: Visibility,
    pub default_sensitive: bool,
    pub default_language: Option<String>,
    pub created_at: Time,
}

/// Who is asking, with a user's token.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewer {
    pub user: User,
    pub account: Account,
    pub grant: Grant,
}

/// What a bearer token allows. A client's own token has no viewer.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    pub token_id: Id,
    pub app_id: Id,
    pub scopes: Scopes,
}
