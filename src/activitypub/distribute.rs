//! From an outbox row to the inboxes that it goes to: distinct ones, shared ones first, ten to a message.

use super::render;
use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::id::Id;
use crate::model::time::DAY;
use crate::store;
use crate::store::deliveries::Next;

/// So many signatures fit one invocation of ten milliseconds.
pub const CHUNK: usize = 10;

/// Resolves an outbox row's audience, writes what is to be sent and to whom, and says so to the queue.
/// A row that was distributed before is only announced again. Where the queue refuses, the rows stay,
/// and the sweep delivers.
pub async fn distribute(app: &App, outbox: Id) -> Result<()> {
    let (row, audience) =
        store::load(&app.db, (store::outbox::by_id(outbox), store::inboxes::audience(outbox))).await?;
    let Some(row) = row else { return Ok(()) };
    let chunks: Vec<u32> = if row.activity.is_some() {
        row.chunks
    } else {
        let account = store::load(&app.db, store::accounts::by_id_with_key(row.account_id)).await?;
        let event = store::outbox::read_event(&row.event)?;
        let activity = match (&account, audience.is_empty()) {
            (Some(account), false) => render::activity::render(app, account, &event).await?,
            _ => None,
        };
        let Some(activity) = activity else {
            store::write(&app.db, vec![store::outbox::delete(outbox)]).await?;
            return Ok(());
        };
        let now = app.now();
        let live: Vec<Id> = audience.iter().filter(|a| !a.is_set_aside).map(|a| a.id).collect();
        let chunks: Vec<Vec<Id>> = live.chunks(CHUNK).map(<[Id]>::to_vec).collect();
        let pending = store::inboxes::pending_json(&chunks);
        let mut batch =
            vec![store::outbox::distributed(outbox, &activity.to_string(), &pending, audience.len(), now)];
        // Servers that fail for days get theirs when they are heard from, or a try a day.
        for aside in audience.iter().filter(|a| a.is_set_aside) {
            batch.push(store::deliveries::failed(
                outbox,
                aside.id,
                Next { attempts: 1, at: now.plus(DAY), is_blocking: true },
                "set aside",
            ));
        }
        store::write(&app.db, batch).await?;
        (0..chunks.len() as u32).collect()
    };
    let messages =
        chunks.iter().map(|chunk| Message::Deliver { outbox_id: outbox, chunk: *chunk }.to_json()).collect();
    if let Err(error) = app.queue.send(messages).await {
        crate::platform::log(&format!("queue: {error}; the sweep delivers {outbox}"));
    }
    Ok(())
}
