//! What the filters of a reader do to a status: <https://docs.joinmastodon.org/user/moderating/#filters>.

use crate::model::filter::Filter;
use crate::model::id::Id;
use crate::model::status::StatusView;
use crate::model::time::Time;
use crate::services::publish::searchable;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filtered<'a> {
    No,
    /// Behind the title of a filter.
    Behind(&'a str),
    Hidden,
}

/// Who reads, and their filters.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pub id: Id,
    pub filters: &'a [Filter],
    pub now: Time,
}

impl<'a> Reader<'a> {
    /// What becomes of a status in a context: `home`, `thread` and so on. One's own is never filtered. Of a filter that covers
    /// files alone, one without files is not.
    pub fn filters(self, view: &StatusView, context: &str) -> Filtered<'a> {
        let proper = view.proper();
        if proper.account.id == self.id || self.filters.is_empty() {
            return Filtered::No;
        }
        let text = searchable(&proper.status).to_lowercase();
        let ids = [proper.status.id, view.status.id];
        let mut found = Filtered::No;
        let covering = self.filters.iter().filter(|f| f.is_in(context) && f.covers(&text, &ids, self.now));
        for filter in covering {
            match filter.action.as_str() {
                "hide" => return Filtered::Hidden,
                "blur" if proper.status.media.is_empty() => {}
                _ => found = Filtered::Behind(&filter.title),
            }
        }
        found
    }
}
