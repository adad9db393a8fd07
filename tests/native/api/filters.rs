//! Filters.

use serde_json::{Value, json};

use crate::app::{MINUTE, id, people, refused, wait};

#[test]
fn filters_of_both_versions_are_the_same_rows() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let made = alice.post(
        "/api/v2/filters",
        json!({"title": "tea", "context": ["home"], "filter_action": "hide",
        "keywords_attributes": [{"keyword": "Tea", "whole_word": true}, {"keyword": "coff"}]}),
    );
    assert_eq!(made["keywords"].as_array().unwrap().len(), 2);
    bob.posts("a cup of TEA");
    let matched = |n: usize| alice.home()[n]["filtered"].clone();
    assert_eq!(
        (matched(0)[0]["filter"]["title"].as_str(), matched(0)[0]["keyword_matches"].clone()),
        (Some("tea"), json!(["Tea"]))
    );
    app.clock.advance(10);
    let steamy = bob.posts("steamy");
    assert_eq!(matched(0), json!([]));
    // Filters match in every context, as on Mastodon; the filter says where it applies.
    let public = alice.get("/api/v1/timelines/public");
    assert_eq!(public[1]["filtered"][0]["filter"]["context"], json!(["home"]));
    let path = format!("/api/v2/filters/{}", id(&made));
    let row = alice.post(&format!("{path}/statuses"), json!({"status_id": id(&steamy)}));
    assert_eq!(matched(0)[0]["status_matches"], json!([id(&steamy)]));
    assert_eq!(refused(&alice, "POST", &format!("{path}/statuses"), json!({"status_id": id(&steamy)})), 422);
    alice.ok("DELETE", &format!("/api/v2/filters/statuses/{}", id(&row)), None);
    assert_eq!(alice.get(&format!("{path}/statuses")), json!([]));
    // Version 1 shows each keyword as a filter.
    let old = alice.get("/api/v1/filters");
    assert_eq!(
        (old.as_array().unwrap().len(), old[0]["phrase"].as_str(), old[0]["irreversible"].as_bool()),
        (2, Some("Tea"), Some(true))
    );
    assert_eq!(old[1]["whole_word"], true);
    let keyword = made["keywords"][1]["id"].as_str().unwrap();
    alice.ok(
        "PUT",
        &format!("/api/v2/filters/keywords/{keyword}"),
        Some(json!({"keyword": "cocoa", "whole_word": false})),
    );
    assert_eq!(alice.get(&format!("/api/v1/filters/{keyword}"))["phrase"], "cocoa");
    alice.ok(
        "PUT",
        &path,
        Some(json!({"title": "drinks", "context": ["home", "public"], "expires_in": 600,
        "keywords_attributes": [{"id": keyword, "_destroy": true}, {"keyword": "milk"}]})),
    );
    let now = alice.get(&path);
    assert_eq!(
        (now["title"].as_str(), now["keywords"][1]["keyword"].as_str()),
        (Some("drinks"), Some("milk"))
    );
    assert!(now["expires_at"].is_string());
    wait(&app, 11 * MINUTE);
    assert_eq!(matched(1), json!([]));
    let v1 = alice.post("/api/v1/filters", json!({"phrase": "x", "context": ["home"]}));
    assert_eq!(alice.get("/api/v2/filters").as_array().unwrap().len(), 2);
    alice.ok("DELETE", &format!("/api/v1/filters/{}", id(&v1)), None);
    assert_eq!(alice.get("/api/v2/filters").as_array().unwrap().len(), 1);
    for bad in [
        json!({"title": "x"}),
        json!({"title": "x", "context": ["kitchen"]}),
        json!({"title": "", "context": ["home"]}),
        json!({"title": "x", "context": ["home"], "filter_action": "burn"}),
    ] {
        assert_eq!(refused(&alice, "POST", "/api/v2/filters", bad), 422);
    }
    assert_eq!(refused(&bob, "GET", &path, json!({})), 404);
    alice.ok("DELETE", &path, None);
}

#[test]
fn filters_reach_the_statuses_of_notifications_and_threads() {
    let (_, alice, bob) = people();
    alice.post(
        "/api/v2/filters",
        json!({"title": "tea", "context": ["notifications"], "keywords_attributes": [{"keyword": "tea"}]}),
    );
    let post = bob.post("/api/v1/statuses", json!({"status": "@alice more?", "spoiler_text": "Tea"}));
    let title = |of: &Value| of["filtered"][0]["filter"]["title"].clone();
    assert_eq!(title(&alice.notifications()[0]["status"]), "tea");
    assert_eq!(title(&alice.get("/api/v2/notifications")["statuses"][0]), "tea");
    assert_eq!(title(&alice.get(&format!("/api/v1/statuses/{}", id(&post)))), "tea");
    assert_eq!(title(&alice.act(&post, "favourite")), "tea");
    // The other account's view has no filter result.
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&post)))["filtered"], json!([]));
    // A boost is filtered by the boosted status.
    alice.follows(&bob);
    let boost = bob.act(&post, "reblog");
    assert_eq!(title(&alice.get(&format!("/api/v1/statuses/{}", id(&boost)))), "tea");
}

#[test]
fn concurrent_changes_of_a_filter_are_both_kept() {
    let (app, alice, _) = people();
    let made = alice.post(
        "/api/v2/filters",
        json!({"title": "tea", "context": ["home"], "keywords_attributes": [{"keyword": "tea"}]}),
    );
    let filter = sori::model::id::Id::parse(id(&made)).unwrap();
    let keyword = |n: i64, text: &str| sori::model::filter::Keyword {
        id: sori::model::id::Id(n),
        keyword: text.into(),
        is_whole_word: false,
    };
    // Each request has read the filter as it was before the other.
    for change in [
        sori::store::filters::put_keyword(alice.id, filter, &keyword(7, "milk")),
        sori::store::filters::put_keyword(alice.id, filter, &keyword(8, "su\"gar")),
        sori::store::filters::add_status(alice.id, filter, sori::model::id::Id(9), sori::model::id::Id(5)),
        sori::store::filters::put_keyword(alice.id, filter, &keyword(7, "cream")),
    ] {
        pollster::block_on(sori::store::write(&app.db, vec![change])).unwrap();
    }
    let words = || -> Vec<Value> {
        let now = alice.get(&format!("/api/v2/filters/{}", id(&made)));
        now["keywords"].as_array().unwrap().iter().map(|k| k["keyword"].clone()).collect()
    };
    assert_eq!(words(), ["tea", "cream", "su\"gar"]);
    alice.ok("DELETE", "/api/v2/filters/keywords/7", None);
    assert_eq!(words(), ["tea", "su\"gar"]);
    // Deleting the last keyword by version 1 keeps a filter that has statuses.
    alice.ok("DELETE", "/api/v1/filters/8", None);
    alice.ok("DELETE", &format!("/api/v1/filters/{}", id(&made["keywords"][0])), None);
    assert_eq!(alice.get(&format!("/api/v2/filters/{}/statuses", id(&made)))[0]["status_id"], "5");
    alice.ok("DELETE", "/api/v2/filters/statuses/9", None);
    assert_eq!(words(), Vec::<Value>::new());
}

#[test]
fn many_members_and_keywords_are_one_statement() {
    let app = crate::app::TestApp::alone();
    let alice = app.person("alice");
    let people: Vec<_> = (0..6).map(|n| app.person(&format!("friend{n}"))).collect();
    for person in &people {
        alice.follows(person);
    }
    let statements = |method: &str, path: &str, body: serde_json::Value| {
        alice.ok(method, path, Some(body));
        app.cost.borrow().statements
    };
    let list = alice.post("/api/v1/lists", json!({"title": "x"}));
    let path = format!("/api/v1/lists/{}/accounts", crate::app::id(&list));
    let ids = |n: usize| people.iter().take(n).map(|p| p.id.to_string()).collect::<Vec<_>>();
    let of_one = statements("POST", &path, json!({"account_ids": ids(1)}));
    assert_eq!(statements("POST", &path, json!({"account_ids": ids(6)[1..]})), of_one);
    assert_eq!(alice.get(&path).as_array().unwrap().len(), 6);

    let filter = alice.post(
        "/api/v2/filters",
        json!({"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "a"}, {"keyword": "b"}, {"keyword": "c"}]}),
    );
    let path = format!("/api/v2/filters/{}", crate::app::id(&filter));
    let keyword = |n: usize| filter["keywords"][n]["id"].clone();
    let of_one =
        statements("PUT", &path, json!({"keywords_attributes": [{"id": keyword(0), "keyword": "z"}]}));
    let changes = json!({"keywords_attributes": [
        {"id": keyword(1), "_destroy": true}, {"id": keyword(2), "keyword": "y"}, {"id": keyword(2), "whole_word": false},
        {"keyword": "d"}, {"keyword": "e", "whole_word": false}]});
    assert_eq!(statements("PUT", &path, changes), of_one);
    let shown = alice.get(&path);
    let all: Vec<_> = shown["keywords"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| (k["keyword"].as_str().unwrap(), k["whole_word"] == true))
        .collect();
    assert_eq!(all, [("z", true), ("y", false), ("d", true), ("e", false)]);
    assert_eq!((&shown["keywords"][0]["id"], &shown["keywords"][1]["id"]), (&keyword(0), &keyword(2)));
}
