//! What an invocation without a request uses at the most, however much is due.

use serde_json::json;
use sori::app::{MAX_REQUESTS, MAX_SIGNATURES, MAX_STATEMENTS};
use sori::jobs;
use sori::model::id::Id;
use sori::platform::native::{Clock, Network};
use sori::platform::sql::Cost;

use crate::app::{DAY, MINUTE, NOW, Person, TestApp};
use crate::push::{Device, PushService};
use crate::remote::Remote;

/// An instance on which a thousand of everything is due, with answers of a server for whatever is asked.
fn burdened() -> (TestApp, Person) {
    let network = Network::new(1);
    network.keep_log(false);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let now = app.clock.now().0;
    for n in 1..=1000_u32 {
        let author = remote.person(&format!("p{n}"));
        // Each has a parent by somebody else.
        let parent = remote.uri(&format!("/notes/{}", n % 1000 + 1));
        remote.serve(remote.note(&author, n, json!({"inReplyTo": parent})));
    }
    let old = Id::floor(now - 10 * MINUTE).0;
    let draft = json!({"text": "later #tag", "visibility": "public"});
    Device::new(&PushService::new(&network, "push.example"), 1, true).subscribes(&alice, &["favourite"]);
    app.db.run(&format!(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n;\
         INSERT INTO inboxes (id, url, domain) SELECT i, 'https://b.example/inbox/' || i, 's' || i || '.example' FROM n;\
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, content, text, poll, created_at) \
         SELECT {old} + i, 'https://a.example/x/' || i, '', {alice}, 1, 0, '<p>words of mine</p>', 'words', \
         json_object('options', json('[[\"a\",1],[\"b\",0]]'), 'multiple', 0, 'hides_totals', 0, 'expires_at', 5, 'voters', 1), {now} FROM n;\
         INSERT INTO open_polls (status_id, expires_at, has_news) SELECT {old} + i, iif(i % 2, 1, {now} + 99999999), i % 2 = 0 FROM n;\
         INSERT INTO outbox (id, account_id, event, subject, to_followers, touched_at) \
         SELECT {old} + i, {alice}, json_array('create', {old} + i), '', 0, 0 FROM n;\
         UPDATE outbox SET to_inboxes = '[1,2,3,4,5,6,7,8,9,10,11,12]';\
         INSERT INTO outbox (id, account_id, event, subject, to_followers, activity, is_untried, touched_at) \
         SELECT {old} - 2000 + i, {alice}, '[\"update_actor\"]', '', 0, '{{}}', 0, 0 FROM n;\
         INSERT INTO deliveries (outbox_id, inbox_id, next_attempt_at) SELECT {old} - 2000 + i, i, 0 FROM n;\
         INSERT INTO jobs (id, kind, subject, is_foreign, next_attempt_at) SELECT i, 'note', 'https://b.example/notes/' || i, 1, 0 FROM n;\
         INSERT INTO jobs (id, kind, subject, is_foreign, next_attempt_at) SELECT 2000 + i, 'thread', 'https://b.example/notes/' || i, 0, 0 FROM n;\
         INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params) SELECT i, {alice}, 1, '{draft}' FROM n;\
         INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
         SELECT {old} + i, {alice}, 'favourite', (SELECT id FROM accounts WHERE username = 'owner'), {old} + i FROM n;\
         UPDATE pushes SET is_waiting = 1, attempts = 0, next_attempt_at = 0;\
         DROP TABLE n;",
        alice = alice.id
    ));
    (app, alice)
}

fn check(what: &str, cost: Cost) {
    assert!(cost.statements <= MAX_STATEMENTS, "{what}: {cost:?}");
    assert!(cost.requests() <= MAX_REQUESTS, "{what}: {cost:?}");
    assert!(cost.signatures <= MAX_SIGNATURES, "{what}: {cost:?}");
}

fn left(app: &TestApp) -> Vec<i64> {
    vec![
        app.count("SELECT count(*) AS n FROM deliveries WHERE attempts = 1"),
        app.count(
            "SELECT count(*) AS n FROM outbox WHERE attempts = 0 AND touched_at = 0 AND activity IS NULL",
        ),
        app.count("SELECT count(*) AS n FROM jobs WHERE is_foreign = 0 AND attempts = 0"),
        app.count("SELECT count(*) AS n FROM jobs WHERE is_foreign = 1 AND attempts = 0"),
        app.count("SELECT count(*) AS n FROM pushes WHERE attempts = 0"),
        app.count("SELECT count(*) AS n FROM scheduled_statuses WHERE attempts = 0"),
        app.count("SELECT count(*) AS n FROM open_polls WHERE attempts = 0 AND expires_at = 1"),
        app.count("SELECT count(*) AS n FROM open_polls WHERE has_news = 1"),
    ]
}

#[test]
fn a_tick_and_a_batch_keep_within_an_invocation_with_a_thousand_of_everything_due() {
    let (app, _) = burdened();
    let mut most = Cost::default();
    let run = |cost: Cost, most: &mut Cost| {
        most.statements = most.statements.max(cost.statements);
        most.trips = most.trips.max(cost.requests());
        most.signatures = most.signatures.max(cost.signatures);
    };
    let tick = |app: &TestApp, most: &mut Cost| {
        let event = app.app();
        pollster::block_on(sori::services::install::ready(&event)).unwrap();
        pollster::block_on(jobs::cron::tick(&event));
        check(&format!("minute {}", event.now().0 / MINUTE % 1440), event.cost());
        run(event.cost(), most);
    };
    // Two hours, and each minute at which something rarer comes.
    let before = left(&app);
    for n in 0..16 {
        app.clock.advance(MINUTE);
        tick(&app, &mut most);
        if n == 15 {
            let after = left(&app);
            assert!(before.iter().zip(&after).all(|(b, a)| a < b), "each goes on: {before:?} {after:?}");
            assert_eq!(app.count("SELECT count(*) AS n FROM settings WHERE key = 'retention'"), 1);
        }
    }
    for n in 0..110 {
        app.clock.advance(MINUTE);
        let is_rare = jobs::cron::SCHEDULE
            .iter()
            .any(|(every, at, _)| *every > 3 && app.clock.now().0 / MINUTE % every == *at);
        if is_rare || n % 5 == 0 {
            tick(&app, &mut most);
        }
    }
    for minute in [0, 2, 15, 40, 60, 180, 720, 725] {
        let day = 1440 * MINUTE;
        app.clock.advance(day - app.clock.now().0 % day + minute * MINUTE);
        app.restart();
        tick(&app, &mut most);
    }
    println!("the dearest of each: {most:?}");
    // As many messages in one batch as the queue may give.
    let mut messages: Vec<String> = std::iter::from_fn(|| app.queue.take()).collect();
    assert!(messages.len() > 10);
    for batch in [messages.split_off(messages.len() - 10), messages.split_off(messages.len() - 1)] {
        app.restart();
        let event = app.ready();
        pollster::block_on(jobs::run::consume(&event, &batch));
        check("a batch", event.cost());
    }
}

#[test]
fn hosts_that_take_the_other_signature_alone_do_not_double_the_signatures_of_a_batch() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    for n in 1..=10 {
        let answer = std::rc::Rc::new(|request: sori::http::request::Request| {
            let status = if request.header("signature-input").is_some() { 202 } else { 401 };
            let answer: std::pin::Pin<Box<dyn Future<Output = sori::http::response::Response>>> =
                Box::pin(async move { sori::http::response::Response { status, ..Default::default() } });
            answer
        });
        network.register(&format!("s{n}.example"), answer);
        app.db.run(&format!(
            "INSERT INTO inboxes (id, url, domain) VALUES ({n}, 'https://s{n}.example/inbox', 's{n}.example');\
             INSERT INTO accounts (id, username, domain, uri, url, inbox_id, created_at) VALUES ({n}, 'u', 's{n}.example', 'https://s{n}.example/u', 'x', {n}, 0);\
             INSERT INTO follows (account_id, target_id, id, uri) VALUES ({n}, {}, {n}, 'https://s{n}.example/f')",
            alice.id
        ));
    }
    alice.posts("hello");
    let message = app.queue.take().unwrap();
    let event = app.ready();
    pollster::block_on(jobs::run::consume(&event, &[message]));
    check("a batch", event.cost());
    for _ in 0..6 {
        app.clock.advance(MINUTE);
        let event = app.ready();
        pollster::block_on(jobs::cron::tick(&event));
        check("a tick", event.cost());
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM deliveries"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM instances WHERE signature_spec = 'rfc9421'"), 10);
}

#[test]
fn a_trigger_that_comes_late_does_the_work_of_its_own_minute() {
    let app = TestApp::alone();
    app.db.run("INSERT INTO idempotency_keys (account_id, key, status_id, created_at) SELECT id, 'old', 1, 1 FROM accounts LIMIT 1");
    let kept = || app.count("SELECT count(*) AS n FROM idempotency_keys");
    // The day's tidying was due two minutes ago, and each minute in between has its own trigger.
    app.clock.advance(DAY - app.clock.now().0 % DAY + 2 * MINUTE);
    let due = app.clock.now().plus(-2 * MINUTE);
    for trigger in [app.clock.now(), due] {
        assert_eq!(kept(), 1);
        pollster::block_on(jobs::cron::tick_of(&app.ready(), trigger));
    }
    assert_eq!(kept(), 0);
}
