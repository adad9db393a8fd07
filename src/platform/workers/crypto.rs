use std::cell::RefCell;
use std::collections::HashMap;

use sha2::{Digest, Sha256};
use wasm_bindgen::JsValue;

use super::{heavy, subtle};
use crate::error::Result;
use crate::platform::keys::KeyPair;

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

    pub async fn seal(&self, key: &[u8; 32], nonce: &[u8; 12], plain: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        let (algorithm, key) = aes(key, nonce, aad).await?;
        subtle::encrypt(&algorithm, &key, plain).await
    }

    pub async fn open(&self, key: &[u8; 32], nonce: &[u8; 12], sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        let (algorithm, key) = aes(key, nonce, aad).await?;
        subtle::decrypt(&algorithm, &key, sealed).await
    }
}

async fn aes(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8]) -> Result<(JsValue, JsValue)> {
    let key =
        imported("raw", key, &subtle::object(&[("name", "AES-GCM".into())]), &["encrypt", "decrypt"]).await?;
    let algorithm = subtle::object(&[
        ("name", "AES-GCM".into()),
        ("iv", subtle::bytes(nonce).into()),
        ("additionalData", subtle::bytes(aad).into()),
    ]);
    Ok((algorithm, key))
}
