//! `GET /api/v1/accounts/:id/lists`: <https://docs.joinmastodon.org/methods/accounts/#lists>

use serde_json::Value;

use super::lists::render;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v1/accounts/{id}/lists", crate::user!("read:lists", containing))]
}

async fn containing(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let id = c.id("id")?;
    let (account, lists) = store::load(
        &c.app.db,
        (store::accounts::present(id), store::lists::containing(viewer.account.id, id)),
    )
    .await?;
    account.ok_or(Error::NotFound)?;
    Ok(Response::json(&lists.iter().map(render).collect::<Value>()))
}
