//! <https://docs.joinmastodon.org/methods/domain_blocks/>

use serde_json::{Value, json};

use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::user::Viewer;
use crate::platform::guard::normalise_domain;
use crate::services;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/domain_blocks", crate::user!("read:blocks", list)),
        Route::new("POST", "/api/v1/domain_blocks", crate::user!("write:blocks", block)),
        Route::new("DELETE", "/api/v1/domain_blocks", crate::user!("write:blocks", unblock)),
        Route::new("GET", "/api/v1/domain_blocks/preview", crate::user!("read:blocks", preview)),
    ]
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let listed = store::load(&c.app.db, store::mutes::domains(viewer.account.id, &page)).await?;
    let body: Value = listed.iter().map(|(_, domain)| json!(domain)).collect();
    let cursors: Vec<Id> = listed.iter().map(|(id, _)| *id).collect();
    Ok(paged(c, &body, &cursors, listed.len() >= page.limit))
}

fn domain(c: &Context<'_>) -> Result<String> {
    c.params
        .filled("domain")
        .and_then(normalise_domain)
        .ok_or_else(|| Error::validation("Domain is not a valid domain name"))
}

/// Removes follows in both directions with accounts of the domain.
async fn block(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let domain = domain(c)?;
    if c.app.site().find_domain(&domain).is_some() {
        return Err(Error::validation("Domain is this instance's own"));
    }
    services::follow::block_domain(c.app, &viewer.account, &domain).await?;
    Ok(Response::empty_object())
}

async fn unblock(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    store::write(&c.app.db, vec![store::mutes::unblock_domain(viewer.account.id, &domain(c)?)]).await?;
    Ok(Response::empty_object())
}

/// How many follows blocking would remove.
async fn preview(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let query = store::ties::with_domain(viewer.account.id, &domain(c)?, 1000);
    let mut ties = store::load(&c.app.db, query).await?;
    ties.retain(|(tie, _)| !tie.is_request);
    let following = ties.iter().filter(|(tie, _)| tie.account_id == viewer.account.id).count();
    Ok(Response::json(&json!({"following_count": following, "followers_count": ties.len() - following})))
}
