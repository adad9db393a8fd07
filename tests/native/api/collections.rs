//! Collections.

use serde_json::json;

use crate::app::{Person, id, people, refused};

#[test]
fn collections_accept_only_discoverable_accounts() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    carol.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": false})));
    let made = alice.post(
        "/api/v1/collections",
        json!({"name": "painters", "tag_name": "art", "account_ids": [bob.id.to_string()]}),
    );
    let collection = &made["collection"];
    assert_eq!(
        (collection["item_count"].as_i64(), collection["tag"]["name"].as_str()),
        (Some(1), Some("art"))
    );
    let path = format!("/api/v1/collections/{}", id(collection));
    assert_eq!(
        refused(&alice, "POST", &format!("{path}/items"), json!({"account_id": carol.id.to_string()})),
        422
    );
    assert_eq!(
        refused(&alice, "POST", &format!("{path}/items"), json!({"account_id": bob.id.to_string()})),
        422
    );
    let shown = carol.get(&path);
    assert_eq!(
        (shown["accounts"].as_array().unwrap().len(), shown["collection"]["name"].as_str()),
        (2, Some("painters"))
    );
    assert_eq!(
        bob.get(&format!("/api/v1/accounts/{}/in_collections", bob.id))["collections"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        carol.get(&format!("/api/v1/accounts/{}/collections", alice.id))["collections"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(refused(&bob, "PATCH", &path, json!({"name": "mine"})), 403);
    let renamed = alice.ok("PATCH", &path, Some(json!({"name": "artists", "discoverable": false})));
    assert_eq!(renamed["collection"]["name"], "artists");
    assert_eq!(carol.get(&format!("/api/v1/accounts/{}/collections", alice.id))["collections"], json!([]));
    let item = shown["collection"]["items"][0]["id"].as_str().unwrap();
    bob.post(&format!("{path}/items/{item}/revoke"), json!({}));
    assert_eq!(carol.get(&path)["collection"]["item_count"], 0);
    // It is for good: without the entry he could be added again.
    assert_eq!(refused(&alice, "DELETE", &format!("{path}/items/{item}"), json!({})), 404);
    alice.ok("DELETE", &path, None);
    assert_eq!(refused(&alice, "GET", &path, json!({})), 404);
}

#[test]
fn members_are_notified_of_being_added_and_of_changes() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    for person in [&bob, &carol] {
        person.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    }
    let told = |person: &Person| {
        let all = person.get("/api/v1/notifications?types[]=added_to_collection&types[]=collection_update");
        all.as_array().unwrap().clone()
    };
    let made = alice
        .post("/api/v1/collections", json!({"name": "painters", "account_ids": [bob.id.to_string()]}))["collection"]
        .clone();
    let path = format!("/api/v1/collections/{}", id(&made));
    let first = told(&bob);
    assert_eq!(
        (first.len(), &first[0]["type"], &first[0]["collection"]["id"], &first[0]["account"]["username"]),
        (1, &json!("added_to_collection"), &made["id"], &json!("alice"))
    );
    assert!(told(&alice).is_empty() && told(&carol).is_empty());
    let item = alice.post(&format!("{path}/items"), json!({"account_id": carol.id.to_string()}));
    assert_eq!(told(&carol).len(), 1);
    // A change notifies the members; saving without a change does not.
    for name in ["artists", "artists", "all artists"] {
        app.clock.advance(1000);
        alice.ok("PATCH", &path, Some(json!({ "name": name })));
    }
    let kinds: Vec<_> = told(&bob).iter().map(|n| n["type"].clone()).collect();
    assert_eq!(kinds, ["collection_update", "added_to_collection"]);
    assert_eq!(told(&bob)[0]["collection"]["name"], "all artists");
    // In grouped notifications as well, with a fallback for clients that do not support the type.
    let groups = bob.get("/api/v2/notifications?types[]=added_to_collection&supported_types[]=mention");
    let group = &groups["notification_groups"][0];
    assert_eq!(group["collection"]["id"], made["id"]);
    assert_eq!(
        (&group["fallback"]["title"], &group["fallback"]["details"]),
        (&json!("alice added you to a collection"), &json!("all artists"))
    );
    // A removed member gets no more notifications, and deleting the collection deletes all of them.
    alice.ok("DELETE", &format!("{path}/items/{}", id(&item["collection_item"])), None);
    assert!(told(&carol).is_empty());
    alice.ok("DELETE", &path, None);
    assert!(told(&bob).is_empty());
    assert_eq!(bob.get("/api/v1/notifications/unread_count"), json!({"count": 0}));
}

#[test]
fn nobody_is_notified_by_accounts_they_block_or_mute() {
    let (_, alice, bob) = people();
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    for end in ["mute", "block"] {
        bob.post(&format!("/api/v1/accounts/{}/{end}", alice.id), json!({}));
        alice.call(
            "POST",
            "/api/v1/collections",
            Some(json!({"name": end, "account_ids": [bob.id.to_string()]})),
        );
        assert_eq!(bob.get("/api/v1/notifications"), json!([]), "{end}");
        bob.post(&format!("/api/v1/accounts/{}/un{end}", alice.id), json!({}));
    }
}

#[test]
fn nobody_is_put_into_a_collection_across_a_block() {
    let (app, alice, bob) = people();
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    let made = alice.post("/api/v1/collections", json!({"name": "painters"}));
    let path = format!("/api/v1/collections/{}", id(&made["collection"]));
    let account = json!({"account_id": bob.id.to_string()});
    let whole = json!({"name": "singers", "account_ids": [bob.id.to_string()]});
    for (one, other) in [(&bob, &alice), (&alice, &bob)] {
        one.post(&format!("/api/v1/accounts/{}/block", other.id), json!({}));
        assert_eq!(refused(&alice, "POST", &format!("{path}/items"), account.clone()), 422);
        assert_eq!(refused(&alice, "POST", "/api/v1/collections", whole.clone()), 422);
        one.post(&format!("/api/v1/accounts/{}/unblock", other.id), json!({}));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM collections"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM collection_items"), 0);
    alice.post(&format!("{path}/items"), account);
    assert_eq!(app.count("SELECT count(*) AS n FROM collection_items"), 1);
}

#[test]
fn a_suspended_member_is_not_shown() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    for person in [&bob, &carol] {
        person.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    }
    let members = [bob.id.to_string(), carol.id.to_string()];
    let made = alice.post("/api/v1/collections", json!({"name": "painters", "account_ids": members}));
    let names = || {
        let shown = carol.get(&format!("/api/v1/collections/{}", id(&made["collection"])));
        let all = shown["accounts"].as_array().unwrap().iter();
        let mut names: Vec<String> = all.map(|a| a["username"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["alice", "bob", "carol"]);
    pollster::block_on(crate::app::suspend(&app.ready(), &app.account("bob"))).unwrap();
    assert_eq!(names(), ["alice", "carol"]);
}
