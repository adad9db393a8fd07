//! Activities that were replaced by newer ones, and what was taken back, do not come again.

use serde_json::{Value, json};

use crate::app::{MINUTE, id, settle};
use crate::remote::cast;

#[test]
fn an_older_update_of_an_actor_is_not_applied_after_a_newer_one() {
    let (app, remote, bob) = cast();
    let update = |name: &str| {
        let mut actor = bob.clone();
        actor["name"] = json!(name);
        json!({"id": remote.uri(&format!("/updates/{name}")), "type": "Update", "actor": bob["id"], "object": actor})
    };
    let old = remote.request(&app, &update("before"));
    app.clock.advance(MINUTE);
    assert_eq!(remote.sends(&app, &update("after")), 202);
    assert_eq!(app.send(old).status, 202);
    assert_eq!(app.account("bob").display_name, "after");
    app.clock.advance(MINUTE);
    assert_eq!(remote.sends(&app, &update("later")), 202);
    assert_eq!(app.account("bob").display_name, "later");
}

#[test]
fn a_revoked_authorization_is_not_given_again_after_the_quote_was_deleted() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let post =
        alice.post("/api/v1/statuses", json!({"status": "quote me", "quote_approval_policy": "public"}));
    let quoting = remote.note(&bob, 1, json!({"quote": post["uri"], "content": "look"}));
    let request = |n: u32| json!({"id": remote.uri(&format!("/requests/{n}")), "type": "QuoteRequest", "actor": bob["id"], "object": post["uri"], "instrument": quoting});
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    assert_eq!(remote.sends(&app, &request(1)), 202);
    settle(&[&app]);
    let here = app.count("SELECT id AS n FROM statuses WHERE is_local = 0");
    alice.post(&format!("/api/v1/statuses/{}/quotes/{here}/revoke", id(&post)), json!({}));
    let delete =
        json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": bob["id"], "object": quoting["id"]});
    assert_eq!(remote.sends(&app, &delete), 202);
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    assert_eq!(remote.sends(&app, &request(2)), 202);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM quote_stamps"), 0);
    assert!(!remote.got().contains(&"Accept".to_owned()));
}

#[test]
fn a_neighbours_undo_of_a_like_takes_no_notification() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let post = alice.posts("hello");
    let mallory = remote.person("mallory");
    let like =
        json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": bob["id"], "object": post["uri"]});
    let delete =
        json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": mallory["id"], "object": like["id"]});
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(remote.sends(&app, &like), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications WHERE type = 'favourite'"), 1);
}

#[test]
fn an_older_activity_changes_no_relation() {
    for kind in ["Follow", "Block", "Like", "EmojiReact"] {
        for (form, ids) in [("enclosed", [1, 1]), ("id", [1, 1]), ("enclosed", [1, 2]), ("id", [1, 2])] {
            let (app, remote, bob) = cast();
            let alice = app.person("alice");
            let post = alice.posts("hello");
            let object = if matches!(kind, "Follow" | "Block") {
                json!("https://a.example/users/alice")
            } else {
                post["uri"].clone()
            };
            let done = |n: u32| {
                let mut done = json!({"id": remote.uri(&format!("/things/x{n}")), "type": kind, "actor": bob["id"], "object": object});
                if kind == "EmojiReact" {
                    done["content"] = json!("🔥");
                }
                done
            };
            let undo = |n: u32, of: &Value| {
                let object = if form == "id" { of["id"].clone() } else { of.clone() };
                json!({"id": remote.uri(&format!("/undos/{n}")), "type": "Undo", "actor": bob["id"], "object": object})
            };
            let rows = || {
                app.count(match kind {
                    "Follow" => "SELECT count(*) AS n FROM follows t JOIN accounts a ON a.id = t.account_id WHERE a.username = 'bob'",
                    "Block" => "SELECT count(*) AS n FROM blocks",
                    "Like" => "SELECT count(*) AS n FROM favourites",
                    _ => "SELECT count(*) AS n FROM reactions",
                })
            };
            let at = |activity: &Value| {
                app.clock.advance(MINUTE);
                let request = remote.request(&app, activity);
                assert_eq!(app.send(request.clone()).status, 202);
                request
            };
            let case = format!("{kind} {form} {ids:?}");
            let first = at(&done(ids[0]));
            assert_eq!(rows(), 1, "{case}");
            let first_end = at(&undo(1, &done(ids[0])));
            assert_eq!(rows(), 0, "{case}");
            // The same Undo once more, as after an answer that was lost.
            at(&undo(1, &done(ids[0])));
            let second = at(&done(ids[1]));
            assert_eq!(rows(), 1, "{case}: a new one");
            app.clock.advance(MINUTE);
            app.send(first_end.clone());
            assert_eq!(rows(), 1, "{case}: an old Undo");
            app.send(first.clone());
            at(&undo(2, &done(ids[1])));
            assert_eq!(rows(), 0, "{case}: undone by the id of the newer one");
            app.clock.advance(MINUTE);
            app.send(first);
            app.send(second);
            assert_eq!(rows(), 0, "{case}: old ones");
        }
    }
}

#[test]
fn a_follow_from_before_a_block_does_not_count_after_its_undo() {
    let (app, remote, bob) = cast();
    let alice = "https://a.example/users/alice";
    let activity = |kind: &str, object: Value| json!({"id": remote.uri(&format!("/x/{kind}")), "type": kind, "actor": bob["id"], "object": object});
    let follow = activity("Follow", json!(alice));
    let block = activity("Block", json!(alice));
    let followers = || app.count("SELECT followers_count AS n FROM accounts WHERE username = 'alice'");
    let old = remote.request(&app, &follow);
    assert_eq!(app.send(old.clone()).status, 202);
    assert_eq!(followers(), 1);
    app.clock.advance(MINUTE);
    assert_eq!(remote.sends(&app, &block), 202);
    app.clock.advance(MINUTE);
    assert_eq!(remote.sends(&app, &activity("Undo", block)), 202);
    app.send(old);
    assert_eq!(followers(), 0);
    app.clock.advance(MINUTE);
    assert_eq!(remote.sends(&app, &follow), 202);
    assert_eq!(followers(), 1);
}

#[test]
fn a_delete_that_overtakes_its_create_counts_for_those_we_follow_and_for_strangers() {
    for (name, others, is_kept_out) in
        [("bob", 0, true), ("bob", 60, true), ("zoe", 0, true), ("zoe", 40, true), ("zoe", 60, false)]
    {
        let (app, remote, bob) = cast();
        let zoe = remote.person("zoe");
        let actor = if name == "bob" { &bob } else { &zoe };
        let note = remote.note(
            actor,
            1,
            json!({"tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]}),
        );
        let delete = |uri: Value| json!({"id": remote.uri("/deletes/1"), "type": "Delete", "actor": actor["id"], "object": uri});
        assert_eq!(remote.sends(&app, &delete(note["id"].clone())), 202);
        for n in 0..others {
            assert_eq!(remote.sends(&app, &delete(json!(remote.uri(&format!("/nothing/{n}"))))), 202);
        }
        assert_eq!(remote.sends(&app, &remote.create(actor, &note)), 202);
        let count = app.count("SELECT count(*) AS n FROM statuses");
        assert_eq!(count == 0, is_kept_out, "{name} {others}");
        // What was here is remembered whoever wrote it.
        if count == 1 {
            assert_eq!(remote.sends(&app, &delete(note["id"].clone())), 202);
            for n in 100..160 {
                assert_eq!(remote.sends(&app, &delete(json!(remote.uri(&format!("/nothing/{n}"))))), 202);
            }
            assert_eq!(remote.sends(&app, &remote.create(actor, &note)), 202);
            assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
        }
    }
}

#[test]
fn a_follow_whose_undo_came_first_is_refused_once() {
    let (app, remote, _) = cast();
    let zoe = remote.person("zoe");
    let follow = json!({"id": remote.uri("/follows/same"), "type": "Follow", "actor": zoe["id"], "object": "https://a.example/users/alice"});
    let undo = json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": zoe["id"], "object": follow});
    let followers = || app.count("SELECT followers_count AS n FROM accounts WHERE username = 'alice'");
    assert_eq!(remote.sends(&app, &undo), 202);
    app.clock.advance(MINUTE);
    assert_eq!(remote.sends(&app, &follow), 403);
    assert_eq!(followers(), 0);
    app.clock.advance(MINUTE);
    assert_eq!(remote.sends(&app, &follow), 202);
    assert_eq!(followers(), 1);
}

#[test]
fn authorizations_of_quotes_that_are_here_are_kept() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let post =
        alice.post("/api/v1/statuses", json!({"status": "quote me", "quote_approval_policy": "public"}));
    let quoting = remote.note(&bob, 1, json!({"quote": post["uri"], "content": "look"}));
    let request = |n: u32, instrument: Value| json!({"id": remote.uri(&format!("/requests/{n}")), "type": "QuoteRequest", "actor": bob["id"], "object": post["uri"], "instrument": instrument});
    assert_eq!(remote.sends(&app, &remote.create(&bob, &quoting)), 202);
    assert_eq!(remote.sends(&app, &request(1, quoting.clone())), 202);
    for n in 0..30 {
        let unseen = json!(remote.uri(&format!("/nothing/{n}")));
        assert_eq!(remote.sends(&app, &request(2 + n, unseen)), 202);
        settle(&[&app]);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM quote_stamps"), 21);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM quote_stamps q JOIN statuses s ON s.uri = q.quoting_uri"),
        1
    );
}
