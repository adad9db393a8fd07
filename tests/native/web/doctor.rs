//! The operator's page on the state of the instance, and `/health`: every check, well and failing.

use serde_json::{Value, json};
use sori::doctor;
use sori::http::response::Response;
use sori::model::check::{Check, Name, State};
use sori::model::ledger::{Measure, Source, Usage};
use sori::model::time::{DAY, HOUR, MINUTE};
use sori::platform::native::network::Faults;

use crate::app::{Person, TestApp, settle};
use crate::browser::Browser;
use crate::push::{Device, PushService};
use crate::remote::{Remote, followed};

fn owned() -> (TestApp, Person, Browser) {
    let app = TestApp::alone();
    let alice = app.person("alice");
    app.db.run("UPDATE users SET role_id = 3");
    app.live.bind();
    app.tick();
    let browser = Browser::of(&alice);
    (app, alice, browser)
}

fn looked_at(app: &TestApp, host: &str) -> Vec<Check> {
    pollster::block_on(doctor::looked_at(&app.ready(), host)).unwrap()
}

fn asked(app: &TestApp) -> Vec<Check> {
    pollster::block_on(doctor::asked(&app.ready()))
}

/// The state of a check, of those that are there.
fn state(checks: &[Check], name: Name) -> (State, String) {
    let check = checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("{name:?}"));
    (check.state, check.seen.clone())
}

fn health(app: &TestApp) -> (u16, Value) {
    // What an isolate has seen is kept for half a minute.
    app.clock.advance(31_000);
    let answer = app.request("GET", "/health", None, None);
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

#[test]
fn where_all_is_well_every_check_says_so() {
    let (app, alice, browser) = owned();
    let service = PushService::new(&app.network, "push.example");
    Device::new(&service, 1, true).subscribes(&alice, &["follow"]);
    // The clock of what answers.
    let checks = looked_at(&app, "a.example");
    for check in checks.iter().chain(&asked(&app)).filter(|check| check.name != Name::Clock) {
        assert_eq!(check.state, State::Good, "{check:?}");
    }
    let page = browser.page("/settings/doctor");
    let shown = String::from_utf8(browser.fill(&page, &[]).body).unwrap();
    for text in ["WebFinger", "owner@a.example: https://a.example/users/owner", "https://push.example +"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert_eq!(service.requests.borrow().len(), 1);
    let (status, document) = health(&app);
    assert_eq!((status, &document["status"]), (200, &json!("OK")), "{document}");
    let names: Vec<&str> =
        document["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 8, "{names:?}");
    // Strangers see no numbers, and many cost no more than one.
    assert!(!document.to_string().contains("seen"), "{document}");
    app.request("GET", "/health", None, None);
    app.request("GET", "/health", None, None);
    assert_eq!(app.cost.borrow().trips, 0);
    // Who is no operator sees nothing, and nothing is asked.
    let bob = app.person("bob");
    assert_eq!(Browser::of(&bob).status("/settings/doctor"), 404);
    assert_eq!(Browser::new(&app).status("/settings/doctor"), 303);
    assert!(browser.get("/settings", "en").contains("/settings/doctor"));
    let guide = browser.send("GET", "/guide", "", "ko");
    assert_eq!(guide.header("location"), Some("/guide/ko/"));
}

#[test]
fn every_check_that_asks_nobody_fails_once() {
    let (app, ..) = owned();
    let is = |name| state(&looked_at(&app, "a.example"), name);
    // The size: plans of four megabytes.
    let size = |of: &str| {
        app.db.run("CREATE TABLE IF NOT EXISTS filling (x)");
        app.db.run(of);
        app.db.run("INSERT OR REPLACE INTO settings (key, value) VALUES ('database_mb', '4')");
        app.ready().shared.forget_site();
        let state = is(Name::Size).0;
        app.db.run("DELETE FROM settings WHERE key = 'database_mb'");
        app.ready().shared.forget_site();
        state
    };
    assert_eq!(is(Name::Size).0, State::Good);
    // The schema alone has more than a megabyte.
    assert_eq!(size("INSERT INTO filling VALUES (zeroblob(1600000))"), State::Warning);
    assert_eq!(size("INSERT INTO filling VALUES (zeroblob(1000000))"), State::Bad);
    app.db.run("DROP TABLE filling");
    // Cron.
    assert_eq!(is(Name::Cron).0, State::Good);
    // What other isolates have counted is stored every four minutes, at the end of a run that takes its time.
    app.clock.advance(6 * MINUTE);
    assert_eq!(is(Name::Cron).0, State::Good);
    app.clock.advance(4 * MINUTE);
    assert_eq!(is(Name::Cron).0, State::Warning);
    app.clock.advance(HOUR);
    assert_eq!(is(Name::Cron).0, State::Bad);
    app.tick();
    assert_eq!(is(Name::Cron).0, State::Good);
    // Another isolate knows it by the row of the hour.
    pollster::block_on(sori::services::ledger::write(&{
        let event = app.ready();
        event.account_for(Source::Cron, 0);
        let mut used = Usage::default();
        used.add(Measure::RowsRead, 1);
        event.shared.ledger.borrow_mut().add(Source::Cron, &used, event.now());
        event
    }))
    .unwrap();
    app.restart();
    assert_eq!(is(Name::Cron).0, State::Good);
    // Quotas.
    let event = app.ready();
    let mut used = Usage::default();
    used.add(Measure::QueueOperations, 9_900);
    event.shared.ledger.borrow_mut().add(Source::Queue, &used, event.now());
    assert_eq!(is(Name::Quotas), (State::Warning, "99 % queue_operations".into()));
    *app.plan.borrow_mut() = Some("paid".into());
    assert_eq!(is(Name::Quotas).0, State::Good);
    // Nor is that of files, which R2 does not count by the day.
    *app.plan.borrow_mut() = None;
    let event = app.ready();
    let mut used = Usage::default();
    used.add(Measure::FileWrites, 5_000);
    event.shared.ledger.borrow_mut().add(Source::Files, &used, event.now());
    assert_eq!(is(Name::Quotas), (State::Warning, "500 % file_writes".into()));
    app.blobs.bind_bucket();
    assert_eq!(is(Name::Quotas), (State::Warning, "99 % queue_operations".into()));
    // The queue's end is no end of the rest.
    *app.plan.borrow_mut() = None;
    assert_eq!(is(Name::Quotas).0, State::Warning);
    let event = app.ready();
    let mut used = Usage::default();
    used.add(Measure::RowsWritten, 98_000);
    event.shared.ledger.borrow_mut().add(Source::Queue, &used, event.now());
    assert_eq!(is(Name::Quotas).0, State::Bad);
    *app.plan.borrow_mut() = Some("paid".into());
    // The address.
    assert_eq!(state(&looked_at(&app, "other.example"), Name::Origin).0, State::Warning);
    // The version: since when it runs.
    assert!(is(Name::Version).1.contains("; 2026-09-21"), "{:?}", is(Name::Version));
    app.db.run("UPDATE settings SET value = '99.0.0' WHERE key = 'version'");
    app.ready().shared.forget_site();
    assert_eq!(is(Name::Version).0, State::Warning);
    // The database.
    assert_eq!(is(Name::Database).0, State::Good);
    for is_fresh in [false, true] {
        app.db.set_unavailable(true);
        if is_fresh {
            app.restart();
        }
        let (status, document) = health(&app);
        assert_eq!((status, &document["status"]), (503, &json!("bad")), "{document}");
        app.db.set_unavailable(false);
    }
}

#[test]
fn what_waits_for_other_servers_is_told() {
    let (app, alice, remote) = followed();
    app.db.run("UPDATE users SET role_id = 3");
    remote.status.set(503);
    // Its messages are lost, and cron does not run.
    alice.posts("hello");
    app.queue.lose_all();
    app.clock.advance(11 * MINUTE);
    assert_eq!(state(&looked_at(&app, "a.example"), Name::Queue).0, State::Warning);
    for _ in 0..5 {
        crate::app::wait(&app, MINUTE);
    }
    let checks = looked_at(&app, "a.example");
    assert_eq!(state(&checks, Name::Queue).0, State::Good);
    assert!(state(&checks, Name::Deliveries).1.starts_with("1; "), "{checks:?}");
    app.clock.advance(DAY);
    assert_eq!(state(&looked_at(&app, "a.example"), Name::Deliveries).0, State::Warning);
    let page = Browser::of(&alice).get("/settings/doctor", "en");
    assert!(page.contains("b.example (") && page.contains("503"), "{page}");
    // Strangers see no names.
    assert!(!health(&app).1.to_string().contains("b.example"));
    remote.status.set(202);
    settle(&[&app]);
    assert_eq!(state(&looked_at(&app, "a.example"), Name::Deliveries), (State::Good, "0".into()));
}

#[test]
fn every_check_that_asks_fails_once() {
    let (app, alice, browser) = owned();
    let is = |name| state(&asked(&app), name);
    assert_eq!(is(Name::Secrets).0, State::Good);
    app.db.run(
        "UPDATE keys SET private_key = x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'",
    );
    assert_eq!(is(Name::Secrets).0, State::Bad);
    app.blobs.fail(true);
    assert_eq!(is(Name::Files).0, State::Bad);
    app.blobs.fail(false);
    assert_eq!(is(Name::Files).0, State::Good);
    assert!(app.blobs.keys().is_empty(), "nothing is left behind");
    let unbound = TestApp::alone();
    unbound.person("alice");
    assert_eq!(state(&asked(&unbound), Name::Streams).0, State::Warning);
    // Nobody answers, a challenge answers, another server does.
    app.network.set_faults("a.example", Faults { is_down: true, ..Faults::default() });
    for name in [Name::WebFinger, Name::HostMeta, Name::Inbox] {
        assert_eq!(is(name).0, State::Bad, "{name:?}");
    }
    app.network.clear_faults();
    let challenge = |status: u16, text: &'static str| {
        app.network.register(
            "a.example",
            std::rc::Rc::new(move |_| Box::pin(async move { Response::new(status, "text/html", text) })),
        );
    };
    challenge(403, "<title>Just a moment...</title>");
    for name in [Name::WebFinger, Name::HostMeta, Name::Inbox] {
        let (state, seen) = is(name);
        assert!(state == State::Bad && seen.contains("403 text/html"), "{name:?} {seen}");
    }
    challenge(404, "error code: 1042");
    for name in [Name::WebFinger, Name::HostMeta, Name::Inbox] {
        assert_eq!(is(name).0, State::Warning, "{name:?}: a Worker may not ask itself");
    }
    // A push service that refuses; no device.
    let press = || {
        let page = browser.page("/settings/doctor");
        String::from_utf8(browser.fill(&page, &[]).body).unwrap()
    };
    assert!(press().contains("None of your devices got the message"));
    let service = PushService::new(&app.network, "push.example");
    service.answers(410);
    Device::new(&service, 1, true).subscribes(&alice, &["follow"]);
    assert!(press().contains("https://push.example -"));
    // Without the form's token nothing is asked.
    let before = service.requests.borrow().len();
    assert_eq!(browser.send("POST", "/settings/doctor", "form=x", "en").status, 403);
    assert_eq!(service.requests.borrow().len(), before);
}

#[test]
fn a_split_domain_and_a_wrong_clock_are_seen() {
    let (app, ..) = owned();
    // Handles are at b.example, whose server redirects.
    let remote = Remote::new(&app.network, "b.example");
    app.db.run("UPDATE domains SET handle_domain = 'b.example'");
    app.db.run("UPDATE accounts SET domain = 'b.example' WHERE domain_id IS NOT NULL");
    app.ready().shared.forget_site();
    let question = "/.well-known/webfinger?resource=acct:owner@b.example";
    let document = |subject: &str, actor: &str| {
        Response::json(&json!({"subject": subject, "links": [{"rel": "self", "href": actor}]}))
    };
    let webfinger = |answer: Response| {
        remote.answers(question, answer);
        let checks = asked(&app);
        (state(&checks, Name::WebFinger), state(&checks, Name::Clock).0)
    };
    let at = |ms: i64| sori::model::time::Time(app.clock.now().0 + ms).to_http();
    let ours = "https://a.example/users/owner";
    let right = document("acct:owner@b.example", ours);
    assert_eq!(webfinger(right.clone().with("Date", at(0))).0.0, State::Good);
    assert_eq!(webfinger(right.clone().with("Date", at(59_000))).1, State::Good);
    assert_eq!(webfinger(right.clone().with("Date", at(3 * MINUTE))).1, State::Bad);
    assert_eq!(webfinger(right.clone()).1, State::Warning, "no date");
    assert_eq!(webfinger(document("acct:owner@a.example", ours)).0.0, State::Bad, "another handle");
    let elsewhere = document("acct:owner@b.example", "https://a.example.evil.example/users/owner");
    assert_eq!(webfinger(elsewhere).0.0, State::Bad);
    assert_eq!(webfinger(Response::json(&json!([1]))).0.0, State::Bad);
    // A redirect, as a split domain has it; a loop of them; one to an address that is not asked.
    let to = |target: &str| Response::new(302, "text/plain", "").with("Location", target);
    let good = format!("https://a.example{question}");
    let is = webfinger(to(&good)).0;
    assert_eq!(is.0, State::Good, "{is:?}");
    let around = format!("https://b.example{question}");
    assert!(webfinger(to(&around)).0.1.contains("too many redirects"));
    assert_eq!(webfinger(to("https://127.0.0.1/")).0.0, State::Bad);
    remote.answers("/.well-known/host-meta", to("https://a.example/.well-known/host-meta"));
    assert_eq!(state(&asked(&app), Name::HostMeta).0, State::Good);
}

#[test]
fn an_object_for_heavy_work_that_does_not_answer_is_told() {
    let (app, ..) = owned();
    assert_eq!(state(&asked(&app), Name::Heavy).0, State::Good);
    app.crypto.break_heavy(true);
    let (state_now, seen) = state(&asked(&app), Name::Heavy);
    assert!(state_now == State::Bad && seen.contains("does not answer"), "{seen}");
}
