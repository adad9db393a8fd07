//! From an outbox row to the inboxes that it is delivered to: distinct ones, shared ones first, ten a message.

use super::sync;
use crate::activitypub::wire::render;
use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::id::Id;
use crate::store;

/// So many signatures fit one invocation of ten milliseconds.
pub const CHUNK: usize = 10;
/// So many messages are sent for one row at once: twenty calls of the queue, which takes a hundred each. The sweep sends
/// the rest.
const MAX_CHUNKS: usize = 2_000;

/// Renders an outbox row's activity, divides its audience into chunks, and sends a message for each. For a row
/// that was distributed before, only the messages are sent. Answers whether the queue accepted them; where it does
/// not, the rows stay, and cron delivers them.
pub async fn distribute(app: &App, outbox: Id) -> Result<bool> {
    let (row, has_audience) =
        store::load(&app.db, (store::outbox::by_id(outbox), store::inboxes::has_audience(outbox))).await?;
    let Some(row) = row else { return Ok(true) };
    if row.activity.is_none() {
        let account = store::load(&app.db, store::accounts::by_id_with_key(row.account_id)).await?;
        let event = store::outbox::read_event(&row.event)?;
        let activity = match (&account, has_audience) {
            (Some(account), true) => render::activity::render(app, account, &event).await?,
            _ => None,
        };
        let Some(activity) = activity else {
            store::write(&app.db, vec![store::outbox::delete(outbox)]).await?;
            return Ok(true);
        };
        let digests = match &account {
            Some(account) => sync::keep(app, outbox, account, &activity).await?,
            None => None,
        };
        let mut batch = vec![
            store::inboxes::divide(outbox, CHUNK),
            store::receipts::start(outbox),
            store::outbox::distributed(outbox, &activity.to_string(), app.now()),
            store::outbox::delete_if_finished(&[outbox]),
        ];
        batch.extend(digests);
        store::write(&app.db, batch).await?;
    }
    announce(app, outbox).await
}

/// Sends a message for every chunk that was not tried yet.
pub async fn announce(app: &App, outbox: Id) -> Result<bool> {
    let chunks = store::load(&app.db, store::inboxes::chunks(outbox, MAX_CHUNKS)).await?;
    let messages =
        chunks.iter().map(|chunk| Message::Deliver { outbox_id: outbox, chunk: *chunk }.to_json()).collect();
    if let Err(error) = app.queue.send(messages).await {
        crate::platform::log(&format!("queue: {error}; cron delivers {outbox}"));
        return Ok(false);
    }
    Ok(true)
}
