//! Canonical JSON (RFC 8785): as another implementation writes it, read as the same value again, and its own
//! canonical form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use sori::activitypub::wire::signature::jcs::canonical;

fuzz_target!(|body: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let once = canonical(&value);
    assert_eq!(once, serde_json_canonicalizer::to_string(&value).expect("a value is canonicalised"));
    let again: Value = serde_json::from_str(&once).expect("canonical JSON is JSON");
    assert_eq!(canonical(&again), once);
});
