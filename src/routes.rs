//! Joins the route tables: match → authenticate → call → render the error.

use std::cell::{Cell, RefCell};

use crate::app::App;
use crate::error::{Error, Result};
use crate::http::authorization;
use crate::http::cors;
use crate::http::handler::{Access, Context, Route};
use crate::http::params::Params;
use crate::http::rate_limit::{self, Counters, Standing};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::route::{Captures, Match, Table};
use crate::{activitypub, api, oauth, services, web};

/// In which shape errors are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    Api,
    OAuth,
    ActivityPub,
    Html,
}

/// Every route with its surface. The order does not matter: static segments win.
pub fn all() -> Vec<(Surface, Route)> {
    let tables: [(Surface, Vec<Route>); 4] = [
        (Surface::Api, api::routes()),
        (Surface::OAuth, oauth::routes()),
        (Surface::ActivityPub, activitypub::routes()),
        (Surface::Html, web::routes()),
    ];
    tables.into_iter().flat_map(|(surface, routes)| routes.into_iter().map(move |r| (surface, r))).collect()
}

thread_local! {
    /// Built once per isolate.
    static TABLE: Table<(Surface, Route)> =
        Table::new(all().into_iter().map(|(s, r)| (r.method, r.pattern, (s, r))));
}

/// Answers one request. Never fails: what goes wrong is an answer in the surface's own shape.
pub async fn handle(app: &App, request: &Request) -> Response {
    if request.method == "OPTIONS"
        && let Some(preflight) = cors::preflight(request)
    {
        return preflight;
    }
    let standing = standing(app, request);
    let (surface, outcome) = match &standing {
        Some(standing) if standing.is_over => (surface_of_path(&request.path), Err(Error::TooManyRequests)),
        _ => answer(app, request).await,
    };
    let mut response = outcome.unwrap_or_else(|error| {
        if let Some(line) = error.log_line() {
            crate::platform::log(&format!("{} {}: {line}", request.method, request.path));
        }
        let answer = render_error(surface, request, &error);
        // Another reader may get another answer.
        if surface == Surface::ActivityPub && request.method != "POST" {
            answer.with("Cache-Control", "private, no-store").with("Vary", "Accept, Signature")
        } else {
            answer
        }
    });
    if request.method == "HEAD" {
        response.body.clear();
    }
    if let Some(standing) = standing {
        rate_limit::apply(&standing, &mut response);
    }
    cors::apply(request, &mut response);
    response
}

/// The caller's state within the rate limit of this request. In development nothing is counted.
fn standing(app: &App, request: &Request) -> Option<Standing> {
    let limit = rate_limit::of(request)?;
    let caller = rate_limit::caller(request);
    if app.config.is_development {
        return Some(Counters::default().count(&caller, limit, app.now()));
    }
    Some(app.shared.counters.borrow_mut().count(&caller, limit, app.now()))
}

async fn answer(app: &App, request: &Request) -> (Surface, Result<Response>) {
    let found = TABLE.with(|table| match table.find(&request.method, &request.path) {
        Match::Found(handler, captures) => Ok((*handler, captures)),
        Match::OtherMethod(_) => Err(Error::MethodNotAllowed),
        Match::None => Err(Error::NotFound),
    });
    match found {
        Err(error) => (surface_of_path(&request.path), Err(error)),
        Ok(((surface, route), captures)) => (surface, call(app, request, route, captures).await),
    }
}

/// For paths that no route has.
fn surface_of_path(path: &str) -> Surface {
    if path.starts_with("/api/") || path.starts_with("/nodeinfo") || path.starts_with("/.well-known") {
        Surface::Api
    } else if path.starts_with("/oauth/") {
        Surface::OAuth
    } else {
        Surface::Html
    }
}

async fn call(app: &App, request: &Request, route: Route, captures: Captures) -> Result<Response> {
    if request.is_body_too_large {
        return Err(route
            .oversized
            .map_or(Error::TooLarge, |sentence| Error::Unprocessable(sentence.into())));
    }
    services::install::ready(app).await?;
    let params = Params::read(request)?;
    let context = Context {
        app,
        request,
        params,
        captures,
        preloaded: RefCell::default(),
        preloaded_for: Cell::default(),
        reader: RefCell::default(),
    };
    let token = match route.access {
        Access::Public(_) | Access::Document(_) => None,
        _ => authorization::bearer(request, &context.params),
    };
    let granted = match &token {
        Some(token) => Some(oauth::authenticate::grant(&context, token, route.preload).await?),
        None => None,
    };
    match route.access {
        Access::Public(handler) => handler(&context).await,
        Access::Document(handler) => activitypub::documents::readers::serve(&context, handler).await,
        Access::Anyone(scope, handler) => match granted {
            None => handler(&context, None).await,
            Some((grant, viewer)) => {
                require(&grant, scope)?;
                handler(&context, viewer).await
            }
        },
        Access::User(scope, handler) => {
            let (grant, viewer) = granted.ok_or_else(Error::invalid_token)?;
            let viewer = viewer
                .ok_or_else(|| Error::Unprocessable("This method requires an authenticated user".into()))?;
            require(&grant, scope)?;
            // As Mastodon: an account that has moved cannot act until it cancels the move.
            if viewer.account.moved_to_uri.is_some() {
                return Err(Error::Forbidden("Your login is currently disabled".into()));
            }
            handler(&context, viewer).await
        }
        Access::Client(handler) => {
            let (grant, viewer) = granted.ok_or_else(Error::invalid_token)?;
            handler(&context, grant, viewer).await
        }
    }
}

fn require(grant: &crate::model::user::Grant, scope: &str) -> Result<()> {
    if grant.scopes.allow(scope) {
        return Ok(());
    }
    Err(Error::Forbidden("This action is outside the authorized scopes".into()))
}

fn render_error(surface: Surface, request: &Request, error: &Error) -> Response {
    match surface {
        Surface::Html => web::error_page(request, error),
        Surface::OAuth if matches!(error, Error::OAuth(..)) => oauth::error(error),
        _ => api::entities::error::render(error),
    }
}
