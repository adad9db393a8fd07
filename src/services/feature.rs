//! Pinned statuses and featured hashtags of local and remote accounts.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::status::{Status, StatusView, Visibility};
use crate::platform::sql::Statement;
use crate::store;

/// Maximum number of pinned statuses.
pub const MAX_PINS: usize = 5;
/// Maximum number of featured hashtags.
pub const MAX_TAGS: usize = 10;
/// Maximum number kept of a remote profile.
const MAX_REMOTE: usize = 20;

/// The outbox row for the followers; `condition` as in [`store::outbox::insert_if`].
fn outbox_row(
    app: &App,
    condition: &'static str,
    account: &Account,
    row: Id,
    item: &str,
    is_tag: bool,
    is_added: bool,
) -> Statement {
    let verb = if is_added { "adds" } else { "removes" };
    let event = Event::Feature {
        uri: format!("{}#{verb}/{row}", account.uri),
        item: item.to_owned(),
        is_tag,
        is_added,
    };
    app.hint(Message::Distribute(row));
    let outgoing = Outgoing::to(event, Vec::new()).followers(true);
    store::outbox::insert_if(condition, row, account.id, outgoing, app.now())
}

/// A local account pins one of its statuses.
///
/// Error: `Unprocessable` where too many are pinned already.
pub async fn pin(app: &App, actor: &Account, status: &Status) -> Result<()> {
    let id = app.new_id();
    let batch = vec![
        store::marks::pin(id, actor.id, status.id, MAX_PINS),
        outbox_row(app, store::marks::IS_PINNED, actor, id, &status.uri, false, true),
    ];
    let rows = store::write(&app.db, batch).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("You have already pinned the maximum number of posts"));
    }
    Ok(())
}

/// Unpins a status, if it is pinned.
pub async fn unpin(app: &App, actor: &Account, view: &StatusView) -> Result<()> {
    if view.flags.is_pinned {
        let batch = vec![
            store::marks::unpin(actor.id, view.status.id),
            outbox_row(app, "1", actor, app.new_id(), &view.status.uri, false, false),
        ];
        store::write(&app.db, batch).await?;
    }
    Ok(())
}

/// A remote account pins one of its statuses.
pub async fn pin_remote(app: &App, actor: &Account, status: &Status) -> Result<()> {
    if status.visibility != Visibility::Direct && status.reblog_of_id.is_none() {
        let pin = store::marks::pin(app.new_id(), actor.id, status.id, MAX_REMOTE);
        store::write(&app.db, vec![pin]).await?;
    }
    Ok(())
}

pub async fn unpin_remote(app: &App, actor: &Account, uri: &str) -> Result<()> {
    store::write(&app.db, vec![store::marks::unpin_by_uri(actor.id, uri)]).await?;
    Ok(())
}

/// The result of featuring a hashtag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Featuring {
    Made,
    WasThere,
    TooMany,
}

/// A local account features a hashtag, while it has fewer than `most`.
pub async fn tag(app: &App, actor: &Account, name: &str, most: usize) -> Result<Featuring> {
    let id = app.new_id();
    let batch = vec![
        store::tags::feature(id, actor.id, name, most),
        outbox_row(app, store::tags::IS_FEATURED, actor, id, name, true, true),
    ];
    let rows = store::write(&app.db, batch).await?;
    let entry = rows.first().and_then(|r| r.first()).map(|row| row.id("id")).transpose()?;
    Ok(match entry {
        None => Featuring::TooMany,
        Some(entry) if entry == id => Featuring::Made,
        Some(_) => Featuring::WasThere,
    })
}

/// Removes a featured hashtag by name. Returns whether it existed.
pub async fn untag(app: &App, actor: &Account, name: &str) -> Result<bool> {
    let rows = store::write(&app.db, vec![store::tags::unfeature(actor.id, name)]).await?;
    gone(app, actor, rows).await
}

/// Like [`untag`], by the entry's id.
pub async fn untag_by_id(app: &App, actor: &Account, id: Id) -> Result<bool> {
    let rows = store::write(&app.db, vec![store::tags::unfeature_by_id(actor.id, id)]).await?;
    gone(app, actor, rows).await
}

/// The statement that removes the row decides whether the Remove is sent.
async fn gone(app: &App, actor: &Account, rows: Vec<crate::platform::sql::Rows>) -> Result<bool> {
    let Some(name) = rows.first().and_then(|r| r.first()).map(|row| row.text("tag")).transpose()? else {
        return Ok(false);
    };
    store::write(&app.db, vec![outbox_row(app, "1", actor, app.new_id(), &name, true, false)]).await?;
    Ok(true)
}
