//! What became of a status's way to other servers.

/// So many servers of each kind are named.
pub const NAMED: usize = 20;

/// How many servers a status was for, and those that do not have it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    pub servers: usize,
    pub refused_count: usize,
    /// (domain, why), by name: the first [`NAMED`].
    pub refused: Vec<(String, String)>,
    pub trying_count: usize,
    /// Domains that are still to get it: [`NAMED`] of them.
    pub trying: Vec<String>,
    /// How many do not have it, each counted once.
    pub missing: usize,
}

impl Receipt {
    /// How many have it.
    pub fn delivered(&self) -> usize {
        self.servers.saturating_sub(self.missing)
    }
}
