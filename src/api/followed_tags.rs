//! <https://docs.joinmastodon.org/methods/followed_tags/>

use serde_json::Value;

use super::entities::{Frame, tag};
use super::paged;
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::user::Viewer;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v1/followed_tags", crate::user!("read:follows", list))]
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let query = store::tags::followed(viewer.account.id, c.app.now(), &page);
    let listed = store::load(&c.app.db, query).await?;
    let frame = Frame::to(c.app, Some(&viewer));
    let body: Value = listed.iter().map(|(_, t)| tag::render(t, &frame)).collect();
    let cursors: Vec<Id> = listed.iter().map(|(id, _)| *id).collect();
    Ok(paged(c, &body, &cursors, listed.len() >= page.limit))
}
