//! host_checks: hosts whose accounts and inboxes are to be brought in line with the domain blocks.
//!
//! A change of blocks adds the hosts that it is about, in the same batch; a job takes some hundred accounts at a time.

use std::collections::HashMap;

use super::domain_blocks::{is_suspended, with_parents};
use super::{Query, to_json};
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// The condition of the index `accounts_split`.
const SPLIT: &str = "domain_id IS NULL AND substr(uri, 9, length(domain) + 1) <> domain || '/'";

/// `WITH RECURSIVE` tables: `hosts`, each host of an account's or inbox's address, and each domain of handles that is another
/// one, after an @; `parts`, a host with each name that a block of it may have. One row read for each host, by the order of
/// the uris.
fn hosts() -> String {
    // With its table, since `uri` alone is that of the accounts in the query within.
    let host = "substr(at.uri, 9, instr(substr(at.uri, 9) || '/', '/') - 1)";
    format!(
        "WITH RECURSIVE at(uri) AS (SELECT min(uri) FROM accounts WHERE uri >= 'https://' UNION ALL \
         SELECT (SELECT min(a.uri) FROM accounts a WHERE a.uri >= 'https://' || {host} || '0') FROM at WHERE uri < 'https:0'), \
         hosts(host) AS (SELECT {host} FROM at WHERE uri < 'https:0' UNION SELECT domain FROM inboxes \
         UNION SELECT '@' || domain FROM accounts INDEXED BY accounts_split WHERE {SPLIT}), \
         named(host, name) AS (SELECT host, lower(ltrim(host, '@')) FROM hosts), \
         parts(host, name) AS (SELECT host, name FROM named UNION SELECT host, substr(name, 1, instr(name || ':', ':') - 1) FROM named \
         UNION SELECT host, substr(name, instr(name, '.') + 1) FROM parts WHERE instr(name, '.') > 0)"
    )
}

/// The hosts within these domains are to be looked at.
pub fn touch(domains: &[&str]) -> Statement {
    Statement::new(format!(
        "{} INSERT INTO host_checks (host) SELECT DISTINCT host FROM parts WHERE name IN (SELECT value FROM json_each(?1)) \
         ON CONFLICT (host) DO UPDATE SET after = ''",
        hosts()
    ))
    .bind(to_json(domains))
}

/// All hosts are to be looked at.
pub fn touch_all() -> Statement {
    Statement::new(format!(
        "{} INSERT INTO host_checks (host) SELECT host FROM hosts WHERE 1 ON CONFLICT (host) DO UPDATE SET after = ''",
        hosts()
    ))
}

/// What is known here of a domain with its subdomains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ties {
    pub domain: String,
    pub accounts: i64,
    /// Follows by people here.
    pub following: i64,
    /// Follows of people here.
    pub followers: i64,
}

/// The accounts of the hosts in the table `found` (host, name).
const ACCOUNTS_OF: &str = "SELECT f.name AS name, a.id AS id, a.followers_count AS following, a.following_count AS followers FROM found f \
     CROSS JOIN accounts a ON a.uri >= 'https://' || f.host || '/' AND a.uri < 'https://' || f.host || '0' WHERE a.domain_id IS NULL \
     UNION SELECT f.name, a.id, a.followers_count, a.following_count FROM found f CROSS JOIN accounts a INDEXED BY accounts_split \
     ON a.domain = substr(f.host, 2) WHERE substr(f.host, 1, 1) = '@' AND a.domain_id IS NULL \
     AND substr(a.uri, 9, length(a.domain) + 1) <> a.domain || '/'";

/// What is known of these domains, of those of which something is. Reads their accounts, and a row for each host.
pub fn ties(domains: &[&str]) -> Query<Vec<Ties>> {
    Query::all(
        Statement::new(format!(
            "{}, found AS MATERIALIZED (SELECT DISTINCT host, name FROM parts WHERE name IN (SELECT value FROM json_each(?1))) \
             SELECT name, count(*) AS accounts, sum(following) AS following, sum(followers) AS followers FROM ({ACCOUNTS_OF}) \
             GROUP BY name",
            hosts()
        ))
        .bind(to_json(domains)),
        |row| {
            Ok(Ties {
                domain: row.text("name")?,
                accounts: row.int("accounts")?,
                following: row.int("following")?,
                followers: row.int("followers")?,
            })
        },
    )
}

/// The same of all that is not allowed while only these domains, and those allowed already, would be: how many accounts,
/// and follows both ways.
pub fn ties_of_others() -> Query<Ties> {
    let query = Query::all(
        Statement::new(format!(
            "{}, found(host, name) AS MATERIALIZED (SELECT host, '' FROM hosts h WHERE NOT EXISTS (SELECT 1 FROM parts p \
             CROSS JOIN domain_allows d ON d.domain = p.name WHERE p.host = h.host)) \
             SELECT count(*) AS accounts, coalesce(sum(following), 0) AS following, coalesce(sum(followers), 0) AS followers \
             FROM ({ACCOUNTS_OF})",
            hosts()
        )),
        |row| {
            Ok(Ties {
                domain: String::new(),
                accounts: row.int("accounts")?,
                following: row.int("following")?,
                followers: row.int("followers")?,
            })
        },
    );
    query.map(|found| found.into_iter().next().unwrap_or_default())
}

/// A follow between somebody here and somebody of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tied {
    pub domain: String,
    /// `name@domain` of who is here.
    pub local: String,
    pub remote: String,
    /// Who is here follows.
    pub is_following: bool,
}

/// Some of the follows of [`ties`].
pub fn tied(domains: &[&str], limit: usize) -> Query<Vec<Tied>> {
    let side = |other: &str, own: &str, is_following: i64| {
        format!(
            "SELECT x.name AS name, l.username || '@' || l.domain AS local, r.username || '@' || r.domain AS remote, {is_following} AS is_following \
             FROM x CROSS JOIN accounts r ON r.id = x.id CROSS JOIN follows w ON w.{other} = x.id CROSS JOIN accounts l ON l.id = w.{own} \
             AND l.domain_id IS NOT NULL"
        )
    };
    Query::all(
        Statement::new(format!(
            "{}, found AS MATERIALIZED (SELECT DISTINCT host, name FROM parts WHERE name IN (SELECT value FROM json_each(?1))), \
             x AS (SELECT name, id FROM ({ACCOUNTS_OF}) WHERE following + followers > 0) \
             SELECT * FROM ({} UNION ALL {}) LIMIT ?2",
            hosts(),
            side("target_id", "account_id", 1),
            side("account_id", "target_id", 0)
        ))
        .bind(to_json(domains))
        .bind(limit),
        |row| {
            Ok(Tied {
                domain: row.text("name")?,
                local: row.text("local")?,
                remote: row.text("remote")?,
                is_following: row.bool("is_following")?,
            })
        },
    )
}

/// Whether there is anything to be looked at.
pub fn is_any() -> Query<bool> {
    Query::new(Statement::new("SELECT 1 AS found FROM host_checks LIMIT 1"), |rows| Ok(!rows.is_empty()))
}

/// Some hosts that are to be looked at, and after which uri.
pub fn due(limit: usize) -> Query<Vec<(String, String)>> {
    Query::all(
        Statement::new("SELECT host, after FROM host_checks ORDER BY host LIMIT ?1").bind(limit),
        |row| Ok((row.text("host")?, row.text("after")?)),
    )
}

/// An account that is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// As in [`due`].
    pub host: String,
    pub id: Id,
    pub uri: String,
    pub domain: String,
}

/// The next accounts of the first `hosts` of [`due`].
pub fn accounts(hosts: usize, limit: usize) -> Query<Vec<Checked>> {
    Query::all(
        Statement::new(
            "WITH c AS MATERIALIZED (SELECT host, after FROM host_checks ORDER BY host LIMIT ?1) \
             SELECT * FROM (SELECT c.host AS host, a.id AS id, a.uri AS uri, a.domain AS domain FROM c CROSS JOIN accounts a \
             ON a.uri > max(c.after, 'https://' || c.host || '/') AND a.uri < 'https://' || c.host || '0' \
             WHERE substr(c.host, 1, 1) <> '@' AND a.domain_id IS NULL ORDER BY c.host, a.uri LIMIT ?2) \
             UNION ALL SELECT * FROM (SELECT c.host, a.id, a.uri, a.domain FROM c CROSS JOIN accounts a INDEXED BY accounts_split \
             ON a.domain = substr(c.host, 2) AND a.uri > c.after WHERE substr(c.host, 1, 1) = '@' AND a.domain_id IS NULL \
             AND substr(a.uri, 9, length(a.domain) + 1) <> a.domain || '/' ORDER BY c.host, a.uri LIMIT ?2) \
             ORDER BY host, uri LIMIT ?2",
        )
        .bind(hosts)
        .bind(limit),
        |row| {
            Ok(Checked { host: row.text("host")?, id: row.id("id")?, uri: row.text("uri")?, domain: row.text("domain")? })
        },
    )
}

/// What suspends a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// That is blocked; the host itself where it is not allowed.
    pub domain: String,
    pub since: Time,
    /// It is not blocked, and not allowed.
    pub is_left_out: bool,
}

/// What suspends names, each with its parents: the oldest suspension of it, by the domain that is blocked; or its own name and
/// since when where it is not allowed.
pub fn suspensions(names: &[Vec<&str>]) -> Query<HashMap<String, Why>> {
    let found = Query::all(
        Statement::new(
            "SELECT h.value ->> 0 AS name, b.domain AS domain, b.created_at AS created_at, 0 AS is_left_out FROM json_each(?1) h \
             CROSS JOIN json_each(h.value) n CROSS JOIN domain_blocks b ON b.domain = n.value WHERE b.severity = 'suspend' \
             UNION ALL SELECT h.value ->> 0, h.value ->> 0, CAST(s.value AS INTEGER), 1 FROM json_each(?1) h CROSS JOIN settings s \
             ON s.key = 'allow_list' WHERE NOT EXISTS (SELECT 1 FROM domain_allows WHERE domain IN (SELECT value FROM json_each(h.value))) \
             ORDER BY is_left_out, created_at",
        )
        .bind(to_json(names)),
        |row| {
            let why = Why {
                domain: row.text("domain")?,
                since: row.time("created_at")?,
                is_left_out: row.bool("is_left_out")?,
            };
            Ok((row.text("name")?, why))
        },
    );
    found.map(|rows| {
        let mut all = HashMap::new();
        for (name, why) in rows {
            all.entry(name).or_insert(why);
        }
        all
    })
}

/// The names of a host by which it may be blocked: [`with_parents`].
pub fn names(host: &str) -> Vec<&str> {
    with_parents(host)
}

/// What the blocks say of the accounts `j` (id, names of host and handle domain, names of the host): how severe, since when.
const EFFECT: &str = "SELECT j.value ->> 0 AS id, max(b.severity = 'suspend') AS is_suspended, max(b.severity = 'silence') AS is_silenced, \
     min(CASE WHEN b.severity = 'suspend' THEN b.created_at END) AS suspended_since, \
     min(CASE WHEN b.severity = 'silence' THEN b.created_at END) AS silenced_since, coalesce(max(b.rejects_media), 0) AS rejects_media, \
     (SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'allow_list' AND NOT EXISTS (SELECT 1 FROM domain_allows d \
     WHERE d.domain IN (SELECT value FROM json_each(j.value -> 2)))) AS left_out_since \
     FROM json_each(?1) j CROSS JOIN json_each(j.value -> 1) n LEFT JOIN domain_blocks b ON b.domain = n.value GROUP BY j.key";

/// Brings accounts in line with the blocks, each with the names of its host and handle domain, and those of its host alone.
/// Our own suspensions and limits, and those by their own servers, stay.
pub fn mark(accounts: &[(Id, Vec<&str>, Vec<&str>)]) -> Statement {
    let rows: Vec<_> = accounts.iter().map(|(id, all, host)| (id.0, all, host)).collect();
    Statement::new(format!(
        "UPDATE accounts SET \
         suspended_at = CASE WHEN e.level = 2 THEN iif(suspended_at IS NULL OR suspended_at = domain_blocked_at, e.since, suspended_at) \
         WHEN suspended_at = domain_blocked_at AND is_suspended_by_origin = 0 THEN NULL ELSE suspended_at END, \
         silenced_at = CASE WHEN e.level = 1 THEN iif(silenced_at IS NULL OR silenced_at = domain_blocked_at, e.since, silenced_at) \
         WHEN silenced_at = domain_blocked_at THEN NULL ELSE silenced_at END, \
         domain_blocked_at = e.since, rejects_media = e.rejects_media \
         FROM (SELECT id, rejects_media, CASE WHEN is_suspended = 1 OR left_out_since IS NOT NULL THEN 2 WHEN is_silenced = 1 THEN 1 ELSE 0 END AS level, \
         coalesce(suspended_since, left_out_since, silenced_since) AS since FROM ({EFFECT})) e \
         WHERE accounts.id = e.id AND accounts.domain_id IS NULL AND (domain_blocked_at IS NOT e.since OR accounts.rejects_media <> e.rejects_media \
         OR (e.level = 2 AND suspended_at IS NULL) OR (e.level = 1 AND silenced_at IS NULL) \
         OR (e.level <> 2 AND suspended_at = domain_blocked_at AND is_suspended_by_origin = 0) OR (e.level <> 1 AND silenced_at = domain_blocked_at))"
    ))
    .bind(to_json(&rows))
}

/// Those of these accounts that a domain block suspends.
fn hidden() -> &'static str {
    "(SELECT a.id FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value WHERE a.suspended_at IS NOT NULL AND a.domain_blocked_at IS NOT NULL)"
}

/// Removes the ties of those of these accounts that a domain block suspends, after [`mark`] and [`super::severances::record`].
pub fn sever(accounts: &[Id]) -> Vec<Statement> {
    let of = |table: &str, column: &str| {
        Statement::new(format!("DELETE FROM {table} WHERE {column} IN {}", hidden())).bind_ids(accounts)
    };
    vec![
        of("follows", "account_id"),
        of("follows", "target_id"),
        of("follow_requests", "account_id"),
        of("follow_requests", "target_id"),
    ]
}

/// Marks the inboxes of hosts, each with its names, and deletes what waits to be sent to those that are suspended.
pub fn mark_inboxes(hosts: &[(&str, Vec<&str>)]) -> Vec<Statement> {
    let rows = to_json(hosts);
    let is_blocked = is_suspended("SELECT n.value FROM json_each(j.value -> 1) n");
    vec![
        Statement::new(format!(
            "UPDATE inboxes SET is_blocked = e.is_blocked FROM (SELECT j.value ->> 0 AS host, {is_blocked} AS is_blocked FROM json_each(?1) j) e \
             WHERE inboxes.domain = e.host AND inboxes.is_blocked <> e.is_blocked"
        ))
        .bind(&rows),
        Statement::new(
            "DELETE FROM deliveries WHERE inbox_id IN (SELECT x.id FROM json_each(?1) j CROSS JOIN inboxes x ON x.domain = j.value ->> 0 \
             WHERE x.is_blocked = 1)",
        )
        .bind(&rows),
    ]
}

/// These hosts are done, as far as nothing has changed since `after`; of the last one the accounts up to a uri.
pub fn advance(done: &[(String, String)], last: Option<(&str, &str, &str)>) -> Vec<Statement> {
    let mut batch = vec![
        Statement::new(
            "DELETE FROM host_checks WHERE (host, after) IN (SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j)",
        )
        .bind(to_json(done)),
    ];
    batch.extend(last.map(|(host, after, until)| {
        Statement::new("UPDATE host_checks SET after = ?3 WHERE host = ?1 AND after = ?2")
            .bind(host)
            .bind(after)
            .bind(until)
    }));
    batch
}
