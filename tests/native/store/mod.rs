//! The database: schema, upgrades, query plans, bounds of reads.

pub mod broken_rows;
pub mod page_bounds;
pub mod plans;
pub mod retention;
mod rows_of_others;
pub mod schema;
mod search;
mod threads;
pub mod upgrade;
mod uris;
