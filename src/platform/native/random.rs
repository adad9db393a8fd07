use std::cell::Cell;
use std::rc::Rc;

use base64::Engine as _;

/// Seeded: the same seed gives the same run (splitmix64). Clones share one sequence.
#[derive(Clone)]
pub struct Random(Rc<Cell<u64>>);

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self(Rc::new(Cell::new(seed)))
    }

    pub fn u64(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `n`, exclusive.
    pub fn below(&self, n: u64) -> u64 {
        self.u64() % n.max(1)
    }

    pub fn bytes(&self, n: usize) -> Vec<u8> {
        (0..n.div_ceil(8)).flat_map(|_| self.u64().to_le_bytes()).take(n).collect()
    }

    /// 43 characters of base64url: 32 random bytes.
    pub fn token(&self) -> String {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes(32))
    }
}
