//! A key pair as both platforms make it.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// PKCS#8 DER. Never stored or logged unsealed.
    pub private_pkcs8: Vec<u8>,
    /// SubjectPublicKeyInfo DER.
    pub public_spki: Vec<u8>,
}
