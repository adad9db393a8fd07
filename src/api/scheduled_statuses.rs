//! <https://docs.joinmastodon.org/methods/scheduled_statuses/>

use serde_json::{Value, json};

use super::entities::{Frame, status};
use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::media::Media;
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
fn render(s: &Scheduled, media: &[Media], origin: &str, frame: &Frame) -> Value {
    let params = services::schedule::shown(&s.params);
    // In the order of the request.
    let ids = params.get("media_ids").and_then(Value::as_array).into_iter().flatten();
    let files = ids.filter_map(|id| {
        let id = Id::parse(id.as_str()?)?;
        media.iter().find(|m| m.id == id && m.owner_id == Some(s.id))
    });
    json!({
        "id": s.id.to_string(),
        "scheduled_at": s.at.to_iso(),
        "media_attachments": files.map(|m| status::media(0, 0, &m.attachment(origin), frame)).collect::<Vec<_>>(),
        "params": params,
    })
}

/// With their attachments.
async fn rendered(c: &Context<'_>, viewer: &Viewer, all: &[Scheduled]) -> Result<Vec<Value>> {
    let has_media = |s: &&Scheduled| s.params.contains("\"media_ids\":[");
    let ids: Vec<Id> = all.iter().filter(has_media).map(|s| s.id).collect();
    let media = match ids.is_empty() {
        true => Vec::new(),
        false => store::load(&c.app.db, store::media::by_owners(&ids, viewer.account.id)).await?,
    };
    let origin = c.app.origin_of(&viewer.account);
    let frame = Frame::of(c.app);
    Ok(all.iter().map(|s| render(s, &media, &origin, &frame)).collect())
}

async fn answer(c: &Context<'_>, viewer: &Viewer, one: Scheduled) -> Result<Response> {
    let rendered = rendered(c, viewer, &[one]).await?;
    Ok(Response::json(&rendered.first()))
}

/// Error: `Unprocessable`, in Mastodon's words, where it is not a time.
fn moment(text: &str) -> Result<Time> {
    Time::parse_iso(text).ok_or_else(|| Error::Unprocessable("Record invalid".into()))
}

/// `POST /api/v1/statuses` with a time.
pub(super) async fn create(c: &Context<'_>, viewer: &Viewer, draft: Draft, at: &str) -> Result<Response> {
    let made = services::schedule::insert(c.app, &viewer.account, draft, moment(at)?).await?;
    answer(c, viewer, made).await
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
    let rendered: Value = rendered(c, &viewer, &found).await?.into();
    Ok(paged(c, &rendered, &cursors, found.len() >= page.limit))
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let found = load(c, &viewer).await?;
    answer(c, &viewer, found).await
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut kept = load(c, &viewer).await?;
    if let Some(at) = c.params.filled("scheduled_at") {
        let at = moment(at)?;
        services::schedule::set_time(c.app, &kept, at).await?;
        kept.at = at;
    }
    answer(c, &viewer, kept).await
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let kept = load(c, &viewer).await?;
    services::schedule::cancel(c.app, &kept).await?;
    Ok(Response::empty_object())
}
