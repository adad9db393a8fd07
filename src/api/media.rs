//! <https://docs.joinmastodon.org/methods/media/>: uploads. A file is complete when the upload is answered, so both
//! versions answer 200, and nothing is ever still being made.

use super::entities::{Frame, status};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::media::{Media, Purpose, parse_focus};
use crate::model::user::Viewer;
use crate::services::media::{self, Change};
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/media", crate::user!("write:media", upload)).uploads(Purpose::Attachment),
        Route::new("POST", "/api/v2/media", crate::user!("write:media", upload)).uploads(Purpose::Attachment),
        Route::new("GET", "/api/v1/media/{id}", crate::user!("write:media", show)),
        Route::new("PUT", "/api/v1/media/{id}", crate::user!("write:media", update))
            .uploads(Purpose::Attachment),
        Route::new("PATCH", "/api/v1/media/{id}", crate::user!("write:media", update))
            .uploads(Purpose::Attachment),
        Route::new("DELETE", "/api/v1/media/{id}", crate::user!("write:media", delete)),
    ]
}

fn answer(c: &Context<'_>, viewer: &Viewer, media: &Media) -> Response {
    let origin = c.app.origin_of(&viewer.account);
    Response::json(&status::media(0, 0, &media.attachment(&origin), &Frame::of(c.app)))
}

fn change(c: &Context<'_>, id: Id) -> Change {
    Change {
        id,
        description: c.params.text("description").map(str::to_owned),
        focus: c.params.filled("focus").and_then(parse_focus),
    }
}

async fn upload(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (row, file) = c.take_file("file").ok_or_else(|| Error::validation("File can't be blank"))?;
    let thumbnail = c.take_file("thumbnail").map(|(_, file)| file);
    let made = media::finish(c.app, &viewer.account, row, file, thumbnail, change(c, row)).await?;
    Ok(answer(c, &viewer, &made))
}

/// An attachment that no status uses yet; as on Mastodon, others are absent here.
async fn unused(c: &Context<'_>, viewer: &Viewer) -> Result<Media> {
    let found = store::load(&c.app.db, store::media::by_id(c.id("id")?, viewer.account.id)).await?;
    found.filter(|m| m.owner_id.is_none()).ok_or(Error::NotFound)
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let found = unused(c, &viewer).await?;
    Ok(answer(c, &viewer, &found))
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let found = unused(c, &viewer).await?;
    let changed =
        media::update(c.app, &viewer.account, found, c.take_file("thumbnail"), change(c, c.id("id")?))
            .await?;
    Ok(answer(c, &viewer, &changed))
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let id = c.id("id")?;
    let found = store::load(&c.app.db, store::media::by_id(id, viewer.account.id)).await?;
    let found = found.ok_or(Error::NotFound)?;
    let gone = store::write(&c.app.db, vec![store::media::discard(found.id, viewer.account.id)]).await?;
    if gone.first().is_none_or(Vec::is_empty) {
        return Err(Error::Unprocessable("Media attachment is currently used by a status".into()));
    }
    Ok(Response::empty_object())
}
