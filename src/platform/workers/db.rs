use std::borrow::Cow;
use std::fmt::Formatter;
use std::rc::Rc;

use js_sys::{Array, JSON, Promise};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::error::{Error, Result};
use crate::platform::sql::{Meter, Row, Rows, Statement, Value};

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type D1;
    #[wasm_bindgen(method, catch)]
    fn prepare(this: &D1, sql: &str) -> std::result::Result<Prepared, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn batch(this: &D1, statements: &Array) -> std::result::Result<Promise, JsValue>;

    type Prepared;
    #[wasm_bindgen(method, catch, variadic)]
    fn bind(this: &Prepared, values: &Array) -> std::result::Result<Prepared, JsValue>;
}

/// D1. Every call is a batch: one round trip, one transaction.
#[derive(Clone)]
pub struct Db {
    binding: D1,
    meter: Meter,
}

/// What D1 answers for one statement.
#[derive(Deserialize)]
struct Answer {
    results: Option<Found>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    rows_read: Option<u64>,
    rows_written: Option<u64>,
}

impl Db {
    /// From the environment's binding `DB`.
    pub fn new(env: &worker::Env, meter: Meter) -> Result<Self> {
        let binding = js_sys::Reflect::get(env.as_ref(), &"DB".into())
            .ok()
            .filter(|b| !b.is_undefined())
            .ok_or_else(|| Error::internal("the binding DB is missing"))?;
        Ok(Self { binding: binding.unchecked_into(), meter })
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
        let failed = |error: JsValue| failure(&super::message(&error), &statements);
        let list = Array::new();
        for statement in &statements {
            let values: Array = statement.params.iter().map(bound).collect();
            let prepared = self.binding.prepare(&statement.sql).map_err(failed)?;
            let prepared =
                if values.length() > 0 { prepared.bind(&values).map_err(failed)? } else { prepared };
            list.push(prepared.as_ref());
        }
        let promise = self.binding.batch(&list).map_err(failed)?;
        let results = JsFuture::from(promise).await.map_err(failed)?;
        // One string over the border and one parse: cheaper than a call for each field.
        let text = JSON::stringify(&results).map_err(failed)?;
        let answers: Vec<Answer> = serde_json::from_str(&String::from(text))?;
        let mut all = Vec::with_capacity(answers.len());
        for answer in answers {
            if let Some(meta) = answer.meta {
                self.meter.add(|c| {
                    c.rows_read += meta.rows_read.unwrap_or(0);
                    c.rows_written += meta.rows_written.unwrap_or(0);
                });
            }
            all.push(answer.results.map_or_else(Rows::new, |found| found.0));
        }
        Ok(all)
    }
}

/// D1 takes null, numbers, strings and buffers, and chokes on undefined.
fn bound(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Int(n) => JsValue::from_f64(*n as f64),
        Value::Real(n) => JsValue::from_f64(*n),
        Value::Text(text) => JsValue::from_str(text),
        Value::Blob(bytes) => js_sys::Uint8Array::from(bytes.as_slice()).into(),
    }
}

/// The rows of an answer, read straight from the text: the names of columns are kept once, and no map is made
/// of a row.
struct Found(Rows);

impl<'de> Deserialize<'de> for Found {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_seq(ReadRows)
    }
}

struct ReadRows;

impl<'de> Visitor<'de> for ReadRows {
    type Value = Found;

    fn expecting(&self, f: &mut Formatter) -> std::fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Found, A::Error> {
        let mut rows = Rows::new();
        let mut columns: Rc<Vec<String>> = Rc::default();
        while let Some(row) = seq.next_element_seed(ReadRow(columns.clone()))? {
            columns = row.columns.clone();
            rows.push(row);
        }
        Ok(Found(rows))
    }
}

/// One row, with the columns of the one before.
struct ReadRow(Rc<Vec<String>>);

impl<'de> DeserializeSeed<'de> for ReadRow {
    type Value = Row;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<Row, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReadRow {
    type Value = Row;

    fn expecting(&self, f: &mut Formatter) -> std::fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Row, A::Error> {
        let mut columns = self.0;
        let mut values = Vec::with_capacity(columns.len());
        while let Some(Name(name)) = map.next_key()? {
            let at = values.len();
            if columns.get(at).is_none_or(|known| *known != name) {
                let columns = Rc::make_mut(&mut columns);
                columns.truncate(at);
                columns.push(name.into_owned());
            }
            values.push(map.next_value::<Cell>()?.0);
        }
        Ok(Row::new(columns, values))
    }
}

/// A column's name, copied only where it is escaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A column's value. D1 gives a blob as a list of bytes.
#[derive(Deserialize)]
#[serde(from = "Json")]
struct Cell(Value);

type Json = serde_json::Value;

impl From<Json> for Cell {
    fn from(value: Json) -> Self {
        Self(read(value))
    }
}

fn read(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Int(b.into()),
        serde_json::Value::Number(n) => {
            n.as_i64().map_or_else(|| Value::Real(n.as_f64().unwrap_or(0.0)), Value::Int)
        }
        serde_json::Value::String(s) => Value::Text(s),
        serde_json::Value::Array(bytes) => {
            Value::Blob(bytes.iter().filter_map(|b| b.as_u64()).map(|b| b as u8).collect())
        }
        serde_json::Value::Object(_) => Value::Null,
    }
}

fn failure(text: &str, statements: &[Statement]) -> Error {
    if text.contains("UNIQUE constraint failed")
        || text.contains("CHECK constraint failed")
        || text.contains("PRIMARY KEY")
    {
        return Error::Conflict(text.to_owned());
    }
    if text.contains("exceeded D1") || text.contains("overloaded") || text.contains("Network connection lost")
    {
        return Error::Unavailable(text.to_owned());
    }
    let sql: Vec<String> = statements.iter().map(|s| s.sql.chars().take(120).collect()).collect();
    Error::Internal(format!("{text}: {}", sql.join(" | ")))
}
