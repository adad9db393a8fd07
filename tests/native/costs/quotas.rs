//! The plan's daily quotas: what is counted, what stops as they near their end, and what happens where they are used up.

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::jobs::tasks;
use sori::model::ledger::{self, Measure, STEPS, Source, Usage, Work};
use sori::model::proxy;
use sori::model::time::{DAY, HOUR};
use sori::{services, store};

use crate::api::media::png;
use crate::app::{MINUTE, TestApp, header, settle, two, wait};
use crate::browser::Browser;
use crate::remote::{cast, followed, remote_statuses};

/// Adds to what was used today, as another isolate does; this one knows it at once.
fn use_up(app: &TestApp, measure: Measure, amount: i64) {
    let event = app.ready();
    let mut used = Usage::default();
    used.add(measure, amount);
    event.shared.ledger.borrow_mut().add(Source::Apps, &used, event.now());
    pollster::block_on(services::ledger::write(&event)).unwrap();
    event.shared.forget_site();
}

fn forget_use(app: &TestApp) {
    app.db.run("DELETE FROM usage");
    app.ready().shared.forget_site();
}

fn midnight(app: &TestApp) -> i64 {
    let now = app.clock.now();
    now.midnight().0 + DAY - now.0
}

fn retry_after(answer: &Response) -> i64 {
    header(answer, "retry-after").parse().unwrap()
}

fn get(app: &TestApp, path: &str, accept: &str) -> Response {
    let mut request = Request { method: "GET".into(), path: path.into(), ..Request::default() };
    request.headers.add("accept", accept);
    app.send(request)
}

#[test]
fn the_ledger_holds_what_events_cost() {
    let (app, alice, _) = crate::app::people();
    alice.posts("hello");
    // One request and its work, counted as the entry point counts them.
    let event = app.ready();
    let mut request = Request { method: "GET".into(), path: "/@alice".into(), ..Request::default() };
    request.headers.add("accept", "text/html");
    assert_eq!(pollster::block_on(sori::routes::handle(&event, &request)).status, 200);
    event.account_for(Source::Pages, 1);
    let cost = event.cost();
    assert!(cost.rows_read > 0);
    // What is counted is not counted twice.
    event.account_for(Source::Pages, 0);
    let upload = app.ready();
    pollster::block_on(upload.blobs.put("a.png", "image/png", &[0; 500])).unwrap();
    upload.account_for(Source::Files, 1);
    assert!(event.shared.ledger.borrow_mut().begin(event.now()));

    let writer = app.ready();
    let before = writer.cost().rows_written;
    pollster::block_on(services::ledger::write(&writer)).unwrap();
    assert_eq!(writer.cost().rows_written - before, 1, "a row an hour");
    let hours = pollster::block_on(services::ledger::day(&writer, writer.now())).unwrap();
    let [(hour, counted)] = hours.as_slice() else { panic!("{hours:?}") };
    assert_eq!(*hour, ledger::hour(app.clock.now()));
    let pages = ledger::sum(counted, Some(Source::Pages));
    let all = ledger::sum(counted, None);
    assert_eq!((pages.of(Measure::Requests), all.of(Measure::Requests)), (1, 2));
    assert_eq!(pages.of(Measure::RowsRead), cost.rows_read as i64);
    assert_eq!((all.of(Measure::FileWrites), all.of(Measure::FileBytes)), (1, 500));

    // Another isolate adds to the same hour; the next day begins at nothing.
    use_up(&app, Measure::RowsRead, 1_000);
    assert_eq!(app.count("SELECT count(*) AS n FROM usage"), 1);
    assert_eq!(app.ready().used_today().of(Measure::RowsRead), cost.rows_read as i64 + 1_000);
    app.clock.advance(midnight(&app));
    assert_eq!(app.ready().used_today(), Usage::default());
    // Hours are kept for a month.
    app.clock.advance(33 * DAY);
    pollster::block_on(services::ledger::forget(&app.ready())).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM usage"), 0);
}

#[test]
fn what_the_database_refuses_of_the_ledger_waits() {
    let app = TestApp::alone();
    app.ready();
    app.db.refuse(true);
    let event = app.app();
    let mut used = Usage::default();
    used.add(Measure::Requests, 7);
    event.shared.ledger.borrow_mut().add(Source::Apps, &used, event.now());
    assert!(pollster::block_on(services::ledger::write(&event)).is_err());
    app.db.refuse(false);
    assert_eq!(app.ready().used_today().of(Measure::Requests), 7);
    pollster::block_on(services::ledger::write(&app.ready())).unwrap();
    assert_eq!(app.count("SELECT counted ->> '$.\"apps.requests\"' AS n FROM usage"), 7);
}

#[test]
fn the_operator_sees_what_was_used_and_nobody_else() {
    let (app, alice, bob) = crate::app::people();
    app.db.run(
        "UPDATE users SET role_id = 3 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    use_up(&app, Measure::RowsWritten, 71_234);
    let operator = Browser::of(&alice);
    let page = operator.get("/settings/usage", "en");
    assert!(page.contains("71,234") && page.contains("71 %"), "{page}");
    assert!(page.contains("Trends are not counted again"), "{page}");
    assert!(!page.contains("Links get no previews"), "{page}");
    assert!(operator.get("/settings/usage", "ko").contains("쓴 행"));
    let before = app.clock.now().midnight().plus(-DAY).to_date();
    assert!(!operator.get(&format!("/settings/usage?day={before}"), "en").contains("71,234"));
    // What R2 gives is no quota of a day.
    assert!(page.contains("/ 1,000<"), "{page}");
    app.blobs.bind_bucket();
    assert!(!operator.get("/settings/usage", "en").contains("/ 1,000<"));
    for odd in ["x", "9999-99-99", "2099-01-01", "0000-00-00"] {
        assert_eq!(operator.status(&format!("/settings/usage?day={odd}")), 200, "{odd}");
    }
    assert_eq!(Browser::of(&bob).status("/settings/usage"), 404);
    assert!(operator.get("/settings", "en").contains("/settings/usage"));
}

#[test]
fn the_front_page_leaves_posts_out_as_timelines_wait_for_strangers() {
    let (app, alice, _) = crate::app::people();
    alice.posts("of alice");
    let front = || Browser::new(&app).get("/", "en");
    assert!(front().contains("of alice"));
    use_up(&app, Measure::RowsRead, 4_800_000);
    let without = front();
    assert!(!without.contains("of alice") && without.contains("/about"), "{without}");
}

/// What each kind of work does now: it was done or not.
fn is_done(app: &TestApp, work: Work) -> bool {
    let event = app.ready();
    let asks = |work: &dyn Fn()| {
        let before = event.cost().trips;
        work();
        event.cost().trips > before
    };
    // A job that may not run waits as a row, and is no attempt.
    let runs = |kind: &str, subject: &str| {
        app.db.run("DELETE FROM jobs");
        pollster::block_on(services::job::start(&event, kind, subject, "{}")).unwrap();
        let waiting =
            format!("SELECT count(*) AS n FROM jobs WHERE kind = '{kind}' AND subject = '{subject}'");
        let waiting: &'static str = waiting.leak();
        assert_eq!(app.count(waiting), 1);
        for _ in 0..8 {
            wait(app, MINUTE);
            while app.consume_one() {}
        }
        app.count(waiting) == 0
    };
    match work {
        Work::Trends => asks(&|| pollster::block_on(tasks::count_trends(&event)).unwrap()),
        Work::Links => runs("verify", "https://a.example/users/nobody"),
        Work::Profiles => {
            asks(&|| pollster::block_on(tasks::refresh_stale(&event)).unwrap())
                && runs("actor", "https://b.example/users/bob")
        }
        Work::Imports => runs("import", "1") && runs("takeout", "1") && brings_along(app),
        Work::ImportedFiles => {
            let file: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.png"), &png(2, 2))];
            let token = app.person("alice").token;
            let answer = app.send_form("POST", "/api/v1/sori/archive/media", Some(&token), &file);
            assert!(answer.status == 200 || (answer.status, retry_after(&answer) > 0) == (503, true));
            answer.status == 200
        }
        Work::Backfill => runs("featured", "https://b.example/users/bob"),
        Work::Cards => runs("card", "https://b.example/page"),
        Work::SearchIndex => asks(&|| pollster::block_on(tasks::index(&event)).unwrap()),
        Work::Retention => asks(&|| pollster::block_on(services::retention::statuses(&event)).unwrap()),
        Work::MediaProxy => {
            let path = proxy::path(&event.config.proxy_key, "https://b.example/a.png");
            let answer = app.request("GET", &path, None, None);
            assert!(answer.status == 200 || retry_after(&answer) > 0);
            answer.status == 200
        }
        Work::AnonymousTimelines => {
            let paths = [
                "/api/v1/timelines/public",
                "/api/v1/timelines/tag/x",
                "/tags/x",
                "/public/local",
                "/public",
                "/explore",
                "/@alice.rss",
                "/tags/x.atom",
            ];
            let answers = paths.map(|path| app.fetch(path));
            for answer in &answers {
                assert!(answer.status == 200 || (answer.status, retry_after(answer) > 0) == (503, true));
            }
            let is_shown = answers.iter().all(|answer| answer.status == 200);
            assert!(is_shown || answers.iter().all(|answer| answer.status == 503));
            // Who is signed in here reads them.
            let browser = Browser::of(&app.person("alice"));
            for page in ["/tags/x", "/public/local", "/public", "/explore"] {
                assert_eq!(browser.status(page), 200, "{page}");
            }
            is_shown
        }
        Work::Inbox => {
            let mut request = Request { method: "POST".into(), path: "/inbox".into(), ..Request::default() };
            request.headers.add("content-type", "application/activity+json");
            request.body = b"{}".to_vec();
            let answer = app.send(request);
            assert!(answer.status == 400 || (answer.status, retry_after(&answer) > 0) == (503, true));
            answer.status == 400
        }
    }
}

/// Whether posts of an archive are taken, by both entries.
fn brings_along(app: &TestApp) -> bool {
    let alice = app.person("alice");
    let uris = json!({"uris": ["https://old.example/1"]});
    let answer = alice.call("POST", "/api/v1/sori/archive/known", Some(uris.clone()));
    assert!(answer.status == 200 || (answer.status, retry_after(&answer) > 0) == (503, true));
    let browser = Browser::of(&alice);
    let of_page = browser.script("/settings/archive/known", &uris.to_string());
    let said = |answer: &Response| (answer.status, header(answer, "retry-after"));
    assert_eq!(said(&of_page), said(&answer));
    answer.status == 200
}

#[test]
fn as_a_quota_nears_its_end_work_stops_in_its_order() {
    let (app, remote, bob) = cast();
    let picture = Response::new(200, "image/png", png(2, 2)).with("Content-Length", "70");
    remote.answers("/a.png", picture);
    app.set_media_proxy("proxy");
    // The index has its beginning.
    pollster::block_on(tasks::index(&app.ready())).unwrap();
    let mut n = 0;
    let mut done = |work| {
        n += 1;
        app.clock.advance(5 * MINUTE);
        assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, n, json!({})))), 202);
        app.clock.advance(5 * MINUTE);
        is_done(&app, work)
    };
    for (work, percent, measures) in STEPS {
        for measure in measures {
            let quota = measure.quota().unwrap();
            // It takes some twenty minutes of the day.
            let since = app.clock.now();
            app.clock.advance(since.midnight().0 + DAY + HOUR - since.0);
            forget_use(&app);
            assert!(done(work), "{work:?} without use");
            forget_use(&app);
            use_up(&app, *measure, quota * (percent - 2) / 100);
            assert!(is_done_again(&app, work), "{work:?} at {} % of {measure:?}", percent - 2);
            use_up(&app, *measure, quota * 2 / 100 + 1);
            assert!(!is_done_again(&app, work), "{work:?} at {percent} % of {measure:?}");
            // A paid plan has no daily quotas.
            *app.plan.borrow_mut() = Some("paid".into());
            assert!(is_done_again(&app, work), "{work:?} on a paid plan");
            *app.plan.borrow_mut() = None;
        }
    }
    // Whoever is signed in has timelines, posts and is delivered to, to the last.
    forget_use(&app);
    use_up(&app, Measure::RowsRead, 4_950_000);
    let alice = app.person("alice");
    assert_eq!(alice.call("GET", "/api/v1/timelines/public", None).status, 200);
    alice.posts("still here");
}

/// As [`is_done`], some minutes later.
fn is_done_again(app: &TestApp, work: Work) -> bool {
    app.clock.advance(3 * MINUTE);
    if work == Work::SearchIndex {
        // There is always something to be indexed.
        app.db.run("UPDATE settings SET value = '0' WHERE key = 'indexed_until'");
    }
    is_done(app, work)
}

#[test]
fn what_an_isolate_has_stored_it_does_not_forget() {
    let app = TestApp::alone();
    let event = app.ready();
    let mut used = Usage::default();
    used.add(Measure::RowsWritten, 98_000);
    event.shared.ledger.borrow_mut().add(Source::Inbox, &used, event.now());
    assert!(!event.allows(Work::Inbox));
    // The settings were read before, and are not read again within the minute.
    pollster::block_on(services::ledger::write(&app.ready())).unwrap();
    let next = app.ready();
    assert_eq!(next.cost().trips, 0);
    assert!(!next.allows(Work::Inbox), "{:?}", next.used_today());
    assert_eq!(next.used_today().of(Measure::RowsWritten), 98_000);
    // It is counted once, also after they were read.
    app.clock.advance(MINUTE);
    assert_eq!(app.ready().used_today().of(Measure::RowsWritten), 98_000);
    // What was stored of the day before is not of this one.
    let event = app.ready();
    event.shared.ledger.borrow_mut().add(Source::Inbox, &used, event.now());
    app.clock.advance(midnight(&app));
    pollster::block_on(services::ledger::write(&app.ready())).unwrap();
    assert_eq!(app.ready().used_today(), Usage::default());
}

#[test]
fn files_in_a_bucket_have_no_quota_of_a_day() {
    let app = TestApp::alone();
    use_up(&app, Measure::FileWrites, 5_000);
    assert!(!app.ready().allows(Work::ImportedFiles));
    app.blobs.bind_bucket();
    assert!(app.ready().allows(Work::ImportedFiles));
}

#[test]
fn links_of_profiles_wait_when_there_is_little_left() {
    let (app, alice, _) = crate::app::people();
    let name = json!({"fields_attributes": [{"name": "site", "value": "https://b.example/"}]});
    alice.call("PATCH", "/api/v1/accounts/update_credentials", Some(name));
    let asks = || {
        let event = app.ready();
        pollster::block_on(tasks::verify_links(&event)).unwrap();
        event.cost().trips > 0
    };
    assert!(asks());
    use_up(&app, Measure::RowsWritten, 70_000);
    app.ready();
    assert!(!asks());
}

#[test]
fn the_inbox_is_the_last_to_stop_and_loses_nothing() {
    let (app, remote, bob) = cast();
    use_up(&app, Measure::RowsWritten, 98_000);
    let create = remote.create(&bob, &remote.note(&bob, 1, json!({})));
    let answer = app.send(remote.request(&app, &create));
    let left = midnight(&app) / 1000;
    assert_eq!(answer.status, 503);
    assert!((left..=left + 3600).contains(&retry_after(&answer)), "{}", retry_after(&answer));
    assert_eq!(app.send(remote.request(&app, &create)).status, 503);
    assert_eq!(app.cost.borrow().trips, 0, "nothing is read");
    assert_eq!(remote_statuses(&app), 0);
    app.clock.advance(midnight(&app));
    assert_eq!(remote.sends(&app, &create), 202);
    assert_eq!(remote_statuses(&app), 1);
}

#[test]
fn where_the_database_refuses_each_surface_says_so_and_all_arrives_after_midnight() {
    let (a, b) = two();
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    bob.follows(&alice);
    settle(&[&a, &b]);
    a.db.refuse(true);
    // With and without what an isolate knows.
    for is_fresh in [false, true] {
        if is_fresh {
            a.restart();
        }
        let left = midnight(&a) / 1000;
        for (method, path, accept, body) in [
            ("GET", "/api/v1/timelines/home", "*/*", None),
            ("POST", "/api/v1/statuses", "*/*", Some(json!({"status": "lost"}))),
            ("GET", "/api/v2/instance", "*/*", None),
        ] {
            let answer = a.request(method, path, Some(&alice.token), body);
            assert_eq!((answer.status, retry_after(&answer)), (503, left), "{method} {path} {accept}");
            let said: Value = serde_json::from_slice(&answer.body).unwrap();
            assert!(said["error"].as_str().unwrap().contains("00:00 UTC"), "{said}");
        }
        for (path, accept, is_page) in [
            ("/@alice", "text/html", true),
            ("/users/alice", "application/activity+json", false),
            ("/.well-known/webfinger", "*/*", false),
        ] {
            let mut request = Request { method: "GET".into(), path: path.into(), ..Request::default() };
            request.query = "resource=acct:alice@a.example".into();
            request.headers.add("accept", accept);
            let answer = a.send(request);
            assert_eq!((answer.status, retry_after(&answer)), (503, left), "{path}");
            assert_eq!(header(&answer, "content-type").starts_with("text/html"), is_page, "{path}");
            assert!(!header(&answer, "cache-control").contains("public"), "{path}");
        }
    }
    // What others send waits at their server; cron and the queue do nothing and break nothing.
    a.restart();
    b.person("bob").posts("@alice@a.example from elsewhere");
    settle(&[&b]);
    for _ in 0..5 {
        wait(&a, MINUTE);
        wait(&b, MINUTE);
    }
    assert!(b.count("SELECT count(*) AS n FROM deliveries") > 0);
    a.db.refuse(false);
    a.clock.advance(midnight(&a) + HOUR);
    for _ in 0..200 {
        wait(&b, 5 * MINUTE);
        wait(&a, MINUTE);
        settle(&[&a, &b]);
    }
    assert_eq!(b.count("SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM outbox) AS n"), 0);
    assert_eq!(a.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 1);
    alice.posts("back");
    settle(&[&a, &b]);
    assert_eq!(b.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 1);
}

#[test]
fn where_the_queue_refuses_posts_are_delivered_all_the_same() {
    let (app, alice, remote) = followed();
    app.queue.refuse(true);
    assert_eq!(
        alice.call("POST", "/api/v1/statuses", Some(json!({"status": "hello"}))).status,
        200,
        "who posts sees nothing of it"
    );
    wait(&app, 3 * MINUTE);
    assert_eq!(remote.got(), ["Accept", "Create"]);
    app.queue.refuse(false);
    app.clock.advance(midnight(&app));
    alice.posts("again");
    settle(&[&app]);
    assert_eq!(remote.got(), ["Accept", "Create", "Create"]);
}

#[test]
fn where_the_storage_refuses_uploads_say_so_and_texts_go_on() {
    let (app, alice, _) = crate::app::people();
    app.blobs.fail(true);
    let upload =
        || app.send_form("POST", "/api/v2/media", Some(&alice.token), &[("file", Some("a.png"), &png(2, 2))]);
    let answer = upload();
    assert_eq!((answer.status, retry_after(&answer)), (503, midnight(&app) / 1000));
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(said["error"].as_str().unwrap().contains("00:00 UTC"), "{said}");
    alice.posts("without a picture");
    app.blobs.fail(false);
    app.clock.advance(midnight(&app));
    assert_eq!(upload().status, 200);
}

#[test]
fn pages_of_the_ledger_read_little() {
    let (app, ..) = crate::app::people();
    for hour in 0..24 {
        let at = ledger::first_hour(app.clock.now()) + hour;
        let counted = ledger::Counted::from([("apps.requests".to_owned(), 5)]);
        pollster::block_on(store::write(
            &app.ready().db,
            vec![store::usage::add(at, &counted, Default::default())],
        ))
        .unwrap();
    }
    app.restart();
    let event = app.ready();
    assert_eq!(event.used_today().of(Measure::Requests), 120);
    assert!(event.cost().rows_read <= 60, "{:?}", event.cost());
    assert_eq!(get(&app, "/", "text/html").status, 200);
}
