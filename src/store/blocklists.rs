//! blocklists, blocklist_chunks, blocklist_waiting: lists of domains that are subscribed to, files of them, and what waits for
//! the operator.

use super::{Query, to_json};
use crate::error::Result;
use crate::model::blocklist::{Blocklist, State, Wrong};
use crate::model::domain_block::Severity;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

const COLUMNS: &str =
    "id, url, name, max_severity, state, entries, unreadable, etag, next_at, refreshed_at, error";

fn read(row: &Row) -> Result<Blocklist> {
    Ok(Blocklist {
        id: row.id("id")?,
        url: row.opt_text("url")?,
        name: row.text("name")?,
        max_severity: Severity::parse(&row.text("max_severity")?).unwrap_or_default(),
        state: State::parse(&row.text("state")?),
        entries: row.int("entries")?,
        unreadable: row.int("unreadable")?,
        etag: row.text("etag")?,
        next_at: row.time("next_at")?,
        refreshed_at: row.opt_time("refreshed_at")?,
        error: row.text("error")?,
    })
}

/// All lists and files, by id. There are few.
pub fn all() -> Query<Vec<Blocklist>> {
    Query::all(Statement::new(format!("SELECT {COLUMNS} FROM blocklists ORDER BY id LIMIT 100")), read)
}

pub fn by_id(id: Id) -> Query<Option<Blocklist>> {
    Query::first(Statement::new(format!("SELECT {COLUMNS} FROM blocklists WHERE id = ?1")).bind(id), read)
}

/// The subscriptions that are due to be fetched. There are few.
pub fn due(now: Time) -> Query<Vec<Id>> {
    Query::all(
        Statement::new("SELECT id FROM blocklists WHERE state = 'active' AND next_at <= ?1 LIMIT 100")
            .bind(now),
        |row| row.id("id"),
    )
}

/// Inserts a list, unless there are `most` subscriptions; answers a row. Conflict where its address is there.
pub fn insert(list: &Blocklist, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO blocklists (id, url, name, max_severity, state, entries, unreadable, next_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE ?2 IS NULL OR (SELECT count(*) FROM blocklists WHERE url IS NOT NULL) < ?9 RETURNING id",
    )
    .bind(list.id)
    .bind(list.url.clone())
    .bind(&list.name)
    .bind(list.max_severity.as_str())
    .bind(list.state.as_str())
    .bind(list.entries)
    .bind(list.unreadable)
    .bind(list.next_at)
    .bind(most)
}

/// A list is about to be fetched: the next time is then, whatever becomes of it.
pub fn put_off(id: Id, until: Time) -> Statement {
    Statement::new("UPDATE blocklists SET next_at = ?2 WHERE id = ?1").bind(id).bind(until)
}

/// A list was read. `None`: it is as it was.
pub fn refreshed(id: Id, found: Option<(usize, usize, &str)>, now: Time) -> Statement {
    match found {
        None => Statement::new("UPDATE blocklists SET refreshed_at = ?2, error = '' WHERE id = ?1").bind(id).bind(now),
        Some((entries, unreadable, etag)) => Statement::new(
            "UPDATE blocklists SET refreshed_at = ?2, error = '', entries = ?3, unreadable = ?4, etag = ?5 WHERE id = ?1",
        )
        .bind(id)
        .bind(now)
        .bind(entries)
        .bind(unreadable)
        .bind(etag),
    }
}

/// A list was not read; what it named stays.
pub fn failed(id: Id, wrong: Wrong) -> Statement {
    Statement::new("UPDATE blocklists SET error = ?2 WHERE id = ?1").bind(id).bind(wrong.as_str())
}

/// A file's buckets, not to be applied yet. Empty ones are left out.
pub fn keep(list: Id, texts: &[(u32, &str)]) -> Statement {
    Statement::new(
        "INSERT INTO blocklist_chunks (bucket, list_id, entries) SELECT j.value ->> 0, ?1, j.value ->> 1 FROM json_each(?2) j \
         WHERE j.value ->> 1 <> '' ON CONFLICT (bucket, list_id) DO UPDATE SET entries = excluded.entries",
    )
    .bind(list)
    .bind(to_json(texts))
}

/// What takes the place of buckets, where a list is active: a job applies it. One that is as it was costs no row.
pub fn stage(list: Id, texts: &[(u32, &str)]) -> Statement {
    Statement::new(
        "INSERT INTO blocklist_chunks (bucket, list_id, entries, next) SELECT j.value ->> 0, ?1, '', j.value ->> 1 FROM json_each(?2) j \
         WHERE (j.value ->> 1 <> '' OR EXISTS (SELECT 1 FROM blocklist_chunks c WHERE c.bucket = j.value ->> 0 AND c.list_id = ?1)) \
         AND EXISTS (SELECT 1 FROM blocklists WHERE id = ?1 AND state = 'active') \
         ON CONFLICT (bucket, list_id) DO UPDATE SET next = iif(entries = excluded.next, NULL, excluded.next) \
         WHERE blocklist_chunks.entries <> excluded.next OR blocklist_chunks.next IS NOT NULL",
    )
    .bind(list)
    .bind(to_json(texts))
}

/// All subscriptions are to be applied again, since a rule has changed.
pub fn stage_again() -> Statement {
    Statement::new(
        "UPDATE blocklist_chunks SET next = entries WHERE next IS NULL \
         AND list_id IN (SELECT id FROM blocklists WHERE state = 'active' LIMIT 100)",
    )
}

/// One bucket of the subscriptions is to be applied again.
pub fn stage_bucket(bucket: u32) -> Statement {
    Statement::new(
        "UPDATE blocklist_chunks SET next = entries WHERE bucket = ?1 AND next IS NULL \
         AND list_id IN (SELECT id FROM blocklists WHERE state = 'active' LIMIT 100)",
    )
    .bind(i64::from(bucket))
}

/// A subscription is given up: what it brought is to go.
pub fn drop_list(id: Id) -> Vec<Statement> {
    vec![
        Statement::new("UPDATE blocklists SET state = 'dropped' WHERE id = ?1 AND state = 'active'").bind(id),
        Statement::new(format!("UPDATE blocklist_chunks SET next = '' WHERE list_id = ?1 AND {BUCKETS_OF}"))
            .bind(id),
        forget_done(),
    ]
}

/// The primary key begins with the bucket, of which there are few.
const BUCKETS_OF: &str = "bucket >= 0 AND bucket < 32";

/// A file is to be applied but for these domains' entries, which are given anew by bucket; or is forgotten.
pub fn take_file(id: Id, texts: &[(u32, &str)]) -> Vec<Statement> {
    vec![
        Statement::new("UPDATE blocklists SET state = 'taken' WHERE id = ?1 AND state = 'preview'").bind(id),
        Statement::new(
            "UPDATE blocklist_chunks SET next = (SELECT j.value ->> 1 FROM json_each(?2) j WHERE j.value ->> 0 = bucket), entries = '' \
             WHERE list_id = ?1 AND bucket IN (SELECT j.value ->> 0 FROM json_each(?2) j) \
             AND EXISTS (SELECT 1 FROM blocklists WHERE id = ?1 AND state = 'taken')",
        )
        .bind(id)
        .bind(to_json(texts)),
    ]
}

/// Forgets a file that is not applied.
pub fn delete_file(id: Id) -> Statement {
    Statement::new("DELETE FROM blocklists WHERE id = ?1 AND state = 'preview'").bind(id)
}

/// Forgets files that nobody confirmed.
pub fn forget_files(before: Time) -> Statement {
    Statement::new("DELETE FROM blocklists WHERE id < ?1 AND state = 'preview'").bind(Id::floor(before.0))
}

/// The buckets of one list.
pub fn buckets_of(id: Id) -> Query<Vec<(u32, String)>> {
    Query::all(
        Statement::new(format!(
            "SELECT bucket, entries FROM blocklist_chunks WHERE list_id = ?1 AND {BUCKETS_OF}"
        ))
        .bind(id),
        |row| Ok((u32::try_from(row.int("bucket")?).unwrap_or(0), row.text("entries")?)),
    )
}

/// A row of a bucket, with what is needed of its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub bucket: u32,
    pub list_id: Id,
    pub name: String,
    pub state: State,
    pub max_severity: Severity,
    pub entries: String,
    pub next: Option<String>,
}

/// The first bucket of which something is to be applied: all of its rows.
pub fn next_bucket() -> Query<Vec<Part>> {
    Query::all(
        Statement::new(
            "SELECT c.bucket AS bucket, c.list_id AS list_id, l.name AS name, l.state AS state, l.max_severity AS max_severity, \
             c.entries AS entries, c.next AS next FROM blocklist_chunks c CROSS JOIN blocklists l ON l.id = c.list_id \
             WHERE c.bucket = (SELECT min(bucket) FROM blocklist_chunks INDEXED BY blocklist_chunks_due WHERE next IS NOT NULL) \
             ORDER BY c.list_id",
        ),
        |row| {
            Ok(Part {
                bucket: u32::try_from(row.int("bucket")?).unwrap_or(0),
                list_id: row.id("list_id")?,
                name: row.text("name")?,
                state: State::parse(&row.text("state")?),
                max_severity: Severity::parse(&row.text("max_severity")?).unwrap_or_default(),
                entries: row.text("entries")?,
                next: row.opt_text("next")?,
            })
        },
    )
}

/// Whether anything is to be applied.
pub fn is_any() -> Query<bool> {
    Query::new(
        Statement::new(
            "SELECT 1 AS found FROM blocklist_chunks INDEXED BY blocklist_chunks_due WHERE next IS NOT NULL LIMIT 1",
        ),
        |rows| Ok(!rows.is_empty()),
    )
}

/// What was applied of a bucket is what stands there, as far as it is still what was read.
pub fn settle(parts: &[Part]) -> Vec<Statement> {
    let rows: Vec<_> = parts.iter().filter_map(|p| Some((p.bucket, p.list_id.0, p.next.as_ref()?))).collect();
    let bucket = i64::from(parts.first().map_or(0, |p| p.bucket));
    vec![
        Statement::new(
            "UPDATE blocklist_chunks SET entries = next, next = NULL WHERE bucket = ?1 AND next IS NOT NULL \
             AND (bucket, list_id, next) IN (SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?2) j)",
        )
        .bind(bucket)
        .bind(to_json(&rows)),
        Statement::new(
            "DELETE FROM blocklist_chunks WHERE bucket = ?1 AND next IS NULL AND (entries = '' \
             OR list_id IN (SELECT id FROM blocklists WHERE state = 'taken' LIMIT 100))",
        )
        .bind(bucket),
        forget_done(),
    ]
}

/// Forgets lists that were given up, and files that were applied, once nothing of them is left.
fn forget_done() -> Statement {
    Statement::new(format!(
        "DELETE FROM blocklists WHERE id IN (SELECT id FROM blocklists WHERE state IN ('dropped', 'taken') LIMIT 100) \
         AND NOT EXISTS (SELECT 1 FROM blocklist_chunks WHERE list_id = blocklists.id AND {BUCKETS_OF})"
    ))
}

/// A domain that waits for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub domain: String,
    pub is_confirmed: bool,
    pub following: i64,
    pub followers: i64,
}

fn read_waiting(row: &Row) -> Result<Waiting> {
    Ok(Waiting {
        domain: row.text("domain")?,
        is_confirmed: row.bool("is_confirmed")?,
        following: row.int("following")?,
        followers: row.int("followers")?,
    })
}

/// What waits to be decided, by name.
pub fn waiting() -> Query<Vec<Waiting>> {
    Query::all(
        Statement::new(
            "SELECT domain, is_confirmed, following, followers FROM blocklist_waiting WHERE is_confirmed = 0 ORDER BY domain LIMIT 500",
        ),
        read_waiting,
    )
}

/// Those of these domains.
pub fn waiting_of(domains: &[&str]) -> Query<Vec<Waiting>> {
    Query::all(
        Statement::new(
            "SELECT domain, is_confirmed, following, followers FROM blocklist_waiting WHERE domain IN (SELECT value FROM json_each(?1))",
        )
        .bind(to_json(domains)),
        read_waiting,
    )
}

/// These domains wait.
pub fn wait(all: &[Waiting], now: Time) -> Statement {
    let rows: Vec<_> = all.iter().map(|w| (&w.domain, w.following, w.followers)).collect();
    Statement::new(
        "INSERT INTO blocklist_waiting (domain, following, followers, found_at) SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, ?2 \
         FROM json_each(?1) j WHERE 1 ON CONFLICT (domain) DO UPDATE SET following = excluded.following, followers = excluded.followers \
         WHERE (blocklist_waiting.following, blocklist_waiting.followers) <> (excluded.following, excluded.followers)",
    )
    .bind(to_json(&rows))
    .bind(now)
}

/// The operator has said yes.
pub fn confirm(domain: &str) -> Statement {
    Statement::new("UPDATE blocklist_waiting SET is_confirmed = 1 WHERE domain = ?1").bind(domain)
}

/// These domains wait no more.
pub fn wait_no_more(domains: &[&str]) -> Statement {
    Statement::new("DELETE FROM blocklist_waiting WHERE domain IN (SELECT value FROM json_each(?1))")
        .bind(to_json(domains))
}
