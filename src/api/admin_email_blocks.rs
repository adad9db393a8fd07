//! <https://docs.joinmastodon.org/methods/admin/email_domain_blocks/> and
//! <https://docs.joinmastodon.org/methods/admin/canonical_email_blocks/>

use serde_json::{Value, json};

use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::role::Permission;
use crate::model::time::Time;
use crate::model::user::Viewer;
use crate::services::sign_up_rules as rules;
use crate::store;
use crate::store::email_blocks::{Canonical, EmailDomain};

const DOMAINS: &str = "/api/v1/admin/email_domain_blocks";
const ONE_DOMAIN: &str = "/api/v1/admin/email_domain_blocks/{id}";
const CANONICAL: &str = "/api/v1/admin/canonical_email_blocks";
const ONE_CANONICAL: &str = "/api/v1/admin/canonical_email_blocks/{id}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET",
            DOMAINS,
            crate::staff!("admin:read:email_domain_blocks", Permission::MANAGE_BLOCKS, domains),
        ),
        Route::new(
            "POST",
            DOMAINS,
            crate::staff!("admin:write:email_domain_blocks", Permission::MANAGE_BLOCKS, block_domain),
        ),
        Route::new(
            "GET",
            ONE_DOMAIN,
            crate::staff!("admin:read:email_domain_blocks", Permission::MANAGE_BLOCKS, domain),
        ),
        Route::new(
            "DELETE",
            ONE_DOMAIN,
            crate::staff!("admin:write:email_domain_blocks", Permission::MANAGE_BLOCKS, unblock_domain),
        ),
        Route::new(
            "GET",
            CANONICAL,
            crate::staff!("admin:read:canonical_email_blocks", Permission::MANAGE_BLOCKS, canonical),
        ),
        Route::new(
            "POST",
            CANONICAL,
            crate::staff!("admin:write:canonical_email_blocks", Permission::MANAGE_BLOCKS, block),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/canonical_email_blocks/test",
            crate::staff!("admin:read:canonical_email_blocks", Permission::MANAGE_BLOCKS, test),
        ),
        Route::new(
            "GET",
            ONE_CANONICAL,
            crate::staff!("admin:read:canonical_email_blocks", Permission::MANAGE_BLOCKS, one),
        ),
        Route::new(
            "DELETE",
            ONE_CANONICAL,
            crate::staff!("admin:write:canonical_email_blocks", Permission::MANAGE_BLOCKS, unblock),
        ),
    ]
}

/// <https://docs.joinmastodon.org/entities/Admin_EmailDomainBlock/>. Tries are not counted by domain: the history is empty.
fn domain_entity(block: &EmailDomain) -> Value {
    json!({
        "id": block.id.to_string(),
        "domain": block.domain,
        "created_at": Time(block.id.unix_ms()).to_iso(),
        "history": [],
        "allow_with_approval": block.allows_with_approval,
    })
}

/// <https://docs.joinmastodon.org/entities/Admin_CanonicalEmailBlock/>
fn canonical_entity((id, hash): &Canonical) -> Value {
    json!({"id": id.to_string(), "canonical_email_hash": hash})
}

async fn domains(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let listed = store::load(&c.app.db, store::email_blocks::domains(&page)).await?;
    let body: Value = listed.iter().map(domain_entity).collect();
    Ok(paged(c, &body, &listed.cursors, listed.goes_on))
}

async fn domain(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let found = store::load(&c.app.db, store::email_blocks::domain(c.id("id")?)).await?;
    Ok(Response::json(&domain_entity(&found.ok_or(Error::NotFound)?)))
}

async fn block_domain(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let typed = c.params.filled("domain").unwrap_or("");
    let allows = c.params.bool("allow_with_approval").unwrap_or(false);
    let by = &viewer.account;
    Ok(Response::json(&domain_entity(&rules::block_email_domain(c.app, by, typed, allows).await?)))
}

async fn unblock_domain(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    rules::unblock_email_domain(c.app, &viewer.account, c.id("id")?).await?;
    Ok(Response::empty_object())
}

async fn canonical(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let listed = store::load(&c.app.db, store::email_blocks::canonical(&page)).await?;
    let body: Value = listed.iter().map(canonical_entity).collect();
    Ok(paged(c, &body, &listed.cursors, listed.goes_on))
}

async fn one(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let found = store::load(&c.app.db, store::email_blocks::canonical_by_id(c.id("id")?)).await?;
    Ok(Response::json(&canonical_entity(&found.ok_or(Error::NotFound)?)))
}

/// By an `email`, or by the `canonical_email_hash` of one.
async fn block(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let typed = c.params.filled("canonical_email_hash").or(c.params.filled("email")).unwrap_or("");
    Ok(Response::json(&canonical_entity(&rules::block_email(c.app, &viewer.account, typed).await?)))
}

async fn unblock(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    rules::unblock_email(c.app, &viewer.account, c.id("id")?).await?;
    Ok(Response::empty_object())
}

/// The block of an `email`, in a list.
async fn test(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let typed = c
        .params
        .filled("email")
        .ok_or_else(|| Error::bad_request("param is missing or the value is empty: email"))?;
    let found =
        store::load(&c.app.db, store::email_blocks::canonical_by_hash(&rules::canonical_hash(typed))).await?;
    Ok(Response::json(&found.iter().map(canonical_entity).collect::<Value>()))
}
