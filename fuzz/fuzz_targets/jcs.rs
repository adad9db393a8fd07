//! Canonical JSON: it is read as the same value again, and is its own canonical form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use sori::activitypub::wire::signature::jcs::canonical;

fuzz_target!(|body: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let once = canonical(&value);
    let again: Value = serde_json::from_str(&once).expect("canonical JSON is JSON");
    assert_eq!(canonical(&again), once);
});
