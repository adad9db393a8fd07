//! Deletion: of a status, of an account, and of what is not here yet.

use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::status::{StatusView, Visibility};
use crate::store;

/// A local author deletes a status. Told are the followers (and the servers of those who were), who is
/// mentioned, and who wrote what it answers.
pub async fn status(app: &App, author: &Account, view: &StatusView) -> Result<()> {
    let status = &view.status;
    let id = app.new_id();
    let mut to_accounts: Vec<Id> = status.mentions.iter().filter(|m| !m.is_local).map(|m| m.id).collect();
    to_accounts.extend(status.in_reply_to_account_id);
    let interested = store::load(&app.db, store::statuses::remote_interested(status.id)).await?;
    to_accounts.extend(interested);
    let outgoing = Outgoing::to(Event::Delete { uri: status.uri.clone() }, to_accounts)
        .followers(status.visibility != Visibility::Direct)
        .relays(status.visibility == Visibility::Public)
        .since(status.id);
    store::write(
        &app.db,
        vec![
            store::outbox::insert(id, author.id, outgoing, app.now()),
            store::statuses::delete(status.id, author.id),
            store::tombstones::insert(&status.uri, author.id, app.now()),
        ],
    )
    .await?;
    app.hint(Message::Distribute(id));
    Ok(())
}

/// A remote actor deletes or undoes `uri`, which may be a status or boost of theirs, here or not yet
/// here; or their leave to a quote. It stays away. Answers the local quotes that have lost their leave, and
/// whose they are.
pub async fn remote_by_uri(app: &App, actor: &Account, uri: &str) -> Result<Vec<(Id, Id)>> {
    let rows = store::write(
        &app.db,
        vec![
            store::quotes::revoke_by_stamp(uri, actor.id),
            store::statuses::withdraw_boost(uri, actor.id),
            store::statuses::delete_by_uri(uri, actor.id),
            store::tombstones::insert(uri, actor.id, app.now()),
        ],
    )
    .await?;
    let mut quotes = Vec::new();
    for row in rows.first().into_iter().flatten() {
        if row.bool("is_local")? {
            quotes.push((row.id("id")?, row.id("account_id")?));
        }
    }
    Ok(quotes)
}

/// A remote actor is gone for good, and all that was theirs with it.
pub async fn remote_account(app: &App, actor: &Account) -> Result<()> {
    store::write(&app.db, vec![store::accounts::delete_remote(actor.id)]).await?;
    Ok(())
}
