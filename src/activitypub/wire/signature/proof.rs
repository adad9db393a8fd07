//! FEP-8b32, object integrity proofs of the suite eddsa-jcs-2022: a signature inside the activity, valid
//! whoever sends it.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::key::base58;
use super::{Candidate, jcs};
use crate::activitypub::wire::vocab::{is_same_host, list, text};
use crate::model::limits;
use crate::model::time::{DAY, HOUR, Time};

/// Older proofs are refused: a delivery is retried for some three days.
const LIFETIME: i64 = 4 * DAY;
/// How many proofs of a document are read.
const MAX: usize = 4;

/// The proofs of a document that are to be verified with their keys: of this suite and purpose, recent, and by a key of
/// the actor's host. Of others the document is not even canonicalised.
pub fn candidates(document: &Value, actor: &str, now: Time) -> Vec<Candidate> {
    list(document, "proof")
        .into_iter()
        .take(MAX)
        .filter(|proof| {
            text(proof, "verificationMethod")
                .is_some_and(|key| key.len() <= limits::URL && is_same_host(key, actor))
        })
        .filter_map(|proof| candidate(document, proof, now))
        .collect()
}

fn candidate(document: &Value, proof: &Value, now: Time) -> Option<Candidate> {
    let created = text(proof, "created").and_then(Time::parse_iso)?;
    if created > now.plus(HOUR) || now > created.plus(LIFETIME) {
        return None;
    }
    let is_expired = proof
        .get("expires")
        .is_some_and(|at| at.as_str().and_then(Time::parse_iso).is_none_or(|at| at < now));
    if is_expired { None } else { read(document, proof) }
}

/// A proof, whatever its age.
pub fn read(document: &Value, proof: &Value) -> Option<Candidate> {
    let is = |property: &str, value: &str| text(proof, property) == Some(value);
    if !is("type", "DataIntegrityProof")
        || !is("cryptosuite", "eddsa-jcs-2022")
        || !is("proofPurpose", "assertionMethod")
    {
        return None;
    }
    let signature = base58(text(proof, "proofValue")?.strip_prefix('z')?)?;
    let (mut bare, mut options) = (document.clone(), proof.clone());
    let (Value::Object(bare_map), Value::Object(options_map)) = (&mut bare, &mut options) else {
        return None;
    };
    bare_map.remove("proof");
    // A Linked Data Signature was added afterwards.
    bare_map.remove("signature");
    options_map.remove("proofValue");
    if let Some(context) = options_map.get("@context") {
        if !starts_with(document.get("@context")?, context) {
            return None;
        }
        bare_map.insert("@context".into(), context.clone());
    }
    let hash = |value: &Value| Sha256::digest(jcs::canonical(value).as_bytes());
    let signed = [hash(&options), hash(&bare)].concat();
    Some(Candidate {
        key_id: text(proof, "verificationMethod")?.to_owned(),
        bases: vec![signed],
        signature,
        algorithm: Some("ed25519".into()),
        created: text(proof, "created").and_then(Time::parse_iso)?,
    })
}

fn starts_with(context: &Value, start: &Value) -> bool {
    match (context, start) {
        (Value::Array(all), Value::Array(start)) => all.starts_with(start),
        (Value::Array(all), start) => all.first() == Some(start),
        (context, start) => context == start,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ACTOR: &str = "https://a.example/users/alice";

    fn proof() -> Value {
        json!({"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod",
            "verificationMethod": "https://a.example/users/alice#key", "created": "2026-01-01T00:00:00Z", "proofValue": "z1"})
    }

    fn found(change: impl Fn(&mut Value, &mut Value)) -> Vec<Candidate> {
        let (mut document, mut proof) = (json!({"@context": ["x", "y"], "type": "Note"}), proof());
        change(&mut document, &mut proof);
        document["proof"] = proof;
        candidates(&document, ACTOR, Time::parse_iso("2026-01-01T01:00:00Z").unwrap())
    }

    fn with(property: &'static str, value: &str) -> usize {
        found(|_, proof| proof[property] = json!(value)).len()
    }

    #[test]
    fn proofs_of_other_kinds_are_none() {
        assert_eq!(found(|_, _| {}).len(), 1);
        for (property, value) in [
            ("type", "Ed25519Signature2020"),
            ("cryptosuite", "eddsa-rdfc-2022"),
            ("proofPurpose", "authentication"),
            ("verificationMethod", "https://b.example/users/alice#key"),
            ("proofValue", "u1"),
            ("proofValue", "z0"),
        ] {
            assert_eq!(with(property, value), 0, "{property} {value}");
        }
    }

    #[test]
    fn the_address_of_a_key_is_bounded() {
        let key = |bytes: usize| format!("{:x<bytes$}", "https://a.example/users/alice#");
        assert_eq!(with("verificationMethod", &key(limits::URL)), 1);
        assert_eq!(with("verificationMethod", &key(limits::URL + 1)), 0);
    }

    #[test]
    fn a_proof_has_its_time() {
        assert_eq!(with("created", "2026-01-01T02:00:00Z"), 1);
        assert_eq!(with("created", "2026-01-01T02:00:01Z"), 0);
        assert_eq!(with("created", "2020-01-01T00:00:00Z"), 0);
        assert_eq!(with("created", "2025-12-28T01:00:00Z"), 1);
        assert_eq!(with("created", "2025-12-28T00:59:59Z"), 0);
        assert_eq!(with("created", "yesterday"), 0);
        assert_eq!(with("expires", "2026-01-01T01:00:00Z"), 1);
        assert_eq!(with("expires", "2026-01-01T00:59:59Z"), 0);
        assert_eq!(with("expires", "soon"), 0);
    }

    #[test]
    fn a_context_of_its_own_begins_the_documents() {
        for (context, is_right) in
            [(json!(["x"]), true), (json!("x"), true), (json!("y"), false), (json!(["x", "y", "z"]), false)]
        {
            let count = found(|_, proof| proof["@context"] = context.clone()).len();
            assert_eq!(count == 1, is_right, "{context}");
        }
        let one = |context: &str| {
            found(|document, proof| {
                document["@context"] = json!("x");
                proof["@context"] = json!(context);
            })
        };
        assert_eq!((one("x").len(), one("y").len()), (1, 0));
    }
}
