use serde::ser::{Serialize, Serializer};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::border;
use crate::error::{Error, Result};
use crate::platform::answers;
use crate::platform::sql::{Meter, Rows, Statement, Value, with_fixed_plan};

/// D1. Every call is a batch: one round trip, one transaction.
#[derive(Clone)]
pub struct Db {
    binding: JsValue,
    meter: Meter,
}

impl Db {
    /// From the environment's binding `DB`.
    pub fn new(env: &worker::Env, meter: Meter) -> Result<Self> {
        let binding = js_sys::Reflect::get(env.as_ref(), &"DB".into())
            .ok()
            .filter(|b| !b.is_undefined())
            .ok_or_else(|| Error::internal("the binding DB is missing"))?;
        Ok(Self { binding, meter })
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
        let texts: Vec<_> = statements.iter().map(|s| with_fixed_plan(&s.sql)).collect();
        let parameters: Vec<Vec<_>> =
            statements.iter().map(|s| s.params.iter().map(Bound).collect()).collect();
        let promise = border::batch(&self.binding, &texts.join("\0"), &serde_json::to_string(&parameters)?);
        let answer = JsFuture::from(promise).await.map_err(|e| failure(&super::message(&e), &statements))?;
        let answers = answers::read(&border::bytes(&answer).unwrap_or_default())?;
        let mut all = Vec::with_capacity(answers.len());
        for (answer, statement) in answers.into_iter().zip(&statements) {
            self.meter.add(|c| c.rows_read += answer.rows_read);
            self.meter.add_written(statement, answer.rows_written);
            if answer.size > 0 {
                self.meter.note_size(answer.size);
            }
            all.push(answer.rows);
        }
        Ok(all)
    }
}

impl Db {
    /// For what reads a statement's rows without the module: the binding, and JSON `[sql, [parameter, …]]`. Counts the trip.
    pub(super) fn prepared(&self, statement: &Statement) -> Result<(&JsValue, String)> {
        self.meter.add(|c| {
            c.trips += 1;
            c.statements += 1;
        });
        let parameters: Vec<_> = statement.params.iter().map(Bound).collect();
        Ok((&self.binding, serde_json::to_string(&(with_fixed_plan(&statement.sql), parameters))?))
    }

    /// The error of such a statement, from the text of D1's.
    pub(super) fn failed(&self, text: &str, statement: Statement) -> Error {
        failure(text, &[statement])
    }
}

/// A parameter as JSON. D1 passes every number as a double.
struct Bound<'a>(&'a Value);

impl Serialize for Bound<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => to.serialize_unit(),
            Value::Int(n) => to.serialize_i64(*n),
            Value::Real(n) => to.serialize_f64(*n),
            Value::Text(text) => to.serialize_str(text),
            Value::Blob(bytes) => to.collect_seq(bytes),
        }
    }
}

fn failure(text: &str, statements: &[Statement]) -> Error {
    if text.contains("UNIQUE constraint failed")
        || text.contains("CHECK constraint failed")
        || text.contains("PRIMARY KEY")
    {
        return Error::Conflict(text.to_owned());
    }
    // "Your account has exceeded D1's free tier daily row read limit"; the one of storage is another.
    if text.contains("exceeded D1") && text.contains("daily") {
        return Error::Spent(text.to_owned());
    }
    if text.contains("exceeded D1") || text.contains("overloaded") || text.contains("Network connection lost")
    {
        return Error::Platform(text.to_owned());
    }
    let sql: Vec<String> = statements.iter().map(|s| s.sql.chars().take(120).collect()).collect();
    Error::Internal(format!("{text}: {}", sql.join(" | ")))
}
