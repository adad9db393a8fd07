//! The schema is installed and upgraded once and completely, however many isolates start.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use sori::error::Result;
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

/// schema.sql as it might have been two releases ago, and the migrations since.
fn history() -> (Plan, Plan) {
    let column = "  header_description TEXT NOT NULL DEFAULT '',\n";
    let index = schema::split(PLAN.schema).into_iter().rfind(|s| s.starts_with("CREATE INDEX")).unwrap();
    let old = PLAN.schema.replacen(column, "", 1).replacen(&format!("{index};"), "", 1);
    assert_eq!(schema::split(&old).len() + 1, schema::split(PLAN.schema).len());
    assert!(old.len() + column.len() < PLAN.schema.len());
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let steps = vec![
        leak("ALTER TABLE accounts ADD COLUMN header_description TEXT NOT NULL DEFAULT '';\n".into()),
        leak(format!("-- What it is for.\n{index};\nUPDATE domains SET is_primary = is_primary + 1;\n")),
    ];
    let steps: &'static [&'static str] = Box::leak(steps.into_boxed_slice());
    (Plan { schema: leak(old), migrations: &[] }, Plan { schema: PLAN.schema, migrations: steps })
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
        pollster::block_on(install::up_to_date(&app.app(), &old)).unwrap();
        assert_eq!(version(&app), 3);
    }
}

#[test]
fn a_failed_step_changes_nothing_and_is_retried() {
    let (old, new) = history();
    let app = empty();
    pollster::block_on(install::up_to_date(&app.app(), &old)).unwrap();
    let before = shape(&app);
    let broken = Plan {
        schema: PLAN.schema,
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
