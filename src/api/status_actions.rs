//! <https://docs.joinmastodon.org/methods/statuses/>: favourites and boosts.

use super::account_list;
use super::statuses::{answer, preload, visible, visible_or_marked};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::Visibility;
use crate::model::user::Viewer;
use crate::services;
use crate::store;
use crate::store::statuses::Mark;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/statuses/{id}/favourite", crate::user!("write:favourites", favourite))
            .preload(preload),
        Route::new(
            "POST",
            "/api/v1/statuses/{id}/unfavourite",
            crate::user!("write:favourites", unfavourite),
        )
        .preload(preload),
        Route::new("POST", "/api/v1/statuses/{id}/reblog", crate::user!("write:statuses", reblog))
            .preload(preload),
        Route::new("POST", "/api/v1/statuses/{id}/unreblog", crate::user!("write:statuses", unreblog))
            .preload(preload),
        Route::new(
            "GET",
            "/api/v1/statuses/{id}/favourited_by",
            crate::anyone!("read:accounts", favourited_by),
        ),
        Route::new(
            "GET",
            "/api/v1/statuses/{id}/reblogged_by",
            crate::anyone!("read:accounts", reblogged_by),
        ),
    ]
}

async fn favourite(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = visible(c, Some(&viewer)).await?;
    services::interact::favourite(c.app, &viewer.account, &view, None).await?;
    answer(c, &viewer, view.proper().status.id).await
}

/// As [`unreblog`], a mark can be removed from a status that the viewer may no longer see.
async fn unfavourite(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let marked = visible_or_marked(c, &viewer, Mark::Favourite).await?;
    services::interact::unfavourite(c.app, &viewer.account, &marked.view).await?;
    marked.answer(c, &viewer, marked.view.proper().status.id).await
}

/// Answers the boost, which contains the boosted status.
async fn reblog(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = visible(c, Some(&viewer)).await?;
    let visibility = match c.params.filled("visibility") {
        None => Visibility::Public,
        Some(text) => Visibility::parse(text)
            .filter(|v| *v != Visibility::Direct)
            .ok_or_else(|| Error::validation("Visibility is not included in the list"))?,
    };
    let id = services::interact::reblog(c.app, &viewer.account, &view, visibility, None)
        .await?
        .ok_or(Error::NotFound)?;
    answer(c, &viewer, id).await
}

/// Answers the boosted status.
async fn unreblog(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let marked = visible_or_marked(c, &viewer, Mark::Boost).await?;
    services::interact::unreblog(c.app, &viewer.account, &marked.view).await?;
    marked.answer(c, &viewer, marked.view.proper().status.id).await
}

type List = fn(Id, Option<Id>, &Page) -> store::Query<Listed<Account>>;

async fn favourited_by(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    people(c, viewer, store::favourites::accounts).await
}

async fn reblogged_by(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    people(c, viewer, store::favourites::boosters).await
}

async fn people(c: &Context<'_>, viewer: Option<Viewer>, list: List) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let id = c.id("id")?;
    let viewer_id = super::id_of(viewer.as_ref());
    let (view, listed) =
        store::load(&c.app.db, (store::statuses::visible_by_id(id, viewer_id), list(id, viewer_id, &page)))
            .await?;
    view.ok_or(Error::NotFound)?;
    // An anonymous page may lose accounts after it was cut, so it has a next page unless it is empty.
    let goes_on = listed.goes_on || (viewer_id.is_none() && !listed.items.is_empty());
    account_list(c, &Listed { goes_on, ..listed }).await
}
