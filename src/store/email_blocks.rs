//! email_domain_blocks and canonical_email_blocks.

use super::{Query, pages};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::platform::sql::{Row, Statement};

/// A provider whose addresses nobody signs up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailDomain {
    pub id: Id,
    pub domain: String,
    /// One may, but waits for staff.
    pub allows_with_approval: bool,
}

fn read_domain(row: &Row) -> Result<EmailDomain> {
    Ok(EmailDomain {
        id: row.id("cursor")?,
        domain: row.text("domain")?,
        allows_with_approval: row.bool("allows_with_approval")?,
    })
}

const DOMAINS: &str = "SELECT id AS cursor, domain, allows_with_approval FROM email_domain_blocks";

pub fn domains(page: &Page) -> Query<Listed<EmailDomain>> {
    pages::by_id(DOMAINS, page, read_domain)
}

pub fn domain(id: Id) -> Query<Option<EmailDomain>> {
    Query::first(Statement::new(format!("{DOMAINS} WHERE id = ?1")).bind(id), read_domain)
}

/// Answers a row, unless there are `most` already. The batch fails where the domain is blocked.
pub fn insert_domain(b: &EmailDomain, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO email_domain_blocks (id, domain, allows_with_approval) SELECT ?1, ?2, ?3 \
         WHERE (SELECT count(*) FROM email_domain_blocks) < ?4 RETURNING id",
    )
    .bind(b.id)
    .bind(&b.domain)
    .bind(b.allows_with_approval)
    .bind(most)
}

pub fn delete_domain(id: Id) -> Statement {
    Statement::new("DELETE FROM email_domain_blocks WHERE id = ?1 RETURNING id").bind(id)
}

/// An address that nobody signs up with, by the hash of its canonical form.
pub type Canonical = (Id, String);

fn read_canonical(row: &Row) -> Result<Canonical> {
    Ok((row.id("cursor")?, row.text("hash")?))
}

const CANONICAL: &str = "SELECT id AS cursor, hash FROM canonical_email_blocks";

pub fn canonical(page: &Page) -> Query<Listed<Canonical>> {
    pages::by_id(CANONICAL, page, read_canonical)
}

pub fn canonical_by_id(id: Id) -> Query<Option<Canonical>> {
    Query::first(Statement::new(format!("{CANONICAL} WHERE id = ?1")).bind(id), read_canonical)
}

pub fn canonical_by_hash(hash: &str) -> Query<Option<Canonical>> {
    Query::first(Statement::new(format!("{CANONICAL} WHERE hash = ?1")).bind(hash), read_canonical)
}

/// Answers a row, unless there are `most` already. The batch fails where the address is blocked.
pub fn insert_canonical(id: Id, hash: &str, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO canonical_email_blocks (id, hash) SELECT ?1, ?2 WHERE (SELECT count(*) FROM canonical_email_blocks) < ?3 RETURNING id",
    )
    .bind(id)
    .bind(hash)
    .bind(most)
}

pub fn delete_canonical(id: Id) -> Statement {
    Statement::new("DELETE FROM canonical_email_blocks WHERE id = ?1 RETURNING id").bind(id)
}
