//! FEP-8b32, object integrity proofs of the suite eddsa-jcs-2022: a signature inside the activity, valid
//! whoever sends it.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::key::base58;
use super::{Candidate, jcs};
use crate::activitypub::wire::vocab::{is_same_host, list, text};
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
        .filter(|proof| text(proof, "verificationMethod").is_some_and(|key| is_same_host(key, actor)))
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
