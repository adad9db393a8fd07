//! Work that is done in several attempts or rounds: deliveries, inboxes that are gone, deletions.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::json;
use sori::http::response::Response;
use sori::platform::native::{Clock, Network};
use sori::{jobs, services, store};

use crate::app::{DAY, MINUTE, NOW, Person, TestApp, settle, wait};
use crate::remote::{Remote, fetched};

fn scene() -> (TestApp, Person) {
    let app = TestApp::new(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    (app, alice)
}

/// An account of another server follows a local one.
fn follows(app: &TestApp, remote: &Remote, name: &str, whom: &str) {
    let person = remote.person(name);
    let follow = json!({"id": remote.uri(&format!("/follows/{name}-{whom}")), "type": "Follow", "actor": person["id"],
        "object": format!("https://a.example/users/{whom}")});
    app.clock.advance(1);
    assert_eq!(remote.sends(app, &follow), 202);
}

/// alice, followed from ten servers; the scheme of each request that they get, and what they answer it.
fn ten_servers(answer: fn(&str) -> u16) -> (TestApp, Person, Rc<RefCell<Vec<String>>>) {
    let (app, alice) = scene();
    let remotes: Vec<Remote> = (0..10).map(|n| Remote::new(&app.network, &format!("s{n}.example"))).collect();
    for remote in &remotes {
        follows(&app, remote, "bob", "alice");
    }
    settle(&[&app]);
    let seen: Rc<RefCell<Vec<String>>> = Rc::default();
    for remote in &remotes {
        let seen = seen.clone();
        app.network.register(
            &remote.host,
            Rc::new(move |request| {
                let scheme = if request.header("signature-input").is_some() { "rfc9421" } else { "cavage" };
                seen.borrow_mut().push(scheme.into());
                Box::pin(async move { Response { status: answer(scheme), ..Response::default() } })
            }),
        );
    }
    (app, alice, seen)
}

fn learned(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM instances WHERE signature_spec = 'rfc9421'")
}

#[test]
fn an_authors_unreadable_key_stops_no_other_deliveries() {
    let (app, alice) = scene();
    let carol = app.person("carol");
    let remote = Remote::new(&app.network, "b.example");
    follows(&app, &remote, "bob", "alice");
    follows(&app, &remote, "bob", "carol");
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    // One of alice's waits for its second attempt, one is new; carol's comes after both.
    remote.status.set(500);
    alice.posts("first");
    while app.consume_one() {}
    app.clock.advance(1);
    carol.posts("mine");
    while app.consume_one() {}
    remote.status.set(202);
    app.db.run(&format!("UPDATE keys SET private_key = x'00' WHERE account_id = {}", alice.id));
    app.restart();
    alice.posts("second");
    while app.consume_one() {}
    for _ in 0..5 {
        wait(&app, MINUTE);
        while app.consume_one() {}
    }
    assert_eq!(remote.got(), ["Create"], "that of carol");
    assert_eq!(remote.inbox.borrow()[0]["actor"], "https://a.example/users/carol");
    // The attempts for alice are counted, and say nothing against the host.
    assert!(app.count("SELECT max(attempts) AS n FROM deliveries") > 2);
    assert_eq!(app.count("SELECT count(*) AS n FROM chunks"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM instances WHERE failing_since IS NOT NULL"), 0);
    for _ in 0..12 * 24 {
        wait(&app, 60 * MINUTE);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM outbox"), 0, "given up at last");
}

#[test]
fn an_answer_of_400_is_final_with_or_without_a_spare_signature() {
    let (app, alice, _) = ten_servers(|_| 400);
    alice.posts("hello");
    while app.consume_one() {}
    assert_eq!(app.count("SELECT count(*) AS n FROM deliveries"), 0);
    assert_eq!(learned(&app), 0);
}

#[test]
fn a_scheme_that_no_host_accepted_is_not_remembered() {
    let (app, alice, seen) = ten_servers(|_| 401);
    alice.posts("hello");
    while app.consume_one() {}
    assert_eq!(seen.borrow().len(), 10, "there was no signature for another scheme");
    assert_eq!(app.count("SELECT count(*) AS n FROM deliveries"), 10);
    assert_eq!(learned(&app), 0);
    // The next attempts begin with the other one.
    seen.borrow_mut().clear();
    wait(&app, MINUTE);
    while app.consume_one() {}
    assert!(seen.borrow().iter().filter(|s| *s == "rfc9421").count() >= 10, "{:?}", seen.borrow());
    assert_eq!(learned(&app), 0);
}

#[test]
fn the_other_scheme_is_tried_after_401_and_remembered_where_it_is_accepted() {
    let (app, alice, seen) = ten_servers(|scheme| if scheme == "rfc9421" { 202 } else { 401 });
    alice.posts("hello");
    while app.consume_one() {}
    settle(&[&app]);
    assert_eq!(seen.borrow().len(), 20, "one attempt with each scheme");
    assert_eq!(learned(&app), 10);
    assert_eq!(app.count("SELECT count(*) AS n FROM deliveries"), 0);
}

#[test]
fn every_follower_behind_a_gone_inbox_is_fetched_once() {
    let (app, alice) = scene();
    let remote = Remote::new(&app.network, "b.example");
    let names: Vec<String> = (0..13).map(|n| format!("p{n}")).collect();
    for name in &names {
        follows(&app, &remote, name, "alice");
    }
    settle(&[&app]);
    // The last one is gone as well, and one in between cannot be read.
    remote.gone("/users/p12");
    remote.answers("/users/p3", Response::new(200, "application/activity+json", "{}"));
    remote.status.set(410);
    alice.posts("hello");
    app.network.take_log();
    settle(&[&app]);
    let mut asked: Vec<String> = fetched(&app).into_iter().filter(|url| url.contains("/users/")).collect();
    let total = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!((asked.len(), total), (13, 13));
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'p12'"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
}

#[test]
fn a_deletion_waits_for_distribution_without_using_up_its_attempts() {
    let (app, alice) = scene();
    let carol = app.person("carol");
    carol.follows(&alice);
    alice.follows(&carol);
    alice.posts("hello");
    let inner = app.ready();
    pollster::block_on(async {
        let user = store::load(&inner.db, store::users::by_account(alice.id)).await.unwrap().unwrap();
        services::remove::local_account(&inner, &user, &app.account("alice")).await.unwrap();
        jobs::run::after_response(&inner).await;
    });
    // An activity that cannot be distributed, for days.
    app.db.run(&format!(
        "INSERT INTO outbox (id, account_id, event, subject, to_followers, touched_at) VALUES (7, {}, '[\"follow\",\"x\",\"y\"]', '', 1, {})",
        alice.id,
        NOW + 2 * DAY
    ));
    let left = || app.count("SELECT (SELECT count(*) FROM statuses) + (SELECT count(*) FROM follows) AS n");
    for _ in 0..24 {
        wait(&app, 60 * MINUTE);
    }
    assert!(left() > 0, "it is not told yet");
    app.db.run("DELETE FROM outbox WHERE id = 7");
    for _ in 0..12 {
        wait(&app, 10 * MINUTE);
    }
    assert_eq!(left(), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
}
