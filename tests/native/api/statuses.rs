//! Statuses, and bookmarks, favourites and pins of them.

use serde_json::{Value, json};
use sori::http::request::Request;

use crate::app::{MINUTE, Person, header, id, ids, people, refused};

#[test]
fn statuses_are_edited_and_keep_their_history() {
    let (app, alice, bob) = people();
    let post =
        alice.post("/api/v1/statuses", json!({"status": "first", "spoiler_text": "cw", "sensitive": true}));
    bob.act(&post, "reblog");
    app.clock.advance(1000);
    let path = format!("/api/v1/statuses/{}", id(&post));
    // Trap 31: attributes sent again are kept; the source is plain text.
    let edited = alice.ok(
        "PUT",
        &path,
        Some(json!({"status": "second <b>", "spoiler_text": "cw", "sensitive": true})),
    );
    assert_eq!(
        (edited["content"].as_str(), edited["spoiler_text"].as_str()),
        (Some("<p>second &lt;b&gt;</p>"), Some("cw"))
    );
    assert!(edited["edited_at"].is_string());
    assert_eq!(alice.get(&format!("{path}/source"))["text"], "second <b>");
    let history = bob.get(&format!("{path}/history"));
    let texts: Vec<&str> =
        history.as_array().unwrap().iter().map(|e| e["content"].as_str().unwrap()).collect();
    assert_eq!(texts, ["<p>first</p>", "<p>second &lt;b&gt;</p>"]);
    assert_eq!(history[0]["created_at"], post["created_at"]);
    // Boosters are notified.
    assert_eq!(bob.notifications()[0]["type"], "update");
    // An edit with the same text changes nothing.
    alice.ok("PUT", &path, Some(json!({"status": "second <b>", "spoiler_text": "cw", "sensitive": true})));
    assert_eq!(alice.get(&format!("{path}/history")).as_array().unwrap().len(), 2);
    assert_eq!(refused(&bob, "PUT", &path, json!({"status": "mine"})), 404);
    let deleted = alice.ok("DELETE", &path, None);
    assert_eq!(deleted["text"], "second <b>");
}

#[test]
fn bookmarks_and_favourites_are_paged() {
    let (app, alice, bob) = people();
    let posts: Vec<Value> = (0..5)
        .map(|n| {
            app.clock.advance(10);
            bob.posts(&format!("post {n}"))
        })
        .collect();
    for post in &posts {
        app.clock.advance(10);
        alice.act(post, "bookmark");
        alice.act(post, "favourite");
    }
    for list in ["bookmarks", "favourites"] {
        let first = alice.call("GET", &format!("/api/v1/{list}?limit=2"), None);
        let body: Value = serde_json::from_slice(&first.body).unwrap();
        assert_eq!(ids(&body), [id(&posts[4]), id(&posts[3])], "{list}");
        // Trap 19: the cursor is the id of the bookmark, not of the status; the last page has no next.
        let link = header(&first, "link");
        let next = link.split("max_id=").nth(1).and_then(|r| r.split('>').next()).unwrap().to_owned();
        assert_ne!(next, id(&posts[3]));
        let rest = alice.call("GET", &format!("/api/v1/{list}?limit=40&max_id={next}"), None);
        let body: Value = serde_json::from_slice(&rest.body).unwrap();
        assert_eq!(ids(&body), [id(&posts[2]), id(&posts[1]), id(&posts[0])], "{list}");
        assert!(!header(&rest, "link").contains("next"));
    }
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&posts[0])))["bookmarked"], true);
    assert_eq!(alice.act(&posts[0], "unbookmark")["bookmarked"], false);
    assert_eq!(alice.get("/api/v1/bookmarks").as_array().unwrap().len(), 4);
    // Trap 28: flags are those of each viewer.
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&posts[1])))["bookmarked"], false);
}

#[test]
fn five_statuses_can_be_pinned() {
    let (app, alice, bob) = people();
    let posts: Vec<Value> = (0..6)
        .map(|n| {
            app.clock.advance(10);
            alice.posts(&format!("post {n}"))
        })
        .collect();
    for post in &posts[..5] {
        assert_eq!(alice.act(post, "pin")["pinned"], true);
    }
    let pin = |person: &Person, post: &Value| {
        refused(person, "POST", &format!("/api/v1/statuses/{}/pin", id(post)), json!({}))
    };
    assert_eq!(pin(&alice, &posts[5]), 422);
    assert_eq!(pin(&bob, &posts[0]), 422);
    let pinned = bob.get(&format!("/api/v1/accounts/{}/statuses?pinned=true", alice.id));
    assert_eq!(pinned.as_array().unwrap().len(), 5);
    assert_eq!(alice.act(&posts[0], "unpin")["pinned"], false);
    let direct = alice.post("/api/v1/statuses", json!({"status": "psst", "visibility": "direct"}));
    assert_eq!(pin(&alice, &direct), 422);
}

#[test]
fn several_statuses_at_once_are_those_the_viewer_may_see() {
    let (app, alice, bob) = people();
    let open = alice.posts("open");
    app.clock.advance(10);
    let closed = alice.post("/api/v1/statuses", json!({"status": "closed", "visibility": "private"}));
    let path = format!("/api/v1/statuses?id[]={}&id[]={}&id[]=99", id(&open), id(&closed));
    assert_eq!(ids(&alice.get(&path)), [id(&closed), id(&open)]);
    assert_eq!(ids(&bob.get(&path)), [id(&open)]);
    // Trap 21: a parameter without brackets.
    assert_eq!(ids(&bob.get(&format!("/api/v1/statuses?id={}", id(&open)))), [id(&open)]);
}

#[test]
fn five_hundred_characters_links_and_mentions_as_mastodon_counts_them() {
    let (_, alice, _) = people();
    let link = format!("https://fern.example/{}", "x".repeat(400));
    let fits = format!("{} {link} @bob@a.very.long.domain.example", "가".repeat(500 - 1 - 23 - 1 - 4));
    alice.posts(&fits);
    assert_eq!(refused(&alice, "POST", "/api/v1/statuses", json!({"status": format!("{fits}!")})), 422);
    // The content warning counts as well.
    let warned = json!({"status": "x".repeat(499), "spoiler_text": "cw"});
    assert_eq!(refused(&alice, "POST", "/api/v1/statuses", warned), 422);
}

#[test]
fn an_idempotency_key_makes_one_status_after_a_lost_response() {
    let (app, alice, _) = people();
    let post = |key: &str| {
        let mut request =
            Request { method: "POST".into(), path: "/api/v1/statuses".into(), ..Request::default() };
        request.headers.add("authorization", format!("Bearer {}", alice.token));
        request.headers.add("idempotency-key", key);
        request.headers.add("content-type", "application/json");
        request.body = json!({"status": "once"}).to_string().into_bytes();
        let response = app.send(request);
        (response.status, serde_json::from_slice::<Value>(&response.body).unwrap())
    };
    alice.home();
    // The authentication succeeds; the write does, too, but its answer is lost.
    app.db.fail_after(1, true);
    assert_eq!(post("k").0, 503);
    let (status, again) = post("k");
    assert_eq!((status, alice.home().len(), &alice.home()[0]["id"]), (200, 1, &again["id"]));
    // After an hour the key can be used again.
    app.clock.advance(61 * MINUTE);
    assert_ne!(post("k").1["id"], again["id"]);
    // Keys are separate for each account.
    assert_eq!(alice.home().len(), 2);
}

#[test]
fn an_idempotency_key_is_of_one_account_and_one_status() {
    let (app, alice, bob) = people();
    let post = |person: &Person, key: &str| {
        let mut request =
            Request { method: "POST".into(), path: "/api/v1/statuses".into(), ..Request::default() };
        request.headers.add("authorization", format!("Bearer {}", person.token));
        request.headers.add("idempotency-key", key);
        request.headers.add("content-type", "application/json");
        request.body = json!({"status": "once"}).to_string().into_bytes();
        app.clock.advance(1_000);
        let status: Value = serde_json::from_slice(&app.send(request).body).unwrap();
        id(&status).to_owned()
    };
    let all = [(&bob, "k"), (&alice, "k"), (&alice, "l"), (&bob, "l")];
    let first = all.map(|(person, key)| post(person, key));
    let again = all.map(|(person, key)| post(person, key));
    assert_eq!(first, again);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 4);
}

#[test]
fn pinned_is_shown_for_own_statuses_and_unpin_is_idempotent() {
    let (_, alice, bob) = people();
    let post = alice.posts("hello");
    assert_eq!(post["pinned"], false);
    let seen = bob.get(&format!("/api/v1/statuses/{}", id(&post)));
    assert!(seen.get("pinned").is_none());
    bob.act(&post, "unpin");
    assert!(bob.act(&post, "reblog").get("pinned").is_none());
}

#[test]
fn threads_leave_out_blocked_and_muted_accounts() {
    let (_, alice, bob) = people();
    let root = bob.posts("a root");
    let reply = alice.replies(&root, "an answer");
    let context =
        |what: &str| ids(&alice.get(&format!("/api/v1/statuses/{}/context", id(&reply)))[what]).len();
    let below = bob.replies(&reply, "another");
    assert_eq!((context("ancestors"), context("descendants")), (1, 1));
    alice.post(&format!("/api/v1/accounts/{}/mute", bob.id), json!({}));
    assert_eq!((context("ancestors"), context("descendants")), (0, 0));
    // The status itself can still be read.
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&below)))["id"], below["id"]);
}

#[test]
fn many_statuses_in_one_millisecond_get_distinct_ids() {
    let (app, alice, _) = people();
    // With 4,096 ids a millisecond, two of these collide almost certainly.
    for n in 0..300 {
        alice.posts(&format!("{n}"));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 300);
}
