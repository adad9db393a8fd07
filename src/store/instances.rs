//! instances: signature schemes of other servers, and whether they can be reached.

use super::{Query, to_json};
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// `cavage` or `rfc9421`: the signature scheme that the host accepted.
pub fn signature_spec(domain: &str) -> Query<String> {
    Query::new(
        Statement::new("SELECT signature_spec FROM instances WHERE domain = ?1").bind(domain),
        |rows| rows.first().map_or(Ok("cavage".into()), |row| row.text("signature_spec")),
    )
}

/// Of each (host, scheme): the host accepted it.
pub fn remember_specs(accepted: &[(&str, &str)]) -> Statement {
    Statement::new(
        "INSERT INTO instances (domain, signature_spec) SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?1) j WHERE 1 \
         ON CONFLICT (domain) DO UPDATE SET signature_spec = excluded.signature_spec",
    )
    .bind(to_json(&accepted))
}

/// A delivery to each (host, circuit) failed. `failing_since` stays that of the first failure; a host that fails since
/// before `suspended_before` is suspended. Before the end of its circuit, where that is given, it gets no attempt.
pub fn failed(hosts: &[(&str, Option<Time>)], now: Time, suspended_before: Time) -> Statement {
    let hosts: Vec<(&str, Option<i64>)> =
        hosts.iter().map(|(domain, until)| (*domain, until.map(|t| t.0))).collect();
    Statement::new(
        "INSERT INTO instances (domain, failing_since, last_failure_at, circuit_open_until) \
         SELECT j.value ->> 0, ?2, ?2, j.value ->> 1 FROM json_each(?1) j WHERE 1 \
         ON CONFLICT (domain) DO UPDATE SET failing_since = coalesce(instances.failing_since, ?2), last_failure_at = ?2, \
         is_delivery_suspended = max(instances.is_delivery_suspended, coalesce(instances.failing_since, ?2) < ?3), \
         circuit_open_until = coalesce(excluded.circuit_open_until, instances.circuit_open_until)",
    )
    .bind(to_json(&hosts))
    .bind(now)
    .bind(suspended_before)
}

/// Hosts have sent a signed request, or accepted a delivery: of what waits for them, the oldest of each author is due
/// now (the rest follows it), but not while the host's circuit is open.
pub fn recovered(domains: &[&str], now: Time) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE deliveries SET next_attempt_at = min(next_attempt_at, \
             max(?2, coalesce((SELECT c.circuit_open_until FROM inboxes y JOIN instances c ON c.domain = y.domain WHERE y.id = deliveries.inbox_id), 0))) \
             WHERE next_attempt_at > ?2 AND (outbox_id, inbox_id) IN \
             (SELECT min(d.outbox_id), d.inbox_id FROM json_each(?1) j CROSS JOIN instances i ON i.domain = j.value CROSS JOIN inboxes x ON x.domain = i.domain \
             CROSS JOIN deliveries d ON d.inbox_id = x.id CROSS JOIN outbox o ON o.id = d.outbox_id \
             WHERE i.failing_since IS NOT NULL GROUP BY d.inbox_id, o.account_id)",
        )
        .bind(to_json(&domains))
        .bind(now),
        Statement::new(
            "UPDATE instances SET failing_since = NULL, last_failure_at = NULL, is_delivery_suspended = 0 \
             WHERE domain IN (SELECT value FROM json_each(?1)) AND failing_since IS NOT NULL",
        )
        .bind(to_json(&domains)),
    ]
}

/// Deletes rows of servers without deliveries, since anybody can use many host names.
pub fn delete_unused(unless_since: Time) -> Statement {
    Statement::new(
        "DELETE FROM instances WHERE coalesce(last_failure_at, 0) < ?1 \
         AND NOT EXISTS (SELECT 1 FROM inboxes x WHERE x.domain = instances.domain)",
    )
    .bind(unless_since)
}

/// Forgets hosts that were new before `before` and whose inboxes are gone: of a wildcard in the DNS there are new ones each day.
pub fn forget_seen(before: Time) -> Statement {
    Statement::new(
        "DELETE FROM seen_servers WHERE created_at < ?1 AND NOT EXISTS (SELECT 1 FROM inboxes x WHERE x.domain = seen_servers.domain)",
    )
    .bind(before)
}

/// Whether a host is known to fail: only then [`recovered`] changes anything.
pub fn is_failing(domain: &str) -> Query<bool> {
    Query::new(
        Statement::new("SELECT 1 AS found FROM instances WHERE domain = ?1 AND failing_since IS NOT NULL")
            .bind(domain),
        |rows| Ok(!rows.is_empty()),
    )
}

/// Records a new host of a registrable domain.
pub fn record(parent: &str, domain: &str, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO seen_servers (parent, domain, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(parent)
    .bind(domain)
    .bind(now)
}

pub fn is_recorded(parent: &str, domain: &str) -> Query<bool> {
    Query::new(
        Statement::new("SELECT 1 AS found FROM seen_servers WHERE parent = ?1 AND domain = ?2")
            .bind(parent)
            .bind(domain),
        |rows| Ok(!rows.is_empty()),
    )
}

/// How many hosts of a registrable domain were recorded since then, up to the limit.
pub fn recorded_since(parent: &str, since: Time) -> Query<i64> {
    Query::new(
        Statement::new(
            "SELECT count(*) AS n FROM (SELECT 1 FROM seen_servers WHERE parent = ?1 AND created_at > ?2 LIMIT 100)",
        )
        .bind(parent)
        .bind(since),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}
