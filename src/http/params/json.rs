//! Reads a JSON body within the bounds.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::bounds::{HAS_NUL, MAX_DEPTH, MAX_VALUES, TOO_DEEP, TOO_MANY};
use super::value::{Map, Value};
use crate::error::{Error, Result};

/// Reads a JSON object; `count` is the number of values that were read before, and after.
///
/// Error: `BadRequest` where it is not a JSON object, or beyond the bounds.
pub(super) fn read(body: &[u8], count: &mut usize) -> Result<Map> {
    let reading = Reading { count: Cell::new(*count), refused: Cell::new(None) };
    let mut from = serde_json::Deserializer::from_slice(body);
    let value = Json { reading: &reading, depth: 0 }.deserialize(&mut from);
    let value = value.and_then(|value| from.end().map(|()| value));
    *count = reading.count.get();
    match value {
        Ok(Value::Map(map)) => Ok(map),
        Ok(_) => Err(Error::bad_request("The request body must be a JSON object")),
        Err(_) => {
            Err(Error::bad_request(reading.refused.get().unwrap_or("The request body is not valid JSON")))
        }
    }
}

/// A JSON object that [`read`] reads as this; files are left out.
pub(super) fn write(map: &Map) -> String {
    fn value(from: &Value) -> serde_json::Value {
        match from {
            Value::Null | Value::File(_) => serde_json::Value::Null,
            Value::Bool(bool) => (*bool).into(),
            Value::Text(text) => text.as_str().into(),
            Value::List(all) => all.iter().map(value).collect(),
            Value::Map(map) => object(map),
        }
    }
    fn object(map: &Map) -> serde_json::Value {
        let entries = map.iter().filter(|(_, v)| !matches!(v, Value::File(_)));
        serde_json::Value::Object(entries.map(|(name, v)| (name.to_owned(), value(v))).collect())
    }
    object(map).to_string()
}

/// How far a JSON body was read, and why reading stopped.
struct Reading {
    count: Cell<usize>,
    refused: Cell<Option<&'static str>>,
}

impl Reading {
    fn refuse<E: serde::de::Error>(&self, why: &'static str) -> E {
        self.refused.set(Some(why));
        E::custom(why)
    }

    fn text<E: serde::de::Error>(&self, text: String) -> std::result::Result<String, E> {
        if text.contains('\0') { Err(self.refuse(HAS_NUL)) } else { Ok(text) }
    }
}

/// Reads JSON value by value, so that reading can stop where there are too many.
struct Json<'a> {
    reading: &'a Reading,
    depth: usize,
}

impl Json<'_> {
    fn inner(&self) -> Self {
        Self { reading: self.reading, depth: self.depth + 1 }
    }
}

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<Value, D::Error> {
        let count = self.reading.count.get() + 1;
        self.reading.count.set(count);
        // The outermost object is not a parameter.
        if count > MAX_VALUES + 1 {
            return Err(self.reading.refuse(TOO_MANY));
        }
        if self.depth > MAX_DEPTH {
            return Err(self.reading.refuse(TOO_DEEP));
        }
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Json<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<Value, E> {
        let number = serde_json::Number::from_f64(value).ok_or_else(|| E::custom("not a number"))?;
        Ok(Value::Text(number.to_string()))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> std::result::Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> std::result::Result<Value, E> {
        self.reading.text(value).map(Value::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(self.inner())? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> std::result::Result<Value, A::Error> {
        let mut map = Map::default();
        while let Some(name) = access.next_key::<String>()? {
            let name = self.reading.text::<A::Error>(name)?;
            let value = access.next_value_seed(self.inner())?;
            map.set(&name, value);
        }
        Ok(Value::Map(map))
    }
}
