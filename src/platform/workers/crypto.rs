use std::cell::RefCell;
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};
use wasm_bindgen::JsValue;

use super::{heavy, subtle};
use crate::error::{Error, Result};
use crate::platform::keys::{Agreement, KeyPair, P256, POINT};

thread_local! {
    /// Imported keys by the hash of their encoded form.
    static KEYS: RefCell<HashMap<[u8; 32], JsValue>> = RefCell::default();
}

const MAX_KEYS: usize = 500;

/// WebCrypto; heavy work goes to the Durable Object if there is one.
#[derive(Clone)]
pub struct Crypto {
    env: worker::Env,
}

async fn imported(format: &str, data: &[u8], algorithm: &JsValue, uses: &[&str]) -> Result<JsValue> {
    let name: [u8; 32] = Sha256::new().chain_update(format).chain_update(data).finalize().into();
    if let Some(key) = KEYS.with_borrow(|keys| keys.get(&name).cloned()) {
        return Ok(key);
    }
    let key = subtle::import(format, data, algorithm, uses).await?;
    KEYS.with_borrow_mut(|keys| {
        if keys.len() >= MAX_KEYS {
            keys.clear();
        }
        keys.insert(name, key.clone());
    });
    Ok(key)
}

impl Crypto {
    pub fn new(env: worker::Env) -> Self {
        Self { env }
    }

    pub async fn rsa_generate(&self) -> Result<KeyPair> {
        heavy::rsa_generate(&self.env).await
    }

    pub async fn password_hash(&self, password: &[u8], salt: &[u8], iterations: u32) -> Result<Vec<u8>> {
        heavy::password_hash(&self.env, password, salt, iterations).await
    }

    pub async fn rsa_sign(&self, private_pkcs8: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        let algorithm = subtle::rsa();
        let key = imported("pkcs8", private_pkcs8, &algorithm, &["sign"]).await?;
        subtle::sign(&algorithm, &key, data).await
    }

    pub async fn rsa_verify(&self, public_spki: &[u8], data: &[u8], signature: &[u8]) -> Result<bool> {
        let algorithm = subtle::rsa();
        let Ok(key) = imported("spki", public_spki, &algorithm, &["verify"]).await else { return Ok(false) };
        Ok(subtle::verify(&algorithm, &key, signature, data).await.unwrap_or(false))
    }

    pub async fn ed25519_verify(&self, public: &[u8; 32], data: &[u8], signature: &[u8]) -> Result<bool> {
        let algorithm = subtle::object(&[("name", "Ed25519".into())]);
        let Ok(key) = imported("raw", public, &algorithm, &["verify"]).await else { return Ok(false) };
        Ok(subtle::verify(&algorithm, &key, signature, data).await.unwrap_or(false))
    }

    pub async fn p256_generate(&self) -> Result<P256> {
        let (private, public) = subtle::generate(&curve("ECDSA"), true, &["sign", "verify"]).await?;
        let number = BASE64.decode(subtle::export_number(&private).await?).unwrap_or_default();
        Ok(P256 { private: sized(number)?, point: sized(subtle::export("raw", &public).await?)? })
    }

    /// `None` where `theirs` is no point of the curve.
    pub async fn p256_agree(&self, theirs: &[u8]) -> Result<Option<Agreement>> {
        let algorithm = curve("ECDH");
        let Ok(theirs) = subtle::import("raw", theirs, &algorithm, &[]).await else { return Ok(None) };
        let (private, public) = subtle::generate(&algorithm, false, &["deriveBits"]).await?;
        let with = subtle::object(&[("name", "ECDH".into()), ("public", theirs)]);
        let shared = subtle::derive_bits(&with, &private, 256).await?;
        Ok(Some(Agreement { own: sized(subtle::export("raw", &public).await?)?, shared: sized(shared)? }))
    }

    /// Whether these are the bytes of an uncompressed point of the curve.
    pub async fn is_p256_point(&self, point: &[u8]) -> Result<bool> {
        Ok(point.len() == POINT && subtle::import("raw", point, &curve("ECDH"), &[]).await.is_ok())
    }

    /// ES256 (RFC 7518, section 3.4).
    pub async fn p256_sign(&self, key: &P256, data: &[u8]) -> Result<Vec<u8>> {
        let der = [PKCS8_PRIVATE, key.private.as_slice(), PKCS8_PUBLIC, key.point.as_slice()].concat();
        let key = imported("pkcs8", &der, &curve("ECDSA"), &["sign"]).await?;
        subtle::sign(&ecdsa(), &key, data).await
    }

    /// HMAC-SHA-1, 20 bytes: for codes of authenticator apps.
    pub async fn hmac_sha1(&self, key: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        let algorithm = subtle::object(&[("name", "HMAC".into()), ("hash", "SHA-1".into())]);
        // Used once: it is not kept.
        let key = subtle::import("raw", key, &algorithm, &["sign"]).await?;
        subtle::sign(&algorithm, &key, data).await
    }

    /// Whether a signature (ES256, two numbers) is of the key with this uncompressed point.
    pub async fn p256_verify(&self, point: &[u8], data: &[u8], signature: &[u8]) -> Result<bool> {
        let Ok(key) = imported("raw", point, &curve("ECDSA"), &["verify"]).await else { return Ok(false) };
        Ok(subtle::verify(&ecdsa(), &key, signature, data).await.unwrap_or(false))
    }

    /// AES-GCM; the key has 16 or 32 bytes.
    pub async fn seal(&self, key: &[u8], nonce: &[u8; 12], plain: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        let (algorithm, key) = aes(key, nonce, aad).await?;
        subtle::encrypt(&algorithm, &key, plain).await
    }

    pub async fn open(&self, key: &[u8], nonce: &[u8; 12], sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        let (algorithm, key) = aes(key, nonce, aad).await?;
        subtle::decrypt(&algorithm, &key, sealed).await
    }
}

/// PKCS#8 of a key of P-256: what stands before its number, and between that and its point (RFC 5208, RFC 5915).
const PKCS8_PRIVATE: &[u8] = b"\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x04\x6d\x30\x6b\x02\x01\x01\x04\x20";
const PKCS8_PUBLIC: &[u8] = b"\xa1\x44\x03\x42\x00";

fn curve(name: &str) -> JsValue {
    subtle::object(&[("name", name.into()), ("namedCurve", "P-256".into())])
}

fn ecdsa() -> JsValue {
    subtle::object(&[("name", "ECDSA".into()), ("hash", "SHA-256".into())])
}

fn sized<const N: usize>(bytes: Vec<u8>) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| Error::internal("a key has another length"))
}

async fn aes(key: &[u8], nonce: &[u8; 12], aad: &[u8]) -> Result<(JsValue, JsValue)> {
    let key =
        imported("raw", key, &subtle::object(&[("name", "AES-GCM".into())]), &["encrypt", "decrypt"]).await?;
    let algorithm = subtle::object(&[
        ("name", "AES-GCM".into()),
        ("iv", subtle::bytes(nonce).into()),
        ("additionalData", subtle::bytes(aad).into()),
    ]);
    Ok((algorithm, key))
}
