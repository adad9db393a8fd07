//! <https://docs.joinmastodon.org/methods/admin/domain_blocks/>

use serde_json::{Value, json};

use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::domain_block::{DomainBlock, Severity};
use crate::model::role::Permission;
use crate::model::user::Viewer;
use crate::services::domain_block;
use crate::store;

const ALL: &str = "/api/v1/admin/domain_blocks";
const ONE: &str = "/api/v1/admin/domain_blocks/{id}";
const MAY: Permission = Permission::MANAGE_FEDERATION;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", ALL, crate::staff!("admin:read:domain_blocks", MAY, list)),
        Route::new("POST", ALL, crate::staff!("admin:write:domain_blocks", MAY, create)),
        Route::new("GET", ONE, crate::staff!("admin:read:domain_blocks", MAY, show)),
        Route::new("PUT", ONE, crate::staff!("admin:write:domain_blocks", MAY, update)),
        Route::new("PATCH", ONE, crate::staff!("admin:write:domain_blocks", MAY, update)),
        Route::new("DELETE", ONE, crate::staff!("admin:write:domain_blocks", MAY, delete)),
    ]
}

/// <https://docs.joinmastodon.org/entities/Admin_DomainBlock/>
fn entity(block: &DomainBlock) -> Value {
    json!({
        "id": block.id.to_string(),
        "domain": block.domain,
        "digest": block.digest(),
        "created_at": block.created_at.to_iso(),
        "severity": block.severity.as_str(),
        "reject_media": block.rejects_media,
        "reject_reports": block.rejects_reports,
        "private_comment": Some(&block.private_comment).filter(|text| !text.is_empty()),
        "public_comment": Some(&block.comment).filter(|text| !text.is_empty()),
        "obfuscate": block.is_obfuscated,
    })
}

async fn list(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let listed = store::load(&c.app.db, store::domain_blocks::page(&page)).await?;
    Ok(paged(c, &listed.iter().map(entity).collect::<Value>(), &listed.cursors, listed.goes_on))
}

async fn found(c: &Context<'_>) -> Result<DomainBlock> {
    store::load(&c.app.db, store::domain_blocks::by_id(c.id("id")?)).await?.ok_or(Error::NotFound)
}

async fn show(c: &Context<'_>, _: Viewer) -> Result<Response> {
    Ok(Response::json(&entity(&found(c).await?)))
}

/// The block with what the request says of it.
///
/// Error: `Unprocessable` for an unknown severity.
fn changed(c: &Context<'_>, known: DomainBlock) -> Result<DomainBlock> {
    let severity = match c.params.filled("severity") {
        Some(name) => {
            Severity::parse(name).ok_or_else(|| Error::validation("Severity is not included in the list"))?
        }
        None => known.severity,
    };
    let flag = |name: &str, known: bool| c.params.bool(name).unwrap_or(known);
    let text = |name: &str, known: &str| c.params.text(name).unwrap_or(known).to_owned();
    Ok(DomainBlock {
        severity,
        rejects_media: flag("reject_media", known.rejects_media),
        rejects_reports: flag("reject_reports", known.rejects_reports),
        is_obfuscated: flag("obfuscate", known.is_obfuscated),
        comment: text("public_comment", &known.comment),
        private_comment: text("private_comment", &known.private_comment),
        ..known
    })
}

/// 422 with the existing block, where that is of this very domain or at least as strict.
async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let typed = c.params.filled("domain").ok_or_else(|| Error::validation("Domain can't be blank"))?;
    let domain = domain_block::checked(c.app, typed)?;
    let wanted = changed(c, DomainBlock { domain: domain.clone(), ..DomainBlock::default() })?;
    let existing = store::load(&c.app.db, store::domain_blocks::above(&domain)).await?.into_iter().next();
    if let Some(existing) = existing.filter(|b| b.domain == domain || !wanted.is_stricter_than(b)) {
        let error = format!(
            "You have already imposed stricter limits on {}, you need to unblock it first.",
            existing.domain
        );
        let body = json!({"error": error, "existing_domain_block": entity(&existing)});
        return Ok(Response::json(&body).status(422));
    }
    let notes = domain_block::note(c.app, &viewer.account, "block_domain", &domain);
    Ok(Response::json(&entity(&domain_block::put(c.app, &wanted, notes).await?)))
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let known = found(c).await?;
    let notes = domain_block::note(c.app, &viewer.account, "block_domain", &known.domain);
    let wanted = changed(c, known)?;
    Ok(Response::json(&entity(&domain_block::put(c.app, &wanted, notes).await?)))
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let known = found(c).await?;
    let notes = domain_block::note(c.app, &viewer.account, "lift_domain_block", &known.domain);
    domain_block::lift(c.app, &known.domain, notes).await?;
    Ok(Response::empty_object())
}
