//! <https://docs.joinmastodon.org/methods/timelines/>

use super::{id_of, timeline};
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::user::Viewer;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::timelines::Public;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/timelines/home", crate::user!("read:statuses", home)).preload(scan),
        Route::new("GET", "/api/v1/timelines/public", crate::anyone!("read:statuses", public)),
    ]
}

fn page(c: &Context<'_>) -> Result<Page> {
    pagination::read(&c.params, 20, 40)
}

/// The first of the two plans runs beside the authentication.
fn scan(c: &Context<'_>, token_hash: &[u8]) -> Vec<Statement> {
    page(c).map(|page| vec![store::timelines::home_scan(token_hash, &page)]).unwrap_or_default()
}

async fn home(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = page(c)?;
    let found = c.preloaded.borrow_mut().pop().unwrap_or_default();
    let ids: Vec<Id> = found.iter().map(|row| row.id("id")).collect::<Result<_>>()?;
    let views = if ids.len() >= page.limit {
        store::load(&c.app.db, store::statuses::by_ids(&ids, Some(viewer.account.id))).await?
    } else {
        store::load(&c.app.db, store::timelines::home_merge(viewer.account.id, &page)).await?
    };
    Ok(timeline(c, &views, Some(&viewer)))
}

async fn public(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let kind = match (c.params.bool("local"), c.params.bool("remote")) {
        (Some(true), _) => Public::Local,
        (_, Some(true)) => Public::Remote,
        _ => Public::All,
    };
    let only_media = c.params.bool("only_media").unwrap_or(false);
    let query = store::timelines::public(kind, id_of(viewer.as_ref()), only_media, &page(c)?);
    let views = store::load(&c.app.db, query).await?;
    Ok(timeline(c, &views, viewer.as_ref()))
}
