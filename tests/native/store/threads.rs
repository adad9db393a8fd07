//! What is stored of the threads of other servers.

use serde_json::json;
use sori::model::id::Id;
use sori::store::threads::{BackfillState, backfill, count_found, keep_counts, keep_people_counts};
use sori::store::{load, write};

use crate::app::TestApp;
use crate::remote::{Remote, cast};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// The ids of bob's notes: two public ones, an unlisted one, and one for followers.
fn notes(app: &TestApp, remote: &Remote, bob: &serde_json::Value) -> Vec<(Id, String)> {
    let alice = app.person("alice");
    let audiences = [
        (json!([PUBLIC]), json!([])),
        (json!([PUBLIC]), json!([])),
        (json!([bob["followers"]]), json!([PUBLIC])),
        (json!([bob["followers"]]), json!([])),
    ];
    let all = (1..).zip(audiences).map(|(n, (to, cc))| {
        let note = remote.note(bob, n, json!({"to": to, "cc": cc}));
        assert_eq!(remote.sends(app, &remote.create(bob, &note)), 202);
        let seen = alice.sees(&note["id"]).expect("bob's note");
        (Id::parse(seen["id"].as_str().unwrap()).unwrap(), note["id"].as_str().unwrap().to_owned())
    });
    all.collect()
}

#[test]
fn what_was_found_is_counted_for_its_thread_if_everybody_may_see_it() {
    let (app, remote, bob) = cast();
    let notes = notes(&app, &remote, &bob);
    let stored: Vec<Id> = notes[1..].iter().map(|(id, _)| *id).collect();
    pollster::block_on(write(&app.db, vec![count_found(&notes[0].1, &stored)])).unwrap();
    let found = |n: usize| {
        let found = pollster::block_on(load(&app.db, backfill(notes[n].0, None, app.clock.now()))).unwrap();
        found.map(|backfill| backfill.found)
    };
    assert_eq!((found(0), found(1), found(2)), (Some(2), Some(0), Some(0)));
    assert_eq!(found(3), None, "not shown to everybody");
}

#[test]
fn the_backfill_of_a_thread_is_that_of_its_own_job() {
    let (app, remote, bob) = cast();
    let notes = notes(&app, &remote, &bob);
    let now = app.clock.now();
    let state = |n: usize| {
        let found = pollster::block_on(load(&app.db, backfill(notes[n].0, None, now))).unwrap();
        found.unwrap().state
    };
    assert_eq!(state(0), BackfillState::Over);
    let mine = app.person("alice").posts("hello");
    let mine = Id::parse(mine["id"].as_str().unwrap()).unwrap();
    assert!(pollster::block_on(load(&app.db, backfill(mine, None, now))).unwrap().is_none(), "what is ours");
    let job = |set: &str| app.db.run(&format!("UPDATE jobs SET {set} WHERE subject = '{}'", notes[0].1));
    app.db.run(&format!(
        "INSERT INTO jobs (id, kind, subject, attempts, next_attempt_at) VALUES (1, 'thread', '{}', 1, {1}), (2, 'note', '{2}', 1, {1})",
        notes[0].1, now.0, notes[1].1
    ));
    assert_eq!((state(0), state(1)), (BackfillState::Begun, BackfillState::Over));
    job("context = '{\"left\": []}'");
    assert_eq!(state(0), BackfillState::GoingOn);
    job("attempts = 2");
    assert_eq!(state(0), BackfillState::Over);
    job("attempts = 1, next_attempt_at = next_attempt_at + 86400000");
    assert_eq!(state(0), BackfillState::Over);
    // A suspended author has no thread.
    app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'bob'");
    assert!(pollster::block_on(load(&app.db, backfill(notes[0].0, None, now))).unwrap().is_none());
}

#[test]
fn counts_are_kept_of_what_is_elsewhere_by_its_own_author() {
    let (app, remote, bob) = cast();
    let notes = notes(&app, &remote, &bob);
    let alice = app.person("alice");
    let mine = alice.posts("hello");
    let (bob, me) = (app.account("bob").id, alice.id);
    let keeps = |statement| {
        pollster::block_on(write(&app.db, vec![statement])).unwrap();
    };
    let kept = || {
        app.count("SELECT (SELECT count(*) FROM statuses WHERE remote_counts IS NOT NULL) + 10 * (SELECT count(*) FROM accounts WHERE remote_counts IS NOT NULL) AS n")
    };
    let counts = [Some(7), None, Some(3)];
    let before = kept();
    keeps(keep_counts(&notes[0].1, me, counts));
    keeps(keep_counts(mine["uri"].as_str().unwrap(), me, counts));
    keeps(keep_people_counts(me, counts));
    assert_eq!(kept(), before, "not by another, and not of what is here");
    keeps(keep_counts(&notes[0].1, bob, counts));
    keeps(keep_people_counts(bob, counts));
    assert_eq!(kept(), before + 11);
}
