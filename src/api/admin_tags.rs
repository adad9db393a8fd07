//! `/api/v1/admin/tags`: hashtags as members of staff see them. The entity: <https://docs.joinmastodon.org/entities/Tag/#admin>.
//!
//! A hashtag has no row here, and an id that follows from its name: an id is known of those that trend, of those that something was
//! decided about, and of those of the newest posts. In the place of the id may be the name.

use std::collections::HashMap;

use serde_json::Value;

use super::entities::{Frame, tag};
use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::role::Permission;
use crate::model::tag::Change;
use crate::model::user::Viewer;
use crate::services::trends;
use crate::store;

const MAY: Permission = Permission::MANAGE_TAXONOMIES;
const ONE: &str = "/api/v1/admin/tags/{id}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/admin/tags", crate::staff!("admin:read", MAY, list)),
        Route::new("GET", ONE, crate::staff!("admin:read", MAY, show)),
        Route::new("PUT", ONE, crate::staff!("admin:write", MAY, update)),
        Route::new("PATCH", ONE, crate::staff!("admin:write", MAY, update)),
    ]
}

async fn entities(c: &Context<'_>, viewer: &Viewer, names: &[String]) -> Result<Vec<Value>> {
    let tags = store::tags::listed(names, viewer.account.id, c.app.now());
    let (tags, rules) = store::load(&c.app.db, (tags, store::tag_rules::of(names))).await?;
    let rules: HashMap<String, _> = rules.into_iter().collect();
    let (frame, needs_review) = (Frame::to(c.app, Some(viewer)), c.app.site().trends_need_review);
    let rule = |name: &str| rules.get(name).cloned().unwrap_or_default();
    Ok(tags.iter().map(|t| tag::of_staff(t, &rule(&t.name), needs_review, &frame)).collect())
}

pub(super) async fn answer(c: &Context<'_>, viewer: &Viewer, name: String) -> Result<Response> {
    let found = entities(c, viewer, &[name]).await?;
    Ok(Response::json(found.first().ok_or(Error::NotFound)?))
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let names = trends::tags(c.app, &page).await?;
    let body = entities(c, &viewer, &names.items).await?;
    Ok(paged(c, &body, &names.cursors, names.goes_on))
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let name = trends::tag(c.app, c.segment("id")?).await?;
    answer(c, &viewer, name).await
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let name = trends::tag(c.app, c.segment("id")?).await?;
    let change = Change {
        display_name: c.params.filled("display_name").map(str::to_owned),
        is_usable: c.params.bool("usable"),
        is_listable: c.params.bool("listable"),
        is_trendable: c.params.bool("trendable"),
    };
    trends::change_tag(c.app, &viewer.account, &name, &change).await?;
    answer(c, &viewer, name).await
}
