//! <https://docs.joinmastodon.org/methods/timelines/>

use super::{id_of, timeline};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::StatusView;
use crate::model::user::Viewer;
use crate::platform::sql::{Row, Statement};
use crate::store;
use crate::store::timelines::{Public, Tags};
use crate::text::hashtags;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/timelines/home", crate::user!("read:statuses", home)).preload(scan),
        Route::new("GET", "/api/v1/timelines/public", crate::anyone!("read:statuses", public)),
        Route::new("GET", "/api/v1/timelines/tag/{hashtag}", crate::anyone!("read:statuses", tagged)),
        Route::new("GET", "/api/v1/timelines/link", crate::anyone!("read:statuses", linking)),
        Route::new("GET", "/api/v1/timelines/list/{list_id}", crate::user!("read:lists", list)),
        Route::new("GET", "/api/v1/timelines/direct", crate::user!("read:statuses", direct)),
    ]
}

fn page(c: &Context<'_>) -> Result<Page> {
    pagination::read(&c.params, 20, 40)
}

/// The scan runs together with the authentication: for the viewer that this isolate last saw with the token,
/// else for the one in the database.
fn scan(c: &Context<'_>, token_hash: &[u8]) -> Vec<Statement> {
    let Ok(page) = page(c) else { return Vec::new() };
    let viewer = c.app.shared.viewer(token_hash);
    c.preloaded_for.set(viewer);
    let about = viewer.unwrap_or_default();
    let mut statements = store::statements(store::timelines::home_scan(about, &page)).0;
    if page.lower().is_some() {
        statements.extend(store::statements(store::timelines::home_is_whole(about, &page)).0);
    }
    match viewer {
        Some(_) => statements,
        None => statements.into_iter().map(|s| store::timelines::by_token(token_hash, s)).collect(),
    }
}

/// As on Mastodon, a status boosted by several accounts is shown once a page, and a boost not near its
/// original. The scan's result is used if it is full and has no such boosts; otherwise a second round trip
/// reads the page.
async fn home(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (page, me) = (page(c)?, viewer.account.id);
    let mut preloaded = c.preloaded.take().into_iter();
    let scanned = preloaded.next().filter(|_| c.preloaded_for.get().is_none_or(|guess| guess == me));
    let is_whole = match preloaded.next() {
        Some(rows) => rows.first().map_or(Ok(false), |row| row.bool("is_whole"))?,
        None => false,
    };
    let views = match scanned {
        Some(rows) if rows.len() >= page.limit || is_whole => after_scan(c, me, &page, &rows).await?,
        _ => store::load(&c.app.db, store::timelines::home_merge(me, &page)).await?,
    };
    Ok(timeline(c, &views, Some(&viewer)))
}

/// A page from a full scan, newest first.
async fn after_scan(c: &Context<'_>, me: Id, page: &Page, rows: &[Row]) -> Result<Listed<StatusView>> {
    let mut views = store::statuses::read_page(rows, page.limit);
    let mut shown: Vec<Id> = views.iter().map(|v| v.proper().status.id).collect();
    shown.sort_unstable();
    let is_repeated = shown.windows(2).any(|pair| pair.first() == pair.last());
    let mut is_near = false;
    for row in rows {
        is_near |= row.bool("is_near")?;
    }
    if !is_repeated && !is_near {
        // An upward page begins at its lower end.
        views.cursors.sort_unstable_by(|a, b| b.cmp(a));
        views.cursors = views.cursors.split_off(views.cursors.len().saturating_sub(page.limit));
        views.items.retain(|view| views.cursors.contains(&view.status.id));
        return Ok(views);
    }
    let is_cut = page.is_upward() && rows.len() >= store::timelines::scan_limit(page);
    let above = views.first().map(|newest| Id(newest.status.id.0 + 1));
    let top = if is_cut { above } else { page.max_id };
    store::load(&c.app.db, store::timelines::home_without_repeats(me, page, top, rows.len())).await
}

fn kind(c: &Context<'_>) -> Public {
    match (c.params.bool("local"), c.params.bool("remote")) {
        (Some(true), _) => Public::Local,
        (_, Some(true)) => Public::Remote,
        _ => Public::All,
    }
}

fn only_media(c: &Context<'_>) -> bool {
    c.params.bool("only_media").unwrap_or(false)
}

async fn public(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let query = store::timelines::public(kind(c), id_of(viewer.as_ref()), only_media(c), &page(c)?);
    let views = store::load(&c.app.db, query).await?;
    Ok(timeline(c, &views, viewer.as_ref()))
}

/// Further hashtags are ignored, as on Mastodon.
const MAX_TAGS: usize = 4;

async fn tagged(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let more = |name: &str| -> Vec<String> {
        let all = c.params.list(name);
        all.iter().map(|t| hashtags::normalise(t)).filter(|t| !t.is_empty()).take(MAX_TAGS).collect()
    };
    let mut any = vec![hashtags::normalise(c.segment("hashtag")?)];
    any.extend(more("any"));
    // What staff has made unusable has no timeline.
    any.retain(|name| c.app.site().tags.is_usable(name));
    let tags = Tags { any, all: more("all"), none: more("none") };
    let query = store::timelines::tagged(&tags, kind(c), id_of(viewer.as_ref()), only_media(c), &page(c)?);
    let views = store::load(&c.app.db, query).await?;
    Ok(timeline(c, &views, viewer.as_ref()))
}

async fn linking(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let url = c.params.filled("url").ok_or(Error::NotFound)?;
    let query = store::timelines::linking(url, id_of(viewer.as_ref()), &page(c)?);
    let views = store::load(&c.app.db, query).await?;
    Ok(timeline(c, &views, viewer.as_ref()))
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let id = c.id("list_id")?;
    let me = viewer.account.id;
    let (list, views) =
        store::load(&c.app.db, (store::lists::by_id(me, id), store::timelines::list(id, me, &page(c)?)))
            .await?;
    list.ok_or(Error::NotFound)?;
    Ok(timeline(c, &views, Some(&viewer)))
}

async fn direct(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let views = store::load(&c.app.db, store::timelines::direct(viewer.account.id, &page(c)?)).await?;
    Ok(timeline(c, &views, Some(&viewer)))
}
