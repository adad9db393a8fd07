use base64::Engine as _;

/// The runtime's random numbers.
#[derive(Clone, Copy, Default)]
pub struct Random;

impl Random {
    pub fn u64(&self) -> u64 {
        let mut bytes = [0; 8];
        fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    pub fn bytes(&self, n: usize) -> Vec<u8> {
        let mut bytes = vec![0; n];
        fill(&mut bytes);
        bytes
    }

    /// 43 characters of base64url: 32 random bytes.
    pub fn token(&self) -> String {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes(32))
    }
}

/// `crypto.getRandomValues` does not fail for so few bytes; without randomness nothing can go on.
fn fill(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        std::process::abort();
    }
}
