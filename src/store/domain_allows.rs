//! domain_allows: domains that may federate while only allowed ones may (the setting `allow_list`).

use super::Query;
use crate::error::Result;
use crate::model::domain_block::DomainAllow;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::platform::sql::{Row, Statement};
use crate::store::pages::{bounds, direction};

/// More are not shown on a page.
pub const MOST: usize = 1_000;

fn read(row: &Row) -> Result<DomainAllow> {
    Ok(DomainAllow { id: row.id("id")?, domain: row.text("domain")?, created_at: row.time("created_at")? })
}

/// By name, at most [`MOST`].
pub fn all() -> Query<Vec<DomainAllow>> {
    Query::all(
        Statement::new("SELECT id, domain, created_at FROM domain_allows ORDER BY domain LIMIT ?1")
            .bind(MOST),
        read,
    )
}

/// A page, by id.
pub fn page(page: &Page) -> Query<Vec<DomainAllow>> {
    let (max, min) = bounds(page);
    Query::all(
        Statement::new(format!(
            "SELECT id, domain, created_at FROM domain_allows WHERE id < ?1 AND id > ?2 ORDER BY id {} LIMIT ?3",
            direction(page)
        ))
        .bind(max)
        .bind(min)
        .bind(page.limit),
        read,
    )
}

pub fn by_id(id: Id) -> Query<Option<DomainAllow>> {
    Query::first(
        Statement::new("SELECT id, domain, created_at FROM domain_allows WHERE id = ?1").bind(id),
        read,
    )
}

pub fn by_domain(domain: &str) -> Query<Option<DomainAllow>> {
    Query::first(
        Statement::new("SELECT id, domain, created_at FROM domain_allows WHERE domain = ?1").bind(domain),
        read,
    )
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
