//! Interaction policies of statuses, for local accounts
//! (<https://docs.gotosocial.org/en/latest/federation/interaction_controls/>).

use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::interaction::{Interaction, Permission};
use crate::model::status::StatusView;

/// Error: `Forbidden` where the account has moved: it cannot act until it takes the move back, as on Mastodon.
pub fn may_act(account: &Account) -> Result<()> {
    match account.moved_to_uri {
        Some(_) => Err(Error::Forbidden("Your login is currently disabled".into())),
        None => Ok(()),
    }
}

/// Whether `account` may interact with a status that was loaded for it, and whether that needs approval.
///
/// Error: `Unprocessable` where the author does not allow it.
pub fn needs_approval(account: &Account, status: &StatusView, what: Interaction) -> Result<bool> {
    match status.permission(what, account.id) {
        Permission::Allowed => Ok(false),
        Permission::NeedsApproval => Ok(true),
        Permission::Denied => Err(Error::validation(match what {
            Interaction::Favourite => "Its author does not let you favourite this post",
            Interaction::Reply => "Its author does not let you reply to this post",
            Interaction::Reblog => "Its author does not let you boost this post",
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_moved_may_not_act() {
        assert!(may_act(&Account::default()).is_ok());
        let moved = Account { moved_to_uri: Some("https://b.example/me".into()), ..Account::default() };
        assert_eq!(may_act(&moved).unwrap_err().status(), 403);
    }
}
