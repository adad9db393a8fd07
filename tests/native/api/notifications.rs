//! Notifications of both versions, policies and requests.

use serde_json::{Value, json};

use crate::app::{Person, TestApp, id, people, refused};

#[test]
fn a_group_of_one_is_read_in_two_trips_with_its_status() {
    let (app, alice, bob) = people();
    let status = alice.posts("hello @bob");
    let newest = |person: &Person| {
        let all = person.get("/api/v2/notifications");
        all["notification_groups"][0]["group_key"].as_str().unwrap().to_owned()
    };
    let shown = |person: &Person, key: &str| {
        let found = person.get(&format!("/api/v2/notifications/{key}"));
        assert!(app.cost.borrow().trips <= 2, "{:?}", app.cost.borrow());
        found
    };
    let mention = newest(&bob);
    assert!(mention.starts_with("ungrouped-"), "{mention}");
    assert_eq!(shown(&bob, &mention)["statuses"][0]["id"], status["id"]);
    assert_eq!(refused(&alice, "GET", &format!("/api/v2/notifications/{mention}"), json!({})), 404);
    bob.act(&status, "favourite");
    assert_eq!(shown(&alice, &newest(&alice))["statuses"][0]["id"], status["id"]);
    app.clock.advance(1000);
    bob.follows(&alice);
    assert_eq!(shown(&alice, &newest(&alice))["statuses"], json!([]));
}

#[test]
fn notifications_in_groups() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let people: Vec<Person> = (0..5).map(|n| app.person(&format!("p{n}"))).collect();
    let posts = [alice.posts("one"), alice.posts("two")];
    // Not at the boundary of a group's time span.
    for person in &people {
        app.clock.advance(1000);
        person.act(&posts[0], "favourite");
        person.act(&posts[1], "favourite");
        person.follows(&alice);
    }
    let all = alice.get("/api/v2/notifications");
    let groups = all["notification_groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3);
    // Trap 36: an integer; and every account of the group is present.
    assert!(
        groups.iter().all(|g| g["most_recent_notification_id"].is_i64() && g["notifications_count"] == 5)
    );
    assert_eq!(
        (all["accounts"].as_array().unwrap().len(), all["statuses"].as_array().unwrap().len()),
        (5, 2)
    );
    assert_eq!(groups[0]["sample_account_ids"].as_array().unwrap().len(), 5);
    // A group on one page is not repeated on the next.
    let first = alice.get("/api/v2/notifications?limit=1");
    let g = &first["notification_groups"][0];
    let next =
        alice.get(&format!("/api/v2/notifications?limit=5&max_id={}", g["most_recent_notification_id"]));
    let keys: Vec<&Value> =
        next["notification_groups"].as_array().unwrap().iter().map(|n| &n["group_key"]).collect();
    assert!(keys.len() == 2 && !keys.contains(&&g["group_key"]), "{keys:?} {g}");
    let partial = alice.get("/api/v2/notifications?expand_accounts=partial_avatars");
    assert!(partial["accounts"].as_array().unwrap().len() < 5);
    assert!(partial["partial_accounts"][0].get("note").is_none());
    let alone = alice.get("/api/v2/notifications?grouped_types[]=follow&types[]=favourite");
    assert_eq!(alone["notification_groups"].as_array().unwrap().len(), 10);
    let key = groups[0]["group_key"].as_str().unwrap();
    assert_eq!(
        alice.get(&format!("/api/v2/notifications/{key}"))["notification_groups"][0]["notifications_count"],
        5
    );
    assert_eq!(alice.get(&format!("/api/v2/notifications/{key}/accounts")).as_array().unwrap().len(), 5);
    assert_eq!(alice.get("/api/v2/notifications/unread_count"), json!({"count": 3}));
    alice.post(&format!("/api/v2/notifications/{key}/dismiss"), json!({}));
    assert_eq!(alice.get("/api/v2/notifications")["notification_groups"].as_array().unwrap().len(), 2);
    assert_eq!(refused(&alice, "GET", "/api/v2/notifications/nonsense", json!({})), 404);
    alice.post("/api/v2/notifications/clear", json!({}));
    assert_eq!(alice.get("/api/v1/notifications"), json!([]));
}

#[test]
fn a_policy_filters_notifications_of_strangers() {
    let (app, alice, bob) = people();
    let policy = alice.ok(
        "PUT",
        "/api/v2/notifications/policy",
        Some(json!({"for_not_following": "filter", "for_private_mentions": "accept"})),
    );
    assert_eq!(
        (policy["for_not_following"].as_str(), policy["summary"]["pending_requests_count"].as_i64()),
        (Some("filter"), Some(0))
    );
    let mention = bob.posts("@alice hello");
    bob.follows(&alice);
    assert!(alice.notifications().is_empty());
    assert_eq!(alice.get("/api/v1/notifications?include_filtered=true").as_array().unwrap().len(), 2);
    let requests = alice.get("/api/v1/notifications/requests");
    // Trap 44: a string.
    assert_eq!(
        (requests[0]["notifications_count"].as_str(), &requests[0]["last_status"]["id"]),
        (Some("2"), &mention["id"])
    );
    assert_eq!(
        alice.get("/api/v2/notifications/policy")["summary"],
        json!({"pending_requests_count": 1, "pending_notifications_count": 2})
    );
    alice.post(&format!("/api/v1/notifications/requests/{}/accept", id(&requests[0])), json!({}));
    assert_eq!(alice.get("/api/v1/notifications/requests/merged"), json!({"merged": true}));
    assert_eq!(alice.notifications().len(), 2);
    // Accepted permanently.
    bob.act(&alice.posts("x"), "favourite");
    assert_eq!(alice.notifications().len(), 3);
    let carol = app.person("carol");
    carol.posts("@alice and me?");
    let request = alice.get("/api/v1/notifications/requests");
    alice.post("/api/v1/notifications/requests/dismiss", json!({"id": [id(&request[0])]}));
    assert_eq!(
        (
            alice.get("/api/v1/notifications/requests"),
            alice.get("/api/v1/notifications?include_filtered=true").as_array().unwrap().len()
        ),
        (json!([]), 3)
    );
    alice.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "drop"})));
    app.person("dora").posts("@alice hi");
    assert_eq!(alice.get("/api/v1/notifications?include_filtered=true").as_array().unwrap().len(), 3);
    assert_eq!(alice.get("/api/v1/notifications/policy")["filter_not_following"], true);
    assert_eq!(
        alice.ok("PUT", "/api/v1/notifications/policy", Some(json!({"filter_not_following": false})))["filter_not_following"],
        false
    );
    assert_eq!(refused(&alice, "PUT", "/api/v2/notifications/policy", json!({"for_bots": "shout"})), 422);
    assert_eq!(refused(&alice, "POST", "/api/v1/notifications/requests/99/accept", json!({})), 404);
}

#[test]
fn clearing_removes_filtered_notifications_too() {
    let (_, alice, bob) = people();
    alice.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "filter"})));
    bob.posts("@alice hello");
    assert_eq!(alice.get("/api/v1/notifications/requests").as_array().unwrap().len(), 1);
    alice.post("/api/v1/notifications/clear", json!({}));
    assert_eq!(alice.get("/api/v1/notifications/requests"), json!([]));
    assert_eq!(refused(&alice, "POST", "/api/v1/notifications/99/dismiss", json!({})), 404);
}

#[test]
fn notifications_by_kind_and_by_person() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let post = alice.posts("hello");
    bob.act(&post, "favourite");
    app.clock.advance(10);
    bob.act(&post, "reblog");
    app.clock.advance(10);
    carol.posts("@alice hi");
    let kinds = |query: &str| -> Vec<String> {
        let all = alice.get(&format!("/api/v1/notifications{query}"));
        all.as_array().unwrap().iter().map(|n| n["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(""), ["mention", "reblog", "favourite"]);
    assert_eq!(kinds("?types[]=reblog&types[]=favourite"), ["reblog", "favourite"]);
    assert_eq!(kinds("?exclude_types[]=reblog"), ["mention", "favourite"]);
    assert_eq!(kinds(&format!("?account_id={}", carol.id)), ["mention"]);
    assert_eq!(alice.get("/api/v1/notifications/unread_count"), json!({"count": 3}));
    let newest = alice.notifications()[0]["id"].clone();
    alice.post("/api/v1/markers", json!({"notifications": {"last_read_id": newest}}));
    assert_eq!(alice.get("/api/v1/notifications/unread_count"), json!({"count": 0}));
    // Undoing an interaction removes its notification.
    bob.act(&post, "unreblog");
    bob.act(&post, "unfavourite");
    assert_eq!(kinds(""), ["mention"]);
}

#[test]
fn a_group_says_which_of_its_members_are_on_the_page() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let post = alice.posts("hello");
    for n in 0..10 {
        app.clock.advance(1000);
        app.person(&format!("p{n}")).act(&post, "favourite");
    }
    let each = alice.get("/api/v1/notifications");
    let all = alice.get("/api/v2/notifications");
    let group = &all["notification_groups"][0];
    assert_eq!((&group["page_max_id"], &group["page_min_id"]), (&each[0]["id"], &each[9]["id"]));
    assert_eq!(group["most_recent_notification_id"].to_string(), each[0]["id"].as_str().unwrap());
    assert_eq!(group["latest_page_notification_at"], each[0]["created_at"]);
    // Eight of ten accounts are listed, newest first.
    let named: Vec<&str> =
        group["sample_account_ids"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
    let wanted: Vec<&str> = (0..8).map(|n| each[n]["account"]["id"].as_str().unwrap()).collect();
    assert_eq!((group["notifications_count"].as_i64(), named), (Some(10), wanted));
    // With no type grouped, each notification is separate.
    let alone = alice.get("/api/v2/notifications?grouped_types[]=follow");
    assert_eq!(alone["notification_groups"].as_array().unwrap().len(), 10);
    assert_eq!(
        alone["notification_groups"][0]["group_key"],
        format!("ungrouped-{}", each[0]["id"].as_str().unwrap())
    );
}

#[test]
fn unread_notifications_are_counted_of_one_account() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let post = alice.posts("hello");
    bob.act(&post, "favourite");
    bob.act(&post, "reblog");
    carol.act(&post, "favourite");
    let count = |path: &str| alice.get(path)["count"].as_i64().unwrap();
    for (version, of_all) in [("v1", 3), ("v2", 2)] {
        let path = format!("/api/{version}/notifications/unread_count");
        assert_eq!(count(&path), of_all, "{version}");
        assert_eq!(count(&format!("{path}?account_id={}", bob.id)), 2, "{version}");
        assert_eq!(count(&format!("{path}?account_id={}", carol.id)), 1, "{version}");
        assert_eq!(count(&format!("{path}?account_id=1")), 0, "{version}");
    }
}

#[test]
fn unsupported_types_come_with_a_fallback() {
    let (_, alice, bob) = people();
    let post = alice.posts("quote me");
    bob.post("/api/v1/statuses", json!({"status": "look", "quoted_status_id": id(&post)}));
    bob.act(&post, "favourite");
    let of_kind = |list: &Value, kind: &str| -> Value {
        let found = list.as_array().unwrap().iter().find(|n| n["type"] == kind);
        found.unwrap_or_else(|| panic!("no {kind} in {list}")).clone()
    };
    let v1 = |query: &str| alice.get(&format!("/api/v1/notifications?{query}"));
    let v2 =
        |query: &str| alice.get(&format!("/api/v2/notifications?{query}"))["notification_groups"].clone();
    // A client that lists its supported types gets a fallback for others; without the parameter nothing
    // changes.
    let asked = "supported_types[]=mention&supported_types[]=favourite";
    for list in [v1(asked), v2(asked)] {
        let fallback = of_kind(&list, "quote")["fallback"].clone();
        assert_eq!(fallback["title"], "bob quoted your post");
        assert!(of_kind(&list, "favourite").get("fallback").is_none());
    }
    for query in ["", "supported_types[]=quote"] {
        for list in [v1(query), v2(query)] {
            assert!(of_kind(&list, "quote").get("fallback").is_none(), "{query}");
        }
    }
    let quote = of_kind(&v1(""), "quote");
    let one = |query: &str| alice.get(&format!("/api/v1/notifications/{}?{query}", id(&quote)));
    assert_eq!(one(asked)["fallback"]["title"], "bob quoted your post");
    assert!(one("").get("fallback").is_none());
    let key = quote["group_key"].as_str().unwrap();
    let group = alice.get(&format!("/api/v2/notifications/{key}?{asked}"));
    assert_eq!(group["notification_groups"][0]["fallback"]["title"], "bob quoted your post");
}

#[test]
fn suspended_accounts_are_not_counted_in_groups() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let status = alice.posts("one");
    for n in 0..3 {
        app.clock.advance(1000);
        app.person(&format!("p{n}")).act(&status, "favourite");
    }
    app.db.run("UPDATE accounts SET suspended_at = 1 WHERE username IN ('p0', 'p2')");
    let group = alice.get("/api/v2/notifications")["notification_groups"][0].clone();
    assert_eq!(group["notifications_count"], 1);
    assert_eq!(group["sample_account_ids"], json!([app.account("p1").id.to_string()]));
    assert_eq!(group["page_max_id"], group["page_min_id"]);
    // A suspended account's notification does not keep the group off an older page.
    let newest = app.count("SELECT max(id) AS n FROM notifications");
    let page = alice.get(&format!("/api/v2/notifications?max_id={newest}"));
    assert_eq!(page["notification_groups"][0]["notifications_count"], 1);
    app.db.run("UPDATE accounts SET suspended_at = 1 WHERE username = 'p1'");
    assert_eq!(alice.get("/api/v2/notifications")["notification_groups"], json!([]));
}
