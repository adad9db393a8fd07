//! Scheduled statuses.

use serde_json::{Value, json};

use sori::http::request::Request;

use crate::app::{DAY, MINUTE, id, people, refused, wait};

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
