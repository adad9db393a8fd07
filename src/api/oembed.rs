//! <https://docs.joinmastodon.org/methods/oembed/>

use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::store;
use crate::text::embed;
use serde_json::json;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/oembed", crate::public!(show))]
}

/// A local public status to embed in another page.
async fn show(c: &Context<'_>) -> Result<Response> {
    let url = c.params.filled("url").ok_or(Error::NotFound)?;
    let id = url.rsplit('/').next().and_then(crate::model::id::Id::parse).ok_or(Error::NotFound)?;
    let width = c.params.int("maxwidth")?.filter(|n| *n > 0).unwrap_or(400);
    let height = c.params.int("maxheight")?.filter(|n| *n > 0);
    let view =
        store::load(&c.app.db, store::statuses::visible_by_id(id, None)).await?.ok_or(Error::NotFound)?;
    if !view.status.is_local || view.reblog.is_some() || (view.status.url != url && view.status.uri != url) {
        return Err(Error::NotFound);
    }
    let origin = c.app.home().web_origin;
    let title = format!("New status by {}", view.account.handle());
    let html = embed::code(&view.status.url, &title, width, height);
    Ok(Response::json(&json!({
        "type": "rich",
        "version": "1.0",
        "title": title,
        "author_name": view.account.name(),
        "author_url": view.account.url,
        "provider_name": c.app.site().title,
        "provider_url": format!("{origin}/"),
        "cache_age": 86_400,
        "html": html,
        "width": width,
        "height": height,
    })))
}
