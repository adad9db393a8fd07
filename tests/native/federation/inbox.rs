//! From whom an inbox takes which activities.

use serde_json::{Value, json};
use sori::http::request::Request;

use crate::app::{TestApp, settle};
use crate::remote::{Remote, cast, fetched};

const ALICE: &str = "https://a.example/users/alice";

/// The same request without its signature.
fn unsigned(mut request: Request) -> Request {
    let names = ["content-type", "host"];
    let kept: Vec<(&str, String)> =
        names.iter().map(|n| (*n, request.header(n).unwrap().to_owned())).collect();
    request.headers = Default::default();
    for (name, value) in kept {
        request.headers.add(name, value);
    }
    request
}

fn jobs(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM jobs")
}

#[test]
fn no_other_server_sends_activities_of_our_people() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let mine = alice.posts("hello");
    let bobs = remote.key_of(bob["id"].as_str().unwrap());
    for activity in [
        json!({"id": "https://a.example/d/1", "type": "Delete", "actor": ALICE, "object": mine["uri"]}),
        json!({"id": "https://a.example/d/2", "type": "Delete", "actor": ALICE, "object": ALICE}),
        json!({"id": "https://a.example/u/1", "type": "Update", "actor": ALICE, "object": {"id": mine["uri"], "type": "Note", "attributedTo": ALICE, "content": "changed"}}),
    ] {
        let request = remote.request_signed_by(
            &app,
            &activity,
            &bobs,
            sori::activitypub::wire::signature::Spec::Cavage,
        );
        assert_eq!(app.send(request).status, 403, "{activity}");
    }
    assert_eq!(jobs(&app), 0);
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", mine["id"].as_str().unwrap()))["uri"], mine["uri"]);
}

#[test]
fn only_a_delete_or_update_of_an_unknown_actor_itself_needs_no_signature() {
    let (app, remote, _) = cast();
    let stranger = remote.uri("/users/stranger");
    for (kind, wanted) in [("Delete", 202), ("Update", 202), ("Move", 401), ("Flag", 401), ("Add", 401)] {
        let activity = json!({"id": remote.uri("/x/1"), "type": kind, "actor": stranger, "object": stranger});
        let request = unsigned(remote.request(&app, &activity));
        assert_eq!(app.send(request).status, wanted, "{kind}");
        // Of something else, no activity goes without.
        let other: Value = json!({"id": remote.uri("/x/2"), "type": kind, "actor": stranger, "object": remote.uri("/notes/1")});
        assert_eq!(app.send(unsigned(remote.request(&app, &other))).status, 401, "{kind}");
    }
}

#[test]
fn what_is_passed_on_by_others_and_concerns_nobody_is_not_asked_for() {
    let (app, remote, bob) = cast();
    let carrier = Remote::new(&app.network, "c.example");
    let carol = carrier.person("carol");
    let carols = carrier.key_of(carol["id"].as_str().unwrap());
    let dan = remote.person("dan");
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    settle(&[&app]);
    let passed_on = |activity: &Value| {
        let spec = sori::activitypub::wire::signature::Spec::Cavage;
        app.send(carrier.request_signed_by(&app, activity, &carols, spec)).status
    };
    // A boost by nobody's friend of what is here, but is not ours.
    let boost = remote.serve(json!({"id": remote.uri("/b/1"), "type": "Announce", "actor": dan["id"],
        "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": note["id"]}));
    assert_eq!(passed_on(&boost), 202);
    // An account that somebody else says is deleted.
    let delete = json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": dan["id"], "object": bob["id"]});
    assert_eq!(passed_on(&delete), 202);
    assert_eq!(jobs(&app), 0);
    let asked = fetched(&app);
    assert!(asked.iter().all(|url| url.contains("c.example")), "{asked:?}");
}

#[test]
fn a_suspended_account_ends_what_it_has_begun_and_begins_nothing() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let mine = alice.posts("hello");
    let asked = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let like = json!({"id": remote.uri("/l/1"), "type": "Like", "actor": bob["id"], "object": mine["uri"]});
    assert_eq!(remote.sends(&app, &like), 202);
    app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'bob'");
    let mut renamed = bob.clone();
    renamed["name"] = json!("Robert");
    let rows = |sql: &'static str| app.count(sql);
    let says = |n: u32, kind: &str, object: &Value| {
        remote.sends(
            &app,
            &json!({"id": remote.uri(&format!("/says/{n}")), "type": kind, "actor": bob["id"], "object": object}),
        )
    };
    for (n, kind, object) in [
        (1, "Follow", json!(ALICE)),
        (2, "Like", mine["uri"].clone()),
        (3, "Announce", mine["uri"].clone()),
        (4, "Accept", asked.clone()),
        (5, "Block", json!(ALICE)),
        (6, "Create", remote.note(&bob, 2, json!({}))),
        (7, "Flag", json!(ALICE)),
    ] {
        assert_eq!(says(n, kind, &object), 403, "{kind}");
    }
    assert_eq!(says(11, "Update", &renamed), 202);
    assert_eq!(app.account("bob").display_name, "Robert");
    assert_eq!(says(12, "Undo", &like), 202);
    assert_eq!(rows("SELECT count(*) AS n FROM favourites"), 0);
    assert_eq!(says(13, "Reject", &asked), 202);
    assert_eq!(rows("SELECT count(*) AS n FROM follows"), 0);
    assert_eq!(says(14, "Delete", &note["id"]), 202);
    assert_eq!(rows("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 0);
}

#[test]
fn a_note_is_stored_where_it_concerns_somebody_here() {
    let (app, remote, bob) = cast();
    let (alice, zoe) = (app.person("alice"), app.person("zoe"));
    let (dan, carol) = (remote.person("dan"), remote.person("carol"));
    alice.finds("carol@b.example");
    app.db.run("UPDATE accounts SET deleted_at = 5 WHERE username = 'zoe'");
    let mine = alice.posts("hello");
    let theirs = remote.note(&bob, 100, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &theirs)), 202);
    let public = "https://www.w3.org/ns/activitystreams#Public";
    let mention = |href: &str| json!({"tag": [{"type": "Mention", "href": href}]});
    let zoes = format!("https://a.example/users/{}", zoe.name);
    let stored = || app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0");
    let cases = [
        ("to everybody", &dan, json!({}), false),
        ("mentions somebody here", &dan, mention(ALICE), true),
        ("is addressed to somebody here", &dan, json!({"cc": [ALICE]}), true),
        ("mentions somebody elsewhere", &dan, mention(carol["id"].as_str().unwrap()), false),
        ("mentions a deleted account", &dan, mention(&zoes), false),
        ("is addressed to a deleted account", &dan, json!({"cc": [zoes]}), false),
        ("answers a status of ours", &dan, json!({"inReplyTo": mine["uri"]}), true),
        ("answers what is here", &dan, json!({"inReplyTo": theirs["id"]}), true),
        (
            "answers what was here",
            &dan,
            json!({"inReplyTo": "https://a.example/users/alice/statuses/1"}),
            true,
        ),
        ("answers what is not here", &dan, json!({"inReplyTo": "https://c.example/notes/1"}), false),
        (
            "answers a status of ours, to nobody",
            &dan,
            json!({"inReplyTo": mine["uri"], "to": [], "cc": []}),
            false,
        ),
        ("of whom somebody follows", &bob, json!({}), true),
        ("of whom somebody follows, to followers", &bob, json!({"to": [bob["followers"]], "cc": []}), true),
        ("of whom somebody follows, unlisted", &bob, json!({"to": [bob["followers"]], "cc": [public]}), true),
        ("of whom somebody follows, to others", &bob, json!({"to": [carol["id"]], "cc": []}), false),
    ];
    for (n, (what, author, extra, is_stored)) in (1..).zip(cases) {
        let before = stored();
        let note = remote.note(author, n, extra);
        assert_eq!(remote.sends(&app, &remote.create(author, &note)), 202, "{what}");
        assert_eq!(stored() - before, i64::from(is_stored), "{what}");
    }
}

#[test]
fn an_activity_without_a_type_is_refused() {
    let (app, remote, bob) = cast();
    let activity = json!({"id": remote.uri("/x/1"), "actor": bob["id"], "object": ALICE});
    assert_eq!(remote.sends(&app, &activity), 400);
}

#[test]
fn while_the_quota_is_used_up_an_inbox_tells_when_to_come_again() {
    let (app, remote, bob) = cast();
    let mut used = sori::model::ledger::Usage::default();
    used.add(sori::model::ledger::Measure::RowsWritten, 10_000_000);
    let event = app.ready();
    event.shared.ledger.borrow_mut().add(sori::model::ledger::Source::Inbox, &used, event.now());
    let note = remote.note(&bob, 1, json!({}));
    let answer = app.send(remote.request(&app, &remote.create(&bob, &note)));
    assert_eq!(answer.status, 503);
    assert!(crate::app::header(&answer, "retry-after").parse::<i64>().unwrap() > 0);
}

#[test]
fn a_group_that_passes_on_what_cannot_be_asked_for_is_not_told_so() {
    let (app, remote, bob) = cast();
    let edit = json!({"id": "https://c.example/u/1", "type": "Update", "actor": "https://c.example/users/dan", "object": remote.uri("/notes/1")});
    let announce =
        json!({"id": remote.uri("/announces/1"), "type": "Announce", "actor": bob["id"], "object": edit});
    assert_eq!(remote.sends(&app, &announce), 202);
    assert_eq!(jobs(&app), 0);
}

#[test]
fn a_direct_status_is_absent_for_whom_it_does_not_mention() {
    let (app, remote, bob) = cast();
    let (alice, dan) = (app.person("alice"), remote.person("dan"));
    alice.finds("dan@b.example");
    let direct =
        alice.post("/api/v1/statuses", json!({"status": "psst @dan@b.example", "visibility": "direct"}));
    let like = |who: &Value, n: u32| json!({"id": remote.uri(&format!("/likes/{n}")), "type": "Like", "actor": who["id"], "object": direct["uri"]});
    assert_eq!(remote.sends(&app, &like(&bob, 1)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
    assert_eq!(remote.sends(&app, &like(&dan, 2)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 1);
}

#[test]
fn of_several_objects_those_that_are_right_are_applied() {
    let (app, remote, bob) = cast();
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let mut nameless = bob.clone();
    nameless["preferredUsername"] = json!("u".repeat(3000));
    let mut edited = note.clone();
    (edited["content"], edited["updated"]) = (json!("<p>edited</p>"), json!("2026-09-21T11:00:00Z"));
    let update = json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": [nameless, edited]});
    assert_eq!(remote.sends(&app, &update), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE content = '<p>edited</p>'"), 1);
}

/// Otherwise nobody would send it again.
#[test]
fn an_update_of_an_actor_that_fails_here_is_not_accepted_for_what_came_with_it() {
    let (app, remote, bob) = cast();
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let mut renamed = bob.clone();
    renamed["name"] = json!("Robert");
    let mut edited = note.clone();
    (edited["content"], edited["updated"]) = (json!("<p>edited</p>"), json!("2026-09-21T11:00:00Z"));
    let update = json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": [renamed, edited]});
    app.db.run("CREATE TRIGGER fails BEFORE UPDATE ON accounts BEGIN SELECT * FROM nowhere; END");
    assert_eq!(remote.sends(&app, &update), 503);
    app.db.run("DROP TRIGGER fails");
    assert_eq!(remote.sends(&app, &update), 202);
    assert_eq!(app.account("bob").display_name, "Robert");
}

/// Whose note it is is asked of notes only.
#[test]
fn what_is_no_note_is_ignored_whoever_it_is_attributed_to() {
    let (app, remote, bob) = cast();
    let ticket = json!({"id": remote.uri("/tickets/1"), "type": "Ticket", "attributedTo": remote.uri("/users/eve"), "content": "x"});
    for kind in ["Create", "Update"] {
        let activity = json!({"id": remote.uri("/x/1"), "type": kind, "actor": bob["id"], "object": ticket});
        assert_eq!(remote.sends(&app, &activity), 202, "{kind}");
    }
}

#[test]
fn a_boost_may_enclose_a_note_of_its_author_and_of_nobody_else() {
    let (app, remote, bob) = cast();
    let eve = remote.person("eve");
    for (n, author) in [(1, &bob), (2, &eve)] {
        // Only followers get it: it is not served.
        let note = remote.note(author, n, json!({"to": [author["followers"]], "cc": []}));
        let boost = json!({"id": remote.uri(&format!("/boosts/{n}")), "type": "Announce", "actor": bob["id"], "to": [bob["followers"]], "object": note});
        assert_eq!(remote.sends(&app, &boost), 202);
        settle(&[&app]);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NULL"), 1);
    // Nothing is taken of a boost by whom nobody follows, though the note is for somebody here.
    let note = remote.note(&eve, 3, json!({"to": [ALICE], "cc": []}));
    let boost = json!({"id": remote.uri("/boosts/3"), "type": "Announce", "actor": eve["id"], "to": [ALICE], "object": note});
    assert_eq!(remote.sends(&app, &boost), 202);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 2);
    // Nor of a boost of what is for others, by whomever.
    let alice = app.person("alice");
    let secret = alice.post("/api/v1/statuses", json!({"status": "psst", "visibility": "private"}));
    let boost = json!({"id": remote.uri("/boosts/4"), "type": "Announce", "actor": bob["id"], "to": [bob["followers"]], "object": secret["uri"]});
    assert_eq!(remote.sends(&app, &boost), 202);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL"), 1);
}

#[test]
fn of_two_edits_of_one_time_the_first_counts() {
    let (app, remote, bob) = cast();
    let mut note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    note["updated"] = json!("2026-09-21T11:00:00Z");
    for (n, content) in ["<p>first</p>", "<p>second</p>"].into_iter().enumerate() {
        note["content"] = json!(content);
        let update = json!({"id": remote.uri(&format!("/updates/{n}")), "type": "Update", "actor": bob["id"], "object": note});
        assert_eq!(remote.sends(&app, &update), 202);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE content = '<p>first</p>'"), 1);
}

/// Of anybody else it is no post that somebody here waits for.
#[test]
fn a_note_that_comes_in_a_boost_is_taken_of_who_is_followed() {
    let (app, alice, remote, bob) = crate::remote::scene();
    alice.finds("bob@b.example");
    let note = remote.note(&bob, 1, json!({"tag": [{"type": "Mention", "href": ALICE}], "cc": [ALICE]}));
    let boost = json!({"id": remote.uri("/boosts/1"), "type": "Announce", "actor": bob["id"],
        "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": note});
    assert_eq!(remote.sends(&app, &boost), 202);
    settle(&[&app]);
    assert_eq!(crate::remote::remote_statuses(&app), 0);
    assert!(alice.notifications().is_empty());
}
