//! domains: the domains that accounts of this instance live on.

use std::collections::HashMap;

use super::Query;
use crate::model::id::Id;
use crate::model::site::Domain;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// All of them, the primary one first. Also of an older schema, since it is read before an upgrade.
pub fn all() -> Query<Vec<Domain>> {
    Query::all(Statement::new("SELECT * FROM domains ORDER BY is_primary DESC, id"), |row| {
        let is_set = |column| matches!(row.opt_int(column), Ok(Some(n)) if n != 0);
        Ok(Domain {
            id: row.id("id")?,
            handle_domain: row.text("handle_domain")?,
            web_origin: row.text("web_origin")?,
            is_primary: row.bool("is_primary")?,
            is_open: is_set("is_open"),
            is_verified: is_set("verified_at"),
            is_ended: is_set("ended_at"),
        })
    })
}

/// Adds a domain, unless there are `most` already.
pub fn insert(domain: &Domain, most: usize, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO domains (id, handle_domain, web_origin, is_primary, verified_at, created_at) \
         SELECT ?1, ?2, ?3, ?4, iif(?7, ?5, NULL), ?5 WHERE (SELECT count(*) FROM domains) < ?6 RETURNING id",
    )
    .bind(domain.id)
    .bind(&domain.handle_domain)
    .bind(&domain.web_origin)
    .bind(domain.is_primary)
    .bind(now)
    .bind(most)
    .bind(domain.is_verified)
}

/// Takes a domain up again that was given up; it is to be verified again.
pub fn reopen(id: Id) -> Statement {
    Statement::new("UPDATE domains SET ended_at = NULL, verified_at = NULL WHERE id = ?1").bind(id)
}

pub fn verify(id: Id, now: Time) -> Statement {
    Statement::new("UPDATE domains SET verified_at = ?2 WHERE id = ?1 AND ended_at IS NULL")
        .bind(id)
        .bind(now)
}

/// Makes a domain the primary one, where it is verified.
pub fn make_primary(id: Id) -> Statement {
    Statement::new(
        "UPDATE domains SET is_primary = (id = ?1) WHERE EXISTS (SELECT 1 FROM domains \
         WHERE id = ?1 AND verified_at IS NOT NULL AND ended_at IS NULL) RETURNING id",
    )
    .bind(id)
}

/// Whether people may choose it where they sign up.
pub fn set_open(id: Id, is_open: bool) -> Statement {
    Statement::new("UPDATE domains SET is_open = ?2 WHERE id = ?1 AND ended_at IS NULL")
        .bind(id)
        .bind(is_open)
}

/// Gives a domain up where nobody lives on it, and where it is neither the primary one nor the instance's first.
pub fn end(id: Id, now: Time) -> Statement {
    Statement::new(
        "UPDATE domains SET ended_at = ?2, is_open = 0, verified_at = NULL WHERE id = ?1 AND is_primary = 0 AND ended_at IS NULL \
         AND id <> (SELECT min(id) FROM domains) \
         AND NOT EXISTS (SELECT 1 FROM users u CROSS JOIN accounts a ON a.id = u.account_id WHERE a.domain_id = ?1) RETURNING id",
    )
    .bind(id)
    .bind(now)
}

/// Deletes a domain that is given up and on which nobody ever lived.
pub fn delete_unused(id: Id) -> Statement {
    Statement::new(
        "DELETE FROM domains WHERE id = ?1 AND ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.domain_id = ?1)",
    )
    .bind(id)
}

/// How many people live on each domain.
pub fn counts() -> Query<HashMap<Id, i64>> {
    Query::new(
        Statement::new(
            "SELECT a.domain_id AS domain_id, count(*) AS n FROM users u CROSS JOIN accounts a ON a.id = u.account_id \
             WHERE a.domain_id IS NOT NULL GROUP BY a.domain_id",
        ),
        |rows| rows.iter().map(|row| Ok((row.id("domain_id")?, row.int("n")?))).collect(),
    )
}

/// The names of some who live on a domain.
pub fn people(domain: Id, most: usize) -> Query<Vec<String>> {
    Query::all(
        Statement::new(
            "SELECT a.username AS username FROM users u CROSS JOIN accounts a ON a.id = u.account_id AND a.domain_id = ?1 \
             ORDER BY u.id LIMIT ?2",
        )
        .bind(domain)
        .bind(most),
        |row| row.text("username"),
    )
}
