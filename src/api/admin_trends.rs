//! <https://docs.joinmastodon.org/methods/admin/trends/>, and what members of staff say of trends.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::entities::{Frame, status, tag};
use super::trends::{link_entity, listed_links, listed_statuses, listed_tags, paged};
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::tag::{Change, Tag, number};
use crate::model::trend::{Kind, Review, Reviewed, Shown};
use crate::model::user::Viewer;
use crate::services::trends::{self, Publisher};
use crate::store;
use crate::store::trends::Link;

const MAY: Permission = Permission::MANAGE_TAXONOMIES;
const PUBLISHERS: &str = "/api/v1/admin/trends/links/publishers";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/admin/trends/tags", crate::user!("admin:read", tags)),
        Route::new(
            "POST",
            "/api/v1/admin/trends/tags/{id}/approve",
            crate::staff!("admin:write", MAY, approve_tag),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/trends/tags/{id}/reject",
            crate::staff!("admin:write", MAY, reject_tag),
        ),
        Route::new("GET", "/api/v1/admin/trends/statuses", crate::user!("admin:read", statuses)),
        Route::new(
            "POST",
            "/api/v1/admin/trends/statuses/{id}/approve",
            crate::staff!("admin:write", MAY, approve_status),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/trends/statuses/{id}/reject",
            crate::staff!("admin:write", MAY, reject_status),
        ),
        Route::new("GET", "/api/v1/admin/trends/links", crate::user!("admin:read", links)),
        Route::new(
            "POST",
            "/api/v1/admin/trends/links/{id}/approve",
            crate::staff!("admin:write", MAY, approve_link),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/trends/links/{id}/reject",
            crate::staff!("admin:write", MAY, reject_link),
        ),
        Route::new("GET", PUBLISHERS, crate::staff!("admin:read", MAY, publishers)),
        Route::new(
            "POST",
            "/api/v1/admin/trends/links/publishers/{id}/approve",
            crate::staff!("admin:write", MAY, approve_publisher),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/trends/links/publishers/{id}/reject",
            crate::staff!("admin:write", MAY, reject_publisher),
        ),
    ]
}

/// Others see what everybody sees, as on Mastodon.
fn is_staff(c: &Context<'_>, viewer: &Viewer) -> bool {
    c.app.may(&viewer.user, MAY)
}

async fn tags(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    if !is_staff(c, &viewer) {
        return listed_tags(c, Some(&viewer)).await;
    }
    let page = pagination::read(&c.params, 10, 40)?;
    let query = store::trends::tags(Some(viewer.account.id), Shown::All, page.limit, page.offset);
    let (found, rules) = store::load(&c.app.db, (query, store::tag_rules::of_trends())).await?;
    let rules: HashMap<String, _> = rules.into_iter().collect();
    let frame = Frame::to(c.app, Some(&viewer));
    let needs_review = c.app.site().trends_need_review;
    let entity =
        |t: &Tag| tag::of_staff(t, &rules.get(&t.name).cloned().unwrap_or_default(), needs_review, &frame);
    Ok(paged(c, &found.iter().map(entity).collect::<Value>(), &page, found.len()))
}

async fn decide_tag(c: &Context<'_>, viewer: Viewer, may_trend: bool) -> Result<Response> {
    let name = trends::tag(c.app, c.segment("id")?).await?;
    let change = Change { is_trendable: Some(may_trend), ..Change::default() };
    trends::change_tag(c.app, &viewer.account, &name, &change).await?;
    super::admin_tags::answer(c, &viewer, name).await
}

async fn approve_tag(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    decide_tag(c, viewer, true).await
}

async fn reject_tag(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    decide_tag(c, viewer, false).await
}

/// An entity with whether nobody has decided about it yet.
fn reviewed(mut entity: Value, is_decided: bool) -> Value {
    if let Value::Object(map) = &mut entity {
        map.insert("requires_review".into(), json!(!is_decided));
    }
    entity
}

async fn statuses(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    if !is_staff(c, &viewer) {
        return listed_statuses(c, Some(&viewer)).await;
    }
    let page = pagination::read(&c.params, 20, 40)?;
    let query = store::trends::statuses(Some(viewer.account.id), Shown::All, page.limit, page.offset);
    let parts = (query, store::trends::decisions(Kind::Status));
    let (found, decisions) = store::load(&c.app.db, parts).await?;
    let decided: HashMap<String, bool> =
        decisions.into_iter().map(|(key, said)| (key, said.is_some())).collect();
    let frame = Frame::to(c.app, Some(&viewer));
    let is_decided = |id: Id| decided.get(&id.to_string()).copied().unwrap_or_default();
    let body: Value = found
        .iter()
        .map(|view| reviewed(json!(status::render(view, &frame)), is_decided(view.status.id)))
        .collect();
    Ok(paged(c, &body, &page, found.len()))
}

async fn decide_status(c: &Context<'_>, viewer: Viewer, may_trend: bool) -> Result<Response> {
    let view = trends::status(c.app, &viewer.account, c.id("id")?).await?;
    trends::review(c.app, &viewer.account, Reviewed::Status(view.status.id), may_trend).await?;
    let frame = Frame::to(c.app, Some(&viewer));
    Ok(Response::json(&reviewed(json!(status::render(&view, &frame)), true)))
}

async fn approve_status(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    decide_status(c, viewer, true).await
}

async fn reject_status(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    decide_status(c, viewer, false).await
}

fn staff_link(link: &Link, frame: &Frame) -> Value {
    let mut entity = reviewed(link_entity(link, frame), link.decision.is_some());
    if let Value::Object(map) = &mut entity {
        map.insert("id".into(), json!(number(&link.url).to_string()));
    }
    entity
}

async fn links(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    if !is_staff(c, &viewer) {
        return listed_links(c).await;
    }
    let page = pagination::read(&c.params, 10, 40)?;
    let query = store::trends::links(Shown::All, page.limit, page.offset);
    let found = store::load(&c.app.db, query).await?;
    let frame = Frame::of(c.app);
    Ok(paged(c, &found.iter().map(|link| staff_link(link, &frame)).collect::<Value>(), &page, found.len()))
}

async fn decide_link(c: &Context<'_>, viewer: Viewer, may_trend: bool) -> Result<Response> {
    let url = trends::link(c.app, c.id("id")?).await?;
    trends::review(c.app, &viewer.account, Reviewed::Link(&url), may_trend).await?;
    let found = store::load(&c.app.db, store::trends::link(&url)).await?;
    Ok(Response::json(&staff_link(&found.unwrap_or_default(), &Frame::of(c.app))))
}

async fn approve_link(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    decide_link(c, viewer, true).await
}

async fn reject_link(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    decide_link(c, viewer, false).await
}

/// Nobody asks staff for a review here, so `requested_review_at` is never set.
fn publisher_entity(publisher: &Publisher) -> Value {
    let review = publisher.review.as_ref();
    json!({
        "id": number(&publisher.host).to_string(),
        "domain": publisher.host,
        "trendable": review.map(|review| review.is_trendable),
        "reviewed_at": review.map(|review| review.reviewed_at.to_iso()),
        "requested_review_at": Value::Null,
        "requires_review": review.is_none(),
    })
}

async fn publishers(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let found = trends::publishers(c.app, &page).await?;
    let body: Value = found.iter().map(publisher_entity).collect();
    Ok(super::paged(c, &body, &found.cursors, found.goes_on))
}

async fn decide_publisher(c: &Context<'_>, viewer: Viewer, may_trend: bool) -> Result<Response> {
    let host = trends::publisher(c.app, c.id("id")?).await?;
    trends::review(c.app, &viewer.account, Reviewed::Publisher(&host), may_trend).await?;
    let review = Review { key: host.clone(), is_trendable: may_trend, reviewed_at: c.app.now() };
    Ok(Response::json(&publisher_entity(&Publisher { host, review: Some(review) })))
}

async fn approve_publisher(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    decide_publisher(c, viewer, true).await
}

async fn reject_publisher(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    decide_publisher(c, viewer, false).await
}
