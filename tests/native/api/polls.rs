//! Polls.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{MINUTE, NOW, TestApp, id, people, refused, settle, wait};

#[test]
fn polls_are_created_voted_on_and_closed() {
    let (app, alice, bob) = people();
    let ask = |poll: Value| json!({"status": "tea?", "poll": poll});
    for (bad, why) in [
        (json!({"options": ["a"], "expires_in": 600}), "one option"),
        (json!({"options": ["a", "a"], "expires_in": 600}), "the same twice"),
        (json!({"options": ["a", "b", "c", "d", "e"], "expires_in": 600}), "five"),
        (json!({"options": ["a", "x".repeat(51)], "expires_in": 600}), "too long"),
        (json!({"options": ["a", "b"], "expires_in": 10}), "too short a time"),
        (json!({"options": ["a", "b"], "expires_in": 99_999_999}), "too long a time"),
        (json!({"options": ["a", "b"], "expires_in": "soon"}), "no number"),
        (json!({"options": ["a", "b"]}), "no end"),
    ] {
        assert_eq!(refused(&alice, "POST", "/api/v1/statuses", ask(bad)), 422, "{why}");
    }
    // Trap 29: a poll needs no text.
    let post = alice.post(
        "/api/v1/statuses",
        json!({"poll": {"options": ["yes", "no"], "expires_in": "600", "hide_totals": true}}),
    );
    let poll = &post["poll"];
    assert_eq!((poll["voted"].as_bool(), poll["votes_count"].as_i64()), (Some(true), Some(0)));
    let path = format!("/api/v1/polls/{}", id(poll));
    assert_eq!(refused(&alice, "POST", &format!("{path}/votes"), json!({"choices": [0]})), 422);
    assert_eq!(refused(&bob, "POST", &format!("{path}/votes"), json!({"choices": [0, 1]})), 422);
    assert_eq!(refused(&bob, "POST", &format!("{path}/votes"), json!({"choices": [7]})), 422);
    let voted = bob.post(&format!("{path}/votes"), json!({"choices": ["1"]}));
    assert_eq!(voted["own_votes"], json!([1]));
    // Totals are hidden until the end.
    assert_eq!((voted["votes_count"].as_i64(), &voted["options"][1]["votes_count"]), (Some(1), &Value::Null));
    assert_eq!(refused(&bob, "POST", &format!("{path}/votes"), json!({"choices": [0]})), 422);
    wait(&app, 11 * MINUTE);
    let closed = bob.get(&path);
    assert_eq!(
        (closed["expired"].as_bool(), closed["options"][1]["votes_count"].as_i64()),
        (Some(true), Some(1))
    );
    assert_eq!(alice.notifications()[0]["type"], "poll");
    assert_eq!(bob.notifications()[0]["type"], "poll");
    let many = alice.post(
        "/api/v1/statuses",
        ask(json!({"options": ["a", "b", "c"], "multiple": true, "expires_in": 600})),
    );
    let voted = bob.post(&format!("/api/v1/polls/{}/votes", id(&many)), json!({"choices": [0, 2]}));
    assert_eq!((voted["votes_count"].as_i64(), voted["voters_count"].as_i64()), (Some(2), Some(1)));
    // A changed question resets the votes; the same question keeps them.
    let edit = |options: Value| json!({"status": "tea?", "poll": {"options": options, "multiple": true, "expires_in": 600}});
    let put = |body: Value| {
        app.clock.advance(1000);
        alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&many)), Some(body))
    };
    assert_eq!(put(edit(json!(["a", "b", "c"])))["poll"]["votes_count"], 2);
    assert_eq!(put(edit(json!(["a", "b", "d"])))["poll"]["votes_count"], 0);
    assert_eq!(bob.get(&format!("/api/v1/polls/{}", id(&many)))["voted"], false);
}

#[test]
fn polls_federate() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (a, b) = (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    bob.follows(&alice);
    settle(&[&a, &b]);
    let post = alice.post(
        "/api/v1/statuses",
        json!({"status": "tea?", "poll": {"options": ["yes", "no"], "expires_in": 3600}}),
    );
    settle(&[&a, &b]);
    let seen = bob.sees(&post["uri"]).expect("the poll");
    assert_eq!(seen["poll"]["options"][0]["title"], "yes");
    bob.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [0]}));
    settle(&[&a, &b]);
    let counted = alice.get(&format!("/api/v1/polls/{}", id(&post)));
    assert_eq!((counted["votes_count"].as_i64(), counted["voters_count"].as_i64()), (Some(1), Some(1)));
    clock.advance(2 * 60 * MINUTE);
    a.tick();
    b.tick();
    assert_eq!(bob.notifications()[0]["type"], "poll");
}

#[test]
fn a_later_vote_adds_to_a_poll_of_several_choices() {
    let (_, alice, bob) = people();
    let ask = |is_multiple: bool| {
        let poll = json!({"options": ["a", "b", "c"], "multiple": is_multiple, "expires_in": 600});
        let post = alice.post("/api/v1/statuses", json!({"status": "tea?", "poll": poll}));
        format!("/api/v1/polls/{}/votes", id(&post))
    };
    let already = json!({"error": "Validation failed: You have already voted on this poll"});
    let refuses = |path: &str, choices: Value| {
        let response = bob.call("POST", path, Some(json!({ "choices": choices })));
        assert_eq!(response.status, 422, "{choices}");
        assert_eq!(serde_json::from_slice::<Value>(&response.body).unwrap(), already, "{choices}");
    };
    let many = ask(true);
    assert_eq!(bob.post(&many, json!({"choices": [0]}))["own_votes"], json!([0]));
    let added = bob.post(&many, json!({"choices": [2]}));
    assert_eq!(
        (&added["own_votes"], added["votes_count"].as_i64(), added["voters_count"].as_i64()),
        (&json!([0, 2]), Some(2), Some(1))
    );
    // Earlier choices are kept when new ones are added.
    refuses(&many, json!([1, 2]));
    assert_eq!(bob.get(many.trim_end_matches("/votes"))["own_votes"], json!([0, 2]));
    let one = ask(false);
    refuses(&one, json!([0, 1]));
    bob.post(&one, json!({"choices": [0]}));
    refuses(&one, json!([1]));
    refuses(&one, json!([0]));
}

#[test]
fn why_a_vote_does_not_count_is_said() {
    let (app, alice, bob) = people();
    let poll = json!({"options": ["a", "b"], "expires_in": 600});
    let post = alice.post("/api/v1/statuses", json!({"status": "tea?", "poll": poll}));
    let said = |choices: Value| {
        let path = format!("/api/v1/polls/{}/votes", id(&post));
        let answer = bob.call("POST", &path, Some(json!({ "choices": choices })));
        let error: Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status, error["error"].as_str().unwrap_or_default().to_owned())
    };
    let because = |what: &str| (422, format!("Validation failed: {what}"));
    assert_eq!(said(json!([])), because("The chosen vote option does not exist"));
    app.clock.advance(11 * MINUTE);
    assert_eq!(said(json!([0])), because("The poll has already ended"));
}

#[test]
fn a_later_vote_in_a_remote_poll_of_several_choices_is_sent_as_well() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (a, b) = (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    bob.follows(&alice);
    settle(&[&a, &b]);
    let poll = json!({"options": ["a", "b", "c"], "multiple": true, "expires_in": 86_400});
    let post = alice.post("/api/v1/statuses", json!({"status": "tea?", "poll": poll}));
    settle(&[&a, &b]);
    let path = format!("/api/v1/polls/{}/votes", id(&bob.sees(&post["uri"]).expect("the poll")));
    for choice in [0, 2] {
        bob.post(&path, json!({"choices": [choice]}));
        settle(&[&a, &b]);
    }
    let counted = alice.get(&format!("/api/v1/polls/{}", id(&post)));
    assert_eq!((counted["votes_count"].as_i64(), counted["voters_count"].as_i64()), (Some(2), Some(1)));
}

#[test]
fn a_poll_that_an_edit_takes_away_is_not_closed_later() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let poll = json!({"options": ["a", "b"], "expires_in": 600});
    let status = alice.post("/api/v1/statuses", json!({"status": "which?", "poll": poll}));
    let open = || app.count("SELECT count(*) AS n FROM open_polls");
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    assert_eq!(open(), 1);
    app.clock.advance(1000);
    alice.ok("PUT", &path, Some(json!({"status": "never mind"})));
    assert_eq!(open(), 0);
    // Attempts at closing an earlier end do not count against a new one.
    app.clock.advance(1000);
    alice.ok("PUT", &path, Some(json!({"status": "which?", "poll": poll})));
    app.db.run("UPDATE open_polls SET attempts = 8");
    app.clock.advance(1000);
    alice.ok(
        "PUT",
        &path,
        Some(json!({"status": "which one?", "poll": {"options": ["a", "b"], "expires_in": 900}})),
    );
    assert_eq!((open(), app.count("SELECT attempts AS n FROM open_polls")), (1, 0));
}
