//! Invalid requests get a clear error in the format of their surface, and change nothing.

use serde_json::{Value, json};
use sori::activitypub::wire::signature::{SigningKey, Spec};
use sori::http::request::{MAX_BODY, Request};
use sori::platform::native::{Clock, Crypto, Network};

use crate::app::{NOW, PASSWORD, SETUP_CODE, TestApp};
use crate::browser::Browser;
use crate::remote::Remote;

fn error_of(response: &sori::http::response::Response) -> String {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    body["error"].as_str().unwrap_or("").to_owned()
}

/// An instance, a remote person who mentions alice, and the activity.
fn scene() -> (TestApp, Remote, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    let note = remote.note(
        &bob,
        1,
        json!({"cc": ["https://a.example/users/alice"], "tag": [
        {"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]}),
    );
    let create = remote.create(&bob, &note);
    (app, remote, create)
}

/// The valid one.
fn bobs_key() -> SigningKey {
    SigningKey {
        key_id: "https://b.example/users/bob#main-key".into(),
        private_pkcs8: pollster::block_on(Crypto::from_key(5).rsa_generate()).unwrap().private_pkcs8,
    }
}

fn refused(app: &TestApp, request: Request, status: u16) {
    let response = app.send(request);
    assert_eq!(response.status, status, "{}", String::from_utf8_lossy(&response.body));
    assert!(!error_of(&response).is_empty());
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications"), 0);
}

#[test]
fn the_same_activity_correctly_signed_is_applied() {
    let (app, remote, create) = scene();
    assert_eq!(remote.sends(&app, &create), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications"), 1);
    // A repetition, also under the other signature: accepted without effect.
    assert_eq!(app.send(remote.request_signed_by(&app, &create, &bobs_key(), Spec::Rfc9421)).status, 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications"), 1);
}

#[test]
fn a_wrong_signature() {
    let (app, remote, create) = scene();
    let wrong = pollster::block_on(Crypto::from_key(9).rsa_generate()).unwrap();
    let key = SigningKey {
        key_id: "https://b.example/users/bob#main-key".into(),
        private_pkcs8: wrong.private_pkcs8,
    };
    for spec in [Spec::Cavage, Spec::Rfc9421] {
        refused(&app, remote.request_signed_by(&app, &create, &key, spec), 401);
    }
}

#[test]
fn no_signature() {
    let (app, remote, create) = scene();
    let mut request = remote.request(&app, &create);
    request.headers.0.retain(|(n, _)| n != "signature");
    refused(&app, request, 401);
}

#[test]
fn a_wrong_digest() {
    let (app, remote, create) = scene();
    for spec in [Spec::Cavage, Spec::Rfc9421] {
        let mut request = remote.request_signed_by(&app, &create, &bobs_key(), spec);
        request.body.push(b' ');
        refused(&app, request, 401);
    }
}

#[test]
fn a_stale_date() {
    let (app, remote, create) = scene();
    let requests =
        [Spec::Cavage, Spec::Rfc9421].map(|spec| remote.request_signed_by(&app, &create, &bobs_key(), spec));
    app.clock.advance(66 * 60_000);
    for request in requests {
        refused(&app, request, 401);
    }
}

#[test]
fn fed_trap_1_signed_by_another_than_its_actor() {
    let (app, remote, mut create) = scene();
    let mallory = remote.person("mallory");
    let key = SigningKey {
        key_id: format!("{}#main-key", mallory["id"].as_str().unwrap()),
        private_pkcs8: pollster::block_on(Crypto::from_key(5).rsa_generate()).unwrap().private_pkcs8,
    };
    // Forwarded activities must be confirmed at their origin; this one is not.
    assert_eq!(app.send(remote.request_signed_by(&app, &create, &key, Spec::Cavage)).status, 202);
    crate::app::settle(&[&app]);
    assert_eq!(
        app.count("SELECT (SELECT count(*) FROM statuses) + (SELECT count(*) FROM notifications) AS n"),
        0
    );
    // Nor with a local actor.
    create["actor"] = json!("https://a.example/users/alice");
    refused(&app, remote.request(&app, &create), 403);
}

#[test]
fn fed_trap_2_an_object_of_another_host() {
    let (app, remote, mut create) = scene();
    create["object"]["id"] = json!("https://c.example/notes/1");
    refused(&app, remote.request(&app, &create), 403);
    create["object"]["id"] = json!("https://b.example/notes/1");
    create["object"]["attributedTo"] = json!("https://b.example/users/mallory");
    refused(&app, remote.request(&app, &create), 403);
}

#[test]
fn fed_trap_40_a_redirect_to_a_private_address() {
    let (app, remote, mut create) = scene();
    remote.status.set(202);
    let network = app.network.clone();
    network.register(
        "evil.example",
        std::rc::Rc::new(|_| {
            Box::pin(async {
                sori::http::response::Response { status: 302, ..Default::default() }
                    .with("Location", "https://169.254.169.254/latest/meta-data")
            })
        }),
    );
    create["actor"] = json!("https://evil.example/users/bob");
    create["object"]["attributedTo"] = create["actor"].clone();
    create["object"]["id"] = json!("https://evil.example/notes/1");
    network.take_log();
    refused(&app, remote.request(&app, &create), 401);
    assert!(network.take_log().iter().all(|e| !e.url.contains("169.254")), "it was fetched");
}

#[test]
fn invalid_bodies() {
    let (app, remote, create) = scene();
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = remote.request(&app, &create);
        change(&mut request);
        request
    };
    refused(&app, with(&|r| r.is_body_too_large = true), 413);
    refused(&app, with(&|r| r.body = b"{".to_vec()), 400);
    refused(&app, with(&|r| r.body = b"[]".to_vec()), 400);
    refused(&app, with(&|r| r.body = vec![b' '; MAX_BODY]), 400);
    refused(
        &app,
        with(&|r| {
            r.headers
                .0
                .iter_mut()
                .filter(|(n, _)| n == "content-type")
                .for_each(|(_, v)| *v = "text/plain".into())
        }),
        415,
    );
    // A request that has crashed other servers: no actor, no object.
    refused(&app, with(&|r| r.body = br#"{"type":"Like","id":"x"}"#.to_vec()), 400);
}

#[test]
fn api_errors_are_json_with_a_reason() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    for (method, path, body, status) in [
        ("GET", "/api/v1/nothing", None, 404),
        ("GET", "/api/v1/statuses/abc", None, 404),
        ("GET", "/api/v1/statuses/99", None, 404),
        ("DELETE", "/api/v1/instance", None, 405),
        ("POST", "/api/v1/statuses", Some(json!({"status": ""})), 422),
        ("POST", "/api/v1/statuses", Some(json!({"status": "x".repeat(501)})), 422),
        ("POST", "/api/v1/statuses", Some(json!({"status": "x", "visibility": "secret"})), 422),
        ("POST", "/api/v1/statuses", Some(json!({"status": "x", "language": "klingon"})), 422),
        ("POST", "/api/v1/statuses", Some(json!({"status": "x", "in_reply_to_id": "5"})), 404),
        ("POST", "/api/v1/statuses", Some(json!({"status": "x", "in_reply_to_id": "five"})), 400),
        ("POST", "/api/v1/statuses", Some(json!({"status": "x", "media_ids": ["1"]})), 422),
        ("GET", "/api/v1/timelines/home?max_id=abc", None, 400),
        ("GET", "/api/v1/timelines/home?limit=many", None, 400),
        ("GET", "/api/v2/search", None, 400),
        ("GET", "/api/v2/search?q=x&type=planets", None, 400),
        ("POST", "/api/v1/markers", Some(json!({"home": {"last_read_id": "x"}})), 400),
        ("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"display_name": "x".repeat(41)})), 422),
        ("POST", "/api/v1/accounts/1/follow", Some(json!({})), 404),
        ("GET", "/api/v1/notifications/1", None, 404),
    ] {
        let response = alice.call(method, path, body);
        assert_eq!(response.status, status, "{method} {path}: {}", String::from_utf8_lossy(&response.body));
        assert!(!error_of(&response).is_empty(), "{method} {path} has no error text");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
    for (token, status) in [(None, 401), (Some("nonsense"), 401)] {
        let response = app.request("GET", "/api/v1/timelines/home", token, None);
        assert_eq!((response.status, error_of(&response).as_str()), (status, "The access token is invalid"));
    }
    let mut request = Request {
        method: "POST".into(),
        path: "/api/v1/statuses".into(),
        body: b"{".to_vec(),
        ..Request::default()
    };
    request.headers.add("content-type", "application/json");
    request.headers.add("authorization", format!("Bearer {}", alice.token));
    assert_eq!(app.send(request).status, 400);
    let mut request = Request {
        method: "POST".into(),
        path: "/api/v1/statuses".into(),
        is_body_too_large: true,
        ..Request::default()
    };
    request.headers.add("authorization", format!("Bearer {}", alice.token));
    refused(&app, request, 413);
}

#[test]
fn too_many_requests_are_answered_429() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let first = alice.call("GET", "/api/v1/preferences", None);
    assert_eq!(
        (first.header("x-ratelimit-limit"), first.header("x-ratelimit-remaining")),
        (Some("300"), Some("299"))
    );
    for _ in 0..299 {
        alice.call("GET", "/api/v1/preferences", None);
    }
    let last = alice.call("GET", "/api/v1/preferences", None);
    assert_eq!((last.status, error_of(&last).as_str()), (429, "Too many requests"));
    app.clock.advance(5 * 60_000);
    assert_eq!(alice.call("GET", "/api/v1/preferences", None).status, 200);
    // Other servers are not limited, and in development nobody is.
    assert!(app.fetch("/users/alice").header("x-ratelimit-limit").is_none());
}

#[test]
fn a_scope_that_is_too_small() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let event = app.ready();
    let token = pollster::block_on(async {
        let scopes = sori::model::scope::Scopes::parse("read:accounts").unwrap();
        let (client, _) =
            sori::services::grant::register_client(&event, "t", None, vec!["t:/".into()], &scopes)
                .await
                .unwrap();
        let user =
            sori::store::load(&event.db, sori::store::users::by_account(alice.id)).await.unwrap().unwrap();
        sori::services::grant::issue(&event, client.id, Some(user.id), "read:accounts").await.unwrap().0
    });
    let response = app.request("POST", "/api/v1/statuses", Some(&token), Some(json!({"status": "x"})));
    assert_eq!(
        (response.status, error_of(&response).as_str()),
        (403, "This action is outside the authorized scopes")
    );
    assert_eq!(app.request("GET", "/api/v1/accounts/verify_credentials", Some(&token), None).status, 200);
}

#[test]
fn an_instance_cannot_be_claimed_without_its_code() {
    let app = TestApp::empty(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let browser = Browser::new(&app);
    let html = browser.get("/setup", "en");
    let form = html.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let submit = |code: &str, form: &str| {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs([("form", form), ("code", code), ("title", "<b>x"), ("username", "alice")]);
        body.extend_pairs([("password", PASSWORD), ("language", "ko")]);
        browser.send("POST", "/setup", &body.finish(), "en")
    };
    for (code, form) in [("", form.as_str()), ("wrong", &form), (SETUP_CODE, "forged"), (SETUP_CODE, "")] {
        assert!(submit(code, form).status >= 400, "{code} {form}");
        assert_eq!(app.count("SELECT count(*) AS n FROM accounts"), 0);
    }
    let done = submit(SETUP_CODE, &form);
    assert_eq!(done.status, 200, "{}", String::from_utf8_lossy(&done.body));
    assert!(String::from_utf8_lossy(&done.body).contains("@alice@a.example"));
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE role_id = 3"), 1);
    // Nobody after the first.
    assert_eq!(submit(SETUP_CODE, &form).status, 303);
    let home = String::from_utf8(app.request("GET", "/", None, None).body).unwrap();
    assert!(home.contains("&lt;b&gt;x") && !home.contains("<b>x"));
    // A public instance has no /_dev.
    let mut request = Request { method: "POST".into(), path: "/_dev/account".into(), ..Request::default() };
    request.headers.add("x-setup-code", SETUP_CODE);
    assert_eq!(app.send(request).status, 404);
}
