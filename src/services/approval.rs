//! Approval of interactions: the answers of remote authors to replies, boosts and favourites by local
//! accounts (<https://docs.gotosocial.org/en/latest/federation/interaction_controls/>).

use super::audience::{addressed, by_visibility, publication};
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

/// The author has approved a reply or boost of ours, and `proof` is the uri of the approval: it is now sent
/// to its whole audience.
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

/// The author rejects a reply or boost of ours, or revokes the approval. A boost is deleted. A reply is kept
/// for its author and the accounts that it mentions, and a Delete goes to all other servers that have it.
pub async fn refused(app: &App, ours: &StatusView) -> Result<()> {
    if ours.reblog.is_some() {
        return services::interact::unreblog(app, &ours.account, ours).await;
    }
    let status = &ours.status;
    let mut batch: Vec<Statement> = Vec::new();
    if !status.is_waiting() {
        let interested = store::load(&app.db, store::statuses::remote_interested(status.id)).await?;
        let event = Event::Delete { uri: status.uri.clone() };
        let outgoing = by_visibility(status, Outgoing::to(event, interested)).since(status.id);
        let id = app.new_id();
        batch.push(store::outbox::insert(id, ours.account.id, outgoing, app.now()));
        app.hint(Message::Distribute(id));
    }
    batch.extend(store::statuses::withdraw_from_others(status.id));
    store::write(&app.db, batch).await?;
    Ok(())
}
