//! What `border.js` answers of a batch of D1.

use std::fmt::Formatter;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::sql::{ReadValue, Row, Rows, Value};
use crate::error::{Error, Result};

/// The result of one statement.
#[derive(Debug)]
pub struct Answer {
    pub rows: Rows,
    pub rows_read: u64,
    pub rows_written: u64,
    /// Bytes of the database, 0 where they are not known.
    pub size: u64,
}

/// As JSON: columns, rows, rows read, rows written, bytes of the database.
type Table = (Vec<String>, Vec<Vec<Cell>>, u64, u64, u64);

/// A column's value in the JSON.
enum Cell {
    /// `true`: the next of the texts that stand after the JSON.
    Text,
    Value(Value),
}

/// Reads the answers of a batch: UTF-8, a list of tables as JSON, then the texts in their order, with a NUL before each.
///
/// Error: `Internal` where it is something else.
pub fn read(bytes: &[u8]) -> Result<Vec<Answer>> {
    let whole = std::str::from_utf8(bytes).map_err(|_| Error::internal("an answer of D1 in no UTF-8"))?;
    let mut texts = whole.split('\0');
    let tables: Vec<Table> = serde_json::from_str(texts.next().unwrap_or_default())?;
    let missing = || Error::internal("an answer of D1 without one of its texts");
    let mut answers = Vec::with_capacity(tables.len());
    for (columns, cells, rows_read, rows_written, size) in tables {
        let columns = Rc::new(columns);
        let mut rows = Rows::with_capacity(cells.len());
        for row in cells {
            let mut values = Vec::with_capacity(row.len());
            for cell in row {
                values.push(match cell {
                    Cell::Text => Value::Text(texts.next().ok_or_else(missing)?.to_owned()),
                    Cell::Value(value) => value,
                });
            }
            rows.push(Row::new(columns.clone(), values));
        }
        answers.push(Answer { rows, rows_read, rows_written, size });
    }
    Ok(answers)
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_any(ReadCell)
    }
}

struct ReadCell;

impl<'de> Visitor<'de> for ReadCell {
    type Value = Cell;

    fn expecting(&self, f: &mut Formatter) -> std::fmt::Result {
        f.write_str("a column's value")
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Cell, E> {
        Ok(Cell::Text)
    }

    fn visit_unit<E: serde::de::Error>(self) -> std::result::Result<Cell, E> {
        ReadValue.visit_unit().map(Cell::Value)
    }

    fn visit_i64<E: serde::de::Error>(self, n: i64) -> std::result::Result<Cell, E> {
        ReadValue.visit_i64(n).map(Cell::Value)
    }

    fn visit_u64<E: serde::de::Error>(self, n: u64) -> std::result::Result<Cell, E> {
        ReadValue.visit_u64(n).map(Cell::Value)
    }

    fn visit_f64<E: serde::de::Error>(self, n: f64) -> std::result::Result<Cell, E> {
        ReadValue.visit_f64(n).map(Cell::Value)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Cell, E> {
        ReadValue.visit_str(text).map(Cell::Value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> std::result::Result<Cell, A::Error> {
        ReadValue.visit_seq(list).map(Cell::Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_each_kind_and_texts_after_the_json() {
        let answer = "[[[\"a\",\"b\",\"c\"],[[1,true,null],[1.5,\"x\\u0000y\",[0,255]],[-2,true,true]],7,1,4096],[[],[],0,0,0]]\0\"quoted\" 한\0\0[1]";
        let answers = read(answer.as_bytes()).unwrap();
        let values: Vec<_> = answers[0].rows.iter().map(|row| row.values.clone()).collect();
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(
            values,
            [
                vec![Value::Int(1), text("\"quoted\" 한"), Value::Null],
                vec![Value::Real(1.5), text("x\0y"), Value::Blob(vec![0, 255])],
                vec![Value::Int(-2), text(""), text("[1]")],
            ]
        );
        assert_eq!((answers[0].rows_read, answers[0].rows_written, answers[0].size), (7, 1, 4096));
        assert!(answers[1].rows.is_empty());
        for broken in ["", "[[[\"a\"],[[true]],0,0,0]]", "[[[\"a\"],[[{}]],0,0,0]]"] {
            assert!(read(broken.as_bytes()).is_err(), "{broken}");
        }
        assert!(read(b"[]\0\xff").is_err());
    }
}
