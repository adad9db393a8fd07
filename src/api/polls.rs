//! <https://docs.joinmastodon.org/methods/polls/>: a poll's id is that of its status.

use super::entities::{Frame, status};
use super::id_of;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::status::StatusView;
use crate::model::user::Viewer;
use crate::services;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/polls/{id}", crate::anyone!("read:statuses", show)),
        Route::new("POST", "/api/v1/polls/{id}/votes", crate::user!("write:statuses", vote)),
    ]
}

async fn load(c: &Context<'_>, viewer: Option<&Viewer>) -> Result<StatusView> {
    let query = store::statuses::visible_by_id(c.id("id")?, id_of(viewer));
    let view = store::load(&c.app.db, query).await?;
    view.filter(|v| v.status.poll.is_some()).ok_or(Error::NotFound)
}

fn answer(c: &Context<'_>, view: &StatusView, viewer: Option<&Viewer>) -> Result<Response> {
    let poll = view.status.poll.as_ref().ok_or(Error::NotFound)?;
    Ok(Response::json(&status::poll(&view.status, poll, view, &Frame::to(c.app, viewer))))
}

async fn show(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let view = load(c, viewer.as_ref()).await?;
    answer(c, &view, viewer.as_ref())
}

async fn vote(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = load(c, Some(&viewer)).await?;
    let choices: Vec<usize> = c
        .params
        .list("choices")
        .iter()
        .map(|n| n.trim().parse().map_err(|_| Error::validation("The chosen vote option does not exist")))
        .collect::<Result<_>>()?;
    services::vote::cast(c.app, &viewer.account, &view, &choices).await?;
    let view = load(c, Some(&viewer)).await?;
    answer(c, &view, Some(&viewer))
}
