//! <https://docs.joinmastodon.org/methods/announcements/>

use serde_json::Value;

use super::entities::{Frame, announcement};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::services;
use crate::store;
use crate::store::announcements::Announcement;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/announcements", crate::user!("read", list)),
        Route::new("POST", "/api/v1/announcements/{id}/dismiss", crate::user!("write:accounts", dismiss)),
        Route::new(
            "PUT",
            "/api/v1/announcements/{id}/reactions/{name}",
            crate::user!("write:favourites", react),
        ),
        Route::new(
            "PATCH",
            "/api/v1/announcements/{id}/reactions/{name}",
            crate::user!("write:favourites", react),
        ),
        Route::new(
            "DELETE",
            "/api/v1/announcements/{id}/reactions/{name}",
            crate::user!("write:favourites", unreact),
        ),
    ]
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let query = store::announcements::list(viewer.account.id, c.app.now());
    let found = store::load(&c.app.db, query).await?;
    let frame = Frame::of(c.app);
    Ok(Response::json(&found.iter().map(|a| announcement::render(a, &frame)).collect::<Value>()))
}

async fn find(c: &Context<'_>, viewer: &Viewer) -> Result<Announcement> {
    let id = c.id("id")?;
    let query = store::announcements::list(viewer.account.id, c.app.now());
    store::load(&c.app.db, query).await?.into_iter().find(|a| a.id == id).ok_or(Error::NotFound)
}

async fn dismiss(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let found = find(c, &viewer).await?;
    store::write(&c.app.db, vec![store::announcements::dismiss(viewer.account.id, found.id)]).await?;
    Ok(Response::empty_object())
}

/// A single emoji, or a custom one of the instance by its shortcode.
async fn react(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let found = find(c, &viewer).await?;
    services::react::to_announcement(c.app, viewer.account.id, &found, c.segment("name")?).await?;
    Ok(Response::empty_object())
}

async fn unreact(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let found = find(c, &viewer).await?;
    let statement = store::announcements::unreact(viewer.account.id, found.id, c.segment("name")?);
    store::write(&c.app.db, vec![statement]).await?;
    Ok(Response::empty_object())
}
