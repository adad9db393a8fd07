//! imports and import_chunks, and what there is to export.

use super::muting::in_force;
use super::statuses::VISIBLE;
use super::{Query, sound, to_json};
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::import::{Chunk, Entry, Import, Kind, Progress, REMOVALS, Removal, Why};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

fn read(row: &Row) -> Result<Import> {
    let kind = row.text("kind")?;
    Ok(Import {
        id: row.id("id")?,
        account_id: row.id("account_id")?,
        kind: Kind::from_name(&kind).ok_or_else(|| Error::internal(format!("an import of {kind}")))?,
        is_overwrite: row.bool("is_overwrite")?,
        total: row.int("total")?,
        removal: Removal::from_number(row.int("removal")?),
        pass: row.int("pass")?,
        created_at: row.time("created_at")?,
        finished_at: row.opt_time("finished_at")?,
    })
}

/// Begins an import in place of a finished or unconfirmed one of its kind. The second statement returns a row unless another one is under
/// way. Entries are in `chunks`, which are numbered anew and written in parts of less than [`PART`] bytes, if none is longer.
pub fn insert(import: &Import, chunks: &[Chunk]) -> Vec<Statement> {
    let (waiting, failed) = chunks.iter().map(Chunk::counts).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    let mut batch = vec![
        Statement::new("DELETE FROM imports WHERE account_id = ?1 AND kind = ?2 AND (finished_at IS NOT NULL OR removal < 0)")
            .bind(import.account_id)
            .bind(import.kind.name()),
        Statement::new(
            "INSERT INTO imports (id, account_id, kind, is_overwrite, total, created_at, waiting, failed, removal) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
             ON CONFLICT (account_id, kind) DO NOTHING RETURNING id",
        )
        .bind(import.id)
        .bind(import.account_id)
        .bind(import.kind.name())
        .bind(import.is_overwrite)
        .bind(import.total)
        .bind(import.created_at)
        .bind(waiting)
        .bind(failed)
        .bind(import.removal.number()),
    ];
    let (mut rows, mut first) = (String::new(), 0);
    for (n, chunk) in chunks.iter().enumerate() {
        let row = to_json(&(&chunk.entries, &chunk.failed, &chunk.named));
        if !rows.is_empty() && rows.len() + row.len() + 3 > PART {
            batch.push(insert_chunks(import.id, first, &std::mem::take(&mut rows)));
            first = n;
        }
        if !rows.is_empty() {
            rows.push(',');
        }
        rows.push_str(&row);
    }
    batch.push(insert_chunks(import.id, first, &rows));
    batch
}

/// Bytes of a value: D1 has two million for one.
const PART: usize = 400_000;

/// Chunks from the number `first` on; `rows` is a JSON list without its brackets.
fn insert_chunks(import: Id, first: usize, rows: &str) -> Statement {
    Statement::new(
        "INSERT INTO import_chunks (import_id, n, entries, failed, named) \
         SELECT ?1, CAST(?3 AS INTEGER) + j.key, j.value -> 0, j.value -> 1, j.value -> 2 FROM json_each(?2) j \
         WHERE EXISTS (SELECT 1 FROM imports WHERE id = ?1)",
    )
    .bind(import)
    .bind(format!("[{rows}]"))
    .bind(first)
}

/// A person has confirmed an import: the first statement returns a row where it removes no more than what they were told. Else
/// that is counted again, and to be confirmed again.
pub fn confirm(import: &Import) -> [Statement; 2] {
    let confirmed = Statement::new(format!(
        "UPDATE imports SET removal = 0 WHERE id = ?2 AND removal < 0 AND extra >= {} RETURNING id",
        count(import.kind)
    ));
    [confirmed.bind(import.account_id).bind(import.id), count_extra(import)]
}

pub fn by_id(id: Id) -> Query<Option<Import>> {
    Query::first(Statement::new("SELECT * FROM imports WHERE id = ?1").bind(id), read)
}

/// A person's imports, the newest first.
pub fn of(account: Id) -> Query<Vec<Progress>> {
    Query::all(
        Statement::new("SELECT * FROM imports WHERE account_id = ?1 ORDER BY id DESC").bind(account),
        |row| {
            let [waiting, failed, extra] = [row.int("waiting")?, row.int("failed")?, row.int("extra")?];
            Ok(Progress { import: read(row)?, waiting, failed, extra })
        },
    )
}

/// The entries of a person's import of one kind that failed, each with why.
pub fn failures(account: Id, kind: Kind) -> Query<Vec<Entry>> {
    let all: Query<Vec<Vec<Entry>>> = Query::all(
        Statement::new(
            "SELECT c.failed AS failed FROM imports i CROSS JOIN import_chunks c ON c.import_id = i.id \
             WHERE i.account_id = ?1 AND i.kind = ?2 ORDER BY c.n",
        )
        .bind(account)
        .bind(kind.name()),
        |row| Ok(serde_json::from_str(&row.text("failed")?)?),
    );
    all.map(|chunks| chunks.into_iter().flatten().collect())
}

/// The first chunk with entries to be done now.
pub fn next_chunk(import: Id) -> Query<Option<Chunk>> {
    Query::first(
        Statement::new(
            "SELECT n, version, entries, later, failed, named FROM import_chunks \
             WHERE import_id = ?1 AND entries <> '[]' ORDER BY n LIMIT 1",
        )
        .bind(import),
        |row| {
            let mut chunk = Chunk {
                n: row.int("n")?,
                version: row.int("version")?,
                entries: serde_json::from_str(&row.text("entries")?)?,
                later: serde_json::from_str(&row.text("later")?)?,
                failed: serde_json::from_str(&row.text("failed")?)?,
                named: serde_json::from_str(&row.text("named")?)?,
                ..Chunk::default()
            };
            chunk.read_with = chunk.counts();
            Ok(chunk)
        },
    )
}

/// Stores how far a chunk is, and its import; the first statement returns a row unless the chunk was changed since it was
/// read. What is done and needed no more is deleted.
pub fn save(import: Id, chunk: &Chunk) -> [Statement; 3] {
    let more = |now: usize, before: usize| match chunk.is_removal() {
        true => 0,
        false => i64::try_from(now).unwrap_or(0) - i64::try_from(before).unwrap_or(0),
    };
    let ((waiting, failed), before) = (chunk.counts(), chunk.read_with);
    [
        Statement::new(
            "UPDATE imports SET waiting = waiting + ?4, failed = failed + ?5 WHERE id = ?1 AND EXISTS (\
             SELECT 1 FROM import_chunks WHERE import_id = ?1 AND n = ?2 AND version = ?3) RETURNING id",
        )
        .bind(import)
        .bind(chunk.n)
        .bind(chunk.version)
        .bind(more(waiting, before.0))
        .bind(more(failed, before.1)),
        Statement::new(
            "UPDATE import_chunks SET version = version + 1, entries = ?4, later = ?5, failed = ?6, named = ?7 \
             WHERE import_id = ?1 AND n = ?2 AND version = ?3",
        )
        .bind(import)
        .bind(chunk.n)
        .bind(chunk.version)
        .bind(to_json(&chunk.entries))
        .bind(to_json(&chunk.later))
        .bind(to_json(&chunk.failed))
        .bind(to_json(&chunk.named)),
        Statement::new(
            "DELETE FROM import_chunks WHERE import_id = ?1 AND n = ?2 AND entries = '[]' AND later = '[]' \
             AND failed = '[]' AND named = '[]'",
        )
        .bind(import)
        .bind(chunk.n),
    ]
}

/// Whether entries wait for the next pass.
pub fn has_later(import: Id) -> Query<bool> {
    Query::new(
        Statement::new("SELECT 1 AS found FROM import_chunks WHERE import_id = ?1 AND later <> '[]' LIMIT 1")
            .bind(import),
        |rows| Ok(!rows.is_empty()),
    )
}

/// Begins the pass after `pass`, unless it has begun.
pub fn next_pass(import: Id, pass: i64) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE import_chunks SET version = version + 1, entries = later, later = '[]' WHERE import_id = ?1 AND later <> '[]' \
             AND EXISTS (SELECT 1 FROM imports WHERE id = ?1 AND pass = ?2)",
        )
        .bind(import)
        .bind(pass),
        Statement::new("UPDATE imports SET pass = pass + 1 WHERE id = ?1 AND pass = ?2").bind(import).bind(pass),
    ]
}

/// Ends an import; what failed stays.
pub fn finish(import: Id, now: Time) -> [Statement; 3] {
    [
        Statement::new("UPDATE imports SET finished_at = ?2, waiting = 0 WHERE id = ?1")
            .bind(import)
            .bind(now),
        Statement::new("DELETE FROM import_chunks WHERE import_id = ?1 AND failed = '[]'").bind(import),
        Statement::new(
            "UPDATE import_chunks SET entries = '[]', later = '[]', named = '[]' WHERE import_id = ?1",
        )
        .bind(import),
    ]
}

/// Deletes an import of a person, finished or not.
pub fn delete(account: Id, import: Id) -> Statement {
    Statement::new("DELETE FROM imports WHERE id = ?2 AND account_id = ?1").bind(account).bind(import)
}

/// Ends an import of a person that is under way; what has failed stays, and how much was not done. Its chunks get another version, so
/// that a step of its job that is going on stores nothing.
pub fn stop(account: Id, import: Id, now: Time) -> [Statement; 3] {
    let is_theirs = "EXISTS (SELECT 1 FROM imports WHERE id = ?1 AND account_id = ?2)";
    let of = |sql: String| Statement::new(sql).bind(import).bind(account);
    [
        of("UPDATE imports SET finished_at = ?3 WHERE id = ?1 AND account_id = ?2".into()).bind(now),
        of(format!("DELETE FROM import_chunks WHERE import_id = ?1 AND failed = '[]' AND {is_theirs}")),
        of(format!(
            "UPDATE import_chunks SET version = version + 1, entries = '[]', later = '[]', named = '[]' \
             WHERE import_id = ?1 AND {is_theirs}"
        )),
    ]
}

pub fn delete_by_id(import: Id) -> Statement {
    Statement::new("DELETE FROM imports WHERE id = ?1").bind(import)
}

/// Deletes imports that were finished or not confirmed long ago, and gives those a job again that have lost theirs.
pub fn tidy(before: Time, unconfirmed_before: Time, now: Time) -> [Statement; 2] {
    [
        Statement::new("DELETE FROM imports WHERE finished_at < ?1 OR (removal < 0 AND created_at < ?2)")
            .bind(before)
            .bind(unconfirmed_before),
        // The id of an import is that of no job.
        Statement::new(
            "INSERT INTO jobs (id, kind, subject, context, next_attempt_at) \
             SELECT id, 'import', CAST(id AS TEXT), CAST(account_id AS TEXT), ?1 FROM imports WHERE finished_at IS NULL AND removal >= 0 \
             ON CONFLICT DO NOTHING",
        )
        .bind(now),
    ]
}

/// What is in the file of an import (`?2`). Each `IN` reads all of it once.
const NAMED: &str = "(SELECT n.value FROM import_chunks c \
                     CROSS JOIN json_each(iif(json_valid(c.named), c.named, '[]')) n WHERE c.import_id = ?2)";

/// The address of an account `a` in lower case, as it is in `named`.
const NAME: &str = "lower(a.username) || '@' || a.domain";

/// Only an import that is under way and has removed nothing: without it [`NAMED`] would be empty, and everything be removed.
const MAY_REMOVE: &str =
    "EXISTS (SELECT 1 FROM imports i WHERE i.id = ?2 AND i.finished_at IS NULL AND i.removal = 0)";

/// Accounts of a chunk of those that are removed.
const REMOVED: usize = 100;

/// What the account `?1` has of a kind and the file has not: the keys of its rows, of each table. The file has names;
/// `by_ids` looks at the ids as well that were found for them.
fn extra(kind: Kind, by_ids: bool) -> Vec<String> {
    let is_no_id = |id: &str| if by_ids { format!(" AND {id} NOT IN {NAMED}") } else { String::new() };
    let accounts = |table: &str| {
        format!(
            "SELECT f.target_id AS extra FROM {table} f CROSS JOIN accounts a ON a.id = f.target_id \
             WHERE f.account_id = ?1 AND {NAME} NOT IN {NAMED}{}",
            is_no_id("CAST(a.id AS TEXT)")
        )
    };
    match kind {
        Kind::Following => vec![accounts("follows")],
        Kind::Blocks => vec![accounts("blocks")],
        Kind::Mutes => vec![accounts("mutes")],
        Kind::DomainBlocks => {
            vec![format!(
                "SELECT domain AS extra FROM account_domain_blocks WHERE account_id = ?1 AND domain NOT IN {NAMED}"
            )]
        }
        Kind::Bookmarks => vec![format!(
            "SELECT b.status_id AS extra FROM bookmarks b CROSS JOIN statuses s ON s.id = b.status_id \
             WHERE b.account_id = ?1 AND s.uri NOT IN {NAMED}{}",
            is_no_id("CAST(s.id AS TEXT)")
        )],
        Kind::Lists => vec![
            format!(
                "SELECT m.list_id, m.target_id FROM lists l CROSS JOIN list_accounts m ON m.list_id = l.id \
                 CROSS JOIN accounts a ON a.id = m.target_id WHERE l.account_id = ?1 \
                 AND l.title || char(10) || {NAME} NOT IN {NAMED}{}",
                is_no_id("l.title || char(10) || a.id")
            ),
            format!(
                "SELECT id AS extra FROM lists WHERE account_id = ?1 AND title || char(10) NOT IN {NAMED}"
            ),
        ],
        Kind::Followers => Vec::new(),
    }
}

/// How much that is.
fn count(kind: Kind) -> String {
    let counts: Vec<_> =
        extra(kind, false).iter().map(|rows| format!("(SELECT count(*) FROM ({rows}))")).collect();
    if counts.is_empty() { "0".to_owned() } else { format!("({})", counts.join(" + ")) }
}

/// Stores how much a person has of the kind of an import and its file has not; of lists their members and the lists themselves.
/// Who has another name in the file is counted as well: that is known once the file's names are looked up. It reads the whole
/// file, so this is done when it is uploaded and confirmed, and not each time that somebody looks at the page.
pub fn count_extra(import: &Import) -> Statement {
    Statement::new(format!("UPDATE imports SET extra = {} WHERE id = ?2 AND removal < 0", count(import.kind)))
        .bind(import.account_id)
        .bind(import.id)
}

/// Removes what is not in the file of an import, once. Of follows and blocks others are told: they become chunks of their own
/// ([`REMOVALS`]), so that they are looked for once.
pub fn remove_extra(import: &Import) -> Vec<Statement> {
    let apart = |rows: &str| {
        format!(
            "INSERT INTO import_chunks (import_id, n, entries, failed, named) \
             SELECT ?2, {REMOVALS} + e.n, json_group_array(json_array(CAST(e.extra AS TEXT))), '[]', '[]' FROM (\
             SELECT extra, (row_number() OVER () - 1) / {REMOVED} AS n FROM ({rows}) WHERE {MAY_REMOVE}) e GROUP BY e.n"
        )
    };
    let delete = |table: &str, key: &str, rows: &str| {
        format!("DELETE FROM {table} WHERE {MAY_REMOVE} AND {key} IN ({rows})")
    };
    let mut all = Vec::new();
    for (n, rows) in extra(import.kind, true).iter().enumerate() {
        all.push(match (import.kind, n) {
            (Kind::Following | Kind::Blocks, _) => apart(rows),
            (Kind::Mutes, _) => delete("mutes", "account_id = ?1 AND target_id", rows),
            (Kind::DomainBlocks, _) => delete("account_domain_blocks", "account_id = ?1 AND domain", rows),
            (Kind::Bookmarks, _) => delete("bookmarks", "account_id = ?1 AND status_id", rows),
            (Kind::Lists, 0) => delete("list_accounts", "(list_id, target_id)", rows),
            _ => delete("lists", "account_id = ?1 AND id", rows),
        });
    }
    let bound = |sql: String| Statement::new(sql).bind(import.account_id).bind(import.id);
    let mut batch: Vec<Statement> = all.into_iter().map(bound).collect();
    let begun = "UPDATE imports SET removal = 1 WHERE id = ?1 AND removal = 0";
    batch.push(Statement::new(begun).bind(import.id));
    batch
}

/// After the removal: what there was no room for is to be done again, once.
pub fn retry_full(import: Id) -> [Statement; 2] {
    let full = format!("value ->> 0 = '{}'", Why::Full.name());
    [
        Statement::new(format!(
            "UPDATE import_chunks SET version = version + 1, \
             entries = (SELECT json_group_array(json_remove(value, '$[0]')) FROM json_each(failed) WHERE {full}), \
             failed = (SELECT json_group_array(json(value)) FROM json_each(failed) WHERE NOT {full}) \
             WHERE import_id = ?1 AND EXISTS (SELECT 1 FROM json_each(failed) WHERE {full}) \
             AND EXISTS (SELECT 1 FROM imports WHERE id = ?1 AND removal = 1)"
        ))
        .bind(import),
        Statement::new(
            "UPDATE imports SET removal = 2, pass = 0, waiting = n, failed = failed - n FROM (\
             SELECT coalesce(sum(json_array_length(entries)), 0) AS n FROM import_chunks WHERE import_id = ?1) \
             WHERE id = ?1 AND removal = 1",
        )
        .bind(import),
    ]
}

/// Entries of a row of what is exported: of the longest there are less than the two megabytes of a row.
const PAGE: usize = 900;
/// As [`PAGE`], for [`followed_pages`]: names and addresses are longer.
const OUTLINES: usize = 300;
/// Rows of an export.
const MAX_PAGES: usize = 40;

/// All entries of a statement that has one in each row, read once and told in rows of so many. At most [`MAX_PAGES`] rows.
fn paged(rows: &str, of: usize, account: Id) -> Query<Vec<Entry>> {
    let all: Query<Vec<Vec<(i64, Entry)>>> = Query::all(
        Statement::new(format!(
            "SELECT json_group_array(json_array(n, json(entry))) AS entries FROM (\
             SELECT entry, row_number() OVER () AS n FROM ({rows} LIMIT {})) GROUP BY (n - 1) / {of}",
            of * MAX_PAGES
        ))
        .bind(account),
        |row| Ok(serde_json::from_str(&row.text("entries")?)?),
    );
    all.map(|pages| {
        let mut all: Vec<(i64, Entry)> = pages.into_iter().flatten().collect();
        all.sort_by_key(|(n, _)| *n);
        all.into_iter().map(|(_, entry)| entry).collect()
    })
}

/// How many of each kind a person has, in the order of [`Kind::ALL`].
pub fn counts(account: Id) -> Query<Vec<usize>> {
    let count = |kind: Kind| format!("(SELECT count(*) FROM ({}))", rows(kind));
    let all: Vec<String> =
        Kind::ALL.into_iter().map(|kind| format!("{} AS {}", count(kind), kind.name())).collect();
    Query::new(
        Statement::new(format!("SELECT ?1 AS account_id, {}", all.join(", "))).bind(account),
        |found| {
            let Some(row) = found.first() else { return Ok(Vec::new()) };
            Kind::ALL
                .into_iter()
                .map(|kind| Ok(usize::try_from(row.int(kind.name())?).unwrap_or(0)))
                .collect()
        },
    )
}

/// The rows of a kind of the account `?1`: `entry` is a JSON list of texts.
fn rows(kind: Kind) -> String {
    let address = "a.username || '@' || a.domain";
    let flag = |column: &str| format!("iif({column}, 'true', 'false')");
    let of = |table: &str, entry: &str, whose: &str, other: &str, and: &str| {
        format!(
            "SELECT json_array({entry}) AS entry FROM {table} f CROSS JOIN accounts a ON a.id = f.{other} \
             WHERE f.{whose} = ?1 AND {and} ORDER BY f.id DESC"
        )
    };
    match kind {
        Kind::Following => {
            let languages = format!(
                "(SELECT coalesce(group_concat(value, ', '), '') FROM json_each({}))",
                sound("ifnull(f.languages, '[]')")
            );
            let entry = [
                address.to_owned(),
                flag("f.shows_reblogs"),
                flag("f.is_notifying"),
                languages,
            ];
            of("follows", &entry.join(", "), "account_id", "target_id", "1")
        }
        Kind::Followers => of("follows", address, "target_id", "account_id", "1"),
        Kind::Blocks => of("blocks", address, "account_id", "target_id", "1"),
        Kind::Mutes => {
            let entry = format!("{address}, {}", flag("f.hides_notifications"));
            of("mutes", &entry, "account_id", "target_id", &in_force("f"))
        }
        Kind::DomainBlocks => {
            "SELECT json_array(domain) AS entry FROM account_domain_blocks WHERE account_id = ?1 ORDER BY id DESC".into()
        }
        Kind::Bookmarks => format!(
            "SELECT json_array(s.uri) AS entry FROM bookmarks b INDEXED BY bookmarks_by_account \
             CROSS JOIN statuses s ON s.id = b.status_id WHERE b.account_id = ?1 AND {} ORDER BY b.id DESC",
            *VISIBLE
        ),
        Kind::Lists => format!(
            "SELECT json_array(l.title, {address}) AS entry FROM lists l CROSS JOIN list_accounts m ON m.list_id = l.id \
             CROSS JOIN accounts a ON a.id = m.target_id WHERE l.account_id = ?1 ORDER BY l.title, l.id, m.id DESC"
        ),
    }
}

/// What a person has of a kind, the newest first, lists by title. At most [`MAX_PAGES`] times [`PAGE`] entries.
pub fn export(account: Id, kind: Kind) -> Query<Vec<Entry>> {
    paged(&rows(kind), PAGE, account)
}

/// The accounts that a person follows, each with its name, its address, its page and that page's feed or `''`. At most
/// [`MAX_PAGES`] times [`OUTLINES`].
///
/// Which software a server runs is not stored. Mastodon and Misskey have a feed at the address of a profile, which is
/// `/@name`, with `.rss`; others whose profiles have such addresses (GoToSocial) have keys with ids of another form.
pub fn followed_pages(account: Id) -> Query<Vec<Entry>> {
    let has_feed = "a.domain_id IS NOT NULL OR (a.public_key_id IS NULL AND substr(a.url, 1, 8) = 'https://' \
                    AND substr(a.url, -length(a.username) - 2) = '/@' || a.username)";
    let rows = format!(
        "SELECT json_array(iif(a.display_name = '', a.username, a.display_name), \
         a.username || '@' || a.domain, a.url, iif({has_feed}, a.url || '.rss', '')) AS entry \
         FROM follows f CROSS JOIN accounts a ON a.id = f.target_id WHERE f.account_id = ?1 AND a.suspended_at IS NULL \
         ORDER BY f.id DESC"
    );
    paged(&rows, OUTLINES, account)
}
