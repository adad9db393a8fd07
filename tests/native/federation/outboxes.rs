//! The last posts of accounts elsewhere that somebody follows or opens.

use serde_json::{Value, json};
use sori::http::response::Response;
use sori::model::time::{HOUR, Time};

use crate::app::{DAY, NOW, Person, TestApp, settle};
use crate::remote::{Remote, cast, remote_statuses, scene};

/// Serves posts of bob, the newest first, `hours` old each, and answers their Creates.
fn posts(remote: &Remote, bob: &Value, numbers: std::ops::RangeInclusive<u32>, extra: &Value) -> Vec<Value> {
    numbers
        .map(|n| {
            let published = Time(NOW - i64::from(n) * HOUR).to_iso();
            let note = remote.serve(remote.note(bob, n, json!({"published": published})));
            let mut create = remote.create(bob, &note);
            create.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            create
        })
        .collect()
}

/// An outbox as Mastodon has it: a collection without items, whose first page names another one.
fn outbox(remote: &Remote, pages: &[Vec<Value>]) {
    let page = |n: usize| remote.uri(&format!("/users/bob/outbox?page={n}"));
    remote
        .serve(json!({"id": remote.uri("/users/bob/outbox"), "type": "OrderedCollection", "first": page(0)}));
    for (n, items) in pages.iter().enumerate() {
        let next = (n + 1 < pages.len()).then(|| page(n + 1));
        remote.serve(
            json!({"id": page(n), "type": "OrderedCollectionPage", "orderedItems": items, "next": next}),
        );
    }
}

/// The person follows bob, who accepts, and wants to be told of his posts.
fn follows_and_waits(app: &TestApp, person: &Person, remote: &Remote, bob: &Value) {
    let account = app.account("bob").id;
    person.post(&format!("/api/v1/accounts/{account}/follow"), json!({"notify": true}));
    settle(&[app]);
    let ours = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": ours});
    assert_eq!(remote.sends(app, &accept), 202);
}

fn asked_for_outbox(app: &TestApp) -> bool {
    app.network.take_log().iter().any(|e| format!("{e:?}").contains("/outbox"))
}

fn shown(app: &TestApp, alice: &Person) -> Vec<String> {
    let account = app.account("bob").id;
    let all = alice.get(&format!("/api/v1/accounts/{account}/statuses?limit=40"));
    all.as_array()
        .unwrap()
        .iter()
        .map(|s| s["uri"].as_str().unwrap().rsplit('/').next().unwrap().into())
        .collect()
}

#[test]
fn the_last_twenty_posts_of_an_opened_profile_are_fetched_once_a_day() {
    let (app, alice, remote, bob) = scene();
    let all = posts(&remote, &bob, 1..=30, &json!({}));
    let boost = json!({"id": remote.uri("/boosts/1"), "type": "Announce", "actor": bob["id"], "object": "https://c.example/1"});
    let (first, second) = (all[..15].to_vec(), all[15..].to_vec());
    outbox(&remote, &[[vec![boost], first].concat(), second]);
    alice.finds("bob@b.example");
    settle(&[&app]);
    let expected: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
    assert_eq!(shown(&app, &alice), expected);
    // They are where their time is, and nobody was told.
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications"), 0);
    // But for the one that is an hour old.
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE stored_at IS NOT NULL"), 19);
    let newest = alice.get(&format!("/api/v1/accounts/{}/statuses?limit=1", app.account("bob").id));
    assert_eq!(newest[0]["created_at"], Time(NOW - HOUR).to_iso());
    // Not again, until a day later, when there is a new one.
    settle(&[&app]);
    app.network.take_log();
    shown(&app, &alice);
    settle(&[&app]);
    assert!(!asked_for_outbox(&app));
    app.restart();
    shown(&app, &alice);
    settle(&[&app]);
    assert!(!asked_for_outbox(&app));
    app.clock.advance(DAY + HOUR);
    let new = remote.serve(remote.note(&bob, 40, json!({"published": Time(NOW + HOUR).to_iso()})));
    outbox(&remote, &[vec![remote.create(&bob, &new)]]);
    shown(&app, &alice);
    settle(&[&app]);
    assert_eq!(shown(&app, &alice).len(), 21);
}

#[test]
fn who_follows_sees_the_last_posts_at_home_and_no_stranger_causes_them() {
    let (app, alice, remote, bob) = scene();
    outbox(&remote, &[posts(&remote, &bob, 1..=3, &json!({}))]);
    // Known by an activity of theirs.
    let follow = json!({"id": remote.uri("/f/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    let account = app.account("bob").id;
    app.fetch(&format!("/api/v1/accounts/{account}"));
    app.fetch(&format!("/api/v1/accounts/{account}/statuses"));
    settle(&[&app]);
    assert_eq!(remote_statuses(&app), 0);
    follows_and_waits(&app, &alice, &remote, &bob);
    settle(&[&app]);
    assert_eq!(alice.get("/api/v1/timelines/home").as_array().unwrap().len(), 3);
    let kinds: Vec<Value> = alice.notifications().iter().map(|n| n["type"].clone()).collect();
    assert_eq!(kinds, ["follow"]);
}

#[test]
fn what_an_opened_profile_has_pinned_is_there_as_well() {
    let (app, alice, remote, mut bob) = scene();
    bob["featured"] = json!(remote.uri("/users/bob/featured"));
    remote.serve(bob.clone());
    let pinned = remote.serve(remote.note(&bob, 70, json!({"published": Time(NOW - 90 * DAY).to_iso()})));
    remote.serve(json!({"id": bob["featured"], "type": "OrderedCollection", "orderedItems": [pinned["id"]]}));
    outbox(&remote, &[posts(&remote, &bob, 1..=2, &json!({}))]);
    alice.finds("bob@b.example");
    settle(&[&app]);
    let account = app.account("bob").id;
    let pins = alice.get(&format!("/api/v1/accounts/{account}/statuses?pinned=true"));
    assert_eq!(pins[0]["uri"], pinned["id"], "{pins}");
    assert_eq!(shown(&app, &alice).len(), 3);
}

#[test]
fn what_a_post_of_an_outbox_quotes_is_looked_into() {
    let (app, alice, remote, bob) = scene();
    let old = json!({"published": Time(NOW - 30 * HOUR).to_iso()});
    let quoted = remote.serve(remote.note(&bob, 8, old.clone()));
    let mut more = old;
    more["quote"] = quoted["id"].clone();
    let quoting = remote.serve(remote.note(&bob, 9, more));
    outbox(&remote, &[vec![remote.create(&bob, &quoting)]]);
    alice.finds("bob@b.example");
    settle(&[&app]);
    let account = app.account("bob").id;
    let all = alice.get(&format!("/api/v1/accounts/{account}/statuses"));
    let shown = all.as_array().unwrap().iter().find(|s| s["uri"] == quoting["id"]).unwrap();
    assert_eq!(
        (&shown["quote"]["state"], &shown["quote"]["quoted_status"]["uri"]),
        (&json!("accepted"), &quoted["id"]),
        "{shown}"
    );
}

#[test]
fn who_is_mentioned_in_a_young_post_is_told_though_it_comes_from_the_outbox_first() {
    let (app, alice, remote, bob) = scene();
    let note = remote.note(
        &bob,
        9,
        json!({"published": Time(NOW - HOUR).to_iso(), "to": ["https://www.w3.org/ns/activitystreams#Public", "https://a.example/users/alice"],
            "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]}),
    );
    let note = remote.serve(note);
    outbox(&remote, &[vec![remote.create(&bob, &note)]]);
    alice.finds("bob@b.example");
    shown(&app, &alice);
    settle(&[&app]);
    let mentions = || alice.notifications().iter().filter(|n| n["type"] == "mention").count();
    assert_eq!(mentions(), 1);
    // Its delivery comes late, and tells nobody twice.
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    assert_eq!(mentions(), 1);
}

#[test]
fn who_waits_for_posts_is_told_of_a_young_one_though_it_comes_from_the_outbox_first() {
    let (app, alice, remote, bob) = scene();
    outbox(&remote, &[vec![]]);
    alice.finds("bob@b.example");
    follows_and_waits(&app, &alice, &remote, &bob);
    app.clock.advance(2 * DAY);
    let publish = |n: u32, age: i64| {
        let published = Time(NOW + 2 * DAY - age).to_iso();
        remote.create(&bob, &remote.serve(remote.note(&bob, n, json!({ "published": published }))))
    };
    // One that is still on its way, and one of yesterday.
    let young = publish(50, HOUR);
    outbox(&remote, &[vec![young.clone(), publish(49, DAY)]]);
    shown(&app, &alice);
    settle(&[&app]);
    let told = || alice.notifications().iter().filter(|n| n["type"] == "status").count();
    assert_eq!((shown(&app, &alice).len(), told()), (2, 1));
    assert_eq!(remote.sends(&app, &young), 202);
    assert_eq!(told(), 1);
}

#[test]
fn a_hostile_outbox_costs_little_and_stores_nothing_of_others() {
    let (app, alice, remote, bob) = scene();
    let eve = remote.person("eve");
    let elsewhere = Remote::new(&app.network, "c.example");
    let carol = elsewhere.person("carol");
    let old = Time(NOW - HOUR).to_iso();
    let serve = |author: &Value, n: u32, extra: Value| {
        let mut all = json!({"published": old});
        all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        remote.create(author, &remote.serve(remote.note(author, n, all)))
    };
    let of_carol = elsewhere.serve(elsewhere.note(&carol, 1, json!({"published": old})));
    let items = vec![
        serve(&eve, 1, json!({})),
        elsewhere.create(&carol, &of_carol),
        serve(&bob, 2, json!({"published": Time(NOW + DAY).to_iso()})),
        serve(&bob, 3, json!({"to": [bob["followers"]], "cc": []})),
        serve(&bob, 4, json!({"published": null})),
        // What it encloses says something else than what is there.
        remote.create(&bob, &remote.note(&bob, 5, json!({"published": old}))),
        json!({"type": "Create", "object": remote.uri("/users/bob")}),
        serve(&bob, 6, json!({})),
    ];
    let more = posts(&remote, &bob, 100..=1100, &json!({}));
    // Its first page is itself, and the next one of another host.
    let url = remote.uri("/users/bob/outbox");
    let all = [items, more].concat();
    remote.serve(
        json!({"id": url, "type": "OrderedCollection", "first": url, "next": "https://c.example/outbox",
        "orderedItems": all}),
    );
    alice.finds("bob@b.example");
    app.network.take_log();
    settle(&[&app]);
    assert!(app.network.take_log().len() < 40);
    let of_bob = app.count("SELECT count(*) AS n FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE a.username = 'bob'");
    assert_eq!(remote_statuses(&app), of_bob);
    let shown = shown(&app, &alice);
    assert!(shown.contains(&"6".to_owned()) && shown.len() <= 15, "{shown:?}");
    for hidden in ["1", "2", "3", "4", "5"] {
        assert!(!shown.contains(&hidden.to_owned()), "{hidden}");
    }
}

#[test]
fn outboxes_that_are_empty_absent_or_no_collection_end_quietly() {
    for outbox in [
        json!({"type": "OrderedCollection", "totalItems": 5}),
        json!({"type": "OrderedCollection", "first": {"type": "OrderedCollectionPage", "orderedItems": []}}),
        json!({"type": "OrderedCollection", "orderedItems": "x", "first": 5}),
        json!([]),
    ] {
        let (app, alice, remote, _) = scene();
        remote.answers("/users/bob/outbox", Response::activity(&outbox));
        alice.finds("bob@b.example");
        settle(&[&app]);
        assert_eq!((remote_statuses(&app), app.count("SELECT count(*) AS n FROM jobs")), (0, 0), "{outbox}");
    }
}

#[test]
fn a_filling_database_fetches_no_old_posts() {
    let (app, remote, bob) = cast();
    outbox(&remote, &[posts(&remote, &bob, 1..=3, &json!({}))]);
    app.db.run("CREATE TABLE filling (x); INSERT INTO filling VALUES (zeroblob(100000));\
        INSERT INTO settings (key, value) VALUES ('database_mb', '1'); UPDATE accounts SET posts_looked_at = NULL");
    app.restart();
    let alice = app.person("alice");
    shown(&app, &alice);
    settle(&[&app]);
    assert_eq!(remote_statuses(&app), 0);
}
