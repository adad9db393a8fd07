//! <https://docs.joinmastodon.org/methods/follow_requests/>

use super::account_list;
use super::entities::relationship;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::services;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/follow_requests", crate::user!("read:follows", list)),
        Route::new(
            "POST",
            "/api/v1/follow_requests/{id}/authorize",
            crate::user!("write:follows", authorize),
        ),
        Route::new("POST", "/api/v1/follow_requests/{id}/reject", crate::user!("write:follows", reject)),
    ]
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let query = store::follows::requests(viewer.account.id, page.max_id, page.lower(), page.limit);
    account_list(c, &store::load(&c.app.db, query).await?).await
}

async fn authorize(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    answer(c, &viewer, true).await
}

async fn reject(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    answer(c, &viewer, false).await
}

async fn answer(c: &Context<'_>, viewer: &Viewer, is_welcome: bool) -> Result<Response> {
    let id = c.id("id")?;
    let follower = store::load(&c.app.db, store::accounts::present(id)).await?.ok_or(Error::NotFound)?;
    if is_welcome {
        services::follow::accept(c.app, &follower, &viewer.account).await?;
    } else {
        services::follow::reject(c.app, &follower, &viewer.account).await?;
    }
    let found = store::load(&c.app.db, store::follows::relationships(viewer.account.id, &[id])).await?;
    Ok(Response::json(&relationship::render(found.first().ok_or(Error::NotFound)?)))
}
