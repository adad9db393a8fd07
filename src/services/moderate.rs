//! Moderation of accounts by the operator, and secure mode.

use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::strike::KEPT_FOR;
use crate::platform::sql::Statement;
use crate::store;

/// In secure mode other servers must sign their requests.
pub async fn set_secure_mode(app: &App, is_secure: bool) -> Result<()> {
    let mode = if is_secure { "on" } else { "off" };
    store::write(&app.db, vec![store::site::set("secure_mode", mode)]).await?;
    Ok(())
}

/// The kind of the job that deletes an account whose suspension has lasted [`KEPT_FOR`].
const EXPIRE: &str = "expire";

/// The statements of a suspension, or of its end. An account that is suspended is hidden with its statuses. A local one can do
/// nothing, and its followers get an Update; [`KEPT_FOR`] later it is deleted. A remote one no longer follows anybody here, and its
/// server gets Rejects; when that ends its profile is fetched again, since updates were ignored.
pub(super) fn suspension(app: &App, account: &Account, is_suspended: bool) -> Vec<Statement> {
    let now = app.now();
    let mut batch = vec![store::account_deletion::suspend(account.id, is_suspended.then_some(now))];
    if account.is_local() {
        let id = app.new_id();
        batch.push(store::outbox::insert(id, account.id, super::profile::update_event(), now));
        app.hint(Message::Distribute(id));
        batch.push(store::jobs::delete_of(EXPIRE, &account.uri));
        if is_suspended {
            let since = account.suspended_at.unwrap_or(now);
            batch.push(store::jobs::insert(app.new_id(), EXPIRE, &account.uri, "{}", since.plus(KEPT_FOR)));
        }
    } else if is_suspended {
        batch.push(store::notifications::withdraw_follows_by(account.id));
        batch.push(super::job::row(app, "suspension", &account.uri, "0"));
    } else {
        batch.push(super::job::row(app, "actor", &account.uri, "{}"));
    }
    batch
}

/// Deletes a local account that is still suspended. Does nothing for others.
pub async fn expire(app: &App, uri: &str) -> Result<()> {
    let Some(account) = store::load(&app.db, store::accounts::by_uri(uri)).await? else { return Ok(()) };
    let Some(user) = store::load(&app.db, store::users::by_account(account.id)).await? else { return Ok(()) };
    if account.is_suspended() { super::remove::local_account(app, &user, &account).await } else { Ok(()) }
}
