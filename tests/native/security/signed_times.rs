//! What an activity of another server counts for: by whom it is signed, when, and in which order it arrives.

use serde_json::{Value, json};
use sori::activitypub::wire::signature::{SigningKey, Spec};
use sori::http::response::Response;
use sori::services;
use sori::store::follows::{Options, Signed};

use crate::app::{MINUTE, TestApp, id, settle};
use crate::remote::{Remote, cast, followed, scene};

const ALICE: &str = "https://a.example/users/alice";
const HOUR: i64 = 60 * MINUTE;

fn uri(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[test]
fn a_key_id_of_any_length_is_not_kept_in_memory() {
    let (app, _remote, _bob) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    let mallory = evil.person("mallory");
    let key = SigningKey {
        key_id: evil.uri(&format!("/users/{}", "x".repeat(30_000))),
        private_pkcs8: evil.key_of(uri(&mallory)).private_pkcs8,
    };
    let view = json!({"id": evil.uri("/v/1"), "type": "View", "actor": mallory["id"], "object": ALICE});
    for _ in 0..2 {
        let answer = app.send(evil.request_signed_by(&app, &view, &key, Spec::Cavage));
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains("a moment ago"), "the id is a name in a table of a thousand: {text:.200}");
    }
}

#[test]
fn an_undo_of_many_reactions_keeps_within_an_invocation() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let posts: Vec<Value> = (0..4).map(|n| alice.posts(&format!("post {n}"))["uri"].clone()).collect();
    for kind in ["Like", "EmojiReact"] {
        let objects: Vec<Value> = (0..4)
            .map(|n| json!({"id": remote.uri(&format!("/{kind}/{n}")), "type": kind, "actor": bob["id"], "object": posts, "content": "\u{1f525}"}))
            .collect();
        let undo =
            json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": objects});
        assert_eq!(remote.sends(&app, &undo), 202);
        let cost = *app.cost.borrow();
        assert!(cost.statements <= sori::app::MAX_STATEMENTS, "{kind}: {cost:?}");
    }
}

#[test]
fn an_undo_that_another_worker_signed_with_a_clock_two_seconds_behind_counts() {
    let (app, remote, bob) = cast();
    let follow =
        json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": ALICE});
    // One worker of bob's server is two seconds ahead.
    app.clock.advance(2_000);
    let request = remote.request(&app, &follow);
    app.clock.advance(-2_000);
    assert_eq!(app.send(request).status, 202);
    app.clock.advance(1_000);
    let undo = json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": follow});
    assert_eq!(remote.sends(&app, &undo), 202);
    let follows = app.count(
        "SELECT count(*) AS n FROM follows t JOIN accounts a ON a.id = t.account_id WHERE a.username = 'bob'",
    );
    assert_eq!(follows, 0, "bob does not follow, and is sent what is for followers");
}

#[test]
fn an_unlike_that_another_worker_signed_with_a_clock_two_seconds_behind_counts() {
    let (app, remote, bob) = cast();
    let post = app.person("alice").posts("hello");
    let like =
        json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": bob["id"], "object": post["uri"]});
    app.clock.advance(2_000);
    let request = remote.request(&app, &like);
    app.clock.advance(-2_000);
    assert_eq!(app.send(request).status, 202);
    app.clock.advance(1_000);
    let undo = json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": like});
    assert_eq!(remote.sends(&app, &undo), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
}

#[test]
fn follow_undo_and_follow_of_one_second_end_in_a_follow_in_whatever_order_they_arrive() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (app, remote, bob) = cast();
        let follow = |n: u32| json!({"id": remote.uri(&format!("/follows/{n}")), "type": "Follow", "actor": bob["id"], "object": ALICE});
        let undo =
            json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": follow(21)});
        let sent = [follow(21), undo, follow(22)];
        for n in order {
            remote.sends(&app, sent.get(n).unwrap());
        }
        let follows = app.count("SELECT count(*) AS n FROM follows t JOIN accounts a ON a.id = t.account_id WHERE a.username = 'bob'");
        assert_eq!(follows, 1, "Follow, Undo, Follow arrived as {order:?}");
    }
}

/// Sends a Follow with this id, signed by a clock that is `off` milliseconds from ours.
fn follows_by_clock(app: &TestApp, remote: &Remote, name: &str, off: i64) -> i64 {
    let follow =
        json!({"id": remote.uri(name), "type": "Follow", "actor": remote.uri("/users/bob"), "object": ALICE});
    app.clock.advance(off);
    let request = remote.request(app, &follow);
    app.clock.advance(-off);
    app.send(request);
    app.count(
        "SELECT count(*) AS n FROM follows t JOIN accounts a ON a.id = t.account_id WHERE a.username = 'bob'",
    )
}

#[test]
fn a_new_follow_under_the_same_id_by_a_clock_two_minutes_behind_counts_after_a_removal() {
    // As Misskey, whose Follow has one id for each pair of accounts.
    for way in ["remove", "block"] {
        let (app, alice, remote) = followed();
        let bob = alice.finds("bob@b.example");
        app.clock.advance(HOUR);
        assert_eq!(follows_by_clock(&app, &remote, "/follows/one", -2 * MINUTE), 1);
        app.clock.advance(HOUR);
        let path = |what: &str| format!("/api/v1/accounts/{}/{what}", id(&bob));
        if way == "remove" {
            alice.post(&path("remove_from_followers"), json!({}));
        } else {
            alice.post(&path("block"), json!({}));
            alice.post(&path("unblock"), json!({}));
        }
        settle(&[&app]);
        app.clock.advance(MINUTE);
        assert_eq!(follows_by_clock(&app, &remote, "/follows/one", -2 * MINUTE), 1, "{way}");
    }
}

#[test]
fn a_request_that_does_not_verify_stores_nobody() {
    let (app, _, _) = cast();
    let big = Remote::new(&app.network, "big.example");
    let zoe = big.person("zoe");
    let home = Remote::new(&app.network, "zoe.example");
    let finger = json!({"subject": "acct:zoe@zoe.example", "links": [{"rel": "self", "type": "application/activity+json", "href": zoe["id"]}]});
    home.answers("/.well-known/webfinger?resource=acct%3Azoe%40zoe.example", Response::json(&finger));
    let view = json!({"id": big.uri("/v/1"), "type": "View", "actor": zoe["id"], "object": ALICE});
    let stored = || app.count("SELECT count(*) AS n FROM accounts WHERE username = 'zoe'");
    for key_id in [format!("{}#main-key", uri(&zoe)), "acct:zoe@zoe.example".to_owned()] {
        let key = |private_pkcs8: Vec<u8>| SigningKey { key_id: key_id.clone(), private_pkcs8 };
        let wrong = key(crate::remote::pair(3).private_pkcs8);
        assert_eq!(app.send(big.request_signed_by(&app, &view, &wrong, Spec::Cavage)).status, 401);
        assert_eq!(stored(), 0, "{key_id}");
    }
    app.restart();
    let right = SigningKey { key_id: "acct:zoe@zoe.example".into(), ..big.key_of(uri(&zoe)) };
    assert_eq!(app.send(big.request_signed_by(&app, &view, &right, Spec::Cavage)).status, 202);
    assert_eq!(stored(), 1);
}

#[test]
fn an_undo_that_names_what_stands_counts_for_each_kind_and_ends_it_for_good() {
    for kind in ["Follow", "Block", "Like", "EmojiReact"] {
        for is_enclosed in [true, false] {
            let (app, remote, bob) = cast();
            let post = app.person("alice").posts("hello");
            let object = if matches!(kind, "Follow" | "Block") { json!(ALICE) } else { post["uri"].clone() };
            let done = json!({"id": remote.uri("/things/x"), "type": kind, "actor": bob["id"], "object": object, "content": "\u{1f525}"});
            let mut done = done;
            if kind != "EmojiReact" {
                done.as_object_mut().unwrap().remove("content");
            }
            let rows = || {
                app.count(match kind {
                    "Follow" => "SELECT count(*) AS n FROM follows t JOIN accounts a ON a.id = t.account_id WHERE a.username = 'bob'",
                    "Block" => "SELECT count(*) AS n FROM blocks",
                    "Like" => "SELECT count(*) AS n FROM favourites",
                    _ => "SELECT count(*) AS n FROM reactions",
                })
            };
            let case = format!("{kind} enclosed: {is_enclosed}");
            app.clock.advance(2_000);
            let request = remote.request(&app, &done);
            app.clock.advance(-2_000);
            assert_eq!(app.send(request.clone()).status, 202);
            assert_eq!(rows(), 1, "{case}");
            let of = if is_enclosed { done.clone() } else { done["id"].clone() };
            let undo =
                json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": of});
            assert_eq!(remote.sends(&app, &undo), 202);
            assert_eq!(rows(), 0, "{case}");
            app.send(request);
            assert_eq!(rows(), 0, "{case}: delivered once more");
            app.clock.advance(MINUTE);
            assert_eq!(remote.sends(&app, &done), 202);
            assert_eq!(rows(), 1, "{case}: a new one of the same id");
        }
    }
}

#[test]
fn like_undo_and_like_of_one_second_end_in_a_like_in_whatever_order_they_arrive() {
    for kind in ["Like", "Block"] {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let (app, remote, bob) = cast();
            let post = app.person("alice").posts("hello");
            let object = if kind == "Block" { json!(ALICE) } else { post["uri"].clone() };
            let done = |n: u32| json!({"id": remote.uri(&format!("/things/{n}")), "type": kind, "actor": bob["id"], "object": object});
            let undo =
                json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": done(9)});
            let sent = [done(9), undo, done(10)];
            for n in order {
                remote.sends(&app, sent.get(n).unwrap());
            }
            let rows =
                app.count("SELECT (SELECT count(*) FROM favourites) + (SELECT count(*) FROM blocks) AS n");
            assert_eq!(rows, 1, "{kind}, undone and done again, arrived as {order:?}");
        }
    }
}

#[test]
fn an_undo_of_many_ids_keeps_within_an_invocation() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let posts: Vec<Value> = (0..4).map(|n| alice.posts(&format!("post {n}"))["uri"].clone()).collect();
    let ids: Vec<String> = (0..4).map(|n| remote.uri(&format!("/likes/{n}"))).collect();
    for n in 0..4 {
        let like = json!({"id": ids[n], "type": "Like", "actor": bob["id"], "object": posts[n]});
        assert_eq!(remote.sends(&app, &like), 202);
    }
    let undo = json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": ids});
    assert_eq!(remote.sends(&app, &undo), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
    let cost = *app.cost.borrow();
    assert!(cost.statements <= sori::app::MAX_STATEMENTS, "{cost:?}");
    // One Like of several statuses.
    let like = json!({"id": remote.uri("/likes/all"), "type": "Like", "actor": bob["id"], "object": posts});
    assert_eq!(remote.sends(&app, &like), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 4);
    let undo =
        json!({"id": remote.uri("/undos/2"), "type": "Undo", "actor": bob["id"], "object": like["id"]});
    assert_eq!(remote.sends(&app, &undo), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
}

#[test]
fn a_follow_of_an_account_that_locks_itself_meanwhile_is_a_request() {
    let (app, _, _, _) = scene();
    let remote = Remote::new(&app.network, "b.example");
    let bob = remote.person("bob");
    let view = json!({"id": remote.uri("/v/1"), "type": "View", "actor": bob["id"], "object": ALICE});
    assert_eq!(remote.sends(&app, &view), 202);
    let (bob, alice) = (app.account("bob"), app.account("alice"));
    app.write("UPDATE accounts SET is_locked = 1 WHERE username = 'alice'");
    let uri = remote.uri("/follows/1");
    let follow = Signed { uri: &uri, at: app.clock.now() };
    let ready = app.ready();
    let options = Options::default();
    let followed = services::follow::follow(&ready, &bob, &alice, Some(follow), &options);
    pollster::block_on(followed).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications WHERE type = 'follow'"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications WHERE type = 'follow_request'"), 1);
}

#[test]
fn an_authorization_is_of_one_quote() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let note = remote.note(&bob, 1, json!({"interactionPolicy": {"canQuote": {"automaticApproval": ["https://www.w3.org/ns/activitystreams#Public"]}}}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let quoted = app.count("SELECT id AS n FROM statuses WHERE is_local = 0").to_string();
    for n in 0..3 {
        alice.post("/api/v1/statuses", json!({"status": format!("look {n}"), "quoted_status_id": quoted}));
    }
    settle(&[&app]);
    let requests: Vec<Value> =
        remote.inbox.borrow().iter().filter(|a| a["type"] == "QuoteRequest").cloned().collect();
    assert_eq!(requests.len(), 3, "{:?}", remote.got());
    let outbox = || app.count("SELECT count(*) AS n FROM outbox");
    for (n, request) in requests.iter().enumerate() {
        let accept = json!({"id": remote.uri(&format!("/accepts/q{n}")), "type": "Accept", "actor": bob["id"], "object": request, "result": remote.uri("/stamps/1")});
        let before = outbox();
        assert_eq!(remote.sends(&app, &accept), 202);
        assert!(n == 0 || outbox() == before, "an Update is sent though nothing has changed");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE quote_state = 'accepted'"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE quote_stamp IS NOT NULL"), 1);
}

#[test]
fn an_undo_names_the_last_id_of_a_block_that_is_made_twice() {
    // The other server has the id that it got last, and takes the Undo of an earlier one for an old one.
    let (app, alice, remote) = followed();
    let bob = alice.finds("bob@b.example");
    for what in ["block", "block", "unblock"] {
        alice.post(&format!("/api/v1/accounts/{}/{what}", id(&bob)), json!({}));
        settle(&[&app]);
        app.clock.advance(MINUTE);
    }
    let inbox = remote.inbox.borrow();
    let blocks: Vec<&Value> = inbox.iter().filter(|a| a["type"] == "Block").collect();
    let undone: Vec<&Value> =
        inbox.iter().filter(|a| a["object"]["type"] == "Block").map(|a| &a["object"]["id"]).collect();
    assert_eq!(undone.len(), 1);
    assert_eq!(blocks.last().map(|a| &a["id"]), undone.last().copied());
}
