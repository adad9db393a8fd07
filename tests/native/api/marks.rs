//! Marks that are removed: bookmarks, favourites, boosts, reactions.

use serde_json::{Value, json};

use crate::app::{Person, TestApp, id, ids, settle};
use crate::remote::cast;

/// What a viewer did to a status, and how it is undone.
const MARKS: [(&str, &str, &str); 4] = [
    ("POST", "bookmark", "unbookmark"),
    ("POST", "favourite", "unfavourite"),
    ("POST", "reblog", "unreblog"),
    ("PUT", "reactions", "reactions"),
];

fn path(status: &Value, what: &str) -> String {
    if what == "reactions" {
        return format!("/api/v1/pleroma/statuses/{}/reactions/🎉", id(status));
    }
    format!("/api/v1/statuses/{}/{what}", id(status))
}

fn undo(viewer: &Person, status: &Value, what: &str) -> (u16, String) {
    let method = if what == "reactions" { "DELETE" } else { "POST" };
    let answer = viewer.call(method, &path(status, what), Some(json!({})));
    (answer.status, String::from_utf8(answer.body).unwrap())
}

#[test]
fn a_mark_is_removed_from_a_status_that_is_hidden_now() {
    for reason in ["block", "suspended", "private"] {
        let app = TestApp::alone();
        let (author, viewer) = (app.person("author"), app.person("viewer"));
        let post = author.post(
            "/api/v1/statuses",
            json!({"status": "xyzzy #plugh", "spoiler_text": "plover", "language": "en"}),
        );
        let other = author.posts("other xyzzy");
        for (method, mark, _) in MARKS {
            viewer.ok(method, &path(&post, mark), Some(json!({})));
        }
        match reason {
            "block" => {
                author.post(&format!("/api/v1/accounts/{}/block", viewer.id), json!({}));
            }
            "suspended" => app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'author'"),
            _ => app.db.run("UPDATE statuses SET visibility = 2 WHERE reblog_of_id IS NULL"),
        }
        assert_eq!(viewer.call("GET", &format!("/api/v1/statuses/{}", id(&post)), None).status, 404);
        for (_, mark, unmark) in MARKS {
            // Blocking removes some of them itself.
            let had = app.count(match mark {
                "bookmark" => "SELECT count(*) AS n FROM bookmarks",
                "favourite" => "SELECT count(*) AS n FROM favourites",
                "reblog" => "SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL",
                _ => "SELECT count(*) AS n FROM reactions",
            });
            let (status, text) = undo(&viewer, &post, unmark);
            assert_eq!(status, if had > 0 { 200 } else { 404 }, "{reason} {unmark} {text}");
            for secret in ["xyzzy", "plugh", "plover"] {
                assert!(!text.contains(secret), "{reason} {unmark} {text}");
            }
            if had > 0 {
                let entity: Value = serde_json::from_str(&text).unwrap();
                assert_eq!((&entity["id"], &entity["content"]), (&post["id"], &json!("")), "{reason}");
            }
            // Without a mark it is absent, as another one that was never marked.
            assert_eq!(undo(&viewer, &post, unmark).0, 404, "{reason} {unmark}");
            assert_eq!(undo(&viewer, &other, unmark).0, 404, "{reason} {unmark}");
        }
        settle(&[&app]);
        let left = app.count(
            "SELECT (SELECT count(*) FROM bookmarks) + (SELECT count(*) FROM favourites) + (SELECT count(*) FROM reactions) \
             + (SELECT count(*) FROM statuses WHERE reblog_of_id IS NOT NULL) AS n",
        );
        assert_eq!(left, 0, "{reason}");
    }
}

#[test]
fn what_a_viewer_did_is_told_of_that_status_and_to_them_alone() {
    let app = TestApp::alone();
    let [author, alice, bob] = ["author", "alice", "bob"].map(|name| app.person(name));
    let post = |person: &Person, text: &str| {
        app.clock.advance(1_000);
        person.post(
            "/api/v1/statuses",
            json!({"status": text, "poll": {"options": ["a", "b"], "expires_in": 600}}),
        )
    };
    let (one, two) = (post(&author, "one"), post(&author, "two"));
    let did = |person: &Person, status: &Value| {
        let seen = person.get(&format!("/api/v1/statuses/{}", id(status)));
        let reacted =
            seen["emoji_reactions"].as_array().is_some_and(|all| all.iter().any(|r| r["me"] == true));
        json!([
            seen["favourited"],
            seen["bookmarked"],
            seen["reblogged"],
            seen["muted"],
            seen["poll"]["voted"],
            seen["poll"]["own_votes"],
            reacted
        ])
    };
    for (method, mark, _) in MARKS {
        alice.ok(method, &path(&one, mark), Some(json!({})));
        // Others do the same to the other one.
        bob.ok(method, &path(&two, mark), Some(json!({})));
    }
    for (person, status, choice) in [(&alice, &one, 1), (&bob, &two, 0)] {
        person.act(status, "mute");
        person.post(&format!("/api/v1/polls/{}/votes", id(&status["poll"])), json!({"choices": [choice]}));
    }
    let all = |choice: u8| json!([true, true, true, true, true, [choice], true]);
    let nothing = json!([false, false, false, false, false, [], false]);
    assert_eq!((did(&alice, &one), did(&alice, &two)), (all(1), nothing.clone()));
    assert_eq!((did(&bob, &one), did(&bob, &two)), (nothing, all(0)));
    // The same through a boost.
    let boost = author.act(&one, "reblog");
    let seen = |person: &Person| person.get(&format!("/api/v1/statuses/{}", id(&boost)))["reblog"].clone();
    for (person, marked) in [(&alice, true), (&bob, false)] {
        let seen = seen(person);
        for name in ["favourited", "bookmarked", "reblogged", "muted"] {
            assert_eq!(seen[name], marked, "{name}");
        }
    }
    let pinned = [post(&author, "three"), post(&author, "four")];
    author.act(&pinned[0], "pin");
    let is_pinned = |person: &Person, status: &Value| {
        person.get(&format!("/api/v1/statuses/{}", id(status)))["pinned"] == true
    };
    assert_eq!(pinned.each_ref().map(|s| is_pinned(&author, s)), [true, false]);
    assert_eq!(pinned.each_ref().map(|s| is_pinned(&alice, s)), [false, false]);
}

#[test]
fn only_what_is_marked_itself_is_unmarked_once_it_is_hidden() {
    for (method, mark, unmark) in MARKS {
        let app = TestApp::alone();
        let (author, viewer, other) = (app.person("author"), app.person("viewer"), app.person("other"));
        let (marked, plain) = (author.posts("one"), author.posts("two"));
        viewer.ok(method, &path(&marked, mark), Some(json!({})));
        other.ok(method, &path(&plain, mark), Some(json!({})));
        app.db.run("UPDATE statuses SET visibility = 2 WHERE reblog_of_id IS NULL");
        assert_eq!(undo(&viewer, &plain, unmark).0, 404, "{mark}");
        assert_eq!(undo(&viewer, &marked, unmark).0, 200, "{mark}");
        assert_eq!(undo(&other, &marked, unmark).0, 404, "{mark}");
        assert_eq!(undo(&other, &plain, unmark).0, 200, "{mark}");
    }
}

#[test]
fn marks_make_work_and_notifications_only_where_somebody_is_to_be_told() {
    let (app, remote, bob) = cast();
    let (alice, dan) = (app.person("alice"), app.person("dan"));
    let carol = remote.person("carol");
    for n in 1..=2 {
        let follow = json!({"id": remote.uri(&format!("/f/{n}")), "type": "Follow", "actor": carol["id"], "object": "https://a.example/users/dan"});
        assert_eq!(remote.sends(&app, &follow), 202);
    }
    let found = alice.finds("carol@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&found)), json!({}));
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    settle(&[&app]);
    let theirs = alice.sees(&note["id"]).expect("bob's note");
    app.db.run("CREATE TABLE seen (n); CREATE TRIGGER seen_outbox AFTER INSERT ON outbox BEGIN INSERT INTO seen VALUES (1); END;");
    let sent = || app.count("SELECT count(*) AS n FROM seen");
    let told_elsewhere = || {
        app.count("SELECT count(*) AS n FROM notifications n JOIN accounts a ON a.id = n.account_id WHERE a.domain_id IS NULL")
    };
    // Among people here.
    let post = dan.posts("hello");
    let before = sent();
    for act in ["favourite", "unfavourite", "favourite"] {
        alice.act(&post, act);
    }
    assert_eq!(sent(), before);
    assert_eq!(dan.notifications().iter().filter(|n| n["type"] == "favourite").count(), 1);
    // Among people elsewhere.
    for (n, kind) in [(1, "Like"), (2, "Announce")] {
        let activity = json!({"id": remote.uri(&format!("/acts/{n}")), "type": kind, "actor": carol["id"],
            "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": note["id"]});
        assert_eq!(remote.sends(&app, &activity), 202);
        let undo = json!({"id": remote.uri(&format!("/undos/{n}")), "type": "Undo", "actor": carol["id"], "object": activity});
        assert_eq!(remote.sends(&app, &undo), 202);
        let again = json!({"id": remote.uri(&format!("/acts/{n}0")), "type": kind, "actor": carol["id"],
            "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": note["id"]});
        assert_eq!(remote.sends(&app, &again), 202);
    }
    assert_eq!(app.count("SELECT (SELECT count(*) FROM favourites f JOIN accounts a ON a.id = f.account_id WHERE a.username = 'carol') \
        + (SELECT count(*) FROM statuses WHERE reblog_of_id IS NOT NULL) AS n"), 2);
    assert_eq!((sent(), told_elsewhere()), (before, 0));
    // From here to there.
    for (n, act) in (1..).zip(["favourite", "reblog", "unreblog", "unfavourite"]) {
        alice.act(&theirs, act);
        assert_eq!((sent(), told_elsewhere()), (before + n, 0), "{act}");
    }
}

#[test]
fn what_people_here_mark_is_found_and_what_others_mark_is_not_indexed() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let carol = remote.person("carol");
    let notes: Vec<Value> = (1..=4)
        .map(|n| {
            let note = remote.note(&bob, n, json!({"content": format!("<p>mossy {n}</p>")}));
            assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
            alice.sees(&note["id"]).expect("bob's note")
        })
        .collect();
    let like =
        json!({"id": remote.uri("/l/1"), "type": "Like", "actor": carol["id"], "object": notes[3]["uri"]});
    assert_eq!(remote.sends(&app, &like), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM status_search_docsize"), 0);
    let mut found = Vec::new();
    for (note, act) in notes.iter().zip(["favourite", "reblog", "bookmark"]) {
        alice.act(note, act);
        found.insert(0, id(note));
        let all = alice.get("/api/v2/search?type=statuses&q=mossy");
        let mut all = ids(&all["statuses"]);
        all.sort_unstable();
        found.sort_unstable();
        assert_eq!(all, found, "{act}");
    }
}
