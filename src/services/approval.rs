//! Leave to interact: what the authors of elsewhere say to the answers, boosts and favourites of people here
//! (<https://docs.gotosocial.org/en/latest/federation/interaction_controls/>).

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::interaction::{Interaction, Leave};
use crate::model::status::{Status, StatusView, Visibility};
use crate::platform::sql::Statement;
use crate::services;
use crate::store;

/// What `account` may do with a status that was loaded for it: whether its author is to be asked.
///
/// Error: `Unprocessable` where the author lets nobody like that.
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

/// Whom a new status is told to. One that waits for its leave goes to nobody but the author who gives it.
pub(super) fn publication(status: &Status, people: Vec<Id>) -> Outgoing {
    let event = match status.reblog_of_id {
        Some(_) => Event::Announce { status_id: status.id },
        None => Event::Create { status_id: status.id },
    };
    told(status, Outgoing::to(event, people))
}

/// The same for any other news of a status.
pub(super) fn told(status: &Status, outgoing: Outgoing) -> Outgoing {
    if status.is_waiting() {
        return Outgoing::to(outgoing.event, status.in_reply_to_account_id.into_iter().collect());
    }
    let is_original = status.reblog_of_id.is_none();
    outgoing
        .followers(status.visibility != Visibility::Direct)
        .relays(is_original && status.visibility == Visibility::Public)
}

const IS_WAITING: &str =
    "EXISTS (SELECT 1 FROM statuses WHERE id = json_extract(?3, '$[1]') AND approval = '')";

/// The author has given leave to an answer or boost of ours, and `proof` is its uri: now everybody is told, with it.
pub async fn granted(app: &App, ours: &StatusView, proof: &str) -> Result<()> {
    let status = Status { approval: Some(proof.to_owned()), ..ours.status.clone() };
    let id = app.new_id();
    let outgoing = publication(&status, super::publish::addressed(&status, None));
    let batch = vec![
        store::outbox::insert_if(IS_WAITING, id, ours.account.id, outgoing, app.now()),
        store::statuses::approve(status.id, proof),
    ];
    store::write(&app.db, batch).await?;
    app.hint(Message::Distribute(id));
    Ok(())
}

/// The author does not let an answer or boost of ours stand, or not any more. A boost goes. Of an answer the words
/// are its writer's: they are kept for those whom it names, and all others who have it are told that it is gone.
pub async fn refused(app: &App, ours: &StatusView) -> Result<()> {
    if ours.reblog.is_some() {
        return services::interact::unreblog(app, &ours.account, ours).await;
    }
    let status = &ours.status;
    let mut batch: Vec<Statement> = Vec::new();
    if !status.is_waiting() {
        let interested = store::load(&app.db, store::statuses::remote_interested(status.id)).await?;
        let event = Event::Delete { uri: status.uri.clone() };
        let outgoing = told(status, Outgoing::to(event, interested)).since(status.id);
        let id = app.new_id();
        batch.push(store::outbox::insert(id, ours.account.id, outgoing, app.now()));
        app.hint(Message::Distribute(id));
    }
    batch.extend(store::statuses::withdraw_from_others(status.id));
    store::write(&app.db, batch).await?;
    Ok(())
}
