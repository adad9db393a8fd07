//! Delivery receipts of statuses.

/// Maximum number of domains listed of each kind.
pub const NAMED: usize = 20;

/// The number of servers of a status, and those that do not have it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    pub servers: usize,
    pub refused_count: usize,
    /// Failed: (domain, reason), by name: the first [`NAMED`].
    pub refused: Vec<(String, String)>,
    pub trying_count: usize,
    /// Pending domains: the first [`NAMED`].
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
