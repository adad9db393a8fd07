//! Notifications in groups: whose they are, and which are asked for.

use serde_json::{Value, json};
use sori::model::id::Id;

use crate::app::{Person, TestApp, id};

struct Scene {
    app: TestApp,
    alice: Person,
    bob: Person,
    carol: Person,
    dan: Person,
    one: Value,
    two: Value,
}

/// Of alice's statuses bob and carol favour both and boost the first; both follow her, and carol mentions her. Everything
/// happens to dan as well, a little later.
fn scene() -> Scene {
    let app = TestApp::alone();
    let [alice, bob, carol, dan] = ["alice", "bob", "carol", "dan"].map(|name| app.person(name));
    let (mut one, mut two) = (Value::Null, Value::Null);
    for person in [&alice, &dan] {
        let posts = [person.posts("one"), person.posts("two")];
        for other in [&bob, &carol] {
            for (status, act) in [(&posts[0], "favourite"), (&posts[1], "favourite"), (&posts[0], "reblog")] {
                app.clock.advance(1_000);
                other.act(status, act);
            }
            app.clock.advance(1_000);
            other.follows(person);
        }
        app.clock.advance(1_000);
        carol.posts(&format!("@{} hi", person.name));
        if person.id == alice.id {
            [one, two] = posts;
        }
    }
    Scene { app, alice, bob, carol, dan, one, two }
}

/// Type, status and number of the groups of a page.
fn groups(person: &Person, query: &str) -> Vec<(String, Value, i64)> {
    let page = person.get(&format!("/api/v2/notifications?{query}"));
    let all = page["notification_groups"].as_array().unwrap().iter();
    let mut all: Vec<(String, Value, i64)> = all
        .map(|g| {
            let count = g["notifications_count"].as_i64().unwrap();
            (g["type"].as_str().unwrap().to_owned(), g["status_id"].clone(), count)
        })
        .collect();
    all.sort_by_key(|(kind, status, _)| (kind.clone(), status.to_string()));
    all
}

impl Scene {
    fn wanted(&self, favourites: i64, boosts: i64, follows: i64) -> Vec<(String, Value, i64)> {
        let mut all = vec![
            ("favourite".to_owned(), self.one["id"].clone(), favourites),
            ("favourite".to_owned(), self.two["id"].clone(), favourites),
            ("follow".to_owned(), Value::Null, follows),
            ("reblog".to_owned(), self.one["id"].clone(), boosts),
        ];
        all.retain(|(_, _, count)| *count > 0);
        all
    }

    fn key(&self, kind: &str, status: &Value) -> String {
        let page = self.alice.get("/api/v2/notifications");
        let all = page["notification_groups"].as_array().unwrap();
        let found = all.iter().find(|g| g["type"] == kind && g["status_id"] == *status);
        found.unwrap_or_else(|| panic!("no {kind} of {status}"))["group_key"].as_str().unwrap().to_owned()
    }
}

#[test]
fn groups_are_of_their_reader_and_of_whom_is_asked_for() {
    let s = scene();
    let but_mentions = |query: &str| {
        let mut all = groups(&s.alice, query);
        all.retain(|(kind, ..)| kind != "mention");
        all
    };
    assert_eq!(but_mentions(""), s.wanted(2, 2, 2));
    assert_eq!(groups(&s.alice, "types[]=mention").len(), 1);
    for person in [&s.bob, &s.carol] {
        assert_eq!(but_mentions(&format!("account_id={}", person.id)), s.wanted(1, 1, 1), "{}", person.name);
    }
    assert_eq!(groups(&s.alice, &format!("account_id={}", s.bob.id)).len(), 4, "he mentions nobody");
    assert_eq!(groups(&s.alice, &format!("account_id={}", s.dan.id)), vec![]);
    assert_eq!(groups(&s.alice, "types[]=reblog"), [("reblog".to_owned(), s.one["id"].clone(), 2)]);
    let counted = |query: &str| {
        s.alice.get(&format!("/api/v2/notifications/unread_count?{query}"))["count"].as_i64().unwrap()
    };
    assert_eq!((counted(""), counted("types[]=favourite")), (5, 2));
    assert_eq!(counted(&format!("account_id={}", s.bob.id)), 4);
}

#[test]
fn a_group_has_its_own_members_only() {
    let s = scene();
    for (kind, status) in [("favourite", &s.one), ("favourite", &s.two), ("reblog", &s.one)] {
        let key = s.key(kind, &status["id"]);
        let people = s.alice.get(&format!("/api/v2/notifications/{key}/accounts"));
        assert_eq!(crate::app::ids(&people), [s.carol.id.to_string(), s.bob.id.to_string()], "{key}");
        let one = s.alice.get(&format!("/api/v2/notifications/{key}"));
        assert_eq!(one["notification_groups"][0]["notifications_count"], 2, "{key}");
        // Of another reader it is none.
        let path = format!("/api/v2/notifications/{key}/accounts");
        assert_eq!(s.dan.call("GET", &path, None).body, b"[]", "{key}");
    }
    let follows = s.key("follow", &Value::Null);
    let people = s.alice.get(&format!("/api/v2/notifications/{follows}/accounts"));
    assert_eq!(people.as_array().unwrap().len(), 2);
    // Dismissed by whom it is not of, nothing of it goes; by its reader it alone.
    let key = s.key("favourite", &s.one["id"]);
    s.dan.post(&format!("/api/v2/notifications/{key}/dismiss"), json!({}));
    assert_eq!(groups(&s.alice, "types[]=favourite").len(), 2);
    s.alice.post(&format!("/api/v2/notifications/{key}/dismiss"), json!({}));
    assert_eq!(groups(&s.alice, "types[]=favourite"), [("favourite".to_owned(), s.two["id"].clone(), 2)]);
    assert_eq!(groups(&s.alice, "types[]=reblog").len(), 1);
    s.alice.post(&format!("/api/v2/notifications/{follows}/dismiss"), json!({}));
    assert_eq!(groups(&s.alice, "types[]=follow"), vec![]);
    assert_eq!(groups(&s.dan, "types[]=follow").len(), 1);
    assert_eq!(s.app.count("SELECT count(*) AS n FROM notifications WHERE type = 'mention'"), 2);
}

#[test]
fn a_newer_group_of_another_reader_keeps_none_off_a_page() {
    let s = scene();
    // dan is followed later in the same half day.
    let newest = s.app.count("SELECT max(n.id) AS n FROM notifications n JOIN accounts a ON a.id = n.account_id WHERE a.username = 'alice'");
    let page = groups(&s.alice, &format!("types[]=follow&max_id={}", newest + 1));
    assert_eq!(page, [("follow".to_owned(), Value::Null, 2)]);
    // One of one's own does: it was on the page before.
    let first = s.alice.get("/api/v1/notifications?types[]=follow")[0]["id"].clone();
    let page = groups(&s.alice, &format!("types[]=follow&max_id={}", first.as_str().unwrap()));
    assert_eq!(page, vec![]);
    assert!(Id::parse(first.as_str().unwrap()).is_some_and(|id| id.0 <= newest));
}

#[test]
fn filtered_notifications_are_in_groups_where_they_are_asked_for() {
    let s = scene();
    s.alice.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "filter"})));
    let eve = s.app.person("eve");
    s.app.clock.advance(1_000);
    eve.act(&s.one, "favourite");
    let of_eve = format!("account_id={}", eve.id);
    assert_eq!(groups(&s.alice, &of_eve), vec![]);
    assert_eq!(groups(&s.alice, "types[]=favourite")[0].2, 2);
    assert_eq!(groups(&s.alice, &format!("{of_eve}&include_filtered=true")).len(), 1);
    let counted = s.alice.get(&format!("/api/v2/notifications/unread_count?{of_eve}"));
    assert_eq!(counted["count"], 0);
    // Requests are of their reader.
    let requests = s.alice.get("/api/v1/notifications/requests");
    let path = format!("/api/v1/notifications/requests/{}", id(&requests[0]));
    assert_eq!(s.dan.call("GET", &path, None).status, 404);
    for act in ["accept", "dismiss"] {
        assert_eq!(s.dan.call("POST", &format!("{path}/{act}"), None).status, 404, "{act}");
    }
    assert_eq!(s.dan.get("/api/v1/notifications/requests"), json!([]));
    assert_eq!(s.alice.get("/api/v1/notifications/requests").as_array().unwrap().len(), 1);
}

#[test]
fn a_suspended_account_is_no_member_of_a_group() {
    let s = scene();
    let key = s.key("favourite", &s.one["id"]);
    let members = || s.alice.get(&format!("/api/v2/notifications/{key}/accounts"));
    s.app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'bob'");
    assert_eq!(crate::app::ids(&members()), [s.carol.id.to_string()]);
    s.app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'carol'");
    assert_eq!(members(), json!([]));
}

#[test]
fn a_single_notification_is_dismissed_as_a_group() {
    let s = scene();
    let page = s.alice.get("/api/v2/notifications?types[]=mention");
    let key = page["notification_groups"][0]["group_key"].as_str().unwrap();
    assert!(key.starts_with("ungrouped-"));
    s.dan.post(&format!("/api/v2/notifications/{key}/dismiss"), json!({}));
    assert_eq!(groups(&s.alice, "types[]=mention").len(), 1);
    s.alice.post(&format!("/api/v2/notifications/{key}/dismiss"), json!({}));
    assert_eq!(groups(&s.alice, ""), s.wanted(2, 2, 2));
}

#[test]
fn what_is_above_the_readers_own_marker_is_unread() {
    let s = scene();
    let counted = |query: &str| {
        ["v1", "v2"].map(|version| {
            let path = format!("/api/{version}/notifications/unread_count?{query}");
            s.alice.get(&path)["count"].as_i64().unwrap()
        })
    };
    assert_eq!(counted(""), [9, 5]);
    // Not another's marker, and not that of another timeline.
    let newest = s.app.count("SELECT max(id) AS n FROM notifications").to_string();
    s.dan.post("/api/v1/markers", json!({"notifications": {"last_read_id": newest}}));
    s.alice.post("/api/v1/markers", json!({"home": {"last_read_id": newest}}));
    assert_eq!(counted(""), [9, 5]);
    let all = s.alice.get("/api/v1/notifications");
    s.alice.post("/api/v1/markers", json!({"notifications": {"last_read_id": all[2]["id"]}}));
    // The newest two: a mention, and the second follow.
    assert_eq!(counted(""), [2, 2]);
    assert_eq!(counted("types[]=follow"), [1, 1]);
    assert_eq!(counted(&format!("account_id={}", s.bob.id)), [0, 0]);
    assert_eq!(counted("limit=1"), [1, 1]);
    s.app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'carol'");
    assert_eq!(counted(""), [0, 0]);
}

#[test]
fn notifications_of_each_are_theirs_alone() {
    let s = scene();
    let all = s.alice.get("/api/v1/notifications?limit=80");
    assert_eq!(all.as_array().unwrap().len(), 9);
    let of = |person: &Person, notification: &Value| {
        person.call("GET", &format!("/api/v1/notifications/{}", id(notification)), None)
    };
    for notification in all.as_array().unwrap() {
        let mine: Value = serde_json::from_slice(&of(&s.alice, notification).body).unwrap();
        assert_eq!((&mine["id"], &mine["status"]), (&notification["id"], &notification["status"]));
        assert_eq!(of(&s.dan, notification).status, 404);
    }
    let of_bob = s.alice.get(&format!("/api/v1/notifications?account_id={}", s.bob.id));
    assert_eq!(of_bob.as_array().unwrap().len(), 4);
    assert!(of_bob.as_array().unwrap().iter().all(|n| n["account"]["id"] == s.bob.id.to_string()));
    // Of a suspended account there are none.
    s.app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'bob'");
    assert_eq!(s.alice.get("/api/v1/notifications?limit=80").as_array().unwrap().len(), 5);
    assert_eq!(of(&s.alice, &of_bob[0]).status, 404);
}

#[test]
fn each_reaction_is_told_with_its_own_emoji() {
    let s = scene();
    for (person, emoji) in [(&s.bob, "🎉"), (&s.bob, "🌵"), (&s.carol, "🌿")] {
        for status in [&s.one, &s.two] {
            s.app.clock.advance(1_000);
            person.ok("PUT", &format!("/api/v1/pleroma/statuses/{}/reactions/{emoji}", id(status)), None);
        }
    }
    let told = |path: &str| -> Vec<(String, Value, Value)> {
        let all = s.alice.get(path);
        let all = all.as_array().unwrap().iter().filter(|n| n["type"] == "pleroma:emoji_reaction");
        all.map(|n| {
            (
                n["emoji"].as_str().unwrap().to_owned(),
                n["account"]["username"].clone(),
                n["status"]["id"].clone(),
            )
        })
        .collect()
    };
    let one = |emoji: &str, name: &str, status: &Value| (emoji.to_owned(), json!(name), status["id"].clone());
    let mut wanted = Vec::new();
    for (emoji, name) in [("🌿", "carol"), ("🌵", "bob"), ("🎉", "bob")] {
        wanted.extend([one(emoji, name, &s.two), one(emoji, name, &s.one)]);
    }
    assert_eq!(told("/api/v1/notifications?limit=80&types[]=pleroma:emoji_reaction"), wanted);
}

#[test]
fn a_status_that_its_reader_may_no_longer_see_is_told_and_counted_no_more() {
    let s = scene();
    s.alice.post(&format!("/api/v1/accounts/{}/follow", s.bob.id), json!({"notify": true}));
    s.app.clock.advance(1_000);
    s.bob.post("/api/v1/statuses", json!({"status": "among us", "visibility": "private"}));
    let counted = || {
        ["v1", "v2"].map(|version| {
            s.alice.get(&format!("/api/{version}/notifications/unread_count"))["count"].as_i64().unwrap()
        })
    };
    assert_eq!(counted(), [10, 6]);
    let page = s.alice.get("/api/v2/notifications?types[]=status");
    let key = page["notification_groups"][0]["group_key"].as_str().unwrap();
    let members = || s.alice.get(&format!("/api/v2/notifications/{key}/accounts"));
    assert_eq!(crate::app::ids(&members()), [s.bob.id.to_string()]);
    s.bob.post(&format!("/api/v1/accounts/{}/remove_from_followers", s.alice.id), json!({}));
    assert_eq!((counted(), members()), ([9, 5], json!([])));
    assert_eq!(groups(&s.alice, "types[]=status"), vec![]);
    assert_eq!(s.alice.get("/api/v1/notifications?types[]=status"), json!([]));
}

#[test]
fn what_is_filtered_is_a_request_and_not_counted() {
    let s = scene();
    s.alice.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "filter"})));
    s.dan.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "filter"})));
    for name in ["eve", "fay"] {
        s.app.clock.advance(1_000);
        let person = s.app.person(name);
        person.act(&s.one, "favourite");
        person.posts("@dan hello");
    }
    let state = || {
        let counts = ["v1", "v2"].map(|version| {
            s.alice.get(&format!("/api/{version}/notifications/unread_count"))["count"].as_i64().unwrap()
        });
        let summary = s.alice.get("/api/v2/notifications/policy")["summary"].clone();
        let requests = s.alice.get("/api/v1/notifications/requests");
        let names = requests.as_array().unwrap().iter().map(|r| r["account"]["username"].clone());
        (
            counts,
            summary["pending_requests_count"].as_i64().unwrap(),
            summary["pending_notifications_count"].as_i64().unwrap(),
            names.collect::<Vec<Value>>(),
        )
    };
    assert_eq!(state(), ([9, 5], 2, 2, vec![json!("fay"), json!("eve")]));
    s.app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'eve'");
    assert_eq!(state(), ([9, 5], 1, 1, vec![json!("fay")]));
    // Whoever accepts takes those of one account, not of another.
    let requests = s.alice.get("/api/v1/notifications/requests");
    s.app.db.run("UPDATE accounts SET suspended_at = NULL WHERE username = 'eve'");
    s.alice.post(&format!("/api/v1/notifications/requests/{}/accept", id(&requests[0])), json!({}));
    assert_eq!(state(), ([10, 5], 1, 1, vec![json!("eve")]));
    // dan's are as they were.
    assert_eq!(s.dan.get("/api/v1/notifications/requests").as_array().unwrap().len(), 2);
    assert_eq!(s.dan.get("/api/v1/notifications").as_array().unwrap().len(), 9);
}
