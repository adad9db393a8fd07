//! What is on top of a profile: pinned statuses and hashtags, of local people and of remote ones.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::status::{Status, StatusView, Visibility};
use crate::platform::sql::Statement;
use crate::store;

/// So many statuses may be pinned.
pub const MOST_PINS: usize = 5;
/// And so many are kept of a remote profile.
const MOST_REMOTE: usize = 20;

/// The outbox row that tells the followers; `condition` as in [`store::outbox::insert_if`].
fn told(
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

/// A person puts one of their statuses on top of their profile.
///
/// Error: `Unprocessable` where there are too many already.
pub async fn pin(app: &App, actor: &Account, status: &Status) -> Result<()> {
    let id = app.new_id();
    let batch = vec![
        store::marks::pin(id, actor.id, status.id, MOST_PINS),
        told(app, store::marks::IS_PINNED, actor, id, &status.uri, false, true),
    ];
    let rows = store::write(&app.db, batch).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("You have already pinned the maximum number of posts"));
    }
    Ok(())
}

/// And takes it away again, where it is there.
pub async fn unpin(app: &App, actor: &Account, view: &StatusView) -> Result<()> {
    if view.flags.is_pinned {
        let batch = vec![
            store::marks::unpin(actor.id, view.status.id),
            told(app, "1", actor, app.new_id(), &view.status.uri, false, false),
        ];
        store::write(&app.db, batch).await?;
    }
    Ok(())
}

/// A remote person pins a status of theirs.
pub async fn pin_remote(app: &App, actor: &Account, status: &Status) -> Result<()> {
    if status.visibility != Visibility::Direct && status.reblog_of_id.is_none() {
        let pin = store::marks::pin(app.new_id(), actor.id, status.id, MOST_REMOTE);
        store::write(&app.db, vec![pin]).await?;
    }
    Ok(())
}

pub async fn unpin_remote(app: &App, actor: &Account, uri: &str) -> Result<()> {
    store::write(&app.db, vec![store::marks::unpin_by_uri(actor.id, uri)]).await?;
    Ok(())
}

/// What became of featuring a hashtag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Featuring {
    Made,
    WasThere,
    TooMany,
}

/// A person puts a hashtag on their profile, while there are fewer than `most`.
pub async fn tag(app: &App, actor: &Account, name: &str, most: usize) -> Result<Featuring> {
    let id = app.new_id();
    let batch = vec![
        store::tags::feature(id, actor.id, name, most),
        told(app, store::tags::IS_FEATURED, actor, id, name, true, true),
    ];
    let rows = store::write(&app.db, batch).await?;
    let entry = rows.first().and_then(|r| r.first()).map(|row| row.id("id")).transpose()?;
    Ok(match entry {
        None => Featuring::TooMany,
        Some(entry) if entry == id => Featuring::Made,
        Some(_) => Featuring::WasThere,
    })
}

/// And takes it away: by name. Answers whether it was there.
pub async fn untag(app: &App, actor: &Account, name: &str) -> Result<bool> {
    let rows = store::write(&app.db, vec![store::tags::unfeature(actor.id, name)]).await?;
    gone(app, actor, rows).await
}

/// As [`untag`], by the entry's id.
pub async fn untag_by_id(app: &App, actor: &Account, id: Id) -> Result<bool> {
    let rows = store::write(&app.db, vec![store::tags::unfeature_by_id(actor.id, id)]).await?;
    gone(app, actor, rows).await
}

/// Whoever removes the row tells of it.
async fn gone(app: &App, actor: &Account, rows: Vec<crate::platform::sql::Rows>) -> Result<bool> {
    let Some(name) = rows.first().and_then(|r| r.first()).map(|row| row.text("tag")).transpose()? else {
        return Ok(false);
    };
    store::write(&app.db, vec![told(app, "1", actor, app.new_id(), &name, true, false)]).await?;
    Ok(true)
}
