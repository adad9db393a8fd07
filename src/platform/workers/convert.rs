//! Requests and responses, between the runtime's shape and ours.

use crate::http::request::{Headers, MAX_BODY, Request};
use crate::http::response::Response;

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
        ip: headers.get("cf-connecting-ip").map(str::to_owned),
        headers,
        ..Request::default()
    };
    let announced: usize = request.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    if announced > MAX_BODY {
        request.is_body_too_large = true;
        return Ok(request);
    }
    if matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") {
        return Ok(request);
    }
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
