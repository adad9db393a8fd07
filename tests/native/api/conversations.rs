//! Private conversations.

use serde_json::{Value, json};

use crate::app::{Person, id, ids, people, refused};

#[test]
fn private_conversations() {
    let (app, alice, bob) = people();
    let say = |from: &Person, text: &str, to: Option<&Value>| {
        app.clock.advance(10);
        from.post(
            "/api/v1/statuses",
            json!({"status": text, "visibility": "direct", "in_reply_to_id": to.map(id)}),
        )
    };
    let first = say(&alice, "@bob psst", None);
    let list = bob.get("/api/v1/conversations");
    assert_eq!(
        (list[0]["unread"].as_bool(), ids(&list[0]["accounts"]), &list[0]["last_status"]["id"]),
        (Some(true), vec![alice.id.to_string().as_str()], &first["id"])
    );
    let second = say(&bob, "@alice what?", Some(&first));
    assert_eq!(bob.get("/api/v1/conversations")[0]["unread"], false);
    let hers = alice.get("/api/v1/conversations");
    assert_eq!(
        (hers.as_array().unwrap().len(), hers[0]["unread"].as_bool(), &hers[0]["last_status"]["id"]),
        (1, Some(true), &second["id"])
    );
    let path = format!("/api/v1/conversations/{}", id(&hers[0]));
    assert_eq!(alice.post(&format!("{path}/read"), json!({}))["unread"], false);
    assert_eq!(alice.post(&format!("{path}/unread"), json!({}))["unread"], true);
    assert_eq!(alice.get("/api/v1/timelines/direct").as_array().unwrap().len(), 2);
    bob.deletes(&second);
    assert_eq!(alice.get("/api/v1/conversations")[0]["last_status"]["id"], first["id"]);
    alice.ok("DELETE", &path, None);
    assert_eq!(alice.get("/api/v1/conversations"), json!([]));
    assert_eq!(refused(&alice, "DELETE", &path, json!({})), 404);
    // A conversation of another account is a 404.
    let theirs = bob.get("/api/v1/conversations");
    assert_eq!(
        refused(&alice, "POST", &format!("/api/v1/conversations/{}/read", id(&theirs[0])), json!({})),
        404
    );
}
