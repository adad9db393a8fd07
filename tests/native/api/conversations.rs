//! Private conversations.

use serde_json::{Value, json};
use sori::model::id::Id;
use sori::model::page::Page;
use sori::store;

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

/// The rows that a page of direct statuses reads where `n` were sent, `n` received and `n` public ones mention the viewer.
fn rows_of_a_page(n: usize) -> u64 {
    let (app, alice, bob) = people();
    app.db.run(&format!(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n}) SELECT i FROM n;\
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, conversation, content, created_at) \
         SELECT 3 * i, 'https://a.example/s/' || (3 * i), '', {alice}, 1, 3, 'c' || i % 7, 'x', 0 FROM n;\
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, conversation, content, created_at) \
         SELECT 3 * i + 1, 'https://a.example/s/' || (3 * i + 1), '', {bob}, 1, 3, 'c' || i % 7, 'x', 0 FROM n;\
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, conversation, content, created_at) \
         SELECT 3 * i + 2, 'https://a.example/s/' || (3 * i + 2), '', {bob}, 1, 0, 'p' || i, 'x', 0 FROM n;\
         INSERT INTO mentions (account_id, status_id, is_direct) SELECT {alice}, 3 * i + 1, 1 FROM n;\
         INSERT INTO mentions (account_id, status_id, is_direct) SELECT {alice}, 3 * i + 2, 0 FROM n;\
         DROP TABLE n;",
        alice = alice.id,
        bob = bob.id
    ));
    let mut rows = 0;
    let middle = 3 * n as i64 / 2;
    for page in [
        Page::first(20),
        Page { max_id: Some(Id(middle)), ..Page::first(20) },
        Page { min_id: Some(Id(middle)), ..Page::first(20) },
    ] {
        let event = app.ready();
        let before = event.cost().rows_read;
        let found =
            pollster::block_on(store::load(&event.db, store::timelines::direct(alice.id, &page))).unwrap();
        rows += event.cost().rows_read - before;
        let own = found.items.iter().filter(|view| view.account.id == alice.id).count();
        assert_eq!((found.items.len(), own), (20, 10), "{page:?}");
    }
    rows
}

#[test]
fn a_page_of_direct_statuses_reads_no_more_rows_the_more_there_are() {
    let few = rows_of_a_page(100);
    assert_eq!(few, rows_of_a_page(400));
    assert!(few < 1000, "{few} rows for three pages of twenty");
}

#[test]
fn a_status_that_becomes_direct_or_public_is_shown_as_it_is_now() {
    let (app, alice, bob) = people();
    bob.posts("@alice hello");
    assert_eq!(alice.get("/api/v1/timelines/direct"), json!([]));
    app.write("UPDATE statuses SET visibility = 3");
    assert_eq!(alice.get("/api/v1/timelines/direct").as_array().unwrap().len(), 1);
    app.write("UPDATE statuses SET visibility = 0");
    assert_eq!(alice.get("/api/v1/timelines/direct"), json!([]));
}
