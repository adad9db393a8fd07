//! Requests before authentication: counted by address, and read within bounds.

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;

use crate::app::{TestApp, people};

fn request(method: &str, target: &str, ip: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        ip: Some(ip.into()),
        ..Request::default()
    }
}

fn with(mut request: Request, name: &str, value: &str) -> Request {
    request.headers.add(name, value);
    request
}

fn bearer(token: &str, ip: &str) -> Request {
    with(request("GET", "/api/v1/preferences", ip), "authorization", &format!("Bearer {token}"))
}

fn remaining(response: &Response) -> Option<u32> {
    response.header("x-ratelimit-remaining").and_then(|n| n.parse().ok())
}

#[test]
fn invalid_tokens_are_counted_by_address() {
    let (app, alice, _) = people();
    let here = "192.0.2.1";
    for n in 0..100 {
        assert_eq!(app.send(bearer(&format!("made-up-{n}"), here)).status, 401);
        let header = with(request("GET", "/api/v1/preferences", here), "authorization", &format!("x{n}"));
        assert_eq!(app.send(header).status, 401);
        let query = request("GET", &format!("/api/v1/preferences?access_token=made-up-{n}"), here);
        assert_eq!(app.send(query).status, 401);
    }
    assert_eq!(app.send(bearer("another", here)).status, 429);
    assert_eq!(app.send(request("GET", "/api/v1/timelines/public", here)).status, 429);
    // A valid token from the same address, and another address, are counted separately.
    let good = app.send(bearer(&alice.token, here));
    assert_eq!((good.status, remaining(&good)), (200, Some(299)));
    assert_eq!(app.send(bearer("another", "192.0.2.2")).status, 401);
}

#[test]
fn a_valid_token_is_one_caller_from_every_address() {
    let (app, alice, bob) = people();
    for n in 0..300 {
        assert_eq!(app.send(bearer(&alice.token, &format!("192.0.2.{}", n % 250))).status, 200);
    }
    assert_eq!(app.send(bearer(&alice.token, "198.51.100.1")).status, 429);
    assert_eq!(app.send(bearer(&bob.token, "198.51.100.1")).status, 200);
    // Five tokens of one account are one caller.
    let tokens: Vec<String> = (0..6).map(|_| app.person("bob").token).collect();
    let spent: u16 = tokens
        .iter()
        .flat_map(|token| (0..300).map(move |_| token))
        .map(|token| u16::from(app.send(bearer(token, "198.51.100.2")).status == 200))
        .sum();
    assert_eq!(spent, 1499);
}

#[test]
fn all_requests_of_an_address_are_bounded_whatever_its_tokens() {
    let (app, alice, bob) = people();
    for _ in 0..7500 {
        app.send(bearer(&alice.token, "192.0.2.1"));
    }
    let refused = app.send(bearer(&bob.token, "192.0.2.1"));
    assert_eq!((refused.status, app.cost.borrow().trips), (429, 0));
    assert_eq!(app.send(bearer(&bob.token, "192.0.2.2")).status, 200);
}

#[test]
fn the_address_comes_from_the_platform_and_an_ipv6_network_is_one_caller() {
    let app = TestApp::alone();
    for n in 0..300 {
        let mut request = request("GET", "/api/v1/instance", &format!("2001:db8:1:2::{n:x}"));
        request.headers.add("x-forwarded-for", format!("203.0.113.{}", n % 250));
        request.headers.add("forwarded", format!("for=203.0.113.{}", n % 250));
        request.headers.add("cf-connecting-ip", format!("203.0.113.{}", n % 250));
        assert_eq!(app.send(request).status, 200);
    }
    assert_eq!(app.send(request("GET", "/api/v1/instance", "2001:db8:1:2:ffff::1")).status, 429);
    assert_eq!(app.send(request("GET", "/api/v1/instance", "2001:db8:1:3::1")).status, 200);
}

#[test]
fn a_limit_belongs_to_the_route_under_every_spelling() {
    let app = TestApp::alone();
    let spellings = ["/sign_in", "//sign_in", "/sign%5Fin", "/sign_in/", "/%73ign_in//"];
    for n in 0..25 {
        assert_eq!(app.send(request("POST", spellings[n % 5], "192.0.2.1")).status, 403);
    }
    for spelling in spellings {
        assert_eq!(app.send(request("POST", spelling, "192.0.2.1")).status, 429, "{spelling}");
        assert_eq!(app.send(request("GET", spelling, "192.0.2.1")).status, 200, "{spelling}");
    }
    let spellings = ["/api/v1/apps", "/api//v1/apps", "/%61pi/v1/apps", "/api/v1/apps/", "/api/v1/app%73"];
    for spelling in spellings {
        assert_eq!(app.send(request("POST", spelling, "192.0.2.1")).status, 422, "{spelling}");
    }
    for spelling in spellings {
        assert_eq!(app.send(request("POST", spelling, "192.0.2.1")).status, 429, "{spelling}");
    }
}

#[test]
fn every_route_that_clients_call_or_that_checks_a_password_has_a_limit() {
    for (_, route) in sori::routes::all() {
        let is_for_clients = ["/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo"]
            .iter()
            .any(|start| route.pattern.starts_with(start));
        let checks = route.method == "POST" && ["/sign_in", "/setup"].contains(&route.pattern);
        if is_for_clients || checks {
            assert!(route.limit.is_some(), "{} {}", route.method, route.pattern);
        }
    }
}

#[test]
fn large_input_is_refused_before_any_token_is_looked_up() {
    let app = TestApp::alone();
    let object = |n: usize| {
        let members: Vec<String> = (0..n).map(|n| format!("\"key{n}\":{n}")).collect();
        format!("{{{}}}", members.join(","))
    };
    let deep = format!("{}{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    let parts = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(5000);
    let dashes = format!("{}{}", "-".repeat(16_000), "\r\n".repeat(100_000));
    for (kind, body) in [
        ("application/json", object(40_000)),
        ("application/json", deep),
        ("application/json", format!("[{}]", "[".repeat(500_000))),
        ("", "a=1&".repeat(200_000)),
        ("", format!("a{}=1", "[]".repeat(200_000))),
        ("multipart/form-data; boundary=x", parts),
        (&format!("multipart/form-data; boundary={}", "-".repeat(16_000)), dashes),
        ("multipart/form-data; boundary=x", "--x\r\n\r\n".repeat(100_000)),
    ] {
        let mut request = with(request("POST", "/api/v1/statuses", "192.0.2.1"), "content-type", kind);
        request.headers.add("authorization", "Bearer made-up");
        request.body = body.into_bytes();
        app.send(Request::clone(&request));
        let response = app.send(request);
        assert_eq!((response.status, app.cost.borrow().trips), (400, 0), "{kind}");
    }
    for (name, value) in [
        ("accept-language", "en,".repeat(30_000)),
        ("accept", "a/b;q=0.1,".repeat(10_000)),
        ("cookie", "a=b;".repeat(20_000)),
        ("authorization", format!("Bearer {}", "x".repeat(100_000))),
    ] {
        let request = with(request("GET", "/sign_in", "192.0.2.1"), name, &value);
        assert_eq!(app.send(request).status, 200, "{name}");
    }
    let long = with(
        request("GET", "/api/v1/preferences", "192.0.2.1"),
        "authorization",
        &format!("Bearer {}", "x".repeat(100_000)),
    );
    assert_eq!((app.send(long).status, app.cost.borrow().trips), (401, 0));
}

#[test]
fn no_nul_reaches_the_database() {
    let (app, alice, _) = people();
    let status = alice.posts("hello");
    let status = status["id"].as_str().unwrap();
    for (method, target, body) in [
        ("GET", "/api/v2/search?q=%00", None),
        ("GET", "/api/v2/search?q=a%00b&type=statuses", None),
        ("GET", "/api/v1/accounts/search?q=%00", None),
        ("GET", "/api/v1/accounts/lookup?acct=alice%00", None),
        ("GET", "/api/v1/timelines/tag/x?any[]=%00", None),
        ("POST", "/api/v1/statuses", Some(json!({"status": "a\0b"}))),
        ("PUT", &format!("/api/v1/statuses/{status}"), Some(json!({"status": "a\0"}))),
        ("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"display_name": "\0"}))),
        (
            "PATCH",
            "/api/v1/accounts/update_credentials",
            Some(json!({"fields_attributes": [{"name": "\0"}]})),
        ),
        ("POST", "/api/v2/filters", Some(json!({"title": "\0", "context": ["home"]}))),
        ("POST", "/api/v1/lists", Some(json!({"title": "\0"}))),
        ("POST", "/api/v1/apps", Some(json!({"client_name": "\0", "redirect_uris": "a:b"}))),
        ("POST", "/oauth/token", Some(json!({"grant_type": "\0"}))),
        ("GET", "/.well-known/webfinger?resource=acct:alice%00@a.example", None),
        ("GET", "/sign_in?next=%00", None),
        ("GET", "/users/alice/outbox?page=%00", None),
    ] {
        let response = alice.call(method, target, body);
        assert_eq!(response.status, 400, "{method} {target}: {}", String::from_utf8_lossy(&response.body));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 1);
}

#[test]
fn a_get_with_a_json_body_is_read_as_mastodon_reads_it() {
    let (_, alice, bob) = people();
    let status = alice.posts("hello");
    bob.act(&status, "favourite");
    bob.follows(&alice);
    let kinds = |body: Value| {
        let response = alice.call("GET", "/api/v1/notifications", Some(body));
        let all: Value = serde_json::from_slice(&response.body).unwrap();
        all.as_array().unwrap().iter().map(|n| n["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(json!({"types": ["follow"]})), ["follow"]);
    assert_eq!(kinds(json!({"exclude_types": ["follow"]})), ["favourite"]);
    assert_eq!(kinds(json!({"limit": 1})).len(), 1);
}

#[test]
fn a_profile_form_with_empty_file_parts_is_saved() {
    let (app, alice, _) = people();
    let part = |disposition: &str, content: &str| {
        format!("--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
    };
    let file = |name: &str, filename: &str, content: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\nContent-Type: application/octet-stream\r\n\r\n{content}\r\n"
        )
    };
    let patch = |body: String| {
        let mut request = request("PATCH", "/api/v1/accounts/update_credentials", "192.0.2.1");
        request.headers.add("authorization", format!("Bearer {}", alice.token));
        request.headers.add("content-type", "multipart/form-data; boundary=b");
        request.body = body.into_bytes();
        app.send(request)
    };
    let untouched = format!(
        "{}{}{}--b--\r\n",
        file("avatar", "", ""),
        file("header", "", ""),
        part("name=\"display_name\"", "Alice; and \"friends\"")
    );
    let saved = patch(untouched);
    assert_eq!(saved.status, 200, "{}", String::from_utf8_lossy(&saved.body));
    let saved: Value = serde_json::from_slice(&saved.body).unwrap();
    assert_eq!(saved["display_name"], "Alice; and \"friends\"");
    // A picture is still refused with a message.
    assert_eq!(patch(format!("{}--b--\r\n", file("avatar", "a.png", "x"))).status, 422);
}

#[test]
fn an_inbox_that_fails_tells_nobody_why() {
    let (app, remote, bob) = crate::remote::cast();
    app.db.run(
        "CREATE TRIGGER broken BEFORE INSERT ON statuses BEGIN SELECT RAISE(ABORT, 'inner secret'); END",
    );
    let create = remote.create(&bob, &remote.note(&bob, 1, serde_json::json!({})));
    let answer = app.send(remote.request(&app, &create));
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 503, "{said}");
    assert!(
        !said.contains("inner secret") && !said.contains("INSERT") && !said.contains("statuses"),
        "{said}"
    );
    // Nor does the health of an instance whose database does not answer.
    app.db.set_unavailable(true);
    app.restart();
    let health = app.request("GET", "/health", None, None);
    let said = String::from_utf8_lossy(&health.body).into_owned();
    assert!(health.status == 503 && !said.contains("the database does not answer"), "{said}");
}
