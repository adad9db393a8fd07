//! <https://docs.joinmastodon.org/methods/grouped_notifications/>

use serde_json::{Map, Value, json};

use super::entities::{Frame, account, collection, notification, report, status, strike};
use super::notifications::{fallback, supported, wanted};
use super::{paged, plain_accounts};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::collection::Collection;
use crate::model::id::Id;
use crate::model::notification::{Kind, read_group_key};
use crate::model::page::Page;
use crate::model::report::Report;
use crate::model::severance::Severance;
use crate::model::status::StatusView;
use crate::model::strike::Strike;
use crate::model::time::Time;
use crate::model::user::Viewer;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::notifications::{GROUPABLE, Group};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v2/notifications", crate::user!("read:notifications", list)).preload(groups),
        Route::new(
            "GET",
            "/api/v2/notifications/unread_count",
            crate::user!("read:notifications", unread_count),
        ),
        Route::new("GET", "/api/v2/notifications/{group_key}", crate::user!("read:notifications", show)),
        Route::new(
            "GET",
            "/api/v2/notifications/{group_key}/accounts",
            crate::user!("read:notifications", accounts),
        ),
        Route::new(
            "POST",
            "/api/v2/notifications/{group_key}/dismiss",
            crate::user!("write:notifications", dismiss),
        ),
    ]
}

/// The types to group: all that can be grouped, or those of `grouped_types`.
fn grouped(c: &Context<'_>) -> Vec<&'static str> {
    let asked = c.params.list("grouped_types");
    GROUPABLE.into_iter().filter(|k| asked.is_empty() || asked.iter().any(|a| a == k)).collect()
}

fn page(c: &Context<'_>) -> Result<Page> {
    pagination::read(&c.params, 40, 80)
}

/// The groups are found together with the authentication, so that two round trips are enough.
fn groups(c: &Context<'_>, token_hash: &[u8]) -> Vec<Statement> {
    match (wanted(c), page(c)) {
        (Ok(wanted), Ok(page)) => {
            vec![store::notifications::groups(token_hash.to_vec(), &wanted, &grouped(c), &page)]
        }
        _ => Vec::new(),
    }
}

/// What groups tell of, by their newest notification.
struct About {
    reports: Vec<(Id, Report)>,
    collections: Vec<(Id, Collection)>,
    severances: Vec<Severance>,
    strikes: Vec<(Id, Strike)>,
}

/// <https://docs.joinmastodon.org/entities/GroupedNotificationsResults/>. Groups of a status that was deleted
/// in the meantime are left out. With `partial_avatars` all accounts but the newest of each group are
/// partial.
fn render(
    found: &[Group],
    people: &[Account],
    views: &[StatusView],
    about: &About,
    c: &Context<'_>,
    viewer: &Viewer,
) -> Value {
    let frame = Frame::to(c.app, Some(viewer));
    let is_partial = c.params.filled("expand_accounts") == Some("partial_avatars");
    let found: Vec<&Group> = found
        .iter()
        .filter(|g| g.status_id.is_none_or(|id| views.iter().any(|v| v.status.id == id)))
        .collect();
    let mut full: Vec<Id> = Vec::new();
    let mut brief: Vec<Id> = Vec::new();
    for group in &found {
        let shown = if is_partial { 1 } else { group.from.len() };
        full.extend(group.from.iter().take(shown));
        brief.extend(group.from.iter().skip(shown));
    }
    brief.retain(|id| !full.contains(id));
    let of = |ids: &[Id]| people.iter().filter(|a| ids.contains(&a.id)).collect::<Vec<_>>();
    let mut results = Map::new();
    let accounts: Vec<_> = of(&full).into_iter().map(|a| account::render(a, &frame)).collect();
    results.insert("accounts".into(), json!(accounts));
    if is_partial {
        let partial: Value = of(&brief).into_iter().map(|a| account::partial(a, &frame)).collect();
        results.insert("partial_accounts".into(), partial);
    }
    results.insert("statuses".into(), json!(status::list(views, &frame)));
    let supported = supported(c);
    let groups = found.into_iter().map(|g| {
        let mut entity = group(g);
        let told = about.reports.iter().find(|(id, _)| *id == g.newest);
        if let (Some((_, filed)), Value::Object(map)) = (told, &mut entity) {
            map.insert("report".into(), report::render(filed, &frame));
        }
        let told = about.strikes.iter().find(|(id, _)| *id == g.newest);
        if let (Some((_, strike)), Value::Object(map)) = (told, &mut entity) {
            map.insert("moderation_warning".into(), strike::render(strike, &frame));
        }
        let told = about.severances.iter().find(|severance| severance.id == g.newest);
        if let (Some(severance), Value::Object(map)) = (told, &mut entity) {
            map.insert("event".into(), notification::event(severance));
        }
        let told = about.collections.iter().find(|(id, _)| *id == g.newest).map(|(_, found)| found);
        if let (Some(found), Value::Object(map)) = (told, &mut entity) {
            map.insert("collection".into(), collection::render(found, false, &frame));
        }
        let from = g.from.first().and_then(|id| people.iter().find(|a| a.id == *id));
        let fallback = from.and_then(|from| fallback(supported.as_deref(), g.kind, from, told));
        if let (Some(fallback), Value::Object(map)) = (fallback, &mut entity) {
            map.insert("fallback".into(), fallback);
        }
        entity
    });
    results.insert("notification_groups".into(), groups.collect());
    Value::Object(results)
}

/// <https://docs.joinmastodon.org/entities/GroupedNotificationsResults/#NotificationGroup>
fn group(g: &Group) -> Value {
    let mut entity = json!({
        "group_key": g.key,
        "notifications_count": g.count,
        "type": g.kind.plain_str(),
        "most_recent_notification_id": g.newest.0,
        "page_min_id": g.oldest.to_string(),
        "page_max_id": g.newest.to_string(),
        "latest_page_notification_at": Time(g.newest.unix_ms()).to_iso(),
        "sample_account_ids": g.from.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if let (Some(id), Value::Object(map)) = (g.status_id, &mut entity) {
        map.insert("status_id".into(), json!(id.to_string()));
    }
    entity
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let is_upward = page(c)?.is_upward();
    let rows = c.preloaded.borrow_mut().pop().unwrap_or_default();
    let mut found = store::notifications::read_groups(&rows);
    // In the direction of paging: what does not fit is left to the next page.
    if is_upward {
        found.reverse();
    }
    let details = store::notifications::details(viewer.account.id, &found);
    let (mut people, views, reports, collections, severances, strikes) =
        store::load(&c.app.db, details).await?;
    let about = About {
        reports,
        collections,
        severances: severances.unwrap_or_default(),
        strikes: strikes.unwrap_or_default(),
    };
    let cursors = store::notifications::settle(&mut found, &mut people, &views);
    Ok(paged(c, &render(&found, &people, &views, &about, c, &viewer), &cursors, true))
}

type Members = (Id, Id, Option<Kind>, Option<Id>);

fn members(c: &Context<'_>) -> Result<Members> {
    read_group_key(c.segment("group_key")?).ok_or(Error::NotFound)
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let wanted = members(c)?;
    let me = viewer.account.id;
    let (low, _, _, status) = wanted;
    // The key of a group has its status; that of one notification has the notification.
    let view = match status {
        Some(status) => store::statuses::visible_by_id(status, Some(me)),
        None => store::statuses::visible_of_notification(Id(low.0 + 1), me),
    };
    let (found, view) =
        store::load(&c.app.db, (store::notifications::members(me, wanted, 200), view)).await?;
    let newest = found.first().ok_or(Error::NotFound)?;
    let view = view.filter(|view| newest.3 == Some(view.status.id));
    let group = Group {
        key: c.segment("group_key")?.to_owned(),
        kind: newest.1,
        count: i64::try_from(found.len()).unwrap_or(i64::MAX),
        newest: newest.0,
        oldest: found.last().map_or(newest.0, |n| n.0),
        status_id: newest.3,
        from: found.iter().take(8).map(|n| n.2.id).collect(),
    };
    let reports: Vec<(Id, Report)> = newest.4.clone().map(|r| (newest.0, r)).into_iter().collect();
    let collections: Vec<(Id, Collection)> = newest.5.clone().map(|f| (newest.0, f)).into_iter().collect();
    let strikes: Vec<(Id, Strike)> = newest.6.clone().map(|k| (newest.0, k)).into_iter().collect();
    let severances = match newest.1 {
        Kind::SeveredRelationships => store::load(&c.app.db, store::severances::by_ids(&[newest.0])).await?,
        _ => Vec::new(),
    };
    let about = About { reports, collections, severances, strikes };
    let people: Vec<Account> = found.into_iter().take(8).map(|n| n.2).collect();
    let views: Vec<StatusView> = view.into_iter().collect();
    Ok(Response::json(&render(&[group], &people, &views, &about, c, &viewer)))
}

async fn accounts(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let limit = pagination::read(&c.params, 40, 80)?.limit;
    let query = store::notifications::members(viewer.account.id, members(c)?, limit);
    let people: Vec<Account> = store::load(&c.app.db, query).await?.into_iter().map(|n| n.2).collect();
    plain_accounts(c, &people).await
}

async fn dismiss(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let statement = store::notifications::dismiss_group(viewer.account.id, members(c)?);
    store::write(&c.app.db, vec![statement]).await?;
    Ok(Response::empty_object())
}

async fn unread_count(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let most = pagination::read(&c.params, 100, 1000)?.limit;
    let query = store::notifications::count_unread_groups(viewer.account.id, &wanted(c)?, &grouped(c), most);
    Ok(Response::json(&json!({"count": store::load(&c.app.db, query).await?})))
}
