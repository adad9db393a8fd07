//! Timelines: home, lists, hashtags.

use serde_json::json;

use crate::app::{Person, id, ids, people, refused};

#[test]
fn lists_show_their_members_by_their_own_rules() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let list = alice.post("/api/v1/lists", json!({"title": "friends"}));
    assert_eq!((list["replies_policy"].as_str(), list["exclusive"].as_bool()), (Some("list"), Some(false)));
    let path = format!("/api/v1/lists/{}", id(&list));
    let add = |who: &Person| json!({"account_ids": [who.id.to_string()]});
    // Only whom one follows.
    assert_eq!(refused(&alice, "POST", &format!("{path}/accounts"), add(&bob)), 404);
    alice.follows(&bob);
    alice.follows(&carol);
    alice.post(&format!("{path}/accounts"), add(&bob));
    assert_eq!(refused(&alice, "POST", &format!("{path}/accounts"), add(&bob)), 422);
    assert_eq!(ids(&alice.get(&format!("{path}/accounts?limit=0"))), [bob.id.to_string()]);
    assert_eq!(ids(&alice.get(&format!("/api/v1/accounts/{}/lists", bob.id))), [id(&list)]);
    let hers = carol.posts("carol's");
    bob.posts("bob's");
    bob.replies(&hers, "to carol");
    let timeline = format!("/api/v1/timelines/list/{}", id(&list));
    let count = || alice.get(&timeline).as_array().unwrap().len();
    assert_eq!(count(), 1);
    alice.ok("PUT", &path, Some(json!({"title": "friends", "replies_policy": "followed"})));
    assert_eq!(count(), 2);
    alice.post(&format!("{path}/accounts"), add(&carol));
    alice.ok("PUT", &path, Some(json!({"title": "friends", "replies_policy": "list"})));
    assert_eq!(count(), 3);
    alice.ok("PUT", &path, Some(json!({"title": "friends", "replies_policy": "none"})));
    assert_eq!(count(), 2);
    // An exclusive list empties the home timeline of its members.
    assert_eq!(alice.home().len(), 3);
    alice.ok("PUT", &path, Some(json!({"title": "friends", "exclusive": true})));
    assert_eq!(alice.home().len(), 0);
    alice.ok("DELETE", &format!("{path}/accounts"), Some(add(&carol)));
    assert_eq!(alice.home().len(), 1);
    assert_eq!(refused(&bob, "GET", &timeline, json!({})), 404);
    assert_eq!(refused(&bob, "GET", &path, json!({})), 404);
    assert_eq!(refused(&alice, "POST", "/api/v1/lists", json!({"title": " "})), 422);
    assert_eq!(refused(&alice, "POST", "/api/v1/lists", json!({"title": "x", "replies_policy": "x"})), 422);
    // Who is no longer followed is on no list.
    alice.post(&format!("/api/v1/accounts/{}/unfollow", bob.id), json!({}));
    assert_eq!(alice.get(&format!("{path}/accounts")), json!([]));
    alice.ok("DELETE", &path, None);
    assert_eq!(alice.get("/api/v1/lists"), json!([]));
    for n in 0..50 {
        app.clock.advance(1);
        alice.post("/api/v1/lists", json!({"title": format!("list {n}")}));
    }
    assert_eq!(refused(&alice, "POST", "/api/v1/lists", json!({"title": "one more"})), 422);
}

#[test]
fn hashtags_are_followed_featured_and_counted() {
    let (app, alice, bob) = people();
    let fern = bob.posts("in the #Fern and #moss");
    app.clock.advance(10);
    bob.posts("just #moss");
    let tag = alice.post("/api/v1/tags/fern/follow", json!({}));
    assert_eq!((tag["name"].as_str(), tag["following"].as_bool()), (Some("fern"), Some(true)));
    // Trap 25, 44: seven days, numbers as strings.
    assert_eq!(tag["history"].as_array().unwrap().len(), 7);
    assert_eq!(
        (tag["history"][0]["uses"].as_str(), tag["history"][0]["accounts"].as_str()),
        (Some("1"), Some("1"))
    );
    assert_eq!(ids(&json!(alice.home())), [id(&fern)]);
    assert_eq!(alice.get("/api/v1/followed_tags")[0]["name"], "fern");
    let timeline =
        |query: &str| alice.get(&format!("/api/v1/timelines/tag/{query}")).as_array().unwrap().len();
    assert_eq!(
        (
            timeline("fern"),
            timeline("moss"),
            timeline("moss?all[]=fern"),
            timeline("moss?none[]=fern"),
            timeline("fern?any[]=moss")
        ),
        (1, 2, 1, 1, 2)
    );
    assert_eq!(
        (timeline("moss?local=true"), timeline("moss?remote=true"), timeline("moss?only_media=true")),
        (2, 0, 0)
    );
    alice.post("/api/v1/tags/fern/unfollow", json!({}));
    assert!(alice.home().is_empty());
    let featured = bob.post("/api/v1/featured_tags", json!({"name": "#moss"}));
    assert_eq!((featured["statuses_count"].as_str(), featured["name"].as_str()), (Some("2"), Some("moss")));
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}/featured_tags", bob.id)), json!([featured]));
    assert_eq!(bob.get("/api/v1/featured_tags/suggestions")[0]["name"], "fern");
    assert_eq!(bob.get("/api/v1/tags/moss")["featuring"], true);
    bob.ok("DELETE", &format!("/api/v1/featured_tags/{}", id(&featured)), None);
    assert_eq!(bob.get("/api/v1/featured_tags"), json!([]));
    for n in 0..10 {
        bob.post(&format!("/api/v1/tags/tag{n}/feature"), json!({}));
    }
    assert_eq!(refused(&bob, "POST", "/api/v1/tags/tag10/feature", json!({})), 422);
    assert_eq!(bob.post("/api/v1/tags/tag1/unfeature", json!({}))["featuring"], false);
    for bad in ["%20", "123", "a%20b"] {
        assert_eq!(refused(&alice, "GET", &format!("/api/v1/tags/{bad}"), json!({})), 404, "{bad}");
    }
}
