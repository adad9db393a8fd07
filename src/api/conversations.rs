//! <https://docs.joinmastodon.org/methods/conversations/>

use serde_json::Value;

use super::entities::Frame;
use super::entities::conversation::render;
use super::{ANSWER, paged};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::end_with_statuses;
use crate::model::user::Viewer;
use crate::store;
use crate::store::conversations::participants;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/conversations", crate::user!("read:statuses", list)),
        Route::new("DELETE", "/api/v1/conversations/{id}", crate::user!("write:conversations", delete)),
        Route::new("POST", "/api/v1/conversations/{id}/read", crate::user!("write:conversations", read)),
        Route::new("POST", "/api/v1/conversations/{id}/unread", crate::user!("write:conversations", unread)),
    ]
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 20, 40)?;
    let me = viewer.account.id;
    let (mut found, views, people) = store::load(&c.app.db, store::conversations::list(me, &page)).await?;
    found.sort_by_cached_key(|f| std::cmp::Reverse(f.last_status_id));
    if page.is_upward() {
        found.reverse();
    }
    end_with_statuses(&mut found, &views, |f| Some(f.last_status_id));
    // The same accounts may be in all of them.
    let mut bytes = 0;
    found.retain(|f| {
        let is_first = bytes == 0;
        let last = views.iter().find(|v| v.status.id == f.last_status_id);
        bytes += last.map_or(0, |last| {
            last.bytes + participants(last, &people, me).map(Account::bytes).sum::<usize>()
        });
        is_first || bytes <= ANSWER
    });
    found.sort_by_cached_key(|f| std::cmp::Reverse(f.last_status_id));
    let frame = Frame::to(c.app, Some(&viewer));
    let body: Value = found.iter().filter_map(|f| render(f, &views, &people, me, &frame)).collect();
    let cursors: Vec<Id> = found.iter().map(|f| f.last_status_id).collect();
    Ok(paged(c, &body, &cursors, true))
}

async fn mark(c: &Context<'_>, viewer: &Viewer, is_unread: bool) -> Result<Response> {
    let (me, id) = (viewer.account.id, c.id("id")?);
    store::write(&c.app.db, vec![store::conversations::set_unread(me, id, is_unread)]).await?;
    let (found, views, people) = store::load(&c.app.db, store::conversations::by_id(me, id)).await?;
    let frame = Frame::to(c.app, Some(viewer));
    let found = found.first().and_then(|f| render(f, &views, &people, me, &frame));
    Ok(Response::json(&found.ok_or(Error::NotFound)?))
}

async fn read(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    mark(c, &viewer, false).await
}

async fn unread(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    mark(c, &viewer, true).await
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let statement = store::conversations::delete(viewer.account.id, c.id("id")?);
    let rows = store::write(&c.app.db, vec![statement]).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::NotFound);
    }
    Ok(Response::empty_object())
}
