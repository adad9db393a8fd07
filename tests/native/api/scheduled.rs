//! Scheduled statuses.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use serde_json::{Value, json};

use sori::http::request::Request;

use crate::app::{DAY, MINUTE, id, people, refused, wait};
use crate::remote::followed;

#[test]
fn scheduled_statuses_are_published_at_their_time() {
    let (app, alice, bob) = people();
    let at = |ms: i64| sori::model::time::Time(app.clock.now().0 + ms).to_iso();
    assert_eq!(
        refused(&alice, "POST", "/api/v1/statuses", json!({"status": "x", "scheduled_at": at(MINUTE)})),
        422
    );
    for unreadable in ["soon", "2026-13-45", "12345678901234567890"] {
        let sent = json!({"status": "x", "scheduled_at": unreadable});
        let response = alice.call("POST", "/api/v1/statuses", Some(sent));
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!((response.status, body), (422, json!({"error": "Record invalid"})), "{unreadable}");
    }
    assert_eq!(
        refused(&alice, "POST", "/api/v1/statuses", json!({"status": "", "scheduled_at": at(10 * MINUTE)})),
        422
    );
    let body = json!({"status": "later", "visibility": "unlisted", "scheduled_at": at(10 * MINUTE), "poll": {"options": ["a", "b"], "expires_in": 600}});
    let kept = alice.post("/api/v1/statuses", body);
    assert_eq!(
        (kept["params"]["text"].as_str(), kept["params"]["visibility"].as_str()),
        (Some("later"), Some("unlisted"))
    );
    assert!(kept["params"]["poll"]["options"].is_array() && kept.get("content").is_none());
    let path = format!("/api/v1/scheduled_statuses/{}", id(&kept));
    assert_eq!(alice.get("/api/v1/scheduled_statuses").as_array().unwrap().len(), 1);
    assert_eq!(refused(&bob, "GET", &path, json!({})), 404);
    let moved = alice.ok("PUT", &path, Some(json!({"scheduled_at": at(20 * MINUTE)})));
    assert_eq!(moved["scheduled_at"], at(20 * MINUTE));
    assert_eq!(refused(&alice, "PUT", &path, json!({"scheduled_at": at(MINUTE)})), 422);
    wait(&app, 15 * MINUTE);
    assert!(alice.home().is_empty());
    wait(&app, 6 * MINUTE);
    app.tick();
    assert_eq!(alice.home().len(), 1);
    assert_eq!(
        (alice.home()[0]["content"].as_str(), alice.home()[0]["visibility"].as_str()),
        (Some("<p>later</p>"), Some("unlisted"))
    );
    assert!(alice.home()[0]["poll"].is_object());
    assert_eq!(alice.get("/api/v1/scheduled_statuses"), json!([]));
    let kept = alice.post("/api/v1/statuses", json!({"status": "never", "scheduled_at": at(10 * MINUTE)}));
    alice.ok("DELETE", &format!("/api/v1/scheduled_statuses/{}", id(&kept)), None);
    wait(&app, 11 * MINUTE);
    assert_eq!(alice.home().len(), 1);
}

#[test]
fn posts_of_one_minute_are_published_in_that_minute() {
    let (app, alice, remote) = followed();
    let at = sori::model::time::Time(app.clock.now().0 + 10 * MINUTE).to_iso();
    for n in 0..5 {
        alice.post("/api/v1/statuses", json!({"status": format!("post {n}"), "scheduled_at": at}));
    }
    app.clock.advance(10 * MINUTE);
    let run = || {
        app.tick();
        while app.consume_one() {}
    };
    run();
    assert_eq!(alice.home().len(), 5);
    // Here they have the same millisecond, so that some of them wait a minute for those before them.
    for _ in 0..2 {
        app.clock.advance(MINUTE);
        run();
    }
    assert_eq!(remote.inbox.borrow().iter().filter(|a| a["type"] == "Create").count(), 5);
}

#[test]
fn scheduled_statuses_are_limited_for_each_day() {
    let (app, alice, _) = people();
    let at = sori::model::time::Time(app.clock.now().0 + 3 * DAY).to_iso();
    for n in 0..25 {
        alice.post("/api/v1/statuses", json!({"status": format!("{n}"), "scheduled_at": at}));
    }
    assert_eq!(
        refused(&alice, "POST", "/api/v1/statuses", json!({"status": "one more", "scheduled_at": at})),
        422
    );
    // Nor does another come there by a change of its time; those that are there may move within the day.
    let later = sori::model::time::Time(app.clock.now().0 + 5 * DAY).to_iso();
    let other = alice.post("/api/v1/statuses", json!({"status": "one more", "scheduled_at": later}));
    let path = format!("/api/v1/scheduled_statuses/{}", id(&other));
    assert_eq!(refused(&alice, "PUT", &path, json!({"scheduled_at": at})), 422);
    assert_eq!(alice.get(&path)["scheduled_at"], later);
    let all = alice.get("/api/v1/scheduled_statuses");
    let one = all.as_array().unwrap().iter().find(|s| s["scheduled_at"] == at.as_str()).unwrap();
    let path = format!("/api/v1/scheduled_statuses/{}", id(one));
    let moved = alice.ok("PUT", &path, Some(json!({"scheduled_at": at})));
    assert_eq!(moved["scheduled_at"], at.as_str());
}

#[test]
fn a_scheduled_status_is_stored_once_and_published_once() {
    let (app, alice, _) = people();
    let at = sori::model::time::Time(app.clock.now().0 + 10 * MINUTE).to_iso();
    let keep = || {
        let mut request =
            Request { method: "POST".into(), path: "/api/v1/statuses".into(), ..Request::default() };
        request.headers.add("authorization", format!("Bearer {}", alice.token));
        request.headers.add("idempotency-key", "one");
        request.headers.add("content-type", "application/json");
        request.body = json!({"status": "later", "scheduled_at": at}).to_string().into_bytes();
        let answer: Value = serde_json::from_slice(&app.send(request).body).unwrap();
        id(&answer).to_owned()
    };
    let first = keep();
    assert_eq!(keep(), first);
    assert_eq!(alice.get("/api/v1/scheduled_statuses").as_array().unwrap().len(), 1);
    // A second run of cron that has read the row before the first one deleted it.
    app.db.run("CREATE TABLE seen AS SELECT * FROM scheduled_statuses");
    wait(&app, 11 * MINUTE);
    app.db.run("INSERT OR REPLACE INTO scheduled_statuses SELECT * FROM seen");
    app.tick();
    assert_eq!(alice.home().len(), 1);
}

#[test]
fn at_most_300_statuses_are_scheduled() {
    let (app, alice, _) = people();
    let at = app.clock.now().0 + 30 * DAY;
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) \
         INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params) SELECT i, {}, {at} + i * {DAY}, '{{}}' FROM n",
        alice.id
    ));
    let later = sori::model::time::Time(app.clock.now().0 + 3 * DAY).to_iso();
    let body = json!({"status": "one more", "scheduled_at": later});
    assert_eq!(refused(&alice, "POST", "/api/v1/statuses", body.clone()), 422);
    alice.ok("DELETE", "/api/v1/scheduled_statuses/7", None);
    alice.post("/api/v1/statuses", body);
}

#[test]
fn a_suspended_account_publishes_nothing_until_the_suspension_ends() {
    let (app, alice, bob) = people();
    let at = sori::model::time::Time(app.clock.now().0 + 10 * MINUTE).to_iso();
    for person in [&alice, &bob] {
        person.post("/api/v1/statuses", json!({"status": "later", "scheduled_at": at}));
    }
    let statuses = || app.count("SELECT count(*) AS n FROM statuses");
    app.db.run(&format!("UPDATE accounts SET suspended_at = 1 WHERE id = {}", alice.id));
    wait(&app, 11 * MINUTE);
    assert_eq!((statuses(), bob.home().len()), (1, 1));
    app.db.run(&format!("UPDATE accounts SET suspended_at = NULL WHERE id = {}", alice.id));
    wait(&app, MINUTE);
    assert_eq!((statuses(), alice.home().len()), (2, 1));
}

#[test]
fn what_its_author_changes_while_it_is_published_is_not_published() {
    for is_deleted in [true, false] {
        for trips in 0..12 {
            let (app, alice, _) = people();
            let at = |ms: i64| sori::model::time::Time(app.clock.now().0 + ms).to_iso();
            let kept =
                alice.post("/api/v1/statuses", json!({"status": "later", "scheduled_at": at(10 * MINUTE)}));
            let path = format!("/api/v1/scheduled_statuses/{}", id(&kept));
            app.clock.advance(11 * MINUTE);
            let statuses = || app.count("SELECT count(*) AS n FROM statuses");
            let event = app.ready();
            app.db.set_slow(true);
            let mut work = pin!(sori::services::schedule::publish_due(&event, 1));
            let mut poll = || work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
            let is_done = (0..=trips).any(|_| poll());
            app.db.set_slow(false);
            let before = statuses();
            let (method, body) = match is_deleted {
                true => ("DELETE", None),
                false => ("PUT", Some(json!({"scheduled_at": at(30 * MINUTE)}))),
            };
            let answer = alice.call(method, &path, body).status;
            assert!(is_done || poll());
            assert_eq!(statuses(), before, "{trips}");
            if before == 0 {
                assert_eq!(answer, 200, "{trips}");
            }
            // What is put off comes at its new time.
            wait(&app, 31 * MINUTE);
            let is_kept = before == 1 || !is_deleted;
            assert_eq!(statuses(), i64::from(is_kept), "{trips}");
        }
    }
}
