//! What part of a list is asked for.

use super::id::Id;

/// All cursors are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub max_id: Option<Id>,
    /// From the top down to here.
    pub since_id: Option<Id>,
    /// From here upwards: the nearest come first in the choice, though not in the answer.
    pub min_id: Option<Id>,
    pub limit: usize,
    pub offset: usize,
}

impl Page {
    /// The newest `limit`.
    pub fn first(limit: usize) -> Self {
        Self { max_id: None, since_id: None, min_id: None, limit, offset: 0 }
    }

    /// The lower cursor of either kind.
    pub fn lower(&self) -> Option<Id> {
        self.min_id.or(self.since_id)
    }

    pub fn is_upward(&self) -> bool {
        self.min_id.is_some()
    }
}
