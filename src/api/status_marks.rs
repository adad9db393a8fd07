//! <https://docs.joinmastodon.org/methods/statuses/>: bookmarks, pins, muted threads.

use super::statuses::{answer, preload, visible, visible_or_marked};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::status::{StatusView, Visibility};
use crate::model::user::Viewer;
use crate::services;
use crate::store;
use crate::store::statuses::Mark;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/statuses/{id}/bookmark", crate::user!("write:bookmarks", bookmark))
            .preload(preload),
        Route::new("POST", "/api/v1/statuses/{id}/unbookmark", crate::user!("write:bookmarks", unbookmark))
            .preload(preload),
        Route::new("POST", "/api/v1/statuses/{id}/pin", crate::user!("write:accounts", pin)).preload(preload),
        Route::new("POST", "/api/v1/statuses/{id}/unpin", crate::user!("write:accounts", unpin))
            .preload(preload),
        Route::new("POST", "/api/v1/statuses/{id}/mute", crate::user!("write:mutes", mute)).preload(preload),
        Route::new("POST", "/api/v1/statuses/{id}/unmute", crate::user!("write:mutes", unmute))
            .preload(preload),
    ]
}

async fn bookmark(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = visible(c, Some(&viewer)).await?;
    services::interact::bookmark(c.app, &viewer.account, &view).await?;
    answer(c, &viewer, view.proper().status.id).await
}

/// A mark can be removed from a status that the viewer may no longer see.
async fn unbookmark(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let marked = visible_or_marked(c, &viewer, Mark::Bookmark).await?;
    let id = marked.view.proper().status.id;
    store::write(&c.app.db, vec![store::marks::unbookmark(viewer.account.id, id)]).await?;
    marked.answer(c, &viewer, id).await
}

async fn own(c: &Context<'_>, viewer: &Viewer) -> Result<StatusView> {
    let view = visible(c, Some(viewer)).await?;
    if view.status.account_id != viewer.account.id {
        return Err(Error::validation("Someone else's post cannot be pinned"));
    }
    if view.reblog.is_some() {
        return Err(Error::validation("A boost cannot be pinned"));
    }
    if view.status.visibility == Visibility::Direct {
        return Err(Error::validation("Posts that are only visible to mentioned users cannot be pinned"));
    }
    Ok(view)
}

async fn pin(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = own(c, &viewer).await?;
    services::feature::pin(c.app, &viewer.account, &view.status).await?;
    answer(c, &viewer, view.status.id).await
}

async fn unpin(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = visible(c, Some(&viewer)).await?;
    services::feature::unpin(c.app, &viewer.account, &view).await?;
    answer(c, &viewer, view.status.id).await
}

async fn mute(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = visible(c, Some(&viewer)).await?;
    store::write(
        &c.app.db,
        vec![store::marks::mute_thread(viewer.account.id, view.proper().status.thread())],
    )
    .await?;
    answer(c, &viewer, view.proper().status.id).await
}

/// Only where the status may be seen, as on Mastodon: the mark is the thread's, so others' hidden statuses in it would be
/// told apart from absent ones.
async fn unmute(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = visible(c, Some(&viewer)).await?;
    store::write(
        &c.app.db,
        vec![store::marks::unmute_thread(viewer.account.id, view.proper().status.thread())],
    )
    .await?;
    answer(c, &viewer, view.proper().status.id).await
}
