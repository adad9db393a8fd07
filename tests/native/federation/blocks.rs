//! A block removes the ties between two accounts on both servers, and later requests are answered.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, id, settle};
use crate::remote::Remote;

/// An instance with alice and another server with bob; each follows the other.
fn scene() -> (TestApp, Person, Remote, Value, String) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    let here = id(&alice.finds("bob@b.example")).to_owned();
    alice.post(&format!("/api/v1/accounts/{here}/follow"), json!({}));
    settle(&[&app]);
    let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": follow});
    assert_eq!(remote.sends(&app, &accept), 202);
    assert_eq!(follows(&app, &remote, &bob, 1), 202);
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    (app, alice, remote, bob, here)
}

fn follows(app: &TestApp, remote: &Remote, bob: &Value, n: u32) -> u16 {
    let follow = json!({"id": remote.uri(&format!("/follows/{n}")), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    remote.sends(app, &follow)
}

fn got(app: &TestApp, remote: &Remote) -> Vec<String> {
    settle(&[app]);
    let all = remote.got();
    remote.inbox.borrow_mut().clear();
    all
}

#[test]
fn a_block_also_sends_reject_and_undo_of_follows() {
    let (app, alice, remote, bob, here) = scene();
    alice.post(&format!("/api/v1/accounts/{here}/block"), json!({}));
    settle(&[&app]);
    let sent = remote.inbox.borrow().clone();
    assert_eq!(remote.got(), ["Undo", "Reject", "Block"]);
    assert_eq!((&sent[0]["object"]["type"], &sent[0]["object"]["object"]), (&json!("Follow"), &bob["id"]));
    assert_eq!(sent[1]["object"]["id"], json!(remote.uri("/follows/1")));
    assert_eq!(sent[1]["object"]["actor"], bob["id"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
}

#[test]
fn a_block_without_ties_sends_only_the_block() {
    let (app, alice, remote, _, _) = scene();
    remote.person("carol");
    let carol = id(&alice.finds("carol@b.example")).to_owned();
    alice.post(&format!("/api/v1/accounts/{carol}/block"), json!({}));
    assert_eq!(got(&app, &remote), ["Block"]);
}

#[test]
fn a_pending_request_is_removed_by_a_block() {
    let (app, alice, remote, _, _) = scene();
    let carol = remote.person("carol");
    let here = id(&alice.finds("carol@b.example")).to_owned();
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    alice.post(&format!("/api/v1/accounts/{here}/follow"), json!({}));
    assert_eq!(follows(&app, &remote, &carol, 5), 202);
    got(&app, &remote);
    alice.post(&format!("/api/v1/accounts/{here}/block"), json!({}));
    assert_eq!(got(&app, &remote), ["Undo", "Reject", "Block"]);
}

#[test]
fn a_follow_after_an_unblock_is_answered() {
    // Under a new id, and under the id of the follow before the block.
    for again in [1, 2] {
        let (app, alice, remote, bob, here) = scene();
        alice.post(&format!("/api/v1/accounts/{here}/block"), json!({}));
        got(&app, &remote);
        assert_eq!(follows(&app, &remote, &bob, 3), 403);
        assert_eq!(got(&app, &remote), ["Reject"]);
        alice.post(&format!("/api/v1/accounts/{here}/unblock"), json!({}));
        assert_eq!(got(&app, &remote), ["Undo"]);
        // What was signed before the block ended the follow is an old one.
        app.clock.advance(1_000);
        assert_eq!(follows(&app, &remote, &bob, again), 202, "{again}");
        assert_eq!(got(&app, &remote), ["Accept"], "{again}");
        assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 1);
    }
}

#[test]
fn a_follow_after_a_reject_is_answered() {
    let (app, alice, remote, bob, here) = scene();
    alice.post(&format!("/api/v1/accounts/{here}/remove_from_followers"), json!({}));
    assert_eq!(got(&app, &remote), ["Reject"]);
    // A Follow that was not signed later may be a duplicate: it stays refused and is answered with a Reject.
    assert_eq!(follows(&app, &remote, &bob, 1), 403);
    assert_eq!(got(&app, &remote), ["Reject"]);
    app.clock.advance(1_000);
    assert_eq!(follows(&app, &remote, &bob, 1), 202);
    assert_eq!(got(&app, &remote), ["Accept"]);
}

#[test]
fn hashtags_are_indexed_up_to_a_limit() {
    let (app, alice, remote, bob, _) = scene();
    let tags: Vec<Value> =
        (0..100).map(|n| json!({"type": "Hashtag", "name": format!("#tag{n:03}")})).collect();
    let note = remote.note(&bob, 1, json!({"tag": tags}));
    let request = remote.request(&app, &remote.create(&bob, &note));
    assert_eq!(app.send(request).status, 202);
    assert!(app.cost.borrow().rows_written < 80, "{:?}", app.cost.borrow());
    assert_eq!(app.count("SELECT count(*) AS n FROM status_tags"), 30);
    assert_eq!(alice.home().len(), 1);
}

#[test]
fn unblocking_a_server_lifts_the_suspensions_of_its_block_only() {
    let (app, alice, b, ..) = scene();
    let c = Remote::new(&app.network, "c.example");
    for (remote, name) in [(&b, "bob"), (&b, "carol"), (&b, "dan"), (&c, "eve")] {
        remote.person(name);
        alice.finds(&format!("{name}@{}", remote.host));
    }
    let event = app.ready();
    crate::app::block_domain(&event, "b.example").unwrap();
    app.clock.advance(1000);
    let event = app.ready();
    crate::app::block_domain(&event, "c.example").unwrap();
    // carol is suspended by the operator as well, dan by his own server, and alice at the same time as bob.
    app.db.run(
        "UPDATE accounts SET suspended_at = 5 WHERE username = 'carol';\n\
         UPDATE accounts SET is_suspended_by_origin = 1 WHERE username = 'dan';\n\
         UPDATE accounts SET suspended_at = (SELECT created_at FROM domain_blocks WHERE domain = 'b.example') WHERE username = 'alice'",
    );
    let suspended = || {
        let sql = "SELECT group_concat(username, ' ') AS n FROM (SELECT username FROM accounts WHERE suspended_at IS NOT NULL ORDER BY username)";
        let rows = pollster::block_on(app.db.query(sori::platform::sql::Statement::new(sql))).unwrap();
        rows[0].text("n").unwrap()
    };
    assert_eq!(suspended(), "alice bob carol dan eve");
    pollster::block_on(sori::services::domain_block::lift(&app.ready(), "c.example", Vec::new())).unwrap();
    assert_eq!(suspended(), "alice bob carol dan");
    pollster::block_on(sori::services::domain_block::lift(&app.ready(), "b.example", Vec::new())).unwrap();
    assert_eq!(suspended(), "alice carol dan");
    assert_eq!(app.count("SELECT count(*) AS n FROM domain_blocks"), 0);
}

/// Of every host, whether or not an inbox is of it as well, and with a row read for each host and not for each account.
#[test]
fn a_block_reaches_the_accounts_of_a_host_without_an_inbox() {
    let (app, ..) = scene();
    app.db.run(
        "INSERT INTO accounts (id, username, domain, uri, url, created_at) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
         SELECT (1 << 52) + i, 'r' || i, iif(i = 3000, 'z.example', 'c.example'), iif(i = 3000, 'https://z.example/', 'https://c.example/') || i, 'x', 0 FROM n",
    );
    let event = app.ready();
    crate::app::block_domain(&event, "z.example").unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE suspended_at IS NOT NULL"), 1);
    assert!(event.cost().rows_read < 500, "{:?}", event.cost());
}
