//! SQLite with D1's rules: it refuses what D1 refuses, and counts what D1 bills.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::functions::FunctionFlags;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, StatementStatus, ffi};

use super::Clock;
use crate::error::{Error, Result};
use crate::platform::sql::{Meter, Row, Rows, Statement, Value, with_fixed_plan};

const MAX_PARAMS: usize = 100;
const MAX_STATEMENT: usize = 100_000;
const MAX_TEXT: usize = 2_000_000;
const MAX_INT: i64 = (1 << 53) - 1;

/// A table's index, for counting billed rows.
#[derive(Clone)]
struct Index {
    columns: Vec<String>,
    /// The WHERE of a partial index.
    condition: Option<String>,
    is_without_rowid: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Change {
    Insert,
    Update,
    Delete,
}

/// What the update hook reported: rowid tables only.
type Changes = Arc<Mutex<Vec<(Change, String, i64)>>>;

struct Inner {
    connection: RefCell<Connection>,
    changes: Changes,
    indexes: RefCell<HashMap<String, Rc<Vec<Index>>>>,
    seen: RefCell<BTreeSet<String>>,
    /// Those that SQLite prepared again for the values that were bound.
    reprepared: RefCell<BTreeSet<String>>,
    is_unavailable: Cell<bool>,
    is_spent: Cell<bool>,
    is_slow: Cell<bool>,
    /// The last statement has changed a full-text index.
    is_indexing: Cell<bool>,
    /// The time of the SQL function `unixepoch()`; without it, the machine's clock.
    clock: RefCell<Option<Clock>>,
    seconds: Arc<AtomicI64>,
    /// Round trips until one fails, and whether it fails only after its commit.
    failure: Cell<Option<(u32, bool)>>,
}

/// Clones share the database.
#[derive(Clone)]
pub struct Db {
    inner: Rc<Inner>,
    meter: Meter,
}

impl Db {
    /// An empty database in memory.
    pub fn new(meter: Meter) -> Self {
        Self::open(Connection::open_in_memory().expect("SQLite in memory"), meter)
    }

    fn open(mut connection: Connection, meter: Meter) -> Self {
        connection.execute_batch("PRAGMA foreign_keys = ON").expect("foreign keys");
        for (limit, value) in [
            // <https://developers.cloudflare.com/d1/platform/limits/>: a string, a blob or a row.
            (Limit::SQLITE_LIMIT_LENGTH, MAX_TEXT as i32),
            (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
            (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
            (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
            (Limit::SQLITE_LIMIT_COLUMN, 100),
            (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
            (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, MAX_PARAMS as i32),
        ] {
            connection.set_limit(limit, value).expect("a limit");
        }
        connection.set_prepared_statement_cache_capacity(200);
        let changes: Changes = Arc::default();
        let hook = changes.clone();
        connection
            .update_hook(Some(move |action, _: &str, table: &str, rowid| {
                let change = match action {
                    rusqlite::hooks::Action::SQLITE_INSERT => Change::Insert,
                    rusqlite::hooks::Action::SQLITE_DELETE => Change::Delete,
                    _ => Change::Update,
                };
                hook.lock().expect("one thread").push((change, table.to_owned(), rowid));
            }))
            .expect("update hook");
        let inner = Inner {
            connection: RefCell::new(connection),
            changes,
            indexes: RefCell::default(),
            seen: RefCell::default(),
            reprepared: RefCell::default(),
            is_unavailable: Cell::default(),
            is_spent: Cell::default(),
            is_slow: Cell::default(),
            is_indexing: Cell::default(),
            clock: RefCell::default(),
            seconds: Arc::default(),
            failure: Cell::default(),
        };
        Self { inner: Rc::new(inner), meter }
    }

    /// The same database with its own cost counter: for an instance that restarts.
    pub fn metered(&self, meter: Meter) -> Self {
        Self { inner: self.inner.clone(), meter }
    }

    /// From now on SQL uses this clock as well.
    pub fn set_clock(&self, clock: &Clock) {
        *self.inner.clock.borrow_mut() = Some(clock.clone());
        let seconds = self.inner.seconds.clone();
        let connection = self.inner.connection.borrow();
        // A new function has all of them prepared again.
        connection.flush_prepared_statement_cache();
        connection
            .create_scalar_function("unixepoch", 0, FunctionFlags::SQLITE_UTF8, move |_| {
                Ok(seconds.load(Ordering::Relaxed))
            })
            .expect("a function of SQL");
    }

    /// Every round trip fails until this is reset.
    pub fn set_unavailable(&self, is_unavailable: bool) {
        self.inner.is_unavailable.set(is_unavailable);
    }

    /// As Cloudflare does when the rows of the day are used up.
    pub fn refuse(&self, is_spent: bool) {
        self.inner.is_spent.set(is_spent);
    }

    /// Every round trip yields to other tasks first: for events that race.
    pub fn set_slow(&self, is_slow: bool) {
        self.inner.is_slow.set(is_slow);
    }

    /// The round trip after `trips` more fails: before it is executed, or only after its commit.
    pub fn fail_after(&self, trips: u32, is_committed: bool) {
        self.inner.failure.set(Some((trips, is_committed)));
    }

    /// Every SQL text that was run so far.
    pub fn statements(&self) -> Vec<String> {
        self.inner.seen.borrow().iter().cloned().collect()
    }

    /// Those of them that SQLite prepared again for the values that were bound ([`with_fixed_plan`]).
    pub fn reprepared(&self) -> Vec<String> {
        self.inner.reprepared.borrow().iter().cloned().collect()
    }

    /// Adds the statements of another database, to check all plans together.
    pub fn add_statements(&self, statements: &[String]) {
        self.inner.seen.borrow_mut().extend(statements.iter().cloned());
    }

    /// Names of the tables.
    pub fn tables(&self) -> Vec<String> {
        let connection = self.inner.connection.borrow();
        let Ok(mut statement) = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        else {
            return Vec::new();
        };
        let rows = statement.query_map([], |row| row.get::<_, String>(0));
        rows.map(|rows| rows.filter_map(std::result::Result::ok).collect()).unwrap_or_default()
    }

    /// EXPLAIN QUERY PLAN, one line for each step.
    pub fn plan(&self, sql: &str) -> Vec<String> {
        let connection = self.inner.connection.borrow();
        let Ok(mut statement) = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", with_fixed_plan(sql)))
        else {
            return Vec::new();
        };
        let count = statement.parameter_count();
        let nulls = vec![rusqlite::types::Null; count];
        let rows = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3));
        rows.map(|rows| rows.filter_map(std::result::Result::ok).collect()).unwrap_or_default()
    }

    /// Runs SQL without D1's rules, for a test's set-up.
    pub fn run(&self, sql: &str) {
        self.inner.connection.borrow().execute_batch(sql).expect("set-up SQL");
        self.inner.changes.lock().expect("one thread").clear();
    }

    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    pub async fn query(&self, statement: Statement) -> Result<Rows> {
        Ok(self.batch(vec![statement]).await?.pop().unwrap_or_default())
    }

    pub async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        self.meter.add(|c| {
            c.trips += 1;
            c.statements += statements.len() as u32;
        });
        if self.inner.is_slow.get() {
            let mut is_second = false;
            std::future::poll_fn(|context| {
                if std::mem::replace(&mut is_second, true) {
                    return std::task::Poll::Ready(());
                }
                context.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
        }
        let lost = || Error::Platform("the database does not answer".into());
        if self.inner.is_unavailable.get() {
            return Err(lost());
        }
        if self.inner.is_spent.get() {
            return Err(Error::Spent("the database's rows of the day are spent".into()));
        }
        let fails = match self.inner.failure.get() {
            Some((0, is_committed)) => {
                self.inner.failure.set(None);
                Some(is_committed)
            }
            Some((trips, is_committed)) => {
                self.inner.failure.set(Some((trips - 1, is_committed)));
                None
            }
            None => None,
        };
        if fails == Some(false) {
            return Err(lost());
        }
        let rows = self.transaction(&statements)?;
        if fails == Some(true) { Err(lost()) } else { Ok(rows) }
    }

    fn transaction(&self, statements: &[Statement]) -> Result<Vec<Rows>> {
        if let Some(clock) = &*self.inner.clock.borrow() {
            self.inner.seconds.store(clock.now().0 / 1000, Ordering::Relaxed);
        }
        let connection = self.inner.connection.borrow();
        let begin = if statements.len() > 1 { "BEGIN IMMEDIATE" } else { "SAVEPOINT one" };
        let (commit, rollback) = if statements.len() > 1 {
            ("COMMIT", "ROLLBACK")
        } else {
            ("RELEASE one", "ROLLBACK TO one; RELEASE one")
        };
        let plain =
            |sql: &str| connection.execute_batch(sql).map_err(|e| Error::internal(format!("{sql}: {e}")));
        plain(begin)?;
        let outcome: Result<Vec<Rows>> = statements.iter().map(|s| self.one(&connection, s)).collect();
        match outcome {
            Ok(rows) => {
                plain(commit)?;
                self.meter.note_size(size(&connection));
                Ok(rows)
            }
            Err(error) => {
                plain(rollback)?;
                Err(error)
            }
        }
    }

    fn one(&self, connection: &Connection, statement: &Statement) -> Result<Rows> {
        let sql = statement.sql.as_ref();
        let text = with_fixed_plan(sql);
        check(statement, &text)?;
        if !self.inner.seen.borrow().contains(sql) {
            self.inner.seen.borrow_mut().insert(sql.to_owned());
        }
        let failed = |e: rusqlite::Error| failure(sql, &e);
        let before = connection.total_changes();
        self.inner.changes.lock().expect("one thread").clear();
        let in_part = self.in_partial_indexes(connection, sql);
        let mut prepared = connection.prepare_cached(&text).map_err(failed)?;
        if prepared.parameter_count() != statement.params.len() {
            return Err(Error::Internal(format!(
                "{} parameters bound, {} wanted: {sql}",
                statement.params.len(),
                prepared.parameter_count()
            )));
        }
        for (i, value) in statement.params.iter().enumerate() {
            // D1 binds every number as a double; columns of INTEGER affinity convert it to an integer.
            match value {
                Value::Null => prepared.raw_bind_parameter(i + 1, rusqlite::types::Null),
                Value::Int(n) => prepared.raw_bind_parameter(i + 1, *n as f64),
                Value::Real(n) => prepared.raw_bind_parameter(i + 1, *n),
                Value::Text(text) => prepared.raw_bind_parameter(i + 1, text),
                Value::Blob(bytes) => prepared.raw_bind_parameter(i + 1, bytes),
            }
            .map_err(failed)?;
        }
        let columns: Vec<String> = prepared.column_names().map(str::to_owned).collect();
        if columns.iter().collect::<BTreeSet<_>>().len() != columns.len() {
            return Err(Error::Internal(format!("two columns of one name: {sql}")));
        }
        let columns = Rc::new(columns);
        let mut found = Rows::new();
        {
            let mut rows = prepared.raw_query();
            while let Some(row) = rows.next().map_err(failed)? {
                let values: Result<Vec<Value>> =
                    (0..columns.len()).map(|i| value(row.get_ref(i).map_err(failed)?)).collect();
                found.push(Row::new(columns.clone(), values?));
            }
        }
        if prepared.reset_status(StatementStatus::RePrepare) > 0 {
            self.inner.reprepared.borrow_mut().insert(sql.to_owned());
        }
        drop(prepared);
        if ["CREATE ", "ALTER ", "DROP "].iter().any(|word| sql.trim_start().starts_with(word)) {
            // As a new schema has.
            connection.flush_prepared_statement_cache();
        }
        let read = rows_read(connection, &text);
        self.meter.add(|c| c.rows_read += read);
        let changed = connection.total_changes() - before;
        if changed > 0 {
            let in_part = self.in_partial_indexes(connection, sql).saturating_sub(in_part);
            let written = self.rows_written(connection, sql, changed) + in_part;
            self.meter.add_written(statement, written);
            if self.inner.is_indexing.replace(false) {
                // FTS5 writes its tables at the next savepoint: here, so that they are not counted with another statement.
                connection.execute_batch("SAVEPOINT fts; RELEASE fts").map_err(failed)?;
            }
        }
        Ok(found)
    }

    /// Written rows: one for each row and for each index that it is in. A DELETE counts no indexes (as D1
    /// bills), an UPDATE those whose columns the statement sets. Rows of WITHOUT ROWID tables, which the hook
    /// does not report, count for the statement's own table.
    ///
    /// Of a full-text index, D1 counts one row for each that is inserted or deleted, and none of its own tables (seen on
    /// workerd): it has a row in `_docsize` for each.
    fn rows_written(&self, connection: &Connection, sql: &str, changed: u64) -> u64 {
        let changes = std::mem::take(&mut *self.inner.changes.lock().expect("one thread"));
        let (change, target) = target_of(sql);
        let mut written = 0;
        let mut indexed = 0;
        for (change, table, rowid) in &changes {
            if let Some((_, part)) = table.split_once("_search_") {
                indexed += u64::from(part == "docsize");
                continue;
            }
            let indexes = self.indexes_of(connection, table);
            written += 1 + match change {
                Change::Insert => {
                    indexes.iter().filter(|i| applies(connection, table, i, *rowid)).count() as u64
                }
                Change::Update if *table == target => {
                    indexes.iter().filter(|i| i.columns.iter().any(|c| sets(sql, c))).count() as u64
                }
                Change::Update | Change::Delete => 0,
            };
        }
        self.inner.is_indexing.set(indexed > 0);
        let unseen = changed.saturating_sub(changes.len() as u64 + indexed);
        let each = match change {
            Change::Insert => {
                let indexes = self.indexes_of(connection, &target);
                1 + indexes.iter().filter(|i| i.condition.is_none() || !i.is_without_rowid).count() as u64
            }
            _ => 1,
        };
        written + indexed + unseen * each
    }

    /// Rows in the partial indexes of the WITHOUT ROWID table that a statement inserts into: the hook does
    /// not report which of its rows they include.
    fn in_partial_indexes(&self, connection: &Connection, sql: &str) -> u64 {
        let (Change::Insert, table) = target_of(sql) else { return 0 };
        let indexes = self.indexes_of(connection, &table);
        let conditions = indexes.iter().filter(|i| i.is_without_rowid).filter_map(|i| i.condition.as_ref());
        conditions
            .map(|condition| {
                let sql = format!("SELECT count(*) FROM {table} WHERE {condition}");
                connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap_or(0) as u64
            })
            .sum()
    }

    fn indexes_of(&self, connection: &Connection, table: &str) -> Rc<Vec<Index>> {
        if let Some(known) = self.inner.indexes.borrow().get(table) {
            return known.clone();
        }
        let mut all = Vec::new();
        let list = "SELECT l.name, l.origin, m.sql FROM pragma_index_list(?1) l LEFT JOIN sqlite_master m ON m.name = l.name";
        let is_without_rowid = connection
            .query_row("SELECT wr FROM pragma_table_list(?1)", [table], |row| row.get::<_, i64>(0))
            .unwrap_or(0)
            != 0;
        if let Ok(mut statement) = connection.prepare(list) {
            let rows = statement.query_map([table], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
            });
            for (name, origin, sql) in rows.into_iter().flatten().flatten() {
                // The primary key of a WITHOUT ROWID table is the table itself.
                if origin == "pk" && is_without_rowid {
                    continue;
                }
                let columns = connection
                    .prepare("SELECT name FROM pragma_index_info(?1)")
                    .and_then(|mut s| {
                        let names = s.query_map([&name], |row| row.get::<_, Option<String>>(0))?;
                        Ok(names.flatten().flatten().collect())
                    })
                    .unwrap_or_default();
                let condition = sql.and_then(|s| s.split_once(" WHERE ").map(|(_, c)| c.to_owned()));
                all.push(Index { columns, condition, is_without_rowid });
            }
        }
        let all = Rc::new(all);
        self.inner.indexes.borrow_mut().insert(table.to_owned(), all.clone());
        all
    }
}

fn applies(connection: &Connection, table: &str, index: &Index, rowid: i64) -> bool {
    let Some(condition) = &index.condition else { return true };
    connection
        .query_row(&format!("SELECT ({condition}) FROM {table} WHERE rowid = ?1"), [rowid], |row| {
            row.get::<_, Option<bool>>(0)
        })
        .ok()
        .flatten()
        .unwrap_or(false)
}

/// The operation and table of a statement, from its first words.
fn target_of(sql: &str) -> (Change, String) {
    let words: Vec<&str> = sql.split_whitespace().take(6).collect();
    let at = |word: &str| words.iter().position(|w| w.eq_ignore_ascii_case(word));
    let name = |i: Option<usize>| {
        i.and_then(|i| words.get(i + 1))
            .map(|w| w.split('(').next().unwrap_or(w).to_owned())
            .unwrap_or_default()
    };
    match words.first().map(|w| w.to_ascii_uppercase()).as_deref() {
        Some("DELETE") => (Change::Delete, name(at("FROM"))),
        Some("UPDATE") => (Change::Update, name(Some(0))),
        _ => (Change::Insert, name(at("INTO"))),
    }
}

/// Whether an UPDATE (or upsert) names `column` in its SET.
fn sets(sql: &str, column: &str) -> bool {
    let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(start) = sql.find(" SET ") else { return false };
    let rest = &sql[start + 5..];
    let list = &rest[..rest.find(" WHERE ").unwrap_or(rest.len())];
    list.split(',').any(|part| part.trim_start().split([' ', '=']).next() == Some(column))
}

/// `sql` is the statement's text as it is sent.
fn check(statement: &Statement, sql: &str) -> Result<()> {
    let refuse = |why: &str| Err(Error::Internal(format!("D1 refuses: {why}: {}", head(sql))));
    if sql.len() > MAX_STATEMENT {
        return refuse("a statement of more than 100 KB");
    }
    if statement.params.len() > MAX_PARAMS {
        return refuse("more than 100 parameters");
    }
    let first = sql.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
    if matches!(
        first.as_str(),
        "BEGIN" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "ATTACH" | "DETACH" | "VACUUM"
    ) {
        return refuse("transactions and attached databases");
    }
    for value in &statement.params {
        match value {
            Value::Int(n) if n.abs() > MAX_INT => return refuse("an integer beyond 2^53"),
            Value::Text(text) if text.len() > MAX_TEXT => return refuse("a text of more than 2 MB"),
            Value::Blob(bytes) if bytes.len() > MAX_TEXT => return refuse("a blob of more than 2 MB"),
            _ => {}
        }
    }
    Ok(())
}

fn value(value: ValueRef<'_>) -> Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) if n.abs() > MAX_INT => {
            return Err(Error::Internal(format!("D1 would lose digits of {n}")));
        }
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Real(n) => Value::Real(n),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

/// Bytes without free pages, as the runtime counts them for D1's `size_after`.
fn size(connection: &Connection) -> u64 {
    let sql = "SELECT (p.page_count - f.freelist_count) * s.page_size \
               FROM pragma_page_count() p, pragma_freelist_count() f, pragma_page_size() s";
    let bytes = connection.prepare_cached(sql).and_then(|mut s| s.query_row([], |row| row.get::<_, i64>(0)));
    u64::try_from(bytes.unwrap_or(0)).unwrap_or(0)
}

fn head(sql: &str) -> String {
    sql.chars().take(200).collect()
}

fn failure(sql: &str, error: &rusqlite::Error) -> Error {
    let text = error.to_string();
    let is_conflict = text.contains("UNIQUE constraint failed")
        || text.contains("PRIMARY KEY")
        || text.contains("CHECK constraint failed");
    if is_conflict { Error::Conflict(text) } else { Error::Internal(format!("{text}: {}", head(sql))) }
}

/// Rows visited by every loop of the statement that has just run: D1's rows read, except the row beyond the
/// end of a range that D1 counts as well.
fn rows_read(connection: &Connection, sql: &str) -> u64 {
    let mut total: u64 = 0;
    // SAFETY: the connection is used by this thread only; the statements that SQLite lists are those of
    // rusqlite's cache, and NVISIT writes one 64-bit integer.
    unsafe {
        let mut raw = ffi::sqlite3_next_stmt(connection.handle(), std::ptr::null_mut());
        while !raw.is_null()
            && std::ffi::CStr::from_ptr(ffi::sqlite3_sql(raw)).to_bytes() != sql.trim().as_bytes()
        {
            raw = ffi::sqlite3_next_stmt(connection.handle(), raw);
        }
        if raw.is_null() {
            return 0;
        }
        for index in 0.. {
            let mut visits: i64 = 0;
            let out = std::ptr::from_mut(&mut visits).cast();
            if ffi::sqlite3_stmt_scanstatus_v2(raw, index, ffi::SQLITE_SCANSTAT_NVISIT, 0, out) != 0 {
                break;
            }
            total += u64::try_from(visits).unwrap_or(0);
        }
        ffi::sqlite3_stmt_scanstatus_reset(raw);
    }
    total
}
