//! Leave to interact: what the authors of elsewhere say to the answers, boosts and favourites of people here
//! (<https://docs.gotosocial.org/en/latest/federation/interaction_controls/>).

use super::audience::{addressed, publication, told};
use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::event::{Event, Outgoing};
use crate::model::status::{Status, StatusView};
use crate::platform::sql::Statement;
use crate::services;
use crate::store;

const IS_WAITING: &str =
    "EXISTS (SELECT 1 FROM statuses WHERE id = json_extract(?3, '$[1]') AND approval = '')";

/// The author has given leave to an answer or boost of ours, and `proof` is its uri: now everybody is told, with it.
pub async fn granted(app: &App, ours: &StatusView, proof: &str) -> Result<()> {
    let status = Status { approval: Some(proof.to_owned()), ..ours.status.clone() };
    let id = app.new_id();
    let outgoing = publication(&status, addressed(&status, None));
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
    batch.push(store::statuses::withdraw_from_others(status.id));
    store::write(&app.db, batch).await?;
    Ok(())
}
