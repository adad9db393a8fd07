//! One reader for query string and body, for every method: JSON, forms, multipart.
//! Names nest as Rails does: `id[]=1`, `poll[options][]=a`, `fields_attributes[0][name]=x`,
//! `media_attributes[][id]=1`.

mod bounds;
mod json;
mod value;

pub use self::value::{Map, Value};

use std::collections::BTreeMap;

use self::bounds::{HAS_NUL, MAX_DEPTH, MAX_OFFSET, MAX_VALUES, TOO_DEEP, TOO_MANY};
use self::value::put;
use super::multipart::{self, Content};
use super::request::Request;
use crate::error::{Error, Result};
use crate::model::id::{Id, MAX};

/// All parameters of a request as one tree.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params {
    root: Map,
    /// Earlier values of a plain name: `id=1&id=2` may be meant as a list.
    earlier: BTreeMap<String, Vec<String>>,
    /// How many values were read.
    count: usize,
}

impl Params {
    /// The body takes precedence over the query string. A GET may have a body as well.
    ///
    /// Errors: `BadRequest` where JSON or multipart do not parse, where there are too many or too deeply
    /// nested names, or where a name or a text contains NUL. A body of another type (such as ActivityPub) is
    /// left to its handler.
    pub fn read(request: &Request) -> Result<Self> {
        Self::read_body(request, &request.body)
    }

    /// Like [`Self::read`], with a body that is not in the request.
    pub fn read_body(request: &Request, bytes: &[u8]) -> Result<Self> {
        let mut params = Self::default();
        params.add_form(&request.query)?;
        if bytes.is_empty() {
            return Ok(params);
        }
        let content_type = request.header("content-type").unwrap_or("");
        let body = Self::of_body(content_type, bytes, params.count)?;
        params.merge(body);
        Ok(params)
    }

    /// The parameters of a body of this content type; `count` is the number of values that were read before. Errors as
    /// of [`Self::read`].
    pub fn of_body(content_type: &str, bytes: &[u8], count: usize) -> Result<Self> {
        let kind = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        let mut body = Self { count, ..Self::default() };
        match kind.as_str() {
            "application/json" | "text/json" => body.root = json::read(bytes, &mut body.count)?,
            // IceCubes and old clients send no type: it is read as a form.
            "" | "application/x-www-form-urlencoded" => {
                let text =
                    std::str::from_utf8(bytes).map_err(|_| Error::bad_request("The form is not UTF-8"))?;
                body.add_form(text)?;
            }
            "multipart/form-data" => {
                for (name, content) in multipart::read(content_type, bytes, MAX_VALUES)? {
                    let value = match content {
                        Content::Text(text) => Value::Text(text),
                        Content::File(file) => Value::File(file),
                    };
                    body.insert(&name, value)?;
                }
            }
            _ => {}
        }
        Ok(body)
    }

    /// Takes a text out; what else has this name stays.
    pub fn take_text(&mut self, name: &str) -> Option<String> {
        match self.root.slot(name).map(std::mem::take)? {
            Value::Text(text) => Some(text),
            other => {
                self.root.set(name, other);
                None
            }
        }
    }

    /// All parameters but files as a JSON object, for [`Self::add_json`].
    pub fn to_json(&self) -> String {
        json::write(&self.root)
    }

    /// Adds the parameters of a body that was read elsewhere; they take precedence. Errors as of [`Self::read`].
    pub fn add_json(&mut self, text: &str) -> Result<()> {
        let mut body = Self { count: self.count, ..Self::default() };
        body.root = json::read(text.as_bytes(), &mut body.count)?;
        self.merge(body);
        Ok(())
    }

    /// Adds the fields of a form that was read elsewhere; they take precedence. Errors as of [`Self::read`].
    pub fn add_fields(&mut self, fields: Vec<(String, String)>) -> Result<()> {
        let mut body = Self { count: self.count, ..Self::default() };
        for (name, text) in fields {
            body.insert(&name, Value::Text(text))?;
        }
        self.merge(body);
        Ok(())
    }

    fn add_form(&mut self, text: &str) -> Result<()> {
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            self.insert(&name, Value::Text(value.into_owned()))?;
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) {
        for (name, value) in other.root.into_entries() {
            self.earlier.remove(&name);
            self.root.set(&name, value);
        }
        self.earlier.extend(other.earlier);
        self.count = other.count;
    }

    fn insert(&mut self, name: &str, value: Value) -> Result<()> {
        self.count += 1;
        if self.count > MAX_VALUES {
            return Err(Error::bad_request(TOO_MANY));
        }
        let has_nul = match &value {
            Value::Text(text) => text.contains('\0'),
            Value::File(file) => file.filename.contains('\0') || file.content_type.contains('\0'),
            _ => false,
        };
        if has_nul || name.contains('\0') {
            return Err(Error::bad_request(HAS_NUL));
        }
        let (first, mut rest) = name.find('[').map_or((name, ""), |at| name.split_at(at));
        let mut path = vec![first];
        while let Some((key, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            path.push(key);
            rest = after;
            if path.len() > MAX_DEPTH {
                return Err(Error::bad_request(TOO_DEEP));
            }
        }
        if let (1, Some(Value::Text(text))) = (path.len(), self.root.get(first)) {
            let text = text.clone();
            self.earlier.entry(first.to_owned()).or_default().push(text);
        }
        if let (Some((first, rest)), root) = (path.split_first(), &mut self.root)
            && let Some(slot) = root.slot(first)
        {
            put(slot, rest, value);
        }
        Ok(())
    }

    /// The parameter of this name, unless it is absent.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.root.get(name)
    }

    /// The parameter at a path such as `["source", "privacy"]`.
    pub fn get_path(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.root.get(first)?, |at, name| at.get(name))
    }

    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Text, possibly empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_text)
    }

    /// Text, unless it is blank.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).map(str::trim).filter(|t| !t.is_empty())
    }

    /// As Rails casts: `false`, `0`, `f`, `off` in any case are false, empty is absent, everything else is
    /// true.
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.value(name).and_then(Value::as_bool)
    }

    /// Error: `BadRequest` where it is present and not an integer.
    pub fn int(&self, name: &str) -> Result<Option<i64>> {
        match self.filled(name) {
            None => Ok(None),
            Some(text) => {
                text.parse().map(Some).map_err(|_| Error::BadRequest(format!("{name} is not an integer")))
            }
        }
    }

    /// How many are passed over: from none to [`MAX_OFFSET`]. Error: `BadRequest` where it is present and not an integer.
    pub fn offset(&self) -> Result<usize> {
        let asked = self.int("offset")?.unwrap_or(0);
        Ok(usize::try_from(asked.clamp(0, MAX_OFFSET)).unwrap_or(0))
    }

    /// Digits beyond the maximum id become an id that does not exist. Error: `BadRequest` where it is present
    /// and not an id.
    pub fn id(&self, name: &str) -> Result<Option<Id>> {
        self.read_id(name, |text| Id::parse(text).or_else(|| Id::parse_cursor(text).map(|_| Id(MAX))))
    }

    /// Like [`Self::id`], for a position in a list: digits beyond the maximum id are a point in time
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
                let earlier = self.earlier.get(name).into_iter().flatten().map(String::as_str);
                earlier.chain(one.as_text()).map(str::to_owned).collect()
            }
        }
    }

    /// The ids of a list; invalid ones are left out.
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

    fn error(outcome: Result<Params>) -> String {
        outcome.unwrap_err().public_message()
    }

    #[test]
    fn depth_and_number_are_bounded() {
        assert_eq!(error(read("GET", "a[b][c][d][e][f][g][h][i]=1", "", "")), TOO_DEEP);
        assert_eq!(error(read("GET", &format!("a{}=1", "[x]".repeat(100_000)), "", "")), TOO_DEEP);
        assert!(read("GET", "a[b][c][d][e][f][g][h]=1", "", "").is_ok());
        assert_eq!(error(read("GET", &"a=1&".repeat(1001), "", "")), TOO_MANY);
        assert_eq!(read("GET", &"a=1&".repeat(1000), "", "").unwrap().list("a").len(), 1000);
        let nested = |n: usize| format!("{}1{}", r#"{"a":"#.repeat(n), "}".repeat(n));
        assert!(read("POST", "", "application/json", &nested(8)).is_ok());
        assert_eq!(error(read("POST", "", "application/json", &nested(9))), TOO_DEEP);
        assert_eq!(error(read("POST", "", "application/json", &nested(100_000))), TOO_DEEP);
        let object =
            |n: usize| format!("{{{}}}", (0..n).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(","));
        assert!(read("POST", "", "application/json", &object(1000)).is_ok());
        let list = format!(r#"{{"id":[{}]}}"#, vec!["1"; 1000].join(","));
        assert_eq!(error(read("POST", "", "application/json", &list)), TOO_MANY);
        // Query string and body together.
        assert_eq!(error(read("POST", &"a=1&".repeat(600), "", &"b=1&".repeat(600))), TOO_MANY);
        assert_eq!(error(read("POST", "a=1", "application/json", &object(1000))), TOO_MANY);
        let part = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhi\r\n";
        let parts = |n: usize| format!("{}--x--", part.repeat(n));
        assert!(read("POST", "", "multipart/form-data; boundary=x", &parts(1000)).is_ok());
        assert_eq!(error(read("POST", "", "multipart/form-data; boundary=x", &parts(1001))), TOO_MANY);
    }

    #[test]
    fn a_json_body_of_any_size_is_read_no_further_than_the_limit() {
        let values_read = |n: usize| {
            let text = format!("{{{}}}", (0..n).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(","));
            let mut count = 0;
            assert!(json::read(text.as_bytes(), &mut count).is_err());
            count
        };
        assert_eq!((values_read(10_000), values_read(40_000)), (MAX_VALUES + 2, MAX_VALUES + 2));
    }

    #[test]
    fn no_nul_comes_in() {
        for (query, kind, body) in [
            ("q=%00", "", ""),
            ("q=a%00b", "", ""),
            ("a%00b=1", "", ""),
            ("a[%00]=1", "", ""),
            ("", "", "q=%00"),
            ("", "application/json", r#"{"q":"\u0000"}"#),
            ("", "application/json", r#"{"\u0000":"q"}"#),
            ("", "application/json", r#"{"q":[{"x":"a\u0000"}]}"#),
            (
                "",
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n\0\r\n--x--",
            ),
            (
                "",
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"q\"; filename=\"\0\"\r\n\r\nx\r\n--x--",
            ),
        ] {
            assert_eq!(error(read("POST", query, kind, body)), HAS_NUL, "{query} {body}");
        }
        // A file may contain any byte.
        let file = "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n\0\r\n--x--";
        assert!(read("POST", "", "multipart/form-data; boundary=x", file).is_ok());
    }

    #[test]
    fn maps_keep_their_order_and_the_last_value_of_a_name() {
        let options = |kind: &str, body: &str| {
            let params = read("POST", "", kind, body).unwrap();
            params.list("o")
        };
        let body = r#"{"o":{"2":"a","10":"b","1":"c","2":"d"}}"#;
        assert_eq!(options("application/json", body), ["d", "b", "c"]);
        assert_eq!(options("", "o[2]=a&o[10]=b&o[1]=c&o[2]=d"), ["d", "b", "c"]);
        let numbers = read("POST", "", "application/json", r#"{"a":1.5,"b":-3,"c":18446744073709551615}"#);
        let numbers = numbers.unwrap();
        assert_eq!(
            (numbers.text("a"), numbers.text("b"), numbers.text("c")),
            (Some("1.5"), Some("-3"), Some("18446744073709551615"))
        );
        for bad in ["{} {}", "", "\"a\"", "{\"a\":1e999}", r#"{"a":"\ud800"}"#] {
            assert!(read("POST", "", "application/json", bad).is_err() || bad.is_empty(), "{bad}");
        }
    }

    #[test]
    fn a_get_may_have_a_body() {
        let params =
            read("GET", "limit=1", "application/json", r#"{"limit":2,"types":["mention"]}"#).unwrap();
        assert_eq!((params.int("limit"), params.list("types")), (Ok(Some(2)), vec!["mention".to_owned()]));
    }
}
