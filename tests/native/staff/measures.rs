//! The numbers of staff: each is counted from what has happened.

use serde_json::{Value, json};
use sori::model::id::Id;
use sori::model::time::DAY;
use sori::services::{self, counts};
use sori::store;

use super::moderation::staff;
use crate::support::app::{Person, TestApp, settle, two};
use crate::support::browser::Browser;

const SCHEMAS: &str = "../shared/contracts/mastodon-openapi.json";

/// The date of today and of `days` before, in an instance's clock.
fn date(app: &TestApp, days: i64) -> String {
    sori::model::time::Time(app.clock.now().0 - days * DAY).to_date()
}

fn ask(of: &Person, what: &str, keys: &[&str], more: Value, app: &TestApp) -> Value {
    let mut body = json!({"keys": keys, "start_at": date(app, 6), "end_at": date(app, 0)});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    of.post(&format!("/api/v1/admin/{what}"), body)
}

/// The one answer of a key.
fn measure(of: &Person, key: &str, more: Value, app: &TestApp) -> Value {
    let all = ask(of, "measures", &[key], more, app);
    assert_eq!(all.as_array().unwrap().len(), 1, "{key} {all}");
    assert_eq!(all[0]["key"], key);
    all[0].clone()
}

/// Total, that of the period before, and the sum of the days.
fn numbers(measured: &Value) -> (i64, Option<i64>, i64) {
    let number = |value: &Value| value.as_str().map(|text| text.parse::<i64>().unwrap());
    let days = measured["data"].as_array().unwrap();
    let sum = days.iter().map(|day| number(&day["value"]).unwrap()).sum();
    (number(&measured["total"]).unwrap(), number(&measured["previous_total"]), sum)
}

/// Every answer has the shape of the description.
fn valid(schema: &str, answer: &Value) {
    let Ok(text) = std::fs::read_to_string(SCHEMAS) else {
        println!("skipped the schemas: {SCHEMAS} is not here");
        return;
    };
    let document: Value = serde_json::from_str(&text).unwrap();
    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document["components"],
        "type": "array", "minItems": 1, "items": {"$ref": format!("#/components/schemas/{schema}")},
    });
    let validator = jsonschema::validator_for(&root).unwrap();
    let faults: Vec<String> = validator.iter_errors(answer).map(|e| e.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?} {answer}");
}

#[test]
fn people_are_active_on_the_days_on_which_they_were_here() {
    let app = TestApp::alone();
    let olga = staff(&app, "olga", 1);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let here = |who: &Person| drop(who.get("/api/v1/accounts/verify_credentials"));
    here(&alice);
    app.clock.advance(10 * DAY);
    here(&alice);
    here(&bob);
    here(&bob);
    app.clock.advance(DAY);
    // By a page alone: no app is used.
    Browser::of(&bob).get("/home", "en");
    let measured = measure(&olga, "active_users", json!({}), &app);
    assert_eq!(numbers(&measured), (3, Some(3), 4), "{measured}");
    let last = |n: usize| measured["data"].as_array().unwrap().iter().rev().nth(n).unwrap()["value"].clone();
    assert_eq!((last(0), last(1), last(2)), (json!("2"), json!("2"), json!("0")));
    let joined = measure(&olga, "new_users", json!({}), &app);
    assert_eq!(numbers(&joined).0, 0);
    assert!(numbers(&joined).1 >= Some(3), "they signed up in the week before: {joined}");
    let languages = ask(&olga, "dimensions", &["languages"], json!({}), &app);
    assert_eq!(languages[0]["data"], json!([{"key": "en", "human_key": "English", "value": "3"}]));
    // One row for each person and month, and one write a day.
    let rows = app.count("SELECT count(*) AS n FROM presence");
    here(&bob);
    assert_eq!(app.count("SELECT count(*) AS n FROM presence"), rows);
}

#[test]
fn cohorts_tell_who_stays() {
    let app = TestApp::alone();
    let olga = staff(&app, "olga", 1);
    let alice = app.person("alice");
    app.person("bob");
    app.clock.advance(2 * DAY);
    alice.get("/api/v1/accounts/verify_credentials");
    let ask = |frequency: &str| {
        let body = json!({"start_at": date(&app, 2), "end_at": date(&app, 0), "frequency": frequency});
        olga.post("/api/v1/admin/retention", body)
    };
    let days = ask("day");
    valid("AdminCohort", &days);
    assert_eq!(days.as_array().unwrap().len(), 3);
    let people = app.count("SELECT count(*) AS n FROM users");
    let seen = app.count("SELECT count(*) AS n FROM presence");
    let first = &days[0]["data"];
    assert_eq!(
        (&first[0]["value"], &first[0]["rate"]),
        (&json!(seen.to_string()), &json!(seen as f64 / people as f64)),
        "{days}"
    );
    assert_eq!(first[1]["value"], "0");
    // Alice, and olga who asks.
    assert_eq!(first[2]["value"], "2");
    assert_eq!((&days[2]["frequency"], &days[2]["data"][0]["rate"]), (&json!("day"), &json!(0.0)));
    let months = ask("month");
    valid("AdminCohort", &months);
    assert!(months[0]["period"].as_str().unwrap().contains("-01T00:00:00"), "{months}");
    for missing in ["start_at", "end_at", "frequency"] {
        let mut body = json!({"start_at": "2026-01-01", "end_at": "2026-01-02", "frequency": "day"});
        body.as_object_mut().unwrap().remove(missing);
        assert_eq!(olga.post("/api/v1/admin/retention", body), json!([]), "{missing}");
    }
}

#[test]
fn interactions_are_counted_daily_and_the_day_that_goes_on_at_once() {
    let app = TestApp::alone();
    let olga = staff(&app, "olga", 1);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let post = alice.post("/api/v1/statuses", json!({"status": "x"}))["id"].as_str().unwrap().to_owned();
    bob.post(&format!("/api/v1/statuses/{post}/favourite"), json!({}));
    bob.post(&format!("/api/v1/statuses/{post}/reblog"), json!({}));
    bob.post("/api/v1/statuses", json!({"status": "@alice y", "in_reply_to_id": post}));
    // A mention is no reply, and a follow is neither.
    bob.post("/api/v1/statuses", json!({"status": "@alice z"}));
    bob.post(&format!("/api/v1/accounts/{}/follow", alice.id), json!({}));
    let now = || numbers(&measure(&olga, "interactions", json!({}), &app));
    assert_eq!(now(), (3, Some(0), 3));
    app.clock.advance(DAY);
    assert_eq!(now().0, 3, "not counted yet");
    pollster::block_on(counts::count_all(&app.ready())).unwrap();
    assert_eq!(app.count("SELECT interactions AS n FROM days"), 3);
    alice.post("/api/v1/notifications/clear", json!({}));
    olga.post(&format!("/api/v1/statuses/{post}/favourite"), json!({}));
    assert_eq!(now(), (4, Some(0), 4));
    pollster::block_on(counts::count_all(&app.ready())).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM days"), 1, "a day is counted once");
    // Days that nobody has counted are left out, and none is made up.
    app.clock.advance(6 * DAY);
    let measured = measure(&olga, "interactions", json!({}), &app);
    assert_eq!(measured["data"].as_array().unwrap().len(), 2, "{measured}");
    assert_eq!(measured["previous_total"], "3");
    app.clock.advance(7 * DAY);
    assert_eq!(measure(&olga, "interactions", json!({}), &app)["previous_total"], Value::Null);
}

#[test]
fn reports_are_counted_when_they_are_made_and_when_they_are_resolved() {
    let app = TestApp::alone();
    let olga = staff(&app, "olga", 1);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    for _ in 0..2 {
        alice.post("/api/v1/reports", json!({"account_id": bob.id.to_string(), "comment": "x"}));
        app.clock.advance(1000);
    }
    app.clock.advance(7 * DAY);
    let report = app.count("SELECT max(id) AS n FROM reports");
    olga.post(&format!("/api/v1/admin/reports/{report}/resolve"), json!({}));
    let of = |key: &str| numbers(&measure(&olga, key, json!({}), &app));
    assert_eq!(of("opened_reports"), (0, Some(2), 0));
    assert_eq!(of("resolved_reports"), (1, Some(0), 1));
}

#[test]
fn a_hashtag_has_its_posts_people_and_servers() {
    let (a, b) = two();
    let (a, b) = (&a, &b);
    let olga = staff(a, "olga", 1);
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    alice.follows(&bob);
    settle(&[a, b]);
    for _ in 0..2 {
        alice.post("/api/v1/statuses", json!({"status": "#fern", "language": "ko"}));
    }
    bob.post("/api/v1/statuses", json!({"status": "#fern #moss", "language": "en"}));
    bob.post("/api/v1/statuses", json!({"status": "#fern", "visibility": "private"}));
    settle(&[a, b]);
    let id = olga.get("/api/v1/admin/tags/fern")["id"].clone();
    let of = |key: &str| numbers(&measure(&olga, key, json!({key: {"id": id}}), a));
    assert_eq!(of("tag_uses"), (3, Some(0), 3));
    assert_eq!(of("tag_accounts"), (2, Some(0), 2));
    assert_eq!(of("tag_servers"), (1, Some(0), 1));
    let ranked = |key: &str| ask(&olga, "dimensions", &[key], json!({key: {"id": id}}), a)[0]["data"].clone();
    assert_eq!(ranked("tag_languages")[0], json!({"key": "ko", "human_key": "Korean", "value": "2"}));
    assert_eq!(ranked("tag_servers").as_array().unwrap().len(), 2);
    // Of which hashtag is not said, or it is none.
    let without = json!({"tag_uses": {"id": "12"}});
    assert_eq!(ask(&olga, "measures", &["tag_uses", "tag_accounts", "nothing"], without, a), json!([]));
}

#[test]
fn a_server_has_its_accounts_posts_and_follows() {
    let (a, b) = two();
    let (a, b) = (&a, &b);
    let olga = staff(a, "olga", 1);
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    alice.follows(&bob);
    bob.follows(&alice);
    settle(&[a, b]);
    bob.post("/api/v1/statuses", json!({"status": "x", "language": "en"}));
    settle(&[a, b]);
    let domain = "b.example";
    a.db.run(&format!(
        "INSERT INTO reports (id, account_id, target_id) SELECT {}, {}, id FROM accounts WHERE username = 'bob'",
        Id::floor(a.clock.now().0).0,
        alice.id.0
    ));
    let of = |key: &str| {
        let measured = measure(&olga, key, json!({key: {"domain": domain}}), a);
        assert_eq!(measured["previous_total"], Value::Null);
        let (total, _, sum) = numbers(&measured);
        (total, sum)
    };
    let known = a.count("SELECT count(*) AS n FROM accounts WHERE domain = 'b.example'");
    assert_eq!(of("instance_accounts"), (known, known));
    for key in ["instance_statuses", "instance_follows", "instance_followers", "instance_reports"] {
        assert_eq!(of(key), (1, 1), "{key}");
    }
    let ranked =
        |key: &str| ask(&olga, "dimensions", &[key], json!({key: {"domain": domain}}), a)[0]["data"].clone();
    assert_eq!(ranked("instance_accounts"), json!([{"key": "bob", "human_key": "bob", "value": "1"}]));
    assert_eq!(ranked("instance_languages"), json!([{"key": "en", "human_key": "English", "value": "1"}]));
    a.clock.advance(DAY);
    pollster::block_on(counts::count_all(&a.ready())).unwrap();
    let servers = ask(&olga, "dimensions", &["servers"], json!({}), a);
    assert_eq!(servers[0]["data"], json!([{"key": domain, "human_key": domain, "value": "1"}]));
    // A server that nobody knows has none, and a key without its server is left out.
    let other = json!({"instance_statuses": {"domain": "other.example"}});
    let found = ask(&olga, "measures", &["instance_statuses", "instance_follows"], other, a);
    assert_eq!((found.as_array().unwrap().len(), &found[0]["total"]), (1, &json!("0")));
}

#[test]
fn all_answers_have_the_documented_shape() {
    let app = TestApp::alone();
    let olga = staff(&app, "olga", 1);
    olga.post("/api/v1/statuses", json!({"status": "#fern"}));
    let keys =
        ["active_users", "new_users", "interactions", "opened_reports", "resolved_reports", "active_users"];
    let measures = ask(&olga, "measures", &keys, json!({}), &app);
    assert_eq!(measures.as_array().unwrap().len(), 5, "each once");
    valid("AdminMeasure", &measures);
    assert_eq!(measures[0]["data"].as_array().unwrap().len(), 7);
    let keys = ["languages", "sources", "servers", "space_usage", "software_versions"];
    let dimensions = ask(&olga, "dimensions", &keys, json!({"limit": 5}), &app);
    valid("AdminDimension", &dimensions);
    assert_eq!(dimensions.as_array().unwrap().len(), keys.len(), "{dimensions}");
    let of = |key: &str| {
        let all = dimensions.as_array().unwrap();
        all.iter().find(|one| one["key"] == key).unwrap()["data"].clone()
    };
    assert_eq!(of("sources")[0]["value"], "1");
    assert_eq!(of("software_versions")[0]["value"], env!("CARGO_PKG_VERSION"));
    assert!(of("space_usage").as_array().unwrap().iter().any(|line| line["key"] == "media"));
    // What is not stored is not told.
    let left_out = ask(&olga, "measures", &["instance_media_attachments"], json!({}), &app);
    assert_eq!(left_out, json!([]));
    // A period that is too long is cut, and without one there is nothing.
    let long = json!({"keys": ["new_users"], "start_at": "2000-01-01", "end_at": date(&app, 0)});
    assert_eq!(olga.post("/api/v1/admin/measures", long)[0]["data"].as_array().unwrap().len(), 90);
    assert_eq!(olga.post("/api/v1/admin/measures", json!({"keys": ["new_users"]})), json!([]));
    valid("AdminTag", &olga.get("/api/v1/admin/tags"));
}

#[test]
fn what_is_too_much_to_count_is_left_out() {
    let app = TestApp::alone();
    let olga = staff(&app, "olga", 1);
    olga.post("/api/v1/statuses", json!({"status": "#fern"}));
    let (now, most) = (Id::floor(app.clock.now().0).0, store::measures::MOST_OF_ONE);
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) \
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at) \
         SELECT {now} - i - 1, 'https://x.example/' || i, '', {}, 0, 0, 0 FROM n",
        olga.id.0
    ));
    app.db.run("INSERT INTO status_tags (tag, status_id) SELECT 'fern', id FROM statuses WHERE uri LIKE 'https://x.example/%'");
    let id = olga.get("/api/v1/admin/tags/fern")["id"].clone();
    assert_eq!(ask(&olga, "measures", &["tag_uses"], json!({"tag_uses": {"id": id}}), &app), json!([]));
    assert_eq!(
        ask(&olga, "dimensions", &["tag_servers"], json!({"tag_servers": {"id": id}}), &app),
        json!([])
    );
}

/// However much is stored, a key reads some thousand rows.
#[test]
fn each_number_reads_a_bounded_number_of_rows() {
    let app = TestApp::alone();
    let olga = staff(&app, "olga", 1);
    let now = Id::floor(app.clock.now().0).0;
    let day = app.clock.now().0 / DAY;
    app.db.run(&format!(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) SELECT i FROM n; \
         INSERT INTO accounts (id, username, domain, uri, url, created_at) \
         SELECT {now} - i, 'u' || i, 'b.example', 'https://b.example/u/' || i, '', 0 FROM n; \
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at) \
         SELECT {now} - i, 'https://b.example/s/' || i, '', {now} - i, 0, 0, 0 FROM n; \
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at) \
         SELECT {now} - 20000 - i, 'https://a.example/s/' || i, '', {me}, 1, 0, 0 FROM n; \
         INSERT INTO status_tags (tag, status_id) SELECT 'fern', {now} - i FROM n; \
         INSERT INTO follows (account_id, target_id, id, uri) SELECT {me}, {now} - i, {now} - i, 'f' || i FROM n; \
         INSERT INTO follows (account_id, target_id, id, uri) SELECT {now} - i, {me}, {now} - 20000 - i, 'g' || i FROM n; \
         INSERT INTO reports (id, account_id, target_id, action_taken_at) SELECT {now} - i, {me}, {now} - i, {at} FROM n; \
         INSERT INTO media (id, account_id, purpose, keys) SELECT i, 0, 'attachment', '[]' FROM n; \
         INSERT INTO days (day, interactions, servers) SELECT {day} - i, 1, '{{}}' FROM n WHERE i < 400; \
         DROP TABLE n",
        me = olga.id.0,
        at = app.clock.now().0
    ));
    let tag = sori::model::tag::number("fern").to_string();
    let subject =
        |key: &str| Some(if key.starts_with("tag_") { tag.clone() } else { "b.example".to_owned() });
    let period = sori::model::measure::Period::until(day, 90);
    let mut costs = Vec::new();
    let measures = [
        "active_users",
        "new_users",
        "interactions",
        "opened_reports",
        "resolved_reports",
        "tag_accounts",
        "tag_uses",
        "tag_servers",
        "instance_accounts",
        "instance_reports",
        "instance_statuses",
        "instance_follows",
        "instance_followers",
    ];
    for key in measures {
        let event = app.ready();
        let keys = [key.to_owned()];
        pollster::block_on(services::measures::measures(&event, &keys, period, &subject)).unwrap();
        costs.push((key, event.cost().rows_read));
    }
    let dimensions = [
        "languages",
        "sources",
        "servers",
        "tag_servers",
        "tag_languages",
        "instance_accounts",
        "instance_languages",
        "space_usage",
    ];
    for key in dimensions {
        let event = app.ready();
        let keys = [key.to_owned()];
        pollster::block_on(services::measures::dimensions(&event, &keys, period, 10, &subject)).unwrap();
        costs.push((key, event.cost().rows_read));
    }
    println!("{costs:?}");
    let dear: Vec<_> = costs.iter().filter(|(_, rows)| *rows > 12_500).collect();
    assert!(dear.is_empty(), "{dear:?}");
}

#[test]
fn the_start_page_of_staff_has_the_numbers() {
    let app = TestApp::alone();
    let (olga, alice) = (staff(&app, "olga", 1), app.person("alice"));
    alice.get("/api/v1/accounts/verify_credentials");
    let page = Browser::of(&olga).get("/settings/admin", "en");
    for word in ["The last thirty days", "People who were here", "New people", "Reports resolved"] {
        assert!(page.contains(word), "{word} {page}");
    }
}
