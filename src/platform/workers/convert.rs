//! Requests and responses, between the runtime's shape and ours.

use crate::http::request::{Headers, MAX_BODY, Request};
use crate::http::response::Response;
use crate::model::address::Address;

/// Reads a request, its body up to [`MAX_BODY`].
pub async fn request(incoming: worker::Request) -> worker::Result<Request> {
    // The raw URL: path and query as they came, since signatures cover them.
    let url = incoming.inner().url();
    let target = url
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)))
        .unwrap_or("/");
    let target = target.split('#').next().unwrap_or(target);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = Headers::default();
    for (name, value) in incoming.headers().entries() {
        headers.add(&name, value);
    }
    let mut request = Request {
        method: incoming.method().to_string(),
        path: path.to_owned(),
        query: query.to_owned(),
        // Cloudflare sets it on every request and lets no caller do so; X-Forwarded-For is the caller's own word.
        ip: headers.get("cf-connecting-ip").map(|ip| Address::parse(ip).to_text()),
        headers,
        ..Request::default()
    };
    let announced: usize = request.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    if announced > MAX_BODY {
        request.is_body_too_large = true;
        return Ok(request);
    }
    // A GET may have a body as well: workerd passes it on where the request announces one, and Mastodon reads it.
    match super::body::read(incoming.inner().body(), MAX_BODY).await? {
        Some(body) => request.body = body,
        None => request.is_body_too_large = true,
    }
    Ok(request)
}

/// A response as the runtime sends it.
pub fn response(ours: Response) -> worker::Result<worker::Response> {
    let headers = worker::Headers::new();
    for (name, value) in &ours.headers {
        headers.append(name, value)?;
    }
    let has_body = !(ours.body.is_empty() || matches!(ours.status, 101 | 204 | 304));
    let response =
        if has_body { worker::Response::from_bytes(ours.body)? } else { worker::Response::empty()? };
    Ok(response.with_status(ours.status).with_headers(headers))
}
