//! Followers synchronisation (FEP-8fcf), both ways: what is for followers only carries a digest of the
//! receiver's own followers, by which it notices and corrects a list that is wrong.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::model::hex;
use crate::platform::guard;

/// Accounts with more followers have no digests: an invocation has ten milliseconds of CPU.
pub const MAX_FOLLOWERS: usize = 5_000;
pub const HEADER: &str = "Collection-Synchronization";

/// The bitwise exclusive or of the ids' SHA-256, in hex.
pub fn digest<'a>(uris: impl Iterator<Item = &'a str>) -> String {
    let mut all = [0u8; 32];
    for uri in uris {
        for (byte, new) in all.iter_mut().zip(Sha256::digest(uri.as_bytes())) {
            *byte ^= new;
        }
    }
    hex::encode(&all)
}

/// Scheme, host and port.
pub fn origin(uri: &str) -> Option<String> {
    guard::parse(uri).map(|u| u.origin().ascii_serialization()).filter(|o| o.contains("://"))
}

/// The header for one inbox, from what the outbox row's `digests` hold.
pub fn header(digests: &str, inbox: &str) -> Option<String> {
    let digests: Value = serde_json::from_str(digests).ok()?;
    let followers = digests.get("")?.as_str()?;
    let none = digest(std::iter::empty());
    let value = digests.get(origin(inbox)?).and_then(Value::as_str).unwrap_or(&none);
    Some(format!("collectionId=\"{followers}\", url=\"{followers}_synchronization\", digest=\"{value}\""))
}

/// A parameter of the header.
pub fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(',').find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        (key == name).then(|| value.trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_as_the_proposal_has_them() {
        let two = ["https://testing.example.org/users/1", "https://testing.example.org/users/2"];
        let known = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f";
        assert_eq!(digest(two.into_iter()), known);
        assert_eq!(digest(std::iter::empty()), "0".repeat(64));
        let kept = serde_json::json!({"": "https://example.org/users/1/followers", "https://testing.example.org": known});
        let value = header(&kept.to_string(), "https://testing.example.org/inbox").unwrap();
        assert_eq!(
            value,
            format!(
                "collectionId=\"https://example.org/users/1/followers\", \
                 url=\"https://example.org/users/1/followers_synchronization\", digest=\"{known}\""
            )
        );
        assert_eq!(parameter(&value, "digest"), Some(known));
        assert_eq!(parameter(&value, "url"), Some("https://example.org/users/1/followers_synchronization"));
        // A server without followers says so, too.
        assert!(header(&kept.to_string(), "https://b.example/inbox").unwrap().contains(&"0".repeat(64)));
    }
}
