//! Pages of lists.

use super::id::Id;
use super::status::StatusView;

/// All cursors are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub max_id: Option<Id>,
    /// From the newest down to here.
    pub since_id: Option<Id>,
    /// From here upwards: the nearest ones are selected, but the response is newest first.
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

/// A page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    pub items: Vec<T>,
    /// The cursors of all its rows, unordered, with those of unreadable rows, so that the next page begins
    /// after them.
    pub cursors: Vec<Id>,
    /// There are more: the page has as many rows as requested, or was cut at the limit of bytes.
    pub goes_on: bool,
    /// It was cut at the limit of bytes.
    pub is_cut: bool,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), cursors: Vec::new(), goes_on: false, is_cut: false }
    }
}

impl<T> std::ops::Deref for Listed<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for Listed<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// Cuts a page after the last of `items` whose status was read, if the statuses were cut at their budget; the
/// rest is left to the next page. `items` are in the order in which their statuses were read.
pub fn end_with_statuses<T>(
    items: &mut Vec<T>,
    views: &Listed<StatusView>,
    status_of: impl Fn(&T) -> Option<Id>,
) {
    if views.is_cut {
        let is_read = |item: &T| status_of(item).is_some_and(|id| views.iter().any(|v| v.status.id == id));
        let last = items.iter().rposition(is_read);
        items.truncate(last.map_or(0, |at| at + 1));
    }
}
