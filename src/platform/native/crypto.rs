use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use ed25519_dalek::VerifyingKey;
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePublicKey};
use rsa::{PrivateKey, PublicKey};
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::platform::keys::KeyPair;

/// RSA keys for tests, since generating them takes longer than most tests.
const TEST_KEYS: [&[u8]; 12] = [
    include_bytes!("test_keys/01.der"),
    include_bytes!("test_keys/02.der"),
    include_bytes!("test_keys/03.der"),
    include_bytes!("test_keys/04.der"),
    include_bytes!("test_keys/05.der"),
    include_bytes!("test_keys/06.der"),
    include_bytes!("test_keys/07.der"),
    include_bytes!("test_keys/08.der"),
    include_bytes!("test_keys/09.der"),
    include_bytes!("test_keys/10.der"),
    include_bytes!("test_keys/11.der"),
    include_bytes!("test_keys/12.der"),
];

thread_local! {
    static PRIVATE: RefCell<HashMap<Vec<u8>, Rc<PrivateKey>>> = RefCell::default();
    static PUBLIC: RefCell<HashMap<Vec<u8>, Rc<PublicKey>>> = RefCell::default();
}

#[derive(Clone, Default)]
pub struct Crypto {
    next: Rc<Cell<usize>>,
    is_heavy_broken: Rc<Cell<bool>>,
}

impl Crypto {
    /// Returns the test keys in turn, from the `first`.
    pub fn from_key(first: usize) -> Self {
        Self { next: Rc::new(Cell::new(first)), ..Self::default() }
    }

    /// From now on what is done elsewhere, where heavy work is done, fails, as with a Durable Object that does not answer.
    pub fn break_heavy(&self, is_broken: bool) {
        self.is_heavy_broken.set(is_broken);
    }

    pub async fn rsa_generate(&self) -> Result<KeyPair> {
        let n = self.next.get();
        self.next.set(n + 1);
        let private = TEST_KEYS[n % TEST_KEYS.len()];
        let public = private_key(private)?.to_public_key();
        let spki = public.to_public_key_der().map_err(|e| Error::internal(format!("spki: {e}")))?;
        Ok(KeyPair { private_pkcs8: private.to_vec(), public_spki: spki.as_bytes().to_vec() })
    }

    pub async fn rsa_sign(&self, private_pkcs8: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        private_key(private_pkcs8)?
            .pkcs1v15_sign::<Sha256>(data)
            .map_err(|e| Error::internal(format!("rsa: {e}")))
    }

    pub async fn rsa_verify(&self, public_spki: &[u8], data: &[u8], signature: &[u8]) -> Result<bool> {
        let known = PUBLIC.with_borrow(|all| all.get(public_spki).cloned());
        let key = match known {
            Some(key) => key,
            None => {
                let Ok(key) = PublicKey::from_public_key_der(public_spki) else { return Ok(false) };
                let key = Rc::new(key);
                PUBLIC.with_borrow_mut(|all| all.insert(public_spki.to_vec(), key.clone()));
                key
            }
        };
        Ok(key.pkcs1v15_verify::<Sha256>(data, signature).is_ok())
    }

    pub async fn ed25519_verify(&self, public: &[u8; 32], data: &[u8], signature: &[u8]) -> Result<bool> {
        let (Ok(key), Ok(signature)) =
            (VerifyingKey::from_bytes(public), ed25519_dalek::Signature::from_slice(signature))
        else {
            return Ok(false);
        };
        Ok(key.verify_strict(data, &signature).is_ok())
    }

    /// PBKDF2-HMAC-SHA-256, 32 bytes; with a thousandth of the iterations, to keep tests fast.
    ///
    /// Error: `Platform` after [`Self::break_heavy`].
    pub async fn password_hash(&self, password: &[u8], salt: &[u8], iterations: u32) -> Result<Vec<u8>> {
        if self.is_heavy_broken.get() {
            return Err(Error::Platform("the object for heavy work does not answer".into()));
        }
        let mut out = vec![0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, (iterations / 1000).max(1), &mut out);
        Ok(out)
    }

    pub async fn seal(&self, key: &[u8; 32], nonce: &[u8; 12], plain: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        Aes256Gcm::new(key.into())
            .encrypt(&Nonce::from(*nonce), Payload { msg: plain, aad })
            .map_err(|_| Error::internal("sealing failed"))
    }

    pub async fn open(&self, key: &[u8; 32], nonce: &[u8; 12], sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        Aes256Gcm::new(key.into())
            .decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad })
            .map_err(|_| Error::internal("a sealed secret does not open"))
    }
}

fn private_key(pkcs8: &[u8]) -> Result<Rc<PrivateKey>> {
    if let Some(key) = PRIVATE.with_borrow(|all| all.get(pkcs8).cloned()) {
        return Ok(key);
    }
    let key = PrivateKey::from_pkcs8_der(pkcs8).map_err(|e| Error::internal(format!("pkcs8: {e}")))?;
    let key = Rc::new(key);
    PRIVATE.with_borrow_mut(|all| all.insert(pkcs8.to_vec(), key.clone()));
    Ok(key)
}
