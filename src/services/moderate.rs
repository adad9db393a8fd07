//! Moderation of accounts by the operator, and secure mode.

use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::store;

/// Suspends an account: it and its statuses are hidden until [`unsuspend`]. A local one can do nothing and
/// its followers get an Update; a remote one no longer follows anybody here, and its server gets Rejects.
pub async fn suspend(app: &App, account: &Account) -> Result<()> {
    change(app, account, true).await?;
    if account.is_local() {
        return Ok(());
    }
    super::follow::reject_all(app, account, 0).await
}

/// Lifts a suspension. The remote profile is fetched again, since updates were ignored.
pub async fn unsuspend(app: &App, account: &Account) -> Result<()> {
    change(app, account, false).await
}

/// In secure mode other servers must sign their requests.
pub async fn set_secure_mode(app: &App, is_secure: bool) -> Result<()> {
    let mode = if is_secure { "on" } else { "off" };
    store::write(&app.db, vec![store::site::set("secure_mode", mode)]).await?;
    Ok(())
}

async fn change(app: &App, account: &Account, is_suspended: bool) -> Result<()> {
    let now = app.now();
    let mut batch = vec![store::account_deletion::suspend(account.id, is_suspended.then_some(now))];
    if account.is_local() {
        let id = app.new_id();
        batch.push(store::outbox::insert(id, account.id, super::profile::update_event(), now));
        app.hint(Message::Distribute(id));
    } else if is_suspended {
        batch.push(store::notifications::withdraw_follows_by(account.id));
    } else {
        batch.push(super::job::row(app, "actor", &account.uri, "{}"));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}
