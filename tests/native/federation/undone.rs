//! What was undone stays undone, whatever is delivered again, and wherever an event stops.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, settle};
use crate::remote::Remote;

const ALICE: &str = "https://a.example/users/alice";

fn scene() -> (TestApp, Person, Remote, Value) {
    let app = TestApp::new(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&app.network, "b.example");
    let bob = remote.person("bob");
    (app, alice, remote, bob)
}

fn followers(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM follows")
}

/// Sends a request, and in the middle of it, after `trips` to the database, does something else.
fn interrupted(app: &TestApp, request: Request, trips: usize, other: impl FnOnce()) {
    let event = app.ready();
    app.db.set_slow(true);
    let mut handled = pin!(sori::routes::handle(&event, &request));
    let mut poll = || handled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
    let is_done = (0..=trips).any(|_| poll());
    app.db.set_slow(false);
    other();
    assert!(is_done || poll());
}

#[test]
fn a_follow_that_is_ended_while_it_comes_again_stays_ended() {
    for trips in 0..8 {
        let (app, alice, remote, bob) = scene();
        let follow =
            json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": ALICE});
        let request = remote.request(&app, &follow);
        assert_eq!(app.send(request.clone()).status, 202);
        assert_eq!(followers(&app), 1);
        let id = app.account("bob").id;
        app.clock.advance(1000);
        interrupted(&app, request, trips, || {
            alice.post(&format!("/api/v1/accounts/{id}/remove_from_followers"), json!({}));
        });
        assert_eq!(followers(&app), 0, "{trips}");
    }
}

#[test]
fn a_follow_that_stands_is_answered_again() {
    let (app, _, remote, bob) = scene();
    let follow =
        json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": ALICE});
    let early = remote.request(&app, &follow);
    app.clock.advance(1000);
    let undo = json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": follow});
    assert_eq!(remote.sends(&app, &follow), 202);
    app.clock.advance(1000);
    assert_eq!(remote.sends(&app, &undo), 202);
    assert_eq!(app.send(early.clone()).status, 403);
    app.clock.advance(1000);
    assert_eq!(remote.sends(&app, &follow), 202, "a new one with the same id");
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    assert_eq!(app.send(early).status, 202);
    settle(&[&app]);
    assert_eq!((followers(&app), remote.got()), (1, vec!["Accept".to_owned()]));
}

#[test]
fn an_undo_that_is_interrupted_lets_no_old_follow_in() {
    for trips in 0..6 {
        for form in ["enclosed", "id"] {
            let (app, _, remote, bob) = scene();
            let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": ALICE});
            let old = remote.request(&app, &follow);
            assert_eq!(app.send(old.clone()).status, 202);
            app.clock.advance(1000);
            let object = if form == "id" { follow["id"].clone() } else { follow.clone() };
            let undo =
                json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": object});
            app.db.fail_after(trips, false);
            let status = remote.sends(&app, &undo);
            app.db.fail_after(u32::MAX, false);
            if status == 202 || followers(&app) == 0 {
                app.send(old.clone());
                assert_eq!(followers(&app), 0, "{trips} {form}");
            }
            assert_eq!(remote.sends(&app, &undo), 202);
            app.send(old);
            assert_eq!(followers(&app), 0, "{trips} {form}");
            app.clock.advance(1000);
            assert_eq!(remote.sends(&app, &follow), 202, "a new one: {trips} {form}");
            assert_eq!(followers(&app), 1, "{trips} {form}");
        }
    }
}

#[test]
fn what_was_undone_by_its_id_does_not_come_back() {
    for (kind, table) in [("Like", "favourites"), ("EmojiReact", "reactions"), ("Block", "blocks")] {
        for form in ["enclosed", "id"] {
            let (app, alice, remote, bob) = scene();
            let status = alice.posts("hello");
            let object = if kind == "Block" { json!(ALICE) } else { status["uri"].clone() };
            let done = json!({"id": remote.uri("/things/1"), "type": kind, "actor": bob["id"], "object": object, "content": "🔥"});
            let done = match kind {
                "EmojiReact" => done,
                _ => json!({"id": done["id"], "type": kind, "actor": bob["id"], "object": done["object"]}),
            };
            let rows = || match table {
                "favourites" => app.count("SELECT count(*) AS n FROM favourites"),
                "reactions" => app.count("SELECT count(*) AS n FROM reactions"),
                _ => app.count("SELECT count(*) AS n FROM blocks"),
            };
            let sent = remote.request(&app, &done);
            assert_eq!(app.send(sent.clone()).status, 202);
            assert_eq!(rows(), 1, "{kind}");
            let signed = app.clock.now().0 + 1000;
            app.clock.advance(1000);
            let object = if form == "id" { done["id"].clone() } else { done.clone() };
            let undo =
                json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": bob["id"], "object": object});
            let undo = remote.request(&app, &undo);
            app.clock.advance(60_000);
            assert_eq!(app.send(undo).status, 202);
            assert_eq!(rows(), 0, "{kind} {form}");
            app.send(sent);
            assert_eq!(rows(), 0, "{kind} {form}");
            // The time of the Undo is that of its signature.
            assert_eq!(
                app.count("SELECT max(created_at) AS n FROM tombstones") / 1000,
                signed / 1000,
                "{kind} {form}"
            );
        }
    }
}

#[test]
fn what_comes_late_and_goes_again_lowers_no_count() {
    let (app, alice, remote, bob) = scene();
    let parent = remote.serve(remote.note(&bob, 1, json!({})));
    let found = alice.get(&format!(
        "/api/v2/search?resolve=true&q={}",
        url::form_urlencoded::byte_serialize(parent["id"].as_str().unwrap().as_bytes()).collect::<String>()
    ));
    let status = crate::app::id(&found["statuses"][0]).to_owned();
    // Forty answers were counted, of which nothing is stored any more.
    app.db.run(&format!("UPDATE statuses SET replies_count = 40, reblogs_count = 40 WHERE id = {status}"));
    let counts = || {
        let shown = alice.get(&format!("/api/v1/statuses/{status}"));
        (shown["replies_count"].clone(), shown["reblogs_count"].clone())
    };
    let carol = remote.person("carol");
    let follow = json!({"id": remote.uri("/f/1"), "type": "Follow", "actor": carol["id"], "object": ALICE});
    assert_eq!(remote.sends(&app, &follow), 202);
    let old = sori::model::time::Time(NOW - 2 * sori::model::time::HOUR).to_iso();
    let reply = remote.note(
        &carol,
        2,
        json!({"published": old, "inReplyTo": parent["id"], "tag": [{"type": "Mention", "href": ALICE, "name": "@alice@a.example"}],
            "cc": [ALICE]}),
    );
    assert_eq!(remote.sends(&app, &remote.create(&carol, &reply)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE in_reply_to_id IS NOT NULL"), 1);
    let gone =
        json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": carol["id"], "object": reply["id"]});
    assert_eq!(remote.sends(&app, &gone), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE in_reply_to_id IS NOT NULL"), 0);
    assert_eq!(counts(), (json!(40), json!(40)));
}

#[test]
fn an_undo_of_a_like_of_what_is_not_here_leaves_nothing() {
    let (app, _, remote, bob) = scene();
    let undo = |n: u32, object: &str| {
        let like = json!({"id": remote.uri(&format!("/likes/{n}")), "type": "Like", "actor": bob["id"], "object": object});
        json!({"id": remote.uri(&format!("/undos/{n}")), "type": "Undo", "actor": bob["id"], "object": like})
    };
    for (n, object) in (1..).zip(["https://c.example/notes/1", "https://a.example/users/alice/statuses/1"]) {
        assert_eq!(remote.sends(&app, &undo(n, object)), 202);
    }
    assert_eq!(
        app.count("SELECT (SELECT count(*) FROM tombstones) + (SELECT count(*) FROM early_undos) AS n"),
        0
    );
}

#[test]
fn an_announce_with_the_id_of_something_else_notifies_nobody() {
    let (app, alice, remote, bob) = scene();
    let follow = json!({"id": remote.uri("/f/1"), "type": "Follow", "actor": bob["id"], "object": ALICE});
    assert_eq!(remote.sends(&app, &follow), 202);
    let note = remote.note(
        &bob,
        1,
        json!({"tag": [{"type": "Mention", "href": ALICE, "name": "@alice@a.example"}], "cc": [ALICE]}),
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let post = alice.posts("boost me");
    let announce = |id: &Value| json!({"id": id, "type": "Announce", "actor": bob["id"], "object": post["uri"], "to": ["https://www.w3.org/ns/activitystreams#Public"]});
    let boosts = || alice.notifications().iter().filter(|n| n["type"] == "reblog").count();
    for _ in 0..2 {
        remote.sends(&app, &announce(&note["id"]));
        assert_eq!(boosts(), 0);
    }
    remote.sends(&app, &announce(&json!(remote.uri("/a/1"))));
    assert_eq!(boosts(), 1);
}

#[test]
fn what_is_undone_is_the_senders_own() {
    let (app, alice, _) = crate::app::people();
    let remote = Remote::new(&app.network, "b.example");
    let (bob, carol) = (remote.person("bob"), remote.person("carol"));
    let elsewhere = Remote::new(&app.network, "c.example");
    let dave = elsewhere.person("dave");
    let post = alice.posts("a post");
    let activity = |kind: &str, n: u32| {
        json!({"id": remote.uri(&format!("/{}/{n}", kind.to_lowercase())), "type": kind, "actor": bob["id"], "object": post["uri"],
            "to": ["https://www.w3.org/ns/activitystreams#Public"]})
    };
    let (like, boost) = (activity("Like", 1), activity("Announce", 2));
    let follow = json!({"id": remote.uri("/follow/3"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    for one in [&like, &boost, &follow] {
        assert_eq!(remote.sends(&app, one), 202);
    }
    let counts = || {
        let shown = alice.get(&format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()));
        let followers = app.count("SELECT count(*) AS n FROM follows");
        (shown["favourites_count"].clone(), shown["reblogs_count"].clone(), followers)
    };
    let all = (json!(1), json!(1), 1);
    assert_eq!(counts(), all);
    let undo = |server: &Remote, who: &Value, object: Value, n: u32| json!({"id": server.uri(&format!("/undo/{n}")), "type": "Undo", "actor": who["id"], "object": object});
    for (n, one) in (1..).zip([&like, &boost, &follow]) {
        // Whole, as bob's: by somebody beside him, and by somebody elsewhere.
        assert_eq!(remote.sends(&app, &undo(&remote, &carol, one.clone(), n)), 403);
        assert_eq!(elsewhere.sends(&app, &undo(&elsewhere, &dave, one.clone(), n)), 403);
        // By its id alone, and as if it were the sender's own.
        remote.sends(&app, &undo(&remote, &carol, one["id"].clone(), 10 + n));
        assert_eq!(elsewhere.sends(&app, &undo(&elsewhere, &dave, one["id"].clone(), 10 + n)), 403);
        let mut stolen = one.clone();
        stolen["actor"] = carol["id"].clone();
        remote.sends(&app, &undo(&remote, &carol, stolen, 20 + n));
        assert_eq!(counts(), all, "{}", one["type"]);
    }
    for (n, one) in (31..).zip([like, boost, follow]) {
        assert_eq!(remote.sends(&app, &undo(&remote, &bob, one, n)), 202);
    }
    assert_eq!(counts(), (json!(0), json!(0), 0));
}
