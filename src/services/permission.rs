//! Interaction policies of statuses, for local accounts
//! (<https://docs.gotosocial.org/en/latest/federation/interaction_controls/>).

use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::interaction::{Interaction, Leave};
use crate::model::status::StatusView;

/// Whether `account` may interact with a status that was loaded for it, and whether that needs approval.
///
/// Error: `Unprocessable` where the author does not allow it.
pub fn is_asked(account: &Account, status: &StatusView, what: Interaction) -> Result<bool> {
    match status.leave(what, account.id) {
        Leave::Free => Ok(false),
        Leave::Asked => Ok(true),
        Leave::Denied => Err(Error::validation(match what {
            Interaction::Favourite => "Its author does not let you favourite this post",
            Interaction::Reply => "Its author does not let you reply to this post",
            Interaction::Reblog => "Its author does not let you boost this post",
        })),
    }
}
