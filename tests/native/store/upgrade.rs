//! The schema is installed and upgraded once and completely, however many isolates start.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use sori::error::{Error, Result};
use sori::http::request::Request;
use sori::platform::native::{Clock, Network, Random};
use sori::platform::sql::Statement;
use sori::services::install;
use sori::store::schema::{self, MAX_STATEMENTS, PLAN, Plan};

use crate::app::{NOW, TestApp};

fn empty() -> TestApp {
    TestApp::empty(&Network::new(1), "a.example", &Clock::fixed(NOW))
}

/// `isolates` isolates run `plan` at once; `seed` decides the order of their database round trips.
fn race(app: &TestApp, plan: &Plan, isolates: usize, seed: u64) -> Vec<Result<()>> {
    app.db.set_slow(true);
    let random = Random::seeded(seed);
    let apps: Vec<_> = (0..isolates)
        .map(|_| {
            app.restart();
            app.app()
        })
        .collect();
    let mut running: Vec<Pin<Box<dyn Future<Output = Result<()>>>>> = Vec::new();
    for app in &apps {
        running.push(Box::pin(async move { install::up_to_date(app, plan).await.map(|_| ()) }));
    }
    let mut outcomes = Vec::new();
    while !running.is_empty() {
        let at = random.below(running.len() as u64) as usize;
        if let Poll::Ready(outcome) = running[at].as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            outcomes.push(outcome);
            drop(running.remove(at));
        }
    }
    app.db.set_slow(false);
    outcomes
}

/// Tables by column, indexes and triggers, independent of the order of columns.
fn shape(app: &TestApp) -> BTreeSet<String> {
    let sql = "SELECT m.name || '.' || p.name || ' ' || p.type || ' ' || p.\"notnull\" || ' ' || coalesce(p.dflt_value, '') AS line \
               FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' \
               UNION ALL SELECT sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL";
    let rows = pollster::block_on(app.db.query(Statement::new(sql))).unwrap();
    rows.iter().map(|row| row.text("line").unwrap()).collect()
}

fn version(app: &TestApp) -> usize {
    app.count("SELECT CAST(value AS INTEGER) AS n FROM settings WHERE key = 'schema_version'") as usize
}

/// As `build.rs` packs it.
fn packed(text: &str) -> &'static [u8] {
    miniz_oxide::deflate::compress_to_vec_zlib(text.as_bytes(), 6).leak()
}

/// schema.sql as it might have been two releases ago, and the migrations since.
fn history() -> (Plan, Plan) {
    let column = "  header_description TEXT NOT NULL DEFAULT '',\n";
    let index = schema::split(&PLAN.schema()).into_iter().rfind(|s| s.starts_with("CREATE INDEX")).unwrap();
    let old = PLAN.schema().replacen(column, "", 1).replacen(&format!("{index};"), "", 1);
    assert_eq!(schema::split(&old).len() + 1, schema::split(&PLAN.schema()).len());
    assert!(old.len() + column.len() < PLAN.schema().len());
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let steps = vec![
        leak("ALTER TABLE accounts ADD COLUMN header_description TEXT NOT NULL DEFAULT '';\n".into()),
        leak(format!("-- What it is for.\n{index};\nUPDATE domains SET is_primary = is_primary + 1;\n")),
    ];
    let steps: &'static [&'static str] = Box::leak(steps.into_boxed_slice());
    (Plan { packed: packed(&old), migrations: &[] }, Plan { packed: PLAN.packed, migrations: steps })
}

#[test]
fn concurrent_isolates_install_the_schema_once() {
    let alone = TestApp::alone();
    for seed in 0..40 {
        let app = empty();
        for outcome in race(&app, &PLAN, 1 + seed as usize % 6, seed) {
            outcome.unwrap();
        }
        assert_eq!((version(&app), shape(&app)), (PLAN.version(), shape(&alone)));
        assert_eq!(app.count("SELECT count(*) AS n FROM settings"), 1, "something was left behind");
    }
}

#[test]
fn an_interrupted_upgrade_is_continued_by_the_next_isolate() {
    for is_committed in [false, true] {
        for trips in 0..12 {
            let app = empty();
            app.db.fail_after(trips, is_committed);
            let first = app.app();
            let _ = pollster::block_on(install::ready(&first));
            app.db.fail_after(1000, false);
            app.restart();
            assert_eq!(app.ready().site().domains, []);
            assert_eq!(version(&app), PLAN.version());
        }
    }
}

#[test]
fn an_upgrade_needs_only_a_deploy() {
    let (old, new) = history();
    let fresh = empty();
    pollster::block_on(install::up_to_date(&fresh.app(), &new)).unwrap();
    assert_eq!(version(&fresh), 3);
    for seed in 0..40 {
        let app = empty();
        pollster::block_on(install::up_to_date(&app.app(), &old)).unwrap();
        assert_eq!(version(&app), 1);
        app.db.run("INSERT INTO domains (id, handle_domain, web_origin, is_primary, created_at) VALUES (1, 'a.example', 'https://a.example', 0, 0)");
        for outcome in race(&app, &new, 1 + seed as usize % 6, seed) {
            outcome.unwrap();
        }
        assert_eq!((version(&app), shape(&app)), (3, shape(&fresh)));
        // Each step ran once, and earlier data is still there.
        assert_eq!(app.count("SELECT is_primary AS n FROM domains"), 1);
        // An isolate of the old deploy that is still running does not change it.
        let refused = pollster::block_on(install::up_to_date(&app.app(), &old)).unwrap_err();
        assert_eq!(refused, Error::Unavailable(schema::NEWER.into()));
        assert_eq!((version(&app), shape(&app)), (3, shape(&fresh)));
    }
}

/// Four versions of this schema from its history, and the three migrations between them.
fn chain() -> Vec<Plan> {
    let read = |name: &str| -> &'static str {
        Box::leak(
            std::fs::read_to_string(format!("tests/native/store/chain/{name}")).unwrap().into_boxed_str(),
        )
    };
    let steps = ["0002_search_without_domain.sql", "0003_threads_found.sql", "0004_emoji_files.sql"];
    let steps: &'static [&'static str] = Box::leak(steps.map(read).to_vec().into_boxed_slice());
    let packed = packed(read("1.sql"));
    (0..=steps.len()).map(|n| Plan { packed, migrations: &steps[..n] }).collect()
}

/// A database of the chain's first version, with people, a status, an emoji and a device in it.
fn first_version(plan: &Plan) -> TestApp {
    let app = empty();
    pollster::block_on(install::up_to_date(&app.app(), plan)).unwrap();
    app.db.run(
        "INSERT INTO domains (id, handle_domain, web_origin, is_primary, created_at) VALUES (1, 'a.example', 'https://a.example', 1, 0);
         INSERT INTO accounts (id, domain_id, username, domain, uri, url, display_name, public_key, inbox_url, created_at)
           VALUES (1, 1, 'alice', 'a.example', 'https://a.example/users/alice', 'https://a.example/@alice', 'Alice', x'00', '', 0);
         INSERT INTO accounts (id, username, domain, uri, url, display_name, inbox_url, created_at)
           VALUES (2, 'bob', 'b.example', 'https://b.example/bob', 'https://b.example/bob', 'Bob', '', 0);
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, content, created_at)
           VALUES (5, 'https://a.example/5', 'https://a.example/5', 1, 1, 0, '<p>the first</p>', 0);
         INSERT INTO custom_emojis (shortcode, url, static_url) VALUES ('blob', 'https://a.example/b.png', 'https://a.example/b.png');
         INSERT INTO pushes (notification_id, subscription_id, next_attempt_at) VALUES (7, 8, 9);",
    );
    app
}

#[test]
fn a_database_follows_over_three_versions_from_each_of_them() {
    let plans = chain();
    let (first, newest) = (&plans[0], &plans[3]);
    let last = std::fs::read_to_string("tests/native/store/chain/4.sql").unwrap();
    let fresh = empty();
    let whole = Plan { packed: packed(&last), migrations: newest.migrations };
    pollster::block_on(install::up_to_date(&fresh.app(), &whole)).unwrap();
    for (n, deployed) in plans.iter().enumerate() {
        for seed in 0..5 {
            let app = first_version(first);
            assert_eq!(
                app.count("SELECT count(*) AS n FROM account_search WHERE account_search MATCH 'example'"),
                2
            );
            pollster::block_on(install::up_to_date(&app.app(), deployed)).unwrap();
            assert_eq!(version(&app), n + 1);
            for outcome in race(&app, newest, 1 + seed as usize, seed) {
                outcome.unwrap();
            }
            assert_eq!((version(&app), shape(&app)), (4, shape(&fresh)), "from version {}", n + 1);
            assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE content = '<p>the first</p>' AND thread_found = 0"), 1);
            assert_eq!(
                app.count(
                    "SELECT count(*) AS n FROM custom_emojis WHERE shortcode = 'blob' AND updated_at = 0"
                ),
                1
            );
            assert_eq!(
                app.count("SELECT count(*) AS n FROM account_search WHERE account_search MATCH 'example'"),
                1
            );
            assert_eq!(
                app.count("SELECT count(*) AS n FROM account_search WHERE account_search MATCH 'alice'"),
                1
            );
            assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0);
            // The new rules hold: statuses of other servers are not counted.
            app.db.run("INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at) VALUES (6, 'https://b.example/6', '', 2, 0, 0, 0)");
            assert_eq!(app.count("SELECT sum(statuses_count) AS n FROM accounts"), 1);
            // And back again is refused by each older version, whatever it would do.
            for older in &plans[..3] {
                let refused = pollster::block_on(install::up_to_date(&app.app(), older)).unwrap_err();
                assert_eq!(refused, Error::Unavailable(schema::NEWER.into()));
            }
            assert_eq!((version(&app), shape(&app)), (4, shape(&fresh)));
        }
    }
}

/// The schemas that were released, by version: `released/N.sql`, which a release adds (ARCHITECTURE.md).
#[test]
fn every_released_schema_becomes_the_newest() {
    let alone = TestApp::alone();
    let snapshot = |n: usize| std::fs::read_to_string(format!("tests/native/store/released/{n}.sql"));
    for n in 1..PLAN.version() {
        let text = snapshot(n).unwrap_or_else(|e| panic!("released/{n}.sql: {e}"));
        let then = Plan { packed: packed(&text), migrations: &PLAN.migrations[..n - 1] };
        let app = empty();
        pollster::block_on(install::up_to_date(&app.app(), &then)).unwrap();
        pollster::block_on(install::up_to_date(&app.app(), &PLAN)).unwrap();
        assert_eq!((version(&app), shape(&app)), (PLAN.version(), shape(&alone)), "from version {n}");
    }
    // A released schema is not changed in place.
    if let Ok(text) = snapshot(PLAN.version()) {
        assert_eq!(
            schema::split(&text),
            schema::split(&PLAN.schema()),
            "schema.sql is released: add a migration"
        );
    }
}

#[test]
fn older_code_says_what_to_do_and_writes_nothing() {
    let app = TestApp::alone();
    let newer = PLAN.version() + 1;
    app.db.run(&format!("UPDATE settings SET value = '{newer}' WHERE key = 'schema_version'"));
    app.restart();
    let before = app.count("SELECT total_changes() AS n");
    let answer = |target: &str, language: &str| {
        let mut request = Request { method: "GET".into(), path: target.into(), ..Request::default() };
        request.headers.add("accept", "text/html");
        request.headers.add("accept-language", language);
        let answer = app.send(request);
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    let (status, text) = answer("/api/v2/instance", "en");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, json["error"].as_str()), (503, Some(schema::NEWER)));
    let (status, text) = answer("/", "en");
    assert!(status == 503 && text.contains(schema::NEWER), "{status} {text}");
    let (status, text) = answer("/", "ko");
    assert!(status == 503 && text.contains("새 버전을 다시 배포해 주세요"), "{status} {text}");
    app.tick();
    assert_eq!(app.count("SELECT total_changes() AS n"), before);
    assert_eq!(version(&app), newer);
}

#[test]
fn a_failed_step_changes_nothing_and_is_retried() {
    let (old, new) = history();
    let app = empty();
    pollster::block_on(install::up_to_date(&app.app(), &old)).unwrap();
    let before = shape(&app);
    let broken = Plan {
        packed: PLAN.packed,
        migrations: &["ALTER TABLE accounts ADD COLUMN x INTEGER;\nINSERT INTO nowhere VALUES (1);\n"],
    };
    for outcome in race(&app, &broken, 3, 1) {
        assert!(outcome.is_err());
    }
    assert_eq!((version(&app), shape(&app)), (1, before));
    pollster::block_on(install::up_to_date(&app.app(), &new)).unwrap();
    assert_eq!(version(&app), 3);
}

#[test]
fn migration_files_match_the_plan() {
    let mut files: Vec<_> = std::fs::read_dir("migrations")
        .map(|all| all.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    files.sort();
    assert_eq!(
        files.len(),
        PLAN.migrations.len(),
        "a file without its line in store::schema::PLAN, or the reverse"
    );
    for (n, (file, sql)) in files.iter().zip(PLAN.migrations).enumerate() {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(&format!("{:04}_", n + 2)) && name.ends_with(".sql"), "{name}");
        assert_eq!(std::fs::read_to_string(file).unwrap(), *sql, "{name}");
        assert!(schema::split(sql).len() + 2 <= MAX_STATEMENTS, "{name} is too long for one batch");
    }
    // No part of an installation has more statements either.
    for part in 0..20 {
        let settings = vec![("schema_part".to_owned(), part.to_string())];
        assert!(PLAN.next(&settings).unwrap().unwrap().len() <= MAX_STATEMENTS + 2);
    }
}
