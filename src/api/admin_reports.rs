//! <https://docs.joinmastodon.org/methods/admin/reports/>

use std::collections::BTreeSet;

use serde_json::Value;

use super::entities::{Frame, staff};
use super::paged;
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::report::Report;
use crate::model::role::Permission;
use crate::model::user::Viewer;
use crate::services::report_handling::{Step, find, step, update};
use crate::store;
use crate::store::reports::Sought;

const REPORTS: Permission = Permission::MANAGE_REPORTS;
const ONE: &str = "/api/v1/admin/reports/{id}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/admin/reports", crate::staff!("admin:read:reports", REPORTS, list)),
        Route::new("GET", ONE, crate::staff!("admin:read:reports", REPORTS, show)),
        Route::new("PUT", ONE, crate::staff!("admin:write:reports", REPORTS, change)),
        Route::new("PATCH", ONE, crate::staff!("admin:write:reports", REPORTS, change)),
        Route::new(
            "POST",
            "/api/v1/admin/reports/{id}/assign_to_self",
            crate::staff!("admin:write:reports", REPORTS, assign),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/reports/{id}/unassign",
            crate::staff!("admin:write:reports", REPORTS, unassign),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/reports/{id}/resolve",
            crate::staff!("admin:write:reports", REPORTS, resolve),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/reports/{id}/reopen",
            crate::staff!("admin:write:reports", REPORTS, reopen),
        ),
    ]
}

/// The entities of reports, with everybody and everything that they name, in one round trip.
async fn entities(c: &Context<'_>, reports: &[Report]) -> Result<Vec<Value>> {
    let named = |report: &Report| {
        [Some(report.account_id), Some(report.target.id), report.assigned_id, report.action_taken_by]
    };
    let people: BTreeSet<Id> = reports.iter().flat_map(named).flatten().collect();
    let people: Vec<Id> = people.into_iter().collect();
    let statuses: BTreeSet<Id> =
        reports.iter().flat_map(|report| report.status_ids.iter().copied()).collect();
    let statuses: Vec<Id> = statuses.into_iter().collect();
    let parts =
        (store::people::by_ids(&people), store::statuses::first_of(&statuses, None), store::rules::all());
    let (people, statuses, rules) = store::load(&c.app.db, parts).await?;
    let (site, frame) = (c.app.site(), Frame::of(c.app));
    let entity = |report: &Report| staff::report(report, &people, &statuses, &rules, &site.roles, &frame);
    Ok(reports.iter().map(entity).collect())
}

async fn answer(c: &Context<'_>, report: Report) -> Result<Response> {
    Ok(Response::json(&entities(c, &[report]).await?.remove(0)))
}

async fn list(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let sought = Sought {
        is_resolved: c.params.bool("resolved") == Some(true),
        by: c.params.id("account_id")?,
        about: c.params.id("target_account_id")?,
    };
    let found = store::load(&c.app.db, store::reports::list(sought, &page)).await?;
    Ok(paged(c, &entities(c, &found).await?, &found.cursors, found.goes_on))
}

async fn show(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let report = find(c.app, c.id("id")?).await?;
    answer(c, report).await
}

async fn change(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let rules = c.params.has("rule_ids").then(|| c.params.ids("rule_ids"));
    let changed =
        update(c.app, &viewer.user, c.id("id")?, c.params.filled("category"), rules.as_deref()).await?;
    answer(c, changed).await
}

async fn assign(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    answer(c, step(c.app, &viewer.user, c.id("id")?, Step::Assign).await?).await
}

async fn unassign(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    answer(c, step(c.app, &viewer.user, c.id("id")?, Step::Unassign).await?).await
}

async fn resolve(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    answer(c, step(c.app, &viewer.user, c.id("id")?, Step::Resolve).await?).await
}

async fn reopen(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    answer(c, step(c.app, &viewer.user, c.id("id")?, Step::Reopen).await?).await
}
