//! `/api/v1/streaming`: a WebSocket for all streams, or server-sent events of one. Without the binding none of this is
//! there, and clients poll.

use super::channels::{self, Asked};
use super::subscribe::refusal;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::live::{Opening, Session};
use crate::model::user::{Grant, Viewer};

pub fn routes() -> Vec<Route> {
    let mut all = vec![
        Route::new("GET", "/api/v1/streaming", crate::client!(socket)),
        Route::new("GET", "/api/v1/streaming/health", crate::public!(health)),
        Route::new("GET", "/api/v1/streaming/{other}", crate::public!(unknown)),
        Route::new("GET", "/api/v1/streaming/{other}/{more}", crate::public!(unknown)),
    ];
    let events = [
        "/api/v1/streaming/user",
        "/api/v1/streaming/user/notification",
        "/api/v1/streaming/public",
        "/api/v1/streaming/public/local",
        "/api/v1/streaming/public/remote",
        "/api/v1/streaming/hashtag",
        "/api/v1/streaming/hashtag/local",
        "/api/v1/streaming/list",
        "/api/v1/streaming/direct",
    ];
    all.extend(events.map(|path| Route::new("GET", path, crate::client!(events_of))));
    all
}

async fn health(_: &Context<'_>) -> Result<Response> {
    Ok(Response::new(200, "text/plain", "OK"))
}

async fn unknown(_: &Context<'_>) -> Result<Response> {
    Err(Error::bad_request("Unknown channel requested"))
}

/// The session of a user's token.
fn session(grant: &Grant, viewer: Option<Viewer>) -> Result<Session> {
    let viewer = viewer.ok_or_else(Error::invalid_token)?;
    Ok(Session {
        account: viewer.account.id,
        token: grant.token_id,
        reads_statuses: grant.scopes.allow("read:statuses"),
        reads_notifications: grant.scopes.allow("read:notifications"),
        ..Session::default()
    })
}

fn asked<'a>(c: &'a Context<'_>, name: &'a str) -> Asked<'a> {
    Asked { name, tag: c.params.filled("tag"), list: c.params.filled("list") }
}

/// A WebSocket; a stream that is named in the query is subscribed at once, and where it is refused the socket says so.
async fn socket(c: &Context<'_>, grant: Grant, viewer: Option<Viewer>) -> Result<Response> {
    if !c.request.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
        return Err(Error::bad_request("Unknown channel requested"));
    }
    let mut session = session(&grant, viewer)?;
    let mut first = Vec::new();
    if let Some(name) = c.params.filled("stream") {
        match channels::allowed(c.app, &session, asked(c, name)).await {
            Ok(streams) => {
                session.add(streams);
            }
            Err(error) if error.is_ours() => return Err(error),
            Err(error) => first.push(refusal(&error)),
        }
    }
    let protocol = c.request.header("sec-websocket-protocol").and_then(|list| list.split(',').next());
    let protocol = protocol.map(|name| name.trim().to_owned());
    let opening = Opening { session, protocol, first, is_events: false };
    Ok(Response { status: 101, stream: Some(Box::new(opening)), ..Response::default() })
}

/// Server-sent events of one stream.
async fn events_of(c: &Context<'_>, grant: Grant, viewer: Option<Viewer>) -> Result<Response> {
    let mut session = session(&grant, viewer)?;
    let mut name = c.path.segments().get(3..).unwrap_or_default().join(":");
    if name.starts_with("public") && c.params.bool("only_media").unwrap_or(false) {
        name.push_str(":media");
    }
    session.add(channels::allowed(c.app, &session, asked(c, &name)).await?);
    let mut response = Response::new(200, "text/event-stream", Vec::new())
        .with("Cache-Control", "private, no-store")
        .with("X-Accel-Buffering", "no");
    if c.request.method != "HEAD" {
        let opening = Opening { session, is_events: true, ..Opening::default() };
        response.stream = Some(Box::new(opening));
    }
    Ok(response)
}
