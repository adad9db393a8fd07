//! What an attacker tries in a week. Here is what no other file has; the others are:
//! - a stolen code without its verifier, open redirects of the authorization page: `oauth.rs`;
//! - forms of other sites, in every route: `security/http.rs`, `web/`, `staff/pages.rs`;
//! - names that look like others, waves of sign-ups, what is found out by signing up: `sign_up/`;
//! - guessing over addresses and isolates: `security/sign_in.rs`, `security/limits.rs`;
//! - floods of every kind, by their cost: `costs/floods.rs`;
//! - requests to private addresses: `security/advisories.rs` and [`every_door_that_fetches_refuses_private_addresses`];
//! - stored scripts in every field: `tests/e2e/xss_local.test.mjs` and `xss_remote.test.mjs`, in Chromium.

use serde_json::{Value, json};
use sori::http::request::Request;

use crate::app::{MINUTE, PASSWORD, TestApp, people, settle};
use crate::browser::Browser;
use crate::remote::{cast, scene};

const ALICE: &str = "https://a.example/users/alice";

fn follows(app: &TestApp) -> i64 {
    app.count(
        "SELECT count(*) AS n FROM follows t JOIN accounts a ON a.id = t.account_id WHERE a.username = 'bob'",
    )
}

#[test]
fn signed_requests_that_are_sent_again_change_nothing() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let post = alice.posts("fern");
    let follow =
        json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": ALICE});
    let like =
        json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": bob["id"], "object": post["uri"]});
    let note = remote.note(
        &bob,
        1,
        json!({"cc": [ALICE], "tag": [{"type": "Mention", "href": ALICE, "name": "@alice@a.example"}]}),
    );
    let undo = |n: u32, object: &Value| json!({"id": remote.uri(&format!("/undos/{n}")), "type": "Undo", "actor": bob["id"], "object": object});
    let gone = json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": bob["id"], "object": note["id"]});
    let kept: Vec<Request> = [&follow, &like, &remote.create(&bob, &note)]
        .iter()
        .map(|activity| remote.request(&app, activity))
        .collect();
    let send = |request: &Request| app.send(request.clone()).status;
    for request in &kept {
        assert_eq!([send(request), send(request)], [202, 202]);
    }
    let notes = || app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0");
    let likes = || app.count("SELECT count(*) AS n FROM favourites");
    assert_eq!((follows(&app), likes(), notes()), (1, 1, 1));
    assert_eq!(alice.notifications().len(), 3);
    // What was taken back does not come again by them.
    app.clock.advance(MINUTE);
    for activity in [undo(1, &follow), undo(2, &like), gone] {
        assert_eq!(remote.sends(&app, &activity), 202);
    }
    assert_eq!((follows(&app), likes(), notes()), (0, 0, 0));
    for request in &kept {
        send(request);
    }
    assert_eq!((follows(&app), likes(), notes()), (0, 0, 0));
    // A day later they are too old for anything.
    app.clock.advance(25 * 60 * MINUTE);
    for request in &kept {
        assert_eq!(send(request), 401);
    }
}

#[test]
fn a_signature_is_of_its_body_its_path_and_its_host() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let other =
        json!({"id": remote.uri("/follows/2"), "type": "Follow", "actor": bob["id"], "object": ALICE});
    let view = json!({"id": remote.uri("/views/1"), "type": "View", "actor": bob["id"], "object": ALICE});
    let signed = remote.request(&app, &view);
    let with_body = Request { body: other.to_string().into_bytes(), ..signed.clone() };
    let elsewhere = Request { path: "/users/alice/inbox".into(), ..remote.request(&app, &other) };
    // What was sent to another server is of no use here.
    let third = TestApp::new(&app.network, "c.example", &app.clock);
    let of_third = remote.request(&third, &other);
    for request in [with_body, elsewhere, of_third] {
        assert_eq!(app.send(request).status, 401);
    }
    assert_eq!((follows(&app), alice.notifications().len()), (0, 0));
}

#[test]
fn a_token_is_worth_nothing_from_the_moment_it_is_revoked() {
    let (app, alice, bob) = people();
    let post = bob.posts("fern");
    // Its hash is known to this isolate from here on.
    alice.get("/api/v1/timelines/home");
    let browser = Browser::of(&alice);
    let page = browser.page("/settings/sessions");
    let html = String::from_utf8(page.body.clone()).unwrap();
    let client = html.split("name=\"app\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert_eq!(browser.fill(&page, &[("app", client)]).status, 303);
    let id = post["id"].as_str().unwrap();
    for (method, path) in [
        ("GET", "/api/v1/timelines/home".to_owned()),
        ("GET", "/api/v1/accounts/verify_credentials".into()),
        ("POST", format!("/api/v1/statuses/{id}/favourite")),
        ("GET", "/api/v1/streaming/user".into()),
        ("POST", "/api/v1/push/subscription".into()),
        ("GET", format!("/api/v1/statuses/{id}")),
    ] {
        let status = alice.call(method, &path, None).status;
        assert!(status == 401 || (path.contains("streaming") && status == 404), "{method} {path}: {status}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
}

#[test]
fn a_session_that_was_there_before_is_not_the_one_after_signing_in() {
    let (app, alice, _) = people();
    let name = Browser::of(&alice).jar.borrow().keys().find(|name| name.ends_with("sori")).unwrap().clone();
    let victim = Browser::new(&app);
    victim.set_cookie(&name, "chosen-by-the-attacker");
    assert_eq!(victim.sign_in("alice", PASSWORD, "/home").status, 303);
    assert_ne!(victim.cookie(&name).unwrap(), "chosen-by-the-attacker");
    let attacker = Browser::new(&app);
    attacker.set_cookie(&name, "chosen-by-the-attacker");
    assert_eq!(attacker.status("/home"), 303);
    // That of somebody else is not taken over either, and ends.
    let theirs = Browser::of(&app.person("bob"));
    let secret = theirs.cookie(&name).unwrap();
    let victim = Browser::new(&app);
    victim.set_cookie(&name, &secret);
    victim.sign_in("alice", PASSWORD, "/home");
    assert_ne!(victim.cookie(&name).unwrap(), secret);
}

#[test]
fn no_header_of_a_response_has_what_somebody_sent_as_a_line_of_its_own() {
    let (_, alice, _) = people();
    let browser = Browser::of(&alice);
    let evil = "x%0d%0aX-Evil:%201%0d%0a%0d%0a<script>";
    for target in [
        format!("/sign_in?next=/{evil}"),
        format!("/share?text={evil}&title={evil}&url={evil}"),
        format!("/authorize_interaction?uri={evil}"),
        format!("/oauth/authorize?response_type=code&client_id={evil}&redirect_uri={evil}&state={evil}"),
        format!("/search?q={evil}"),
        format!("/@{evil}"),
        format!("/tags/{evil}"),
        format!("/settings/export/{evil}.csv"),
        format!("/css/{evil}"),
        format!("/api/v1/timelines/tag/{evil}?limit=1&max_id={evil}"),
        format!("/api/v1/accounts/lookup?acct={evil}"),
        format!("/.well-known/webfinger?resource={evil}"),
        format!("/media/{evil}"),
        format!("/{evil}"),
    ] {
        for method in ["GET", "POST"] {
            let answer = browser.send(method, &target, "", "en");
            for (name, value) in &answer.headers {
                let is_line = |text: &str| text.contains(['\r', '\n']);
                assert!(!is_line(name) && !is_line(value), "{method} {target}: {name}: {value:?}");
                assert!(!name.eq_ignore_ascii_case("x-evil"), "{target}");
            }
            assert_ne!(answer.status, 500, "{method} {target}");
        }
    }
    // What is sent to others is made of checked addresses: no header of theirs has lines either.
    let (app, alice, remote, _) = scene();
    app.network.take_log();
    alice.call(
        "GET",
        &format!("/api/v2/search?resolve=true&q={}%0d%0aX-Evil:1", remote.uri("/users/bob")),
        None,
    );
    alice.call("GET", "/api/v2/search?resolve=true&q=bob%0d%0aX-Evil:1@b.example", None);
    settle(&[&app]);
    for sent in app.network.take_log() {
        assert!(!sent.url.contains(['\r', '\n']), "{sent:?}");
        for (name, value) in &sent.headers {
            assert!(!value.contains(['\r', '\n']) && !name.eq_ignore_ascii_case("x-evil"), "{sent:?}");
        }
    }
}

/// Addresses within a data centre, by every way in which they can be written.
const PRIVATE: &[&str] = &[
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/x",
    "https://metadata.internal/x",
    "http://b.example/x",
    "https://b.example:22/x",
    "https://user@b.example/x",
    "file:///etc/passwd",
    "data:application/activity+json,%7B%7D",
];

#[test]
fn every_door_that_fetches_refuses_private_addresses() {
    for url in PRIVATE {
        let (app, alice, remote, bob) = scene();
        app.network.take_log();
        let encoded: String = url::form_urlencoded::byte_serialize(url.as_bytes()).collect();
        // What people type.
        alice.call("GET", &format!("/api/v2/search?resolve=true&q={encoded}"), None);
        alice.call("GET", &format!("/api/v1/accounts/search?resolve=true&q={encoded}"), None);
        alice.posts(&format!("a link {url}"));
        let keys = json!({"subscription": {"endpoint": url, "keys": {"p256dh": "BEkwNTk", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}});
        alice.call("POST", "/api/v1/push/subscription", Some(keys));
        let browser = Browser::of(&alice);
        browser.send("POST", "/interact", &format!("handle={encoded}&uri={encoded}"), "en");
        // What other servers send.
        let mallory = remote.person("mallory");
        let mut actor = mallory.clone();
        for field in ["inbox", "outbox", "followers", "featured", "featuredTags"] {
            actor[field] = json!(url);
        }
        actor["icon"] = json!({"type": "Image", "url": url});
        actor["movedTo"] = json!(url);
        actor["endpoints"] = json!({"sharedInbox": url});
        remote.serve(actor);
        let note = remote.note(&bob, 1, json!({
            "inReplyTo": url, "quote": url, "context": url, "replies": url, "cc": [ALICE],
            "attachment": [{"type": "Document", "mediaType": "image/png", "url": url}],
            "tag": [{"type": "Mention", "href": url, "name": "@x"}, {"type": "Mention", "href": ALICE, "name": "@alice"}],
        }));
        remote.sends(&app, &remote.create(&bob, &note));
        for (kind, object) in [("Follow", ALICE), ("Announce", url), ("Like", url), ("Move", url)] {
            let activity = json!({"id": remote.uri(&format!("/{kind}")), "type": kind, "actor": mallory["id"], "object": object, "target": url,
                "to": ["https://www.w3.org/ns/activitystreams#Public"]});
            remote.sends(&app, &activity);
        }
        settle(&[&app]);
        app.clock.advance(MINUTE);
        app.tick();
        let asked = app.network.take_log();
        for line in &asked {
            let text = format!("{line:?}");
            assert!(
                !text.contains(url)
                    && !["127.", "169.254", "localhost", "metadata"].iter().any(|bad| text.contains(bad)),
                "{url}: {text}"
            );
        }
        assert!(!asked.is_empty(), "{url}: nothing was asked at all");
    }
}

#[test]
fn reports_of_strangers_are_bounded_and_those_of_members_are_read_all_the_same() {
    let (app, alice, remote, _) = scene();
    let bob = app.person("bob");
    let mut refused = 0;
    for n in 0..300 {
        let actor = remote.person(&format!("m{n}"));
        let flag = json!({"id": remote.uri(&format!("/flags/{n}")), "type": "Flag", "actor": actor["id"], "object": [ALICE], "content": "x".repeat(5_000)});
        refused += u32::from(remote.sends(&app, &flag) == 429);
    }
    let open = app.count("SELECT count(*) AS n FROM reports");
    assert_eq!(open, 50, "{refused} were refused");
    let report = json!({"account_id": alice.id.to_string(), "comment": "spam"});
    assert_eq!(bob.call("POST", "/api/v1/reports", Some(report)).status, 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM reports"), open + 1);
}
