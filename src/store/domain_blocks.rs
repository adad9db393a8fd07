//! domain_blocks: domains blocked by the operator or by lists, with all their subdomains.

use super::{Query, pages, to_json};
use crate::error::Result;
use crate::model::domain_block::{DomainBlock, Effects, Severity};
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::platform::guard::is_too_deep;
use crate::platform::sql::{Row, Statement};

/// The columns that [`read`] reads.
const COLUMNS: &str = "id, domain, severity, rejects_media, rejects_reports, is_obfuscated, comment, private_comment, is_from_lists, created_at";

fn read(row: &Row) -> Result<DomainBlock> {
    Ok(DomainBlock {
        id: row.id("id")?,
        domain: row.text("domain")?,
        severity: severity(&row.text("severity")?),
        rejects_media: row.bool("rejects_media")?,
        rejects_reports: row.bool("rejects_reports")?,
        is_obfuscated: row.bool("is_obfuscated")?,
        comment: row.text("comment")?,
        private_comment: row.text("private_comment")?,
        is_from_lists: row.bool("is_from_lists")?,
        created_at: row.time("created_at")?,
    })
}

fn severity(text: &str) -> Severity {
    Severity::parse(text).unwrap_or_default()
}

/// The most blocks that are read at once: those of a public list, and of a file.
pub const MOST: usize = 20_000;

/// By name, at most [`MOST`].
pub fn all() -> Query<Vec<DomainBlock>> {
    Query::all(
        Statement::new(format!("SELECT {COLUMNS} FROM domain_blocks ORDER BY domain LIMIT ?1")).bind(MOST),
        read,
    )
}

/// Those for the public list, by name.
pub fn public() -> Query<Vec<DomainBlock>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM domain_blocks WHERE severity <> 'noop' ORDER BY domain LIMIT ?1"
        ))
        .bind(MOST),
        read,
    )
}

/// A page, by id.
pub fn page(page: &Page) -> Query<Listed<DomainBlock>> {
    pages::by_id(&format!("SELECT id AS cursor, {COLUMNS} FROM domain_blocks"), page, read)
}

/// Those after a name that contain a text, by name.
pub fn search(part: &str, after: &str, limit: usize) -> Query<Vec<DomainBlock>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM domain_blocks WHERE domain > ?2 AND (?1 = '' OR instr(domain, ?1) > 0) ORDER BY domain LIMIT ?3"
        ))
        .bind(part)
        .bind(after)
        .bind(limit),
        read,
    )
}

pub fn by_id(id: Id) -> Query<Option<DomainBlock>> {
    Query::first(Statement::new(format!("SELECT {COLUMNS} FROM domain_blocks WHERE id = ?1")).bind(id), read)
}

/// Those of these very domains.
pub fn of(domains: &[&str]) -> Query<Vec<DomainBlock>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM domain_blocks WHERE domain IN (SELECT value FROM json_each(?1))"
        ))
        .bind(to_json(domains)),
        read,
    )
}

/// Those of a host and its parent domains, the closest first.
pub fn above(host: &str) -> Query<Vec<DomainBlock>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM domain_blocks WHERE domain IN (SELECT value FROM json_each(?1)) ORDER BY length(domain) DESC"
        ))
        .bind(to_json(&with_parents(host))),
        read,
    )
}

/// The names that a block of a host may have: its own, without its port as well, and those of all its parent domains.
/// Empty for a host that [`is_too_deep`].
pub(super) fn with_parents(host: &str) -> Vec<&str> {
    let plain = host.split(':').next().unwrap_or(host);
    if is_too_deep(plain) {
        return Vec::new();
    }
    let mut names = vec![host];
    if plain != host {
        names.push(plain);
    }
    let mut rest = plain;
    while let Some((_, parent)) = rest.split_once('.') {
        names.push(parent);
        rest = parent;
    }
    names
}

/// The SQL condition that only allowed domains federate, and none of these names (a list for IN) is allowed.
fn is_left_out(names: &str) -> String {
    format!(
        "(EXISTS (SELECT 1 FROM settings WHERE key = 'allow_list') \
         AND NOT EXISTS (SELECT 1 FROM domain_allows WHERE domain IN ({names})))"
    )
}

/// The SQL condition that a host with these names (a list for IN) is suspended.
pub(super) fn is_suspended(names: &str) -> String {
    format!(
        "(EXISTS (SELECT 1 FROM domain_blocks WHERE domain IN ({names}) AND severity = 'suspend') OR {})",
        is_left_out(names)
    )
}

/// Parameters `?first`, `?first + 1` and so on, for IN.
pub(super) fn places(first: usize, count: usize) -> String {
    let all: Vec<String> = (first..first + count).map(|n| format!("?{n}")).collect();
    all.join(", ")
}

/// What blocks of any of these hosts or their parent domains come to. Hosts that we never contact count as suspended, and
/// so do those that are not allowed where only allowed ones are. One row read for each block that matches.
pub fn effects(hosts: &[&str]) -> Query<Effects> {
    let names: Vec<Vec<&str>> = hosts.iter().map(|host| with_parents(host)).collect();
    let statement = if names.iter().any(Vec::is_empty) {
        Statement::new("SELECT 'suspend' AS severity, 1 AS rejects_media, 1 AS rejects_reports")
    } else {
        let (mut first, mut left_out) = (1, Vec::new());
        for of_host in &names {
            left_out.push(is_left_out(&places(first, of_host.len())));
            first += of_host.len();
        }
        let all: Vec<&str> = names.into_iter().flatten().collect();
        let statement = Statement::new(format!(
            "SELECT severity, rejects_media, rejects_reports FROM domain_blocks WHERE domain IN ({}) \
             UNION ALL SELECT 'suspend', 1, 1 WHERE {}",
            places(1, all.len()),
            left_out.join(" OR ")
        ));
        all.into_iter().fold(statement, Statement::bind)
    };
    Query::new(statement, |rows| {
        let mut effects = Effects::default();
        for row in &rows {
            effects.severity = effects.severity.max(Some(severity(&row.text("severity")?)));
            effects.rejects_media |= row.bool("rejects_media")?;
            effects.rejects_reports |= row.bool("rejects_reports")?;
        }
        if effects.is_suspended() {
            (effects.rejects_media, effects.rejects_reports) = (true, true);
        }
        Ok(effects)
    })
}

/// The highest severity of [`effects`].
pub fn severity_of(hosts: &[&str]) -> Query<Option<Severity>> {
    effects(hosts).map(|effects| effects.severity)
}

/// Inserts an inbox, once. Nothing is sent to it if its domain is suspended.
pub(super) fn insert_inbox(id: Id, url: &str, domain: &str) -> Statement {
    let names = with_parents(domain);
    let insert = Statement::new(format!(
        "INSERT INTO inboxes (id, url, domain, is_blocked) VALUES (?1, ?2, ?3, {}) ON CONFLICT (url) DO NOTHING",
        is_suspended(&places(4, names.len()))
    ));
    names.into_iter().fold(insert.bind(id).bind(url).bind(domain), Statement::bind)
}

/// The SQL condition that `host` (an expression) is `domain` (another) or a subdomain of it. Without LIKE,
/// since D1 limits patterns to 50 bytes.
pub(super) fn is_within(host: &str, domain: &str) -> String {
    format!("({host} = {domain} OR substr({host}, -length({domain}) - 1) = '.' || {domain})")
}

/// Blocks domains; one that is blocked already keeps its id and time, and is otherwise as here. Those by lists change
/// nothing that was made by hand. Ids are above all others, since those of many rows of one moment would meet. What follows of it
/// for accounts is the work of [`super::host_checks`].
pub fn put(blocks: &[DomainBlock]) -> Statement {
    let rows: Vec<_> = blocks
        .iter()
        .map(|b| {
            (
                b.id.0,
                &b.domain,
                b.severity.as_str(),
                [b.rejects_media, b.rejects_reports, b.is_obfuscated, b.is_from_lists].map(i64::from),
                &b.comment,
                &b.private_comment,
                b.created_at.0,
            )
        })
        .collect();
    Statement::new(
        "INSERT INTO domain_blocks (id, domain, severity, rejects_media, rejects_reports, is_obfuscated, is_from_lists, comment, private_comment, created_at) \
         SELECT max(?1 ->> '$[0][0]', coalesce((SELECT max(id) FROM domain_blocks), 0)) + row_number() OVER (ORDER BY j.key), \
         j.value ->> 1, j.value ->> 2, j.value ->> '$[3][0]', j.value ->> '$[3][1]', j.value ->> '$[3][2]', \
         j.value ->> '$[3][3]', j.value ->> 4, j.value ->> 5, j.value ->> 6 FROM json_each(?1) j WHERE 1 \
         ON CONFLICT (domain) DO UPDATE SET severity = excluded.severity, rejects_media = excluded.rejects_media, \
         rejects_reports = excluded.rejects_reports, is_obfuscated = excluded.is_obfuscated, is_from_lists = excluded.is_from_lists, \
         comment = excluded.comment, private_comment = excluded.private_comment \
         WHERE excluded.is_from_lists = 0 OR domain_blocks.is_from_lists = 1",
    )
    .bind(to_json(&rows))
}

/// Lifts the blocks of these very domains, or of them only those that lists brought.
pub fn delete(domains: &[&str], is_by_lists: bool) -> Statement {
    Statement::new(
        "DELETE FROM domain_blocks WHERE domain IN (SELECT value FROM json_each(?1)) AND (?2 = 0 OR is_from_lists = 1)",
    )
    .bind(to_json(domains))
    .bind(is_by_lists)
}
