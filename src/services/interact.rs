//! Favourites and boosts, by local and remote accounts.

use super::publish::{is_id_taken, searchable};
use super::{permission, personal};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::interaction::Interaction;
use crate::model::rate_limit::{DELETIONS, STATUSES};
use crate::model::status::{Status, StatusView, Visibility};
use crate::model::time::Time;
use crate::model::uri;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::tombstones::{Relation, Signed, Undo};

/// `actor` favourites a status (the boosted one of a boost). Repetitions have no effect. `received` is a remote
/// Like.
///
/// Error: `Unprocessable` where its author does not allow it to a local `actor`.
pub async fn favourite(
    app: &App,
    actor: &Account,
    status: &StatusView,
    received: Option<Signed<'_>>,
) -> Result<()> {
    if actor.is_local() {
        // Only the author is sent it anyway.
        permission::needs_approval(actor, status, Interaction::Favourite)?;
    }
    let StatusView { status, account: author, .. } = status.proper();
    let id = app.new_id();
    let uri = uri::like(&actor.uri, id);
    let like = received.unwrap_or_else(|| Signed::ours(&uri));
    let mut batch = Vec::new();
    if author.is_local() {
        batch.push(store::notifications::favourite(id, author.id, actor.id, status.id, like));
    }
    batch.push(store::favourites::insert(id, actor.id, status.id, like));
    if actor.is_local() && !author.is_local() {
        let event = Event::Like { uri: like.uri.to_owned(), object_uri: status.uri.clone() };
        let (row, outgoing) = (app.new_id(), Outgoing::to(event, vec![author.id]));
        batch.push(store::outbox::insert_if(&store::favourites::IS_NEW, row, actor.id, outgoing, app.now()));
        app.hint(Message::Distribute(row));
    }
    if actor.is_local() {
        batch.push(store::search::index_once(status.id, &searchable(status)));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// The statements of a remote Undo of a Like of a status: nothing where a newer Like stands.
pub fn undo_like(actor: Id, status: Id, undo: Undo<'_>) -> [Statement; 2] {
    [
        store::tombstones::undone(actor, Relation::Like(status), undo),
        store::favourites::undo(actor, status, undo),
    ]
}

/// `actor` removes a favourite. Without one nothing happens.
pub async fn unfavourite(app: &App, actor: &Account, status: &StatusView) -> Result<()> {
    let StatusView { status, account: author, .. } = status.proper();
    let mut batch = Vec::new();
    if actor.is_local() && !author.is_local() {
        let row = app.new_id();
        batch.push(store::outbox::undo_like(row, actor.id, status, app.now()));
        app.hint(Message::Distribute(row));
    }
    batch.push(store::favourites::delete(actor.id, status.id));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// A remote boost.
pub struct RemoteBoost<'a> {
    /// The Announce's id.
    pub uri: &'a str,
    pub published: Option<Time>,
    pub visibility: Visibility,
}

/// `actor` boosts a status (the boosted one of a boost); returns the id of the boost. On repetition a local
/// actor gets the first boost's id, a remote one `None`.
///
/// Errors: `NotFound` where the status cannot be boosted: direct ones, and private ones of others;
/// `Unprocessable` where its author does not allow it to a local `actor`.
pub async fn reblog(
    app: &App,
    actor: &Account,
    view: &StatusView,
    visibility: Visibility,
    remote: Option<RemoteBoost<'_>>,
) -> Result<Option<Id>> {
    personal::pace(app, STATUSES, 1)?;
    for attempt in 0..2 {
        match reblog_once(app, actor, view, visibility, remote.as_ref(), attempt).await {
            Err(Error::Conflict(what)) if is_id_taken(&what) => {}
            done => return done,
        }
    }
    reblog_once(app, actor, view, visibility, remote.as_ref(), 2).await
}

async fn reblog_once(
    app: &App,
    actor: &Account,
    view: &StatusView,
    visibility: Visibility,
    remote: Option<&RemoteBoost<'_>>,
    attempt: usize,
) -> Result<Option<Id>> {
    let StatusView { status, account: author, .. } = view.proper();
    let is_own_private = status.visibility == Visibility::Private && status.account_id == actor.id;
    if !(status.visibility.is_distributable() || is_own_private) {
        return Err(Error::NotFound);
    }
    let needs_approval = actor.is_local() && permission::needs_approval(actor, view, Interaction::Reblog)?;
    // A second boost by the same account inserts no row, so it is looked up only for a local one, whose
    // response needs it.
    if actor.is_local()
        && let Some(boost) = store::load(&app.db, store::statuses::boost_of(status.id, actor.id)).await?
    {
        return Ok(Some(boost.status.id));
    }
    let created_at = remote.and_then(|r| r.published).unwrap_or_else(|| app.now()).min(app.now());
    let id = match remote {
        Some(remote) => app.id_of_status(remote.uri, created_at, attempt),
        None => app.id_at(created_at),
    };
    let uri = remote.map_or_else(|| uri::announce(&actor.uri, id), |r| r.uri.to_owned());
    // A boost is never more visible than the boosted status.
    let visibility = remote.map_or(visibility, |r| r.visibility).max(status.visibility);
    let boost = Status {
        id,
        url: uri.clone(),
        uri: uri.clone(),
        account_id: actor.id,
        is_local: actor.is_local(),
        visibility,
        reblog_of_id: Some(status.id),
        approval: needs_approval.then(String::new),
        created_at,
        ..Status::default()
    };
    let mut batch = Vec::new();
    if author.is_local() {
        batch.push(store::notifications::reblog(app.new_id(), author.id, actor.id, status.id, &uri));
    }
    let place = batch.len();
    batch.push(store::statuses::insert(&boost));
    let mut sent = None;
    if actor.is_local() {
        let people = (!author.is_local()).then_some(author.id).into_iter().collect();
        let outgoing = Outgoing::to(Event::Announce { status_id: id }, people).followers(!needs_approval);
        let row = app.new_id();
        sent = Some((batch.len(), row));
        batch.push(store::outbox::insert_if_audience(row, actor.id, outgoing, app.now()));
        batch.push(store::search::index_once(status.id, &searchable(status)));
    }
    let rows = store::write(&app.db, batch).await?;
    if let Some((place, row)) = sent
        && rows.get(place).is_some_and(|r| !r.is_empty())
    {
        app.hint(Message::Distribute(row));
    }
    rows.get(place).and_then(|r| r.first()).map(|row| row.id("id")).transpose()
}

/// `actor` removes a boost. Without one nothing happens.
pub async fn unreblog(app: &App, actor: &Account, status: &StatusView) -> Result<()> {
    personal::pace(app, DELETIONS, 1)?;
    let status = &status.proper().status;
    let mut batch = Vec::new();
    if actor.is_local() {
        let row = app.new_id();
        batch.push(store::outbox::undo_announce(row, actor.id, status, app.now()));
        app.hint(Message::Distribute(row));
    }
    batch.push(store::statuses::delete_boost(status.id, actor.id));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Bookmarks a status.
pub async fn bookmark(app: &App, actor: &Account, status: &StatusView) -> Result<()> {
    let status = &status.proper().status;
    let batch = vec![
        store::marks::bookmark(app.new_id(), actor.id, status.id),
        store::search::index_once(status.id, &searchable(status)),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}
