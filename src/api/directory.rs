//! <https://docs.joinmastodon.org/methods/directory/>

use super::{id_of, plain_accounts};
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v1/directory", crate::anyone!("read", list))]
}

async fn list(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let is_new = c.params.filled("order") == Some("new");
    let is_local = c.params.bool("local").unwrap_or(false);
    let query = store::profiles::directory(id_of(viewer.as_ref()), is_local, is_new, page.limit, page.offset);
    Ok(plain_accounts(c, &store::load(&c.app.db, query).await?))
}
