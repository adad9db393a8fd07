//! The database: schema, upgrades, plans of queries.

pub mod plans;
pub mod schema;
pub mod upgrade;
