//! domain_allows: domains that may federate while only allowed ones may (the setting `allow_list`).

use super::{Query, pages};
use crate::error::Result;
use crate::model::domain_block::DomainAllow;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::platform::sql::{Row, Statement};

/// More are not shown on a page.
pub const MOST: usize = 1_000;

const ALL: &str = "SELECT id AS cursor, domain, created_at FROM domain_allows";

fn read(row: &Row) -> Result<DomainAllow> {
    Ok(DomainAllow {
        id: row.id("cursor")?,
        domain: row.text("domain")?,
        created_at: row.time("created_at")?,
    })
}

/// By name, at most [`MOST`].
pub fn all() -> Query<Vec<DomainAllow>> {
    Query::all(Statement::new(format!("{ALL} ORDER BY domain LIMIT ?1")).bind(MOST), read)
}

/// A page, by id.
pub fn page(page: &Page) -> Query<Listed<DomainAllow>> {
    pages::by_id(ALL, page, read)
}

pub fn by_id(id: Id) -> Query<Option<DomainAllow>> {
    Query::first(Statement::new(format!("{ALL} WHERE id = ?1")).bind(id), read)
}

pub fn by_domain(domain: &str) -> Query<Option<DomainAllow>> {
    Query::first(Statement::new(format!("{ALL} WHERE domain = ?1")).bind(domain), read)
}

/// Allows a domain, once.
pub fn insert(allow: &DomainAllow) -> Statement {
    Statement::new(
        "INSERT INTO domain_allows (id, domain, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (domain) DO NOTHING",
    )
    .bind(allow.id)
    .bind(&allow.domain)
    .bind(allow.created_at)
}

pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM domain_allows WHERE id = ?1").bind(id)
}
