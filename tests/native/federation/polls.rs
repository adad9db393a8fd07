//! Polls between servers: votes sent and received, results as they change, the end.

use serde_json::{Value, json};
use sori::model::time::MINUTE;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, id, settle};
use crate::remote::{Remote, scene};

fn asks(alice: &Person, extra: Value) -> Value {
    let mut poll = json!({"options": ["tea", "coffee", "water"], "expires_in": 3600});
    poll.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    alice.post("/api/v1/statuses", json!({"status": "what?", "poll": poll}))
}

fn vote(remote: &Remote, voter: &Value, poll: &Value, n: u32, name: &str) -> Value {
    let note = json!({"id": remote.uri(&format!("/votes/{n}")), "type": "Note", "name": name, "attributedTo": voter["id"],
        "inReplyTo": poll["uri"], "to": [poll["account"]["uri"]]});
    json!({"id": remote.uri(&format!("/votes/{n}/activity")), "type": "Create", "actor": voter["id"], "to": note["to"], "object": note})
}

fn counts(alice: &Person, post: &Value) -> (Vec<i64>, i64) {
    let poll = alice.get(&format!("/api/v1/polls/{}", id(post)));
    let options = poll["options"].as_array().unwrap().iter().map(|o| o["votes_count"].as_i64().unwrap());
    (options.collect(), poll["voters_count"].as_i64().unwrap())
}

#[test]
fn remote_votes_are_counted_once() {
    let (app, alice, remote, bob) = scene();
    let post = asks(&alice, json!({}));
    let first = vote(&remote, &bob, &post, 1, "tea");
    assert_eq!(remote.sends(&app, &first), 202);
    assert_eq!(remote.sends(&app, &first), 202);
    // A single choice allows one vote; an unknown option is ignored.
    assert_eq!(remote.sends(&app, &vote(&remote, &bob, &post, 2, "coffee")), 202);
    assert_eq!(remote.sends(&app, &vote(&remote, &bob, &post, 3, "beer")), 202);
    assert_eq!(counts(&alice, &post), (vec![1, 0, 0], 1));
    // A vote is not a status: nobody sees it.
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 0);

    let many = asks(&alice, json!({"multiple": true}));
    for n in [4, 4, 5] {
        remote.sends(&app, &vote(&remote, &bob, &many, n, if n == 4 { "tea" } else { "water" }));
    }
    assert_eq!(counts(&alice, &many), (vec![1, 0, 1], 1));

    app.clock.advance(61 * MINUTE);
    let carol = remote.person("carol");
    assert_eq!(remote.sends(&app, &vote(&remote, &carol, &post, 6, "tea")), 202);
    assert_eq!(counts(&alice, &post), (vec![1, 0, 0], 1));
}

#[test]
fn one_activity_may_carry_several_votes() {
    let (app, alice, remote, bob) = scene();
    let post = asks(&alice, json!({"multiple": true}));
    let parts: Vec<Value> = ["tea", "water"]
        .iter()
        .enumerate()
        .map(|(n, name)| vote(&remote, &bob, &post, n as u32, name)["object"].clone())
        .collect();
    let ballot =
        json!({"id": remote.uri("/ballots/1"), "type": "Create", "actor": bob["id"], "object": parts});
    assert_eq!(remote.sends(&app, &ballot), 202);
    assert_eq!(counts(&alice, &post), (vec![1, 0, 1], 1));
    // Nobody votes for others.
    let carol = remote.person("carol");
    let mut forged = vote(&remote, &carol, &post, 9, "coffee")["object"].clone();
    forged["attributedTo"] = bob["id"].clone();
    let ballot = json!({"id": remote.uri("/ballots/2"), "type": "Create", "actor": carol["id"], "object": [forged, forged]});
    assert_eq!(remote.sends(&app, &ballot), 403);
    assert_eq!(counts(&alice, &post), (vec![1, 0, 1], 1));
}

#[test]
fn blocked_accounts_and_those_who_cannot_see_a_poll_cannot_vote() {
    let (app, alice, remote, bob) = scene();
    let poll = json!({"options": ["tea", "coffee"], "expires_in": 3600});
    let private =
        alice.post("/api/v1/statuses", json!({"status": "friends?", "poll": poll, "visibility": "private"}));
    assert_eq!(remote.sends(&app, &vote(&remote, &bob, &private, 1, "tea")), 202);
    assert_eq!(counts(&alice, &private).1, 0);
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": private["account"]["uri"]});
    assert_eq!(remote.sends(&app, &follow), 202);
    assert_eq!(remote.sends(&app, &vote(&remote, &bob, &private, 2, "tea")), 202);
    assert_eq!(counts(&alice, &private), (vec![1, 0], 1));
    let open = asks(&alice, json!({}));
    let found = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/block", id(&found)), json!({}));
    assert_eq!(remote.sends(&app, &vote(&remote, &bob, &open, 3, "tea")), 202);
    assert_eq!(counts(&alice, &open).1, 0);
}

#[test]
fn results_are_sent_once_for_many_votes_and_at_the_end() {
    let (app, alice, remote, bob) = scene();
    let carol = remote.person("carol");
    let post = asks(&alice, json!({}));
    for (n, voter) in [(1, &bob), (2, &carol)] {
        assert_eq!(remote.sends(&app, &vote(&remote, voter, &post, n, "tea")), 202);
    }
    assert_eq!(remote.got(), Vec::<String>::new());
    for _ in 0..3 {
        app.clock.advance(MINUTE);
        app.tick();
    }
    settle(&[&app]);
    assert_eq!(remote.got(), ["Update"]);
    let update = remote.inbox.borrow()[0].clone();
    let question = &update["object"];
    assert_eq!((&question["type"], &question["id"]), (&json!("Question"), &post["uri"]));
    assert_eq!(question["oneOf"][0]["replies"]["totalItems"], 2);
    assert_eq!(question["votersCount"], 2);
    assert!(question["endTime"].is_string() && question["closed"].is_null() && question["updated"].is_null());
    // Without new votes nothing is sent; then the end.
    for _ in 0..6 {
        app.clock.advance(MINUTE);
        app.tick();
    }
    assert_eq!(remote.got(), ["Update"]);
    app.clock.advance(60 * MINUTE);
    app.tick();
    app.tick();
    settle(&[&app]);
    assert_eq!(remote.got(), ["Update", "Update"]);
    let last = remote.inbox.borrow()[1].clone();
    assert_eq!(last["object"]["closed"], last["object"]["endTime"]);
    assert_ne!(last["id"], update["id"]);
    assert_eq!(alice.notifications().iter().filter(|n| n["type"] == "poll").count(), 1);
}

#[test]
fn hidden_totals_are_sent_only_at_the_end() {
    let (app, alice, remote, bob) = scene();
    let post = asks(&alice, json!({"hide_totals": true}));
    assert_eq!(remote.sends(&app, &vote(&remote, &bob, &post, 1, "tea")), 202);
    for _ in 0..6 {
        app.clock.advance(MINUTE);
        app.tick();
    }
    assert_eq!(remote.got(), Vec::<String>::new());
    let path = post["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    let served: Value = serde_json::from_slice(&app.fetch(&path).body).unwrap();
    assert_eq!(
        (&served["oneOf"][0]["replies"]["totalItems"], &served["votersCount"]),
        (&json!(0), &json!(0))
    );
    app.clock.advance(60 * MINUTE);
    app.tick();
    settle(&[&app]);
    assert_eq!(remote.inbox.borrow()[0]["object"]["oneOf"][0]["replies"]["totalItems"], 1);
}

#[test]
fn everybody_sees_the_same_result_on_three_servers() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let apps: Vec<TestApp> =
        ["a.example", "b.example", "c.example"].iter().map(|h| TestApp::new(&network, h, &clock)).collect();
    let all: Vec<&TestApp> = apps.iter().collect();
    let (alice, bob, carol) = (apps[0].person("alice"), apps[1].person("bob"), apps[2].person("carol"));
    bob.follows(&alice);
    carol.follows(&alice);
    settle(&all);
    let post = asks(&alice, json!({"multiple": true}));
    settle(&all);
    for (person, choices) in [(&bob, json!([0, 2])), (&carol, json!([0]))] {
        let seen = person.sees(&post["uri"]).unwrap();
        person.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": choices}));
    }
    for _ in 0..8 {
        clock.advance(MINUTE);
        all.iter().for_each(|app| app.tick());
        settle(&all);
    }
    assert_eq!(counts(&alice, &post), (vec![2, 0, 1], 2));
    for person in [&bob, &carol] {
        let seen = person.sees(&post["uri"]).unwrap();
        assert_eq!(counts(person, &seen), (vec![2, 0, 1], 2));
        assert_eq!(seen["edited_at"], Value::Null);
    }
    clock.advance(60 * MINUTE);
    all.iter().for_each(|app| app.tick());
    settle(&all);
    for person in [&alice, &bob, &carol] {
        let told = person.notifications().iter().filter(|n| n["type"] == "poll").count();
        assert_eq!(told, 1, "{}", person.name);
    }
    let scans = crate::store::schema::scans(&apps[0]);
    assert!(scans.is_empty(), "{scans:#?}");
}

/// A Question of bob's that alice follows.
fn question(remote: &Remote, bob: &Value, extra: Value) -> Value {
    let option = |name: &str, n: i64| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": n}});
    let mut all = json!({"type": "Question", "oneOf": [option("x", 1), option("y", 2)], "endTime": "2026-12-01T00:00:00Z",
        "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]});
    all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    remote.serve(remote.note(bob, 1, all))
}

fn update(remote: &Remote, bob: &Value, n: u32, object: &Value) -> Value {
    json!({"id": remote.uri(&format!("/updates/{n}")), "type": "Update", "actor": bob["id"], "to": object["to"], "object": object})
}

#[test]
fn a_vote_of_ours_goes_out_once_and_the_poll_is_read_again() {
    let (app, alice, remote, bob) = scene();
    let asked = question(&remote, &bob, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &asked)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    // Reading fetches nothing.
    alice.get(&format!("/api/v1/polls/{}", id(&seen)));
    assert_eq!(app.cost.borrow().fetches, 0);
    alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [1]}));
    assert_eq!(counts(&alice, &seen).0, [1, 3]);
    let option = |name: &str, n: i64| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": n}});
    question(&remote, &bob, json!({"oneOf": [option("x", 7), option("y", 9)], "votersCount": 16}));
    settle(&[&app]);
    assert_eq!(remote.got(), ["Create"]);
    let sent = remote.inbox.borrow()[0].clone();
    assert_eq!((&sent["object"]["name"], &sent["object"]["inReplyTo"]), (&json!("y"), &asked["id"]));
    assert_eq!((&sent["to"], &sent["object"]["content"]), (&json!([bob["id"]]), &Value::Null));
    assert_eq!(counts(&alice, &seen), (vec![7, 9], 16));
}

/// The Update of an edit may never come: who does not follow is told nothing.
#[test]
fn a_vote_in_a_poll_that_is_another_by_now_ends_with_it() {
    let option = |name: &str| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}});
    let other = json!({"oneOf": [option("x"), option("z")]});
    let none = json!({"type": "Note", "oneOf": null});
    for (change, wanted) in [(other, json!(["x", "z"])), (none, Value::Null)] {
        let (app, alice, remote, bob) = scene();
        let asked = question(&remote, &bob, json!({}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &asked)), 202);
        let seen = alice.notifications()[0]["status"].clone();
        let mut edited = json!({"content": "<p>another</p>", "updated": "2026-11-02T00:00:00Z"});
        edited.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        question(&remote, &bob, edited);
        alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [1]}));
        settle(&[&app]);
        let seen = alice.get(&format!("/api/v1/statuses/{}", id(&seen)));
        assert_eq!(seen["content"], "<p>another</p>");
        let titles: Option<Vec<&Value>> =
            seen["poll"]["options"].as_array().map(|all| all.iter().map(|o| &o["title"]).collect());
        assert_eq!(json!(titles), wanted);
        if !wanted.is_null() {
            assert_eq!((&seen["poll"]["voted"], &seen["poll"]["own_votes"]), (&json!(false), &json!([])));
        }
    }
}

#[test]
fn fed_trap_32_a_poll_without_end_time_is_closed_by_its_server() {
    let (app, alice, remote, bob) = scene();
    let open = question(&remote, &bob, json!({"endTime": null}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &open)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    assert_eq!((&seen["poll"]["expires_at"], &seen["poll"]["expired"]), (&Value::Null, &json!(false)));
    alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [0]}));
    settle(&[&app]);
    let closed = question(&remote, &bob, json!({"endTime": null, "closed": true}));
    assert_eq!(remote.sends(&app, &update(&remote, &bob, 1, &closed)), 202);
    let poll = alice.get(&format!("/api/v1/polls/{}", id(&seen)));
    assert_eq!(poll["expired"], true);
    app.tick();
    settle(&[&app]);
    // A repetition changes nothing, and alice is notified once.
    app.clock.advance(5 * MINUTE);
    assert_eq!(remote.sends(&app, &update(&remote, &bob, 2, &closed)), 202);
    app.tick();
    settle(&[&app]);
    assert_eq!(alice.get(&format!("/api/v1/polls/{}", id(&seen)))["expires_at"], poll["expires_at"]);
    assert_eq!(alice.notifications().iter().filter(|n| n["type"] == "poll").count(), 1);
    // A date is a date, and `false` is neither.
    let dated = question(&remote, &bob, json!({"endTime": null, "closed": "2026-09-01T00:00:00Z"}));
    assert_eq!(remote.sends(&app, &update(&remote, &bob, 3, &dated)), 202);
    assert_eq!(alice.get(&format!("/api/v1/polls/{}", id(&seen)))["expires_at"], "2026-09-01T00:00:00.000Z");
}

#[test]
fn new_counts_with_a_new_date_are_not_an_edit() {
    let (app, alice, remote, bob) = scene();
    let asked = question(&remote, &bob, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &asked)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    let mut counted = asked.clone();
    counted["oneOf"][0]["replies"]["totalItems"] = json!(5);
    counted["updated"] = json!("2026-09-21T10:00:30Z");
    assert_eq!(remote.sends(&app, &update(&remote, &bob, 1, &counted)), 202);
    assert_eq!(counts_of(&alice, &seen), [5, 2]);
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&seen)))["edited_at"], Value::Null);
    // A changed option is an edit.
    counted["content"] = json!("<p>other words</p>");
    counted["updated"] = json!("2026-09-21T10:01:00Z");
    assert_eq!(remote.sends(&app, &update(&remote, &bob, 2, &counted)), 202);
    assert!(alice.get(&format!("/api/v1/statuses/{}", id(&seen)))["edited_at"].is_string());
    // Nobody else can set the counts.
    let mallory = remote.person("mallory");
    counted["oneOf"][0]["replies"]["totalItems"] = json!(99);
    assert_eq!(remote.sends(&app, &update(&remote, &mallory, 3, &counted)), 403);
    assert_eq!(counts_of(&alice, &seen), [5, 2]);
}

fn counts_of(alice: &Person, post: &Value) -> Vec<i64> {
    let poll = alice.get(&format!("/api/v1/polls/{}", id(post)));
    poll["options"].as_array().unwrap().iter().map(|o| o["votes_count"].as_i64().unwrap()).collect()
}

#[test]
fn a_vote_names_the_option_verbatim() {
    let (app, alice, remote, bob) = scene();
    let names = ["C & D <x>", "tea &amp; milk  ", " plain", "z\u{202e}z"];
    let option = |name: &str| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}});
    let options: Vec<Value> = names.iter().map(|n| option(n)).collect();
    let asked = question(&remote, &bob, json!({"oneOf": null, "anyOf": options}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &asked)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    let titles: Vec<&str> =
        seen["poll"]["options"].as_array().unwrap().iter().map(|o| o["title"].as_str().unwrap()).collect();
    assert!(titles.iter().all(|t| *t == t.trim() && !t.contains('\u{202e}')), "{titles:?}");
    // An Update changes none of this.
    let mut counted = asked.clone();
    counted["anyOf"][3]["replies"]["totalItems"] = json!(4);
    assert_eq!(remote.sends(&app, &update(&remote, &bob, 1, &counted)), 202);
    alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [0, 1, 2, 3]}));
    settle(&[&app]);
    let mut sent: Vec<String> = remote
        .inbox
        .borrow()
        .iter()
        .filter(|a| a["type"] == "Create")
        .map(|a| a["object"]["name"].as_str().unwrap().to_owned())
        .collect();
    sent.sort();
    let mut wanted = names.map(str::to_owned);
    wanted.sort();
    assert_eq!(sent, wanted);
}

#[test]
fn a_local_vote_is_shown_until_the_polls_server_sends_counts() {
    let (app, alice, remote, bob) = scene();
    let asked = question(&remote, &bob, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &asked)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    remote.status.set(403);
    alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [1]}));
    assert_eq!(counts_of(&alice, &seen), [1, 3]);
    // The counts of the poll's server are final, however they arrive.
    assert_eq!(remote.sends(&app, &update(&remote, &bob, 1, &asked)), 202);
    assert_eq!(counts_of(&alice, &seen), [1, 2]);
    settle(&[&app]);
    assert_eq!(counts_of(&alice, &seen), [1, 2]);
}

#[test]
fn a_vote_that_its_server_refuses_is_not_shown_as_cast() {
    for status in [403, 404, 410, 422] {
        let (app, alice, remote, bob) = scene();
        let option = |name: &str| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 2}});
        let asked =
            question(&remote, &bob, json!({"oneOf": null, "anyOf": [option("x"), option("y"), option("z")]}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &asked)), 202);
        let seen = alice.notifications()[0]["status"].clone();
        let poll = || alice.get(&format!("/api/v1/polls/{}", id(&seen)));
        alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [0]}));
        settle(&[&app]);
        remote.status.set(status);
        alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [1, 2]}));
        assert_eq!(poll()["own_votes"], json!([0, 1, 2]), "{status}");
        settle(&[&app]);
        // The one that its server took stays; the counts are the server's.
        assert_eq!((&poll()["voted"], &poll()["own_votes"]), (&json!(true), &json!([0])), "{status}");
        assert_eq!(counts_of(&alice, &seen), [2, 2, 2], "{status}");
        // Another try is a vote again.
        remote.status.set(202);
        alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [2]}));
        settle(&[&app]);
        assert_eq!(poll()["own_votes"], json!([0, 2]), "{status}");
    }
}

#[test]
fn a_vote_is_shown_as_cast_while_it_is_tried() {
    let (app, alice, remote, bob) = scene();
    let asked = question(&remote, &bob, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &asked)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    let poll = || alice.get(&format!("/api/v1/polls/{}", id(&seen)));
    for answer in [429, 408, 503] {
        remote.status.set(answer);
        if answer == 429 {
            alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [1]}));
        }
        settle(&[&app]);
        app.clock.advance(10 * MINUTE);
        app.tick();
        assert_eq!(poll()["own_votes"], json!([1]), "{answer}");
    }
    remote.status.set(403);
    app.clock.advance(60 * MINUTE);
    app.tick();
    settle(&[&app]);
    assert_eq!((&poll()["voted"], &poll()["own_votes"]), (&json!(false), &json!([])));
}

#[test]
fn a_vote_with_content_is_a_vote_and_not_a_reply() {
    for content in [json!("<br>"), json!("<p> </p>"), json!("tea"), json!(null)] {
        let (app, alice, remote, bob) = scene();
        let post = asks(&alice, json!({}));
        let mut ballot = vote(&remote, &bob, &post, 1, "tea");
        ballot["object"]["content"] = content.clone();
        assert_eq!(remote.sends(&app, &ballot), 202);
        assert_eq!(counts(&alice, &post), (vec![1, 0, 0], 1), "{content}");
        assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 0, "{content}");
        let shown = alice.get(&format!("/api/v1/statuses/{}", id(&post)));
        assert_eq!(shown["replies_count"], 0, "{content}");
        assert_eq!(alice.notifications().len(), 0, "{content}");
        // A note that names no option, or is public, is a reply.
        let answers = [
            json!({"name": "beer", "content": "<p>beer!</p>"}),
            json!({"name": "tea", "content": "<p>tea, of course</p>", "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [post["account"]["uri"]]}),
        ];
        for (n, more) in answers.into_iter().enumerate() {
            let mut answer = vote(&remote, &bob, &post, 10 + n as u32, "x");
            answer["object"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(remote.sends(&app, &answer), 202);
        }
        assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 2, "{content}");
        assert_eq!(counts(&alice, &post), (vec![1, 0, 0], 1), "{content}");
    }
}

#[test]
fn of_two_concurrent_single_choice_votes_one_is_sent() {
    let (app, alice, remote, bob) = scene();
    let asked = question(&remote, &bob, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &asked)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    let inner = app.ready();
    let status: sori::model::id::Id = sori::model::id::Id::parse(id(&seen)).unwrap();
    let voter = app.account("alice");
    // Both requests have read the poll before either has voted.
    let outcomes = pollster::block_on(async {
        let view = sori::store::load(&inner.db, sori::store::statuses::visible_by_id(status, Some(voter.id)))
            .await
            .unwrap()
            .unwrap();
        let first = sori::services::vote::cast(&inner, &voter, &view, &[0]).await;
        let second = sori::services::vote::cast(&inner, &voter, &view, &[1]).await;
        sori::jobs::run::after_response(&inner).await;
        [first.is_ok(), second.is_ok()]
    });
    settle(&[&app]);
    let sent: Vec<Value> = remote.inbox.borrow().iter().map(|a| a["object"]["name"].clone()).collect();
    assert_eq!((outcomes, sent), ([true, false], vec![json!("x")]));
    assert_eq!(app.count("SELECT count(*) AS n FROM poll_votes"), 1);
}

#[test]
fn a_poll_elsewhere_is_read_a_last_time_after_its_end() {
    let (app, alice, remote, bob) = scene();
    let end = sori::model::time::Time(NOW + 60 * MINUTE).to_iso();
    let asked = question(&remote, &bob, json!({"endTime": end}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &asked)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    alice.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [1]}));
    settle(&[&app]);
    let option = |name: &str, n: i64| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": n}});
    question(&remote, &bob, json!({"endTime": end, "oneOf": [option("x", 7), option("y", 9)]}));
    app.clock.advance(61 * MINUTE);
    app.tick();
    settle(&[&app]);
    assert_eq!(counts_of(&alice, &seen), [7, 9]);
}

#[test]
fn counts_that_could_not_be_sent_are_sent_later() {
    let (app, alice, remote, bob) = scene();
    let post = asks(&alice, json!({}));
    assert_eq!(remote.sends(&app, &vote(&remote, &bob, &post, 1, "tea")), 202);
    let event = app.ready();
    // The poll is taken; what is to be sent of it cannot be read.
    app.db.fail_after(1, false);
    pollster::block_on(sori::services::vote::send_new_counts(&event, 9)).unwrap();
    settle(&[&app]);
    assert_eq!(remote.got(), Vec::<String>::new());
    pollster::block_on(sori::services::vote::send_new_counts(&app.ready(), 9)).unwrap();
    settle(&[&app]);
    assert_eq!(remote.got(), ["Update"]);
}
