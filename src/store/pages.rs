//! A page of ids in SQL.

use crate::model::id::MAX;
use crate::model::page::Page;

/// The ids that a page lies between, both exclusive.
pub fn bounds(page: &Page) -> (i64, i64) {
    (page.max_id.map_or(MAX, |id| id.0), page.lower().map_or(0, |id| id.0))
}

/// How the rows of a page are ordered on their way.
pub fn direction(page: &Page) -> &'static str {
    if page.is_upward() { "ASC" } else { "DESC" }
}
