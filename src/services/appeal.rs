//! Appeals against strikes.

use super::letters;
use super::staff::{self, audit, lifting};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::strike::{Action, AppealState, Lift};
use crate::model::user::User;
use crate::store;

/// A person appeals against a strike of theirs, once.
///
/// Errors: `NotFound` where it is none of theirs; `Unprocessable` for a text that is empty or too long, and where it is too late or was
/// done before.
pub async fn make(app: &App, account: &Account, strike: Id, text: &str) -> Result<()> {
    let found = store::load(&app.db, store::strikes::by_id(strike)).await?;
    let found = found.filter(|strike| strike.target.id == account.id).ok_or(Error::NotFound)?;
    let text = staff::checked(text)?;
    if text.is_empty() {
        return Err(Error::validation("Text can't be blank"));
    }
    if !found.may_be_appealed(app.now()) {
        return Err(Error::validation("The appeal cannot be made any more"));
    }
    store::write(&app.db, vec![store::strikes::appeal(strike, account.id, &text, app.now())]).await?;
    Ok(())
}

/// Decides an appeal. If it is approved, what the strike did is lifted, as far as it can be.
///
/// Error: `NotFound` where none waits.
pub async fn decide(app: &App, by: &User, strike: Id, is_approved: bool) -> Result<()> {
    let found = store::load(&app.db, store::strikes::by_id(strike)).await?;
    let waits = |appeal: &Option<(String, AppealState)>| {
        appeal.as_ref().is_some_and(|(_, state)| *state == AppealState::Pending)
    };
    let found = found.filter(|strike| waits(&strike.appeal)).ok_or(Error::NotFound)?;
    // Nobody decides about themselves, nor about higher roles.
    let person = staff::person(app, by, found.target.id).await?;
    let target = person.account;
    let lift = match found.action {
        Action::Disable => Some(Lift::Enable),
        Action::Sensitive => Some(Lift::Unsensitive),
        Action::Silence => Some(Lift::Unsilence),
        Action::Suspend => Some(Lift::Unsuspend),
        Action::None | Action::DeleteStatuses | Action::MarkStatusesAsSensitive => None,
    };
    let mut batch = vec![store::strikes::decide(strike, is_approved, app.now())];
    let lift = lift.filter(|_| is_approved);
    if let Some(lift) = lift {
        batch.extend(lifting(app, &target, lift));
    }
    if let Some(user) = &person.user {
        let written = |name: &str, link: &str| letters::appeal(app, &user.locale, name, is_approved, link);
        batch.extend(staff::letter(app, user, &target, strike, written).await?);
    }
    let what = if is_approved { "approve_appeal" } else { "reject_appeal" };
    batch.push(audit(app, by, what, &Target::account(&found.target), ""));
    match store::write(&app.db, batch).await {
        // Somebody else has decided in between.
        Err(Error::Internal(what)) if what.contains(&format!("strikes.{}", store::strikes::DECIDED)) => {
            return Err(Error::NotFound);
        }
        other => other?,
    };
    match lift {
        Some(_) => staff::blocked_again(app, &target).await,
        None => Ok(()),
    }
}
