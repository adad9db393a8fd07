//! Parameters: query, and a body of any type. The first byte chooses the type, the rest is a query, a line break and
//! the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sori::http::negotiate;
use sori::http::params::Params;
use sori::http::path::Path;
use sori::http::request::Request;

const KINDS: [&str; 5] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=\"a b\"",
    "",
];

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let (query, body) = rest.split_at(end);
    let query = String::from_utf8_lossy(query).into_owned();
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    let _ = Path::parse(&query);
    let _ = negotiate::wants_activity(Some(&query));
    let _ = negotiate::language(Some(&query), &["en", "ko"]);
    let mut request = Request { method: "POST".into(), path: "/".into(), query, ..Request::default() };
    request.headers.add("content-type", kind);
    request.body = body.get(1..).unwrap_or(&[]).to_vec();
    if let Ok(params) = Params::read(&request) {
        for name in ["status", "id", "poll", "media_ids", "fields_attributes", "a"] {
            let _ = (params.text(name), params.list(name), params.ids(name), params.maps(name).len());
            let _ = (params.bool(name), params.int(name).is_ok(), params.cursor(name).is_ok());
        }
    }
});
