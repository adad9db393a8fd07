//! Parameters: query, and a body of any type. The first byte chooses the type, the rest is a query, a line break and
//! the body. What a form says is what JSON and a multipart form say of the same names and texts.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use sori::http::negotiate;
use sori::http::params::{Params, Value};
use sori::http::path::Path;
use sori::http::request::Request;

const KINDS: [&str; 5] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=\"a b\"",
    "",
];
const BOUNDARY: &str = "of-the-other-form";

fn posted(kind: &str, query: &str, body: &[u8]) -> Option<Params> {
    let mut request =
        Request { method: "POST".into(), path: "/".into(), query: query.into(), ..Request::default() };
    request.headers.add("content-type", kind);
    request.body = body.to_vec();
    Params::read(&request).ok()
}

fn count(value: &Value, depth: usize) -> usize {
    assert!(depth <= 9, "deeper than is read");
    1 + match value {
        Value::List(all) => all.iter().map(|v| count(v, depth + 1)).sum(),
        Value::Map(all) => all.iter().map(|(_, v)| count(v, depth + 1)).sum(),
        Value::Text(text) => {
            assert!(!text.contains('\0'));
            0
        }
        _ => 0,
    }
}

/// The same names and texts as a form, as JSON and as a multipart form.
fn check_kinds(query: &str) {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect();
    // A name in a multipart form has no line breaks or quotes, its content not the boundary.
    let is_plain = |(name, value): &(String, String)| {
        !name.is_empty()
            && !name.contains(['[', ']', '\0', '"', '\\', '\r', '\n'])
            && name.trim() == name
            && !value.contains('\0')
            && !value.contains(BOUNDARY)
    };
    if pairs.is_empty() || pairs.len() > 1_000 || !pairs.iter().all(is_plain) {
        return;
    }
    let last: BTreeMap<&str, &str> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let json = serde_json::to_vec(&last).expect("texts are JSON");
    let mut multipart = String::new();
    for (name, value) in &pairs {
        multipart.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    multipart.push_str(&format!("--{BOUNDARY}--\r\n"));
    let form = posted("", query, b"").expect("a form is read");
    let body = posted("application/x-www-form-urlencoded", "", query.as_bytes()).expect("a body is read");
    let json = posted("application/json", "", &json).expect("JSON is read");
    let multipart = posted(&format!("multipart/form-data; boundary={BOUNDARY}"), "", multipart.as_bytes())
        .expect("a multipart form is read");
    for (name, value) in last {
        for params in [&form, &body, &json, &multipart] {
            assert_eq!(params.text(name), Some(value), "{name}");
        }
        let all: Vec<&str> = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
        for params in [&form, &body, &multipart] {
            assert_eq!(params.list(name), all, "{name}");
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let (query, body) = rest.split_at(end);
    let query = String::from_utf8_lossy(query).into_owned();
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    if let Some(path) = Path::parse(&query) {
        assert!(path.segments().iter().all(|s| !s.contains('/') && !s.chars().any(char::is_control)));
        // But for `.json`, which is taken off once, a path is what it is written as.
        if !path.is_json()
            && let Some(again) = Path::parse(&path.to_text())
        {
            assert_eq!(again, path);
        }
    }
    let _ = negotiate::wants_activity(Some(&query));
    let chosen = negotiate::language(Some(&query), &["en", "ko"]);
    assert!(["en", "ko"].contains(&chosen));
    if let Some(params) = posted(kind, &query, body.get(1..).unwrap_or(&[])) {
        for name in ["status", "id", "poll", "media_ids", "fields_attributes", "a"] {
            assert!(params.value(name).map_or(0, |v| count(v, 0)) <= 9_000);
            let _ = (params.text(name), params.list(name), params.ids(name), params.maps(name).len());
            let _ = (params.bool(name), params.int(name).is_ok(), params.cursor(name).is_ok());
        }
    }
    check_kinds(&query);
});
