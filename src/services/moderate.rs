//! The operator's hand on accounts, local and remote.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::store;

/// Hides an account and all that it wrote, until [`unsuspend`]. A local one can do nothing any more and its
/// followers are told; a remote one follows nobody here any more, and its server is told so.
pub async fn suspend(app: &App, account: &Account) -> Result<()> {
    if account.is_local() {
        return change(app, account, true).await;
    }
    let here = store::load(&app.db, store::departures::followed_here(account.id)).await?;
    for target in store::load(&app.db, store::accounts::by_ids(&here)).await? {
        match super::follow::reject(app, account, &target).await {
            Ok(()) | Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    change(app, account, true).await
}

/// Shows it again. What a remote server said meanwhile is read again.
pub async fn unsuspend(app: &App, account: &Account) -> Result<()> {
    change(app, account, false).await
}

async fn change(app: &App, account: &Account, is_suspended: bool) -> Result<()> {
    let now = app.now();
    let mut batch = vec![store::departures::suspend(account.id, is_suspended.then_some(now))];
    let id = app.new_id();
    if account.is_local() {
        batch.push(store::outbox::insert(id, account.id, super::profile::renewed(), now));
        app.hint(Message::Distribute(id));
    } else if !is_suspended {
        batch.push(store::jobs::insert(id, "actor", &account.uri, "{}", now));
        app.hint(Message::Run(id));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}
