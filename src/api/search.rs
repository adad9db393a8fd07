//! <https://docs.joinmastodon.org/methods/search/>

use serde_json::{Value, json};

use super::entities::{Frame, status, tag};
use super::{account_entities, id_of};
use crate::activitypub::remote::search::{self, Asked, KINDS};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::user::Viewer;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v2/search", crate::anyone!("read:search", find))]
}

async fn find(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let q = c.params.filled("q").ok_or_else(|| Error::bad_request("Missing parameter: q"))?;
    let page = pagination::read(&c.params, 20, 40)?;
    let kind = c.params.filled("type");
    if kind.is_some_and(|k| !KINDS.contains(&k)) {
        return Err(Error::bad_request("type must be accounts, hashtags or statuses"));
    }
    let resolves = c.params.bool("resolve").unwrap_or(false);
    if viewer.is_none() && (resolves || page.offset > 0) {
        return Err(Error::Unauthorized("Search queries that resolve or page need a signed-in user".into()));
    }
    let asked = Asked {
        q,
        kind,
        viewer: id_of(viewer.as_ref()),
        resolves,
        author: c.params.id("account_id")?,
        only_followed: c.params.bool("following").unwrap_or(false),
        with_filters: false,
        page,
    };
    let found = search::find(c.app, &asked).await?;
    let frame = Frame::to(c.app, viewer.as_ref());
    let accounts = account_entities(c, &found.accounts).await?;
    let statuses: Vec<_> = found.statuses.iter().map(|s| status::render(s, &frame)).collect();
    let tags: Value = found.tags.iter().map(|t| tag::render(t, &frame)).collect();
    Ok(Response::json(
        &json!({"accounts": accounts, "statuses": statuses, "hashtags": tags, "collections": []}),
    ))
}
