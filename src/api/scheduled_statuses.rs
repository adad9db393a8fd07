//! <https://docs.joinmastodon.org/methods/scheduled_statuses/>

use serde_json::{Value, json};

use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::model::user::Viewer;
use crate::services;
use crate::services::draft::Draft;
use crate::store;
use crate::store::scheduled::Scheduled;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/scheduled_statuses", crate::user!("read:statuses", list)),
        Route::new("GET", "/api/v1/scheduled_statuses/{id}", crate::user!("read:statuses", show)),
        Route::new("PUT", "/api/v1/scheduled_statuses/{id}", crate::user!("write:statuses", update)),
        Route::new("PATCH", "/api/v1/scheduled_statuses/{id}", crate::user!("write:statuses", update)),
        Route::new("DELETE", "/api/v1/scheduled_statuses/{id}", crate::user!("write:statuses", delete)),
    ]
}

/// <https://docs.joinmastodon.org/entities/ScheduledStatus/>
fn render(s: &Scheduled) -> Value {
    json!({
        "id": s.id.to_string(),
        "scheduled_at": s.at.to_iso(),
        "params": services::schedule::shown(&s.params),
        "media_attachments": [],
    })
}

/// Error: `Unprocessable`, in Mastodon's words, where it is not a time.
fn moment(text: &str) -> Result<Time> {
    Time::parse_iso(text).ok_or_else(|| Error::Unprocessable("Record invalid".into()))
}

/// `POST /api/v1/statuses` with a time.
pub(super) async fn create(c: &Context<'_>, viewer: &Viewer, draft: Draft, at: &str) -> Result<Response> {
    let made = services::schedule::insert(c.app, &viewer.account, draft, moment(at)?).await?;
    Ok(Response::json(&render(&made)))
}

async fn load(c: &Context<'_>, viewer: &Viewer) -> Result<Scheduled> {
    store::load(&c.app.db, store::scheduled::by_id(viewer.account.id, c.id("id")?))
        .await?
        .ok_or(Error::NotFound)
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 20, 40)?;
    let found = store::load(&c.app.db, store::scheduled::list(viewer.account.id, &page)).await?;
    let cursors: Vec<Id> = found.iter().map(|s| s.id).collect();
    Ok(paged(c, &found.iter().map(render).collect::<Value>(), &cursors, found.len() >= page.limit))
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    Ok(Response::json(&render(&load(c, &viewer).await?)))
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut kept = load(c, &viewer).await?;
    if let Some(at) = c.params.filled("scheduled_at") {
        kept.at = moment(at)?;
        services::schedule::check_time(c.app, kept.at)?;
        store::write(&c.app.db, vec![store::scheduled::set_time(viewer.account.id, kept.id, kept.at)])
            .await?;
    }
    Ok(Response::json(&render(&kept)))
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let kept = load(c, &viewer).await?;
    store::write(&c.app.db, vec![store::scheduled::delete(viewer.account.id, kept.id)]).await?;
    Ok(Response::empty_object())
}
