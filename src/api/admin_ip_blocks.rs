//! <https://docs.joinmastodon.org/methods/admin/ip_blocks/>

use serde_json::{Value, json};

use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::role::Permission;
use crate::model::time::SECOND;
use crate::model::time::Time;
use crate::model::user::Viewer;
use crate::services::sign_up_rules as rules;
use crate::services::sign_up_rules::TypedIp;
use crate::store;
use crate::store::ip_blocks::IpBlock;

const ALL: &str = "/api/v1/admin/ip_blocks";
const ONE: &str = "/api/v1/admin/ip_blocks/{id}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", ALL, crate::staff!("admin:read:ip_blocks", Permission::MANAGE_BLOCKS, list)),
        Route::new("POST", ALL, crate::staff!("admin:write:ip_blocks", Permission::MANAGE_BLOCKS, block)),
        Route::new("GET", ONE, crate::staff!("admin:read:ip_blocks", Permission::MANAGE_BLOCKS, one)),
        Route::new("PUT", ONE, crate::staff!("admin:write:ip_blocks", Permission::MANAGE_BLOCKS, change)),
        Route::new("PATCH", ONE, crate::staff!("admin:write:ip_blocks", Permission::MANAGE_BLOCKS, change)),
        Route::new("DELETE", ONE, crate::staff!("admin:write:ip_blocks", Permission::MANAGE_BLOCKS, unblock)),
    ]
}

/// <https://docs.joinmastodon.org/entities/Admin_IpBlock/>
fn entity(block: &IpBlock) -> Value {
    json!({
        "id": block.id.to_string(),
        "ip": block.rule.network.to_text(),
        "severity": block.rule.severity.as_str(),
        "comment": block.comment,
        "created_at": Time(block.id.unix_ms()).to_iso(),
        "expires_at": block.rule.expires_at.map(Time::to_iso),
    })
}

async fn list(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let listed = store::load(&c.app.db, store::ip_blocks::page(&page)).await?;
    let body: Value = listed.iter().map(entity).collect();
    Ok(paged(c, &body, &listed.cursors, listed.goes_on))
}

async fn found(c: &Context<'_>) -> Result<IpBlock> {
    store::load(&c.app.db, store::ip_blocks::by_id(c.id("id")?)).await?.ok_or(Error::NotFound)
}

async fn one(c: &Context<'_>, _: Viewer) -> Result<Response> {
    Ok(Response::json(&entity(&found(c).await?)))
}

async fn block(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let text = |name: &str| c.params.filled(name).unwrap_or("").to_owned();
    let typed = TypedIp {
        network: text("ip"),
        severity: text("severity"),
        comment: text("comment"),
        lasts: c.params.int("expires_in")?,
    };
    let made = rules::block_ip(c.app, &viewer.account, &typed, c.request.address()).await?;
    Ok(Response::json(&entity(&made)))
}

/// What is not there stays as it is; an empty `expires_in` makes it last for ever.
async fn change(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let before = found(c).await?;
    let text = |name: &str, stored: String| c.params.text(name).map_or(stored, str::to_owned);
    let rest = before.rule.expires_at.map(|at| ((at.0 - c.app.now().0) / SECOND).max(1));
    let typed = TypedIp {
        network: text("ip", before.rule.network.to_text()),
        severity: text("severity", before.rule.severity.as_str().to_owned()),
        comment: text("comment", before.comment),
        lasts: if c.params.has("expires_in") { c.params.int("expires_in")? } else { rest },
    };
    let made = rules::change_ip(c.app, &viewer.account, before.id, &typed, c.request.address()).await?;
    Ok(Response::json(&entity(&made)))
}

async fn unblock(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    rules::unblock_ip(c.app, &viewer.account, c.id("id")?).await?;
    Ok(Response::empty_object())
}
