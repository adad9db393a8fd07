//! Who sends a push message: VAPID (RFC 8292).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

use crate::error::Result;
use crate::platform::Crypto;
use crate::platform::keys::P256;

/// A signed token (RFC 7519, ES256) for the push service at `origin`, valid until `expires_at` (seconds since 1970), which
/// is at most a day from now. `contact` is a mailto: or https: address of the operator (RFC 8292, section 2).
pub async fn token(
    crypto: &Crypto,
    key: &P256,
    origin: &str,
    contact: &str,
    expires_at: i64,
) -> Result<String> {
    let head = json!({"typ": "JWT", "alg": "ES256"}).to_string();
    let claims = json!({"aud": origin, "exp": expires_at, "sub": contact}).to_string();
    let signed = format!("{}.{}", BASE64.encode(head), BASE64.encode(claims));
    let signature = crypto.p256_sign(key, signed.as_bytes()).await?;
    Ok(format!("{signed}.{}", BASE64.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::signature::Verifier;
    use p256::ecdsa::{Signature, VerifyingKey};

    /// The example of RFC 8292, section 2.4: key and token.
    const KEY: &str =
        "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
    const TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1Mj\
        M3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA";

    fn is_valid(point: &[u8], token: &str) -> bool {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = Signature::from_slice(&BASE64.decode(signature).unwrap()).unwrap();
        VerifyingKey::from_sec1_bytes(point).unwrap().verify(signed.as_bytes(), &signature).is_ok()
    }

    #[test]
    fn tokens_as_rfc_8292() {
        assert!(is_valid(&BASE64.decode(KEY).unwrap(), TOKEN));
        let crypto = Crypto::default();
        let key = pollster::block_on(crypto.p256_generate()).unwrap();
        let making =
            token(&crypto, &key, "https://push.example.net", "mailto:push@example.com", 1_453_523_768);
        let made = pollster::block_on(making).unwrap();
        // The signature has a random part, the rest is the example's.
        let signed = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
        let claims = |token: &str| -> serde_json::Value {
            serde_json::from_slice(&BASE64.decode(signed(token).split_once('.').unwrap().1).unwrap()).unwrap()
        };
        assert_eq!(claims(&made), claims(TOKEN));
        let head: serde_json::Value =
            serde_json::from_slice(&BASE64.decode(made.split('.').next().unwrap()).unwrap()).unwrap();
        assert_eq!(head, json!({"typ": "JWT", "alg": "ES256"}));
        assert!(is_valid(&key.point, &made));
        assert!(!is_valid(&BASE64.decode(KEY).unwrap(), &made));
    }
}
