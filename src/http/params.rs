//! One reader for query string and body, for every method: JSON, forms, multipart.
//! Names nest as Rails does: `id[]=1`, `poll[options][]=a`, `fields_attributes[0][name]=x`,
//! `media_attributes[][id]=1`.

use serde_json::Value as Json;

use super::multipart::{self, Content, File};
use super::request::Request;
use crate::error::{Error, Result};
use crate::model::id::{Id, MAX};

const MAX_KEYS: usize = 1000;
const MAX_DEPTH: usize = 8;

/// A parameter, whatever brought it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Text and numbers: forms know no difference.
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    File(File),
}

/// All parameters of a request as one tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    root: Value,
    /// What a plain name was given before its last value: `id=1&id=2` may be meant as a list.
    earlier: Vec<(String, String)>,
}

impl Default for Params {
    fn default() -> Self {
        Self { root: Value::Map(Vec::new()), earlier: Vec::new() }
    }
}

impl Params {
    /// The body wins over the query string where both name a parameter.
    ///
    /// Errors: `BadRequest` where JSON or multipart do not parse, or where there are too many or too deeply
    /// nested names. A body of another type (ActivityPub, say) is left to its handler.
    pub fn read(request: &Request) -> Result<Self> {
        let mut params = Self::default();
        params.add_form(&request.query)?;
        if request.body.is_empty() {
            return Ok(params);
        }
        let content_type = request.header("content-type").unwrap_or("").trim().to_ascii_lowercase();
        let kind = content_type.split(';').next().unwrap_or("").trim();
        match kind {
            "application/json" | "text/json" => params.add_json(&request.body)?,
            // As IceCubes and old clients send it: no type means a form.
            "" | "application/x-www-form-urlencoded" => {
                let text = std::str::from_utf8(&request.body)
                    .map_err(|_| Error::bad_request("The form is not UTF-8"))?;
                params.add_body_form(text)?;
            }
            "multipart/form-data" => {
                let original = request.header("content-type").unwrap_or("");
                let mut body = Self::default();
                for (name, content) in multipart::read(original, &request.body)? {
                    let value = match content {
                        Content::Text(text) => Value::Text(text),
                        Content::File(file) => Value::File(file),
                    };
                    body.insert(&name, value)?;
                }
                params.merge(body);
            }
            _ => {}
        }
        Ok(params)
    }

    fn add_body_form(&mut self, text: &str) -> Result<()> {
        let mut body = Self::default();
        body.add_form(text)?;
        self.merge(body);
        Ok(())
    }

    fn add_form(&mut self, text: &str) -> Result<()> {
        for (n, (name, value)) in url::form_urlencoded::parse(text.as_bytes()).enumerate() {
            if n >= MAX_KEYS {
                return Err(Error::bad_request("Too many parameters"));
            }
            self.insert(&name, Value::Text(value.into_owned()))?;
        }
        Ok(())
    }

    fn add_json(&mut self, body: &[u8]) -> Result<()> {
        let json: Json = serde_json::from_slice(body)
            .map_err(|_| Error::bad_request("The request body is not valid JSON"))?;
        let Value::Map(entries) = from_json(json, 0)? else {
            return Err(Error::bad_request("The request body must be a JSON object"));
        };
        self.merge(Self { root: Value::Map(entries), earlier: Vec::new() });
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        let (Value::Map(mine), Value::Map(theirs)) = (&mut self.root, other.root) else { return };
        for (name, value) in theirs {
            mine.retain(|(n, _)| *n != name);
            self.earlier.retain(|(n, _)| *n != name);
            mine.push((name, value));
        }
        self.earlier.extend(other.earlier);
    }

    fn insert(&mut self, name: &str, value: Value) -> Result<()> {
        let mut path = Vec::new();
        let (first, mut rest) = name.find('[').map_or((name, ""), |at| name.split_at(at));
        path.push(first);
        while let Some((key, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            path.push(key);
            rest = after;
        }
        if path.len() > MAX_DEPTH {
            return Err(Error::bad_request("Parameters are nested too deeply"));
        }
        if let (1, Some(Value::Text(text))) = (path.len(), self.value(first)) {
            self.earlier.push((first.to_owned(), text.clone()));
        }
        put(&mut self.root, &path, value);
        Ok(())
    }

    /// The parameter of this name, unless it is absent.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.root.get(name)
    }

    /// The parameter on a path such as `["source", "privacy"]`.
    pub fn get_path(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(&self.root, |at, name| at.get(name))
    }

    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Text, empty text included.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_text)
    }

    /// Text, unless it is blank.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).map(str::trim).filter(|t| !t.is_empty())
    }

    /// As Rails casts: `false`, `0`, `f`, `off` in any case are false, empty is absent, all else is true.
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.value(name).and_then(Value::as_bool)
    }

    /// Error: `BadRequest` where it is there and no integer.
    pub fn int(&self, name: &str) -> Result<Option<i64>> {
        match self.filled(name) {
            None => Ok(None),
            Some(text) => {
                text.parse().map(Some).map_err(|_| Error::BadRequest(format!("{name} is not an integer")))
            }
        }
    }

    /// Digits that are too many for an id of ours are one that nobody has. Error: `BadRequest` where it is there and
    /// no id.
    pub fn id(&self, name: &str) -> Result<Option<Id>> {
        self.read_id(name, |text| Id::parse(text).or_else(|| Id::parse_cursor(text).map(|_| Id(MAX))))
    }

    /// As [`Self::id`], for a place in a list: digits that are too many for an id of ours are a moment
    /// ([`Id::parse_cursor`]).
    pub fn cursor(&self, name: &str) -> Result<Option<Id>> {
        self.read_id(name, Id::parse_cursor)
    }

    fn read_id(&self, name: &str, read: impl Fn(&str) -> Option<Id>) -> Result<Option<Id>> {
        let Some(text) = self.filled(name) else { return Ok(None) };
        read(text).map(Some).ok_or_else(|| Error::BadRequest(format!("{name} is not an id")))
    }

    /// A list; a single value is a list of one, a repeated one of several.
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(all)) => all.iter().filter_map(Value::as_text).map(str::to_owned).collect(),
            Some(Value::Map(all)) => all.iter().filter_map(|(_, v)| v.as_text()).map(str::to_owned).collect(),
            Some(one) => {
                let earlier = self.earlier.iter().filter(|(n, _)| n == name).map(|(_, text)| text.as_str());
                earlier.chain(one.as_text()).map(str::to_owned).collect()
            }
        }
    }

    /// The ids of a list; what is none is left out.
    pub fn ids(&self, name: &str) -> Vec<Id> {
        self.list(name).iter().filter_map(|text| Id::parse(text.trim())).collect()
    }

    /// A list of maps: an array, or `{"0": {…}, "1": {…}}`.
    pub fn maps(&self, name: &str) -> Vec<&Value> {
        match self.value(name) {
            Some(Value::List(all)) => all.iter().filter(|v| matches!(v, Value::Map(_))).collect(),
            Some(Value::Map(all)) => {
                all.iter().map(|(_, v)| v).filter(|v| matches!(v, Value::Map(_))).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Value {
    /// A member of a map.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Map(all) => all.iter().find(|(n, _)| n == name).map(|(_, v)| v),
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

fn from_json(json: Json, depth: usize) -> Result<Value> {
    if depth > MAX_DEPTH {
        return Err(Error::bad_request("Parameters are nested too deeply"));
    }
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(b),
        Json::Number(n) => Value::Text(n.to_string()),
        Json::String(s) => Value::Text(s),
        Json::Array(all) => {
            Value::List(all.into_iter().map(|v| from_json(v, depth + 1)).collect::<Result<_>>()?)
        }
        Json::Object(all) => Value::Map(
            all.into_iter().map(|(k, v)| Ok((k, from_json(v, depth + 1)?))).collect::<Result<_>>()?,
        ),
    })
}

/// Puts a value where its path leads. `[]` appends; behind it, a name that the last element of the list
/// has already begins a new one.
fn put(at: &mut Value, path: &[&str], value: Value) {
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
            list.push(Value::Map(Vec::new()));
        }
        if let Some(last) = list.last_mut() {
            put(last, rest, value);
        }
        return;
    }
    if !matches!(at, Value::Map(_)) {
        *at = Value::Map(Vec::new());
    }
    let Value::Map(map) = at else { return };
    match map.iter().position(|(n, _)| n == name) {
        Some(i) => {
            if let Some((_, slot)) = map.get_mut(i) {
                put(slot, rest, value);
            }
        }
        None => {
            let mut slot = Value::Null;
            put(&mut slot, rest, value);
            map.push(((*name).to_owned(), slot));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, query: &str, content_type: &str, body: &str) -> Result<Params> {
        let mut request =
            Request { method: method.into(), query: query.into(), body: body.into(), ..Request::default() };
        if !content_type.is_empty() {
            request.headers.add("content-type", content_type);
        }
        Params::read(&request)
    }

    #[test]
    fn trap_1_every_body_and_the_query_string_are_one_tree() {
        let json =
            read("POST", "a=1", "application/json", r#"{"b":{"c":["x",2]},"d":true,"a":"2"}"#).unwrap();
        assert_eq!(json.text("a"), Some("2"));
        assert_eq!(
            json.get_path(&["b", "c"]),
            Some(&Value::List(vec![Value::Text("x".into()), Value::Text("2".into())]))
        );
        assert_eq!(json.bool("d"), Some(true));
        let form =
            read("POST", "", "", "id[]=1&id[]=2&poll[options][]=a&poll[options][]=b&source[privacy]=private")
                .unwrap();
        assert_eq!(form.ids("id"), [Id(1), Id(2)]);
        assert_eq!(form.get_path(&["source", "privacy"]).and_then(Value::as_text), Some("private"));
        let multipart = "--x\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\nhi\r\n--x--\r\n";
        let multi = read("PATCH", "", "multipart/form-data; boundary=x", multipart).unwrap();
        assert_eq!(multi.text("status"), Some("hi"));
        assert!(read("POST", "", "application/json", "{").is_err());
        assert!(read("POST", "", "application/json", "[1]").is_err());
    }

    #[test]
    fn trap_37_a_delete_has_a_body_too() {
        assert_eq!(
            read("DELETE", "", "application/x-www-form-urlencoded", "domain=x.example")
                .unwrap()
                .text("domain"),
            Some("x.example")
        );
    }

    #[test]
    fn trap_21_one_or_many() {
        assert_eq!(read("GET", "id=5", "", "").unwrap().ids("id"), [Id(5)]);
        assert_eq!(read("GET", "id[]=5&id[]=x&id[]=7", "", "").unwrap().ids("id"), [Id(5), Id(7)]);
        let repeated = read("POST", "id=1&id=2&limit=3&limit=4", "", "q=a&q=b").unwrap();
        assert_eq!(
            (repeated.ids("id"), repeated.list("q")),
            (vec![Id(1), Id(2)], vec!["a".into(), "b".into()])
        );
        assert_eq!((repeated.int("limit"), repeated.text("q")), (Ok(Some(4)), Some("b")));
        assert_eq!(read("POST", "id=1&id=2", "", "id=3").unwrap().ids("id"), [Id(3)]);
    }

    #[test]
    fn lists_of_maps_in_three_spellings() {
        let name = |v: &Value| v.get("name").and_then(Value::as_text).unwrap_or("").to_owned();
        for (kind, body) in [
            ("", "f[0][name]=a&f[0][value]=1&f[1][name]=b&f[1][value]=2"),
            ("", "f[][name]=a&f[][value]=1&f[][name]=b&f[][value]=2"),
            ("application/json", r#"{"f":{"0":{"name":"a"},"1":{"name":"b"}}}"#),
            ("application/json", r#"{"f":[{"name":"a"},{"name":"b"}]}"#),
        ] {
            let params = read("POST", "", kind, body).unwrap();
            assert_eq!(params.maps("f").into_iter().map(name).collect::<Vec<_>>(), ["a", "b"], "{body}");
        }
    }

    #[test]
    fn casts_as_rails_does() {
        let p = read("GET", "a=0&b=off&c=&d=yes&e=F&n=12&bad=x", "", "").unwrap();
        assert_eq!(
            (p.bool("a"), p.bool("b"), p.bool("c"), p.bool("d"), p.bool("e")),
            (Some(false), Some(false), None, Some(true), Some(false))
        );
        assert_eq!(p.int("n"), Ok(Some(12)));
        assert!(p.int("bad").is_err() && p.id("bad").is_err());
    }

    #[test]
    fn depth_and_number_are_bounded() {
        assert!(read("GET", "a[b][c][d][e][f][g][h][i]=1", "", "").is_err());
        assert!(read("GET", &"a=1&".repeat(1001), "", "").is_err());
        let deep = format!("{}1{}", r#"{"a":"#.repeat(20), "}".repeat(20));
        assert!(read("POST", "", "application/json", &deep).is_err());
    }
}
