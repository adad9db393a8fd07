//! Invocations that end before their work does (CPU time, memory, a panic): what ended them does not come first again,
//! and everything else goes on.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use serde_json::{Value, json};
use sori::app::App;
use sori::http::response::Response;
use sori::jobs;
use sori::jobs::message::Message;
use sori::model::id::Id;
use sori::model::time::Time;

use crate::app::{DAY, MINUTE, NOW, Person, TestApp, settle};
use crate::remote::{Remote, followed};

/// The host that never answers: an invocation that asks it ends there.
const DEADLY: &str = "deadly.example";

/// alice on a.example, followed by bob on b.example; a host that ends invocations.
fn scene() -> (TestApp, Person, Remote) {
    let (app, alice, remote) = followed();
    remote.inbox.borrow_mut().clear();
    app.network.register(DEADLY, Rc::new(|_| Box::pin(std::future::pending::<Response>())));
    (app, alice, remote)
}

/// Runs an event; whether it came to its end.
fn survives(app: &TestApp, work: impl AsyncFnOnce(&App)) -> bool {
    let event = app.ready();
    let mut work = pin!(work(&event));
    work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Runs an event that ends before its trip number `trips` to the database; whether it came to its end before.
fn ends_before(app: &TestApp, trips: usize, work: impl AsyncFnOnce(&App)) -> bool {
    let event = app.ready();
    app.db.set_slow(true);
    let ended = {
        let mut work = pin!(work(&event));
        (0..=trips).any(|_| work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready())
    };
    app.db.set_slow(false);
    ended
}

/// A minute later, a tick; whether it came to its end.
fn tick(app: &TestApp) -> bool {
    app.clock.advance(MINUTE);
    survives(app, async |event| jobs::cron::tick(event).await)
}

fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.count(sql)
}

fn add_job(app: &TestApp, id: i64, kind: &str, subject: &str, is_foreign: bool, at: i64) {
    app.db.run(&format!(
        "INSERT INTO jobs (id, kind, subject, is_foreign, next_attempt_at) VALUES ({id}, '{kind}', '{subject}', {is_foreign}, {at})"
    ));
}

/// An inbox and an outbox row of alice's that failed there once and is due.
fn add_delivery(app: &TestApp, alice: &Person, n: i64, host: &str) {
    let outbox = Id::at(app.clock.now().0, n as u64).0;
    app.db.run(&format!(
        "INSERT INTO inboxes (id, url, domain) VALUES ({n}, 'https://{host}/inbox/{n}', '{host}');\
         INSERT INTO outbox (id, account_id, event, subject, to_followers, activity, is_untried, touched_at) \
         VALUES ({outbox}, {}, '[\"forward\",\"{{}}\"]', '', 0, '{{\"type\":\"Test\"}}', 0, 0);\
         INSERT INTO deliveries (outbox_id, inbox_id, next_attempt_at) VALUES ({outbox}, {n}, 0);",
        alice.id
    ));
}

#[test]
fn a_job_that_ends_its_invocation_holds_up_nothing_and_is_given_up() {
    for is_foreign in [true, false] {
        let (app, alice, remote) = scene();
        let bob = remote.person("bob");
        add_job(&app, 1, "note", &format!("https://{DEADLY}/1"), is_foreign, 1);
        for n in 2..6 {
            let note = remote.serve(remote.note(&bob, n, json!({})));
            add_job(&app, n.into(), "note", note["id"].as_str().unwrap(), true, n.into());
        }
        add_delivery(&app, &alice, 900, "b.example");
        // To a minute in which nothing has its turn.
        app.clock.advance(((3 + 4 - app.clock.now().0 / MINUTE % 4) % 4 + 4) * MINUTE);
        // What is due for longest comes first, once; and what people here wait for before it.
        assert!(!tick(&app));
        assert_eq!(remote.got(), ["Test"]);
        let mut deaths = (0..6).filter(|_| !tick(&app)).count();
        assert!((1..=2).contains(&deaths), "{deaths}");
        assert_eq!(count(&app, "SELECT count(*) AS n FROM jobs"), 1);
        assert_eq!(count(&app, "SELECT count(*) AS n FROM statuses"), 4);
        for _ in 0..200 {
            app.clock.advance(14 * MINUTE);
            deaths += usize::from(!tick(&app));
        }
        // What is given up goes with the day.
        app.clock.advance(DAY - app.clock.now().0 % DAY - MINUTE);
        assert!(tick(&app));
        assert_eq!(deaths, 7, "eight attempts");
        assert_eq!(count(&app, "SELECT count(*) AS n FROM jobs"), 0);
    }
}

#[test]
fn a_job_is_counted_whether_its_request_or_a_tick_begins_it() {
    let (app, _, remote) = scene();
    let bob = remote.person("bob");
    let account = app.person("alice").finds("bob@b.example");
    app.db.run(&format!(
        "INSERT INTO follows (account_id, target_id, id, uri) SELECT id, {}, 1, 'x' FROM accounts WHERE username = 'alice'",
        account["id"].as_str().unwrap()
    ));
    let note = remote.note(&bob, 1, json!({"inReplyTo": format!("https://{DEADLY}/1")}));
    let request = remote.request(&app, &remote.create(&bob, &note));
    let survived = survives(&app, async |event| {
        assert_eq!(sori::routes::handle(event, &request).await.status, 202);
        jobs::run::after_response(event).await;
    });
    assert!(!survived);
    assert_eq!(count(&app, "SELECT attempts FROM jobs"), 1);
    assert!(tick(&app), "not yet");
    assert!((0..5).any(|_| !tick(&app)));
    assert_eq!(count(&app, "SELECT attempts FROM jobs"), 2);
}

#[test]
fn a_delivery_that_ends_its_invocation_holds_up_nothing_and_is_given_up() {
    let (app, alice, remote) = scene();
    add_delivery(&app, &alice, 900, DEADLY);
    add_delivery(&app, &alice, 901, "b.example");
    assert!(!tick(&app));
    assert_eq!(count(&app, "SELECT max(attempts) AS n FROM deliveries"), 2);
    let start = app.clock.now().0;
    let mut deaths = 0;
    while count(&app, "SELECT count(*) AS n FROM deliveries") > 0 {
        assert!(app.clock.now().0 - start < 12 * DAY, "{deaths}");
        app.clock.advance(9 * MINUTE);
        deaths += u32::from(!tick(&app));
    }
    assert!((16..40).contains(&deaths), "{deaths}");
    assert!(remote.got().contains(&"Test".to_owned()));
    assert_eq!(count(&app, "SELECT count(*) AS n FROM outbox"), 0);
}

#[test]
fn a_chunk_that_ends_its_invocation_is_tried_inbox_by_inbox() {
    let (app, alice, remote) = scene();
    app.db.run(&format!(
        "INSERT INTO inboxes (id, url, domain) VALUES (900, 'https://{DEADLY}/inbox', '{DEADLY}');\
         INSERT INTO accounts (id, username, domain, uri, url, inbox_id, created_at) VALUES (900, 'x', '{DEADLY}', 'https://{DEADLY}/x', 'x', 900, 0);\
         INSERT INTO follows (account_id, target_id, id, uri) VALUES (900, {}, 900, 'x')",
        alice.id
    ));
    let first = alice.posts("one");
    app.clock.advance(1);
    let second = alice.posts("two");
    let got = |status: &Value| {
        let all = remote.inbox.borrow();
        all.iter().any(|a| a["object"]["id"] == status["uri"])
    };
    let mut deaths = 0;
    for _ in 0..3 * 60 {
        while let Some(message) = app.queue.take() {
            deaths += u32::from(!survives(&app, async |event| jobs::run::consume(event, &[message]).await));
        }
        deaths += u32::from(!tick(&app));
    }
    assert!(got(&first) && got(&second));
    assert!((3..40).contains(&deaths), "{deaths}");
    // Only what goes to that host is left, for itself.
    assert_eq!(count(&app, "SELECT count(*) AS n FROM chunks"), 0);
    assert_eq!(count(&app, "SELECT count(*) AS n FROM deliveries WHERE inbox_id <> 900"), 0);
}

#[test]
fn an_outbox_row_that_cannot_be_distributed_is_given_up_and_the_others_go_out() {
    let (app, alice, remote) = scene();
    app.queue.refuse(true);
    app.db.run(&format!(
        "INSERT INTO outbox (id, account_id, event, subject, to_followers, touched_at) VALUES (1, {}, '[\"update_actor\"]', '', 1, 0)",
        alice.id
    ));
    // Whoever takes it ends there.
    let attempts = || count(&app, "SELECT coalesce(sum(attempts), -1) AS n FROM outbox WHERE id = 1");
    let mut deaths = 0;
    for _ in 0..10 * 24 * 12 {
        app.clock.advance(5 * MINUTE);
        let before = attempts();
        if before < 0 {
            break;
        }
        let event = app.ready();
        app.db.set_slow(true);
        let mut work = pin!(jobs::cron::tick(&event));
        while work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            if attempts() > before && before < 8 {
                deaths += 1;
                break;
            }
        }
        app.db.set_slow(false);
    }
    assert_eq!((deaths, attempts()), (8, -1));
    alice.posts("hello");
    for _ in 0..4 {
        tick(&app);
    }
    assert_eq!(remote.got(), ["Create"]);
}

#[test]
fn a_message_that_ends_its_batch_loses_nothing_and_one_that_fails_does_not_stop_it() {
    let (app, alice, remote) = scene();
    for n in 0..3 {
        app.clock.advance(1);
        alice.posts(&format!("{n}"));
    }
    let mut batch = vec![
        "nonsense".to_owned(),
        Message::Retry { pairs: vec![(Id(1), Id(2))], leased_until: Time(1) }.to_json(),
    ];
    batch.extend(std::iter::from_fn(|| app.queue.take()));
    let retry = app.clone();
    assert!(survives(&app, async |event| jobs::run::consume(event, &batch).await));
    for _ in 0..20 {
        tick(&retry);
    }
    assert_eq!(remote.got(), ["Create", "Create", "Create"]);
    // The first of a batch ends it: the rows of the others are found.
    add_job(&app, 7, "note", &format!("https://{DEADLY}/1"), true, i64::MAX >> 12);
    alice.posts("one more");
    let mut batch = vec![Message::Run(Id(7)).to_json()];
    batch.extend(std::iter::from_fn(|| app.queue.take()));
    assert!(!survives(&app, async |event| jobs::run::consume(event, &batch).await));
    assert!((0..20).all(|_| tick(&app)));
    assert_eq!(remote.got().len(), 4);
}

#[test]
fn a_task_that_fails_does_not_stop_the_next() {
    let (app, alice, remote) = scene();
    app.clock.advance(180 * MINUTE - NOW % (180 * MINUTE) + 59 * MINUTE);
    add_delivery(&app, &alice, 900, "b.example");
    let status = alice.posts("hello");
    app.db.run(&format!(
        "INSERT INTO open_polls (status_id, expires_at) VALUES ({}, 1);\
         INSERT INTO open_polls (status_id, expires_at) SELECT id, 2 FROM statuses WHERE id <> {0}",
        status["id"].as_str().unwrap()
    ));
    app.queue.lose_all();
    app.db.run("DROP TABLE trends; DELETE FROM settings WHERE key = 'index_step'; DROP TABLE status_search");
    for _ in 0..4 {
        assert!(tick(&app));
    }
    assert_eq!(count(&app, "SELECT count(*) AS n FROM open_polls"), 0);
    assert!(remote.got().contains(&"Test".to_owned()));
}

#[test]
fn a_page_that_ends_the_verification_of_links_does_not_come_first_again() {
    let (app, alice, remote) = scene();
    let carol = app.person("carol");
    let link = |person: &Person, url: &str| {
        let sent = json!({"fields_attributes": [{"name": "x", "value": url}]});
        app.db.run("DELETE FROM jobs");
        person.ok("PATCH", "/api/v1/accounts/update_credentials", Some(sent));
    };
    link(&carol, &remote.uri("/page"));
    app.db.run(&format!(
        "UPDATE accounts SET fields = json_array(json_object('name', 'x', 'value', 'https://{DEADLY}/', 'text', 'https://{DEADLY}/', 'verified_at', NULL)), fetched_at = 0 WHERE id = {}",
        alice.id
    ));
    let fields = alice.get("/api/v1/accounts/verify_credentials")["fields"].clone();
    assert_eq!(fields[0]["name"], "x", "{fields}");
    settle(&[&app]);
    let page = "<a rel=me href=\"https://a.example/@carol\">me</a>";
    remote.answers("/page", Response::new(200, "text/html", page));
    let half_day = 12 * 60 * MINUTE;
    let mut deaths = 0;
    for _ in 0..4 {
        app.clock.advance(half_day - app.clock.now().0 % half_day - MINUTE);
        // One account a run, as if there were many.
        deaths += u32::from(!survives(&app, async |event| {
            event.clock.advance(MINUTE);
            let _ = jobs::tasks::verify_links(event).await;
        }));
        app.db.run(&format!("UPDATE accounts SET fetched_at = fetched_at + 1 WHERE id = {}", alice.id));
    }
    assert!(deaths >= 1);
    assert!(carol.get("/api/v1/accounts/verify_credentials")["fields"][0]["verified_at"].is_string());
}

/// All that a tick does, with something due of each; the event ends before each of its trips in turn.
#[test]
fn whichever_trip_is_the_last_everything_is_done_once() {
    for turn in 0..4 {
        let mut trips = 0;
        loop {
            let (app, alice, remote) = scene();
            let bob = remote.person("bob");
            app.clock.advance((4 + turn - (app.clock.now().0 / MINUTE) % 4) % 4 * MINUTE);
            let at = Time(app.clock.now().0 + 6 * MINUTE).to_iso();
            alice.post("/api/v1/statuses", json!({"status": "later", "scheduled_at": at}));
            let poll = alice.post(
                "/api/v1/statuses",
                json!({"status": "poll", "poll": {"options": ["a", "b"], "expires_in": 300}}),
            );
            add_delivery(&app, &alice, 900, "b.example");
            let note = remote.serve(remote.note(&bob, 1, json!({})));
            add_job(&app, 1, "note", note["id"].as_str().unwrap(), true, 1);
            app.queue.lose_all();
            app.clock.advance(6 * MINUTE);
            let ended = ends_before(&app, trips, async |event| jobs::cron::tick(event).await);
            app.restart();
            for _ in 0..90 {
                app.clock.advance(MINUTE);
                app.tick();
                while app.consume_one() {}
            }
            let published =
                count(&app, "SELECT count(*) AS n FROM statuses WHERE is_local = 1 AND text = 'later'");
            assert_eq!(published, 1, "{turn} {trips}");
            let got = remote.got();
            for (kind, least) in [("Test", 1), ("Create", 2), ("Update", 1)] {
                let n = got.iter().filter(|k| *k == kind).count();
                assert!((least..=least + 1).contains(&n), "{turn} {trips}: {kind} in {got:?}");
            }
            let of_poll = alice
                .notifications()
                .iter()
                .filter(|n| n["type"] == "poll" && n["status"]["id"] == poll["id"])
                .count();
            assert_eq!(of_poll, 1, "{turn} {trips}");
            assert_eq!(
                count(&app, "SELECT count(*) AS n FROM statuses WHERE is_local = 0"),
                1,
                "{turn} {trips}"
            );
            assert_eq!(
                count(
                    &app,
                    "SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM deliveries) AS n"
                ),
                0,
                "{turn} {trips}"
            );
            if ended {
                break;
            }
            trips += 1;
        }
        assert!(trips > 10, "{trips}");
    }
}
