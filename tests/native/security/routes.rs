//! What is decided by the kind of a route, for all of them: limits, preflights, headers of errors, scopes before anything is stored.

use serde_json::json;
use sori::http::request::Request;
use sori::http::response::Response;
use sori::model::rate_limit::{FILES, GENERAL, PAGES};
use sori::routes::{self, Surface};
use sori::services;
use sori::store;

use crate::app::{Person, TestApp, id, people};
use crate::browser::Browser;

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = Request { method: method.into(), path: path.into(), ..Request::default() };
    for (name, value) in headers {
        request.headers.add(name, *value);
    }
    request
}

/// A token of a person that has these scopes alone.
fn token(app: &TestApp, person: &Person, scopes: &str) -> String {
    let event = app.ready();
    let user =
        pollster::block_on(store::load(&app.db, store::users::by_account(person.id))).unwrap().unwrap();
    let made = async {
        let all = sori::model::scope::Scopes::parse("read write follow push").unwrap();
        let (client, _) =
            services::grant::register_client(&event, "x", None, vec!["test:/".into()], &all).await?;
        services::grant::issue(&event, client.id, Some(user.id), scopes).await
    };
    pollster::block_on(made).unwrap().0
}

#[test]
fn every_route_for_clients_has_a_limit_for_clients() {
    let of_files = |surface: &Surface, pattern: &str| {
        *surface == Surface::Streaming || (*surface == Surface::Api && !pattern.starts_with("/api/"))
    };
    for (surface, route) in routes::all() {
        let limit = route.limit.expect("every route has one");
        if limit == FILES {
            assert!(of_files(&surface, route.pattern), "{}", route.pattern);
        }
        if limit == PAGES {
            assert!(surface == Surface::Html, "{}", route.pattern);
        }
        if route.pattern == "/oauth/userinfo" {
            assert!(limit == GENERAL);
        }
    }
}

#[test]
fn a_preflight_is_answered_as_one_and_nothing_else_is() {
    let app = TestApp::alone();
    let asks = [("origin", "https://c.example"), ("access-control-request-method", "POST")];
    let preflight = app.send(request("OPTIONS", "/api/v1/statuses", &asks));
    assert!(preflight.status < 300 && preflight.header("access-control-allow-methods").is_some());
    assert!(preflight.body.is_empty());
    let read = app.send(request("GET", "/api/v2/instance", &asks));
    assert!(read.status == 200 && !read.body.is_empty());
    assert_eq!(read.header("access-control-allow-methods"), None);
}

#[test]
fn errors_have_the_headers_of_their_kind() {
    let (app, ..) = people();
    let of = |method: &str, path: &str, accept: &str| {
        let response = app.send(request(method, path, &[("accept", accept)]));
        assert!(response.status >= 400, "{method} {path}");
        let has = |name: &str| response.header(name).map(str::to_owned);
        (
            has("retry-after").is_some(),
            has("vary").is_some_and(|v| v.contains("Signature")),
            has("content-type"),
        )
    };
    let ap = "application/activity+json";
    // What is signed by one server is not for another one's cache.
    assert!(of("GET", "/users/nobody", ap).1);
    assert!(!of("POST", "/users/nobody/inbox", ap).1);
    assert!(!of("GET", "/api/v1/statuses/1", "*/*").1);
    assert!(!of("GET", "/nothing", "text/html").1);
    for path in ["/api/v1/statuses/1", "/nothing", "/users/nobody"] {
        assert!(!of("GET", path, "*/*").0, "nothing is said of a later time: {path}");
    }
    for path in ["/oauth/nothing", "/api/nothing", "/nodeinfo/9", "/.well-known/nothing"] {
        assert_eq!(
            of("GET", path, "text/html").2.as_deref(),
            Some("application/json; charset=utf-8"),
            "{path}"
        );
    }
    assert_eq!(of("GET", "/nothing", "text/html").2.as_deref(), Some("text/html; charset=utf-8"));
}

#[test]
fn a_page_says_how_long_to_wait_once_there_were_too_many() {
    let app = TestApp::alone();
    let open = || app.send(request("GET", "/about", &[("accept", "text/html"), ("host", "a.example")]));
    let shown = |response: &Response| response.header("x-ratelimit-reset").is_some();
    assert!(!shown(&open()));
    for _ in 0..599 {
        assert_eq!(open().status, 200);
    }
    let last = open();
    assert!(last.status == 429 && shown(&last), "{}", last.status);
}

#[test]
fn a_kept_page_is_not_shown_to_a_network_that_is_kept_out() {
    let (app, ..) = people();
    app.pages.bind();
    let open = || {
        let mut request = request(
            "GET",
            "/about",
            &[("host", "a.example"), ("accept", "text/html"), ("accept-language", "en")],
        );
        request.ip = Some("203.0.113.9".into());
        app.send(request).status
    };
    assert_eq!((open(), open()), (200, 200));
    assert_eq!(app.cost.borrow().trips, 0, "it is kept");
    let owner = Browser::of(&app.person("owner"));
    let rules = "/settings/sign-up-rules";
    let fields = [("do", "network"), ("network", "203.0.113.0/24"), ("severity", "no_access")];
    let done = owner.submit(rules, rules, &fields);
    assert_eq!(done.status, 303, "{}", String::from_utf8_lossy(&done.body));
    assert_eq!(open(), 403);
}

#[test]
fn a_token_without_the_scope_stores_nothing_and_reads_nothing() {
    let (app, alice, bob) = people();
    let post = bob.posts("hello");
    let reads = token(&app, &alice, "read");
    let mut upload = request("POST", "/api/v2/media", &[("content-type", "multipart/form-data; boundary=x")]);
    upload.headers.add("authorization", format!("Bearer {reads}"));
    let png = crate::api::media::png(4, 4);
    let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
    upload.body = [head.as_bytes(), &png, b"\r\n--x--\r\n"].concat();
    assert_eq!(app.send(upload).status, 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM media"), 0);
    assert_eq!(app.whole_cost.borrow().blob_writes, 0);
    // Also where everybody may read without one.
    let pushes = token(&app, &alice, "push");
    let path = format!("/api/v1/statuses/{}", id(&post));
    assert_eq!(app.request("GET", &path, Some(&pushes), None).status, 403);
    assert_eq!(app.request("GET", &path, Some(&reads), None).status, 200);
    assert_eq!(
        app.request("POST", "/api/v1/statuses", Some(&reads), Some(json!({"status": "x"}))).status,
        403
    );
}

#[test]
fn what_is_read_with_a_token_is_in_no_cache() {
    let (_, alice, _) = crate::app::people();
    let answer = alice.call("GET", "/api/v1/timelines/public", None);
    assert_eq!(crate::app::header(&answer, "cache-control"), "private, no-store");
}
