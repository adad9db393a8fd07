//! <https://docs.joinmastodon.org/methods/admin/domain_allows/>

use serde_json::{Value, json};

use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::domain_block::DomainAllow;
use crate::model::role::Permission;
use crate::model::user::Viewer;
use crate::services::domain_block;
use crate::store;

const ALL: &str = "/api/v1/admin/domain_allows";
const ONE: &str = "/api/v1/admin/domain_allows/{id}";
const MAY: Permission = Permission::MANAGE_FEDERATION;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", ALL, crate::staff!("admin:read:domain_allows", MAY, list)),
        Route::new("POST", ALL, crate::staff!("admin:write:domain_allows", MAY, create)),
        Route::new("GET", ONE, crate::staff!("admin:read:domain_allows", MAY, show)),
        Route::new("DELETE", ONE, crate::staff!("admin:write:domain_allows", MAY, delete)),
    ]
}

/// <https://docs.joinmastodon.org/entities/Admin_DomainAllow/>
fn entity(allow: &DomainAllow) -> Value {
    json!({"id": allow.id.to_string(), "domain": allow.domain, "created_at": allow.created_at.to_iso()})
}

async fn list(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let listed = store::load(&c.app.db, store::domain_allows::page(&page)).await?;
    Ok(paged(c, &listed.iter().map(entity).collect::<Value>(), &listed.cursors, listed.goes_on))
}

async fn found(c: &Context<'_>) -> Result<DomainAllow> {
    store::load(&c.app.db, store::domain_allows::by_id(c.id("id")?)).await?.ok_or(Error::NotFound)
}

async fn show(c: &Context<'_>, _: Viewer) -> Result<Response> {
    Ok(Response::json(&entity(&found(c).await?)))
}

/// A domain that is allowed already is answered as it is.
async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let typed = c.params.filled("domain").ok_or_else(|| Error::validation("Domain can't be blank"))?;
    let domain = domain_block::checked(c.app, typed)?;
    let notes = domain_block::note(c.app, &viewer.account, "allow_domain", &domain);
    Ok(Response::json(&entity(&domain_block::allow(c.app, &domain, notes).await?)))
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let known = found(c).await?;
    let notes = domain_block::note(c.app, &viewer.account, "disallow_domain", &known.domain);
    domain_block::disallow(c.app, &known, notes).await?;
    Ok(Response::empty_object())
}
