//! Two and three instances in one process: federation from account to account.

use serde_json::json;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, TestApp, settle, two};

#[test]
fn a_post_federates_and_its_interactions_come_back() {
    let (a, b) = two();
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    alice.follows(&bob);
    settle(&[&a, &b]);
    let found = alice.finds("bob@b.example");
    let tie = alice.get(&format!("/api/v1/accounts/relationships?id[]={}", found["id"].as_str().unwrap()));
    assert_eq!(tie[0]["following"], true, "{tie}");
    assert_eq!(bob.notifications()[0]["type"], "follow");

    let post = bob.posts("hello from b #greeting");
    settle(&[&a, &b]);
    let seen = alice.sees(&post["uri"]).expect("the post at alice's home");
    assert!(seen["content"].as_str().unwrap().contains("#<span>greeting</span>"), "{seen}");
    assert_eq!(seen["account"]["acct"], "bob@b.example");
    assert_eq!(seen["tags"][0]["name"], "greeting");

    alice.act(&seen, "favourite");
    let boost = alice.act(&seen, "reblog");
    assert_eq!(boost["reblog"]["id"], seen["id"]);
    alice.post("/api/v1/statuses", json!({"status": "@bob@b.example hi!", "in_reply_to_id": seen["id"]}));
    settle(&[&a, &b]);
    let kinds: Vec<String> =
        bob.notifications().iter().map(|n| n["type"].as_str().unwrap().to_owned()).collect();
    for kind in ["favourite", "reblog", "mention", "follow"] {
        assert!(kinds.iter().any(|k| k == kind), "{kind} in {kinds:?}");
    }
    let shown = bob.get(&format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()));
    assert_eq!(
        (&shown["favourites_count"], &shown["reblogs_count"], &shown["replies_count"]),
        (&json!(1), &json!(1), &json!(1))
    );

    alice.act(&seen, "unfavourite");
    alice.act(&seen, "unreblog");
    settle(&[&a, &b]);
    let shown = bob.get(&format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()));
    assert_eq!((&shown["favourites_count"], &shown["reblogs_count"]), (&json!(0), &json!(0)));

    bob.ok(
        "PUT",
        &format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()),
        Some(json!({"status": "hello again"})),
    );
    settle(&[&a, &b]);
    assert_eq!(alice.sees(&post["uri"]).unwrap()["content"], "<p>hello again</p>");
    bob.deletes(&post);
    settle(&[&a, &b]);
    assert!(alice.sees(&post["uri"]).is_none());
    assert_eq!(a.count("SELECT count(*) AS n FROM statuses WHERE uri LIKE 'https://b%'"), 0);
}

#[test]
fn a_locked_account_answers_follow_requests_manually() {
    let (a, b) = two();
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    bob.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"locked": true, "display_name": "Bob"})),
    );
    let tie = alice.follows(&bob);
    assert_eq!((&tie["following"], &tie["requested"]), (&json!(false), &json!(true)));
    settle(&[&a, &b]);
    let requests = bob.get("/api/v1/follow_requests");
    let id = requests[0]["id"].as_str().unwrap();
    assert_eq!(bob.notifications()[0]["type"], "follow_request");
    bob.post(&format!("/api/v1/follow_requests/{id}/authorize"), json!({}));
    settle(&[&a, &b]);
    let found = alice.finds("bob@b.example");
    let tie = alice.get(&format!("/api/v1/accounts/relationships?id[]={}", found["id"].as_str().unwrap()));
    assert_eq!(tie[0]["following"], true);
    let kinds: Vec<_> = bob.notifications().iter().map(|n| n["type"].clone()).collect();
    assert_eq!(kinds, [json!("follow")]);

    // For followers only: the follower sees it, others and anonymous requests do not.
    let post = bob.post("/api/v1/statuses", json!({"status": "for friends", "visibility": "private"}));
    settle(&[&a, &b]);
    assert_eq!(alice.sees(&post["uri"]).unwrap()["visibility"], "private");
    let path = post["uri"].as_str().unwrap().strip_prefix("https://b.example").unwrap().to_owned();
    assert_eq!(b.fetch(&path).status, 404);
    assert_eq!(
        b.request("GET", &format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()), None, None).status,
        404
    );
}

#[test]
fn a_boost_of_an_unknown_status_fetches_it() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let apps: Vec<TestApp> =
        ["a.example", "b.example", "c.example"].iter().map(|h| TestApp::new(&network, h, &clock)).collect();
    let all: Vec<&TestApp> = apps.iter().collect();
    let (alice, bob, carol) = (apps[0].person("alice"), apps[1].person("bob"), apps[2].person("carol"));
    alice.follows(&bob);
    bob.follows(&carol);
    settle(&all);
    let root = carol.posts("the root");
    settle(&all);
    let at_bob = bob.sees(&root["uri"]).unwrap();
    bob.act(&at_bob, "reblog");
    settle(&all);
    let home = alice.home();
    assert_eq!(home[0]["reblog"]["uri"], root["uri"], "{home:?}");
    assert_eq!(home[0]["reblog"]["account"]["acct"], "carol@c.example");
}
