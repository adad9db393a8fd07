//! <https://docs.joinmastodon.org/methods/admin/accounts/>

use serde_json::Value;

use super::entities::{Frame, staff};
use super::paged;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::person::{Origin, Person, Sought, State};
use crate::model::role::{Permission, RoleId};
use crate::model::sign_up::Application;
use crate::model::strike::{Action, Lift};
use crate::model::user::Viewer;
use crate::services;
use crate::services::staff::Draft;
use crate::store;

const USERS: Permission = Permission::MANAGE_USERS;
const READ: &str = "/api/v1/admin/accounts";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", READ, crate::staff!("admin:read:accounts", USERS, list)),
        Route::new("GET", "/api/v2/admin/accounts", crate::staff!("admin:read:accounts", USERS, list_v2)),
        Route::new("GET", "/api/v1/admin/accounts/{id}", crate::staff!("admin:read:accounts", USERS, show)),
        Route::new(
            "DELETE",
            "/api/v1/admin/accounts/{id}",
            crate::staff!("admin:write:accounts", Permission::DELETE_USER_DATA, delete),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/accounts/{id}/approve",
            crate::staff!("admin:write:accounts", USERS, approve),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/accounts/{id}/reject",
            crate::staff!("admin:write:accounts", USERS, reject),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/accounts/{id}/action",
            crate::staff!("admin:write:accounts", USERS, action),
        ),
        Route::new(
            "POST",
            "/api/v1/admin/accounts/{id}/{lift}",
            crate::staff!("admin:write:accounts", USERS, lift),
        ),
    ]
}

/// Somebody as members of staff see them, whether or not they may be acted on.
async fn find(c: &Context<'_>, id: Id) -> Result<Person> {
    let found = store::load(&c.app.db, store::people::by_ids(&[id])).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

fn entity(c: &Context<'_>, person: &Person) -> Value {
    staff::person(person, &c.app.site().roles, &Frame::of(c.app))
}

/// Who waits for an account, as of [`staff::applicant`].
fn applicant(c: &Context<'_>, application: &Application) -> Value {
    let domain = c.app.site().domain_by_id(application.domain_id).cloned().unwrap_or_else(|| c.app.primary());
    staff::applicant(application, &domain, &Frame::of(c.app))
}

/// A page of those who wait for staff.
async fn waiting(c: &Context<'_>) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let found = store::load(&c.app.db, store::applications::waiting(&page)).await?;
    let body: Vec<Value> = found.iter().map(|one| applicant(c, one)).collect();
    Ok(paged(c, &body, &found.cursors, found.goes_on))
}

async fn approve(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let id = c.id("id")?;
    services::applications::approve(c.app, &viewer.account, id).await?;
    // It may also wait for the e-mail address.
    known(c, id).await
}

/// An account, or who waits for one.
async fn known(c: &Context<'_>, id: Id) -> Result<Response> {
    let parts = (store::people::by_ids(&[id]), store::applications::by_id(id));
    let (found, waits) = store::load(&c.app.db, parts).await?;
    match (found.first(), waits) {
        (Some(person), _) => Ok(Response::json(&entity(c, person))),
        (None, Some(application)) => Ok(Response::json(&applicant(c, &application))),
        (None, None) => Err(Error::NotFound),
    }
}

async fn reject(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let application = services::applications::reject(c.app, &viewer.account, c.id("id")?).await?;
    Ok(Response::json(&applicant(c, &application)))
}

async fn answer(c: &Context<'_>, id: Id) -> Result<Response> {
    Ok(Response::json(&entity(c, &find(c, id).await?)))
}

/// What the parameters of both versions have in common.
fn sought(c: &Context<'_>) -> Sought {
    let text = |name: &str| c.params.filled(name).map(str::to_owned);
    Sought {
        username: text("username").map(|name| name.trim_start_matches('@').to_owned()),
        display_name: text("display_name"),
        domain: text("by_domain").map(|domain| domain.to_lowercase()),
        email: text("email"),
        ..Sought::default()
    }
}

async fn page(c: &Context<'_>, sought: &Sought) -> Result<Response> {
    let page = pagination::read(&c.params, 100, 200)?;
    let found = store::load(&c.app.db, store::people::list(sought, &page)).await?;
    let body: Vec<Value> = found.iter().map(|person| entity(c, person)).collect();
    Ok(paged(c, &body, &found.cursors, found.goes_on))
}

/// The roles of staff.
fn of_staff(c: &Context<'_>) -> Vec<RoleId> {
    let roles = &c.app.site().roles;
    roles.0.iter().map(|role| role.id).filter(|id| *id != RoleId::EVERYONE).collect()
}

async fn list(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let is_set = |name: &str| c.params.bool(name) == Some(true);
    if is_set("pending") {
        return waiting(c).await;
    }
    let mut sought = sought(c);
    sought.origin = match (is_set("local"), is_set("remote")) {
        (true, false) => Origin::Local,
        (false, true) => Origin::Remote,
        _ => Origin::Any,
    };
    sought.state = State::ALL.into_iter().find(|state| is_set(state.as_str()));
    if is_set("staff") {
        sought.roles = Some(of_staff(c));
    }
    page(c, &sought).await
}

async fn list_v2(c: &Context<'_>, _: Viewer) -> Result<Response> {
    if c.params.filled("status") == Some("pending") {
        return waiting(c).await;
    }
    let mut sought = sought(c);
    sought.origin = match c.params.filled("origin") {
        Some("local") => Origin::Local,
        Some("remote") => Origin::Remote,
        _ => Origin::Any,
    };
    sought.state = c.params.filled("status").and_then(State::parse);
    let roles = c.params.ids("role_ids");
    if !roles.is_empty() {
        sought.roles = Some(roles.into_iter().map(RoleId::from).collect());
    } else if c.params.filled("permissions") == Some("staff") {
        sought.roles = Some(of_staff(c));
    }
    page(c, &sought).await
}

async fn show(c: &Context<'_>, _: Viewer) -> Result<Response> {
    known(c, c.id("id")?).await
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let found = find(c, c.id("id")?).await?;
    services::staff::delete(c.app, &viewer.user, found.account.id).await?;
    Ok(Response::json(&entity(c, &found)))
}

async fn action(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let kind = c.params.filled("type").and_then(Action::parse);
    let may = [Action::None, Action::Disable, Action::Sensitive, Action::Silence, Action::Suspend];
    let action = kind.filter(|action| may.contains(action));
    let report = c.params.id("report_id")?;
    if report.is_some() && !c.app.may(&viewer.user, Permission::MANAGE_REPORTS) {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    let draft = Draft {
        action: action.ok_or_else(|| Error::validation("Type is not included in the list"))?,
        text: c.params.text("text").unwrap_or("").to_owned(),
        preset: c.params.id("warning_preset_id")?,
        report,
        status_ids: None,
        is_told: c.params.bool("send_email_notification") != Some(false),
    };
    services::staff::act(c.app, &viewer.user, c.id("id")?, draft).await?;
    Ok(Response::empty_object())
}

async fn lift(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let id = c.id("id")?;
    let lift = Lift::parse(c.segment("lift")?).ok_or(Error::NotFound)?;
    services::staff::lift(c.app, &viewer.user, id, lift).await?;
    answer(c, id).await
}
