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
