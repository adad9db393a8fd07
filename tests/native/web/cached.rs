//! Public pages in the cache of the data centre: for strangers alone, and never another page than theirs.

use serde_json::json;
use sori::http::request::Request;
use sori::http::response::Response;
use sori::model::time::SECOND;
use sori::routes;

use crate::app::{TestApp, id, people};
use crate::browser::Browser;

/// What a browser without a cookie sends, and these headers.
fn headed(app: &TestApp, target: &str, headers: &[(&str, &str)]) -> Response {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request =
        Request { method: "GET".into(), path: path.into(), query: query.into(), ..Request::default() };
    let usual = [("host", "a.example"), ("accept", "text/html,*/*;q=0.8"), ("accept-language", "en")];
    for (name, value) in
        usual.iter().filter(|(name, _)| headers.iter().all(|(n, _)| n != name)).chain(headers)
    {
        request.headers.add(name, *value);
    }
    app.send(request)
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// Asks, and answers how many round trips to the database it took.
fn trips(app: &TestApp, target: &str, headers: &[(&str, &str)]) -> u32 {
    let response = headed(app, target, headers);
    assert_eq!(response.status, 200, "{target}");
    app.cost.borrow().trips
}

#[test]
fn a_page_that_a_stranger_has_opened_costs_the_next_one_nothing() {
    let (app, alice, _) = people();
    let post = alice.posts("to be seen #tag");
    let own = format!("/@alice/{}", id(&post));
    let pages = ["/", "/about", "/@alice", "/@alice/with_replies", &own, "/tags/tag", "/public/local"];
    for page in pages {
        assert!(trips(&app, page, &[]) > 0, "{page}");
        assert!(trips(&app, page, &[]) > 0, "{page}: without a cache it is made anew");
    }
    app.pages.bind();
    for page in pages {
        let (first, second) = (headed(&app, page, &[]), headed(&app, page, &[]));
        assert_eq!(app.cost.borrow().trips, 0, "{page}");
        assert_eq!(
            (first.status, &first.body, &first.headers),
            (200, &second.body, &second.headers),
            "{page}"
        );
        assert_eq!(first.header("cache-control"), Some("private, no-store"), "no browser keeps it: {page}");
    }
    // In another isolate, which knows nothing yet, as well.
    app.restart();
    assert_eq!(trips(&app, "/@alice", &[]), 0);
    // What is deleted is gone after a minute.
    alice.deletes(&post);
    app.clock.advance(59 * SECOND);
    assert_eq!(headed(&app, &own, &[]).status, 200);
    app.clock.advance(SECOND);
    assert_eq!(headed(&app, &own, &[]).status, 404);
    assert!(!text(&headed(&app, "/@alice", &[])).contains("to be seen"));
}

#[test]
fn who_is_signed_in_and_who_asks_for_something_else_get_their_own() {
    let (app, alice, _) = people();
    let post = alice.posts("to be seen");
    alice.post("/api/v1/statuses", json!({"status": "among us", "visibility": "private"}));
    app.pages.bind();
    let owner = Browser::of(&alice);
    // Her page first: a stranger does not get it.
    assert!(owner.get("/@alice", "en").contains("among us"));
    assert!(app.pages.keys().is_empty());
    let strangers = headed(&app, "/@alice", &[]);
    assert!(!text(&strangers).contains("among us"));
    let kept = app.pages.keys();
    assert_eq!(kept.len(), 1);
    // And she not the stranger's.
    assert!(owner.get("/@alice", "en").contains("among us"));
    // With a cookie, a token, a signature, for the script and for documents nothing is kept, and nothing kept is sent.
    for others in [
        [("cookie", "sori-look=dark")],
        [("authorization", "Bearer x")],
        [("signature", "keyId=\"https://b.example/key\"")],
        [("signature-input", "sig1=()")],
        [("sori-form", "x")],
        [("sori-part", "1")],
        [("accept", "application/activity+json")],
        [("accept", "application/ld+json, text/html")],
        [("accept", "*/*")],
    ] {
        let answer = headed(&app, "/@alice", &others);
        assert_eq!(app.pages.keys(), kept, "{others:?}");
        let is_document = others[0].1.contains("json");
        let is_page = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
        assert_eq!(
            (is_page, answer.status),
            (!is_document, if is_document { 303 } else { 200 }),
            "{others:?}"
        );
        assert!(app.cost.borrow().trips > 0, "{others:?}");
    }
    // Documents are found at the same addresses.
    let document = headed(&app, &format!("/@alice/{}.json", id(&post)), &[]);
    assert!(!document.header("content-type").unwrap_or_default().contains("html"));
    // What was not found, leads elsewhere or sets a cookie is not kept.
    for (page, status) in [("/@nobody", 404), ("/@alice/12345", 404), ("/about?lang=ko", 200)] {
        assert_eq!(headed(&app, page, &[]).status, status, "{page}");
    }
    let far = format!("/about?x={}", "x".repeat(600));
    assert_eq!(headed(&app, &far, &[]).status, 200);
    assert_eq!(app.pages.keys(), kept);
    let mut head = Request { method: "HEAD".into(), path: "/@alice".into(), ..Request::default() };
    head.headers.add("host", "a.example");
    head.headers.add("accept", "text/html");
    assert_eq!(app.send(head).body, b"");
    assert_eq!(headed(&app, "/@alice", &[]).body, strangers.body);
}

#[test]
fn languages_queries_and_hosts_are_kept_apart() {
    let (app, alice, _) = people();
    alice.posts("to be seen");
    app.pages.bind();
    for language in ["ko", "ja", "en", "ko-KR, en;q=0.5", "xx"] {
        let page = text(&headed(&app, "/@alice", &[("accept-language", language)]));
        let code = if language == "xx" { "en" } else { &language[..2] };
        assert!(page.contains(&format!("<html lang=\"{code}\"")), "{language}");
    }
    assert_eq!(app.pages.keys().len(), 3, "one for each language of ours: {:?}", app.pages.keys());
    let first = text(&headed(&app, "/@alice?max_id=1", &[]));
    assert!(!first.contains("to be seen"));
    assert!(text(&headed(&app, "/@alice", &[])).contains("to be seen"));
    let before = app.pages.keys().len();
    headed(&app, "/@alice", &[("host", "A.example")]);
    assert_eq!(app.pages.keys().len(), before);
    // What a cache might read as another address is another page here.
    for (target, host) in [
        ("/@alice", "other.example"),
        ("/@alice", "a.example:"),
        ("/@alice", "a.example:0443"),
        ("/tags/x\\..\\..\\@alice", "a.example"),
        ("/tags/x\\%2e%2e\\%2e%2e\\@alice", "a.example"),
        ("/@alice?x=\\..", "a.example"),
    ] {
        let before = app.pages.keys().len();
        let answer = headed(&app, target, &[("host", host)]);
        assert_eq!((answer.status, app.pages.keys().len()), (200, before + 1), "{target} {host}");
    }
    for key in app.pages.keys() {
        let (start, hash) = key.rsplit_once("/pages/").unwrap();
        assert!(start.starts_with("https://a.example/assets/"), "{key}");
        assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{key}");
    }
    assert!(text(&headed(&app, "/@alice", &[])).contains("to be seen"));
}

#[test]
fn a_request_with_a_body_is_not_kept() {
    let (app, alice, _) = people();
    alice.posts("to be seen");
    app.pages.bind();
    for (kind, body) in
        [("application/x-www-form-urlencoded", "max_id=1"), ("application/json", "{\"max_id\":\"1\"}")]
    {
        let mut request =
            Request { method: "GET".into(), path: "/@alice".into(), body: body.into(), ..Request::default() };
        for (name, value) in [("host", "a.example"), ("accept", "text/html"), ("content-type", kind)] {
            request.headers.add(name, value);
        }
        assert!(!text(&app.send(request.clone())).contains("to be seen"), "its parameters count");
        request.is_body_too_large = true;
        request.body.clear();
        app.send(request);
        assert!(app.pages.keys().is_empty(), "{kind}");
    }
    assert!(text(&headed(&app, "/@alice", &[])).contains("to be seen"));
}

#[test]
fn only_routes_of_pages_without_a_form_for_a_visitor_are_kept() {
    let cached: Vec<_> = routes::all().into_iter().filter(|(_, route)| route.is_cached).collect();
    assert!(cached.len() >= 20);
    for (surface, route) in cached {
        assert_eq!((surface, route.method), (routes::Surface::Html, "GET"), "{}", route.pattern);
        let is_private = ["/settings", "/home", "/notifications", "/sign_in", "/oauth", "/compose"];
        assert!(!is_private.iter().any(|start| route.pattern.starts_with(start)), "{}", route.pattern);
    }
    // The form of who follows from another server sets a cookie: a page with it is nobody else's.
    let (app, ..) = people();
    app.pages.bind();
    for (page, _) in [("/interact?uri=https%3A%2F%2Fa.example%2F%40alice", ()), ("/sign_in", ())] {
        headed(&app, page, &[]);
        assert!(app.pages.keys().is_empty(), "{page}");
    }
}
