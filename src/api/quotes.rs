//! <https://docs.joinmastodon.org/methods/statuses/>: quotes and quote policies.

use super::entities::{Frame, status};
use super::statuses::{answer, preload, visible};
use super::{drafts, timeline};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::services;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/statuses/{id}/quotes", crate::user!("read:statuses", list)),
        Route::new(
            "POST",
            "/api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke",
            crate::user!("write:statuses", revoke),
        ),
        Route::new(
            "PUT",
            "/api/v1/statuses/{id}/interaction_policy",
            crate::user!("write:statuses", set_policy),
        )
        .preload(preload),
        Route::new(
            "PATCH",
            "/api/v1/statuses/{id}/interaction_policy",
            crate::user!("write:statuses", set_policy),
        )
        .preload(preload),
    ]
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 20, 40)?;
    let (id, me) = (c.id("id")?, Some(viewer.account.id));
    let (view, quotes) =
        store::load(&c.app.db, (store::statuses::visible_by_id(id, me), store::quotes::of(id, me, &page)))
            .await?;
    view.ok_or(Error::NotFound)?;
    Ok(timeline(c, &quotes, Some(&viewer)))
}

/// The author of the quoted status revokes a quote. Answers the quoting status.
async fn revoke(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (id, quoting) = (c.id("id")?, c.id("quoting_status_id")?);
    let me = Some(viewer.account.id);
    let (view, other) = store::load(
        &c.app.db,
        (store::statuses::visible_by_id(id, me), store::statuses::visible_by_id(quoting, me)),
    )
    .await?;
    let view = view.ok_or(Error::NotFound)?;
    if view.status.account_id != viewer.account.id {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    let other = other.filter(|o| o.status.quote_of_id == Some(id)).ok_or(Error::NotFound)?;
    services::quote::revoke(c.app, &viewer.account, &view.status, &other).await?;
    let view =
        store::load(&c.app.db, store::statuses::visible_by_id(quoting, me)).await?.ok_or(Error::NotFound)?;
    Ok(Response::json(&status::render(&view, &Frame::to(c.app, Some(&viewer)))))
}

async fn set_policy(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = visible(c, Some(&viewer)).await?;
    if view.status.account_id != viewer.account.id || view.reblog.is_some() {
        return Err(Error::NotFound);
    }
    let policy =
        drafts::quote_policy(c)?.ok_or_else(|| Error::validation("Quote approval policy can't be blank"))?;
    if !view.status.visibility.is_distributable() {
        return Err(Error::validation("Only public posts can be quoted"));
    }
    services::publish::change_quote_policy(c.app, &viewer.account, &view.status, policy).await?;
    answer(c, &viewer, view.status.id).await
}
