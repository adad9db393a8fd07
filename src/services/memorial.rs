//! Accounts of people who have died: nobody can sign in any more, the profile says so, and what is there stays.

use super::staff::{audit, person};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::user::User;
use crate::store;

/// Makes an account memorial, or takes that back; other servers get an Update. It is no strike: nothing was done wrong.
///
/// Errors: as of [`person`]; `Unprocessable` for an account of another server.
pub async fn set(app: &App, by: &User, target: Id, is_memorial: bool) -> Result<()> {
    let found = person(app, by, target).await?;
    let account = found.account;
    if found.user.is_none() {
        return Err(Error::validation("Account is of another server"));
    }
    if account.is_memorial == is_memorial {
        return Ok(());
    }
    let now = app.now();
    let (mut batch, what) = if is_memorial {
        (store::memorial::begin(account.id, now), "memorialize")
    } else {
        (store::memorial::end(account.id), "unmemorialize")
    };
    let id = app.new_id();
    batch.push(store::outbox::insert(id, account.id, super::profile::update_event(), now));
    batch.push(audit(app, by, what, &Target::account(&account), ""));
    store::write(&app.db, batch).await?;
    app.hint(Message::Distribute(id));
    Ok(())
}
