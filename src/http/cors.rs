//! CORS, as web clients (Elk, Phanpy) need it: `*`, no credentials, the request's own header list echoed,
//! paging and rate-limit headers exposed.

use super::path::Path;
use super::request::Request;
use super::response::Response;

const EXPOSED: &str =
    "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, Mastodon-Async-Refresh";

/// Bytes of the header list that is echoed.
const MAX_LIST: usize = 4096;

fn is_open(path: &Path) -> bool {
    let starts = ["api", "oauth/token", "oauth/revoke", "oauth/userinfo", ".well-known", "nodeinfo", "users"];
    starts.iter().any(|start| path.is_below(start))
        || path.segments().first().is_some_and(|first| first.starts_with('@'))
}

/// The response to a preflight request, if the path is open to other origins.
pub fn preflight(path: &Path, request: &Request) -> Option<Response> {
    if !is_open(path) || request.header("access-control-request-method").is_none() {
        return None;
    }
    let mut response = Response { status: 200, ..Response::default() }
        .with("Access-Control-Allow-Origin", "*")
        .with("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
        .with("Access-Control-Max-Age", "86400")
        .with("Vary", "Access-Control-Request-Headers");
    if let Some(wanted) =
        request.header("access-control-request-headers").filter(|wanted| wanted.len() <= MAX_LIST)
    {
        response = response.with("Access-Control-Allow-Headers", wanted);
    }
    Some(response)
}

/// Adds the header that lets web clients read a response.
pub fn apply(path: &Path, response: &mut Response) {
    if is_open(path) && response.header("access-control-allow-origin").is_none() {
        response.headers.push(("Access-Control-Allow-Origin".into(), "*".into()));
        response.headers.push(("Access-Control-Expose-Headers".into(), EXPOSED.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_22_the_requests_own_headers_are_allowed() {
        let path = |raw: &str| Path::parse(raw).unwrap();
        let mut request = Request { method: "OPTIONS".into(), ..Request::default() };
        assert!(preflight(&path("/api/v1/statuses"), &request).is_none());
        request.headers.add("access-control-request-method", "POST");
        request.headers.add("access-control-request-headers", "authorization,idempotency-key");
        let answer = preflight(&path("/api/v1/statuses"), &request).unwrap();
        assert_eq!(answer.header("access-control-allow-headers"), Some("authorization,idempotency-key"));
        assert!(preflight(&path("/oauth/authorize"), &request).is_none());
        for (bytes, is_echoed) in [(MAX_LIST, true), (MAX_LIST + 1, false)] {
            let mut long = Request::default();
            long.headers.add("access-control-request-method", "POST");
            long.headers.add("access-control-request-headers", "a".repeat(bytes));
            let answer = preflight(&path("/api/v1/statuses"), &long).unwrap();
            assert_eq!(answer.header("access-control-allow-headers").is_some(), is_echoed, "{bytes}");
        }
        let mut plain = Response::empty_object();
        apply(&path("/api/v1/instance"), &mut plain);
        apply(&path("/api/v1/instance"), &mut plain);
        assert_eq!(plain.headers.iter().filter(|(n, _)| n == "Access-Control-Allow-Origin").count(), 1);
        let mut closed = Response::empty_object();
        apply(&path("/sign_in"), &mut closed);
        assert_eq!(closed.header("access-control-allow-origin"), None);
    }

    #[test]
    fn which_paths_are_open() {
        let is_open = |raw: &str| super::is_open(&Path::parse(raw).unwrap());
        for open in [
            "/api/v1/instance",
            "//oauth/token",
            "/oauth/revoke/",
            "/oauth/userinfo",
            "/@alice",
            "/users/alice/outbox",
            "/.well-known/webfinger",
            "/nodeinfo/2.0",
        ] {
            assert!(is_open(open), "{open}");
        }
        for closed in ["/", "/oauth/authorize", "/sign_in", "/settings/delete", "/apis", "/setup"] {
            assert!(!is_open(closed), "{closed}");
        }
    }
}
