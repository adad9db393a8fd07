//! Pages in SQL, and how their rows are read: within a budget of bytes, and past what cannot be read.

use crate::error::Result;
use crate::model::id::{Id, MAX};
use crate::model::page::{Listed, Page};
use crate::platform::sql::{Row, Statement};

/// A list ends with the row that brings it to so many bytes, whatever its limit says: strangers choose how long a row
/// is, within model/bounds.rs. An answer has two such lists at most, and each row is shorter than this.
pub const BUDGET: i64 = 500_000;

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

/// As `sql`, as far as [`BUDGET`] goes: `size`, an expression over its columns that says what a row brings to the
/// answer ([`lengths`]), is added up row by row, in the order in which `sql` gives them. Costs one row read for each.
///
/// The window has no order of its own on purpose: it takes the rows as they come, without sorting them, so that a page
/// is cut at its far end whichever way it goes.
pub fn within_budget(sql: &str, size: &str) -> String {
    within(sql, size, BUDGET)
}

/// As [`within_budget`], of another budget.
pub fn within(sql: &str, size: &str, budget: i64) -> String {
    format!(
        "SELECT * FROM (SELECT *, {size} AS own, sum({size}) OVER (ROWS UNBOUNDED PRECEDING) AS total FROM ({sql})) \
         WHERE total - own < {budget}"
    )
}

/// The bytes of these columns together.
pub fn lengths(columns: &[&str]) -> String {
    columns.iter().map(|c| format!("ifnull(octet_length({c}),0)")).collect::<Vec<_>>().join("+")
}

/// A list of accounts in the column `account`, within the budget.
pub fn accounts_within_budget(sql: &str) -> Statement {
    Statement::new(within_budget(sql, "octet_length(account)+1500"))
}

/// Whether [`within_budget`] has cut off what came after these rows (or would have, had there been more).
pub fn is_cut(rows: &[Row]) -> bool {
    rows.last().and_then(|row| row.opt_int("total").ok().flatten()).is_some_and(|total| total >= BUDGET)
}

/// What a row holds; `None` where it cannot be read, which the log tells.
pub fn readable<T>(row: &Row, read: fn(&Row) -> Result<T>) -> Option<T> {
    match read(row) {
        Ok(found) => Some(found),
        Err(error) => {
            let name = ["id", "cursor"].iter().find_map(|c| row.opt_int(c).ok().flatten());
            let error: String = error.to_string().chars().take(200).collect();
            crate::platform::log(&format!("row {}: passed by: {error}", name.unwrap_or_default()));
            None
        }
    }
}

/// Reads a page of rows that have a `cursor`; `limit` is how many were asked for.
pub fn read_page<T>(rows: &[Row], limit: usize, read: fn(&Row) -> Result<T>) -> Listed<T> {
    let cursors: Vec<Id> = rows.iter().filter_map(|row| row.id("cursor").ok()).collect();
    let mut items: Vec<(Id, T)> =
        rows.iter().filter_map(|row| Some((row.id("cursor").ok()?, readable(row, read)?))).collect();
    items.sort_by_key(|(cursor, _)| std::cmp::Reverse(*cursor));
    let is_cut = is_cut(rows);
    Listed {
        items: items.into_iter().map(|(_, item)| item).collect(),
        cursors,
        goes_on: is_cut || rows.len() >= limit,
        is_cut,
    }
}
