//! <https://docs.joinmastodon.org/methods/reports/>

use super::entities::{Frame, report};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::report::{CATEGORIES, Report};
use crate::model::user::Viewer;
use crate::services;
use crate::store;
use crate::text::count;

pub fn routes() -> Vec<Route> {
    vec![Route::new("POST", "/api/v1/reports", crate::user!("write:reports", create))]
}

const MAX_COMMENT: usize = 1000;
const MAX_STATUSES: usize = 100;

/// Errors: `NotFound` where the viewer cannot see the account or one of the statuses, or a status is not by
/// that account; `Unprocessable` for a comment that is too long, an unknown category or an unknown rule.
async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let account_id = c.params.id("account_id")?.ok_or(Error::NotFound)?;
    let mut status_ids = c.params.ids("status_ids");
    status_ids.truncate(MAX_STATUSES);
    let rule_ids = c.params.ids("rule_ids");
    let (target, statuses, rules) = store::load(
        &c.app.db,
        (
            store::accounts::present(account_id),
            store::statuses::visible_by_ids(&status_ids, Some(viewer.account.id)),
            store::rules::all(),
        ),
    )
    .await?;
    let target = target.filter(|t| t.deleted_at.is_none()).ok_or(Error::NotFound)?;
    status_ids.sort_unstable();
    status_ids.dedup();
    let mut theirs: Vec<_> = statuses.iter().filter(|v| v.status.account_id == target.id).collect();
    theirs.sort_by_key(|v| v.status.id);
    if theirs.len() != status_ids.len() {
        return Err(Error::NotFound);
    }
    let comment = c.params.text("comment").unwrap_or("").trim().to_owned();
    if count::is_too_long(&comment, MAX_COMMENT) {
        return Err(Error::validation(format!("Comment is too long (maximum is {MAX_COMMENT} characters)")));
    }
    let fallback = if rule_ids.is_empty() { "other" } else { "violation" };
    let category = c.params.filled("category").unwrap_or(fallback);
    if !CATEGORIES.contains(&category) {
        return Err(Error::validation("Category is not included in the list"));
    }
    if rule_ids.iter().any(|id| !rules.iter().any(|r| r.id == *id)) {
        return Err(Error::validation("Rules must reference valid rules"));
    }
    let made = Report {
        id: c.app.new_id(),
        account_id: viewer.account.id,
        comment,
        category: category.to_owned(),
        status_ids,
        rule_ids,
        is_forwarded: c.params.bool("forward").unwrap_or(false) && !target.is_local(),
        action_taken_at: None,
        target,
    };
    let uris = theirs.iter().map(|v| v.status.uri.clone()).collect();
    services::report::file(c.app, &made, uris).await?;
    Ok(Response::json(&report::render(&made, &Frame::of(c.app))))
}
