//! The quiet mode, with ties and without.

use serde_json::{Value, json};
use sori::model::time::{DAY, HOUR};

use super::{ALICE, held, is_stored, last_held, mention, press, sends, set};
use crate::app::{TestApp, settle};
use crate::browser::Browser;
use crate::remote::{Remote, cast, scene};

fn is_quiet(app: &TestApp) -> bool {
    let event = app.ready();
    event.site().spam.quiet.is_quiet(event.now())
}

/// Another server that is known for days.
fn known_for_days(app: &TestApp, remote: &Remote, name: &str) -> Value {
    let mut person = remote.person(name);
    person["published"] = json!("2020-01-01T00:00:00Z");
    let person = remote.serve(person);
    sends(app, remote, &person, &mention(app, remote, &person, 900, "hello"));
    app.clock.advance(2 * DAY);
    person
}

#[test]
fn mentions_by_young_accounts_without_a_tie_wait() {
    let (app, alice, remote, bob) = scene();
    let old = known_for_days(&app, &remote, "olga");
    alice.call("POST", "/api/v1/notifications/clear", None);
    set(&app, "quiet_mode", "on");
    let note = mention(&app, &remote, &bob, 1, "hello @alice");
    sends(&app, &remote, &bob, &note);
    assert_eq!((held(&app), is_stored(&app, &note)), (1, false));
    assert!(
        alice.notifications().is_empty() && !alice.get("/api/v1/conversations").to_string().contains("hello")
    );
    // Its server says that it is old, but nobody here has seen it before.
    let mut claims = remote.person("claire");
    claims["published"] = json!("2019-01-01T00:00:00Z");
    let claims = remote.serve(claims);
    sends(&app, &remote, &claims, &mention(&app, &remote, &claims, 2, "hello"));
    assert_eq!(held(&app), 2);
    // Who is known here for a day is not concerned, nor is what mentions nobody here.
    sends(&app, &remote, &old, &mention(&app, &remote, &old, 3, "hello"));
    assert_eq!((held(&app), alice.notifications().len()), (2, 1));
    assert_eq!(press(&app, &app.person("owner"), "pass", &last_held(&app)), 303);
    assert_eq!((held(&app), alice.notifications().len()), (1, 2));
    // A week later the other one is dropped.
    app.clock.advance(7 * DAY + 1);
    pollster::block_on(sori::services::held::tidy(&app.ready())).unwrap();
    assert_eq!((held(&app), is_stored(&app, &note)), (0, false));
}

#[test]
fn a_tie_lets_mentions_through() {
    // Who is followed, asked to be, was written to, or was let through before.
    for tie in ["follow", "request", "reply", "mention", "permission", "none"] {
        let (app, alice, remote, bob) = scene();
        let first = mention(&app, &remote, &bob, 1, "hello");
        sends(&app, &remote, &bob, &first);
        app.clock.advance(HOUR);
        let account = app.account("bob").id;
        let found = alice.notifications()[0]["status"].clone();
        match tie {
            "follow" => app.db.run(&format!(
                "INSERT INTO follows (account_id, target_id, id, uri) VALUES ({}, {account}, 1, 'x')",
                alice.id
            )),
            "request" => app.db.run(&format!(
                "INSERT INTO follow_requests (account_id, target_id, id, uri) VALUES ({}, {account}, 1, 'x')",
                alice.id
            )),
            "permission" => app.db.run(&format!(
                "INSERT INTO notification_permissions (account_id, from_account_id) VALUES ({}, {account})",
                alice.id
            )),
            "reply" => drop(alice.replies(&found, "hello you")),
            "mention" => drop(alice.posts("hello @bob@b.example")),
            _ => {}
        }
        settle(&[&app]);
        app.clock.advance(HOUR);
        alice.call("POST", "/api/v1/notifications/clear", None);
        set(&app, "quiet_mode", "on");
        sends(&app, &remote, &bob, &mention(&app, &remote, &bob, 2, "hello again"));
        let expected = i64::from(tie == "none");
        assert_eq!((held(&app), alice.notifications().len() as i64), (expected, 1 - expected), "{tie}");
    }
}

#[test]
fn what_is_for_others_as_well_is_not_told_to_who_has_no_tie() {
    let (app, remote, bob) = cast();
    let (alice, carol) = (app.person("alice"), app.person("carol"));
    set(&app, "quiet_mode", "on");
    // alice follows bob, and carol does not.
    let both = |n: u32, to: Value| {
        let tag = json!([{"type": "Mention", "href": ALICE}, {"type": "Mention", "href": "https://a.example/users/carol"}]);
        let note =
            remote.note(&bob, n, json!({"content": "<p>hello both</p>", "to": to, "cc": [], "tag": tag}));
        sends(&app, &remote, &bob, &note);
    };
    let people = json!([ALICE, "https://a.example/users/carol"]);
    both(1, json!([super::PUBLIC, ALICE, "https://a.example/users/carol"]));
    both(2, people);
    assert_eq!(held(&app), 0);
    assert_eq!((alice.notifications().len(), carol.notifications().len()), (2, 0));
    assert_eq!(alice.get("/api/v1/conversations").as_array().unwrap().len(), 1);
    assert_eq!(carol.get("/api/v1/conversations"), json!([]));
    // A post that mentions carol alone is for bob's followers.
    let tag = json!([{"type": "Mention", "href": "https://a.example/users/carol"}]);
    let note = remote.note(&bob, 3, json!({"content": "<p>hello carol</p>", "tag": tag}));
    sends(&app, &remote, &bob, &note);
    assert!(
        is_stored(&app, &note) && alice.get("/api/v1/timelines/home").to_string().contains("hello carol")
    );
    assert!(carol.notifications().is_empty());
}

#[test]
fn it_begins_by_itself_tells_staff_once_and_ends() {
    let (app, alice, remote, _) = scene();
    set(&app, "quiet_after", "5");
    let owner = app.person("owner");
    for n in 0..8 {
        let author = remote.person(&format!("spammer{n}"));
        sends(&app, &remote, &author, &mention(&app, &remote, &author, n, "hello"));
        app.clock.advance(1_000);
    }
    // The sixth is the first of those that wait.
    assert_eq!((held(&app), alice.notifications().len()), (3, 5));
    assert!(is_quiet(&app));
    let told =
        |app: &TestApp| app.count("SELECT count(*) AS n FROM notifications WHERE type = 'admin.report'");
    let reports = || app.count("SELECT count(*) AS n FROM reports WHERE category = 'spam'");
    assert_eq!((told(&app), reports()), (1, 1));
    assert!(owner.notifications()[0]["report"]["comment"].as_str().unwrap().contains("more than 5"));
    assert!(Browser::of(&owner).get("/settings/admin", "en").contains("The quiet mode is on."));
    // Another hour with as many goes on with it, and tells nobody again.
    app.clock.advance(2 * HOUR);
    for n in 20..28 {
        let author = remote.person(&format!("spammer{n}"));
        sends(&app, &remote, &author, &mention(&app, &remote, &author, n, "hello"));
    }
    assert_eq!((held(&app), told(&app), reports()), (11, 1, 1));
    app.clock.advance(5 * HOUR);
    assert!(is_quiet(&app));
    app.clock.advance(HOUR + 60_000);
    assert!(!is_quiet(&app));
    let author = remote.person("late");
    sends(&app, &remote, &author, &mention(&app, &remote, &author, 40, "hello"));
    assert_eq!((held(&app), alice.notifications().len()), (11, 6));
}

#[test]
fn mentions_with_a_tie_or_by_known_accounts_do_not_begin_it() {
    let (app, _, remote, _) = scene();
    let old = known_for_days(&app, &remote, "olga");
    set(&app, "quiet_after", "3");
    for n in 0..10 {
        sends(&app, &remote, &old, &mention(&app, &remote, &old, n, "hello"));
    }
    assert!(
        !is_quiet(&app) && app.count("SELECT count(*) AS n FROM budgets WHERE subject LIKE 'young%'") == 0
    );
}

#[test]
fn a_wave_writes_few_rows() {
    let (app, _, remote, bob) = scene();
    sends(&app, &remote, &bob, &mention(&app, &remote, &bob, 5_000, "hello"));
    set(&app, "quiet_mode", "on");
    let mut written = 0;
    for n in 0..200 {
        remote.sends(&app, &remote.create(&bob, &mention(&app, &remote, &bob, n, "hello")));
        written += app.whole_cost.borrow().rows_written;
    }
    println!("a wave of 200 mentions: {written} rows written");
    assert_eq!(held(&app), 20);
    assert!(written < 250, "{written}");
}
