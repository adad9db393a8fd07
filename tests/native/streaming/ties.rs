//! Streams follow the ties of their own listener: others' lists, follows, blocks and conversations change nothing.

use serde_json::{Value, json};
use sori::model::id::Id;
use sori::model::live::Change;

use super::listener::{Listener, listen, pairs, people};
use crate::app::{Person, TestApp, id, settle};
use crate::remote::cast;
use crate::staff::moderation::staff;

fn deletes(ears: &[&Listener], person: &Person, text: &str, visibility: &str) -> Vec<Vec<String>> {
    let post = person.post("/api/v1/statuses", json!({"status": text, "visibility": visibility}));
    ears.iter().for_each(|ear| drop(ear.texts()));
    person.deletes(&post);
    let streams = |ear: &&Listener| ear.names().into_iter().map(|(stream, _)| stream).collect();
    ears.iter().map(streams).collect()
}

#[test]
fn a_deletion_is_told_by_the_ties_of_the_listener_and_the_author() {
    let (app, alice, bob) = people();
    let [carol, dora, eve] = ["carol", "dora", "eve"].map(|name| app.person(name));
    // Blocks between others, and a follow of somebody else.
    dora.post(&format!("/api/v1/accounts/{}/block", eve.id), json!({}));
    bob.post(&format!("/api/v1/accounts/{}/block", dora.id), json!({}));
    eve.follows(&carol);
    let (public, home) = (listen(&eve, "stream=public"), listen(&eve, "stream=user"));
    let (theirs, own) = (listen(&alice, "stream=direct"), listen(&bob, "stream=direct"));
    let ears = [&public, &home, &theirs, &own];
    let streams = |all: [&[&str]; 4]| all.map(|of| of.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
    assert_eq!(deletes(&ears, &bob, "x", "public"), streams([&["public"], &[], &[], &[]]));
    assert_eq!(deletes(&ears, &bob, "x", "private"), streams([&[], &[], &[], &[]]));
    assert_eq!(deletes(&ears, &bob, "@alice x", "public"), streams([&["public"], &[], &[], &[]]));
    assert_eq!(deletes(&ears, &bob, "@alice x", "direct"), streams([&[], &[], &["direct"], &["direct"]]));
    alice.post(&format!("/api/v1/accounts/{}/mute", bob.id), json!({}));
    assert_eq!(deletes(&ears, &bob, "@alice x", "direct"), streams([&[], &[], &[], &["direct"]]));
}

#[test]
fn a_list_tells_nothing_of_a_muted_member() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    alice.follows(&carol);
    let list = alice.post("/api/v1/lists", json!({"title": "x"}));
    let members = json!({"account_ids": [bob.id.to_string(), carol.id.to_string()]});
    alice.post(&format!("/api/v1/lists/{}/accounts", id(&list)), members);
    let ear = listen(&alice, &format!("stream=list&list={}", id(&list)));
    alice.post(&format!("/api/v1/accounts/{}/mute", bob.id), json!({}));
    bob.posts("x");
    assert!(ear.texts().is_empty());
    carol.posts("x");
    assert_eq!(ear.texts().len(), 1);
}

#[test]
fn a_list_is_named_by_a_text_a_number_or_the_first_of_several() {
    let (_, alice, bob) = people();
    alice.follows(&bob);
    let list = alice.post("/api/v1/lists", json!({"title": "x"}));
    let members = json!({"account_ids": [bob.id.to_string()]});
    alice.post(&format!("/api/v1/lists/{}/accounts", id(&list)), members);
    let number: i64 = id(&list).parse().unwrap();
    for name in [json!(id(&list)), json!(number), json!([id(&list)])] {
        let ear = listen(&alice, "");
        ear.says(json!({"type": "subscribe", "stream": "list", "list": name}));
        bob.posts("x");
        assert_eq!(ear.names().len(), 1, "{name}");
    }
}

/// What staff has made unusable has no stream, however long somebody has listened.
#[test]
fn a_hashtag_that_is_not_usable_is_not_told() {
    let (app, alice, bob) = people();
    let ear = listen(&alice, "stream=hashtag&tag=fern");
    let told = |text: &str| {
        app.restart();
        bob.posts(text);
        ear.texts().len()
    };
    assert_eq!(told("#fern"), 1);
    // Others are named, and this one with what is known of it.
    app.db.run("INSERT INTO tags (name, is_usable, reviewed_at) VALUES ('moss', 0, 0), ('fern', 1, 0)");
    assert_eq!(told("#fern"), 1);
    let status = bob.posts("#fern again");
    ear.texts();
    app.db.run("UPDATE tags SET is_usable = 0 WHERE name = 'fern'");
    app.restart();
    // It has the hashtag from before.
    let event = app.ready();
    event.meter.note(Change::Edited(Id::parse(id(&status)).unwrap()), Some(1_000));
    pollster::block_on(sori::jobs::run::after_response(&event));
    assert!(ear.texts().is_empty());
}

#[test]
fn a_conversation_is_told_once_and_without_others() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let writes = |from: &Person, to: &str| {
        from.post("/api/v1/statuses", json!({"status": format!("@{to} psst"), "visibility": "direct"}))
    };
    for (from, to) in [(&bob, "alice"), (&carol, "alice"), (&carol, "bob")] {
        writes(from, to);
    }
    let ears = [&alice, &bob, &carol].map(|person| listen(person, "stream=direct"));
    let status = writes(&bob, "alice");
    let told: Vec<Vec<Value>> = ears
        .iter()
        .map(|ear| ear.events().into_iter().map(|e| e.2["last_status"]["id"].clone()).collect())
        .collect();
    assert_eq!(told, [vec![status["id"].clone()], vec![status["id"].clone()], vec![]]);
}

/// Participants are found however many other people there are and write.
#[test]
fn a_conversation_names_its_participants_among_many_people() {
    let (app, _, _) = people();
    app.db.run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) \
         INSERT INTO accounts (id, username, domain, uri, url, created_at) \
         SELECT i, 'n' || i, 'b.example', 'https://b.example/n' || i, 'x', 0 FROM n",
    );
    app.db.run(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at, mentions) \
         SELECT id, uri || '/1', 'x', id, 0, 0, 0, json_array(json_object('id', id)) FROM accounts WHERE domain = 'b.example'",
    );
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let ear = listen(&alice, "stream=direct");
    bob.post("/api/v1/statuses", json!({"status": "@alice psst", "visibility": "direct"}));
    let events = ear.events();
    assert_eq!(events[0].2["accounts"][0]["username"], "bob");
    assert_eq!(events[0].2, alice.get("/api/v1/conversations")[0]);
}

/// The newest notification of `person` is on their stream as the list has it.
fn agrees(person: &Person, ear: &Listener, kind: &str) -> Value {
    let newest = person.notifications()[0].clone();
    assert_eq!(newest["type"], kind);
    let events: Vec<_> = ear.events().into_iter().filter(|e| e.1 == "notification").collect();
    assert_eq!(events, [("user".to_owned(), "notification".to_owned(), newest.clone())]);
    newest
}

#[test]
fn reports_warnings_and_severed_ties_are_told_as_they_are_listed() {
    let (app, _, _) = cast();
    app.live.bind();
    let (alice, eve) = (app.person("alice"), app.person("eve"));
    let olga = staff(&app, "olga", 2);
    let [staffs, hers, eves] = [&olga, &alice, &eve].map(|person| listen(person, "stream=user"));
    let post = eve.posts("rude");
    eves.texts();
    alice.post("/api/v1/reports", json!({"account_id": eve.id.to_string(), "status_ids": [id(&post)]}));
    let told = agrees(&olga, &staffs, "admin.report");
    assert_eq!(told["report"]["target_account"]["username"], "eve");
    olga.post(
        &format!("/api/v1/admin/accounts/{}/action", eve.id),
        json!({"type": "none", "text": "please"}),
    );
    let told = agrees(&eve, &eves, "moderation_warning");
    assert_eq!(told["moderation_warning"]["text"], "please");
    hers.texts();
    olga.post("/api/v1/admin/domain_blocks", json!({"domain": "b.example", "severity": "suspend"}));
    settle(&[&app]);
    let told = agrees(&alice, &hers, "severed_relationships");
    assert_eq!(told["event"]["target_name"], "b.example");
}

#[test]
fn two_edits_in_one_request_are_told_once() {
    let (app, alice, _) = people();
    let post = alice.posts("x");
    let ear = listen(&alice, "stream=user");
    let event = app.ready();
    for _ in 0..2 {
        event.meter.note(Change::Edited(Id::parse(id(&post)).unwrap()), Some(1_000));
    }
    pollster::block_on(sori::jobs::run::after_response(&event));
    assert_eq!(ear.names(), pairs(&[("user", "status.update")]));
}

/// The newest notification is told once more.
fn tells_again(app: &TestApp, person: &Person) {
    let newest = app.count("SELECT max(id) FROM notifications");
    let event = app.ready();
    event.meter.note(Change::Notified { id: Id(newest), account: person.id }, Some(1_000));
    pollster::block_on(sori::jobs::run::after_response(&event));
}

/// Notifications without a status as well: those that the policy filters, and those of who was suspended meanwhile.
#[test]
fn a_follow_is_told_where_it_is_listed() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let ear = listen(&alice, "stream=user:notification");
    bob.follows(&alice);
    assert_eq!(ear.texts().len(), 1);
    let told = || {
        tells_again(&app, &alice);
        ear.texts().len()
    };
    assert_eq!(told(), 1);
    pollster::block_on(crate::app::suspend(&app.ready(), &app.account("bob"))).unwrap();
    assert_eq!(told(), 0);
    alice.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "filter"})));
    carol.follows(&alice);
    assert!(ear.texts().is_empty());
}

/// Of the statuses of earlier notifications nothing is read.
#[test]
fn a_mention_is_told_however_much_was_said_before() {
    let (app, alice, bob) = people();
    for _ in 0..8 {
        bob.posts("@alice long");
    }
    app.db.run("UPDATE statuses SET content = printf('%.*c', 100000, 'x')");
    let ear = listen(&alice, "stream=user:notification");
    let post = bob.posts("@alice short");
    assert_eq!(ear.events()[0].2["status"]["id"], post["id"]);
}

/// As on the list, which leaves it out.
#[test]
fn a_warning_that_is_gone_is_not_told() {
    let (app, alice, _) = people();
    let olga = staff(&app, "olga", 2);
    let ear = listen(&alice, "stream=user");
    olga.post(&format!("/api/v1/admin/accounts/{}/action", alice.id), json!({"type": "none", "text": "x"}));
    assert_eq!(ear.texts().len(), 1);
    tells_again(&app, &alice);
    assert_eq!(ear.texts().len(), 1);
    app.db.run("DELETE FROM strikes");
    tells_again(&app, &alice);
    assert!(ear.texts().is_empty() && alice.notifications().is_empty());
}
