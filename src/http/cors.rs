//! CORS, as web clients (Elk, Phanpy) need it: `*`, no credentials, the request's own header list
//! echoed, paging and rate-limit headers exposed.

use super::request::Request;
use super::response::Response;

const EXPOSED: &str =
    "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, Mastodon-Async-Refresh";

fn is_open(path: &str) -> bool {
    let path = path.trim_start_matches('/');
    path.starts_with("api/")
        || matches!(path, "oauth/token" | "oauth/revoke" | "oauth/userinfo")
        || [".well-known/", "nodeinfo/", "@", "users/"].iter().any(|prefix| path.starts_with(prefix))
}

/// The answer to a preflight, where the path is open to other origins.
pub fn preflight(request: &Request) -> Option<Response> {
    if !is_open(&request.path) || request.header("access-control-request-method").is_none() {
        return None;
    }
    let mut response = Response { status: 200, ..Response::default() }
        .with("Access-Control-Allow-Origin", "*")
        .with("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
        .with("Access-Control-Max-Age", "86400")
        .with("Vary", "Access-Control-Request-Headers");
    if let Some(wanted) = request.header("access-control-request-headers") {
        response = response.with("Access-Control-Allow-Headers", wanted);
    }
    Some(response)
}

/// Adds the one header that lets a web client read an answer.
pub fn apply(request: &Request, response: &mut Response) {
    if is_open(&request.path) && response.header("access-control-allow-origin").is_none() {
        response.headers.push(("Access-Control-Allow-Origin".into(), "*".into()));
        response.headers.push(("Access-Control-Expose-Headers".into(), EXPOSED.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_22_the_requests_own_headers_are_allowed() {
        let mut request =
            Request { method: "OPTIONS".into(), path: "/api/v1/statuses".into(), ..Request::default() };
        request.headers.add("access-control-request-method", "POST");
        request.headers.add("access-control-request-headers", "authorization,idempotency-key");
        let answer = preflight(&request).unwrap();
        assert_eq!(answer.header("access-control-allow-headers"), Some("authorization,idempotency-key"));
        request.path = "/oauth/authorize".into();
        assert!(preflight(&request).is_none());
        let mut plain = Response::json(&serde_json::json!({}));
        request.path = "/api/v1/instance".into();
        apply(&request, &mut plain);
        apply(&request, &mut plain);
        assert_eq!(plain.headers.iter().filter(|(n, _)| n == "Access-Control-Allow-Origin").count(), 1);
    }
}
