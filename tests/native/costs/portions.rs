//! What an operation on hundreds of rows uses of an invocation at the most, and that jobs do the rest of it.

use serde_json::json;
use sori::app::{App, MAX_REQUESTS, MAX_STATEMENTS};
use sori::jobs;
use sori::model::id::Id;
use sori::platform::native::{Clock, Network};
use sori::services;

use crate::app::{MINUTE, NOW, Person, TestApp};
use crate::remote::Remote;

const TIES: i64 = 1300;

/// An instance whose account alice has so many remote accounts of one server around her: `make` is SQL over their ids `i`
/// (the ids of the accounts are `i` + 1,000).
fn around(make: &str) -> (TestApp, Person) {
    let network = Network::new(1);
    network.keep_log(false);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    app.db.run(&format!(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {TIES}) SELECT i FROM n;\
         INSERT INTO inboxes (id, url, domain) VALUES (1, 'https://b.example/inbox', 'b.example');\
         INSERT INTO accounts (id, username, domain, uri, url, inbox_id, created_at) \
         SELECT 1000 + i, 'u' || i, 'b.example', 'https://b.example/u/' || i, 'x', 1, 0 FROM n;\
         {}; DROP TABLE n;",
        make.replace("{alice}", &alice.id.to_string())
    ));
    (app, alice)
}

fn check(what: &str, event: &App) {
    let cost = event.cost();
    assert!(cost.statements <= MAX_STATEMENTS, "{what}: {cost:?}");
    assert!(cost.requests() <= MAX_REQUESTS, "{what}: {cost:?}");
}

/// Runs an operation and what it leaves to jobs, each in its own invocation that is checked.
fn run(app: &TestApp, what: &str, operation: impl AsyncFnOnce(&App)) {
    let event = app.ready();
    pollster::block_on(async {
        operation(&event).await;
        jobs::run::after_response(&event).await;
    });
    check(what, &event);
    for n in 0..400 {
        if app.count("SELECT count(*) AS n FROM jobs") == 0 {
            return;
        }
        app.clock.advance(3 * MINUTE);
        let event = app.ready();
        pollster::block_on(async {
            jobs::run::jobs(&event, false).await.unwrap();
            jobs::run::jobs(&event, true).await.unwrap();
        });
        check(&format!("{what}, run {n}"), &event);
    }
    panic!("{what} does not end");
}

#[test]
fn blocking_a_domain_ends_hundreds_of_ties_within_invocations() {
    let (app, alice) = around(
        "INSERT INTO follows (account_id, target_id, id, uri) SELECT 1000 + i, {alice}, i, 'https://b.example/f/' || i FROM n WHERE i % 2;\
         INSERT INTO follow_requests (account_id, target_id, id, uri) SELECT {alice}, 1000 + i, i, 'https://a.example/f/' || i FROM n WHERE NOT i % 2",
    );
    let account = app.account("alice");
    run(&app, "domain block", async |event| {
        services::follow::block_domain(event, &account, "b.example").await.unwrap();
    });
    assert_eq!(
        app.count("SELECT (SELECT count(*) FROM follows) + (SELECT count(*) FROM follow_requests) AS n"),
        0
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM outbox WHERE event ->> 0 = 'reject_follow'"), TIES / 2);
    assert_eq!(app.count("SELECT count(*) AS n FROM outbox WHERE event ->> 0 = 'undo_follow'"), TIES / 2);
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM outbox o JOIN accounts a ON a.id = o.to_accounts ->> 0 WHERE o.event ->> 2 = a.uri \
             AND o.event ->> 1 LIKE '%/f/' || (a.id - 1000) AND o.subject = a.id - 1000 AND o.account_id <> a.id"
        ),
        TIES,
        "each names its own follow"
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM tombstones"), TIES / 2);
    assert_eq!(alice.get("/api/v1/accounts/verify_credentials")["followers_count"], 0);
}

#[test]
fn unlocking_an_account_accepts_hundreds_of_requests_within_invocations() {
    let (app, alice) = around(
        "UPDATE accounts SET is_locked = 1 WHERE id = {alice};\
         INSERT INTO follow_requests (account_id, target_id, id, uri, is_notifying) \
         SELECT 1000 + i, {alice}, 2000000 + i, 'https://b.example/f/' || i, i % 2 FROM n;\
         INSERT INTO notifications (id, account_id, type, from_account_id) SELECT 2000000 + i, {alice}, 'follow_request', 1000 + i FROM n",
    );
    let account = app.account("alice");
    run(&app, "unlocking", async |event| {
        let changes = services::profile::Changes { is_locked: Some(false), ..Default::default() };
        services::profile::update(event, &account, None, changes).await.unwrap();
    });
    assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows WHERE is_notifying = id % 2"), TIES);
    assert_eq!(
        app.count("SELECT count(DISTINCT from_account_id) AS n FROM notifications WHERE type = 'follow'"),
        TIES
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications WHERE type = 'follow_request'"), 0);
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM outbox o JOIN accounts a ON a.id = o.to_accounts ->> 0 WHERE o.event ->> 0 = 'accept_follow' \
             AND o.event ->> 2 = a.uri AND o.event ->> 1 = 'https://b.example/f/' || (a.id - 1000) AND o.subject = a.id - 1000"
        ),
        TIES
    );
    assert_eq!(alice.get("/api/v1/accounts/verify_credentials")["followers_count"], TIES);
}

#[test]
fn suspending_a_remote_account_rejects_hundreds_of_follows_within_invocations() {
    let (app, _) = around(
        "INSERT INTO accounts (id, username, domain, domain_id, uri, url, public_key, created_at) \
         SELECT 5000 + i, 'l' || i, 'a.example', (SELECT id FROM domains), 'https://a.example/l/' || i, 'x', x'00', 0 FROM n;\
         INSERT INTO users (id, person, account_id, password, created_at) SELECT 5000 + i, 5000 + i, 5000 + i, '', 0 FROM n;\
         INSERT INTO follows (account_id, target_id, id, uri) SELECT 1001, 5000 + i, i, 'https://b.example/f/' || i FROM n;\
         INSERT INTO notifications (id, account_id, type, from_account_id) SELECT i, 5000 + i, 'follow', 1001 FROM n",
    );
    let event = app.ready();
    let bad = pollster::block_on(sori::store::load(&event.db, sori::store::accounts::by_id(Id(1001))));
    let bad = bad.unwrap().unwrap();
    run(&app, "suspension", async |event| {
        crate::app::suspend(event, &bad).await.unwrap();
    });
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications"), 0);
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM outbox WHERE event ->> 0 = 'reject_follow' AND event ->> 2 = 'https://b.example/u/1' \
             AND event ->> 1 = 'https://b.example/f/' || (account_id - 5000) AND to_accounts = '[1001]'"
        ),
        TIES
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM tombstones WHERE account_id = 1001"), TIES);
}

/// So many local followers, and local accounts that block the origin.
const MOVED: i64 = 300;

#[test]
fn a_move_takes_hundreds_of_followers_and_blockers_along_within_invocations() {
    let (app, _) = around(
        "INSERT INTO accounts (id, username, domain, domain_id, uri, url, public_key, created_at) \
         SELECT 5000 + i, 'l' || i, 'a.example', (SELECT id FROM domains), 'https://a.example/l/' || i, 'x', x'00', 0 FROM n WHERE i <= 300;\
         INSERT INTO users (id, person, account_id, password, created_at) SELECT 5000 + i, 5000 + i, 5000 + i, '', 0 FROM n WHERE i <= 300;\
         INSERT INTO follows (account_id, target_id, id, uri) SELECT 5000 + i, 1001, i, 'https://a.example/f/' || i FROM n WHERE i <= 300 AND i % 2;\
         INSERT INTO blocks (account_id, target_id, id, uri) SELECT 5000 + i, 1001, i, 'https://a.example/b/' || i FROM n WHERE i <= 300 AND NOT i % 2",
    );
    let event = app.ready();
    let by_id = |id| sori::store::accounts::by_id(Id(id));
    let both = pollster::block_on(sori::store::load(&event.db, (by_id(1001), by_id(1002)))).unwrap();
    let (origin, target) = (both.0.unwrap(), both.1.unwrap());
    run(&app, "move", async |event| {
        let first = services::migrate::Round { number: 0, blocker: Some(Id(0)) };
        services::migrate::followers(event, &origin, &target, first).await.unwrap();
    });
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests WHERE target_id = 1002"), MOVED / 2);
    assert_eq!(app.count("SELECT count(*) AS n FROM blocks WHERE target_id = 1002"), MOVED / 2);
}

#[test]
fn a_move_adds_the_new_account_to_the_lists_of_those_who_follow_it_now() {
    let (app, _) = around(
        "INSERT INTO accounts (id, username, domain, domain_id, uri, url, public_key, created_at) \
         SELECT 5000 + i, 'l' || i, 'a.example', (SELECT id FROM domains), 'https://a.example/l/' || i, 'x', x'00', 0 FROM n WHERE i <= 2;\
         INSERT INTO users (id, person, account_id, password, created_at) SELECT 5000 + i, 5000 + i, 5000 + i, '', 0 FROM n WHERE i <= 2;\
         INSERT INTO follows (account_id, target_id, id, uri) SELECT 5000 + i, 1001, i, 'https://a.example/f/' || i FROM n WHERE i <= 2;\
         INSERT INTO lists (id, account_id, title) SELECT 5000 + i, 5000 + i, 'l' FROM n WHERE i <= 2;\
         INSERT INTO list_accounts (list_id, target_id, id) SELECT 5000 + i, 1001, i FROM n WHERE i <= 2;\
         INSERT INTO blocks (account_id, target_id, id, uri) VALUES (1002, 5001, 1, 'https://b.example/b/1')",
    );
    let event = app.ready();
    let by_id = |id| sori::store::accounts::by_id(Id(id));
    let both = pollster::block_on(sori::store::load(&event.db, (by_id(1001), by_id(1002)))).unwrap();
    let (origin, target) = (both.0.unwrap(), both.1.unwrap());
    run(&app, "move", async |event| {
        let first = services::migrate::Round { number: 0, blocker: Some(Id(0)) };
        services::migrate::followers(event, &origin, &target, first).await.unwrap();
    });
    assert_eq!(app.count("SELECT sum(list_id) AS n FROM list_accounts"), 5002);
    assert_eq!(app.count("SELECT sum(target_id) AS n FROM list_accounts"), 1002);
}

#[test]
fn old_requests_that_another_server_has_as_follows_are_accepted_within_invocations() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    remote.person("bob");
    alice.finds("bob@b.example");
    let names: Vec<String> = (1..=12).map(|n| format!("https://a.example/users/l{n}")).collect();
    let url = remote.uri("/users/bob/followers_synchronization");
    remote.serve(json!({"@context": "https://www.w3.org/ns/activitystreams", "id": url, "type": "OrderedCollection", "orderedItems": names}));
    let digest = sori::activitypub::wire::sync::digest(names.iter().map(String::as_str));
    app.db.run(&format!(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) SELECT i FROM n;\
         INSERT INTO accounts (id, username, domain, domain_id, uri, url, public_key, created_at) \
         SELECT 5000 + i, 'l' || i, 'a.example', (SELECT id FROM domains), 'https://a.example/users/l' || i, 'x', x'00', 0 FROM n;\
         INSERT INTO users (id, person, account_id, password, created_at) SELECT 5000 + i, 5000 + i, 5000 + i, '', 0 FROM n;\
         INSERT INTO follow_requests (account_id, target_id, id, uri) \
         SELECT 5000 + i, a.id, i, 'https://a.example/f/' || i FROM n, accounts a WHERE a.username = 'bob';\
         INSERT INTO jobs (id, kind, subject, context, is_foreign, next_attempt_at) \
         SELECT 1, 'sync', uri, json_object('account', id, 'digest', '{digest}', 'url', '{url}'), 1, 0 FROM accounts WHERE username = 'bob';"
    ));
    run(&app, "synchronisation", async |_| {});
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 12);
}
