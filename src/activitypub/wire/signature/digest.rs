//! Digests of bodies: `Digest` (RFC 3230) and `Content-Digest` (RFC 9530).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

fn of(body: &[u8]) -> String {
    BASE64.encode(Sha256::digest(body))
}

/// `SHA-256=…`
pub fn digest(body: &[u8]) -> String {
    format!("SHA-256={}", of(body))
}

/// `sha-256=:…:`
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", of(body))
}

/// Checks a Digest header: a list of algorithms in any case, with SHA-256 among them.
pub fn check_digest(header: &str, body: &[u8]) -> Result<()> {
    check(header, body, |value| Some(value))
}

/// Checks a Content-Digest header: a dictionary with sha-256 among its members.
pub fn check_content_digest(header: &str, body: &[u8]) -> Result<()> {
    check(header, body, |value| value.strip_prefix(':').and_then(|v| v.strip_suffix(':')))
}

fn check(header: &str, body: &[u8], unwrap: impl Fn(&str) -> Option<&str>) -> Result<()> {
    let entry = header
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("sha-256"))
        .ok_or_else(|| Error::Unauthorized("The digest has no SHA-256".into()))?;
    let bytes = unwrap(entry.1.trim())
        .and_then(|text| BASE64.decode(text).ok())
        .filter(|bytes| bytes.len() == 32)
        .ok_or_else(|| Error::bad_request("The digest does not parse"))?;
    if bytes != Sha256::digest(body).as_slice() {
        return Err(Error::Unauthorized("The digest is not that of the body".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fed_trap_50_any_case_any_company_but_sha_256() {
        let sum = of(b"hi");
        for good in [format!("SHA-256={sum}"), format!("sha-256={sum}"), format!("md5=x, SHA-256={sum}")] {
            assert!(check_digest(&good, b"hi").is_ok(), "{good}");
        }
        assert_eq!(check_digest(&digest(b"hi"), b"ho").unwrap_err().status(), 401);
        assert_eq!(check_digest("SHA-512=x", b"hi").unwrap_err().status(), 401);
        assert_eq!(check_digest("SHA-256=short", b"hi").unwrap_err().status(), 400);
        assert!(check_content_digest(&content_digest(b"hi"), b"hi").is_ok());
        assert_eq!(check_content_digest("sha-512=:eA==:", b"hi").unwrap_err().status(), 401);
        assert_eq!(check_content_digest("sha-256=eA==", b"hi").unwrap_err().status(), 400);
    }
}
