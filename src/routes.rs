//! Joins the route tables: match → authenticate → call → render the error.

use std::cell::{Cell, RefCell};

use crate::app::App;
use crate::error::{Error, Result};
use crate::http::authorization;
use crate::http::cors;
use crate::http::handler::{Access, Context, Route, Upload};
use crate::http::params::Params;
use crate::http::path::Path;
use crate::http::rate_limit;
use crate::http::request::{MAX_BODY, Request};
use crate::http::response::Response;
use crate::http::route::{Captures, Match, Table};
use crate::model::ledger::{self, Measure};
use crate::model::rate_limit::{
    Caller, Counters, EVERYTHING, FILES, GENERAL, Limit, PAGES, PERSON, SERVERS, SIGN_IN, SIGN_IN_KNOWN,
    Standing,
};
use crate::model::sign_up::IpSeverity;
use crate::model::user::{Grant, Viewer};
use crate::platform::Body;
use crate::services::permission::may_act;
use crate::{activitypub, api, media, oauth, services, streaming, web};

/// The format of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    Api,
    OAuth,
    ActivityPub,
    Html,
    /// Live streams: errors as of the API.
    Streaming,
}

/// Every route with its surface. The order does not matter: static segments take precedence.
pub fn all() -> Vec<(Surface, Route)> {
    let tables: [(Surface, Vec<Route>); 6] = [
        (Surface::Api, api::routes()),
        (Surface::OAuth, oauth::routes()),
        (Surface::ActivityPub, activitypub::routes()),
        (Surface::Html, web::routes()),
        (Surface::Api, media::routes()),
        (Surface::Streaming, streaming::routes::routes()),
    ];
    let all = tables.into_iter().flat_map(|(surface, routes)| routes.into_iter().map(move |r| (surface, r)));
    all.map(|(surface, route)| (surface, with_limit(surface, route))).collect()
}

/// Routes that name no limit have that of their kind.
fn with_limit(surface: Surface, mut route: Route) -> Route {
    let is_for_clients = surface == Surface::OAuth || route.pattern.starts_with("/api/");
    route.limit = route.limit.or(Some(match surface {
        _ if is_for_clients => GENERAL,
        Surface::Html => PAGES,
        Surface::ActivityPub => SERVERS,
        Surface::Api | Surface::OAuth | Surface::Streaming => FILES,
    }));
    route
}

thread_local! {
    /// Built once per isolate.
    static TABLE: Table<(Surface, Route)> =
        Table::new(all().into_iter().map(|(s, r)| (r.method, r.pattern, (s, r))));
}

/// Whether a POST to this path, as it is in the URL, may take more CPU time than a request has.
pub fn is_long(path: &str) -> bool {
    let Some(path) = Path::parse(path) else { return false };
    TABLE.with(|table| matches!(table.find("POST", &path), Match::Found((_, route), _) if route.is_long))
}

/// Answers a request. Never fails: errors are rendered in the format of the surface.
pub async fn handle(app: &App, request: &Request) -> Response {
    let path = Path::parse(&request.path);
    if request.method == "OPTIONS"
        && let Some(preflight) = path.as_ref().and_then(|path| cors::preflight(path, request))
    {
        return preflight;
    }
    let mut counted = Counted::default();
    let (surface, outcome) = answer(app, request, path.clone(), &mut counted).await;
    if surface == Surface::Html && outcome.is_err() && app.site().title.is_empty() {
        // A page bears the server's name, which an isolate knows from its first event on. Without it there is a page, too.
        let _ = services::install::ready(app).await;
    }
    let mut response = outcome.unwrap_or_else(|error| {
        if let Some(line) = error.log_line() {
            crate::platform::log(&format!("{} {:.200}: {line}", request.method, request.path));
        }
        let mut answer = render_error(app, surface, request, &error);
        if let Error::MethodNotAllowed(methods) = &error {
            answer = answer.with("Allow", allow(methods));
        }
        if matches!(error, Error::Spent(_)) {
            answer = answer.with("Retry-After", ledger::until_midnight(app.now()).to_string());
        }
        // Another reader may get another response.
        if surface == Surface::ActivityPub && request.method != "POST" {
            answer.with("Cache-Control", "private, no-store").with("Vary", "Accept, Signature")
        } else {
            answer
        }
    });
    if counted.has_token {
        response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("cache-control"));
        response = response.with("Cache-Control", "private, no-store");
    }
    if request.method == "HEAD" {
        response.body.clear();
    }
    if let Some(standing) = app.standing.get().or(counted.shown) {
        rate_limit::apply(&standing, &mut response);
    }
    if let Some(path) = &path {
        cors::apply(path, &mut response);
    }
    response
}

/// The Allow header that a 405 must have (RFC 9110, section 15.5.6). GET's routes answer HEAD as well.
fn allow(methods: &[&str]) -> String {
    let mut all: Vec<&str> = methods.to_vec();
    if all.contains(&"GET") {
        all.push("HEAD");
    }
    all.sort_unstable();
    all.dedup();
    all.join(", ")
}

/// What is known of the caller, for the response headers.
#[derive(Default)]
struct Counted {
    /// The rate limit.
    shown: Option<Standing>,
    /// A token, or that of a page's script, was sent to a route that reads one: the response is in no cache, as on Mastodon.
    has_token: bool,
}

impl Counted {
    /// Counts the request. In development there is no limit.
    ///
    /// Error: `TooManyRequests` where the limit is exceeded.
    fn count(&mut self, app: &App, caller: Caller, limit: Limit) -> Result<()> {
        let standing = if app.config.is_development {
            Counters::default().count(caller, limit, app.now())
        } else {
            app.shared.counters.borrow_mut().count(caller, limit, app.now())
        };
        // Pages, files and documents of everybody say nothing of it as long as it is not reached.
        if standing.is_over || ![PAGES, FILES, SERVERS].contains(&limit) {
            self.shown = Some(standing);
        }
        if standing.is_over { Err(Error::TooManyRequests) } else { Ok(()) }
    }
}

async fn answer(
    app: &App,
    request: &Request,
    path: Option<Path>,
    counted: &mut Counted,
) -> (Surface, Result<Response>) {
    let Some(path) = path else {
        let is_browser = request.header("accept").is_some_and(|accept| accept.contains("text/html"));
        return (if is_browser { Surface::Html } else { Surface::Api }, Err(Error::NotFound));
    };
    let found = TABLE.with(|table| match table.find(&request.method, &path) {
        Match::Found(handler, captures) => Ok((*handler, captures)),
        Match::OtherMethod(methods) => Err(Error::MethodNotAllowed(methods)),
        Match::None => Err(Error::NotFound),
    });
    match found {
        Err(error) => (surface_of_path(&path), Err(error)),
        // Without the binding there are no streams, and who asks for them all the time costs the database nothing.
        Ok(((Surface::Streaming, _), _)) if !app.live.is_bound() => (Surface::Api, Err(Error::NotFound)),
        Ok(((surface, route), captures)) => {
            (surface, call(app, request, path, route, captures, counted).await)
        }
    }
}

/// For unknown paths.
fn surface_of_path(path: &Path) -> Surface {
    if ["api", "nodeinfo", ".well-known"].iter().any(|start| path.is_below(start)) {
        Surface::Api
    } else if path.is_below("oauth") {
        Surface::OAuth
    } else {
        Surface::Html
    }
}

async fn call(
    app: &App,
    request: &Request,
    path: Path,
    route: Route,
    captures: Captures,
    counted: &mut Counted,
) -> Result<Response> {
    // Before anything is read or looked up.
    let address = Caller::Address(request.address());
    match route.limit {
        Some(GENERAL) => counted.count(app, address, EVERYTHING)?,
        // A browser that has signed in before is counted separately from its address, which an attacker may
        // share.
        Some(SIGN_IN) => {
            // Each sign-in makes another browser a known one: so the address is counted in any case.
            let device = web::device::known(app, request).first().map(|device| Caller::Device(device.id));
            if device.is_some() {
                counted.count(app, address, SIGN_IN_KNOWN)?;
            }
            let caller = device.unwrap_or(address);
            counted.count(app, caller, SIGN_IN)?;
            strictly(app, caller, SIGN_IN).await?;
        }
        Some(limit) => {
            counted.count(app, address, limit)?;
            strictly(app, address, limit).await?;
        }
        None => {}
    }
    // By what the isolate knows of it by now; again once it has read the site.
    check_access(app, request)?;
    let key = if route.is_cached { web::cached::key(app, request) } else { None };
    if let Some(key) = &key
        && let Some(page) = app.pages.get(key, app.now()).await
    {
        return Ok(page);
    }
    let answer = fresh(app, request, path, route, captures, counted).await;
    if let (Some(key), Ok(response)) = (key, &answer)
        && web::cached::is_kept(response)
    {
        app.pages.keep(key, response, web::cached::LIFETIME, app.now());
    }
    answer
}

/// Counts a request of a strict limit for the data centre, where there is a binding for it: isolates count for themselves.
///
/// Error: `TooManyRequests` where there were too many in a minute.
async fn strictly(app: &App, caller: Caller, limit: Limit) -> Result<()> {
    let is_counted = limit.is_strict && app.limiter.is_bound() && !app.config.is_development;
    if is_counted && !app.limiter.allows(&format!("{} {caller:?}", limit.name())).await {
        return Err(Error::TooManyRequests);
    }
    Ok(())
}

/// Error: `Forbidden` where the operator has closed the server to the caller's network.
fn check_access(app: &App, request: &Request) -> Result<()> {
    match app.site().sign_up.severity(request.address(), app.now()) {
        Some(IpSeverity::NoAccess) => Err(Error::Forbidden("Nothing is answered at your address".into())),
        _ => Ok(()),
    }
}

/// The answer of the route's handler.
async fn fresh(
    app: &App,
    request: &Request,
    path: Path,
    route: Route,
    captures: Captures,
    counted: &mut Counted,
) -> Result<Response> {
    let address = Caller::Address(request.address());
    let mut upload = app.incoming.take();
    if request.is_body_too_large && (route.uploads.is_none() || upload.is_none()) {
        return Err(Error::TooLarge);
    }
    match services::install::ready(app).await {
        // Machines are told what is wrong by the same document.
        Err(error) if route.pattern == "/health" => return Ok(web::doctor::unhealthy(&error)),
        ready => ready?,
    }
    check_access(app, request)?;
    let params = if route.uploads.is_none()
        && let Some(body) = upload.take()
    {
        Params::read_body(request, &body.read(MAX_BODY).await?.ok_or(Error::TooLarge)?)?
    } else {
        Params::read(request)?
    };
    let mut context = Context {
        app,
        request,
        path,
        params,
        upload: RefCell::default(),
        captures,
        preloaded: RefCell::default(),
        preloaded_for: Cell::default(),
        taste: RefCell::default(),
        is_closed: Cell::default(),
        reader: RefCell::default(),
    };
    let (token, form) = match route.access {
        Access::Public(_) | Access::Document(_) => (None, None),
        _ => match authorization::bearer(request, &context.params) {
            None => (None, web::script::token(&context)),
            token => (token, None),
        },
    };
    counted.has_token = token.is_some() || form.is_some();
    let granted = match (&token, &form) {
        (Some(token), _) => {
            let hash = services::grant::hash(token);
            services::personal::refuse_early(app, &hash, route.limit == Some(GENERAL), request.is_safe())?;
            oauth::authenticate::grant(&context, token, route.preload).await.map(Some)
        }
        (None, Some(form)) => match web::script::session_secret(&context, form) {
            Some(secret) => oauth::authenticate::session(&context, &secret).await.map(Some),
            None => Err(Error::invalid_token()),
        },
        (None, None) => Ok(None),
    };
    app.person.set(None);
    if let Ok(Some((grant, Some(viewer)))) = &granted {
        services::personal::know(app, &viewer.user, &viewer.account);
        if let Some(token) = &token {
            services::personal::keep_seen(app, services::grant::hash(token), grant.token_id);
        }
    }
    if route.limit == Some(GENERAL) {
        // An invalid token is counted by address.
        match &granted {
            Ok(Some((grant, viewer))) => {
                if let Some(viewer) = viewer {
                    counted.count(app, Caller::Person(viewer.user.person), PERSON)?;
                }
                counted.count(app, Caller::Token(grant.token_id), GENERAL)?;
            }
            Ok(None) | Err(_) => counted.count(app, address, GENERAL)?,
        }
    }
    let granted = granted?;
    if granted.as_ref().is_some_and(|(_, viewer)| viewer.is_some()) {
        services::personal::check(app, Measure::RowsRead)?;
        if !request.is_safe() {
            services::personal::check(app, Measure::RowsWritten)?;
        }
    }
    // Who waits has no account: nothing else is theirs.
    if let Some((Grant { applicant: Some(applicant), .. }, _)) = &granted
        && !route.is_for_applicants
    {
        return Err(Error::Forbidden(applicant.waits_for().into()));
    }
    if matches!(route.access, Access::Public(_)) {
        // A page reads it once it knows who has signed in.
        *app.incoming.borrow_mut() = upload.take();
    } else if upload.is_none() && !request.body.is_empty() {
        let has_data =
            route.uploads.is_some_and(|purpose| media::receive::has_data(purpose, &context.params));
        upload = has_data.then(|| Body::of(&request.body));
    }
    if let (Some(purpose), Some(body), Some((grant, Some(viewer)))) = (route.uploads, upload, &granted) {
        if let Access::User(scope, _) = route.access {
            require(grant, scope)?;
            may_act(&viewer.account)?;
        }
        media::receive::check_announced(purpose, request)?;
        let (row, key) = services::media::begin(app, &viewer.account, purpose).await?;
        let received = media::receive::receive(app, purpose, key, request, body).await?;
        let mut read = context.params.add_fields(received.fields);
        if let Some(others) = received.others.filter(|_| request.is_body_too_large) {
            read = read.and_then(|()| context.params.add_json(&others));
        }
        if let Err(error) = read {
            // Its files are stored all the same.
            services::personal::count(app, false);
            return Err(error);
        }
        context.upload.replace(Upload { row, files: received.files });
    }
    if granted.is_none() && waits_for_strangers(route.pattern) && !services::personal::strangers_may_read(app)
    {
        return Err(Error::Spent("anonymous timelines wait for the next day".into()));
    }
    let answer = handled(&context, route, granted).await;
    services::personal::count(app, request.is_safe());
    answer
}

/// What the handler answers to who may ask it.
async fn handled(
    context: &Context<'_>,
    route: Route,
    granted: Option<(Grant, Option<Viewer>)>,
) -> Result<Response> {
    let app = context.app;
    match route.access {
        Access::Public(handler) => handler(context).await,
        Access::Document(handler) => activitypub::documents::readers::serve(context, handler).await,
        Access::Anyone(scope, handler) => match granted {
            None => handler(context, None).await,
            Some((grant, viewer)) => {
                require(&grant, scope)?;
                handler(context, viewer).await
            }
        },
        Access::User(scope, handler) => {
            let (grant, viewer) = granted.ok_or_else(Error::invalid_token)?;
            let viewer = viewer
                .ok_or_else(|| Error::Unprocessable("This method requires an authenticated user".into()))?;
            require(&grant, scope)?;
            may_act(&viewer.account)?;
            handler(context, viewer).await
        }
        Access::Staff(scope, permission, handler) => {
            let (grant, viewer) = granted.ok_or_else(Error::invalid_token)?;
            let viewer = viewer
                .ok_or_else(|| Error::Unprocessable("This method requires an authenticated user".into()))?;
            require(&grant, scope)?;
            if !app.may(&viewer.user, permission) {
                return Err(Error::Forbidden("This action is not allowed".into()));
            }
            handler(context, viewer).await
        }
        Access::Client(handler) => {
            let (grant, viewer) = granted.ok_or_else(Error::invalid_token)?;
            handler(context, grant, viewer).await
        }
    }
}

/// Timelines that are not shown to strangers as the day's quotas near their end: those of the API, and feeds. (Pages know later
/// who reads: `web::form::reader`.)
fn waits_for_strangers(pattern: &str) -> bool {
    let of_api = ["/api/v1/timelines/", "/api/v1/trends/"];
    let is_feed = [".rss", ".atom", ".feed", ".feed.json"].iter().any(|end| pattern.ends_with(end));
    of_api.iter().any(|start| pattern.starts_with(start)) || is_feed
}

fn require(grant: &Grant, scope: &str) -> Result<()> {
    if grant.scopes.allow(scope) {
        return Ok(());
    }
    Err(Error::Forbidden("This action is outside the authorized scopes".into()))
}

fn render_error(app: &App, surface: Surface, request: &Request, error: &Error) -> Response {
    match surface {
        Surface::Html => web::error_page(app, request, error),
        Surface::OAuth if matches!(error, Error::OAuth(..)) => oauth::error(error),
        _ => api::entities::error::render(error),
    }
}
