//! Users, and the viewer of a request.

use super::account::Account;
use super::filter::Filter;
use super::id::Id;
use super::look::Look;
use super::quote::QuotePolicy;
use super::role::RoleId;
use super::scope::Scopes;
use super::sign_up::Applicant;
use super::status::Visibility;
use super::time::Time;

/// The login of a local account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct User {
    pub id: Id,
    pub account_id: Id,
    /// The same for all identities of a person, who have one password: the id of the first.
    pub person: Id,
    pub email: Option<String>,
    pub role: RoleId,
    /// Frozen by a moderator: nobody can sign in.
    pub disabled_at: Option<Time>,
    /// Interface language, such as `ko`.
    pub locale: String,
    pub default_visibility: Visibility,
    pub default_sensitive: bool,
    pub default_language: Option<String>,
    pub default_quote_policy: QuotePolicy,
    pub notification_policy: NotificationPolicy,
    pub taste: Taste,
    pub created_at: Time,
    /// The last day (since 1970, UTC) on which they were here, as it is stored.
    pub seen_on: i64,
}

/// How pages are shown to a person, whichever of their identities they use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taste {
    pub look: Look,
    /// A time zone by its IANA name; empty for UTC.
    pub zone: String,
}

/// What happens to notifications by accounts of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyAction {
    #[default]
    Accept = 0,
    /// Filtered: listed as a notification request.
    Filter = 1,
    Drop = 2,
}

impl PolicyAction {
    pub const ALL: [Self; 3] = [Self::Accept, Self::Filter, Self::Drop];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Filter => "filter",
            Self::Drop => "drop",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|h| h.as_str() == text)
    }

    pub fn from_int(n: i64) -> Self {
        match n {
            0 => Self::Accept,
            1 => Self::Filter,
            _ => Self::Drop,
        }
    }
}

/// <https://docs.joinmastodon.org/entities/NotificationPolicy/>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NotificationPolicy {
    pub not_following: PolicyAction,
    pub not_followers: PolicyAction,
    pub new_accounts: PolicyAction,
    pub private_mentions: PolicyAction,
    pub limited_accounts: PolicyAction,
    pub bots: PolicyAction,
}

impl NotificationPolicy {
    /// Its parts by name.
    pub fn parts(&mut self) -> [(&'static str, &mut PolicyAction); 6] {
        [
            ("not_following", &mut self.not_following),
            ("not_followers", &mut self.not_followers),
            ("new_accounts", &mut self.new_accounts),
            ("private_mentions", &mut self.private_mentions),
            ("limited_accounts", &mut self.limited_accounts),
            ("bots", &mut self.bots),
        ]
    }
}

/// The account that makes a request, with a user's token.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewer {
    pub user: User,
    pub account: Account,
    pub grant: Grant,
    pub filters: Vec<Filter>,
}

/// What a bearer token allows. A client's own token has no viewer.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    pub token_id: Id,
    pub app_id: Id,
    pub scopes: Scopes,
    /// The day (since 1970, UTC) of which it is stored that the token was used.
    pub used_on: i64,
    /// Whose it is, where there is no account yet.
    pub applicant: Option<Applicant>,
}
