//! Every spelling of a path is treated as the canonical path, and a host like the domain that it is a
//! subdomain of.

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::platform::native::{Clock, Network};
use sori::{services, store};

use crate::app::{NOW, Person, TestApp, settle};
use crate::browser::Browser;
use crate::remote::Remote;

/// An instance with alice, and a remote server with bob, which the instance has stored.
fn cast() -> (TestApp, Person, Remote, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    alice.finds("bob@b.example");
    (app, alice, remote, bob)
}

fn unsigned(app: &TestApp, method: &str, path: &str, accept: &str) -> Response {
    let mut request = Request { method: method.into(), path: path.into(), ..Request::default() };
    request.headers.add("accept", accept);
    app.send(request)
}

#[test]
fn a_blocked_actor_reads_nothing_under_any_spelling() {
    let (app, alice, remote, _) = cast();
    let status = alice.posts("hello");
    let status = status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    let bob = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/block", bob["id"].as_str().unwrap()), json!({}));
    for path in [
        "/users/alice/outbox".to_owned(),
        "/users/alice.json/outbox".into(),
        "/users/alice%2ejson/outbox".into(),
        "/users/%61lice/outbox".into(),
        "//users//alice/outbox/".into(),
        "/users/alice/outbox.json".into(),
        "/users/ALICE/followers".into(),
        "/users/ALICE.json/followers".into(),
        status.clone(),
        format!("{status}.json"),
        format!("{status}%2ejson"),
        format!("{status}.json/activity"),
        status.replace("/users/alice/", "/users/alice.json/"),
    ] {
        assert_eq!(app.send(remote.get(&app, &path, "bob")).status, 404, "{path}");
    }
}

#[test]
fn secure_mode_holds_under_every_spelling() {
    let (app, alice, remote, _) = cast();
    let status = alice.posts("hello");
    let status = status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    app.db.run("INSERT INTO settings (key, value) VALUES ('secure_mode', 'on')");
    app.restart();
    for path in [
        "/users/alice.json".to_owned(),
        "/users/alice%2ejson".into(),
        "/users/alice%2Ejson/".into(),
        "/users/alice.jso%6e".into(),
        "//%75sers/alice.json".into(),
        "/users/alice/outbox.json".into(),
        format!("{status}.json"),
        format!("{status}%2ejson"),
        format!("{status}/activity.json"),
    ] {
        // A browser's Accept header changes nothing where the path has the document's suffix.
        for accept in ["application/activity+json", "text/html", "*/*"] {
            assert_eq!(unsigned(&app, "GET", &path, accept).status, 401, "{path} {accept}");
            assert_eq!(unsigned(&app, "HEAD", &path, accept).status, 401, "{path} {accept}");
        }
        // The signature covers the path as it was sent.
        let answer = app.send(remote.get(&app, &path, "bob"));
        assert_eq!(answer.status, 200, "{path}");
        assert!(serde_json::from_slice::<Value>(&answer.body).unwrap()["id"].is_string(), "{path}");
    }
    let mut other_path = remote.get(&app, "/users/alice", "bob");
    other_path.path = "/users/alice.json".into();
    assert_eq!(app.send(other_path).status, 401);
    for path in [
        "/users/alice.json/outbox",
        "/users/alice%252ejson",
        "/users/alice%2foutbox",
        "/users/../users/alice",
    ] {
        assert_eq!(app.send(remote.get(&app, path, "bob")).status, 404, "{path}");
        assert!(unsigned(&app, "GET", path, "text/html").status >= 400, "{path}");
    }
}

#[test]
fn a_path_with_json_suffix_serves_the_document() {
    let (app, ..) = cast();
    let answer = unsigned(&app, "GET", "/@alice.json", "text/html");
    assert_eq!(answer.header("location"), Some("https://a.example/users/alice.json"));
    assert_eq!(unsigned(&app, "GET", "/users/alice.json", "text/html").status, 200);
    assert_eq!(unsigned(&app, "GET", "/nodeinfo/2.0.json", "text/html").status, 200);
}

#[test]
fn control_characters_in_a_path_are_404() {
    let (app, alice, ..) = cast();
    for path in [
        "/api/v1/tags/a%00b",
        "/api/v1/accounts/%00",
        "/api/v1/timelines/tag/%00",
        "/api/v1/timelines/tag/a%0d%0ab",
        "/users/alice%00",
        "/@alice%00",
        "/@%00",
        "/api/v1/statuses/1/emoji_reactions/%00",
        "/%00",
    ] {
        let answer = alice.call("GET", path, None);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(app.fetch(path).status, 404, "{path}");
    }
}

/// A host with this many labels in front of `b.example`.
fn deep(labels: usize) -> String {
    format!("{}b.example", "a.".repeat(labels))
}

#[test]
fn a_deep_subdomain_of_a_blocked_server_is_blocked() {
    let (app, alice, ..) = cast();
    let owner = Browser::of(&app.person("owner"));
    assert_eq!(
        owner.submit("/settings/servers", "/settings/servers", &[("domain", "b.example")]).status,
        303
    );
    app.restart();
    for labels in [1, 7, 8, 9, 18, 19, 20, 21, 60, 120] {
        let host = deep(labels);
        let remote = Remote::new(&app.network, &host);
        let mallory = remote.person("mallory");
        app.network.take_log();
        let note = remote.note(&mallory, 1, json!({}));
        let status = remote.sends(&app, &remote.create(&mallory, &note));
        assert_eq!(status, 403, "{labels}");
        let found = alice.get(&format!("/api/v2/search?type=accounts&resolve=true&q=mallory@{host}"));
        assert_eq!(found["accounts"], json!([]), "{labels}");
        assert!(app.network.take_log().is_empty(), "{labels}: it was asked");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
}

#[test]
fn a_host_with_too_many_labels_is_refused() {
    let (app, alice, ..) = cast();
    for (labels, is_known) in [(8, true), (9, false), (20, false)] {
        let host = deep(labels);
        let remote = Remote::new(&app.network, &host);
        remote.person("carol");
        let found = alice.get(&format!("/api/v2/search?type=accounts&resolve=true&q=carol@{host}"));
        assert_eq!(found["accounts"].as_array().unwrap().len(), usize::from(is_known), "{labels}");
    }
}

#[test]
fn domains_of_any_length_are_blocked_with_their_subdomains() {
    let long = format!("{}.{}.example", "l".repeat(60), "m".repeat(60));
    for domain in [
        "b.example",
        "exactly-thirty-nine-bytes-long.example.x",
        "forty.bytes.of.a.domain.are.here.example",
        &long,
    ] {
        let network = Network::new(1);
        let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
        let alice = app.person("alice");
        let below = Remote::new(&network, &format!("social.{domain}"));
        let alike = Remote::new(&network, &format!("not{domain}"));
        for remote in [&below, &alike] {
            remote.person("bob");
            let found = alice.finds(&format!("bob@{}", remote.host));
            assert_eq!(found["username"], "bob", "{domain}");
            let follow = json!({"id": remote.uri("/f"), "type": "Follow", "actor": remote.uri("/users/bob"), "object": "https://a.example/users/alice"});
            assert_eq!(remote.sends(&app, &follow), 202);
        }
        settle(&[&app]);
        let owner = Browser::of(&app.person("owner"));
        let blocked = owner.submit(
            "/settings/servers",
            "/settings/servers",
            &[("domain", domain), ("comment", "spam")],
        );
        // Somebody here has a follow with it: that is said first.
        assert_eq!(blocked.status, 422, "{domain}: {}", String::from_utf8_lossy(&blocked.body));
        assert_eq!(app.count("SELECT count(*) AS n FROM domain_blocks"), 0);
        let blocked = owner.fill(&blocked, &[("do", "put")]);
        assert_eq!(blocked.status, 303, "{domain}: {}", String::from_utf8_lossy(&blocked.body));
        app.restart();
        let suspended = |remote: &Remote| {
            let known = store::load(&app.db, store::accounts::by_handle("bob", &remote.host));
            pollster::block_on(known).unwrap().unwrap().is_suspended()
        };
        assert!(suspended(&below) && !suspended(&alike), "{domain}");
        let reaches = |text: &str| {
            below.inbox.borrow_mut().clear();
            alike.inbox.borrow_mut().clear();
            alice.posts(text);
            settle(&[&app]);
            (below.got().len(), alike.got().len())
        };
        assert_eq!(reaches("while it is blocked"), (0, 1), "{domain}");
        // A new inbox does not get around the block: the parent domain is unblocked, and it stays blocked.
        let event = app.ready();
        crate::app::block_domain(&event, &below.host).unwrap();
        assert_eq!(owner.submit("/settings/servers", "/settings/servers", &[("let_in", domain)]).status, 303);
        app.restart();
        assert_eq!(app.count("SELECT count(*) AS n FROM inboxes WHERE is_blocked = 1"), 1, "{domain}");
        pollster::block_on(services::domain_block::lift(&event, &below.host, Vec::new())).unwrap();
        assert_eq!(app.count("SELECT count(*) AS n FROM inboxes WHERE is_blocked = 1"), 0, "{domain}");
        assert!(!suspended(&alike));
    }
}

#[test]
fn nothing_is_sent_to_a_new_inbox_below_a_blocked_domain() {
    let (app, ..) = cast();
    let event = app.ready();
    crate::app::block_domain(&event, "c.example").unwrap();
    for (id, host, is_blocked) in [
        (1, "c.example", true),
        (2, "a.b.c.d.e.f.g.h.c.example", true),
        (3, "notc.example", false),
        (4, "example", false),
        (5, "c.example.org", false),
    ] {
        let url = format!("https://{host}/inbox");
        let insert = store::inboxes::insert(sori::model::id::Id(id), &url, host);
        pollster::block_on(store::write(&app.db, vec![insert])).unwrap();
        let last = app.count("SELECT is_blocked AS n FROM inboxes WHERE id < 100 ORDER BY id DESC LIMIT 1");
        assert_eq!(last == 1, is_blocked, "{host}");
    }
}

#[test]
fn what_is_no_path_is_not_found_in_the_readers_format() {
    let (app, ..) = cast();
    for (accept, kind) in [("text/html,*/*", "text/html"), ("application/json", "application/json")] {
        let answer = unsigned(&app, "GET", "/%00", accept);
        assert_eq!(answer.status, 404);
        assert!(crate::app::header(&answer, "content-type").starts_with(kind), "{accept}");
    }
}

#[test]
fn which_posts_take_long_is_known_by_their_path() {
    for path in ["/settings/import", "//settings//import/", "/settings/%69mport"] {
        assert!(sori::routes::is_long(path), "{path}");
    }
    for path in ["/settings", "/settings/import/x", "/inbox", "/settings/import%00"] {
        assert!(!sori::routes::is_long(path), "{path}");
    }
}

#[test]
fn a_domain_with_a_port_is_blocked_in_development_only() {
    for (host, domain, is_right) in [
        ("a.example", "spam.example", true),
        ("a.example", "spam.example:8788", true),
        ("a.example", "localhost:8788", false),
        ("a.example", "intranet", false),
        ("localhost:8787", "localhost:8788", true),
        ("localhost:8787", "intranet", false),
    ] {
        let app = TestApp::new(&Network::new(1), host, &Clock::fixed(NOW));
        let done = crate::app::block_domain(&app.ready(), domain);
        assert_eq!(done.is_ok(), is_right, "{host} {domain}");
    }
}
