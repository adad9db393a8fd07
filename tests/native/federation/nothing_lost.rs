//! No delivery is lost, and none takes effect twice.

use std::collections::BTreeSet;

use serde_json::json;
use sori::platform::fetch::Outgoing;
use sori::platform::guard::{Policy, SafeUrl};
use sori::platform::native::network::Faults;

use crate::app::{settle, wait};
use crate::remote::followed;

const MINUTE: i64 = 60_000;

#[test]
fn a_lost_queue_message_is_recovered_by_cron() {
    let (app, alice, remote) = followed();
    alice.posts("hello");
    assert_eq!(app.queue.lose_all(), 1);
    wait(&app, MINUTE);
    assert_eq!(remote.got().len(), 1);
    wait(&app, 2 * MINUTE);
    assert_eq!(remote.got(), ["Accept", "Create"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM outbox"), 0);
}

#[test]
fn a_refusing_queue_loses_nothing() {
    let (app, alice, remote) = followed();
    app.queue.refuse(true);
    alice.posts("hello");
    wait(&app, 3 * MINUTE);
    assert_eq!(remote.got(), ["Accept", "Create"]);
}

#[test]
fn a_worker_that_stops_before_distributing_loses_nothing() {
    let (app, alice, remote) = followed();
    // The response was sent and the work after it did not run, as if waitUntil had been cut off.
    app.db.fail_after(3, false);
    let _ = alice.call("POST", "/api/v1/statuses", Some(json!({"status": "hello"})));
    app.db.fail_after(u32::MAX, false);
    app.restart();
    assert_eq!(
        app.count("SELECT count(*) AS n FROM outbox"),
        app.count("SELECT count(*) AS n FROM statuses")
    );
    wait(&app, 3 * MINUTE);
    settle(&[&app]);
    assert_eq!(remote.got().len() as i64, 1 + app.count("SELECT count(*) AS n FROM statuses"));
}

#[test]
fn a_duplicate_message_has_no_effect() {
    let (app, alice, remote) = followed();
    alice.posts("hello");
    let message = app.queue.take().unwrap();
    app.queue.put_back(message.clone());
    app.queue.put_back(message);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Accept", "Create"]);
}

#[test]
fn a_server_that_is_down_gets_everything_in_order_when_it_is_back() {
    let (app, alice, remote) = followed();
    remote.status.set(503);
    let first = alice.posts("one");
    app.clock.advance(1);
    alice.posts("two");
    app.clock.advance(1);
    while app.consume_one() {}
    alice.deletes(&first);
    while app.consume_one() {}
    for _ in 0..30 {
        wait(&app, 60 * MINUTE);
    }
    assert_eq!(remote.got(), ["Accept"]);
    remote.status.set(202);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Accept", "Create", "Create", "Delete"]);
    assert_eq!(app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM deliveries) AS n"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM instances WHERE failing_since IS NOT NULL"), 0);
}

#[test]
fn a_permanent_failure_is_not_retried() {
    for status in [404, 410, 403, 501] {
        let (app, alice, remote) = followed();
        remote.status.set(status);
        alice.posts("hello");
        while app.consume_one() {}
        assert_eq!(
            app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM deliveries) AS n"),
            0,
            "{status}"
        );
    }
}

#[test]
fn a_delivery_is_given_up_after_days() {
    let (app, alice, remote) = followed();
    app.network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    alice.posts("hello");
    while app.consume_one() {}
    for _ in 0..9 * 24 {
        wait(&app, 60 * MINUTE);
    }
    assert_eq!(app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM deliveries) AS n"), 0);
    // Eight days without success: the host is suspended, and resumes when it sends something.
    alice.posts("are you there?");
    while app.consume_one() {}
    wait(&app, 25 * 60 * MINUTE);
    assert_eq!(app.count("SELECT count(*) AS n FROM instances WHERE is_delivery_suspended = 1"), 1);
    alice.posts("still there?");
    app.network.take_log();
    while app.consume_one() {}
    assert!(app.network.take_log().is_empty(), "nothing is sent to a suspended host");
    app.network.clear_faults();
    let like = json!({"id": remote.uri("/likes/9"), "type": "Like", "actor": remote.uri("/users/bob"), "object": "https://a.example/nothing"});
    assert_eq!(remote.sends(&app, &like), 202);
    settle(&[&app]);
    assert_eq!(remote.got().iter().filter(|k| *k == "Create").count(), 2);
}

#[test]
fn the_signature_spec_of_a_host_is_remembered() {
    let (app, alice, remote) = followed();
    let requests = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let seen = requests.clone();
    app.network.register(
        "b.example",
        std::rc::Rc::new(move |request| {
            let is_new = request.header("signature-input").is_some();
            seen.borrow_mut().push(is_new);
            Box::pin(async move {
                sori::http::response::Response {
                    status: if is_new { 202 } else { 401 },
                    ..Default::default()
                }
            })
        }),
    );
    alice.posts("one");
    settle(&[&app]);
    alice.posts("two");
    settle(&[&app]);
    assert_eq!(*requests.borrow(), [false, true, true]);
    let _ = remote;
}

#[test]
fn fed_trap_66_one_request_for_each_shared_inbox() {
    let (app, alice, remote) = followed();
    for n in 2..8 {
        let person = remote.person(&format!("p{n}"));
        let follow = json!({"id": remote.uri(&format!("/follows/{n}")), "type": "Follow", "actor": person["id"], "object": "https://a.example/users/alice"});
        assert_eq!(remote.sends(&app, &follow), 202);
    }
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    alice.posts("hello");
    settle(&[&app]);
    assert_eq!(remote.got(), ["Create"]);
}

#[test]
fn every_request_has_our_user_agent() {
    let (app, alice, remote) = followed();
    app.network.take_log();
    alice.posts("hello");
    settle(&[&app]);
    // A look-up, an actor, a key: every outgoing request has it.
    remote.person("carol");
    alice.finds("carol@b.example");
    let dan = remote.person("dan");
    assert_eq!(remote.sends(&app, &remote.create(&dan, &remote.note(&dan, 77, json!({})))), 202);
    let log = app.network.take_log();
    let kinds: BTreeSet<&str> = log.iter().map(|e| e.url.rsplit('/').nth(1).unwrap_or("")).collect();
    assert!(log.len() >= 4 && kinds.len() >= 3, "{kinds:?}");
    for exchange in log {
        let agent = exchange.headers.iter().find(|(n, _)| n == "User-Agent").map(|(_, v)| v.clone());
        assert!(agent.is_some_and(|a| a.starts_with("Sori/") && a.contains("a.example")), "{}", exchange.url);
    }
    // The guard refuses a request without it.
    let url = SafeUrl::check("https://b.example/users/bob", &Policy { is_development: false }).unwrap();
    let nameless = Outgoing {
        method: "GET",
        url,
        headers: vec![("Accept".into(), "*/*".into()), ("User-Agent".into(), String::new())],
        body: Vec::new(),
        max_bytes: 1000,
        is_cut: false,
        timeout_ms: 1000,
    };
    assert!(pollster::block_on(app.ready().http.fetch(nameless)).is_err());
    assert!(app.network.take_log().is_empty());
}

#[test]
fn a_host_that_sends_but_does_not_accept_is_still_retried() {
    let (app, alice, remote) = followed();
    remote.status.set(503);
    let status = alice.posts("can you hear me?");
    while app.consume_one() {}
    // Each activity that it sends wakes the deliveries that wait for it.
    for n in 0..40 {
        let like = json!({"id": remote.uri(&format!("/likes/{n}")), "type": "Like", "actor": remote.uri("/users/bob"), "object": status["uri"]});
        assert_eq!(remote.sends(&app, &like), 202);
        for _ in 0..3 {
            wait(&app, MINUTE);
            while app.consume_one() {}
        }
    }
    assert!(app.count("SELECT max(attempts) AS n FROM deliveries") > 17);
    remote.status.set(202);
    settle(&[&app]);
    assert_eq!(remote.got().iter().filter(|k| *k == "Create").count(), 1);
}
