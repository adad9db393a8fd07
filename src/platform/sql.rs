//! Statements, values, rows and costs, the same for both databases.

use std::borrow::Cow;
use std::fmt::Formatter;
use std::rc::Rc;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::live::Change;

/// A bound parameter or a column's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    /// Within ±2^53: D1 passes numbers as doubles.
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// As JSON: a boolean is 0 or 1, a list is a blob's bytes.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_any(ReadValue)
    }
}

pub(super) struct ReadValue;

impl<'de> Visitor<'de> for ReadValue {
    type Value = Value;

    fn expecting(&self, f: &mut Formatter) -> std::fmt::Result {
        f.write_str("a column's value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> std::result::Result<Value, E> {
        Ok(Value::Int(truth.into()))
    }

    fn visit_i64<E>(self, n: i64) -> std::result::Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> std::result::Result<Value, E> {
        Ok(i64::try_from(n).map_or(Value::Real(n as f64), Value::Int))
    }

    fn visit_f64<E>(self, n: f64) -> std::result::Result<Value, E> {
        Ok(Value::Real(n))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Value, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = list.next_element()? {
            bytes.push(byte);
        }
        Ok(Value::Blob(bytes))
    }
}

macro_rules! value_from {
    ($($t:ty => $make:expr),* $(,)?) => { $(impl From<$t> for Value {
        fn from(v: $t) -> Self { let make: fn($t) -> Value = $make; make(v) }
    })* };
}

value_from! {
    i64 => Value::Int,
    i32 => |v| Value::Int(v.into()),
    u32 => |v| Value::Int(v.into()),
    usize => |v| Value::Int(v as i64),
    bool => |v| Value::Int(v.into()),
    f64 => Value::Real,
    Id => |v| Value::Int(v.0),
    crate::model::time::Time => |v| Value::Int(v.0),
    String => Value::Text,
    &str => |v| Value::Text(v.to_owned()),
    &String => |v| Value::Text(v.clone()),
    Vec<u8> => Value::Blob,
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}

/// One SQL statement with its parameters, bound in order to `?1`, `?2`, ….
#[derive(Debug, Clone)]
pub struct Statement {
    pub sql: Cow<'static, str>,
    pub params: Vec<Value>,
}

impl Statement {
    pub fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), params: Vec::new() }
    }

    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.params.push(value.into());
        self
    }

    /// Binds a list of ids as one JSON array, for `IN (SELECT value FROM json_each(?n))`.
    #[must_use]
    pub fn bind_ids(self, ids: &[Id]) -> Self {
        let list: Vec<String> = ids.iter().map(|id| id.0.to_string()).collect();
        self.bind(format!("[{}]", list.join(",")))
    }

    /// Bytes of the texts that are bound.
    fn bytes(&self) -> u64 {
        let of = |value: &Value| match value {
            Value::Text(text) => text.len(),
            Value::Blob(bytes) => bytes.len(),
            _ => 0,
        };
        self.params.iter().map(|value| of(value) as u64).sum()
    }
}

/// The text of a statement as a database gets it: each parameter `?n` as `+?n`, which has the same value.
///
/// SQLite prepares a statement again at every run where its planner looks at a parameter's value: a `LIMIT`, or a column
/// that is compared with one (seen in 3.54). For a long statement that takes longer than to run it.
/// A parameter within an expression is not looked at, and the runtime's cache of prepared statements serves.
/// <https://www.sqlite.org/c3ref/prepare.html>
pub fn with_fixed_plan(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + sql.len() / 32);
    let mut parts = sql.split('?');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push_str(if part.starts_with(|c: char| c.is_ascii_digit()) { "+?" } else { "?" });
        text.push_str(part);
    }
    text
}

/// A result row; columns are read by name.
#[derive(Debug, Clone)]
pub struct Row {
    pub columns: Rc<Vec<String>>,
    pub values: Vec<Value>,
    /// The index to try first for the next column: rows are mostly read in the order of their SELECT.
    next: std::cell::Cell<usize>,
}

pub type Rows = Vec<Row>;

impl Row {
    pub fn new(columns: Rc<Vec<String>>, values: Vec<Value>) -> Self {
        Self { columns, values, next: std::cell::Cell::new(0) }
    }

    /// The value of a column, `Null` where the row has no such column.
    pub fn get(&self, column: &str) -> &Value {
        let next = self.next.get();
        let at = match self.columns.get(next) {
            Some(name) if name == column => Some(next),
            _ => self.columns.iter().position(|c| c == column),
        };
        self.next.set(at.unwrap_or(next) + 1);
        at.and_then(|i| self.values.get(i)).unwrap_or(&Value::Null)
    }

    fn wrong<T>(&self, column: &str, wanted: &str) -> Result<T> {
        Err(Error::Internal(format!("column {column}: expected {wanted}, found {:?}", self.get(column))))
    }

    pub fn int(&self, column: &str) -> Result<i64> {
        self.opt_int(column)?.map_or_else(|| self.wrong(column, "an integer"), Ok)
    }

    pub fn opt_int(&self, column: &str) -> Result<Option<i64>> {
        match self.get(column) {
            Value::Null => Ok(None),
            Value::Int(n) => Ok(Some(*n)),
            Value::Real(n) if n.fract() == 0.0 => Ok(Some(*n as i64)),
            _ => self.wrong(column, "an integer"),
        }
    }

    pub fn bool(&self, column: &str) -> Result<bool> {
        Ok(self.opt_int(column)?.unwrap_or(0) != 0)
    }

    pub fn id(&self, column: &str) -> Result<Id> {
        self.int(column).map(Id)
    }

    pub fn opt_id(&self, column: &str) -> Result<Option<Id>> {
        Ok(self.opt_int(column)?.map(Id))
    }

    pub fn time(&self, column: &str) -> Result<crate::model::time::Time> {
        self.int(column).map(crate::model::time::Time)
    }

    pub fn opt_time(&self, column: &str) -> Result<Option<crate::model::time::Time>> {
        Ok(self.opt_int(column)?.map(crate::model::time::Time))
    }

    pub fn text(&self, column: &str) -> Result<String> {
        self.opt_text(column)?.map_or_else(|| self.wrong(column, "text"), Ok)
    }

    pub fn opt_text(&self, column: &str) -> Result<Option<String>> {
        Ok(self.opt_str(column)?.map(str::to_owned))
    }

    /// A text, borrowed from the row.
    pub fn opt_str(&self, column: &str) -> Result<Option<&str>> {
        match self.get(column) {
            Value::Null => Ok(None),
            Value::Text(s) => Ok(Some(s)),
            _ => self.wrong(column, "text"),
        }
    }
}

/// The cost of an event, as Cloudflare bills it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Round trips to D1 (a batch is one).
    pub trips: u32,
    pub statements: u32,
    pub rows_read: u64,
    /// One for each row and for each index that changes.
    pub rows_written: u64,
    /// Queue operations, three per message: written, read, deleted.
    pub queue_operations: u32,
    /// Calls of the queue.
    pub sends: u32,
    /// Outgoing requests.
    pub fetches: u32,
    /// Reads of stored files.
    pub blob_reads: u32,
    /// Writes and deletions of stored files.
    pub blob_writes: u32,
    /// Bytes of stored files that were written.
    pub blob_bytes: u64,
    /// Files that were stored for who sends the request, with their previews: here or where heavy work is done.
    pub files: u32,
    /// Calls of Durable Objects: of live streams, and for heavy work.
    pub object_requests: u32,
    /// Signatures that were made, and key agreements of push messages: most of an invocation's CPU.
    pub signatures: u32,
}

impl Cost {
    /// Requests to services and servers, as Cloudflare limits them for each invocation.
    pub fn requests(&self) -> u32 {
        self.trips + self.sends + self.fetches + self.blob_reads + self.blob_writes + self.object_requests
    }
}

/// Where rows are counted for whoever makes us write them, so many bytes count as one more: a database has 500 MB, and the
/// texts of one status may have 200 kB.
const ROW: u64 = 2_048;

/// The counter of costs of all parts of the platform, the notifications whose push messages nobody has begun to send, and
/// the committed changes that live streams do not know yet; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    cost: Rc<std::cell::Cell<Cost>>,
    bytes_written: Rc<std::cell::Cell<u64>>,
    pushed: Rc<std::cell::RefCell<Vec<Id>>>,
    changes: Rc<std::cell::RefCell<Vec<Change>>>,
    subscriptions: Rc<std::cell::Cell<Option<i64>>>,
    size: Rc<std::cell::Cell<Option<u64>>>,
}

impl Meter {
    pub fn add(&self, change: impl FnOnce(&mut Cost)) {
        let mut cost = self.cost.get();
        change(&mut cost);
        self.cost.set(cost);
    }

    pub fn total(&self) -> Cost {
        self.cost.get()
    }

    /// Counts what a statement has written: rows, and the texts that were bound to it.
    pub fn add_written(&self, statement: &Statement, rows: u64) {
        self.add(|c| c.rows_written += rows);
        if rows > 0 {
            self.bytes_written.set(self.bytes_written.get().saturating_add(statement.bytes()));
        }
    }

    /// What was written, in rows of at most [`ROW`] bytes.
    pub fn written(&self) -> u64 {
        self.cost.get().rows_written + self.bytes_written.get() / ROW
    }

    /// Bytes of the database after the last round trip, without its free pages; `None` before the first. D1 tells it with
    /// each result (`meta.size_after`).
    pub fn size(&self) -> Option<u64> {
        self.size.get()
    }

    pub fn note_size(&self, bytes: u64) {
        self.size.set(Some(bytes));
    }

    pub fn has_pushes(&self) -> bool {
        !self.pushed.borrow().is_empty()
    }

    /// Notes a notification with push messages that were added.
    pub fn note_pushed(&self, notification: Id) {
        self.pushed.borrow_mut().push(notification);
    }

    /// The notifications since the last call whose push messages are to be sent.
    pub fn take_pushes(&self) -> Vec<Id> {
        self.pushed.take()
    }

    /// Notes a committed change, and the number of subscriptions to live streams before it; `None` where nobody has
    /// listened yet, or where it does not matter.
    pub fn note(&self, change: Change, subscriptions: Option<i64>) {
        self.changes.borrow_mut().push(change);
        self.subscriptions.set(self.subscriptions.get().max(subscriptions));
    }

    pub fn has_changes(&self) -> bool {
        !self.changes.borrow().is_empty()
    }

    /// The changes since the last call, and the greatest number of subscriptions before them.
    pub fn take_changes(&self) -> (Vec<Change>, Option<i64>) {
        (self.changes.take(), self.subscriptions.take())
    }
}
