//! Who reads documents of people: what is no page is guarded, whatever the request accepts.

use serde_json::{Value, json};
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

#[test]
fn collections_of_a_thread_have_what_everybody_may_see() {
    let (app, _, _) = cast();
    let [alice, dan, eve] = ["alice", "dan", "eve"].map(|name| app.person(name));
    let root = alice.posts("hello");
    let other = alice.posts("another");
    let answers = |person: &crate::app::Person, to: &Value, visibility: &str| {
        app.clock.advance(1_000);
        let draft = json!({"status": "@alice hi", "visibility": visibility, "in_reply_to_id": to["id"]});
        person.post("/api/v1/statuses", draft)["uri"].as_str().unwrap().to_owned()
    };
    let own = answers(&alice, &root, "public");
    let [public, unlisted] = ["public", "unlisted"].map(|visibility| answers(&dan, &root, visibility));
    for visibility in ["private", "direct"] {
        answers(&dan, &root, visibility);
        answers(&alice, &root, visibility);
    }
    answers(&dan, &other, "public");
    let hers = answers(&eve, &root, "public");
    let path = root["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    let items = |target: &str| -> Vec<String> {
        let page: Value = serde_json::from_slice(&app.fetch(&format!("{path}{target}")).body).unwrap();
        let all = page.get("items").or_else(|| page.get("orderedItems")).unwrap_or(&Value::Null);
        let all: Vec<Value> = all.as_array().cloned().unwrap_or_else(|| vec![all.clone()]);
        all.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let whole =
        || vec![root["uri"].as_str().unwrap().to_owned(), own.clone(), public.clone(), unlisted.clone()];
    for is_suspended in [false, true] {
        if is_suspended {
            app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'eve'");
        }
        let more: &[String] = if is_suspended { &[] } else { std::slice::from_ref(&hers) };
        assert_eq!(items("/replies?page=true"), [own.as_str()], "{is_suspended}");
        let others = items("/replies?page=true&only_other_accounts=true");
        assert_eq!(others, [&[public.clone(), unlisted.clone()], more].concat(), "{is_suspended}");
        assert_eq!(items("/context?page=true"), [&whole()[..], more].concat(), "{is_suspended}");
        let context: Value = serde_json::from_slice(&app.fetch(&format!("{path}/context")).body).unwrap();
        assert_eq!(context["totalItems"], 4 + more.len(), "{context}");
    }
}
