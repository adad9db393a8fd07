//! Who reads documents of people: what is no page is guarded, whatever the request accepts.

use sori::http::request::Request;
use sori::http::response::Response;

use crate::app::TestApp;
use crate::remote::cast;

fn accepting(app: &TestApp, target: &str, accept: &str) -> Response {
    let mut request = Request { method: "GET".into(), path: target.into(), ..Request::default() };
    request.headers.add("accept", accept);
    app.send(request)
}

/// The documents of alice that have no page at their address, and that of her status which has one.
fn documents(app: &TestApp) -> (Vec<String>, String) {
    let status = app.person("alice").posts("hello");
    let path = status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    let mut all: Vec<String> = ["outbox", "followers", "following", "collections/featured"]
        .map(|name| format!("/users/alice/{name}"))
        .into();
    all.extend(["activity", "replies", "likes", "shares"].map(|name| format!("{path}/{name}")));
    (all, path)
}

#[test]
fn secure_mode_holds_for_documents_that_have_no_page_even_where_a_page_is_asked_for() {
    let (app, _, _) = cast();
    let (documents, path) = documents(&app);
    app.db.run("INSERT INTO settings (key, value) VALUES ('secure_mode', 'on')");
    app.restart();
    for target in &documents {
        for accept in ["text/html", "*/*", "application/activity+json"] {
            assert_eq!(accepting(&app, target, accept).status, 401, "{target} as {accept}");
        }
    }
    for target in [path.as_str(), "/users/alice"] {
        assert_eq!(accepting(&app, target, "text/html").status, 303, "{target}");
        assert_eq!(accepting(&app, target, "application/activity+json").status, 401, "{target}");
    }
}

#[test]
fn a_document_says_once_how_it_is_cached() {
    let (app, _, _) = cast();
    let (mut documents, path) = documents(&app);
    documents.extend([path, "/users/alice".to_owned()]);
    for target in documents {
        let answer = accepting(&app, &target, "application/activity+json");
        let of_cache = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cache-control"));
        let values: Vec<&str> = of_cache.map(|(_, value)| value.as_str()).collect();
        assert_eq!((answer.status, values), (200, vec!["private, max-age=0"]), "{target}");
    }
}
