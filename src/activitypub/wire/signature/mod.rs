//! HTTP signatures, both schemes: draft-cavage-http-signatures-12 and RFC 9421.
//!
//! Verification takes two steps, with a read of the database between them: [`prepare`] reads the headers, and
//! refuses what no key could make valid (coverage, digest, time); [`Candidate::check`] verifies with the key.

pub mod cavage;
pub mod digest;
pub mod failed_keys;
pub mod jcs;
pub mod key;
pub mod proof;
pub mod rfc9421;

use crate::error::{Error, Result};
use crate::http::request::Request;
use crate::model::time::{HOUR, MINUTE, SECOND, Time};
use crate::platform::Crypto;
use key::PublicKey;

/// The signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spec {
    #[default]
    Cavage,
    Rfc9421,
}

impl Spec {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cavage => "cavage",
            Self::Rfc9421 => "rfc9421",
        }
    }

    pub fn parse(text: &str) -> Self {
        if text == "rfc9421" { Self::Rfc9421 } else { Self::Cavage }
    }

    /// The other scheme.
    pub fn other(self) -> Self {
        match self {
            Self::Cavage => Self::Rfc9421,
            Self::Rfc9421 => Self::Cavage,
        }
    }
}

/// A signature to be verified with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub key_id: String,
    /// The signed text; cavage signers disagree whether the query belongs to it.
    pub bases: Vec<Vec<u8>>,
    pub signature: Vec<u8>,
    /// The algorithm in the signature, if any.
    pub algorithm: Option<String>,
    /// When it was made, as it says.
    pub created: Time,
}

impl Candidate {
    /// Whether the key made this signature.
    pub async fn check(&self, crypto: &Crypto, key: &PublicKey) -> Result<bool> {
        let is_fit = match (key, self.algorithm.as_deref()) {
            (_, None | Some("hs2019")) => true,
            (PublicKey::Rsa(_), Some(name)) => matches!(name, "rsa-sha256" | "rsa-v1_5-sha256"),
            (PublicKey::Ed25519(_), Some(name)) => name == "ed25519",
        };
        if !is_fit {
            return Ok(false);
        }
        for base in &self.bases {
            let is_right = match key {
                PublicKey::Rsa(spki) => crypto.rsa_verify(spki, base, &self.signature).await?,
                PublicKey::Ed25519(public) => crypto.ed25519_verify(public, base, &self.signature).await?,
            };
            if is_right {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Reads a request's signature. `origin` is our own public origin, which the request was sent to, whatever
/// its Host header.
///
/// Errors: `BadRequest` for headers that do not parse, `Unauthorized` for a missing signature, for one that
/// covers too little, for a body that differs from the digest, or for one that is too old.
pub fn prepare(request: &Request, origin: &str, now: Time) -> Result<Candidate> {
    if request.header("signature-input").is_some() {
        rfc9421::prepare(request, origin, now)
    } else {
        cavage::prepare(request, origin, now)
    }
}

/// Whether a request is signed at all.
pub fn is_signed(request: &Request) -> bool {
    request.header("signature").is_some()
        || request
            .header("authorization")
            .is_some_and(|a| a.trim_start().to_ascii_lowercase().starts_with("signature "))
}

/// Without an expiry a signature is valid for five minutes, with one for twelve hours at most; clocks may differ by
/// an hour.
fn check_window(created: Time, expires: Option<Time>, now: Time) -> Result<()> {
    let expires = expires.unwrap_or(created.plus(5 * MINUTE)).min(created.plus(12 * HOUR));
    if created > now.plus(HOUR) {
        return Err(Error::Unauthorized("The signature is from the future".into()));
    }
    if now > expires.plus(HOUR) {
        return Err(Error::Unauthorized("The signature has expired".into()));
    }
    Ok(())
}

/// How many headers and other components a signature may cover.
const MAX_COVERED: usize = 32;

/// Refuses a signature that covers too many components, or one twice: the signed text would be many times as
/// long as the request.
fn check_covered(names: &[impl AsRef<str>]) -> Result<()> {
    let is_repeated = |(n, name): (usize, &str)| names.iter().take(n).any(|other| other.as_ref() == name);
    if names.len() > MAX_COVERED || names.iter().map(AsRef::as_ref).enumerate().any(is_repeated) {
        return Err(Error::bad_request("Malformed signature: it covers too much, or the same twice"));
    }
    Ok(())
}

/// Seconds since 1970, as both specs write times.
fn seconds(text: &str) -> Result<Time> {
    text.parse::<i64>()
        .ok()
        .and_then(|s| s.checked_mul(SECOND))
        .map(Time)
        .ok_or_else(|| Error::bad_request("A time in the signature is no number"))
}

/// The actor's signing key and its id.
#[derive(Clone)]
pub struct SigningKey {
    pub key_id: String,
    pub private_pkcs8: Vec<u8>,
}

/// The headers of a signed request, besides Host: Date, Digest or Content-Digest where there is a
/// body, Signature and, for RFC 9421, Signature-Input. `method` in upper case; `url` as it is fetched.
pub async fn sign(
    crypto: &Crypto,
    key: &SigningKey,
    spec: Spec,
    method: &str,
    url: &crate::platform::guard::SafeUrl,
    body: Option<&[u8]>,
    now: Time,
) -> Result<Vec<(String, String)>> {
    match spec {
        Spec::Cavage => {
            let unsigned = cavage::unsigned(method, &url.path_and_query(), &url.host(), body, now);
            let signature = crypto.rsa_sign(&key.private_pkcs8, unsigned.base.as_bytes()).await?;
            Ok(cavage::headers(unsigned, &key.key_id, &signature))
        }
        Spec::Rfc9421 => {
            let unsigned = rfc9421::unsigned(method, url.as_str(), &key.key_id, body, now);
            let signature = crypto.rsa_sign(&key.private_pkcs8, unsigned.base.as_bytes()).await?;
            Ok(rfc9421::headers(unsigned, &signature))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_no_longer_than_the_request() {
        let signed = |spec: Spec, covered: &[String]| {
            let names: Vec<String> = covered.iter().map(|n| format!("\"{n}\"")).collect();
            let mut request = Request { method: "POST".into(), path: "/inbox".into(), ..Request::default() };
            for name in ["x-long".to_owned()].into_iter().chain((0..40).map(|n| format!("x-{n}"))) {
                request.headers.add(&name, "x".repeat(1_000));
            }
            request.headers.add("date", Time(0).to_http());
            request.headers.add("digest", digest::digest(b""));
            request.headers.add("content-digest", digest::content_digest(b""));
            match spec {
                Spec::Cavage => request.headers.add(
                    "signature",
                    format!("keyId=\"https://b.example/k\",headers=\"(request-target) date digest {}\",signature=\"AAAA\"", covered.join(" ")),
                ),
                Spec::Rfc9421 => {
                    let names = names.join(" ");
                    let input = format!("(\"@method\" \"@target-uri\" \"content-digest\" {names});created=0;keyid=\"https://b.example/k\"");
                    request.headers.add("signature-input", format!("a={input}, b={input}"));
                    request.headers.add("signature", "a=:AAAA:, b=:AAAA:");
                }
            }
            prepare(&request, "https://a.example", Time(0))
        };
        for spec in [Spec::Cavage, Spec::Rfc9421] {
            let some: Vec<String> = (0..MAX_COVERED - 3).map(|n| format!("x-{n}")).collect();
            assert!(signed(spec, &some).is_ok());
            let more: Vec<String> = (0..MAX_COVERED).map(|n| format!("x-{n}")).collect();
            assert_eq!(signed(spec, &more).unwrap_err().status(), 400);
            assert_eq!(signed(spec, &vec!["x-long".to_owned(); 2]).unwrap_err().status(), 400);
        }
    }

    #[test]
    fn a_request_is_signed_by_either_header() {
        let with = |name: &str, value: &str| {
            let mut request = Request::default();
            request.headers.add(name, value);
            is_signed(&request)
        };
        assert!(with("signature", "keyId=\"k\"") && with("authorization", "Signature keyId=\"k\""));
        assert!(with("authorization", " SIGNATURE keyId=\"k\""));
        assert!(!with("authorization", "Bearer x") && !with("authorization", "Signatures x"));
        assert!(!is_signed(&Request::default()));
    }

    #[test]
    fn a_signature_is_valid_for_five_minutes_or_as_it_says_and_clocks_differ_by_an_hour() {
        let now = Time(1_700_000_000_000);
        let is_valid = |created: i64, expires: Option<i64>| {
            check_window(now.plus(created), expires.map(|at| now.plus(at)), now).is_ok()
        };
        for (created, expires) in
            [(HOUR, None), (-HOUR - 5 * MINUTE, None), (-2 * HOUR, Some(-HOUR)), (-13 * HOUR, Some(HOUR))]
        {
            assert!(is_valid(created, expires), "{created} {expires:?}");
        }
        for (created, expires) in [
            (HOUR + 1, None),
            (HOUR + 1, Some(2 * HOUR)),
            (-HOUR - 5 * MINUTE - 1, None),
            (-2 * HOUR, Some(-HOUR - 1)),
            (-13 * HOUR - 1, Some(HOUR)),
        ] {
            assert!(!is_valid(created, expires), "{created} {expires:?}");
        }
    }
}
