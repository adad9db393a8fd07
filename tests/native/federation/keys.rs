//! Keys that cannot be fetched: what that means for the key, and what for its host.

use serde_json::{Value, json};
use sori::activitypub::wire::signature::key::to_pem;
use sori::activitypub::wire::signature::{SigningKey, Spec, sign};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::platform::guard::{Policy, SafeUrl};
use sori::platform::keys::KeyPair;
use sori::platform::native::network::Faults;
use sori::platform::native::{Clock, Network, take_errors};

use crate::app::{DAY, NOW, TestApp};
use crate::remote::{Remote, cast, pair};

fn scene() -> (Network, TestApp, Remote) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    app.person("alice");
    let remote = Remote::new(&network, "b.example");
    (network, app, remote)
}

/// The status answered to a note for alice by an unknown actor, signed with the key of this id.
fn sends(app: &TestApp, remote: &Remote, name: &str, key_id: Option<String>) -> u16 {
    sends_from(app, remote, name, key_id, |request| request.ip = Some(format!("192.0.2.{}", name.len())))
}

/// As [`sends`], with the request changed.
fn sends_from(
    app: &TestApp,
    remote: &Remote,
    name: &str,
    key_id: Option<String>,
    change: impl Fn(&mut Request),
) -> u16 {
    let person = remote.person(name);
    let note = remote.note(
        &person,
        1,
        json!({"to": ["https://a.example/users/alice"], "id": remote.uri(&format!("/notes/{name}"))}),
    );
    let mut key = remote.key_of(person["id"].as_str().unwrap());
    key.key_id = key_id.unwrap_or(key.key_id);
    let mut request = remote.request_signed_by(app, &remote.create(&person, &note), &key, Spec::Cavage);
    change(&mut request);
    app.send(request).status
}

#[test]
fn a_refused_key_does_not_block_other_keys_of_its_host() {
    for (n, status) in [400, 401, 403, 404, 405, 406, 410, 429, 451, 500, 502, 503].into_iter().enumerate() {
        let (network, app, remote) = scene();
        remote.answers("/private", Response::new(status, "text/plain", "no"));
        let refused = sends(&app, &remote, "mallory", Some(remote.uri("/private#main-key")));
        assert!([202, 401, 503].contains(&refused), "{status}: {refused}");
        assert_eq!(sends(&app, &remote, "carol", None), 202, "{status}");
        // The key itself is not asked for again at once.
        network.take_log();
        sends(&app, &remote, "mallory", Some(remote.uri("/private#main-key")));
        assert!(network.take_log().is_empty(), "{status}");
        assert_eq!(take_errors(), Vec::<String>::new(), "{n}");
    }
}

#[test]
fn an_unreachable_key_host_is_not_asked_again_for_a_minute() {
    let (network, app, remote) = scene();
    network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    let from = |name: &str, ip: &'static str| {
        sends_from(&app, &remote, name, None, move |request| request.ip = Some(ip.into()))
    };
    assert_eq!(from("mallory", "192.0.2.1"), 503);
    network.clear_faults();
    network.take_log();
    assert_eq!(from("carol", "192.0.2.1"), 503);
    assert!(network.take_log().is_empty());
    app.clock.advance(60_000);
    assert_eq!(from("carol", "192.0.2.1"), 202);
}

#[test]
fn a_stranger_keeps_nobody_of_a_host_out() {
    // Key ids that nobody has, an address that leads to a host that is down, and one that never answers.
    let keys = |remote: &Remote| -> Vec<String> {
        remote.answers(
            "/away",
            Response { status: 302, ..Response::default() }.with("Location", "https://down.example/"),
        );
        (0..15)
            .map(|n| remote.uri(&format!("/nobody{n}#main-key")))
            .chain([remote.uri("/away#key")])
            .collect()
    };
    let worker = |zone: &'static str| {
        move |request: &mut Request| {
            request.ip = Some("2a06:98c0:3600::".into());
            request.headers.add("cf-worker", zone);
        }
    };
    // Strangers whose address is known, who have none, and whose Worker has the address of all Workers.
    type Change = Box<dyn Fn(&mut Request)>;
    let kinds: [(Change, Change); 3] = [
        (Box::new(|r| r.ip = Some("192.0.2.1".into())), Box::new(|r| r.ip = Some("192.0.2.2".into()))),
        (Box::new(|r| r.ip = None), Box::new(|r| r.ip = None)),
        (Box::new(worker("evil.example")), Box::new(worker("b.example"))),
    ];
    for (n, (stranger, newcomer)) in kinds.iter().enumerate() {
        let (network, app, remote) = scene();
        for key in keys(&remote) {
            assert!(sends_from(&app, &remote, "mallory", Some(key), stranger) >= 400);
        }
        assert_eq!(sends_from(&app, &remote, "carol", None, newcomer), 202, "{n}");
        network.take_log();
        // The stranger waits, where it is known who they are.
        let status = sends_from(&app, &remote, "mallory", Some(remote.uri("/another#key")), stranger);
        assert_eq!(status, if n == 1 { 401 } else { 503 }, "{n}");
        assert_eq!(network.take_log().is_empty(), n != 1, "{n}");
    }
}

#[test]
fn a_failure_of_our_database_is_not_counted_as_a_failed_key() {
    let (_, app, remote) = scene();
    app.db.fail_after(2, false);
    assert_eq!(sends(&app, &remote, "carol", None), 503);
    assert_eq!(take_errors().len(), 1);
    assert_eq!(sends(&app, &remote, "carol", None), 202);
}

#[test]
fn failures_of_other_servers_are_not_logged_as_errors() {
    let (network, app, remote) = scene();
    let alice = app.person("alice");
    let fields = json!([
        {"name": "gone", "value": "https://nobody.example/me"},
        {"name": "cross", "value": remote.uri("/me")},
        {"name": "down", "value": "https://c.example/"},
    ]);
    remote.answers("/me", Response::new(500, "text/html", "oh"));
    network.set_faults("c.example", Faults { is_down: true, ..Faults::default() });
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"fields_attributes": fields})));
    crate::app::settle(&[&app]);
    app.clock.advance(24 * 60 * 60_000);
    app.tick();
    // A search for what does not exist, a thread that cannot be continued, an inbox that refuses.
    for address in ["https://c.example/@x", "https://b.example/@x", "x@c.example", "@x@nobody.example"] {
        alice.get(&format!("/api/v2/search?resolve=true&q={address}"));
    }
    let bob = remote.person("bob");
    let answer = remote.note(
        &bob,
        2,
        json!({"inReplyTo": "https://c.example/notes/1", "to": ["https://a.example/users/alice"],
        "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice"}]}),
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &answer)), 202);
    remote.status.set(500);
    let seen: Value = alice.notifications()[0]["status"].clone();
    alice.replies(&seen, "@bob@b.example hi");
    for _ in 0..3 {
        while app.consume_one() {}
        app.clock.advance(60_000);
        app.tick();
    }
    assert_eq!(take_errors(), Vec::<String>::new());
}

#[test]
fn outside_secure_mode_a_reader_causes_no_fetch() {
    let (app, remote, _) = crate::remote::cast();
    let alice = app.person("alice");
    let (public, private) = (
        alice.posts("public"),
        alice.post("/api/v1/statuses", json!({"status": "x", "visibility": "private"})),
    );
    let bob = app.account("bob").id;
    app.db.run(&format!(
        "INSERT INTO follows (id, account_id, target_id, uri) VALUES (5, {bob}, {}, 'https://b.example/f/1')",
        alice.id
    ));
    let get = |post: &Value| {
        let path = post["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
        app.send(remote.get(&app, &path, "bob")).status
    };
    assert_eq!((get(&public), get(&private)), (200, 200));
    app.network.take_log();
    // The stored key does not verify: the reader is anonymous.
    app.write("UPDATE accounts SET public_key = x'00' WHERE username = 'bob'");
    assert_eq!((get(&public), get(&private)), (200, 404));
    assert_eq!(crate::remote::fetched(&app), Vec::<String>::new());
}

#[test]
fn a_document_takes_as_many_trips_for_more_pins_and_for_a_follower() {
    let (app, remote, _) = crate::remote::cast();
    let alice = app.person("alice");
    let trips = || {
        app.fetch("/users/alice/collections/featured");
        app.cost.borrow().trips
    };
    alice.act(&alice.posts("1"), "pin");
    let of_one = trips();
    for n in 2..5 {
        alice.act(&alice.posts(&n.to_string()), "pin");
    }
    assert_eq!(trips(), of_one);
    let bob = app.account("bob").id;
    app.db.run(&format!(
        "INSERT INTO follows (id, account_id, target_id, uri) VALUES (5, {bob}, {}, 'https://b.example/f/1')",
        alice.id
    ));
    let read = |visibility: &str| {
        let post = alice.post("/api/v1/statuses", json!({"status": "x", "visibility": visibility}));
        let path = post["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
        assert_eq!(app.send(remote.get(&app, &path, "bob")).status, 200);
        app.cost.borrow().trips
    };
    assert_eq!(read("private"), read("public"));
}

#[test]
fn nobody_elsewhere_signs_with_a_key_of_ours() {
    let (app, remote, bob) = cast();
    let actor: Value = serde_json::from_slice(&app.fetch("/users/alice").body).unwrap();
    let is_hers = |pair: &KeyPair| actor["publicKey"]["publicKeyPem"] == to_pem(&pair.public_spki);
    let ours = (0..12).map(pair).find(is_hers).expect("one of the keys of tests");
    let key = SigningKey {
        key_id: "https://a.example/users/alice#main-key".into(),
        private_pkcs8: ours.private_pkcs8,
    };
    let note = remote.serve(remote.note(&bob, 1, json!({})));
    let request = remote.request_signed_by(&app, &remote.create(&bob, &note), &key, Spec::Cavage);
    assert_eq!(app.send(request).status, 401);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    // Nor reads with it what only signed requests get.
    let path = "/users/alice/followers_synchronization";
    let url = SafeUrl::check(&format!("https://a.example{path}"), &Policy::default()).unwrap();
    let signed = sign(&remote.crypto, &key, Spec::Cavage, "GET", &url, None, app.clock.now());
    let mut request = Request { method: "GET".into(), path: path.into(), ..Request::default() };
    request.headers.add("host", "a.example");
    pollster::block_on(signed)
        .unwrap()
        .iter()
        .for_each(|(name, value)| request.headers.add(name, value.clone()));
    app.write("INSERT INTO settings (key, value) VALUES ('secure_mode', 'on')");
    app.restart();
    assert_eq!(app.send(request).status, 401);
}

#[test]
fn with_a_new_key_comes_the_profile_where_the_known_one_is_a_day_old() {
    for (age, name) in [(DAY - 1, "bob"), (DAY, "Robert")] {
        let (app, remote, bob) = cast();
        let fresh = pair(9);
        let mut renamed = bob.clone();
        renamed["name"] = json!("Robert");
        renamed["publicKey"]["publicKeyPem"] = json!(to_pem(&fresh.public_spki));
        remote.serve(renamed);
        let at = app.clock.now().0 - age;
        app.db.run(&format!("UPDATE accounts SET fetched_at = {at} WHERE username = 'bob'"));
        let mut key = remote.key_of(bob["id"].as_str().unwrap());
        key.private_pkcs8 = fresh.private_pkcs8;
        for n in 1..=2 {
            let create = remote.create(&bob, &remote.note(&bob, n, json!({})));
            let request = remote.request_signed_by(&app, &create, &key, Spec::Cavage);
            assert_eq!(app.send(request).status, 202);
        }
        assert_eq!(app.account("bob").display_name, name);
        let asked = crate::remote::fetched(&app);
        assert_eq!(asked.iter().filter(|url| url.contains("/users/bob")).count(), 1, "{asked:?}");
    }
}

#[test]
fn a_profile_is_fetched_again_where_its_activities_arrive_after_two_weeks() {
    for (days, is_asked) in [(14, false), (15, true)] {
        let (app, remote, bob) = cast();
        let at = app.clock.now().0 - days * DAY;
        app.db.run(&format!("UPDATE accounts SET fetched_at = {at} WHERE username = 'bob'"));
        let create = remote.create(&bob, &remote.note(&bob, 1, json!({})));
        assert_eq!(remote.sends(&app, &create), 202);
        crate::app::settle(&[&app]);
        let asked = crate::remote::fetched(&app);
        assert_eq!(asked.iter().any(|url| url.ends_with("/users/bob")), is_asked, "{days}: {asked:?}");
    }
}
