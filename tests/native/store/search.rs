//! The index of statuses: each is in it once, with its own text.

use serde_json::{Value, json};
use sori::model::id::Id;
use sori::platform::sql::Statement;
use sori::store;

use crate::app::{Person, TestApp, id, ids, people};
use crate::remote::cast;

fn run(app: &TestApp, statement: Statement) {
    pollster::block_on(store::write(&app.db, vec![statement])).unwrap();
}

fn found(person: &Person, word: &str) -> Vec<String> {
    let found = person.get(&format!("/api/v2/search?type=statuses&q={word}"));
    ids(&found["statuses"]).into_iter().map(str::to_owned).collect()
}

#[test]
fn an_edit_changes_what_finds_that_status_and_no_other() {
    let (app, alice, _) = people();
    let one = alice.posts("mossy stone");
    app.clock.advance(1_000);
    let two = alice.posts("mossy log");
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&two)), Some(json!({"status": "ferny log"})));
    assert_eq!(found(&alice, "mossy"), [id(&one)]);
    assert_eq!(found(&alice, "stone"), [id(&one)]);
    assert_eq!(
        (found(&alice, "ferny"), found(&alice, "log")),
        (vec![id(&two).to_owned()], vec![id(&two).to_owned()])
    );
}

#[test]
fn what_is_indexed_stays_as_it_is_whoever_marks_or_sends_it_again() {
    let (app, alice, _) = people();
    let post: Value = alice.posts("mossy stone");
    let (uri, status) = (post["uri"].as_str().unwrap(), Id::parse(id(&post)).unwrap());
    for _ in 0..2 {
        run(&app, store::search::index_received(uri, "other words"));
        run(&app, store::search::index_once(status, "other words"));
    }
    assert_eq!((found(&alice, "mossy").len(), found(&alice, "other").len()), (1, 0));
    // A new text takes the place of the old one; of what is not indexed none is added by an edit.
    run(&app, store::search::index(status, "ferny log"));
    assert_eq!((found(&alice, "mossy").len(), found(&alice, "ferny").len()), (0, 1));
    run(&app, store::search::reindex(Id(5), "liverwort"));
    assert_eq!(app.count("SELECT count(*) AS n FROM status_search_docsize"), 1);
}

#[test]
fn a_note_that_is_edited_elsewhere_changes_what_finds_it_and_no_other() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let note = |n: u32, text: &str| {
        remote.note(&bob, n, json!({"content": format!("<p>{text}</p>"),
            "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]}))
    };
    for (n, text) in [(1, "mossy stone"), (2, "mossy log")] {
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note(n, text))), 202);
    }
    let mut edited = note(2, "ferny log");
    edited["updated"] = json!("2026-09-21T11:00:00Z");
    let update = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": edited});
    assert_eq!(remote.sends(&app, &update), 202);
    let all = |word: &str| found(&alice, word).len();
    assert_eq!((all("mossy"), all("stone"), all("ferny"), all("log")), (1, 1, 1, 1));
}
