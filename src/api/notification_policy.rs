//! <https://docs.joinmastodon.org/methods/notifications/>: the policy, and notification requests.

use serde_json::{Value, json};

use super::entities::{Frame, account, status};
use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::end_with_statuses;
use crate::model::status::StatusView;
use crate::model::user::{PolicyAction, Viewer};
use crate::store;
use crate::store::notifications::Request;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v2/notifications/policy", crate::user!("read:notifications", show)),
        Route::new("PUT", "/api/v2/notifications/policy", crate::user!("write:notifications", update)),
        Route::new("PATCH", "/api/v2/notifications/policy", crate::user!("write:notifications", update)),
        Route::new("GET", "/api/v1/notifications/policy", crate::user!("read:notifications", show_v1)),
        Route::new("PUT", "/api/v1/notifications/policy", crate::user!("write:notifications", update_v1)),
        Route::new("PATCH", "/api/v1/notifications/policy", crate::user!("write:notifications", update_v1)),
        Route::new("GET", "/api/v1/notifications/requests", crate::user!("read:notifications", requests)),
        Route::new(
            "GET",
            "/api/v1/notifications/requests/merged",
            crate::user!("read:notifications", merged),
        ),
        Route::new(
            "POST",
            "/api/v1/notifications/requests/accept",
            crate::user!("write:notifications", accept_many),
        ),
        Route::new(
            "POST",
            "/api/v1/notifications/requests/dismiss",
            crate::user!("write:notifications", dismiss_many),
        ),
        Route::new("GET", "/api/v1/notifications/requests/{id}", crate::user!("read:notifications", request)),
        Route::new(
            "POST",
            "/api/v1/notifications/requests/{id}/accept",
            crate::user!("write:notifications", accept),
        ),
        Route::new(
            "POST",
            "/api/v1/notifications/requests/{id}/dismiss",
            crate::user!("write:notifications", dismiss),
        ),
    ]
}

async fn summary(c: &Context<'_>, viewer: &Viewer) -> Result<Value> {
    let (requests, all) =
        store::load(&c.app.db, store::notifications::count_requests(viewer.account.id)).await?;
    Ok(json!({"pending_requests_count": requests, "pending_notifications_count": all}))
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let p = &viewer.user.notification_policy;
    Ok(Response::json(&json!({
        "for_not_following": p.not_following.as_str(),
        "for_not_followers": p.not_followers.as_str(),
        "for_new_accounts": p.new_accounts.as_str(),
        "for_private_mentions": p.private_mentions.as_str(),
        "for_limited_accounts": p.limited_accounts.as_str(),
        "for_bots": p.bots.as_str(),
        "summary": summary(c, &viewer).await?,
    })))
}

async fn update(c: &Context<'_>, mut viewer: Viewer) -> Result<Response> {
    for (name, part) in viewer.user.notification_policy.parts() {
        if let Some(text) = c.params.filled(&format!("for_{name}")) {
            *part = PolicyAction::parse(text)
                .ok_or_else(|| Error::validation(format!("For {name} is not included in the list")))?;
        }
    }
    store::write(
        &c.app.db,
        vec![store::users::update_policy(viewer.user.id, &viewer.user.notification_policy)],
    )
    .await?;
    show(c, viewer).await
}

/// The format of version 1: filtered or not.
async fn show_v1(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let p = &viewer.user.notification_policy;
    let is_filtered = |h: PolicyAction| h != PolicyAction::Accept;
    Ok(Response::json(&json!({
        "filter_not_following": is_filtered(p.not_following),
        "filter_not_followers": is_filtered(p.not_followers),
        "filter_new_accounts": is_filtered(p.new_accounts),
        "filter_private_mentions": is_filtered(p.private_mentions),
        "summary": summary(c, &viewer).await?,
    })))
}

async fn update_v1(c: &Context<'_>, mut viewer: Viewer) -> Result<Response> {
    for (name, part) in viewer.user.notification_policy.parts() {
        if let Some(is_filtered) = c.params.bool(&format!("filter_{name}")) {
            *part = if is_filtered { PolicyAction::Filter } else { PolicyAction::Accept };
        }
    }
    store::write(
        &c.app.db,
        vec![store::users::update_policy(viewer.user.id, &viewer.user.notification_policy)],
    )
    .await?;
    show_v1(c, viewer).await
}

/// <https://docs.joinmastodon.org/entities/NotificationRequest/>
fn render(r: &Request, views: &[StatusView], frame: &Frame) -> Value {
    let last = r.last_status_id.and_then(|id| views.iter().find(|v| v.status.id == id));
    json!({
        "id": r.id.to_string(),
        "created_at": crate::model::time::Time(r.id.unix_ms()).to_iso(),
        "updated_at": r.updated_at.to_iso(),
        "notifications_count": r.count.to_string(),
        "account": account::render(&r.from, frame),
        "last_status": last.map(|v| status::render(v, frame)),
    })
}

async fn requests(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let (mut found, views) =
        store::load(&c.app.db, store::notifications::requests(viewer.account.id, &page)).await?;
    let frame = Frame::to(c.app, Some(&viewer));
    if page.is_upward() {
        found.items.reverse();
    }
    end_with_statuses(&mut found.items, &views, |r| r.last_status_id);
    if views.is_cut {
        found.cursors = found.iter().map(|r| r.id).collect();
    }
    found.items.sort_by_cached_key(|r| std::cmp::Reverse(r.id));
    let body: Value = found.iter().map(|r| render(r, &views, &frame)).collect();
    Ok(paged(c, &body, &found.cursors, found.goes_on || views.is_cut))
}

async fn request(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let query = store::notifications::requests_by_ids(viewer.account.id, &[c.id("id")?]);
    let (found, views) = store::load(&c.app.db, query).await?;
    let frame = Frame::to(c.app, Some(&viewer));
    Ok(Response::json(&render(found.first().ok_or(Error::NotFound)?, &views, &frame)))
}

/// Those of `ids` that are the viewer's. Error: `NotFound` for any other one.
async fn existing(c: &Context<'_>, viewer: &Viewer, ids: &[Id]) -> Result<()> {
    let query = store::notifications::count_of(viewer.account.id, ids);
    let found = usize::try_from(store::load(&c.app.db, query).await?).unwrap_or(0);
    if found < ids.len() { Err(Error::NotFound) } else { Ok(()) }
}

async fn accept_all(c: &Context<'_>, viewer: &Viewer, ids: &[Id]) -> Result<Response> {
    existing(c, viewer, ids).await?;
    store::write(&c.app.db, store::notifications::accept_requests(viewer.account.id, ids)).await?;
    Ok(Response::empty_object())
}

async fn dismiss_all(c: &Context<'_>, viewer: &Viewer, ids: &[Id]) -> Result<Response> {
    existing(c, viewer, ids).await?;
    store::write(&c.app.db, store::notifications::dismiss_requests(viewer.account.id, ids)).await?;
    Ok(Response::empty_object())
}

async fn accept(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    accept_all(c, &viewer, &[c.id("id")?]).await
}

async fn dismiss(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    dismiss_all(c, &viewer, &[c.id("id")?]).await
}

async fn accept_many(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    accept_all(c, &viewer, &c.params.ids("id")).await
}

async fn dismiss_many(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    dismiss_all(c, &viewer, &c.params.ids("id")).await
}

/// Accepting is one batch, so requests are always merged already.
async fn merged(_: &Context<'_>, _: Viewer) -> Result<Response> {
    Ok(Response::json(&json!({"merged": true})))
}
