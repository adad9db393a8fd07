//! Traps of delivery (45, 59, 60, 63, 66, 67, 68, 75), receipts, circuit breakers, and inboxes that are gone.

use serde_json::{Value, json};
use sori::http::request::{Headers, Request};
use sori::http::response::Response;
use sori::platform::native::network::Faults;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, settle, wait};
use crate::remote::{Remote, remote_statuses};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

struct Scene {
    app: TestApp,
    alice: Person,
    remotes: Vec<Remote>,
}

/// alice on a.example, followed by bob on each of some servers.
fn scene(hosts: &[&str]) -> Scene {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remotes: Vec<Remote> = hosts.iter().map(|host| Remote::new(&network, host)).collect();
    for remote in &remotes {
        let bob = remote.person("bob");
        follows(&app, remote, &bob, "https://a.example/users/alice", 1);
    }
    settle(&[&app]);
    for remote in &remotes {
        remote.inbox.borrow_mut().clear();
    }
    Scene { app, alice, remotes }
}

fn follows(app: &TestApp, remote: &Remote, who: &Value, whom: &str, n: u32) {
    let follow = json!({"id": remote.uri(&format!("/follows/{n}-{}", who["preferredUsername"].as_str().unwrap())),
        "type": "Follow", "actor": who["id"], "object": whom});
    // Several ids within one millisecond.
    app.clock.advance(1);
    assert_eq!(remote.sends(app, &follow), 202);
}

fn waiting(app: &TestApp) -> i64 {
    app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM chunks) + (SELECT count(*) FROM deliveries) AS n")
}

fn receipt(person: &Person, status: &Value) -> Value {
    person.get(&format!("/api/v1/statuses/{}", status["id"].as_str().unwrap()))["sori:delivery"].clone()
}

fn posts_to(app: &TestApp, host: &str) -> usize {
    app.network.take_log().iter().filter(|e| e.method == "POST" && e.url.contains(host)).count()
}

#[test]
fn a_post_that_nobody_elsewhere_hears_of_leaves_no_work_behind() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let (alice, carol) = (app.person("alice"), app.person("carol"));
    carol.follows(&alice);
    settle(&[&app]);
    let sends = |text: &str| {
        let event = app.ready();
        let request = Request {
            method: "POST".into(),
            path: "/api/v1/statuses".into(),
            body: json!({"status": text}).to_string().into_bytes(),
            headers: Headers(vec![
                ("authorization".into(), format!("Bearer {}", alice.token)),
                ("content-type".into(), "application/json".into()),
            ]),
            ..Request::default()
        };
        assert_eq!(pollster::block_on(sori::routes::handle(&event, &request)).status, 200);
        (waiting(&app), event.hints.take().len())
    };
    assert_eq!(sends("to carol, who is here"), (0, 0));
    // With a remote follower it is sent, as before.
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    follows(&app, &remote, &bob, "https://a.example/users/alice", 1);
    settle(&[&app]);
    app.clock.advance(1);
    assert_eq!(sends("to bob, who is not"), (1, 1));
}

#[test]
fn an_author_sees_how_many_servers_have_a_status() {
    let Scene { app, alice, remotes } = scene(&["b.example", "c.example", "d.example"]);
    remotes[1].status.set(503);
    remotes[2].status.set(403);
    let status = alice.posts("hello");
    assert_eq!(receipt(&alice, &status)["trying_count"], 3);
    while app.consume_one() {}
    let now = receipt(&alice, &status);
    assert_eq!(
        now,
        json!({"servers": 3, "delivered": 1, "trying_count": 1, "trying": ["c.example"],
            "refused_count": 1, "refused": [{"domain": "d.example", "reason": "answers 403"}]})
    );
    assert!(app.person("carol").get(&format!("/api/v1/statuses/{}", status["id"].as_str().unwrap()))["sori:delivery"].is_null());
    remotes[1].status.set(202);
    settle(&[&app]);
    let done = receipt(&alice, &status);
    assert_eq!(
        (&done["delivered"], &done["trying_count"], &done["refused_count"]),
        (&json!(2), &json!(0), &json!(1))
    );
    assert_eq!(alice.home()[0]["sori:delivery"], done);
    // A status that was sent nowhere has no receipt.
    assert!(receipt(&app.person("carol"), &app.person("carol").posts("alone")).is_null());
}

#[test]
fn an_edit_resets_the_delivery_receipt() {
    let Scene { app, alice, remotes } = scene(&["b.example", "c.example"]);
    remotes[0].status.set(403);
    let status = alice.posts("hello");
    settle(&[&app]);
    assert_eq!(receipt(&alice, &status)["refused_count"], 1);
    remotes[0].status.set(202);
    alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}", status["id"].as_str().unwrap()),
        Some(json!({"status": "hello again"})),
    );
    settle(&[&app]);
    let now = receipt(&alice, &status);
    assert_eq!((&now["delivered"], &now["refused_count"]), (&json!(2), &json!(0)));
}

#[test]
fn a_delivery_that_was_given_up_is_shown() {
    let Scene { app, alice, .. } = scene(&["b.example"]);
    app.network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    let status = alice.posts("hello");
    while app.consume_one() {}
    for _ in 0..6 * 24 {
        wait(&app, 60 * MINUTE);
    }
    assert_eq!(waiting(&app), 0);
    assert_eq!(
        receipt(&alice, &status)["refused"],
        json!([{"domain": "b.example", "reason": "b.example does not answer"}])
    );
}

#[test]
fn an_unreachable_host_is_tried_once_and_not_for_every_author() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    let others: Vec<Person> = ["p1", "p2", "p3"].map(|name| app.person(name)).into();
    let bob = remotes[0].person("bob");
    for (n, other) in others.iter().enumerate() {
        follows(&app, &remotes[0], &bob, &format!("https://a.example/users/{}", other.name), 10 + n as u32);
    }
    settle(&[&app]);
    remotes[0].inbox.borrow_mut().clear();
    app.network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    app.network.take_log();
    alice.posts("one");
    for other in &others {
        other.posts("another");
    }
    while app.consume_one() {}
    assert_eq!(posts_to(&app, "b.example"), 1, "the first silence is enough");
    // After the interval one delivery tests the host for all.
    wait(&app, 2 * MINUTE);
    assert_eq!(posts_to(&app, "b.example"), 1);
    app.network.clear_faults();
    settle(&[&app]);
    assert_eq!(remotes[0].got().len(), 4);
    assert_eq!(waiting(&app), 0);
}

#[test]
fn retry_after_holds_for_deliveries_of_every_author() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    let carol = app.person("carol");
    follows(&app, &remotes[0], &remotes[0].person("bob"), "https://a.example/users/carol", 2);
    settle(&[&app]);
    let remote = remotes[0].clone();
    app.network.register(
        "b.example",
        std::rc::Rc::new(|_| {
            Box::pin(async { Response { status: 429, ..Response::default() }.with("Retry-After", "7200") })
        }),
    );
    app.network.take_log();
    alice.posts("one");
    carol.posts("two");
    while app.consume_one() {}
    assert_eq!(posts_to(&app, "b.example"), 1);
    for _ in 0..100 {
        wait(&app, MINUTE);
    }
    assert_eq!(posts_to(&app, "b.example"), 0, "two hours are not over");
    let inbox = remote.inbox.clone();
    app.network.register(
        "b.example",
        std::rc::Rc::new(move |request| {
            inbox.borrow_mut().push(serde_json::from_slice(&request.body).unwrap_or_default());
            Box::pin(async { Response { status: 202, ..Response::default() } })
        }),
    );
    settle(&[&app]);
    assert_eq!(remote.got().iter().filter(|k| *k == "Create").count(), 2);
}

#[test]
fn a_backlog_drains_through_the_queue() {
    let hosts: Vec<String> = (0..60).map(|n| format!("s{n}.example")).collect();
    let Scene { app, alice, remotes } = scene(&hosts.iter().map(String::as_str).collect::<Vec<_>>());
    app.network.set_faults("*", Faults { is_down: true, ..Faults::default() });
    alice.posts("hello");
    while app.consume_one() {}
    assert_eq!(app.count("SELECT count(*) AS n FROM deliveries"), 60);
    app.network.clear_faults();
    let mut minutes = 0;
    while waiting(&app) > 0 && minutes < 10 {
        wait(&app, MINUTE);
        while app.consume_one() {}
        minutes += 1;
    }
    assert!(minutes <= 3, "thirty a minute; took {minutes}");
    assert!(remotes.iter().all(|r| r.got() == ["Create"]));
    // Without a queue: ten a minute.
    app.network.set_faults("*", Faults { is_down: true, ..Faults::default() });
    alice.posts("again");
    while app.consume_one() {}
    app.network.clear_faults();
    app.queue.refuse(true);
    for _ in 0..8 {
        wait(&app, MINUTE);
    }
    assert_eq!(waiting(&app), 0);
    assert!(remotes.iter().all(|r| r.got() == ["Create", "Create"]));
}

#[test]
fn an_inbox_that_is_gone_removes_its_gone_followers() {
    let Scene { app, alice, remotes } = scene(&["b.example", "c.example", "d.example"]);
    // The actor on b.example is not found, that on d.example is gone; c.example's inbox is, but its actor lives.
    remotes[0].forget("/users/bob");
    remotes[2].gone("/users/bob");
    remotes.iter().for_each(|r| r.status.set(410));
    alice.posts("hello");
    settle(&[&app]);
    let left = alice.get(&format!("/api/v1/accounts/{}/followers", alice.id));
    let left: Vec<&str> = left.as_array().unwrap().iter().map(|a| a["acct"].as_str().unwrap()).collect();
    assert_eq!(left, ["bob@c.example"]);
    // Who is not found is no follower any more; all that they are is removed only where their server says that they are gone.
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE domain = 'b.example' AND username = 'bob'"),
        1
    );
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE domain = 'd.example' AND username = 'bob'"),
        0
    );
    app.network.take_log();
    alice.posts("again");
    settle(&[&app]);
    assert_eq!(
        app.network.take_log().iter().filter(|e| e.method == "POST" && e.url.contains("b.example")).count(),
        0
    );
}

#[test]
fn followers_whose_host_does_not_answer_do_not_hold_up_others_behind_a_gone_inbox() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    for n in 1..=12 {
        // The oldest are on a host that does not answer; the inbox is shared.
        let host = if n <= 7 { "silent.example" } else { "b.example" };
        if n > 7 {
            remotes[0].gone(&format!("/users/u{n}"));
        }
        app.db.run(&format!(
            "INSERT INTO accounts (id, username, domain, uri, url, inbox_id, created_at) \
             SELECT {n}, 'u{n}', '{host}', 'https://{host}/users/u{n}', 'x', inbox_id, 0 FROM accounts WHERE username = 'bob';\
             INSERT INTO follows (account_id, target_id, id, uri) VALUES ({n}, {}, {n}, 'https://{host}/f/{n}')",
            alice.id
        ));
    }
    app.db.run(&format!(
        "INSERT INTO jobs (id, kind, subject, context, is_foreign, next_attempt_at) \
         SELECT 1, 'gone', inbox_id, '{}', 1, 0 FROM accounts WHERE username = 'bob'",
        alice.id
    ));
    for _ in 0..30 {
        wait(&app, MINUTE);
    }
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE username LIKE 'u%' AND domain = 'b.example'"),
        0
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM follows WHERE uri LIKE 'https://silent.example/%'"), 7);
    // Each of the others is tried for itself.
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'gone'"), 7);
    let silent = Remote::new(&app.network, "silent.example");
    for n in 1..=7 {
        silent.gone(&format!("/users/u{n}"));
    }
    for _ in 0..600 {
        wait(&app, MINUTE);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE domain = 'silent.example'"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'gone'"), 0);
}

#[test]
fn a_host_is_given_up_after_a_month_until_it_sends_something() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    app.db.run(&format!("INSERT INTO instances (domain, failing_since, last_failure_at, is_delivery_suspended) VALUES ('b.example', {}, {}, 1)",
        NOW - 31 * 24 * 60 * MINUTE, NOW - 24 * 60 * MINUTE));
    app.network.take_log();
    let status = alice.posts("anybody there?");
    settle(&[&app]);
    assert_eq!(posts_to(&app, "b.example"), 0);
    assert_eq!(
        receipt(&alice, &status)["refused"],
        json!([{"domain": "b.example", "reason": "silent for a month"}])
    );
    let like = json!({"id": remotes[0].uri("/likes/1"), "type": "Like", "actor": remotes[0].uri("/users/bob"), "object": status["uri"]});
    assert_eq!(remotes[0].sends(&app, &like), 202);
    alice.posts("welcome back");
    settle(&[&app]);
    assert_eq!(remotes[0].got(), ["Create"]);
}

#[test]
fn a_signed_request_closes_the_circuit_again() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    app.db.run(&format!("INSERT INTO instances (domain, failing_since, last_failure_at, is_delivery_suspended) VALUES ('b.example', {}, {}, 1)",
        NOW - 31 * DAY, NOW - DAY));
    // With an unknown key or without one, it does not count.
    let mut unsigned = remotes[0].get(&app, "/users/alice", "bob");
    unsigned.headers = sori::http::request::Headers::default();
    unsigned.headers.add("accept", "application/activity+json");
    assert_eq!(app.send(unsigned).status, 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM instances WHERE is_delivery_suspended = 1"), 1);
    assert_eq!(app.send(remotes[0].get(&app, "/users/alice", "bob")).status, 200);
    alice.posts("welcome back");
    settle(&[&app]);
    assert_eq!(remotes[0].got(), ["Create"]);
}

#[test]
fn fed_trap_45_a_self_delete_of_an_unknown_actor_is_not_answered_with_401() {
    let app = TestApp::alone();
    let remote = Remote::new(&app.network, "b.example");
    let gone = json!({"id": remote.uri("/users/x#delete"), "type": "Delete", "actor": remote.uri("/users/x"), "object": remote.uri("/users/x")});
    assert_eq!(remote.sends(&app, &gone), 202);
    assert_eq!(app.cost.borrow().fetches, 0);
}

#[test]
fn fed_trap_63_advisory_cve_2026_69132_unused_instance_rows_are_deleted() {
    let Scene { app, .. } = scene(&["b.example"]);
    for n in 0..50 {
        app.db.run(&format!(
            "INSERT INTO instances (domain, signature_spec) VALUES ('x{n}.evil.example', 'rfc9421')"
        ));
    }
    app.db.run("INSERT INTO instances (domain, signature_spec) VALUES ('b.example', 'rfc9421')");
    app.clock.advance(24 * 60 * MINUTE - NOW % (24 * 60 * MINUTE));
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM instances"), 1);
}

#[test]
fn fed_trap_66_a_large_audience_is_never_one_list() {
    let Scene { app, alice, .. } = scene(&["b.example"]);
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
         INSERT INTO inboxes (id, url, domain) SELECT 1000 + i, 'https://s' || i || '.example/inbox', 's' || i || '.example' FROM n;\
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
         INSERT INTO accounts (id, username, domain, uri, url, inbox_id, created_at) SELECT i, 'u' || i, 's' || i || '.example', 'https://s' || i || '.example/u', 'x', 1000 + i, 0 FROM n;\
         INSERT INTO follows (account_id, target_id, id, uri) SELECT id, {}, id, uri FROM accounts WHERE id <= 3000;",
        alice.id
    ));
    alice.posts("to all of you");
    assert_eq!(app.queue.len(), 301);
    assert!(app.count("SELECT max(length(inboxes)) AS n FROM chunks") < 200);
    assert!(app.count("SELECT max(length(activity)) AS n FROM outbox") < 5000);
    // The ordering check of a chunk does not read the other chunks.
    alice.posts("and once more");
    let event = app.ready();
    let before = event.cost().rows_read;
    while app.queue.len() > 301 {
        app.queue.take();
    }
    let message = app.queue.take().unwrap();
    pollster::block_on(sori::jobs::run::consume(&event, &[message]));
    let read = event.cost().rows_read - before;
    assert!(read < 400, "{read} rows read for ten deliveries");
}

#[test]
fn fed_trap_68_local_followers_get_nothing_by_http() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    let carol = app.person("carol");
    carol.follows(&alice);
    // A remote actor that claims our inbox.
    let mut eve = remotes[0].person("eve");
    eve["inbox"] = json!("https://a.example/inbox");
    eve["endpoints"] = json!({"sharedInbox": "https://a.example/inbox"});
    remotes[0].serve(eve.clone());
    follows(&app, &remotes[0], &eve, "https://a.example/users/alice", 9);
    settle(&[&app]);
    app.network.take_log();
    let status = alice.posts("hello");
    settle(&[&app]);
    assert!(carol.sees(&status["uri"]).is_some());
    let log = app.network.take_log();
    assert!(
        log.iter().all(|e| !e.url.contains("a.example")),
        "{:?}",
        log.iter().map(|e| &e.url).collect::<Vec<_>>()
    );
    assert_eq!(waiting(&app), 0);
}

#[test]
fn fed_trap_75_received_activities_are_not_forwarded() {
    let Scene { app, alice, remotes } = scene(&["b.example", "c.example"]);
    let status = alice.posts("hello");
    settle(&[&app]);
    app.network.take_log();
    let bob = remotes[0].person("bob");
    let reply = remotes[0].note(
        &bob,
        1,
        json!({"inReplyTo": status["uri"], "cc": ["https://a.example/users/alice"]}),
    );
    assert_eq!(remotes[0].sends(&app, &remotes[0].create(&bob, &reply)), 202);
    let like = json!({"id": remotes[0].uri("/likes/1"), "type": "Like", "actor": bob["id"], "object": status["uri"]});
    assert_eq!(remotes[0].sends(&app, &like), 202);
    settle(&[&app]);
    assert_eq!(app.network.take_log().iter().filter(|e| e.method == "POST").count(), 0);
}

/// Found by the simulation: a Follow whose answer was lost is sent again after the block that removed it and
/// after the unblock; the other server then has a follow that does not exist here.
#[test]
fn an_accept_of_a_removed_follow_is_answered_with_an_undo() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    let bob = alice.finds("bob@b.example");
    let id = bob["id"].as_str().unwrap();
    alice.post(&format!("/api/v1/accounts/{id}/follow"), json!({}));
    settle(&[&app]);
    let follow = remotes[0].inbox.borrow().last().cloned().unwrap();
    alice.post(&format!("/api/v1/accounts/{id}/unfollow"), json!({}));
    settle(&[&app]);
    let accept = json!({"id": remotes[0].uri("/accepts/1"), "type": "Accept", "actor": remotes[0].uri("/users/bob"), "object": follow});
    assert_eq!(remotes[0].sends(&app, &accept), 202);
    settle(&[&app]);
    assert_eq!(remotes[0].got(), ["Follow", "Undo", "Undo"]);
    assert_eq!(remotes[0].inbox.borrow()[2]["object"]["id"], follow["id"]);
    // A Reject needs no answer.
    let reject = json!({"id": remotes[0].uri("/rejects/1"), "type": "Reject", "actor": remotes[0].uri("/users/bob"), "object": follow});
    assert_eq!(remotes[0].sends(&app, &reject), 202);
    settle(&[&app]);
    assert_eq!(remotes[0].got().len(), 3);
    // A follow that was never ours is not undone.
    let forged = json!({"id": remotes[0].uri("/accepts/2"), "type": "Accept", "actor": remotes[0].uri("/users/bob"),
        "object": {"id": "https://c.example/follows/1", "type": "Follow", "actor": "https://a.example/users/alice", "object": remotes[0].uri("/users/bob")}});
    assert_eq!(remotes[0].sends(&app, &forged), 202);
    settle(&[&app]);
    assert_eq!(remotes[0].got().len(), 3);
}

/// Found by the simulation: an account that an edit no longer mentions did not get the next edit.
#[test]
fn everybody_who_was_ever_mentioned_gets_every_edit() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    let status =
        alice.post("/api/v1/statuses", json!({"status": "@bob@b.example psst", "visibility": "direct"}));
    settle(&[&app]);
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    for text in ["never mind", "really"] {
        app.clock.advance(MINUTE);
        alice.ok("PUT", &path, Some(json!({"status": text})));
        settle(&[&app]);
    }
    alice.deletes(&status);
    settle(&[&app]);
    assert_eq!(remotes[0].got(), ["Create", "Update", "Update", "Delete"]);
    assert_eq!(remotes[0].inbox.borrow()[2]["object"]["tag"], json!([]));
}

/// Found by the simulation: the Undo of an old follow arrived after the new follow and removed it on one side
/// only.
#[test]
fn an_undo_of_an_older_follow_does_not_remove_a_newer_one() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    let bob = remotes[0].person("bob");
    let sends = |kind: &str, n: &str| {
        let follow = json!({"id": remotes[0].uri(&format!("/users/bob/follows/{n}")), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
        let activity = match kind {
            "Undo" => {
                json!({"id": remotes[0].uri(&format!("/undos/{n}")), "type": "Undo", "actor": bob["id"], "object": follow})
            }
            _ => follow,
        };
        app.clock.advance(1);
        assert_eq!(remotes[0].sends(&app, &activity), 202);
    };
    let followers =
        || alice.get(&format!("/api/v1/accounts/{}/followers", alice.id)).as_array().unwrap().len();
    sends("Follow", "20");
    sends("Undo", "9");
    assert_eq!(followers(), 1);
    // Nor where it is signed later than that.
    app.clock.advance(2000);
    sends("Undo", "9");
    assert_eq!(followers(), 1);
    sends("Undo", "20");
    assert_eq!(followers(), 0);
    // Ids without numbers cannot be compared: any Undo counts.
    sends("Follow", "x");
    sends("Undo", "y");
    assert_eq!(followers(), 0);
}

/// The same of blocks: who is blocked stays so.
#[test]
fn an_undo_of_an_older_block_does_not_remove_a_newer_one() {
    let Scene { app, remotes, .. } = scene(&["b.example"]);
    let bob = remotes[0].person("bob");
    let sends = |kind: &str, n: &str| {
        let block = json!({"id": remotes[0].uri(&format!("/users/bob/blocks/{n}")), "type": "Block", "actor": bob["id"], "object": "https://a.example/users/alice"});
        let activity = match kind {
            "Undo" => {
                json!({"id": remotes[0].uri(&format!("/undos/{n}")), "type": "Undo", "actor": bob["id"], "object": block})
            }
            _ => block,
        };
        app.clock.advance(1000);
        assert_eq!(remotes[0].sends(&app, &activity), 202);
        app.count("SELECT count(*) AS n FROM blocks")
    };
    assert_eq!(sends("Block", "20"), 1);
    assert_eq!(sends("Undo", "9"), 1);
    assert_eq!(sends("Undo", "20"), 0);
}

#[test]
fn fed_trap_59_duplicates_by_different_ways_are_applied_once() {
    let Scene { app, alice, remotes } = scene(&["b.example", "c.example"]);
    let (remote, other) = (&remotes[0], &remotes[1]);
    let (bob, carol) = (remote.person("bob"), other.person("bob"));
    for handle in ["bob@b.example", "bob@c.example"] {
        let account = alice.finds(handle);
        alice.post(&format!("/api/v1/accounts/{}/follow", account["id"].as_str().unwrap()), json!({}));
    }
    settle(&[&app]);
    for (remote, person) in [(remote, &bob), (other, &carol)] {
        let follow = remote.inbox.borrow().iter().rfind(|a| a["type"] == "Follow").cloned().unwrap();
        let accept = json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": person["id"], "object": follow});
        assert_eq!(remote.sends(&app, &accept), 202);
    }
    let note = remote.serve(remote.note(
        &bob,
        1,
        json!({"cc": ["https://a.example/users/alice"],
        "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]}),
    ));
    let create = remote.create(&bob, &note);
    let boost = json!({"id": other.uri("/boosts/1"), "type": "Announce", "actor": carol["id"], "object": note["id"],
        "to": ["https://www.w3.org/ns/activitystreams#Public"]});
    assert_eq!(other.sends(&app, &boost), 202);
    for path in ["/inbox", "/users/alice/inbox", "/inbox"] {
        assert_eq!(app.send(remote.request_to(&app, path, &create)).status, 202);
    }
    assert_eq!(other.sends(&app, &boost), 202);
    settle(&[&app]);
    assert_eq!(remote_statuses(&app), 2, "the note and the boost");
    assert_eq!(alice.notifications().iter().filter(|n| n["type"] == "mention").count(), 1);
    assert_eq!(app.count("SELECT max(reblogs_count) AS n FROM statuses"), 1);
}

#[test]
fn fed_trap_60_activities_out_of_order() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    let remote = &remotes[0];
    let bob = remote.person("bob");
    let status = alice.posts("hello");
    let to_alice = json!({"inReplyTo": status["uri"], "cc": ["https://a.example/users/alice"]});
    let own = |id: &str, kind: &str, object: Value| {
        app.clock.advance(1);
        let activity = json!({"id": remote.uri(id), "type": kind, "actor": bob["id"], "object": object});
        assert_eq!(remote.sends(&app, &activity), 202, "{id}");
    };
    let own_create = |n: u32| remote.create(&bob, &remote.note(&bob, n, to_alice.clone()));
    // Delete, then Create.
    own("/deletes/1", "Delete", json!(remote.uri("/notes/1")));
    assert_eq!(remote.sends(&app, &own_create(1)), 202);
    assert_eq!(remote_statuses(&app), 0);
    // Undo, then Like, and Announce.
    let like =
        json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": bob["id"], "object": status["uri"]});
    own("/undos/1", "Undo", like.clone());
    assert_eq!(remote.sends(&app, &like), 202);
    let boost = json!({"id": remote.uri("/boosts/1"), "type": "Announce", "actor": bob["id"], "object": status["uri"]});
    own("/undos/2", "Undo", boost.clone());
    assert_eq!(remote.sends(&app, &boost), 202);
    let now = alice.get(&format!("/api/v1/statuses/{}", status["id"].as_str().unwrap()));
    assert_eq!((&now["favourites_count"], &now["reblogs_count"]), (&json!(0), &json!(0)));
    // Undo, then Follow.
    let eve = remote.person("eve");
    let follow = json!({"id": remote.uri("/follows/9"), "type": "Follow", "actor": eve["id"], "object": "https://a.example/users/alice"});
    let undo = json!({"id": remote.uri("/undos/9"), "type": "Undo", "actor": eve["id"], "object": follow});
    assert_eq!(remote.sends(&app, &undo), 202);
    assert_eq!(remote.sends(&app, &follow), 403, "it is over already");
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}/followers", alice.id)).as_array().unwrap().len(), 1);
    // A newer text, then an older one.
    assert_eq!(remote.sends(&app, &own_create(2)), 202);
    for (n, minute) in [(1, "30"), (2, "20")] {
        let mut extra = to_alice.clone();
        extra["updated"] = json!(format!("2026-09-21T10:{minute}:00Z"));
        extra["content"] = json!(format!("<p>at {minute}</p>"));
        own(&format!("/updates/{n}"), "Update", remote.note(&bob, 2, extra));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE content = '<p>at 30</p>'"), 1);
}

#[test]
fn activities_about_one_object_are_sent_in_order() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    let remote = &remotes[0];
    let bob = alice.finds("bob@b.example");
    let path = |verb: &str| format!("/api/v1/accounts/{}/{verb}", bob["id"].as_str().unwrap());
    // Its server answers, but refuses this activity for hours.
    app.network.set_faults("b.example", Faults { answer: Some(401), ..Faults::default() });
    alice.post(&path("follow"), json!({}));
    app.clock.advance(1000);
    alice.post(&path("unfollow"), json!({}));
    app.clock.advance(1000);
    let status = alice.posts("hello");
    let follow_attempts = || app.count("SELECT max(attempts) AS n FROM deliveries");
    for _ in 0..2000 {
        while app.consume_one() {}
        if follow_attempts() >= 9 {
            break;
        }
        wait(&app, MINUTE);
    }
    assert!(follow_attempts() >= 9);
    app.network.clear_faults();
    // Other activities go on; the Undo waits for its Follow.
    for _ in 0..3 {
        wait(&app, MINUTE);
        while app.consume_one() {}
    }
    assert!(remote.got().contains(&"Create".to_owned()), "{:?}: {status}", remote.got());
    settle(&[&app]);
    let got: Vec<String> = remote.got().into_iter().filter(|kind| kind != "Create").collect();
    assert_eq!(got, ["Follow", "Undo"]);
}

#[test]
fn an_update_that_arrives_days_before_its_create_stores_the_note() {
    let Scene { app, remotes, .. } = scene(&["b.example"]);
    let remote = &remotes[0];
    let bob = remote.person("bob");
    let to_alice = |published: &str, extra: Value| {
        let mut all = json!({"cc": ["https://a.example/users/alice"], "published": published});
        all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        all
    };
    // Its server was refused for three days, and then sent the edit first.
    let published = app.clock.now().plus(-3 * DAY).to_iso();
    let updated = json!({"updated": app.clock.now().to_iso(), "content": "<p>edited</p>"});
    let update = json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"],
        "object": remote.note(&bob, 1, to_alice(&published, updated))});
    assert_eq!(remote.sends(&app, &update), 202);
    assert_eq!(
        remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, to_alice(&published, json!({}))))),
        202
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE content = '<p>edited</p>'"), 1);
    // An Update older than the retry period does not create a status.
    let published = app.clock.now().plus(-30 * DAY).to_iso();
    let old = json!({"id": remote.uri("/updates/2"), "type": "Update", "actor": bob["id"],
        "object": remote.note(&bob, 2, to_alice(&published, json!({"updated": app.clock.now().to_iso()})))});
    assert_eq!(remote.sends(&app, &old), 202);
    assert_eq!(remote_statuses(&app), 1);
    // It is seven days, exactly.
    for (n, age, stored) in [(3, 7 * DAY, 1), (4, 7 * DAY - 1000, 2)] {
        let published = app.clock.now().plus(-age).to_iso();
        let update = json!({"id": remote.uri(&format!("/updates/{n}")), "type": "Update", "actor": bob["id"],
            "object": remote.note(&bob, n, to_alice(&published, json!({"updated": app.clock.now().to_iso()})))});
        assert_eq!(remote.sends(&app, &update), 202);
        assert_eq!(remote_statuses(&app), stored);
    }
}

#[test]
fn a_status_that_arrives_before_the_accept_is_stored() {
    let Scene { app, alice, remotes } = scene(&["b.example"]);
    let remote = &remotes[0];
    let bob = remote.person("bob");
    let found = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", found["id"].as_str().unwrap()), json!({}));
    settle(&[&app]);
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, json!({})))), 202);
    let follow = json!({"type": "Follow", "actor": "https://a.example/users/alice", "object": bob["id"]});
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": follow});
    assert_eq!(remote.sends(&app, &accept), 202);
    let home = alice.get("/api/v1/timelines/home");
    assert_eq!(home.as_array().unwrap().len(), 1, "{home}");
}

#[test]
fn fed_trap_67_followers_only_statuses_carry_the_followers_digest() {
    let Scene { app, alice, .. } = scene(&["b.example"]);
    let headers = |text: &str, visibility: &str| {
        app.network.take_log();
        alice.post("/api/v1/statuses", json!({"status": text, "visibility": visibility}));
        settle(&[&app]);
        let log = app.network.take_log();
        let sent = log.iter().find(|e| e.method == "POST").unwrap().headers.clone();
        sent.into_iter().find(|(n, _)| n.eq_ignore_ascii_case("collection-synchronization")).map(|(_, v)| v)
    };
    let told = headers("psst", "private").expect("a digest of the followers there");
    // One follower: the digest is that of their id.
    let digest = <sha2::Sha256 as sha2::Digest>::digest(b"https://b.example/users/bob");
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(told.contains(&digest) && told.contains("https://a.example/users/alice/followers"), "{told}");
    assert_eq!(headers("hello", "public"), None);
}

#[test]
fn replies_and_boosts_among_people_here_leave_no_work_behind() {
    let app = TestApp::alone();
    let (alice, carol) = (app.person("alice"), app.person("carol"));
    let status = carol.posts("hello");
    let inserted = || app.count("SELECT count(*) AS n FROM outbox");
    app.db.run("CREATE TABLE seen (n); CREATE TRIGGER seen_outbox AFTER INSERT ON outbox BEGIN INSERT INTO seen VALUES (1); END;");
    alice.replies(&status, "hello carol");
    alice.act(&status, "reblog");
    assert_eq!((inserted(), app.count("SELECT count(*) AS n FROM seen")), (0, 0));
}
