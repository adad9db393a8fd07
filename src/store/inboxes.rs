//! inboxes: where deliveries go.

use super::Query;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// An inbox, with the state of its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    pub id: Id,
    pub url: String,
    pub domain: String,
    /// `cavage` or `rfc9421`.
    pub signature_spec: String,
    /// The first failure since the last success, if it fails.
    pub failing_since: Option<Time>,
    /// Suspended after days of failures: one attempt a day.
    pub is_delivery_suspended: bool,
    /// It failed a moment ago, or sent Retry-After: no attempt before this time.
    pub circuit_open_until: Option<Time>,
    /// The latest earlier activity of the same author that this inbox has not got yet: later ones must wait
    /// for it.
    pub behind: Option<Behind>,
    /// The latest earlier one about the same object that does not hold up others, but this one.
    pub related: Option<Id>,
    /// Later activities of the same author wait for this inbox.
    pub has_waiting: bool,
}

/// An activity that has to be delivered first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    pub outbox_id: Id,
    /// It failed and is retried; otherwise nobody has tried it yet.
    pub has_failed: bool,
}

pub(super) fn read(row: &Row) -> Result<Inbox> {
    let (failed, untried) = (row.opt_id("failed_before")?, row.opt_id("untried_before")?);
    Ok(Inbox {
        id: row.id("inbox_id")?,
        url: row.text("url")?,
        domain: row.text("domain")?,
        signature_spec: row.opt_text("signature_spec")?.unwrap_or_else(|| "cavage".into()),
        failing_since: row.opt_time("failing_since")?,
        is_delivery_suspended: row.bool("is_delivery_suspended")?,
        circuit_open_until: row.opt_time("circuit_open_until")?,
        behind: failed
            .max(untried)
            .map(|outbox_id| Behind { outbox_id, has_failed: failed == Some(outbox_id) }),
        related: row.opt_id("related_before")?,
        has_waiting: row.bool("has_waiting")?,
    })
}

pub(super) const COLUMNS: &str = "x.id AS inbox_id, x.url AS url, x.domain AS domain, i.signature_spec AS signature_spec, \
i.failing_since AS failing_since, coalesce(i.is_delivery_suspended, 0) AS is_delivery_suspended, i.circuit_open_until AS circuit_open_until, \
(SELECT b.outbox_id FROM deliveries b CROSS JOIN outbox q ON q.id = b.outbox_id \
WHERE b.inbox_id = x.id AND b.outbox_id < o.id AND b.is_blocking = 1 AND q.account_id = o.account_id \
ORDER BY b.outbox_id DESC LIMIT 1) AS failed_before, \
(SELECT e.outbox_id FROM deliveries e INDEXED BY deliveries_passed CROSS JOIN outbox r ON r.id = e.outbox_id \
WHERE e.inbox_id = x.id AND e.outbox_id < o.id AND e.is_blocking = 0 AND r.account_id = o.account_id AND r.subject = o.subject AND o.subject <> '' \
ORDER BY e.outbox_id DESC LIMIT 1) AS related_before, \
(SELECT p.id FROM outbox p INDEXED BY outbox_untried WHERE p.is_untried = 1 AND p.account_id = o.account_id AND p.id < o.id \
AND (p.activity IS NULL OR EXISTS (SELECT 1 FROM json_each((SELECT c.inboxes FROM chunks c WHERE c.outbox_id = p.id \
AND c.first_inbox_id <= x.id ORDER BY c.first_inbox_id DESC LIMIT 1)) t WHERE t.value = x.id)) \
ORDER BY p.id DESC LIMIT 1) AS untried_before, \
EXISTS (SELECT 1 FROM deliveries w CROSS JOIN outbox v ON v.id = w.outbox_id \
WHERE w.inbox_id = x.id AND w.outbox_id > o.id AND v.account_id = o.account_id) AS has_waiting";

/// The inboxes of a chunk of an outbox row.
pub fn of_chunk(outbox: Id, chunk: Id) -> Query<Vec<Inbox>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM chunks k CROSS JOIN outbox o ON o.id = k.outbox_id CROSS JOIN json_each(k.inboxes) j \
             CROSS JOIN inboxes x ON x.id = j.value LEFT JOIN instances i ON i.domain = x.domain \
             WHERE k.outbox_id = ?1 AND k.first_inbox_id = ?2 AND x.is_blocked = 0"
        ))
        .bind(outbox)
        .bind(chunk),
        read,
    )
}

/// The keys of an outbox row's chunks: the first inbox of each.
pub fn chunks(outbox: Id, limit: usize) -> Query<Vec<Id>> {
    Query::all(
        Statement::new(
            "SELECT first_inbox_id AS id FROM chunks WHERE outbox_id = ?1 ORDER BY first_inbox_id LIMIT ?2",
        )
        .bind(outbox)
        .bind(limit),
        |row| row.id("id"),
    )
}

/// Whether an outbox row has any recipients; stops reading at the first one.
pub fn has_audience(outbox: Id) -> Query<bool> {
    Query::new(
        Statement::new(format!("SELECT EXISTS ({}) AS found", AUDIENCE.replace("UNION", "UNION ALL")))
            .bind(outbox),
        |rows| rows.first().map_or(Ok(false), |row| row.bool("found")),
    )
}

/// The distinct inboxes of the outbox row `?1`: of remote followers of its account, of servers that got the
/// status it is about and have no follower left, of its remote accounts, and of relays. Two rows read for
/// each follower.
const AUDIENCE: &str = "SELECT a.inbox_id FROM outbox o CROSS JOIN follows f ON f.target_id = o.account_id CROSS JOIN accounts a ON a.id = f.account_id \
WHERE o.id = ?1 AND o.to_followers = 1 AND a.inbox_id IS NOT NULL \
UNION SELECT p.inbox_id FROM outbox o CROSS JOIN past_inboxes p ON p.account_id = o.account_id AND p.until_status_id >= o.since_status_id \
WHERE o.id = ?1 \
UNION SELECT a.inbox_id FROM outbox o CROSS JOIN json_each(o.to_accounts) j CROSS JOIN accounts a ON a.id = j.value \
WHERE o.id = ?1 AND a.inbox_id IS NOT NULL \
UNION SELECT relays.inbox_id FROM outbox o CROSS JOIN relays WHERE o.id = ?1 AND o.to_relays = 1 AND relays.state = 'accepted' AND relays.inbox_id IS NOT NULL \
UNION SELECT j.value FROM outbox o CROSS JOIN json_each(o.to_inboxes) j WHERE o.id = ?1";

/// Inserts an outbox row's audience as chunks of at most `size`, within the database, so that no list of
/// followers is loaded. Only if the row has no document yet.
pub fn divide(outbox: Id, size: usize) -> Statement {
    Statement::new(format!(
        "INSERT INTO chunks (outbox_id, first_inbox_id, inboxes) SELECT ?1, min(z.inbox_id), json_group_array(z.inbox_id) \
         FROM (SELECT y.inbox_id, (row_number() OVER (ORDER BY y.inbox_id) - 1) / CAST(?2 AS INTEGER) AS n \
         FROM ({AUDIENCE}) y CROSS JOIN inboxes x ON x.id = y.inbox_id WHERE x.is_blocked = 0) z \
         WHERE (SELECT activity FROM outbox WHERE id = ?1) IS NULL GROUP BY z.n"
    ))
    .bind(outbox)
    .bind(size)
}

/// Followers of a local account behind an inbox whose follows have ids above `after`, with these ids, in their order.
/// Reads the followers from there on, until there are enough.
pub fn followers_behind(author: Id, inbox: Id, after: Id, limit: usize) -> Query<Vec<(Id, Account)>> {
    Query::all(
        Statement::new(format!(
            "SELECT f.id AS follow_id, {} AS account FROM follows f INDEXED BY follows_by_target \
             CROSS JOIN accounts a ON a.id = f.account_id \
             WHERE f.target_id = ?1 AND f.id > ?4 AND a.inbox_id = ?2 ORDER BY f.id LIMIT CAST(?3 AS INTEGER)",
            super::accounts::packed("a")
        ))
        .bind(author)
        .bind(inbox)
        .bind(limit)
        .bind(after),
        |row| Ok((row.id("follow_id")?, super::accounts::read(row)?)),
    )
}

/// Inboxes that got a status of an account, and whose last follower of it left later.
pub fn past(account: Id, status: Id, limit: usize) -> Query<Vec<Id>> {
    Query::all(
        Statement::new(
            "SELECT inbox_id AS id FROM past_inboxes WHERE account_id = ?1 AND until_status_id >= ?2 LIMIT ?3",
        )
        .bind(account)
        .bind(status)
        .bind(limit),
        |row| row.id("id"),
    )
}

/// How many inboxes an activity of an account for all its followers is for: those of its followers, of those who were
/// followers, and of relays. Two rows read for each.
pub fn servers(account: Id) -> Query<usize> {
    Query::new(
        Statement::new(
            "SELECT count(*) AS n FROM (SELECT a.inbox_id FROM follows f CROSS JOIN accounts a ON a.id = f.account_id \
             WHERE f.target_id = ?1 AND a.inbox_id IS NOT NULL UNION SELECT inbox_id FROM past_inboxes WHERE account_id = ?1 \
             UNION SELECT inbox_id FROM relays WHERE state = 'accepted' AND inbox_id IS NOT NULL)",
        )
        .bind(account),
        |rows| rows.first().map_or(Ok(0), |row| Ok(usize::try_from(row.int("n")?).unwrap_or(0))),
    )
}

/// Inserts an inbox, once.
pub fn insert(id: Id, url: &str, domain: &str) -> Statement {
    super::domain_blocks::insert_inbox(id, url, domain)
}

/// The inbox at a URL.
pub fn by_url(url: &str) -> Query<Option<Id>> {
    Query::first(Statement::new("SELECT id FROM inboxes WHERE url = ?1").bind(url), |row| row.id("id"))
}
