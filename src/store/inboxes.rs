//! inboxes: where deliveries go.

use serde::Deserialize;

use super::{Query, to_json};
use crate::error::Result;
use crate::model::id::Id;
use crate::platform::sql::{Row, Statement};

/// An inbox with what is known of its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    pub id: Id,
    pub url: String,
    pub domain: String,
    /// `cavage` or `rfc9421`.
    pub signature_spec: String,
    pub is_failing: bool,
    /// The latest earlier activity of the same author that has not reached this inbox yet: what follows
    /// must not overtake it.
    pub behind: Option<Behind>,
    /// Later activities of the same author wait for this inbox.
    pub has_waiting: bool,
}

/// What is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    pub outbox_id: Id,
    /// It failed and is tried again; else nobody has tried it yet.
    pub has_failed: bool,
}

pub(super) fn read(row: &Row) -> Result<Inbox> {
    let (failed, untried) = (row.opt_id("failed_before")?, row.opt_id("untried_before")?);
    Ok(Inbox {
        id: row.id("inbox_id")?,
        url: row.text("url")?,
        domain: row.text("domain")?,
        signature_spec: row.opt_text("signature_spec")?.unwrap_or_else(|| "cavage".into()),
        is_failing: row.bool("is_failing")?,
        behind: failed
            .max(untried)
            .map(|outbox_id| Behind { outbox_id, has_failed: failed == Some(outbox_id) }),
        has_waiting: row.bool("has_waiting")?,
    })
}

pub(super) const COLUMNS: &str = "x.id AS inbox_id, x.url AS url, x.domain AS domain, i.signature_spec AS signature_spec, \
i.failing_since IS NOT NULL AS is_failing, \
(SELECT max(b.outbox_id) FROM deliveries b CROSS JOIN outbox q ON q.id = b.outbox_id \
WHERE b.inbox_id = x.id AND b.outbox_id < o.id AND b.is_blocking = 1 AND q.account_id = o.account_id) AS failed_before, \
(SELECT max(p.id) FROM outbox p WHERE p.id < o.id AND p.account_id = o.account_id AND (p.activity IS NULL \
OR EXISTS (SELECT 1 FROM json_tree(p.pending) t WHERE t.type = 'integer' AND t.value = x.id))) AS untried_before, \
EXISTS (SELECT 1 FROM deliveries w CROSS JOIN outbox v ON v.id = w.outbox_id \
WHERE w.inbox_id = x.id AND w.outbox_id > o.id AND v.account_id = o.account_id) AS has_waiting";

/// The inboxes of a chunk of an outbox row.
pub fn of_chunk(outbox: Id, chunk: u32) -> Query<Vec<Inbox>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM outbox o CROSS JOIN json_each(o.pending, ?2) j CROSS JOIN inboxes x ON x.id = j.value \
             LEFT JOIN instances i ON i.domain = x.domain WHERE o.id = ?1"
        ))
        .bind(outbox)
        .bind(format!("$.\"{chunk}\"")),
        read,
    )
}

/// An inbox of an audience, and whether its server is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addressee {
    pub id: Id,
    pub is_set_aside: bool,
}

/// The distinct inboxes of an outbox row's audience: remote followers of its account, servers that got the
/// status it is about and have no follower left, and the remote ones of its accounts. Two rows read for
/// each follower.
pub fn audience(outbox: Id) -> Query<Vec<Addressee>> {
    Query::all(
        Statement::new(
            "SELECT y.inbox_id AS inbox_id, coalesce(i.is_set_aside, 0) AS is_set_aside FROM (\
             SELECT a.inbox_id FROM outbox o CROSS JOIN follows f ON f.target_id = o.account_id CROSS JOIN accounts a ON a.id = f.account_id \
             WHERE o.id = ?1 AND o.to_followers = 1 AND a.inbox_id IS NOT NULL \
             UNION SELECT p.inbox_id FROM outbox o CROSS JOIN past_inboxes p ON p.account_id = o.account_id AND p.until_status_id >= o.since_status_id \
             WHERE o.id = ?1 \
             UNION SELECT a.inbox_id FROM outbox o CROSS JOIN json_each(o.to_accounts) j CROSS JOIN accounts a ON a.id = j.value \
             WHERE o.id = ?1 AND a.inbox_id IS NOT NULL) y \
             JOIN inboxes x ON x.id = y.inbox_id LEFT JOIN instances i ON i.domain = x.domain ORDER BY y.inbox_id",
        )
        .bind(outbox),
        |row| Ok(Addressee { id: row.id("inbox_id")?, is_set_aside: row.bool("is_set_aside")? }),
    )
}

/// Pending chunks as the column has them.
#[derive(Deserialize, serde::Serialize)]
pub(super) struct Pending(pub std::collections::BTreeMap<String, Vec<i64>>);

/// The chunks of an audience as `pending` holds them.
pub fn pending_json(chunks: &[Vec<Id>]) -> String {
    let all = chunks
        .iter()
        .enumerate()
        .map(|(n, ids)| (n.to_string(), ids.iter().map(|i| i.0).collect()))
        .collect();
    to_json(&Pending(all))
}

/// The domains that we deliver to, by name.
pub fn domains(most: usize) -> Query<Vec<String>> {
    Query::all(
        Statement::new("SELECT DISTINCT domain FROM inboxes ORDER BY domain LIMIT ?1").bind(most),
        |row| row.text("domain"),
    )
}
