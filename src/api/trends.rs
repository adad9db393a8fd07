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
use crate::model::user::Viewer;
use crate::store;

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
fn paged<T: Serialize>(c: &Context<'_>, body: &T, page: &Page, found: usize) -> Response {
    let response = Response::json(body);
    if found < page.limit {
        return response;
    }
    let origin = c.app.home().web_origin;
    let next = page.offset + page.limit;
    let link = format!("<{origin}{}?limit={}&offset={next}>; rel=\"next\"", c.path.to_text(), page.limit);
    response.with("Link", link)
}

async fn tags(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let page = pagination::read(&c.params, 10, 20)?;
    if is_off(c) {
        return Ok(Response::json(&json!([])));
    }
    let query = store::tags::trending(id_of(viewer.as_ref()), page.limit, page.offset);
    let found = store::load(&c.app.db, query).await?;
    let frame = Frame::to(c.app, viewer.as_ref());
    Ok(paged(c, &found.iter().map(|t| tag::render(t, &frame)).collect::<Value>(), &page, found.len()))
}

async fn statuses(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let page = pagination::read(&c.params, 20, 40)?;
    if is_off(c) {
        return Ok(Response::json(&json!([])));
    }
    let query = store::trends::statuses(id_of(viewer.as_ref()), page.limit, page.offset);
    let found = store::load(&c.app.db, query).await?;
    let frame = Frame::to(c.app, viewer.as_ref());
    Ok(paged(c, &status::list(&found, &frame), &page, found.len()))
}

async fn links(c: &Context<'_>, _: Option<Viewer>) -> Result<Response> {
    let page = pagination::read(&c.params, 10, 20)?;
    if is_off(c) {
        return Ok(Response::json(&json!([])));
    }
    let found = store::load(&c.app.db, store::trends::links(page.limit, page.offset)).await?;
    let frame = Frame::of(c.app);
    let body: Value = found
        .iter()
        .map(|(url, week, found)| {
            let mut entity = card::of(url, found.as_deref(), &frame).unwrap_or_else(|| card::bare(url));
            if let Value::Object(map) = &mut entity {
                map.insert("history".into(), json!(tag::history(week, &frame)));
            }
            entity
        })
        .collect();
    Ok(paged(c, &body, &page, found.len()))
}
