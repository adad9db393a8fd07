use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm, Nonce};
use ed25519_dalek::VerifyingKey;
use hmac::{Hmac, Mac as _};
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey as PointKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey as Point, SecretKey};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePublicKey};
use rsa::{PrivateKey, PublicKey};
use sha1::Sha1;
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::platform::keys::{Agreement, KeyPair, P256, POINT};

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

    pub async fn p256_generate(&self) -> Result<P256> {
        let key = random_p256();
        Ok(P256 { private: key.to_bytes().into(), point: point(&key) })
    }

    /// `None` where `theirs` is no point of the curve.
    pub async fn p256_agree(&self, theirs: &[u8]) -> Result<Option<Agreement>> {
        let Ok(theirs) = Point::from_sec1_bytes(theirs) else { return Ok(None) };
        let key = random_p256();
        let shared = *key.diffie_hellman(&theirs).raw_secret_bytes();
        Ok(Some(Agreement { own: point(&key), shared: shared.into() }))
    }

    /// Whether these are the bytes of an uncompressed point of the curve.
    pub async fn is_p256_point(&self, point: &[u8]) -> Result<bool> {
        Ok(point.len() == POINT && Point::from_sec1_bytes(point).is_ok())
    }

    /// ES256 (RFC 7518, section 3.4).
    pub async fn p256_sign(&self, key: &P256, data: &[u8]) -> Result<Vec<u8>> {
        let key = SecretKey::from_slice(&key.private).map_err(|_| Error::internal("no number of P-256"))?;
        let signature: Signature = SigningKey::from(key).sign(data);
        Ok(signature.to_bytes().to_vec())
    }

    /// HMAC-SHA-1, 20 bytes: for codes of authenticator apps.
    pub async fn hmac_sha1(&self, key: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        let mac = <Hmac<Sha1> as hmac::KeyInit>::new_from_slice(key);
        let mac = mac.map_err(|e| Error::internal(format!("hmac: {e}")))?;
        Ok(mac.chain_update(data).finalize().into_bytes().to_vec())
    }

    /// Whether a signature (ES256, two numbers) is of the key with this uncompressed point.
    pub async fn p256_verify(&self, point: &[u8], data: &[u8], signature: &[u8]) -> Result<bool> {
        let (Ok(key), Ok(signature)) = (PointKey::from_sec1_bytes(point), Signature::from_slice(signature))
        else {
            return Ok(false);
        };
        Ok(key.verify(data, &signature).is_ok())
    }

    /// AES-GCM; the key has 16 or 32 bytes.
    pub async fn seal(&self, key: &[u8], nonce: &[u8; 12], plain: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        let (nonce, data) = (Nonce::from(*nonce), Payload { msg: plain, aad });
        let failed = || Error::internal("sealing failed");
        match Aes128Gcm::new_from_slice(key) {
            Ok(cipher) => cipher.encrypt(&nonce, data),
            Err(_) => Aes256Gcm::new_from_slice(key).map_err(|_| failed())?.encrypt(&nonce, data),
        }
        .map_err(|_| failed())
    }

    pub async fn open(&self, key: &[u8], nonce: &[u8; 12], sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
        let failed = || Error::internal("a sealed secret does not open");
        let cipher = Aes256Gcm::new_from_slice(key).map_err(|_| failed())?;
        cipher.decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad }).map_err(|_| failed())
    }
}

fn random_p256() -> SecretKey {
    let mut bytes = [0; 32];
    loop {
        getrandom::fill(&mut bytes).expect("the system has random numbers");
        // Of 2³² random numbers one is not below the order of the curve.
        if let Ok(key) = SecretKey::from_slice(&bytes) {
            return key;
        }
    }
}

fn point(key: &SecretKey) -> [u8; POINT] {
    key.public_key().to_sec1_point(false).as_bytes().try_into().expect("an uncompressed point has 65 bytes")
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
