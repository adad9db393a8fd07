//! The Mastodon client API. One file per page of its documented methods.

pub mod account_lists;
pub mod account_ties;
pub mod accounts;
pub mod admin_accounts;
pub mod admin_domain_allows;
pub mod admin_domain_blocks;
pub mod admin_email_blocks;
pub mod admin_ip_blocks;
pub mod admin_measures;
pub mod admin_reports;
pub mod admin_tags;
pub mod admin_trends;
pub mod announcements;
pub mod archive;
pub mod async_refreshes;
pub mod blocks;
pub mod bookmarks;
pub mod collections;
pub mod conversations;
pub mod directory;
pub mod domain_blocks;
pub mod drafts;
pub mod emails;
pub mod endorsements;
pub mod entities;
pub mod favourites;
pub mod featured_tags;
pub mod filters;
pub mod filters_v1;
pub mod follow_requests;
pub mod followed_tags;
pub mod grouped_notifications;
pub mod instance;
pub mod instance_pages;
pub mod lists;
mod local_domains;
pub mod markers;
pub mod media;
pub mod mutes;
pub mod notification_policy;
pub mod notifications;
pub mod oembed;
pub mod polls;
pub mod preferences;
pub mod profile;
pub mod profile_changes;
pub mod push;
pub mod quotes;
pub mod reactions;
pub mod reports;
pub mod scheduled_statuses;
pub mod search;
pub mod sign_up;
pub mod status_actions;
pub mod status_marks;
pub mod statuses;
pub mod suggestions;
pub mod tags;
pub mod timelines;
pub mod trends;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination::link_header;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::model::status::StatusView;
use crate::model::user::Viewer;
use crate::store;
use entities::Frame;

pub fn routes() -> Vec<Route> {
    [
        account_lists::routes(),
        account_ties::routes(),
        accounts::routes(),
        admin_accounts::routes(),
        admin_measures::routes(),
        admin_reports::routes(),
        admin_tags::routes(),
        admin_trends::routes(),
        admin_domain_allows::routes(),
        admin_domain_blocks::routes(),
        admin_email_blocks::routes(),
        admin_ip_blocks::routes(),
        announcements::routes(),
        archive::routes(),
        async_refreshes::routes(),
        blocks::routes(),
        bookmarks::routes(),
        collections::routes(),
        conversations::routes(),
        directory::routes(),
        domain_blocks::routes(),
        emails::routes(),
        endorsements::routes(),
        favourites::routes(),
        featured_tags::routes(),
        filters::routes(),
        filters_v1::routes(),
        follow_requests::routes(),
        followed_tags::routes(),
        grouped_notifications::routes(),
        instance::routes(),
        instance_pages::routes(),
        lists::routes(),
        local_domains::routes(),
        markers::routes(),
        media::routes(),
        mutes::routes(),
        notification_policy::routes(),
        notifications::routes(),
        oembed::routes(),
        polls::routes(),
        preferences::routes(),
        profile::routes(),
        push::routes(),
        quotes::routes(),
        reports::routes(),
        reactions::routes(),
        scheduled_statuses::routes(),
        search::routes(),
        status_actions::routes(),
        status_marks::routes(),
        statuses::routes(),
        suggestions::routes(),
        tags::routes(),
        timelines::routes(),
        trends::routes(),
    ]
    .concat()
}

/// An array with the Link header of a page that runs from the first to the last of `cursors`.
fn paged<T: Serialize>(c: &Context<'_>, body: &T, cursors: &[Id], has_next: bool) -> Response {
    let response = Response::json(body);
    match (cursors.iter().max(), cursors.iter().min()) {
        (Some(first), Some(last)) => {
            let origin = c.app.home().web_origin;
            response.with("Link", link_header(&origin, &c.path, &c.request.query, *first, *last, has_next))
        }
        _ => response,
    }
}

/// A page of a timeline: both links unless it is empty.
fn timeline(c: &Context<'_>, listed: &Listed<StatusView>, viewer: Option<&Viewer>) -> Response {
    paged(c, &entities::status::list(listed, &Frame::to(c.app, viewer)), &listed.cursors, true)
}

/// A page of statuses with separate cursors: `next` only if there are more.
fn status_list(c: &Context<'_>, listed: &Listed<StatusView>, viewer: &Viewer) -> Response {
    let body = entities::status::list(listed, &Frame::to(c.app, Some(viewer)));
    paged(c, &body, &listed.cursors, listed.goes_on)
}

/// Approximate bytes of the entities of a response in which one object may occur many times. Others are
/// limited when they are read.
const ANSWER: usize = 1_400_000;

/// Account entities, those of moved accounts with `moved`: their successors cost one more round trip, where there is any.
async fn account_entities(c: &Context<'_>, accounts: &[Account]) -> Result<Vec<Value>> {
    let moved: Vec<Id> = accounts.iter().filter_map(|a| a.moved_to_id).collect();
    let successors = if moved.is_empty() {
        Vec::new()
    } else {
        store::load(&c.app.db, store::accounts::present_of(&moved)).await?
    };
    let by_id: HashMap<Id, &Account> = successors.iter().map(|a| (a.id, a)).collect();
    let successor = |a: &Account| a.moved_to_id.and_then(|id| by_id.get(&id).copied());
    let frame = Frame::of(c.app);
    Ok(accounts.iter().map(|a| entities::account::with_successor(a, successor(a), &frame)).collect())
}

/// Accounts without paging.
async fn plain_accounts(c: &Context<'_>, accounts: &[Account]) -> Result<Response> {
    Ok(Response::json(&account_entities(c, accounts).await?))
}

/// A page of accounts with separate cursors: `next` only if there are more.
async fn account_list(c: &Context<'_>, listed: &Listed<Account>) -> Result<Response> {
    let body = account_entities(c, listed).await?;
    Ok(paged(c, &body, &listed.cursors, listed.goes_on))
}

/// The viewer's account id, if there is a viewer.
fn id_of(viewer: Option<&Viewer>) -> Option<Id> {
    viewer.map(|v| v.account.id)
}
