//! Statuses whose id follows from their uri are found by it.

use serde_json::json;
use sori::model::id::Id;

use crate::app::{NOW, TestApp, id};
use crate::remote::cast;

fn derived(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM statuses WHERE is_derived = 1 AND is_local = 0")
}

#[test]
fn a_note_of_mastodon_has_the_id_of_its_number_and_is_found_by_its_uri() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let note = remote.note_of_mastodon(&bob, 77, json!({}));
    for _ in 0..2 {
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    }
    let uri = note["id"].as_str().unwrap();
    let stored = alice.sees(&note["id"]).unwrap();
    assert_eq!(id(&stored), Id::of_uri(uri).unwrap().to_string());
    assert_eq!((derived(&app), app.count("SELECT count(*) AS n FROM statuses")), (1, 1));
    // An answer, an edit, a boost, and its end.
    let answer = remote.note(&bob, 2, json!({"inReplyTo": uri}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &answer)), 202);
    assert_eq!(app.count("SELECT replies_count AS n FROM statuses WHERE is_derived = 1"), 1);
    let boost = json!({"id": format!("{uri}9/activity"), "type": "Announce", "actor": bob["id"], "object": uri,
        "to": ["https://www.w3.org/ns/activitystreams#Public"], "published": note["published"]});
    assert_eq!(remote.sends(&app, &boost), 202);
    assert_eq!(
        app.count("SELECT reblogs_count AS n FROM statuses WHERE is_derived = 1 AND reblog_of_id IS NULL"),
        1
    );
    let edited = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "to": note["to"],
        "object": remote.note_of_mastodon(&bob, 77, json!({"content": "<p>new</p>", "updated": "2026-09-21T13:00:00Z"}))});
    assert_eq!(remote.sends(&app, &edited), 202);
    assert_eq!(alice.sees(&note["id"]).unwrap()["content"], "<p>new</p>");
    let delete = json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": bob["id"], "object": uri});
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(derived(&app), 0);
}

/// Whoever names a number decides on no other status: neither on one that is there, nor on its time.
#[test]
fn a_number_that_is_taken_or_says_another_time_is_no_id() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let eve = remote.person("eve");
    let first = remote.note_of_mastodon(&bob, 77, json!({}));
    let me = "https://a.example/users/alice";
    let to_me = json!({"cc": [me], "tag": [{"type": "Mention", "href": me}]});
    let taken = remote.note_of_mastodon(&eve, 77, to_me);
    for (author, note) in [(&bob, &first), (&eve, &taken)] {
        assert_eq!(remote.sends(&app, &remote.create(author, note)), 202);
    }
    assert_eq!((derived(&app), app.count("SELECT count(*) AS n FROM statuses")), (1, 2));
    assert_eq!(app.count("SELECT count(DISTINCT uri) AS n FROM statuses"), 2);
    // Both are found, and stored once.
    assert_eq!(remote.sends(&app, &remote.create(&eve, &taken)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 2);
    let mine: i64 = id(&alice.posts("mine")).parse().unwrap();
    let (now, year) = (NOW << 16, (365 * 24 * 3_600_000_i64) << 16);
    for number in [now + year, now - year, mine, 0, 1, i64::MAX] {
        let uri = format!("{}/statuses/{number}", bob["id"].as_str().unwrap());
        let note = remote.note(&bob, 1, json!({"id": uri}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202, "{number}");
        assert!(alice.sees(&note["id"]).is_some(), "{number}");
    }
    assert_eq!(derived(&app), 1);
}
