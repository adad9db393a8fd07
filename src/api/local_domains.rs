//! The domains of this instance, for its operator's scripts (`npm run domain`): an extension of our own, as JSON what
//! `/settings/domains` has.

use serde_json::{Value, json};

use crate::doctor;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::check::State;
use crate::model::role::Permission;
use crate::model::site::Domain;
use crate::model::user::Viewer;
use crate::services;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/sori/domains", crate::user!("admin:read", list)),
        Route::new("POST", "/api/v1/sori/domains", crate::user!("admin:write", add)),
        Route::new("POST", "/api/v1/sori/domains/{domain}/{action}", crate::user!("admin:write", change)),
    ]
}

/// Error: `Forbidden` for who is no operator.
fn operator(c: &Context<'_>, viewer: &Viewer) -> Result<()> {
    if c.app.may(&viewer.user, Permission::MANAGE_SETTINGS) {
        return Ok(());
    }
    Err(Error::Forbidden("This action is not allowed".into()))
}

fn entity(domain: &Domain, people: i64) -> Value {
    json!({
        "domain": domain.handle_domain,
        "address": domain.web_origin,
        "is_primary": domain.is_primary,
        "is_verified": domain.is_verified,
        "is_open": domain.is_open,
        "is_ended": domain.is_ended,
        "people": people,
    })
}

async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    operator(c, &viewer)?;
    let people = store::load(&c.app.db, store::domains::counts()).await?;
    let count = |domain: &Domain| people.get(&domain.id).copied().unwrap_or_default();
    let all: Vec<Value> = c.app.site().domains.iter().map(|d| entity(d, count(d))).collect();
    Ok(Response::json(&all))
}

/// `domain`, `address`: as [`services::domains::add`].
async fn add(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    operator(c, &viewer)?;
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let domain = services::domains::add(c.app, text("domain"), text("address")).await?;
    Ok(Response::json(&entity(&domain, 0)))
}

/// `verify` answers what was seen (`trust`: what could not be seen from here is taken for right), `person` (`username`) the
/// handle and the password; the others the domain.
async fn change(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    operator(c, &viewer)?;
    let find = |name: &str| c.app.site().domains.iter().find(|d| d.handle_domain == name).cloned();
    let name = c.segment("domain")?.to_ascii_lowercase();
    let domain = find(&name).ok_or(Error::NotFound)?;
    match c.segment("action")? {
        "verify" => {
            let (check, _) = doctor::domains::webfinger(c.app, &domain, "").await;
            let is_trusted = check.state == State::Warning && c.params.bool("trust") == Some(true);
            if check.state == State::Good || is_trusted {
                services::domains::verified(c.app, &domain).await?;
            }
            return Ok(Response::json(&json!({"state": check.state.name(), "seen": check.seen})));
        }
        "person" => {
            let username = c.params.text("username").unwrap_or("").trim();
            let locale = &viewer.user.locale;
            let added = services::domains::add_person(c.app, locale, username, &domain.handle_domain).await?;
            return Ok(Response::json(&json!({"handle": added.0.handle(), "password": added.1})));
        }
        "primary" => services::domains::make_primary(c.app, &domain).await?,
        "open" => services::domains::set_open(c.app, &domain, true).await?,
        "close" => services::domains::set_open(c.app, &domain, false).await?,
        "end" => services::domains::end(c.app, &domain).await?,
        _ => return Err(Error::NotFound),
    }
    let people = store::load(&c.app.db, store::domains::counts()).await?;
    let count = people.get(&domain.id).copied().unwrap_or_default();
    let changed = find(&name).unwrap_or(Domain { is_ended: true, ..domain });
    Ok(Response::json(&entity(&changed, count)))
}
