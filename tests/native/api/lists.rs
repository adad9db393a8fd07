//! Lists: each is its owner's alone.

use serde_json::{Value, json};

use crate::app::{Person, TestApp, id, ids};

fn list(person: &Person, title: &str, members: &[&Person]) -> Value {
    let list = person.post("/api/v1/lists", json!({ "title": title }));
    let members: Vec<String> = members.iter().map(|member| member.id.to_string()).collect();
    person.post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({ "account_ids": members }));
    list
}

fn members(person: &Person, list: &Value) -> Vec<String> {
    let mut all: Vec<String> = ids(&person.get(&format!("/api/v1/lists/{}/accounts", id(list))))
        .into_iter()
        .map(str::to_owned)
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn lists_of_several_people_have_nothing_to_do_with_each_other() {
    let app = TestApp::alone();
    let [alice, bob, carol, dan] = ["alice", "bob", "carol", "dan"].map(|name| app.person(name));
    for person in [&alice, &bob] {
        person.follows(&carol);
        person.follows(&dan);
    }
    let (both, one, hers) = (
        list(&alice, "both", &[&carol, &dan]),
        list(&alice, "one", &[&carol]),
        list(&bob, "his", &[&carol, &dan]),
    );
    let names = |person: &Person, path: &str| -> Vec<String> {
        let all = person.get(path);
        all.as_array().unwrap().iter().map(|l| l["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (names(&alice, "/api/v1/lists"), names(&bob, "/api/v1/lists")),
        (vec!["both".into(), "one".into()], vec!["his".to_owned()])
    );
    let with = |who: &Person| format!("/api/v1/accounts/{}/lists", who.id);
    assert_eq!(names(&alice, &with(&carol)), ["both", "one"]);
    assert_eq!(names(&alice, &with(&dan)), ["both"]);
    assert_eq!(names(&bob, &with(&dan)), ["his"]);
    assert_eq!(names(&carol, &with(&dan)), Vec::<String>::new());
    let set = |all: &[&Person]| {
        let mut all: Vec<String> = all.iter().map(|p| p.id.to_string()).collect();
        all.sort_unstable();
        all
    };
    assert_eq!((members(&alice, &one), members(&alice, &both)), (set(&[&carol]), set(&[&carol, &dan])));
    // A change, a member less, and the end of one list.
    alice.ok(
        "PUT",
        &format!("/api/v1/lists/{}", id(&one)),
        Some(json!({"title": "another", "replies_policy": "none"})),
    );
    let of = |person: &Person, list: &Value| person.get(&format!("/api/v1/lists/{}", id(list)));
    assert_eq!((&of(&alice, &both), &of(&bob, &hers)), (&both, &hers));
    alice.ok(
        "DELETE",
        &format!("/api/v1/lists/{}/accounts", id(&both)),
        Some(json!({"account_ids": [carol.id.to_string()]})),
    );
    assert_eq!(
        (members(&alice, &one), members(&alice, &both), members(&bob, &hers)),
        (set(&[&carol]), set(&[&dan]), set(&[&carol, &dan]))
    );
    alice.ok("DELETE", &format!("/api/v1/lists/{}", id(&both)), None);
    assert_eq!(
        (names(&alice, "/api/v1/lists"), names(&bob, "/api/v1/lists")),
        (vec!["another".to_owned()], vec!["his".to_owned()])
    );
}

#[test]
fn nobody_else_reads_or_changes_a_list() {
    let app = TestApp::alone();
    let [alice, bob, carol, dan] = ["alice", "bob", "carol", "dan"].map(|name| app.person(name));
    for person in [&alice, &bob] {
        person.follows(&carol);
        person.follows(&dan);
    }
    let list = list(&alice, "hers", &[&carol]);
    let path = format!("/api/v1/lists/{}", id(&list));
    let accounts = |who: &Person| json!({"account_ids": [who.id.to_string()]});
    for (method, target, body) in [
        ("GET", path.clone(), None),
        ("PUT", path.clone(), Some(json!({"title": "his"}))),
        ("DELETE", path.clone(), None),
        ("GET", format!("{path}/accounts"), None),
        ("POST", format!("{path}/accounts"), Some(accounts(&dan))),
        ("DELETE", format!("{path}/accounts"), Some(accounts(&carol))),
        ("GET", format!("/api/v1/timelines/list/{}", id(&list)), None),
    ] {
        assert!([404, 200].contains(&bob.call(method, &target, body).status), "{method} {target}");
    }
    assert_eq!(alice.get(&path), list);
    assert_eq!(members(&alice, &list), [carol.id.to_string()]);
}

#[test]
fn whoever_is_followed_or_asked_may_be_on_a_list_and_so_may_its_owner() {
    let app = TestApp::alone();
    let [alice, bob, carol, dan] = ["alice", "bob", "carol", "dan"].map(|name| app.person(name));
    carol.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    alice.follows(&bob);
    alice.follows(&carol);
    // Others' follows are not hers, and neither are those who follow her.
    bob.follows(&dan);
    dan.follows(&alice);
    let list = alice.post("/api/v1/lists", json!({"title": "x"}));
    let add = |who: &Person| {
        let body = json!({"account_ids": [who.id.to_string()]});
        alice.call("POST", &format!("/api/v1/lists/{}/accounts", id(&list)), Some(body)).status
    };
    for (who, status) in [(&alice, 200), (&bob, 200), (&carol, 200), (&dan, 404)] {
        assert_eq!(add(who), status, "{}", who.name);
        assert_eq!(add(who), if status == 200 { 422 } else { 404 }, "{} again", who.name);
    }
    // Somebody else's request is none of bob's.
    let his = bob.post("/api/v1/lists", json!({"title": "y"}));
    let body = json!({"account_ids": [carol.id.to_string()]});
    assert_eq!(bob.call("POST", &format!("/api/v1/lists/{}/accounts", id(&his)), Some(body)).status, 404);
}

#[test]
fn the_bound_of_lists_is_of_each_account() {
    let app = TestApp::alone();
    let [alice, bob] = ["alice", "bob"].map(|name| app.person(name));
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) \
         INSERT INTO lists (id, account_id, title) SELECT i, {}, 'list ' || i FROM n",
        bob.id
    ));
    let makes =
        |person: &Person| person.call("POST", "/api/v1/lists", Some(json!({"title": "one more"}))).status;
    assert_eq!((makes(&bob), makes(&alice)), (422, 200));
}
