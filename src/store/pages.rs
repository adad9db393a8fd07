//! A page of ids in SQL.

use crate::model::id::{Id, MAX};
use crate::model::page::Page;

/// The ids that a page lies between, both exclusive.
pub fn bounds(page: &Page) -> (i64, i64) {
    (page.max_id.map_or(MAX, |id| id.0), page.lower().map_or(0, |id| id.0))
}

/// How the rows of a page are ordered on their way.
pub fn direction(page: &Page) -> &'static str {
    if page.is_upward() { "ASC" } else { "DESC" }
}

/// How far a list looks for its page, in rows: a person far enough for full pages, a stranger so far that no question
/// costs more of the day's rows than another. A stranger's page may be short; the next begins where it ends.
pub fn reach(viewer: Option<Id>, person: usize, stranger: usize) -> usize {
    if viewer.is_some() { person } else { stranger }
}
