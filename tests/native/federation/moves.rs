//! What an account that moves takes along: followers, blocks and notes, a few at a time.

use serde_json::{Value, json};
use sori::app::{App, MAX_REQUESTS, MAX_STATEMENTS, Need};
use sori::model::account::Account;
use sori::model::id::Id;
use sori::platform::native::{Clock, Network};
use sori::platform::sql::Statement;
use sori::services::migrate::{self, Round};
use sori::store;

use crate::app::{DAY, MINUTE, NOW, Person, TestApp, settle};
use crate::remote::{Remote, cast};

fn moved(remote: &Remote, n: u32, from: &Value, to: &Value) -> Value {
    json!({"id": remote.uri(&format!("/moves/{n}")), "type": "Move", "actor": from["id"], "object": from["id"], "target": to})
}

fn alias(person: &Person, uri: &Value, is_added: bool) {
    let event = person.app.ready();
    let account = person.app.account(&person.name);
    pollster::block_on(migrate::alias(&event, &account, uri.as_str().unwrap(), is_added)).unwrap();
}

#[test]
fn whoever_moves_here_is_told_who_follows_them_now() {
    for is_locked in [false, true] {
        let (app, remote, bob) = cast();
        let (dave, rob) = (app.person("alice"), app.person("rob"));
        rob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": is_locked})));
        alias(&rob, &bob["id"], true);
        let here = json!("https://a.example/users/rob");
        assert_eq!(remote.sends(&app, &moved(&remote, 1, &bob, &here)), 202);
        settle(&[&app]);
        let tie = dave.get(&format!("/api/v1/accounts/relationships?id[]={}", rob.id))[0].clone();
        assert_eq!((&tie["following"], &tie["requested"]), (&json!(!is_locked), &json!(is_locked)));
        let told: Vec<Value> = rob.notifications().iter().map(|n| n["type"].clone()).collect();
        assert_eq!(told, [if is_locked { "follow_request" } else { "follow" }]);
        assert_eq!(remote.got().last().unwrap(), "Undo", "of the old account");
    }
}

#[test]
fn an_account_elsewhere_leads_its_followers_on_after_a_day() {
    let (app, remote, bob) = cast();
    remote.inbox.borrow_mut().clear();
    let mut last = bob;
    let mut goes_on = |n: u32| {
        let mut next = remote.person(&format!("m{n}"));
        next["alsoKnownAs"] = json!([last["id"]]);
        let next = remote.serve(next);
        assert_eq!(remote.sends(&app, &moved(&remote, n, &last, &next["id"])), 202);
        settle(&[&app]);
        let asked = remote.inbox.borrow().iter().rev().find(|a| a["type"] == "Follow").cloned().unwrap();
        let is_asked = asked["object"] == next["id"];
        if is_asked {
            let accept = json!({"id": remote.uri(&format!("/accepts/m{n}")), "type": "Accept", "actor": next["id"], "object": asked});
            assert_eq!(remote.sends(&app, &accept), 202);
            last = next;
        }
        is_asked
    };
    assert!(goes_on(1));
    app.clock.advance(DAY - MINUTE);
    assert!(!goes_on(2));
    app.clock.advance(2 * MINUTE);
    assert!(goes_on(3));
}

/// bob of b.example moves to rob of c.example: so many people here follow him, and so many block him.
fn crowd(followers: i64, blockers: i64) -> (TestApp, Account, Account) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    for (host, name) in [("b.example", "bob"), ("c.example", "rob")] {
        Remote::new(&network, host).person(name);
        alice.finds(&format!("{name}@{host}"));
    }
    let (origin, target) = (app.account("bob"), app.account("rob"));
    app.db.run(&format!(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {followers} + {blockers}) SELECT i FROM n;\
         INSERT INTO accounts (id, username, domain, domain_id, uri, url, public_key, created_at) \
         SELECT 5000 + i, 'l' || i, 'a.example', (SELECT id FROM domains), 'https://a.example/l/' || i, 'x', x'00', 0 FROM n;\
         INSERT INTO users (id, person, account_id, password, created_at) SELECT 5000 + i, 5000 + i, 5000 + i, '', 0 FROM n;\
         INSERT INTO follows (account_id, target_id, id, uri) SELECT 5000 + i, {0}, i, 'https://a.example/f/' || i FROM n WHERE i <= {followers};\
         INSERT INTO blocks (account_id, target_id, id, uri) SELECT 5000 + i, {0}, i, 'https://a.example/b/' || i FROM n WHERE i > {followers};",
        origin.id
    ));
    (app, origin, target)
}

/// How many follow the old account, have asked to follow the new one, and block that.
fn ties(app: &TestApp) -> [i64; 3] {
    [
        app.count("SELECT count(*) AS n FROM follows"),
        app.count("SELECT count(*) AS n FROM follow_requests"),
        app.count("SELECT count(*) AS n FROM blocks b JOIN accounts a ON a.id = b.target_id WHERE a.username = 'rob'"),
    ]
}

/// One round, within an invocation.
fn round(event: &App, origin: &Account, target: &Account, at: Round) {
    pollster::block_on(migrate::followers(event, origin, target, at)).unwrap();
    assert!(event.cost().statements <= MAX_STATEMENTS, "{:?}", event.cost());
}

/// The next round, by the job that does it.
fn next(app: &TestApp) -> Option<Round> {
    let rows = "SELECT context ->> 'round' AS number, context ->> 'blocker' AS blocker FROM jobs WHERE kind = 'followers'";
    let rows = pollster::block_on(app.db.query(Statement::new(rows))).unwrap();
    app.db.run("DELETE FROM jobs WHERE kind = 'followers'");
    rows.first()
        .map(|row| Round { number: row.int("number").unwrap(), blocker: row.opt_id("blocker").unwrap() })
}

const FIRST: Round = Round { number: 0, blocker: Some(Id(0)) };

#[test]
fn followers_move_five_at_a_time_after_all_blocks_were_carried_over() {
    let (app, origin, target) = crowd(10, 6);
    round(&app.ready(), &origin, &target, FIRST);
    let [follows, _, blocks] = ties(&app);
    assert!(follows == 10 && (2..6).contains(&blocks), "{:?}", ties(&app));
    let mut at = next(&app).unwrap();
    while ties(&app)[2] < 6 {
        round(&app.ready(), &origin, &target, at);
        at = next(&app).unwrap();
    }
    assert_eq!(ties(&app), [10, 0, 6]);
    round(&app.ready(), &origin, &target, at);
    assert_eq!(ties(&app), [5, 5, 6]);
    // There may be more of them.
    round(&app.ready(), &origin, &target, next(&app).unwrap());
    assert_eq!(ties(&app), [0, 10, 6]);
    if let Some(at) = next(&app) {
        round(&app.ready(), &origin, &target, at);
    }
    assert!(next(&app).is_none());
    let notes = "SELECT count(*) AS n FROM account_notes WHERE comment LIKE '%@bob@b.example%'";
    assert_eq!(app.count(notes), 6, "why they block the new account");
}

#[test]
fn as_many_followers_move_as_there_is_room_for_and_the_others_later() {
    let (app, origin, target) = crowd(4, 0);
    let event = app.ready();
    let fill = |event: &App| {
        while event.has_room(Need { statements: 18, fetches: 0 }) {
            pollster::block_on(store::load(&event.db, store::accounts::by_id(Id(0)))).unwrap();
        }
    };
    fill(&event);
    round(&event, &origin, &target, FIRST);
    let [follows, requests, _] = ties(&app);
    assert!((1..4).contains(&requests) && follows + requests == 4, "{:?}", ties(&app));
    let mut at = next(&app);
    while let Some(now) = at {
        let event = app.ready();
        fill(&event);
        round(&event, &origin, &target, now);
        at = next(&app);
    }
    assert_eq!(ties(&app), [0, 4, 0]);
    // Without that there is none at all.
    let event = app.ready();
    while event.has_room(Need { statements: 17, fetches: 0 }) {
        pollster::block_on(store::load(&event.db, store::accounts::by_id(Id(0)))).unwrap();
    }
    assert!(pollster::block_on(migrate::followers(&event, &origin, &target, FIRST)).is_err());
}

#[test]
fn an_alias_beyond_twenty_is_told_to_nobody_and_one_of_twenty_can_be_removed() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let uri = |n: usize| json!(format!("https://b.example/users/u{n}"));
    for n in 0..20 {
        alias(&alice, &uri(n), true);
    }
    app.db.run("DELETE FROM outbox");
    alias(&alice, &uri(20), true);
    assert_eq!(app.count("SELECT count(*) AS n FROM outbox"), 0);
    assert_eq!(app.account("alice").also_known_as.len(), 20);
    alias(&alice, &uri(7), false);
    assert_eq!(app.count("SELECT count(*) AS n FROM outbox"), 1);
    assert!(!app.account("alice").also_known_as.contains(&uri(7).as_str().unwrap().to_owned()));
}

#[test]
fn an_invocation_with_little_room_carries_over_one_block_or_one_follower() {
    for (followers, blockers) in [(2, 0), (0, 2)] {
        let (app, origin, target) = crowd(followers, blockers);
        let event = app.ready();
        while event.cost().requests() < MAX_REQUESTS - 1 {
            pollster::block_on(event.blobs.put("a.png", "image/png", &[0])).unwrap();
        }
        round(&event, &origin, &target, FIRST);
        let [_, requests, blocks] = ties(&app);
        assert_eq!(requests + blocks, 1, "{:?}", ties(&app));
        let mut at = next(&app);
        while let Some(now) = at {
            round(&app.ready(), &origin, &target, now);
            at = next(&app);
        }
        assert_eq!(ties(&app), [0, followers, blockers]);
    }
}

#[test]
fn who_mutes_somebody_mutes_the_account_they_move_to() {
    let (app, origin, target) = crowd(0, 1);
    app.db.run(&format!(
        "DELETE FROM blocks; INSERT INTO mutes (account_id, target_id, id, hides_notifications) VALUES (5001, {}, 1, 1)",
        origin.id
    ));
    round(&app.ready(), &origin, &target, FIRST);
    assert!(next(&app).is_none());
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM mutes m JOIN accounts a ON a.id = m.target_id WHERE a.username = 'rob'"
        ),
        1
    );
}
