//! domain_blocks: domains blocked by the operator, with all their subdomains.

use super::Query;
use crate::error::Result;
use crate::model::id::Id;
use crate::model::site::{DomainBlock, Severity};
use crate::model::time::Time;
use crate::platform::guard::is_too_deep;
use crate::platform::sql::{Row, Statement};

fn read(row: &Row) -> Result<DomainBlock> {
    Ok(DomainBlock {
        domain: row.text("domain")?,
        severity: severity(&row.text("severity")?),
        comment: row.text("comment")?,
    })
}

fn severity(text: &str) -> Severity {
    if text == "suspend" { Severity::Suspend } else { Severity::Silence }
}

/// By name.
pub fn all() -> Query<Vec<DomainBlock>> {
    Query::all(Statement::new("SELECT domain, severity, comment FROM domain_blocks ORDER BY domain"), read)
}

/// A host (without its port) and all its parent domains. Empty for a host that [`is_too_deep`].
fn with_parents(host: &str) -> Vec<&str> {
    let host = host.split(':').next().unwrap_or(host);
    if is_too_deep(host) {
        return Vec::new();
    }
    let mut names = vec![host];
    let mut rest = host;
    while let Some((_, parent)) = rest.split_once('.') {
        names.push(parent);
        rest = parent;
    }
    names
}

/// Parameters `?first`, `?first + 1` and so on.
fn places(first: usize, names: &[&str]) -> String {
    let all: Vec<String> = (first..first + names.len()).map(|n| format!("?{n}")).collect();
    all.join(", ")
}

/// The highest severity for any of these hosts or their parent domains; hosts that we never contact count as
/// suspended. One row read for each block that matches.
pub fn severity_of(hosts: &[&str]) -> Query<Option<Severity>> {
    let mut names: Vec<&str> = hosts.iter().flat_map(|host| self::with_parents(host)).collect();
    names.sort_unstable();
    names.dedup();
    let found = if hosts.iter().any(|host| self::with_parents(host).is_empty()) {
        Statement::new("SELECT 'suspend' AS severity")
    } else {
        let found = Statement::new(format!(
            "SELECT severity FROM domain_blocks WHERE domain IN ({}) ORDER BY severity DESC LIMIT 1",
            places(1, &names)
        ));
        names.into_iter().fold(found, Statement::bind)
    };
    Query::first(found, |row| Ok(severity(&row.text("severity")?)))
}

/// Inserts an inbox, once. Nothing is sent to it if its domain is suspended.
pub(super) fn insert_inbox(id: Id, url: &str, domain: &str) -> Statement {
    let names = with_parents(domain);
    let insert = Statement::new(format!(
        "INSERT INTO inboxes (id, url, domain, is_blocked) VALUES (?1, ?2, ?3, \
         EXISTS (SELECT 1 FROM domain_blocks WHERE domain IN ({}) AND severity = 'suspend')) ON CONFLICT (url) DO NOTHING",
        places(4, &names)
    ));
    names.into_iter().fold(insert.bind(id).bind(url).bind(domain), Statement::bind)
}

/// The SQL condition that `host` (an expression) is `domain` (another) or a subdomain of it. Without LIKE,
/// since D1 limits patterns to 50 bytes.
pub(super) fn is_within(host: &str, domain: &str) -> String {
    format!("({host} = {domain} OR substr({host}, -length({domain}) - 1) = '.' || {domain})")
}

/// Sets `is_blocked` of the inboxes of a domain by the suspensions of it and its parents. Reads all inboxes,
/// which is acceptable for a rare operation.
fn mark_inboxes(domain: &str) -> Statement {
    Statement::new(format!(
        "UPDATE inboxes SET is_blocked = EXISTS (SELECT 1 FROM domain_blocks b WHERE b.severity = 'suspend' AND {}) WHERE {}",
        is_within("inboxes.domain", "b.domain"),
        is_within("domain", "?1")
    ))
    .bind(domain)
}

/// Blocks a domain, or changes the severity; deletes pending deliveries to it.
pub fn insert(block: &DomainBlock, now: Time) -> Vec<Statement> {
    let severity = match block.severity {
        Severity::Suspend => "suspend",
        Severity::Silence => "silence",
    };
    let mut batch = vec![
        Statement::new(
            "INSERT INTO domain_blocks (domain, severity, comment, created_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (domain) DO UPDATE SET severity = excluded.severity, comment = excluded.comment",
        )
        .bind(&block.domain)
        .bind(severity)
        .bind(&block.comment)
        .bind(now),
        mark_inboxes(&block.domain),
    ];
    if block.severity == Severity::Suspend {
        batch.push(
            Statement::new(format!(
                "DELETE FROM deliveries WHERE inbox_id IN (SELECT x.id FROM inboxes x WHERE {})",
                is_within("x.domain", "?1")
            ))
            .bind(&block.domain),
        );
    }
    batch
}

/// Removes a block.
pub fn delete(domain: &str) -> Vec<Statement> {
    vec![Statement::new("DELETE FROM domain_blocks WHERE domain = ?1").bind(domain), mark_inboxes(domain)]
}

/// The host of an account's id, which is an https URL.
const HOST_OF_URI: &str = "lower(substr(uri, 9, instr(substr(uri, 9) || '/', '/') - 1))";

/// Suspends all accounts of a blocked domain (with the time of the block), and removes their ties to local
/// accounts. Reads all accounts, which is acceptable for a rare operation.
pub fn suspend_accounts(domain: &str) -> Vec<Statement> {
    let since = "(SELECT created_at FROM domain_blocks WHERE domain = ?1)";
    let hidden = format!("(SELECT id FROM accounts WHERE domain_id IS NULL AND suspended_at = {since})");
    [
        format!(
            "UPDATE accounts SET suspended_at = {since} WHERE domain_id IS NULL AND suspended_at IS NULL AND ({})",
            [is_within("domain", "?1"), is_within(HOST_OF_URI, "?1")].join(" OR ")
        ),
        format!("DELETE FROM follows WHERE account_id IN {hidden}"),
        format!("DELETE FROM follows WHERE target_id IN {hidden}"),
        format!("DELETE FROM follow_requests WHERE account_id IN {hidden}"),
        format!("DELETE FROM follow_requests WHERE target_id IN {hidden}"),
    ]
    .map(|sql| Statement::new(sql).bind(domain))
    .to_vec()
}

/// Lifts these suspensions, before the block is deleted; not those by their own server or a moderator.
pub fn unsuspend_accounts(domain: &str) -> Statement {
    Statement::new(
        "UPDATE accounts SET suspended_at = NULL WHERE domain_id IS NULL AND is_suspended_by_origin = 0 \
         AND suspended_at = (SELECT created_at FROM domain_blocks WHERE domain = ?1)",
    )
    .bind(domain)
}
