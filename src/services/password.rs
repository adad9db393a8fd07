//! Passwords: PBKDF2-HMAC-SHA-256 over the peppered password.
//!
//! Stored as `pbkdf2-sha256$rounds$salt$hash` (base64url). WebCrypto on Workers allows at most 100,000
//! iterations a call and blocks the event loop meanwhile; see docs/cost.md.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::{Error, Result};

pub const ITERATIONS: u32 = 100_000;

/// The stored form of a new password.
pub async fn hash(app: &App, password: &str) -> Result<String> {
    let salt = app.random.bytes(16);
    let peppered = hmac_sha256(&app.config.pepper, password.as_bytes());
    let hash = app.crypto.password_hash(&peppered, &salt, ITERATIONS).await?;
    Ok(format!("pbkdf2-sha256${ITERATIONS}${}${}", BASE64.encode(salt), BASE64.encode(hash)))
}

/// Checks a password. Error: `Internal` where the stored form cannot be read.
pub async fn verify(app: &App, password: &str, stored: &str) -> Result<bool> {
    let broken = || Error::internal("a stored password is not readable");
    let mut parts = stored.split('$');
    let (Some("pbkdf2-sha256"), Some(rounds), Some(salt), Some(hash)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(broken());
    };
    let rounds: u32 = rounds.parse().map_err(|_| broken())?;
    let salt = BASE64.decode(salt).map_err(|_| broken())?;
    let hash = BASE64.decode(hash).map_err(|_| broken())?;
    let peppered = hmac_sha256(&app.config.pepper, password.as_bytes());
    let ours = app.crypto.password_hash(&peppered, &salt, rounds).await?;
    Ok(is_equal(&ours, &hash))
}

/// Takes the same time for any two inputs of one length.
pub fn is_equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}
