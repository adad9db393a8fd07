//! Who may put a note into a conversation, and what its participants see.

use serde_json::json;

use crate::app::{MINUTE, people};
use crate::remote::Remote;

const ALICE: &str = "https://a.example/users/alice";

#[test]
fn whoever_answers_a_public_post_and_blocks_hides_no_conversation() {
    let (app, alice, bob) = people();
    let evil = Remote::new(&app.network, "evil.example");
    let mallory = evil.person("mallory");
    let root = bob.posts("a public word");
    let answer = alice.post(
        "/api/v1/statuses",
        json!({"status": "@bob between us", "visibility": "direct", "in_reply_to_id": root["id"]}),
    );
    let shown = || {
        let all = alice.get("/api/v1/conversations");
        all.as_array().unwrap().iter().any(|c| c["last_status"]["uri"] == answer["uri"])
    };
    let direct = |n: u32| {
        app.clock.advance(MINUTE);
        let note = evil.note(&mallory, n, json!({"to": [ALICE], "cc": [], "inReplyTo": root["uri"], "published": app.clock.now().to_iso_seconds(),
            "tag": [{"type": "Mention", "href": ALICE, "name": "@alice@a.example"}]}));
        assert_eq!(evil.sends(&app, &evil.create(&mallory, &note)), 202);
    };
    direct(1);
    assert!(!shown(), "the newest status of the conversation is shown");
    let block =
        json!({"id": evil.uri("/blocks/1"), "type": "Block", "actor": mallory["id"], "object": ALICE});
    assert_eq!(evil.sends(&app, &block), 202);
    assert!(shown(), "after the block");
    direct(2);
    assert!(shown(), "after another note");
}

#[test]
fn a_conversation_whose_last_status_is_hidden_is_not_shown() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    for person in [&bob, &carol] {
        app.clock.advance(MINUTE);
        person.post("/api/v1/statuses", json!({"status": "@alice psst", "visibility": "direct"}));
    }
    let shown = || {
        let all = alice.get("/api/v1/conversations");
        let of = all.as_array().unwrap().iter().map(|c| {
            assert_eq!(c["accounts"].as_array().unwrap().len(), 1);
            assert_eq!(c["accounts"][0]["id"], c["last_status"]["account"]["id"]);
            c["accounts"][0]["username"].as_str().unwrap().to_owned()
        });
        of.collect::<Vec<String>>()
    };
    assert_eq!(shown(), ["carol", "bob"]);
    bob.post(&format!("/api/v1/accounts/{}/block", alice.id), json!({}));
    assert_eq!(shown(), ["carol"]);
    app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'carol'");
    assert_eq!(shown(), Vec::<String>::new());
}

#[test]
fn one_conversation_is_read_and_deleted_and_by_its_owner_alone() {
    let (app, alice, bob) = people();
    let (carol, dan) = (app.person("carol"), app.person("dan"));
    for person in [&bob, &carol] {
        app.clock.advance(MINUTE);
        person.post("/api/v1/statuses", json!({"status": "@alice psst", "visibility": "direct"}));
    }
    let state = || {
        let all = alice.get("/api/v1/conversations");
        let of = all.as_array().unwrap().iter();
        of.map(|c| (c["id"].as_str().unwrap().to_owned(), c["unread"] == true))
            .collect::<Vec<(String, bool)>>()
    };
    let (carols, bobs) = (state()[0].0.clone(), state()[1].0.clone());
    let does = |who: &crate::app::Person, method: &str, what: &str| {
        who.call(method, &format!("/api/v1/conversations/{carols}{what}"), None).status
    };
    for (method, what) in [("POST", "/read"), ("DELETE", "")] {
        assert_eq!(does(&dan, method, what), 404, "{what}");
        assert_eq!(state(), [(carols.clone(), true), (bobs.clone(), true)], "{what}");
    }
    assert_eq!(does(&alice, "POST", "/read"), 200);
    assert_eq!(state(), [(carols.clone(), false), (bobs.clone(), true)]);
    assert_eq!(does(&dan, "POST", "/unread"), 404);
    assert!(!state()[0].1);
    assert_eq!(does(&alice, "DELETE", ""), 200);
    assert_eq!(state(), [(bobs, true)]);
}
