//! Door 1: the Mastodon client API. One file per page of its documented methods.

pub mod accounts;
pub mod entities;
pub mod follow_requests;
pub mod instance;
pub mod markers;
pub mod notifications;
pub mod preferences;
pub mod profile_changes;
pub mod search;
pub mod sign_up;
pub mod status_actions;
pub mod statuses;
pub mod timelines;

use serde_json::Value;

use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination::link_header;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::status::StatusView;
use crate::model::user::Viewer;
use entities::Frame;

pub fn routes() -> Vec<Route> {
    [
        accounts::routes(),
        follow_requests::routes(),
        instance::routes(),
        markers::routes(),
        notifications::routes(),
        preferences::routes(),
        search::routes(),
        status_actions::routes(),
        statuses::routes(),
        timelines::routes(),
    ]
    .concat()
}

/// An array with the Link header of a page that runs from the first to the last of `cursors`.
fn paged(c: &Context<'_>, body: &Value, cursors: &[Id], has_next: bool) -> Response {
    let response = Response::json(body);
    match (cursors.iter().max(), cursors.iter().min()) {
        (Some(first), Some(last)) => {
            let origin = c.app.primary().web_origin;
            response.with("Link", link_header(&origin, c.request, *first, *last, has_next))
        }
        _ => response,
    }
}

/// A page of a timeline: both links whenever there is anything.
fn timeline(c: &Context<'_>, views: &[StatusView], viewer: Option<&Viewer>) -> Response {
    let cursors: Vec<Id> = views.iter().map(|v| v.status.id).collect();
    paged(c, &entities::status::list(views, &Frame::of(c.app), viewer.is_some()), &cursors, true)
}

/// A page of accounts by hidden cursors: `next` only where the page is full.
fn account_list(c: &Context<'_>, listed: &[(Id, Account)], limit: usize) -> Response {
    let frame = Frame::of(c.app);
    let body: Value = listed.iter().map(|(_, a)| entities::account::render(a, &frame)).collect();
    let cursors: Vec<Id> = listed.iter().map(|(id, _)| *id).collect();
    paged(c, &body, &cursors, listed.len() >= limit)
}

/// The viewer's account id, where there is a viewer.
fn id_of(viewer: Option<&Viewer>) -> Option<Id> {
    viewer.map(|v| v.account.id)
}

/// A remote account by handle, fetched where `resolve` is asked for and nobody here knows it; a remote
/// failure is as good as nobody.
async fn resolve_handle(c: &Context<'_>, username: &str, domain: &str) -> Result<Option<Account>> {
    match crate::activitypub::resolve::account_by_handle(c.app, username, domain).await {
        Ok(found) => Ok(found),
        Err(error) => {
            crate::platform::log(&format!("resolve {username}@{domain}: {error}"));
            Ok(None)
        }
    }
}
