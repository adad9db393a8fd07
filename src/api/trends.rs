//! <https://docs.joinmastodon.org/methods/trends/>

use serde::Serialize;
use serde_json::{Value, json};

use super::entities::{Frame, card, status, tag};
use super::id_of;
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::page::Page;
use crate::model::trend::Shown;
use crate::model::user::Viewer;
use crate::store;
use crate::store::trends::Link;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/trends", crate::anyone!("read", tags)),
        Route::new("GET", "/api/v1/trends/tags", crate::anyone!("read", tags)),
        Route::new("GET", "/api/v1/trends/statuses", crate::anyone!("read", statuses)),
        Route::new("GET", "/api/v1/trends/links", crate::anyone!("read", links)),
    ]
}

/// If trends are disabled, earlier ones are hidden as well.
fn is_off(c: &Context<'_>) -> bool {
    !c.app.site().has_trends
}

/// Pages go by offset; the header says so.
pub(super) fn paged<T: Serialize>(c: &Context<'_>, body: &T, page: &Page, found: usize) -> Response {
    let response = Response::json(body);
    if found < page.limit {
        return response;
    }
    let origin = c.app.home().web_origin;
    let next = page.offset + page.limit;
    let link = format!("<{origin}{}?limit={}&offset={next}>; rel=\"next\"", c.path.to_text(), page.limit);
    response.with("Link", link)
}

/// What everybody sees.
fn shown(c: &Context<'_>) -> Shown {
    Shown::to_everybody(c.app.site().trends_need_review)
}

async fn tags(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    listed_tags(c, viewer.as_ref()).await
}

pub(super) async fn listed_tags(c: &Context<'_>, viewer: Option<&Viewer>) -> Result<Response> {
    let page = pagination::read(&c.params, 10, 20)?;
    if is_off(c) {
        return Ok(Response::json(&json!([])));
    }
    let query = store::trends::tags(id_of(viewer), shown(c), page.limit, page.offset);
    let found = store::load(&c.app.db, query).await?;
    let frame = Frame::to(c.app, viewer);
    Ok(paged(c, &found.iter().map(|t| tag::render(t, &frame)).collect::<Value>(), &page, found.len()))
}

async fn statuses(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    listed_statuses(c, viewer.as_ref()).await
}

pub(super) async fn listed_statuses(c: &Context<'_>, viewer: Option<&Viewer>) -> Result<Response> {
    let page = pagination::read(&c.params, 20, 40)?;
    if is_off(c) {
        return Ok(Response::json(&json!([])));
    }
    let query = store::trends::statuses(id_of(viewer), shown(c), page.limit, page.offset);
    let found = store::load(&c.app.db, query).await?;
    let frame = Frame::to(c.app, viewer);
    Ok(paged(c, &status::list(&found, &frame), &page, found.len()))
}

async fn links(c: &Context<'_>, _: Option<Viewer>) -> Result<Response> {
    listed_links(c).await
}

pub(super) async fn listed_links(c: &Context<'_>) -> Result<Response> {
    let page = pagination::read(&c.params, 10, 20)?;
    if is_off(c) {
        return Ok(Response::json(&json!([])));
    }
    let query = store::trends::links(shown(c), page.limit, page.offset);
    let found = store::load(&c.app.db, query).await?;
    let frame = Frame::of(c.app);
    Ok(paged(c, &found.iter().map(|link| link_entity(link, &frame)).collect::<Value>(), &page, found.len()))
}

/// <https://docs.joinmastodon.org/entities/PreviewCard/#trends-link>
pub(super) fn link_entity(link: &Link, frame: &Frame) -> Value {
    let known = card::of(&link.url, link.found.as_deref(), frame);
    let mut entity = known.unwrap_or_else(|| card::bare(&link.url));
    if let Value::Object(map) = &mut entity {
        map.insert("history".into(), json!(tag::history(&link.week, frame)));
    }
    entity
}
