//! <https://docs.joinmastodon.org/methods/reports/>

use super::entities::{Frame, report};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::services;
use crate::services::report::Draft;

pub fn routes() -> Vec<Route> {
    vec![Route::new("POST", "/api/v1/reports", crate::user!("write:reports", create))]
}

/// Errors as of [`services::report::create`].
async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let account_id = c.params.id("account_id")?.ok_or(Error::NotFound)?;
    let draft = Draft {
        comment: c.params.text("comment").unwrap_or("").to_owned(),
        category: c.params.filled("category").map(str::to_owned),
        status_ids: c.params.ids("status_ids"),
        rule_ids: c.params.ids("rule_ids"),
        is_forwarded: c.params.bool("forward").unwrap_or(false),
    };
    let made = services::report::create(c.app, &viewer.account, account_id, draft).await?;
    Ok(Response::json(&report::render(&made, &Frame::of(c.app))))
}
