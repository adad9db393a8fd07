//! Storage: every SQL statement, and the conversion of rows to the model.
//!
//! A read is a [`Query`]: a statement with the function that reads its rows. [`load`] takes one, a tuple or a
//! list of them and makes one round trip. Writes are plain statements, which services collect into one atomic
//! batch ([`write`]).

/// A JSON column within a packed row, followed by a comma: 0 where it is malformed, which its reader reports
/// as an error, while json() would fail the whole statement.
macro_rules! column {
    ($name:literal) => {
        concat!("iif(json_valid(@.", $name, ")=0,0,json(@.", $name, ")),")
    };
}

pub mod account_deletion;
pub mod accounts;
pub mod announcements;
pub mod answers;
pub mod applications;
pub mod apps;
pub mod attempts;
pub mod audit;
pub mod blocklists;
pub mod budgets;
pub mod cards;
mod changes;
pub mod cleanup;
pub mod collections;
pub mod conversations;
pub mod deliveries;
pub mod doctor;
pub mod domain_allows;
pub mod domain_blocks;
pub mod domains;
pub mod email_blocks;
pub mod emojis;
pub mod favourites;
mod fields;
pub mod filters;
pub mod follows;
pub mod held;
pub mod host_checks;
pub mod imports;
pub mod inboxes;
pub mod instances;
pub mod invites;
pub mod ip_blocks;
pub mod jobs;
pub mod keys;
mod limited;
pub mod list_feeds;
pub mod lists;
pub mod markers;
pub mod marks;
pub mod measures;
pub mod media;
pub mod memorial;
pub mod moves;
pub mod mutes;
mod muting;
pub mod notifications;
mod notifying;
pub mod outbox;
mod pages;
pub mod passkeys;
pub mod people;
pub mod polls;
pub mod presets;
pub mod profiles;
pub mod push;
pub mod quotes;
pub mod reactions;
pub mod receipts;
pub mod relays;
pub mod reports;
pub mod resets;
pub mod retention;
pub mod roles;
pub mod rules;
pub mod scheduled;
pub mod schema;
pub mod search;
pub mod second_steps;
pub mod sessions;
pub mod severances;
pub mod sign_ins;
pub mod site;
pub mod site_texts;
pub mod spam_rules;
pub mod statuses;
pub mod streams;
pub mod strikes;
pub mod tag_rules;
pub mod tags;
pub mod takeouts;
pub mod threads;
pub mod ties;
pub mod timelines;
pub mod tokens;
pub mod tombstones;
pub mod trends;
mod uris;
pub mod usage;
pub mod users;

use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::platform::Db;
use crate::platform::sql::{Row, Rows, Statement};
use fields::Fields;
use pages::{read_page, readable};
use serde::Serialize;

type Decode<T> = Box<dyn FnOnce(Rows) -> Result<T>>;

/// A statement with the function that reads its rows.
pub struct Query<T> {
    statement: Statement,
    decode: Decode<T>,
}

impl<T: 'static> Query<T> {
    pub fn new(statement: Statement, decode: impl FnOnce(Rows) -> Result<T> + 'static) -> Self {
        Self { statement, decode: Box::new(decode) }
    }

    /// Every readable row: unreadable ones are skipped and logged.
    pub fn all(statement: Statement, row: fn(&Row) -> Result<T>) -> Query<Vec<T>> {
        Query::new(statement, move |rows| Ok(rows.iter().filter_map(|found| readable(found, row)).collect()))
    }

    /// A page of a list whose rows have a `cursor`; `limit` is the requested number. Like [`Query::all`], it
    /// skips unreadable rows.
    pub fn page(statement: Statement, limit: usize, row: fn(&Row) -> Result<T>) -> Query<Listed<T>> {
        Query::new(statement, move |rows| Ok(read_page(&rows, limit, row)))
    }

    /// The first row, if any. An unreadable one counts as absent and is logged.
    pub fn first(statement: Statement, row: fn(&Row) -> Result<T>) -> Query<Option<T>> {
        Query::new(statement, move |rows| Ok(rows.first().and_then(|found| readable(found, row))))
    }

    /// Reads rows of a statement that was run elsewhere: by a route's
    /// [`Preload`](crate::http::handler::Preload).
    pub fn read(self, rows: Rows) -> Result<T> {
        (self.decode)(rows)
    }

    pub fn map<U: 'static>(self, change: impl FnOnce(T) -> U + 'static) -> Query<U> {
        let decode = self.decode;
        Query { statement: self.statement, decode: Box::new(move |rows| decode(rows).map(change)) }
    }
}

/// Reads that share one round trip.
pub trait Batch {
    type Output;
    type Reader: Reader<Output = Self::Output>;
    /// Adds its statements; what is left reads their rows.
    fn split(self, statements: &mut Vec<Statement>) -> Self::Reader;
}

/// Reads the rows of as many statements as its batch has.
pub trait Reader {
    type Output;
    fn read(self, rows: &mut std::vec::IntoIter<Rows>) -> Result<Self::Output>;
}

impl<T: 'static> Batch for Query<T> {
    type Output = T;
    type Reader = Decode<T>;
    fn split(self, statements: &mut Vec<Statement>) -> Decode<T> {
        statements.push(self.statement);
        self.decode
    }
}

impl<T: 'static> Reader for Decode<T> {
    type Output = T;
    fn read(self, rows: &mut std::vec::IntoIter<Rows>) -> Result<T> {
        self(rows.next().ok_or_else(|| Error::internal("a batch answered too little"))?)
    }
}

/// An optional read.
impl<T: 'static> Batch for Option<Query<T>> {
    type Output = Option<T>;
    type Reader = Option<Decode<T>>;
    fn split(self, statements: &mut Vec<Statement>) -> Option<Decode<T>> {
        self.map(|query| query.split(statements))
    }
}

impl<T: 'static> Reader for Option<Decode<T>> {
    type Output = Option<T>;
    fn read(self, rows: &mut std::vec::IntoIter<Rows>) -> Result<Option<T>> {
        self.map(|decode| Reader::read(decode, rows)).transpose()
    }
}

impl<T: 'static> Batch for Vec<Query<T>> {
    type Output = Vec<T>;
    type Reader = Vec<Decode<T>>;
    fn split(self, statements: &mut Vec<Statement>) -> Vec<Decode<T>> {
        self.into_iter().map(|query| query.split(statements)).collect()
    }
}

impl<T: 'static> Reader for Vec<Decode<T>> {
    type Output = Vec<T>;
    fn read(self, rows: &mut std::vec::IntoIter<Rows>) -> Result<Vec<T>> {
        self.into_iter().map(|decode| Reader::read(decode, rows)).collect()
    }
}

macro_rules! batch_of {
    ($($part:ident),+) => {
        impl<$($part: Batch),+> Batch for ($($part,)+) {
            type Output = ($($part::Output,)+);
            type Reader = ($($part::Reader,)+);
            #[allow(non_snake_case)]
            fn split(self, statements: &mut Vec<Statement>) -> Self::Reader {
                let ($($part,)+) = self;
                ($($part.split(statements),)+)
            }
        }
        impl<$($part: Reader),+> Reader for ($($part,)+) {
            type Output = ($($part::Output,)+);
            #[allow(non_snake_case)]
            fn read(self, rows: &mut std::vec::IntoIter<Rows>) -> Result<Self::Output> {
                let ($($part,)+) = self;
                Ok(($($part.read(rows)?,)+))
            }
        }
    };
}
batch_of!(A, B);
batch_of!(A, B, C);
batch_of!(A, B, C, D);
batch_of!(A, B, C, D, E);
batch_of!(A, B, C, D, E, F);

/// One round trip for all of `batch`.
pub async fn load<B: Batch>(db: &Db, batch: B) -> Result<B::Output> {
    let mut statements = Vec::new();
    let reader = batch.split(&mut statements);
    reader.read(&mut db.batch(statements).await?.into_iter())
}

/// For reads that run elsewhere (together with a request's authentication): statements to run …
pub fn statements<B: Batch>(batch: B) -> (Vec<Statement>, B::Reader) {
    let mut statements = Vec::new();
    let reader = batch.split(&mut statements);
    (statements, reader)
}

/// One atomic batch: all of it happens, or none.
pub async fn write(db: &Db, statements: Vec<Statement>) -> Result<Vec<Rows>> {
    let rows = db.batch(statements).await?;
    note_pushes(db, &rows);
    changes::note(db, &rows);
    Ok(rows)
}

/// Notes that a batch has added push messages, for [`crate::app::App::has_work`]: by the column `pushed` ([`notifying`]).
fn note_pushes(db: &Db, rows: &[Rows]) {
    let is_pushed = |row: &&Row| row.bool("pushed").unwrap_or(false);
    for id in rows.iter().flatten().filter(is_pushed).filter_map(|row| row.id("id").ok()) {
        db.meter().note_pushed(id);
    }
}

/// One atomic batch of changes, followed by reads of the result.
pub async fn write_then<B: Batch>(
    db: &Db,
    mut statements: Vec<Statement>,
    reads: B,
) -> Result<(Vec<Rows>, B::Output)> {
    let changed = statements.len();
    let reader = reads.split(&mut statements);
    let mut written = db.batch(statements).await?;
    let mut read = written.split_off(changed.min(written.len())).into_iter();
    note_pushes(db, &written);
    changes::note(db, &written);
    Ok((written, reader.read(&mut read)?))
}

/// A column with a JSON list.
fn unpacked<T>(row: &Row, column: &str, read: impl FnOnce(&mut Fields) -> T) -> Result<T> {
    opt_unpacked(row, column, read)?.ok_or_else(|| Error::internal(format!("column {column}: no list")))
}

/// Like [`unpacked`], `None` for NULL.
fn opt_unpacked<T>(row: &Row, column: &str, read: impl FnOnce(&mut Fields) -> T) -> Result<Option<T>> {
    row.opt_str(column)?.map(|text| Fields::read(text, read)).transpose()
}

/// A column with a JSON list of texts.
fn texts(row: &Row, column: &str) -> Result<Vec<String>> {
    unpacked(row, column, |f| f.rest(|f| f.text()))
}

/// A column with a JSON list of ids.
fn ids(row: &Row, column: &str) -> Result<Vec<Id>> {
    unpacked(row, column, |f| f.rest(|f| f.id()))
}

/// A parameter for json_each(): a list of strings, numbers or lists of them, which cannot fail to serialise.
fn sound(column: &str) -> String {
    format!("iif(json_valid({column}),{column},'[]')")
}

/// SQL for a JSON column within packed JSON, like [`column!`].
fn whole(column: &str) -> String {
    format!("iif(json_valid({column})=0,0,json({column}))")
}

fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Upper-case hex, as SQLite's hex() writes it.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
    let digits = digits?;
    (digits.len() % 2 == 0)
        .then(|| digits.chunks(2).map(|pair| pair.iter().fold(0, |n, d| n << 4 | d)).collect())
}
