//! <https://docs.joinmastodon.org/methods/tags/>

use super::entities::{Frame, tag};
use super::featured_tags::{name, too_many};
use super::id_of;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::services;
use crate::services::feature::Featuring;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/tags/{name}", crate::anyone!("read", show)),
        Route::new("POST", "/api/v1/tags/{name}/follow", crate::user!("write:follows", follow)),
        Route::new("POST", "/api/v1/tags/{name}/unfollow", crate::user!("write:follows", unfollow)),
        Route::new("POST", "/api/v1/tags/{name}/feature", crate::user!("write:accounts", feature)),
        Route::new("POST", "/api/v1/tags/{name}/unfeature", crate::user!("write:accounts", unfeature)),
    ]
}

/// An invalid name is not found.
fn wanted(c: &Context<'_>) -> Result<String> {
    name(c.segment("name")?).map_err(|_| Error::NotFound)
}

async fn answer(c: &Context<'_>, viewer: Option<&Viewer>, name: String) -> Result<Response> {
    let query = store::tags::info(&[name], id_of(viewer), c.app.now());
    let found = store::load(&c.app.db, query).await?;
    let frame = Frame::to(c.app, viewer);
    Ok(Response::json(&tag::render(found.first().ok_or(Error::NotFound)?, &frame)))
}

async fn show(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    answer(c, viewer.as_ref(), wanted(c)?).await
}

async fn follow(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let name = wanted(c)?;
    store::write(&c.app.db, vec![store::tags::follow(c.app.new_id(), viewer.account.id, &name)]).await?;
    answer(c, Some(&viewer), name).await
}

async fn unfollow(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let name = wanted(c)?;
    store::write(&c.app.db, vec![store::tags::unfollow(viewer.account.id, &name)]).await?;
    answer(c, Some(&viewer), name).await
}

/// A hashtag that is featured already stays featured.
async fn feature(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let name = wanted(c)?;
    if services::feature::tag(c.app, &viewer.account, &name, services::feature::MAX_TAGS).await?
        == Featuring::TooMany
    {
        return Err(too_many());
    }
    answer(c, Some(&viewer), name).await
}

async fn unfeature(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let name = wanted(c)?;
    services::feature::untag(c.app, &viewer.account, &name).await?;
    answer(c, Some(&viewer), name).await
}
