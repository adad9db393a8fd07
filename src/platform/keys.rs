//! Keys, the same for both platforms.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// PKCS#8 DER. Never stored or logged unencrypted.
    pub private_pkcs8: Vec<u8>,
    /// SubjectPublicKeyInfo DER.
    pub public_spki: Vec<u8>,
}

/// Bytes of an uncompressed point of P-256.
pub const POINT: usize = 65;

/// A key of P-256 (ES256).
#[derive(Clone, PartialEq, Eq)]
pub struct P256 {
    /// Never stored or logged unencrypted.
    pub private: [u8; 32],
    /// The public half, an uncompressed point.
    pub point: [u8; POINT],
}

/// A key agreement on P-256 with a new key, which nobody else gets to know.
#[derive(Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The public half of the new key, an uncompressed point.
    pub own: [u8; POINT],
    pub shared: [u8; 32],
}
