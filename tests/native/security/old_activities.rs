//! Activities that were replaced by newer ones, and what was taken back, do not come again.

use serde_json::json;

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
