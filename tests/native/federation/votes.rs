//! Which notes are votes, and which are notes that look like some.

use serde_json::{Value, json};

use crate::remote::cast;

const ALICE: &str = "https://a.example/users/alice";

#[test]
fn a_vote_is_never_a_note_and_a_note_with_a_name_is_one() {
    let (app, remote, bob) = cast();
    let (alice, zoe) = (app.person("alice"), app.person("zoe"));
    let poll = alice
        .post("/api/v1/statuses", json!({"status": "?", "poll": {"options": ["a", "b"], "expires_in": 600}}));
    let theirs = remote.note(
        &bob,
        100,
        json!({"type": "Question", "endTime": "2027-01-01T00:00:00Z",
        "oneOf": [{"type": "Note", "name": "a"}, {"type": "Note", "name": "b"}]}),
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &theirs)), 202);
    let zoes = format!("https://a.example/users/{}", zoe.name);
    let counted = || {
        (
            app.count("SELECT count(*) AS n FROM poll_votes"),
            app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0") - 1,
        )
    };
    // The poll, the name, the content, to whom, and what is stored of it: votes and notes.
    let cases = [
        ("a vote", &poll["uri"], "a", "", json!([ALICE]), (1, 0)),
        ("an option that there is not", &poll["uri"], "c", "", json!([ALICE]), (0, 0)),
        ("a vote in a poll elsewhere", &theirs["id"], "a", "", json!([bob["id"], ALICE]), (0, 0)),
        (
            "a note to the author of a poll elsewhere",
            &theirs["id"],
            "a",
            "<p>hm</p>",
            json!([bob["id"], ALICE]),
            (0, 1),
        ),
        ("a note to somebody else", &poll["uri"], "a", "<p>hm</p>", json!([zoes]), (0, 1)),
        ("a note with another name", &poll["uri"], "x", "<p>hm</p>", json!([ALICE]), (0, 1)),
        ("a note to everybody", &poll["uri"], "a", "<p>hm</p>", json!([ALICE, "as:Public"]), (0, 1)),
    ];
    for (n, (what, parent, name, content, to, (votes, notes))) in (1..).zip(cases) {
        let before = counted();
        let voter = remote.person(&format!("dan{n}"));
        let mut note: Value =
            remote.note(&voter, n, json!({"name": name, "inReplyTo": parent, "to": to, "cc": []}));
        if content.is_empty() {
            note.as_object_mut().unwrap().remove("content");
        } else {
            note["content"] = json!(content);
        }
        assert_eq!(remote.sends(&app, &remote.create(&voter, &note)), 202, "{what}");
        let now = counted();
        assert_eq!((now.0 - before.0, now.1 - before.1), (votes, notes), "{what}");
    }
}
