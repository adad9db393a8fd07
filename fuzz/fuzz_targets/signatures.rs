//! Requests with signature headers of both kinds. The input is a request line, headers, an empty line and a body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sori::activitypub::wire::signature::{is_signed, key::PublicKey, prepare};
use sori::http::request::Request;
use sori::model::time::Time;

fuzz_target!(|input: &str| {
    let (head, body) = input.split_once("\n\n").unwrap_or((input, ""));
    let mut lines = head.lines();
    let line = lines.next().unwrap_or("");
    let (method, target) = line.split_once(' ').unwrap_or(("POST", line));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        body: body.into(),
        ..Request::default()
    };
    for header in lines {
        if let Some((name, value)) = header.split_once(':') {
            request.headers.add(name, value.trim());
        }
    }
    let _ = is_signed(&request);
    if let Ok(candidate) = prepare(&request, "https://a.example", Time(1_790_000_000_000)) {
        assert!(candidate.bases.len() <= 4);
        assert!(!candidate.key_id.is_empty());
    }
    for key in [PublicKey::from_pem(body), PublicKey::from_multibase(body)].into_iter().flatten() {
        assert_eq!(PublicKey::from_stored(&key.to_stored()), key);
    }
});
