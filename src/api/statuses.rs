//! <https://docs.joinmastodon.org/methods/statuses/>: publishing and reading.

use serde_json::json;

use super::entities::{Frame, status};
use super::{async_refreshes, drafts, id_of};
use crate::activitypub::remote;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::rate_limit::DELETIONS;
use crate::model::status::StatusView;
use crate::model::user::Viewer;
use crate::platform::sql::Statement;
use crate::services;
use crate::store;
use crate::store::statuses::Mark;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/statuses", crate::user!("write:statuses", create)),
        Route::new("GET", "/api/v1/statuses", crate::anyone!("read:statuses", several)),
        Route::new("GET", "/api/v1/statuses/{id}", crate::anyone!("read:statuses", show)).preload(preload),
        Route::new("PUT", "/api/v1/statuses/{id}", crate::user!("write:statuses", edit)).preload(preload),
        Route::new("DELETE", "/api/v1/statuses/{id}", crate::user!("write:statuses", delete))
            .preload(preload),
        Route::new("PATCH", "/api/v1/statuses/{id}", crate::user!("write:statuses", edit)).preload(preload),
        Route::new("GET", "/api/v1/statuses/{id}/source", crate::user!("read:statuses", source))
            .preload(preload),
        Route::new("GET", "/api/v1/statuses/{id}/history", crate::anyone!("read:statuses", history)),
        Route::new("POST", "/api/v1/statuses/{id}/translate", crate::anyone!("read:statuses", translate))
            .preload(preload),
        Route::new("GET", "/api/v1/statuses/{id}/context", crate::anyone!("read:statuses", context)),
    ]
}

/// The status in the path, for whom the token was when this isolate last saw it: read beside the authentication.
pub(super) fn preload(c: &Context<'_>, token_hash: &[u8]) -> Vec<Statement> {
    let (Some(viewer), Ok(id)) = (c.app.shared.viewer(token_hash), c.id("id")) else { return Vec::new() };
    c.preloaded_for.set(Some(viewer));
    store::statements(store::statuses::visible_by_id(id, Some(viewer))).0
}

/// The status in the path, as far as the viewer may see it; with [`preload`] it is there already.
pub(super) async fn visible(c: &Context<'_>, viewer: Option<&Viewer>) -> Result<StatusView> {
    let query = store::statuses::visible_by_id(c.id("id")?, id_of(viewer));
    let found = match c.take_preloaded(id_of(viewer)) {
        Some(rows) => query.read(rows)?,
        None => store::load(&c.app.db, query).await?,
    };
    found.ok_or(Error::NotFound)
}

/// A status from which the viewer removes their own mark.
pub(super) struct Marked {
    /// Of a hidden status its outline.
    pub view: StatusView,
    is_hidden: bool,
}

/// The status in the path: as far as the viewer may see it, else if they have marked it.
pub(super) async fn visible_or_marked(c: &Context<'_>, viewer: &Viewer, mark: Mark) -> Result<Marked> {
    match visible(c, Some(viewer)).await {
        Ok(view) => Ok(Marked { view, is_hidden: false }),
        Err(Error::NotFound) => {
            let query = store::statuses::marked(c.id("id")?, viewer.account.id, mark);
            let view = store::load(&c.app.db, query).await?.ok_or(Error::NotFound)?;
            Ok(Marked { view, is_hidden: true })
        }
        Err(error) => Err(error),
    }
}

impl Marked {
    /// The status with this id as it is now, or what may be said of a hidden one.
    pub async fn answer(&self, c: &Context<'_>, viewer: &Viewer, id: Id) -> Result<Response> {
        if self.is_hidden {
            return Ok(Response::json(&status::render(&self.view, &Frame::to(c.app, Some(viewer)))));
        }
        answer(c, viewer, id).await
    }
}

async fn own(c: &Context<'_>, viewer: &Viewer) -> Result<StatusView> {
    let view = visible(c, Some(viewer)).await?;
    if view.status.account_id != viewer.account.id || view.reblog.is_some() {
        return Err(Error::NotFound);
    }
    Ok(view)
}

/// Publishes, or schedules if `scheduled_at` is given.
async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut draft = drafts::read(c, &viewer)?;
    if let Some(at) = c.params.filled("scheduled_at") {
        return super::scheduled_statuses::create(c, &viewer, draft, at).await;
    }
    let mut prepared = services::draft::prepare(c.app, &viewer.account, &mut draft).await?;
    if prepared.earlier.is_none() {
        remote::handles::introduce(c.app, &mut prepared).await;
    }
    let view = services::publish::commit(c.app, &viewer.account, &draft, prepared).await?;
    Ok(Response::json(&status::render(&view, &Frame::to(c.app, Some(&viewer)))))
}

pub(super) async fn answer(c: &Context<'_>, viewer: &Viewer, id: Id) -> Result<Response> {
    let view = store::load(&c.app.db, store::statuses::by_id(id, Some(viewer.account.id))).await?;
    let frame = Frame::to(c.app, Some(viewer));
    Ok(Response::json(&status::render(&view.ok_or(Error::NotFound)?, &frame)))
}

async fn show(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let view = visible(c, viewer.as_ref()).await?;
    Ok(Response::json(&status::render(&view, &Frame::to(c.app, viewer.as_ref()))))
}

async fn several(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let mut ids = c.params.ids("id");
    ids.truncate(20);
    let viewer_id = id_of(viewer.as_ref());
    let views = store::load(&c.app.db, store::statuses::visible_by_ids(&ids, viewer_id)).await?;
    Ok(Response::json(&status::list(&views, &Frame::to(c.app, viewer.as_ref()))))
}

async fn edit(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let old = own(c, &viewer).await?;
    let mut draft = drafts::read(c, &viewer)?;
    draft.visibility = old.status.visibility;
    draft.in_reply_to_id = None;
    draft.quoted_status_id = None;
    draft.edited_id = Some(old.status.id);
    draft.is_quote = old.status.quote_of_id.is_some();
    draft.idempotency_key = None;
    if drafts::quote_policy(c)?.is_none() {
        draft.quote_policy = old.status.quote_policy;
    }
    if c.params.filled("language").is_none() {
        draft.language.clone_from(&old.status.language);
    }
    if !c.params.has("sensitive") {
        draft.is_sensitive = old.status.is_sensitive;
    }
    let mut prepared = services::draft::prepare(c.app, &viewer.account, &mut draft).await?;
    remote::handles::introduce(c.app, &mut prepared).await;
    services::publish::edit(c.app, &viewer.account, &old.status, &draft, prepared).await?;
    answer(c, &viewer, old.status.id).await
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = own(c, &viewer).await?;
    let deletes_media = c.params.bool("delete_media").unwrap_or(false);
    services::personal::pace(c.app, DELETIONS, 1)?;
    services::remove::status(c.app, &viewer.account, &view, deletes_media).await?;
    Ok(Response::json(&status::with_text(&view, &Frame::to(c.app, Some(&viewer)))))
}

async fn source(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = own(c, &viewer).await?;
    Ok(Response::json(&json!({
        "id": view.status.id.to_string(),
        "text": view.status.text.unwrap_or_default(),
        "spoiler_text": view.status.spoiler_text,
    })))
}

async fn context(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let id = c.id("id")?;
    let viewer_id = id_of(viewer.as_ref());
    let (up, down, deep) = if viewer.is_some() { (4096, 4096, 4096) } else { (40, 60, 20) };
    let (own, above, below, backfill) = store::load(
        &c.app.db,
        (
            store::statuses::visible_by_id(id, viewer_id),
            store::timelines::ancestors(id, viewer_id, up),
            store::timelines::descendants(id, viewer_id, down, deep),
            store::threads::backfill(id, viewer_id, c.app.now()),
        ),
    )
    .await?;
    let own = own.ok_or(Error::NotFound)?;
    let mut begins = false;
    if viewer.is_some() {
        begins =
            backfill.as_ref().is_some_and(|last| remote::backfill::open(c.app, &own.proper().status, last));
        services::card::opened(c.app, &own);
    }
    let frame = Frame::to(c.app, viewer.as_ref());
    let (above, below) = (status::list(&above, &frame), status::list(&below, &frame));
    let response = Response::json(&json!({"ancestors": above, "descendants": below}));
    Ok(match backfill.and_then(|b| async_refreshes::header(c.app, &b, begins)) {
        Some(header) => response.with(async_refreshes::HEADER, header),
        None => response,
    })
}

/// All versions, oldest first, the current one last.
async fn history(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let id = c.id("id")?;
    let (view, edits) = store::load(
        &c.app.db,
        (store::statuses::visible_by_id(id, id_of(viewer.as_ref())), store::statuses::edits(id)),
    )
    .await?;
    let view = view.ok_or(Error::NotFound)?;
    Ok(Response::json(&status::history(&view, &edits, &Frame::of(c.app))))
}

/// Answers as Mastodon does without a translator.
async fn translate(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    visible(c, viewer.as_ref()).await?;
    Err(Error::NotFound)
}
