//! The page for automatic deletion of old posts, and what it does.

use serde_json::{Value, json};

use crate::app::{DAY, MINUTE, TestApp, id, settle};
use crate::browser::Browser;
use crate::remote::followed;

const HERE: &str = "/settings/old-posts";

fn minutes(app: &TestApp, n: i64) {
    for _ in 0..n {
        app.clock.advance(MINUTE);
        app.tick();
    }
}

#[test]
fn old_posts_are_deleted_as_their_author_wishes_and_other_servers_are_told() {
    let (app, alice, remote) = followed();
    let post = |text: &str, more: Value| {
        let mut body = json!({"status": text});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = alice.post("/api/v1/statuses", body);
        app.clock.advance(1000);
        made
    };
    let plain = post("plain", json!({}));
    let pinned = post("pinned", json!({}));
    alice.act(&pinned, "pin");
    let direct = post("a secret", json!({"visibility": "direct"}));
    let mine = post("mine", json!({}));
    alice.act(&mine, "favourite");
    let marked = post("marked", json!({}));
    alice.act(&marked, "bookmark");
    let poll = post("a poll", json!({"poll": {"options": ["a", "b"], "expires_in": 3600}}));
    let loved = post("loved", json!({}));
    let bob = app.person("bob");
    for person in [&bob, &app.person("carol")] {
        person.act(&loved, "favourite");
    }
    let boosted = bob.posts("of somebody else");
    alice.act(&boosted, "reblog");
    settle(&[&app]);
    app.clock.advance(15 * DAY);
    let young = post("young", json!({}));
    let browser = Browser::of(&alice);
    minutes(&app, 4);
    assert_eq!(alice.call("GET", &format!("/api/v1/statuses/{}", id(&plain)), None).status, 200);
    let form = [
        ("delete", "1"),
        ("days", "14"),
        ("keep_pinned", "1"),
        ("keep_direct", "1"),
        ("keep_favourites", "1"),
        ("keep_bookmarks", "1"),
        ("keep_polls", "1"),
        ("min_favourites", "2"),
    ];
    let saved = browser.submit(HERE, HERE, &form);
    assert_eq!((saved.status, saved.header("location")), (303, Some("/settings/old-posts?saved=1")));
    let page = browser.get(HERE, "en");
    assert!(
        page.contains("name=\"keep_polls\" value=\"1\" checked")
            && !page.contains("name=\"keep_media\" value=\"1\" checked")
    );
    assert!(
        page.contains("<option value=\"14\" selected>")
            && page.contains("name=\"min_favourites\" min=\"1\" max=\"1000000\" value=\"2\"")
    );
    // One at a time, in every second minute.
    minutes(&app, 2);
    let gone =
        |status: &Value| alice.call("GET", &format!("/api/v1/statuses/{}", id(status)), None).status == 404;
    assert!(gone(&plain));
    minutes(&app, 30);
    let kept = [&pinned, &direct, &mine, &marked, &poll, &loved, &young, &boosted];
    assert!(kept.iter().all(|status| !gone(status)), "{:?}", kept.map(|s| (s["content"].clone(), gone(s))));
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL"), 0);
    settle(&[&app]);
    let sent: Vec<String> = remote.got();
    assert_eq!(sent.iter().filter(|kind| *kind == "Delete").count(), 1, "{sent:?}");
    assert!(sent.iter().any(|kind| kind == "Undo"), "{sent:?}");
    // What no longer stays goes on another day.
    alice.act(&mine, "unfavourite");
    minutes(&app, 30);
    assert!(!gone(&mine));
    app.clock.advance(DAY);
    minutes(&app, 4);
    assert!(gone(&mine));
    // And nothing more once it is off.
    assert_eq!(browser.submit(HERE, HERE, &[("days", "7")]).status, 303);
    alice.act(&marked, "unbookmark");
    app.clock.advance(2 * DAY);
    minutes(&app, 4);
    assert!(!gone(&marked));
}

#[test]
fn a_day_has_its_number_and_its_share_of_the_queue() {
    let (app, alice, _) = followed();
    for n in 0..4 {
        alice.posts(&format!("post {n}"));
        app.clock.advance(1000);
    }
    settle(&[&app]);
    app.clock.advance(30 * DAY);
    let browser = Browser::of(&alice);
    assert_eq!(browser.submit(HERE, HERE, &[("delete", "1"), ("days", "7")]).status, 303);
    let left = || app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 1");
    let today = app.clock.now().0 / DAY;
    for spent in [format!("[{today},300,0]"), format!("[{today},1,2000]")] {
        app.db.run(&format!("INSERT INTO settings (key, value) VALUES ('cleanup', '{spent}') ON CONFLICT (key) DO UPDATE SET value = excluded.value"));
        minutes(&app, 4);
        assert_eq!(left(), 4);
    }
    // The next waits until the last is on its way.
    app.db.run("DELETE FROM settings WHERE key = 'cleanup'");
    app.db.run(&format!("INSERT INTO outbox (id, account_id, event, subject, to_followers, touched_at, attempts) VALUES (1, {}, 'x', 'x', 0, {}, 9)", alice.id, app.clock.now().0 + DAY));
    minutes(&app, 4);
    assert_eq!(left(), 4);
    app.db.run("DELETE FROM outbox WHERE id = 1");
    minutes(&app, 2);
    assert_eq!(
        (left(), app.count("SELECT json_extract(value, '$[1]') AS n FROM settings WHERE key = 'cleanup'")),
        (3, 1)
    );
}

#[test]
fn a_wrong_form_changes_nothing() {
    let app = TestApp::alone();
    let browser = Browser::of(&app.person("alice"));
    for form in [
        vec![("delete", "1"), ("days", "1")],
        vec![("delete", "1"), ("days", "x")],
        vec![("delete", "1")],
        vec![("delete", "1"), ("days", "7"), ("min_boosts", "0")],
        vec![("delete", "1"), ("days", "7"), ("min_favourites", "-5")],
    ] {
        assert_eq!(browser.submit(HERE, HERE, &form).status, 422, "{form:?}");
    }
    assert_eq!(browser.send("POST", HERE, "delete=1&days=7", "en").status, 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE cleanup IS NOT NULL"), 0);
    assert!(
        Browser::new(&app)
            .send("GET", HERE, "", "en")
            .header("location")
            .unwrap()
            .starts_with("/sign_in?next=%2Fsettings%2Fold-posts")
    );
    assert!(browser.get(HERE, "ko").contains("내 오래된 글 지우기"));
}

/// Somebody who wants their old posts deleted, and has one that so many more servers have.
fn old_post_known_by(servers: usize) -> TestApp {
    let (app, alice, _) = followed();
    alice.posts("old");
    settle(&[&app]);
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {servers}) \
         INSERT INTO inboxes (id, url, domain) SELECT 500 + i, 'https://s' || i || '.example/in', 's' || i || '.example' FROM n;\
         INSERT INTO past_inboxes (account_id, inbox_id, until_status_id) SELECT {}, id, {} FROM inboxes WHERE id > 500",
        alice.id,
        i64::MAX >> 1
    ));
    app.clock.advance(30 * DAY);
    let browser = Browser::of(&alice);
    assert_eq!(browser.submit(HERE, HERE, &[("delete", "1"), ("days", "7")]).status, 303);
    app
}

#[test]
fn a_day_counts_what_a_deletion_is_to_send_before_it_is_made() {
    let app = old_post_known_by(25);
    // The deletion fails.
    app.db.run("CREATE TRIGGER broken BEFORE DELETE ON statuses BEGIN SELECT RAISE(ABORT, 'broken'); END");
    let run = || pollster::block_on(sori::jobs::tasks::old_posts(&app.ready()));
    assert!(run().is_err());
    let counted = |at: &str| {
        let sql = format!("SELECT json_extract(value, '$[{at}]') AS n FROM settings WHERE key = 'cleanup'");
        app.count(Box::leak(sql.into_boxed_str()))
    };
    // 26 servers: three chunks, a message each.
    assert_eq!((counted("1"), counted("2")), (1, 9));
}

#[test]
fn an_address_fills_in_nothing_for_who_is_signed_in() {
    let app = TestApp::alone();
    let browser = Browser::of(&app.person("alice"));
    let is_checked = |page: &str| page.contains("name=\"delete\" value=\"1\" checked");
    assert!(!is_checked(&browser.get("/settings/old-posts?delete=1&days=7", "en")));
    assert_eq!(
        browser.submit(HERE, HERE, &[("delete", "1"), ("days", "14"), ("keep_polls", "1")]).status,
        303
    );
    let page = browser.get("/settings/old-posts?delete=1&days=7", "en");
    assert!(is_checked(&page) && page.contains("<option value=\"14\" selected>"));
}

#[test]
fn a_deletion_that_is_for_more_servers_than_the_day_has_operations_left_waits() {
    let app = old_post_known_by(200);
    let today = |posts: i64, operations: i64| {
        let day = app.clock.now().0 / DAY;
        app.db.run(&format!("INSERT INTO settings (key, value) VALUES ('cleanup', '[{day},{posts},{operations}]') ON CONFLICT (key) DO UPDATE SET value = excluded.value"));
    };
    let left = || app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 1");
    let counted = || app.count("SELECT json_extract(value, '$[2]') AS n FROM settings WHERE key = 'cleanup'");
    // 201 servers: 63 operations, of which 10 are left.
    today(5, 1_990);
    minutes(&app, 6);
    assert_eq!((left(), counted()), (1, 1_990));
    // On the next day it is the first.
    app.clock.advance(DAY);
    minutes(&app, 4);
    assert_eq!((left(), counted()), (0, 63));
}

#[test]
fn old_posts_wait_where_the_days_rows_are_nearly_used_up() {
    use sori::model::ledger::{Measure, Source, Usage};
    let (app, alice, _) = followed();
    alice.posts("old");
    settle(&[&app]);
    app.clock.advance(30 * DAY);
    let browser = Browser::of(&alice);
    assert_eq!(browser.submit(HERE, HERE, &[("delete", "1"), ("days", "7")]).status, 303);
    let event = app.ready();
    let mut used = Usage::default();
    used.add(Measure::RowsWritten, 96_000);
    event.shared.ledger.borrow_mut().add(Source::Inbox, &used, event.now());
    minutes(&app, 4);
    let left = || app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 1");
    assert_eq!(left(), 1);
    app.clock.advance(DAY);
    minutes(&app, 4);
    assert_eq!(left(), 0);
}

#[test]
fn a_setting_that_was_changed_meanwhile_is_not_followed() {
    use sori::model::cleanup::Cleanup;
    use sori::store;
    let app = TestApp::alone();
    let alice = app.person("alice");
    let user = sori::model::id::Id(app.count("SELECT id AS n FROM users"));
    let event = app.ready();
    let write = |statement| pollster::block_on(store::write(&event.db, vec![statement])).unwrap();
    let with = |days| Cleanup { days, ..Cleanup::default() };
    write(store::cleanup::set(user, Some(&with(7))));
    let next = pollster::block_on(store::load(&event.db, store::cleanup::next(event.now()))).unwrap();
    let turn = next.unwrap().1.unwrap();
    assert_eq!(turn.account, alice.id);
    // Both begin from the oldest status.
    write(store::cleanup::set(user, Some(&with(730))));
    let taken = write(store::cleanup::advance(&turn, sori::model::id::Id(5), event.now()));
    assert!(taken[0].is_empty());
    assert_eq!(app.count("SELECT cleanup_after AS n FROM users"), 0);
}

#[test]
fn an_unreadable_setting_stops_nobody_else() {
    let (app, alice, _) = followed();
    let bob = app.person("bob");
    for person in [&alice, &bob] {
        person.posts("old");
    }
    settle(&[&app]);
    app.clock.advance(30 * DAY);
    for broken in ["x", "[]", "{}", "[\"a\"]"] {
        app.db.run(&format!(
            "UPDATE users SET cleanup = '{broken}', cleanup_at = 0 WHERE account_id = {}",
            alice.id
        ));
        assert!(pollster::block_on(sori::jobs::tasks::old_posts(&app.ready())).is_ok(), "{broken}");
        app.clock.advance(MINUTE);
    }
    let browser = Browser::of(&bob);
    assert_eq!(browser.submit(HERE, HERE, &[("delete", "1"), ("days", "7")]).status, 303);
    app.db.run(&format!("UPDATE users SET cleanup = 'x', cleanup_at = 0 WHERE account_id = {}", alice.id));
    app.db.run(&format!("UPDATE users SET cleanup_at = 1 WHERE account_id = {}", bob.id));
    minutes(&app, 6);
    let left = |person: &crate::app::Person| {
        let sql = format!("SELECT count(*) AS n FROM statuses WHERE account_id = {}", person.id);
        app.count(Box::leak(sql.into_boxed_str()))
    };
    assert_eq!((left(&alice), left(&bob)), (1, 0));
}
