//! <https://docs.joinmastodon.org/methods/favourites/>

use super::status_list;
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v1/favourites", crate::user!("read:favourites", list))]
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 20, 40)?;
    let listed = store::load(&c.app.db, store::marks::favourites(viewer.account.id, &page)).await?;
    Ok(status_list(c, &listed, &viewer))
}
