//! A new key pair, the same for both platforms.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// PKCS#8 DER. Never stored or logged unencrypted.
    pub private_pkcs8: Vec<u8>,
    /// SubjectPublicKeyInfo DER.
    pub public_spki: Vec<u8>,
}
