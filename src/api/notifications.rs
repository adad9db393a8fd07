//! <https://docs.joinmastodon.org/methods/notifications/>

use serde_json::{Value, json};

use super::entities::{Frame, notification};
use super::{ANSWER, paged};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::collection::Collection;
use crate::model::id::Id;
use crate::model::notification::{Kind, NotificationView};
use crate::model::page::{Listed, end_with_statuses};
use crate::model::severance::Severance;
use crate::model::status::StatusView;
use crate::model::user::Viewer;
use crate::store;
use crate::store::notifications::{Bare, Wanted};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/notifications", crate::user!("read:notifications", list)),
        Route::new(
            "GET",
            "/api/v1/notifications/unread_count",
            crate::user!("read:notifications", unread_count),
        ),
        Route::new("GET", "/api/v1/notifications/{id}", crate::user!("read:notifications", show)),
        Route::new("POST", "/api/v1/notifications/clear", crate::user!("write:notifications", clear)),
        Route::new("DELETE", "/api/v1/notifications/{id}", crate::user!("write:notifications", dismiss)),
        Route::new(
            "DELETE",
            "/api/v1/notifications/destroy_multiple",
            crate::user!("write:notifications", dismiss_many),
        ),
        Route::new("POST", "/api/v2/notifications/clear", crate::user!("write:notifications", clear)),
        Route::new(
            "POST",
            "/api/v1/notifications/{id}/dismiss",
            crate::user!("write:notifications", dismiss),
        ),
    ]
}

pub(super) fn wanted(c: &Context<'_>) -> Result<Wanted> {
    let (only, without) = (c.params.list("types"), c.params.list("exclude_types"));
    let kinds = Kind::ALL
        .into_iter()
        .filter(|k| only.is_empty() || only.iter().any(|o| o == k.as_str() || o == k.plain_str()))
        .filter(|k| !without.iter().any(|w| w == k.as_str() || w == k.plain_str()))
        .map(Kind::as_str)
        .collect();
    let with_filtered = c.params.bool("include_filtered").unwrap_or(false);
    Ok(Wanted { kinds, from: c.params.id("account_id")?, with_filtered })
}

/// Whether the client supports emoji reactions: it lists them among its types.
fn knows_reactions(c: &Context<'_>) -> bool {
    ["types", "include_types", "supported_types"]
        .into_iter()
        .any(|name| c.params.list(name).iter().any(|k| k == Kind::Reaction.as_str()))
}

/// The types that the client supports, if it lists them: others get a fallback.
pub(super) fn supported(c: &Context<'_>) -> Option<Vec<String>> {
    c.params.has("supported_types").then(|| c.params.list("supported_types"))
}

/// The fallback of a type that is not among `supported`.
pub(super) fn fallback(
    supported: Option<&[String]>,
    kind: Kind,
    from: &Account,
    collection: Option<&Collection>,
) -> Option<Value> {
    let is_known = supported?.iter().any(|s| s == kind.as_str());
    if is_known { None } else { notification::fallback(kind, from, collection) }
}

/// The entity, with a fallback if needed.
fn render(n: &NotificationView, supported: Option<&[String]>, frame: &Frame) -> Value {
    let mut entity = notification::render(n, frame);
    let fallback = fallback(supported, n.kind, &n.from, n.collection.as_ref());
    if let (Some(fallback), Value::Object(map)) = (fallback, &mut entity) {
        map.insert("fallback".into(), fallback);
    }
    entity
}

/// As many notifications as one response can have, in the order of the page. Those whose statuses were cut
/// off, and those after them, are left to the next page.
fn fitting(bare: &mut Listed<Bare>, views: &Listed<StatusView>, is_upward: bool) {
    let count = bare.len();
    if is_upward {
        bare.items.reverse();
    }
    end_with_statuses(&mut bare.items, views, |n| n.3);
    let mut bytes = 0;
    // One status may be in all of them.
    let fits = |n: &Bare| {
        let is_first = bytes == 0;
        let view = n.3.and_then(|id| views.iter().find(|v| v.status.id == id));
        bytes +=
            n.2.bytes() + view.map_or(0, |v| v.bytes) + n.4.as_ref().map_or(0, |r| r.target.bytes()) + 1_000;
        is_first || bytes <= ANSWER
    };
    let fitting = bare.items.iter().map(fits).take_while(|fits| *fits).count();
    bare.items.truncate(fitting);
    if bare.len() < count {
        bare.cursors = bare.iter().map(|n| n.0).collect();
    }
    if is_upward {
        bare.items.reverse();
    }
}

/// A notification whose status or report was deleted in the meantime is left out.
fn join(
    (id, kind, from, status_id, report, collection, strike): Bare,
    views: &[StatusView],
    severances: &[Severance],
) -> Option<NotificationView> {
    let severance = severances.iter().find(|severance| severance.id == id).cloned();
    let status = match status_id {
        Some(wanted) => Some(views.iter().find(|v| v.status.id == wanted)?.clone()),
        None => None,
    };
    let is_gone = match kind {
        Kind::AdminReport => report.is_none(),
        Kind::ModerationWarning => strike.is_none(),
        Kind::SeveredRelationships => severance.is_none(),
        _ => false,
    };
    if is_gone {
        return None;
    }
    Some(NotificationView { id, kind, from, status, report, strike, collection, severance, emoji: None })
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let wanted = wanted(c)?;
    let (bare, views) = store::notifications::list(viewer.account.id, &wanted, &page);
    let told = wanted.kinds.contains(&Kind::SeveredRelationships.as_str());
    let severances = told.then(|| store::severances::within(viewer.account.id, &page));
    let reactions = knows_reactions(c).then(|| store::notifications::reactions(viewer.account.id, &page));
    let reactions: Vec<_> = reactions.into_iter().collect();
    let (mut bare, views, reactions, severances) =
        store::load(&c.app.db, (bare, views, reactions, severances)).await?;
    let severances = severances.unwrap_or_default();
    fitting(&mut bare, &views, page.is_upward());
    let emoji = |id: Id| {
        let found = reactions.iter().flatten().find(|(n, ..)| *n == id);
        found.map(|(_, name, url)| (name.clone(), url.clone()))
    };
    let cursors = bare.cursors.clone();
    let frame = Frame::to(c.app, Some(&viewer));
    let supported = supported(c);
    let body: Value = bare
        .into_iter()
        .filter_map(|n| join(n, &views, &severances))
        .map(|n| NotificationView { emoji: emoji(n.id), ..n })
        .map(|n| render(&n, supported.as_deref(), &frame))
        .collect::<Value>();
    Ok(paged(c, &body, &cursors, true))
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let id = c.id("id")?;
    let (bare, view) = store::notifications::by_id(viewer.account.id, id);
    let parts = (bare, view, store::severances::by_ids(&[id]));
    let (bare, view, severances) = store::load(&c.app.db, parts).await?;
    let views: Vec<StatusView> = view.into_iter().collect();
    let found = bare.and_then(|n| join(n, &views, &severances)).ok_or(Error::NotFound)?;
    Ok(Response::json(&render(&found, supported(c).as_deref(), &Frame::to(c.app, Some(&viewer)))))
}

async fn unread_count(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let most = pagination::read(&c.params, 100, 1000)?.limit;
    let count =
        store::load(&c.app.db, store::notifications::count_unread(viewer.account.id, &wanted(c)?, most))
            .await?;
    Ok(Response::json(&json!({ "count": count })))
}

async fn clear(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    store::write(&c.app.db, store::notifications::clear(viewer.account.id)).await?;
    Ok(Response::empty_object())
}

async fn dismiss(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let statement = store::notifications::dismiss(viewer.account.id, c.id("id")?);
    let rows = store::write(&c.app.db, vec![statement]).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::NotFound);
    }
    Ok(Response::empty_object())
}

async fn dismiss_many(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut ids = c.params.ids("ids");
    ids.truncate(80);
    let batch = ids.iter().map(|id| store::notifications::dismiss(viewer.account.id, *id)).collect();
    store::write(&c.app.db, batch).await?;
    Ok(Response::empty_object())
}
