//! A JSON list that SQL packed, read field by field in its order. What is missing or of another type is noted and
//! reads as nothing, so that readers are plain expressions; [`Fields::read`] tells in the end.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::status::Visibility;
use crate::model::time::Time;

#[derive(Default)]
pub struct Fields {
    values: std::vec::IntoIter<Value>,
    fault: Option<String>,
}

impl Fields {
    fn of(value: Value) -> Self {
        match value {
            Value::Array(values) => Self { values: values.into_iter(), fault: None },
            other => {
                let mut fields = Self::default();
                fields.note("a list", &other);
                fields
            }
        }
    }

    /// Reads a whole list from its text. Error: `Internal` where a field was not what it should be.
    pub fn read<T>(text: &str, read: impl FnOnce(&mut Fields) -> T) -> Result<T> {
        let mut fields = Self::of(serde_json::from_str(text)?);
        let made = read(&mut fields);
        match fields.fault {
            None => Ok(made),
            Some(fault) => Err(Error::internal(format!("a packed row has {fault}"))),
        }
    }

    fn note(&mut self, what: &str, found: &Value) {
        if self.fault.is_none() {
            let found: String = found.to_string().chars().take(60).collect();
            self.fault = Some(format!("{found} for {what}"));
        }
    }

    pub fn value(&mut self) -> Value {
        self.values.next().unwrap_or(Value::Null)
    }

    pub fn opt_text(&mut self) -> Option<String> {
        match self.value() {
            Value::String(text) => Some(text),
            Value::Null => None,
            other => {
                self.note("a text", &other);
                None
            }
        }
    }

    pub fn text(&mut self) -> String {
        self.opt_text().unwrap_or_else(|| {
            self.note("a text", &Value::Null);
            String::new()
        })
    }

    pub fn opt_int(&mut self) -> Option<i64> {
        match self.value() {
            Value::Null => None,
            Value::Bool(truth) => Some(i64::from(truth)),
            other => {
                let number = other.as_i64();
                if number.is_none() {
                    self.note("a number", &other);
                }
                number
            }
        }
    }

    pub fn int(&mut self) -> i64 {
        self.opt_int().unwrap_or_else(|| {
            self.note("a number", &Value::Null);
            0
        })
    }

    pub fn truth(&mut self) -> bool {
        self.int() != 0
    }

    pub fn id(&mut self) -> Id {
        Id(self.int())
    }

    pub fn opt_id(&mut self) -> Option<Id> {
        self.opt_int().map(Id)
    }

    pub fn time(&mut self) -> Time {
        Time(self.int())
    }

    pub fn opt_time(&mut self) -> Option<Time> {
        self.opt_int().map(Time)
    }

    /// A list within the list; absent where it is NULL.
    pub fn opt_inner<T>(&mut self, read: impl FnOnce(&mut Fields) -> T) -> Option<T> {
        let value = self.value();
        if value.is_null() {
            return None;
        }
        let mut inner = Self::of(value);
        let made = read(&mut inner);
        self.fault = self.fault.take().or(inner.fault);
        Some(made)
    }

    /// A list of values, each read by itself.
    pub fn each<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        self.opt_inner(|list| list.rest(read)).unwrap_or_default()
    }

    /// A list of lists.
    pub fn lists<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        self.opt_inner(|list| list.rest_of_lists(read)).unwrap_or_default()
    }

    /// What is left of this list.
    pub fn rest<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        let mut all = Vec::new();
        while self.values.len() > 0 {
            all.push(read(self));
        }
        all
    }

    /// What is left of this list, as lists.
    pub fn rest_of_lists<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        let mut all = Vec::new();
        while self.values.len() > 0 {
            all.extend(self.opt_inner(read));
        }
        all
    }

    /// As [`Fields::rest_of_lists`], where one that cannot be read is passed by, and the log says so.
    pub fn rest_of_sound_lists<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        let mut all = Vec::new();
        for value in self.values.by_ref() {
            let mut inner = Self::of(value);
            let made = read(&mut inner);
            match inner.fault {
                None => all.push(made),
                Some(fault) => crate::platform::log(&format!("a packed list is passed by: {fault}")),
            }
        }
        all
    }

    /// A list of objects.
    pub fn objects<T>(&mut self, read: fn(&Value) -> T) -> Vec<T> {
        match self.value() {
            Value::Array(all) if all.iter().all(Value::is_object) => all.iter().map(read).collect(),
            other => {
                self.note("a list of objects", &other);
                Vec::new()
            }
        }
    }

    /// An object; absent where it is NULL.
    pub fn object<T>(&mut self, read: fn(&Value) -> T) -> Option<T> {
        match self.value() {
            Value::Null => None,
            object @ Value::Object(_) => Some(read(&object)),
            other => {
                self.note("an object", &other);
                None
            }
        }
    }

    pub fn visibility(&mut self) -> Visibility {
        let number = self.int();
        if !(0..=3).contains(&number) {
            self.note("a visibility", &Value::from(number));
        }
        Visibility::from_int(number)
    }

    /// The column `remote_counts`: what another server counts, 0 where it does not say.
    pub fn counts(&mut self) -> [i64; 3] {
        let Some(text) = self.opt_text() else { return [0; 3] };
        match serde_json::from_str::<[Option<i64>; 3]>(&text) {
            Ok(counts) => counts.map(|n| n.unwrap_or(0)),
            Err(_) => {
                self.note("counts", &Value::String(text));
                [0; 3]
            }
        }
    }
}

/// A member of an object of ours: a text, empty where there is none.
pub fn text(object: &Value, name: &str) -> String {
    opt_text(object, name).unwrap_or_default()
}

pub fn opt_text(object: &Value, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_owned)
}

pub fn opt_int(object: &Value, name: &str) -> Option<i64> {
    object.get(name).and_then(Value::as_i64)
}

pub fn truth(object: &Value, name: &str) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_in_order_and_tells_of_faults() {
        let all = Fields::read(r#"["a", null, 7, 1, ["x", "y"], [[1, "p"]], null]"#, |f| {
            (
                f.text(),
                f.opt_text(),
                f.int(),
                f.truth(),
                f.each(Fields::text),
                f.lists(|i| (i.int(), i.text())),
                f.opt_inner(Fields::int),
            )
        });
        let wanted = (
            "a".to_owned(),
            None,
            7,
            true,
            vec!["x".to_owned(), "y".into()],
            vec![(1, "p".to_owned())],
            None,
        );
        assert_eq!(all.unwrap(), wanted);
        for (text, what) in [("[7]", "7 for a text"), ("[null]", "null for a text"), ("{}", "{} for a list")]
        {
            let fault = Fields::read(text, Fields::text).unwrap_err();
            assert!(fault.to_string().contains(what), "{fault}");
        }
        assert!(Fields::read(r#"[["x"]]"#, |f| f.lists(Fields::int)).is_err());
        assert!(Fields::read(r#"[["x"]]"#, |f| f.opt_inner(Fields::int)).is_err());
    }
}
