//! Requests with signature headers of both kinds. The input is a request line, headers, an empty line and a body.
//! What is read is bounded; what we sign ourselves is read as what was signed; a body that is another is refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sori::activitypub::wire::signature::{Candidate, cavage, is_signed, key::PublicKey, prepare, rfc9421};
use sori::http::request::Request;
use sori::model::time::Time;

const ORIGIN: &str = "https://a.example";
const NOW: Time = Time(1_790_000_000_000);
const KEY: &str = "https://b.example/users/bob#main-key";

fn read(request: &Request) -> Option<Candidate> {
    prepare(request, ORIGIN, NOW).ok()
}

/// A request that has these headers besides, and must be read as signed over this.
fn check_ours(request: &Request, headers: Vec<(String, String)>, base: &str) {
    let mut ours = request.clone();
    for (name, value) in headers {
        ours.headers.add(&name, value);
    }
    let candidate = read(&ours).expect("what we sign can be read");
    assert_eq!(candidate.key_id, KEY);
    assert_eq!(candidate.signature, b"signed");
    assert_eq!(candidate.bases[0], base.as_bytes());
    ours.body.push(b'x');
    assert_eq!(read(&ours), None);
}

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
    let bare = Request { method: "POST".into(), ..request.clone() };
    for header in lines {
        if let Some((name, value)) = header.split_once(':') {
            request.headers.add(name, value.trim());
        }
    }
    if let Some(candidate) = read(&request) {
        assert!(is_signed(&request));
        assert!((1..=2).contains(&candidate.bases.len()));
        assert!(!candidate.key_id.is_empty());
        for base in &candidate.bases {
            assert!(base.len() <= 4 * input.len() + 1_000, "what is signed is no longer than the request");
        }
    }
    let unsigned = cavage::unsigned("POST", &bare.target(), "a.example", Some(body.as_bytes()), NOW);
    let base = unsigned.base.clone();
    check_ours(&bare, cavage::headers(unsigned, KEY, b"signed"), &base);
    let url = format!("{ORIGIN}{}", bare.target());
    let unsigned = rfc9421::unsigned("POST", &url, KEY, Some(body.as_bytes()), NOW);
    let base = unsigned.base.clone();
    check_ours(&bare, rfc9421::headers(unsigned, b"signed"), &base);
    for key in [PublicKey::from_pem(body), PublicKey::from_multibase(body)].into_iter().flatten() {
        assert_eq!(PublicKey::from_stored(&key.to_stored()), key);
    }
});
