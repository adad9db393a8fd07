//! The schema can be installed and is documented, and no statement of any scenario scans a table that grows.

use sori::store::schema;

use crate::app::TestApp;

#[test]
fn every_table_is_strict_and_explained() {
    let sql = std::fs::read_to_string("schema.sql").unwrap();
    for (n, line) in sql.lines().enumerate() {
        if line.starts_with("CREATE TABLE")
            || line.starts_with("CREATE INDEX")
            || line.starts_with("CREATE UNIQUE INDEX")
        {
            let before = sql.lines().nth(n.saturating_sub(1)).unwrap_or("");
            assert!(before.starts_with("--") || line.contains("favourites ("), "no comment before: {line}");
        }
    }
    let tables = sql.matches("CREATE TABLE").count();
    assert_eq!(sql.matches("STRICT").count() - 1, tables, "a table is not STRICT");
    assert!(schema::split(&sql).len() > 40);
}

#[test]
fn a_second_isolate_finds_the_schema_installed() {
    let app = TestApp::alone();
    app.restart();
    let again = app.ready();
    assert_eq!(again.site().title, "Sori at a.example");
    // It costs one round trip.
    assert_eq!(again.cost().trips, 1);
}

/// Tables that stay small.
const SMALL: [&str; 24] = [
    "domain_blocks",
    "domain_allows",
    "blocklists",
    "blocklist_chunks",
    "blocklist_waiting",
    "host_checks",
    "settings",
    "domains",
    "users",
    "outbox",
    "jobs",
    "keys",
    "inboxes",
    "u",
    "x",
    "rules",
    "custom_emojis",
    "announcements",
    "n",
    "instances",
    "relays",
    "trends",
    // By its index of those that are not shown everywhere, at most five hundred.
    "tags",
    "tag_follows",
];
/// The newest statuses by rowid, over a bounded number of rows (docs/decisions/0002).
const BOUNDED: [&str; 1] = ["statuses"];

#[test]
fn no_statement_scans_a_table_that_grows() {
    let wrong = scans(&crate::federation::daily_life::run());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Scans of tables that grow, among the plans of all statements run on an instance.
pub fn scans(app: &TestApp) -> Vec<String> {
    let mut wrong = Vec::new();
    for sql in app.db.statements() {
        let first = sql.split_whitespace().next().unwrap_or("");
        if matches!(first, "CREATE" | "EXPLAIN")
            || sql.contains("sqlite_master")
            || sql.contains("(SELECT count(*)")
            || sql.contains("count(*) AS n FROM")
        {
            continue;
        }
        for line in app.db.plan(&sql) {
            let Some(rest) = line.strip_prefix("SCAN ") else { continue };
            let table = rest.split_whitespace().next().unwrap_or("");
            let is_virtual =
                rest.contains("VIRTUAL TABLE") || rest.contains("CONSTANT") || table.starts_with('(');
            let is_named_subquery = sql.contains(&format!(") {table} "))
                || sql.contains(&format!("{table} ("))
                || sql.contains(&format!("{table} AS MATERIALIZED"))
                || sql.contains(&format!(") {table}"));
            let is_bounded = BOUNDED.contains(&table) && sql.contains("LIMIT");
            // A partial index of a few rows.
            let is_few = rest.contains("INDEX tags_restricted");
            if !(is_few || is_virtual || is_named_subquery || is_bounded || SMALL.contains(&table)) {
                wrong.push(format!("{line}: {sql:.160}"));
            }
        }
    }
    wrong
}

#[test]
fn notifications_are_written_only_for_accounts_that_may_read_them() {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let condition = sori::store::statuses::visible("s", "NEW.account_id");
    let inner = condition.strip_prefix('(').and_then(|c| c.strip_suffix(')')).unwrap();
    assert!(plain(&std::fs::read_to_string("schema.sql").unwrap()).contains(&plain(inner)), "{inner}");
}

/// Where a row is deleted, SQLite looks for those that refer to it: by an index, or through the whole table.
#[test]
fn every_reference_to_what_is_deleted_has_an_index() {
    let app = TestApp::alone();
    let query = sori::platform::sql::Statement::new(
        "SELECT m.name || '.' || f.\"from\" AS reference FROM sqlite_master m CROSS JOIN pragma_foreign_key_list(m.name) f \
         WHERE m.type = 'table' AND f.\"table\" IN ('accounts', 'statuses', 'outbox') \
         AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) t WHERE t.name = f.\"from\" AND t.pk = 1) \
         AND NOT EXISTS (SELECT 1 FROM pragma_index_list(m.name) i CROSS JOIN pragma_index_info(i.name) x \
         WHERE x.seqno = 0 AND x.name = f.\"from\" AND (i.partial = 0 \
         OR (SELECT sql FROM sqlite_master WHERE name = i.name) LIKE '%WHERE ' || f.\"from\" || ' IS NOT NULL%'))",
    );
    let rows = pollster::block_on(app.db.query(query)).unwrap();
    let wrong: Vec<String> = rows.iter().map(|row| row.text("reference").unwrap()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
