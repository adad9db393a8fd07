//! The database: schema, upgrades, plans of queries, bounds of what is read.

pub mod broken_rows;
pub mod page_bounds;
pub mod plans;
pub mod schema;
pub mod upgrade;
