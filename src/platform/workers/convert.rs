//! Conversion of requests and responses between the runtime's types and ours.

use super::{Body, border};
use crate::http::request::{Headers, MAX_BODY, Request};
use crate::http::response::Response;
use crate::model::address::Address;

/// Path and query of a URL as they came, since signatures cover them.
fn target(url: &str) -> (&str, &str) {
    let target = url
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)))
        .unwrap_or("/");
    let target = target.split('#').next().unwrap_or(target);
    target.split_once('?').unwrap_or((target, ""))
}

/// The path of a request as it came.
pub fn path(incoming: &web_sys::Request) -> String {
    target(&incoming.url()).0.to_owned()
}

/// Reads a request, its body up to [`MAX_BODY`]; a multipart body is left unread, since it may have files, and so is one
/// that says that it is larger.
pub async fn request(incoming: &web_sys::Request) -> worker::Result<(Request, Option<Body>)> {
    let (method, url, pairs): (String, String, border::Pairs) = border::json(&border::head(incoming))?;
    let (path, query) = target(&url);
    // The runtime gives their names in lower case.
    let headers = Headers(pairs);
    let mut request = Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        // Cloudflare sets it on every request and callers cannot; X-Forwarded-For is set by callers.
        ip: headers.get("cf-connecting-ip").map(|ip| Address::parse(ip).to_text()),
        headers,
        ..Request::default()
    };
    let announced: usize = request.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    if request
        .header("content-type")
        .is_some_and(|kind| kind.trim_start().get(..10).is_some_and(|k| k.eq_ignore_ascii_case("multipart/")))
    {
        return Ok((request, incoming.body().map(Body)));
    }
    if announced > MAX_BODY {
        request.is_body_too_large = true;
        return Ok((request, incoming.body().map(Body)));
    }
    // A GET may have a body as well: workerd passes it on where the request announces one, and Mastodon reads it.
    match border::body(incoming.body(), MAX_BODY).await? {
        Some(body) => request.body = body,
        None => request.is_body_too_large = true,
    }
    Ok((request, None))
}

/// A response as the runtime sends it, but for stored files.
pub fn response(ours: &Response) -> worker::Result<web_sys::Response> {
    let headers = serde_json::to_string(&ours.headers).unwrap_or_else(|_| "[]".into());
    Ok(border::respond(ours.status, &headers, &ours.body)?)
}
