//! Pages in SQL: read within a budget of bytes, and past unreadable rows.

use super::Query;
use crate::error::{Error, Result};
use crate::model::id::{Id, MAX};
use crate::model::page::{Listed, Page};
use crate::platform::sql::{Row, Statement};

/// A list ends with the row that reaches this number of bytes, whatever its limit, since remote texts decide
/// the length of rows (within model/bounds.rs). A response has at most two such lists, and each row is
/// shorter than this.
pub const BUDGET: i64 = 500_000;

/// The bounds of a page's ids, both exclusive.
pub fn bounds(page: &Page) -> (i64, i64) {
    (page.max_id.map_or(MAX, |id| id.0), page.lower().map_or(0, |id| id.0))
}

/// A page of a table by its ids, the newest first. `sql`: a SELECT without a WHERE, with the id as the column `cursor`.
pub fn by_id<T: 'static>(sql: &str, page: &Page, read: fn(&Row) -> Result<T>) -> Query<Listed<T>> {
    let (max, min) = bounds(page);
    let sql = format!("{sql} WHERE id < ?1 AND id > ?2 ORDER BY id {} LIMIT ?3", direction(page));
    Query::page(Statement::new(sql).bind(max).bind(min).bind(page.limit), page.limit, read)
}

/// The order of a page's rows in SQL.
pub fn direction(page: &Page) -> &'static str {
    if page.is_upward() { "ASC" } else { "DESC" }
}

/// How many rows are read to fill a page: for a viewer enough for full pages, for anonymous requests so few
/// that none is much more expensive than another. Their page may be short; the next one begins where it ends.
pub fn reach(viewer: Option<Id>, person: usize, stranger: usize) -> usize {
    if viewer.is_some() { person } else { stranger }
}

/// Limits `sql` to [`BUDGET`]: `size`, an expression over its columns with a row's bytes in the response
/// ([`lengths`]), is summed row by row in the order of `sql`. Costs one row read for each.
///
/// The window has no ORDER BY on purpose: it takes the rows in their order without sorting, so that a page is
/// cut at its far end in either direction.
pub fn within_budget(sql: &str, size: &str) -> String {
    within(sql, size, BUDGET)
}

/// Like [`within_budget`], with another budget.
///
/// `LIMIT -1 OFFSET 0` changes no row: it keeps SQLite from merging `sql` into the query around it, where it would work
/// out each column once for the answer and once more for its length.
pub fn within(sql: &str, size: &str, budget: i64) -> String {
    format!(
        "SELECT * FROM (SELECT *, {size} AS own, sum({size}) OVER (ROWS UNBOUNDED PRECEDING) AS total \
         FROM (SELECT * FROM ({sql}) LIMIT -1 OFFSET 0)) \
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

/// Whether [`within_budget`] cut off what follows these rows (or would have).
pub fn is_cut(rows: &[Row]) -> bool {
    rows.last().and_then(|row| row.opt_int("total").ok().flatten()).is_some_and(|total| total >= BUDGET)
}

/// A decoded row; `None` if it is unreadable, which is logged.
pub fn readable<T>(row: &Row, read: fn(&Row) -> Result<T>) -> Option<T> {
    read(row).inspect_err(|error| log_unreadable(row, error)).ok()
}

fn log_unreadable(row: &Row, error: &Error) {
    let name = ["id", "cursor"].iter().find_map(|c| row.opt_int(c).ok().flatten());
    let error: String = error.to_string().chars().take(200).collect();
    crate::platform::log(&format!("row {}: passed by: {error}", name.unwrap_or_default()));
}

/// The rows with their cursors, from new to old.
fn by_cursor(rows: &[Row]) -> Vec<(Id, &Row)> {
    let mut all: Vec<_> = rows.iter().filter_map(|row| Some((row.id("cursor").ok()?, row))).collect();
    all.sort_by_key(|(cursor, _)| std::cmp::Reverse(*cursor));
    all
}

/// Reads a page of rows that have a `cursor`; `limit` is the requested number.
pub fn read_page<T>(rows: &[Row], limit: usize, read: fn(&Row) -> Result<T>) -> Listed<T> {
    let cursors: Vec<Id> = rows.iter().filter_map(|row| row.id("cursor").ok()).collect();
    let items = by_cursor(rows).into_iter().filter_map(|(_, row)| readable(row, read)).collect();
    let is_cut = is_cut(rows);
    Listed { items, cursors, goes_on: is_cut || rows.len() >= limit, is_cut }
}
