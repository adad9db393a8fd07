//! domain_blocks: servers that the operator keeps out, with all their subdomains.

use super::Query;
use crate::error::Result;
use crate::model::site::{DomainBlock, Severity};
use crate::model::time::Time;
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

/// So many names are looked up for a request: hosts with more labels are nobody's.
const MOST_NAMES: usize = 20;

/// By name.
pub fn all() -> Query<Vec<DomainBlock>> {
    Query::all(Statement::new("SELECT domain, severity, comment FROM domain_blocks ORDER BY domain"), read)
}

/// The hardest that lies on any of these hosts, or on what they are subdomains of. One row read for each
/// block that is found.
pub fn on(hosts: &[&str]) -> Query<Option<Severity>> {
    let mut names: Vec<&str> = Vec::new();
    for host in hosts {
        let mut rest = host.split(':').next().unwrap_or(host);
        names.push(rest);
        while let Some((_, parent)) = rest.split_once('.') {
            names.push(parent);
            rest = parent;
        }
    }
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST_NAMES);
    let places: Vec<String> = (1..=names.len()).map(|n| format!("?{n}")).collect();
    let found = Statement::new(format!(
        "SELECT severity FROM domain_blocks WHERE domain IN ({}) ORDER BY severity DESC LIMIT 1",
        places.join(", ")
    ));
    Query::first(names.into_iter().fold(found, Statement::bind), |row| Ok(severity(&row.text("severity")?)))
}

/// The condition that nothing is sent to `domain` (an SQL expression): it, or one of the three that it is
/// part of, is suspended.
pub(super) fn is_suspended(domain: &str) -> String {
    let parent = |d: &str| format!("substr({d}, instr({d}, '.') + 1)");
    let (one, two) = (parent(domain), parent(&parent(domain)));
    let three = parent(&two);
    format!(
        "EXISTS (SELECT 1 FROM domain_blocks b WHERE b.domain IN ({domain}, {one}, {two}, {three}) AND b.severity = 'suspend')"
    )
}

/// Blocks a domain, or changes how; what waits to be delivered to it goes.
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
    ];
    if block.severity == Severity::Suspend {
        batch.push(
            Statement::new(
                "DELETE FROM deliveries WHERE inbox_id IN \
                 (SELECT x.id FROM inboxes x WHERE x.domain = ?1 OR x.domain LIKE '%.' || ?1)",
            )
            .bind(&block.domain),
        );
    }
    batch
}

pub fn delete(domain: &str) -> Statement {
    Statement::new("DELETE FROM domain_blocks WHERE domain = ?1").bind(domain)
}

/// Hides everybody of a blocked domain (the time of the block is that of their suspension), and ends what ties them
/// to people here. Reads all accounts: it is seldom done.
pub fn hide_people(domain: &str) -> Vec<Statement> {
    let since = "(SELECT created_at FROM domain_blocks WHERE domain = ?1)";
    let hidden = format!("(SELECT id FROM accounts WHERE domain_id IS NULL AND suspended_at = {since})");
    [
        format!(
            "UPDATE accounts SET suspended_at = {since} WHERE domain_id IS NULL AND suspended_at IS NULL AND ({})",
            ["domain = ?1", "domain LIKE '%.' || ?1", "uri LIKE 'https://' || ?1 || '/%'", "uri LIKE 'https://%.' || ?1 || '/%'"]
                .join(" OR ")
        ),
        format!("DELETE FROM follows WHERE account_id IN {hidden}"),
        format!("DELETE FROM follows WHERE target_id IN {hidden}"),
        format!("DELETE FROM follow_requests WHERE account_id IN {hidden}"),
        format!("DELETE FROM follow_requests WHERE target_id IN {hidden}"),
    ]
    .map(|sql| Statement::new(sql).bind(domain))
    .to_vec()
}

/// Shows them again, before the block goes; not whom their own server suspends, or a moderator.
pub fn show_people(domain: &str) -> Statement {
    Statement::new(
        "UPDATE accounts SET suspended_at = NULL WHERE domain_id IS NULL AND is_suspended_by_origin = 0 \
         AND suspended_at = (SELECT created_at FROM domain_blocks WHERE domain = ?1)",
    )
    .bind(domain)
}
