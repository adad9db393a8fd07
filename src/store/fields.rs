//! Reads a packed JSON list field by field, in order, directly from its text. A missing or mistyped field is
//! noted and read as empty, so that readers are plain expressions; [`Fields::read`] reports it in the end.

use std::fmt::Formatter;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::status::Visibility;
use crate::model::time::Time;
use crate::platform::sql;

/// A list that is being read.
pub struct Fields<'a> {
    list: &'a mut dyn List,
    fault: Option<String>,
    /// A value that was read ahead, to see whether there is one.
    ahead: Option<sql::Value>,
    /// The end of the list.
    is_over: bool,
}

/// serde's access to a list, whatever its type. `None`: the end of the list.
trait List {
    fn scalar(&mut self) -> std::result::Result<Option<sql::Value>, String>;
    fn json(&mut self) -> std::result::Result<Option<Value>, String>;
    /// Reads a nested list; `Some(None)` for null.
    fn inner(&mut self, read: &mut dyn FnMut(&mut Fields))
    -> std::result::Result<Option<Option<()>>, String>;
}

impl<'de, A: SeqAccess<'de>> List for A {
    fn scalar(&mut self) -> std::result::Result<Option<sql::Value>, String> {
        self.next_element().map_err(|e| e.to_string())
    }

    fn json(&mut self) -> std::result::Result<Option<Value>, String> {
        self.next_element().map_err(|e| e.to_string())
    }

    fn inner(
        &mut self,
        read: &mut dyn FnMut(&mut Fields),
    ) -> std::result::Result<Option<Option<()>>, String> {
        self.next_element_seed(Inner(read)).map_err(|e| e.to_string())
    }
}

/// A list or null; an error within it is serde's error.
struct Inner<'r>(&'r mut dyn FnMut(&mut Fields));

impl<'de> DeserializeSeed<'de> for Inner<'_> {
    type Value = Option<()>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<Option<()>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_> {
    type Value = Option<()>;

    fn expecting(&self, f: &mut Formatter) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> std::result::Result<Option<()>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Option<()>, A::Error> {
        let mut fields = Fields { list: &mut list, fault: None, ahead: None, is_over: false };
        (self.0)(&mut fields);
        let (fault, is_over) = (fields.fault, fields.is_over);
        match fault {
            Some(fault) => Err(serde::de::Error::custom(fault)),
            // Fields that are not asked for are skipped.
            None => {
                while !is_over && list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Some(()))
            }
        }
    }
}

impl Fields<'_> {
    /// Reads a whole list from its text. Error: `Internal` where a field was missing or had another type.
    pub fn read<T>(text: &str, read: impl FnOnce(&mut Fields) -> T) -> Result<T> {
        let mut from = serde_json::Deserializer::from_str(text);
        let made = Self::read_from(&mut from, read)?;
        from.end()?;
        Ok(made)
    }

    fn read_from<'de, T>(from: impl Deserializer<'de>, read: impl FnOnce(&mut Fields) -> T) -> Result<T> {
        let (mut read, mut made) = (Some(read), None);
        let done = Inner(&mut |fields| made = read.take().map(|read| read(fields))).deserialize(from);
        match (done, made) {
            (Ok(_), Some(made)) => Ok(made),
            (Ok(_), None) => Err(Error::internal("a packed row is null")),
            (Err(fault), _) => Err(Error::internal(format!("a packed row: {fault}"))),
        }
    }

    fn note(&mut self, fault: String) {
        // A remote text may be long.
        self.fault.get_or_insert_with(|| fault.chars().take(80).collect());
    }

    /// The next value; nothing at the end and after an error.
    fn found<T>(&mut self, next: std::result::Result<Option<T>, String>) -> Option<T> {
        match next {
            Ok(Some(value)) => return Some(value),
            Ok(None) => {}
            Err(fault) => self.note(fault),
        }
        self.is_over = true;
        None
    }

    fn next(&mut self) -> Option<sql::Value> {
        if self.ahead.is_some() {
            return self.ahead.take();
        }
        if self.is_over {
            return None;
        }
        let next = self.list.scalar();
        self.found(next)
    }

    fn scalar(&mut self) -> sql::Value {
        self.next().unwrap_or(sql::Value::Null)
    }

    pub fn value(&mut self) -> Value {
        if self.is_over {
            return Value::Null;
        }
        let next = self.list.json();
        self.found(next).unwrap_or(Value::Null)
    }

    pub fn opt_text(&mut self) -> Option<String> {
        match self.scalar() {
            sql::Value::Text(text) => Some(text),
            sql::Value::Null => None,
            other => {
                self.note(format!("{other:?} for a text"));
                None
            }
        }
    }

    pub fn text(&mut self) -> String {
        self.opt_text().unwrap_or_else(|| {
            self.note("null for a text".into());
            String::new()
        })
    }

    pub fn opt_int(&mut self) -> Option<i64> {
        match self.scalar() {
            sql::Value::Int(number) => Some(number),
            sql::Value::Null => None,
            other => {
                self.note(format!("{other:?} for a number"));
                None
            }
        }
    }

    pub fn int(&mut self) -> i64 {
        self.opt_int().unwrap_or_else(|| {
            self.note("null for a number".into());
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

    /// A nested list; absent where it is NULL.
    pub fn opt_inner<T>(&mut self, read: impl FnOnce(&mut Fields) -> T) -> Option<T> {
        if self.is_over {
            return None;
        }
        let (mut read, mut made) = (Some(read), None);
        let next = self.list.inner(&mut |fields| made = read.take().map(|read| read(fields)));
        self.found(next);
        made
    }

    /// A list of values, each read by a function.
    pub fn each<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        self.opt_inner(|list| list.rest(read)).unwrap_or_default()
    }

    /// A list of lists.
    pub fn lists<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        self.opt_inner(|list| list.rest_of_lists(read)).unwrap_or_default()
    }

    /// The rest of this list.
    pub fn rest<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        let mut all = Vec::new();
        while let Some(value) = self.next() {
            self.ahead = Some(value);
            all.push(read(self));
        }
        all
    }

    /// The rest of this list, as lists.
    pub fn rest_of_lists<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        let mut all = Vec::new();
        while !self.is_over {
            all.extend(self.opt_inner(read));
        }
        all
    }

    /// Like [`Fields::rest_of_lists`], but unreadable ones are skipped and logged.
    pub fn rest_of_sound_lists<T>(&mut self, read: fn(&mut Fields) -> T) -> Vec<T> {
        let mut all = Vec::new();
        loop {
            let value = self.value();
            if self.is_over {
                return all;
            }
            match Fields::read_from(value, read) {
                Ok(made) => all.push(made),
                Err(fault) => crate::platform::log(&format!("a packed list is passed by: {fault}")),
            }
        }
    }

    /// A list of objects.
    pub fn objects<T>(&mut self, read: fn(&Value) -> T) -> Vec<T> {
        match self.value() {
            Value::Array(all) if all.iter().all(Value::is_object) => all.iter().map(read).collect(),
            other => {
                self.note(format!("{other} for a list of objects"));
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
                self.note(format!("{other} for an object"));
                None
            }
        }
    }

    pub fn visibility(&mut self) -> Visibility {
        let number = self.int();
        if !(0..=3).contains(&number) {
            self.note(format!("{number} for a visibility"));
        }
        Visibility::from_int(number)
    }

    /// The column `remote_counts`: counts by another server, 0 where it gives none.
    pub fn counts(&mut self) -> Option<[i64; 3]> {
        let text = self.opt_text()?;
        match serde_json::from_str::<[Option<i64>; 3]>(&text) {
            Ok(counts) => Some(counts.map(|n| n.unwrap_or(0))),
            Err(_) => {
                self.note(format!("{text} for counts"));
                None
            }
        }
    }
}

/// A text member of an object of ours, empty if absent.
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
                f.each(|f| f.text()),
                f.lists(|i| (i.int(), i.text())),
                f.opt_inner(|f| f.int()),
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
        for (text, what) in [
            ("[7]", "Int(7) for a text"),
            ("[null]", "null for a text"),
            ("[]", "null for a text"),
            ("{}", "a list"),
        ] {
            let fault = Fields::read(text, |f| f.text()).unwrap_err();
            assert!(fault.to_string().contains(what), "{fault}");
        }
        assert!(Fields::read(r#"[["x"]]"#, |f| f.lists(|f| f.int())).is_err());
        assert!(Fields::read("[[1], [2", |f| f.lists(|f| f.int())).is_err());
        assert_eq!(Fields::read("[1, 2, [3], {}]", |f| f.int()), Ok(1));
        assert!(Fields::read(r#"[["x"]]"#, |f| f.opt_inner(|f| f.int())).is_err());
    }
}
