//! <https://docs.joinmastodon.org/methods/endorsements/>

use super::account_list;
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v1/endorsements", crate::user!("read:accounts", list))]
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let listed = store::load(&c.app.db, store::profiles::endorsed(viewer.account.id, &page)).await?;
    account_list(c, &listed).await
}
