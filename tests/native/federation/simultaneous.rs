//! Operations of one person that run at once: what each has read before may be over when it writes.

use std::pin::Pin;

use sori::error::Result;
use sori::model::account::Account;
use sori::model::id::Id;
use sori::model::status::{StatusView, Visibility};
use sori::platform::native::{Clock, Network};
use sori::services::{follow, interact};
use sori::store;

use crate::app::{NOW, TestApp, together};

/// An instance with alice, a remote account and its status.
fn instance() -> (TestApp, Account, Account, StatusView) {
    let app = TestApp::new(&Network::new(1), "a.example", &Clock::fixed(NOW));
    app.person("alice");
    app.db.run(
        "INSERT INTO inboxes (id, url, domain) VALUES (1, 'https://b.example/inbox', 'b.example');\
         INSERT INTO accounts (id, username, domain, uri, url, inbox_id, created_at) \
         VALUES (1001, 'bob', 'b.example', 'https://b.example/u/bob', 'x', 1, 0);\
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, content, created_at) \
         VALUES (7, 'https://b.example/n/7', 'x', 1001, 0, 0, 'x', 0)",
    );
    let event = app.ready();
    let found = (store::accounts::by_id(Id(1001)), store::statuses::by_id(Id(7), None));
    let (bob, status) = pollster::block_on(store::load(&event.db, found)).unwrap();
    let alice = app.account("alice");
    (app, alice, bob.unwrap(), status.unwrap())
}

type Operation<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Runs two operations so that each of their round trips comes after one of the other.
fn at_once(app: &TestApp, operations: [Operation<'_>; 2]) {
    app.db.set_slow(true);
    for outcome in pollster::block_on(together(operations.into())) {
        outcome.unwrap();
    }
    app.db.set_slow(false);
}

fn sent(app: &TestApp, kind: &str) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM outbox WHERE event ->> 0 = '{kind}'");
    app.count(Box::leak(sql.into_boxed_str()))
}

#[test]
fn two_favourites_at_once_send_one_like_and_their_removals_one_undo() {
    let (app, alice, _, status) = instance();
    let event = app.ready();
    at_once(
        &app,
        [(); 2].map(|()| -> Operation<'_> { Box::pin(interact::favourite(&event, &alice, &status, None)) }),
    );
    assert_eq!((app.count("SELECT count(*) AS n FROM favourites"), sent(&app, "like")), (1, 1));
    let like = "SELECT count(*) AS n FROM favourites f JOIN outbox o ON o.event ->> 1 = f.uri";
    assert_eq!(app.count(like), 1);
    at_once(
        &app,
        [(); 2].map(|()| -> Operation<'_> { Box::pin(interact::unfavourite(&event, &alice, &status)) }),
    );
    assert_eq!((app.count("SELECT count(*) AS n FROM favourites"), sent(&app, "undo_like")), (0, 1));
    let undo = "SELECT count(*) AS n FROM outbox l JOIN outbox u ON u.event ->> 1 = l.event ->> 1 AND u.event ->> 2 = l.event ->> 2 \
                AND u.subject = l.subject AND u.to_accounts = l.to_accounts WHERE l.event ->> 0 = 'like' AND u.event ->> 0 = 'undo_like'";
    assert_eq!(app.count(undo), 1);
}

#[test]
fn two_removals_of_a_boost_at_once_send_one_undo() {
    let (app, alice, _, status) = instance();
    let event = app.ready();
    let boost = interact::reblog(&event, &alice, &status, Visibility::Public, None);
    let boost = pollster::block_on(boost).unwrap().unwrap();
    at_once(
        &app,
        [(); 2].map(|()| -> Operation<'_> { Box::pin(interact::unreblog(&event, &alice, &status)) }),
    );
    assert_eq!((app.count("SELECT count(*) AS n FROM statuses"), sent(&app, "undo_announce")), (1, 1));
    let undo = "SELECT since_status_id AS n FROM outbox WHERE event ->> 0 = 'undo_announce' AND subject = since_status_id \
                AND to_followers = 1 AND to_accounts = '[1001]' AND event ->> 1 LIKE '%/statuses/' || subject || '/activity'";
    assert_eq!(app.count(undo), boost.0);
}

#[test]
fn a_request_that_is_accepted_meanwhile_is_not_made_again() {
    let (app, alice, bob, _) = instance();
    let event = app.ready();
    let options = store::follows::Options::default();
    pollster::block_on(follow::follow(&event, &alice, &bob, None, &options)).unwrap();
    let options = store::follows::Options { is_notifying: Some(true), ..Default::default() };
    at_once(
        &app,
        [
            Box::pin(follow::accept(&event, &alice, &bob)),
            Box::pin(follow::follow(&event, &alice, &bob, None, &options)),
        ],
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows WHERE is_notifying = 1"), 1);
}

#[test]
fn a_follow_that_ends_meanwhile_is_asked_for_again() {
    let (app, alice, bob, _) = instance();
    let event = app.ready();
    app.db.run(&format!("UPDATE accounts SET is_locked = 1 WHERE id = {}", alice.id));
    let alice = app.account("alice");
    app.db.run(&format!(
        "INSERT INTO follows (account_id, target_id, id, uri) VALUES (1001, {}, 5, 'https://b.example/f/1')",
        alice.id
    ));
    let signed =
        store::follows::Signed { uri: "https://b.example/f/2", at: sori::model::time::Time(NOW + 1000) };
    let options = store::follows::Options::default();
    at_once(
        &app,
        [
            Box::pin(follow::reject(&event, &bob, &alice)),
            Box::pin(follow::follow(&event, &bob, &alice, Some(signed), &options)),
        ],
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0, "nobody has approved it again");
    assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests"), 1);
}
