//! <https://docs.joinmastodon.org/methods/featured_tags/>, and the featured hashtags of an account.

use serde_json::Value;

use super::entities::{Frame, tag};
use super::id_of;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::tag::Featured;
use crate::model::user::Viewer;
use crate::services;
use crate::services::feature::{Featuring, MAX_TAGS};
use crate::store;
use crate::text::hashtags;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/featured_tags", crate::user!("read:accounts", own)),
        Route::new("POST", "/api/v1/featured_tags", crate::user!("write:accounts", create)),
        Route::new("GET", "/api/v1/featured_tags/suggestions", crate::user!("read:accounts", suggestions)),
        Route::new("DELETE", "/api/v1/featured_tags/{id}", crate::user!("write:accounts", delete)),
        Route::new("GET", "/api/v1/accounts/{id}/featured_tags", crate::anyone!("read:accounts", of_account)),
    ]
}

fn render(tags: &[Featured], owner: &str) -> Response {
    Response::json(&tags.iter().map(|t| tag::featured(t, owner)).collect::<Value>())
}

async fn own(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let tags = store::load(&c.app.db, store::tags::featured(viewer.account.id)).await?;
    Ok(render(&tags, &viewer.account.url))
}

/// A hashtag's name from a parameter, with or without `#`.
pub fn name(text: &str) -> Result<String> {
    let text = text.trim().trim_start_matches(['#', '＃']);
    if hashtags::is_name(text) {
        Ok(hashtags::normalise(text))
    } else {
        Err(Error::validation("Tag is invalid"))
    }
}

pub fn too_many() -> Error {
    Error::validation("You have already featured the maximum number of hashtags")
}

/// Error: `Unprocessable` also if it is featured already, as on Mastodon.
async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let name = name(c.params.filled("name").ok_or_else(|| Error::validation("Tag can't be blank"))?)?;
    let me = viewer.account.id;
    match services::feature::tag(c.app, &viewer.account, &name, MAX_TAGS).await? {
        Featuring::Made => {}
        Featuring::WasThere => return Err(Error::validation("Name has already been taken")),
        Featuring::TooMany => return Err(too_many()),
    }
    let tags = store::load(&c.app.db, store::tags::featured(me)).await?;
    let made = tags.iter().find(|t| t.name == name).ok_or(Error::NotFound)?;
    Ok(Response::json(&tag::featured(made, &viewer.account.url)))
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    if !services::feature::untag_by_id(c.app, &viewer.account, c.id("id")?).await? {
        return Err(Error::NotFound);
    }
    Ok(Response::empty_object())
}

async fn suggestions(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (me, now) = (viewer.account.id, c.app.now());
    let mut tags = store::load(&c.app.db, store::tags::most_used(me, now, MAX_TAGS)).await?;
    tags.retain(|tag| c.app.site().tags.is_listable(&tag.name));
    let frame = Frame::to(c.app, Some(&viewer));
    Ok(Response::json(&tags.iter().map(|t| tag::render(t, &frame)).collect::<Value>()))
}

async fn of_account(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let id = c.id("id")?;
    let (account, tags) =
        store::load(&c.app.db, (store::accounts::present(id), store::tags::featured(id))).await?;
    let account = account.ok_or(Error::NotFound)?;
    let is_hidden = !account.shows_featured && id_of(viewer.as_ref()) != Some(id);
    Ok(render(if is_hidden { &[] } else { &tags }, &account.url))
}
