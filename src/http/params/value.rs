//! Values of parameters, and how they nest.

use std::collections::BTreeMap;

use crate::http::multipart::File;

/// A parameter from any source.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    /// Text and numbers: forms do not distinguish them.
    Text(String),
    List(Vec<Value>),
    Map(Map),
    File(File),
}

/// Named values in the order of their first occurrence; look-ups take logarithmic time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Map {
    entries: Vec<(String, Value)>,
    /// The position of a name's entry.
    places: BTreeMap<String, usize>,
}

impl Map {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.places.get(name).and_then(|at| self.entries.get(*at)).map(|(_, value)| value)
    }

    pub(super) fn into_entries(self) -> Vec<(String, Value)> {
        self.entries
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of a name, for a change; initially `Null`.
    pub(super) fn slot(&mut self, name: &str) -> Option<&mut Value> {
        let at = match self.places.get(name) {
            Some(at) => *at,
            None => {
                self.places.insert(name.to_owned(), self.entries.len());
                self.entries.push((name.to_owned(), Value::Null));
                self.entries.len() - 1
            }
        };
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        if let Some(slot) = self.slot(name) {
            *slot = value;
        }
    }
}

impl Value {
    /// A member of a map.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Map(all) => all.get(name),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            Self::Text(text) => match text.as_str() {
                "" => None,
                "false" | "0" | "f" | "F" | "FALSE" | "off" | "OFF" | "False" => Some(false),
                _ => Some(true),
            },
            _ => None,
        }
    }
}

/// Puts a value at its path. `[]` appends; a name after it that the last element of the list has already
/// begins a new element.
pub(super) fn put(at: &mut Value, path: &[&str], value: Value) {
    let Some((name, rest)) = path.split_first() else {
        *at = value;
        return;
    };
    if name.is_empty() {
        if !matches!(at, Value::List(_)) {
            *at = Value::List(Vec::new());
        }
        let Value::List(list) = at else { return };
        if rest.is_empty() {
            list.push(value);
            return;
        }
        let starts_anew = match (list.last(), rest.first()) {
            (Some(last), Some(key)) if !key.is_empty() => last.get(key).is_some() && rest.len() == 1,
            (Some(_), _) => false,
            (None, _) => true,
        };
        if starts_anew {
            list.push(Value::Map(Map::default()));
        }
        if let Some(last) = list.last_mut() {
            put(last, rest, value);
        }
        return;
    }
    if !matches!(at, Value::Map(_)) {
        *at = Value::Map(Map::default());
    }
    if let Value::Map(map) = at
        && let Some(slot) = map.slot(name)
    {
        put(slot, rest, value);
    }
}
