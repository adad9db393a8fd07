//! Search in stored statuses and accounts: only by indexes.
//!
//! `status_search` contains: local statuses, statuses that mention local accounts or that they interacted
//! with, and public ones of authors who allow indexing (cron adds those, some at a time, since one
//! transaction costs as many rows of the index as a single status would).

use super::pages::{accounts_within_budget, reach};
use super::statuses::{VISIBLE, newest_first, read_view, views};
use super::{Query, accounts, to_json, uris};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::StatusView;
use crate::platform::sql::{Statement, Value};

/// The smallest text that is greater than all with `prefix`.
pub(super) fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// How many trigrams a shorter word may be expanded to …
const MAX_TERMS: usize = 200;
/// … and for anonymous requests.
const ANONYMOUS_TERMS: usize = 40;
/// How many accounts are read.
const MAX_ACCOUNTS: usize = 200;
/// … and for anonymous requests.
const ANONYMOUS_ACCOUNTS: usize = 30;
/// How many matches are read.
const MAX_MATCHES: usize = 1000;

/// A phrase that no text contains.
const NOTHING: &str = "\"\u{1}\u{1}\u{1}\"";

/// A MATCH of all `words` and none of `without`, as an SQL expression with its parameters from `?first` on.
/// Words of fewer than three characters are expanded to all trigrams with that prefix. `None` without words.
fn matching(
    table: &str,
    words: &[String],
    without: &[String],
    first: usize,
    most_terms: usize,
) -> Option<(String, Vec<Value>)> {
    let quoted = |word: &str| format!("\"{}\"", word.replace('"', "\"\""));
    let (long, short): (Vec<&String>, Vec<&String>) = words.iter().partition(|w| w.chars().count() >= 3);
    let mut values = Vec::new();
    let mut parts = Vec::new();
    if !long.is_empty() {
        let all: Vec<String> = long.iter().map(|w| quoted(w)).collect();
        parts.push(format!("'(' || ?{} || ')'", first + values.len()));
        values.push(Value::from(all.join(" AND ")));
    }
    for word in short {
        let (from, to) = (first + values.len(), first + values.len() + 1);
        parts.push(format!(
            "'(\"' || (SELECT group_concat(replace(term, '\"', '\"\"'), '\" OR \"') FROM (SELECT term FROM {table}_terms \
             WHERE term >= ?{from} AND term < ?{to} LIMIT {most_terms})) || '\")'"
        ));
        values.push(Value::from(word.to_lowercase()));
        values.push(Value::from(end_of(&word.to_lowercase())));
    }
    if parts.is_empty() {
        return None;
    }
    let mut expression = parts.join(" || ' AND ' || ");
    // No trigram has this prefix: nothing is found.
    expression = format!("coalesce({expression}, '{NOTHING}')");
    for word in without.iter().filter(|w| w.chars().count() >= 3) {
        expression = format!("'(' || {expression} || ') NOT ' || ?{}", first + values.len());
        values.push(Value::from(quoted(word)));
    }
    Some((expression, values))
}

/// Accounts with all of `words` in their handle or name: exact handles and followed ones first, then by
/// followers. Limited ones only where they are followed or their name is asked for. Reads at most [`MAX_ACCOUNTS`].
pub fn accounts(
    words: &[String],
    viewer: Option<Id>,
    only_followed: bool,
    limit: usize,
    offset: usize,
) -> Query<Vec<Account>> {
    let (expression, values) =
        matching("account_search", words, &[], 6, reach(viewer, MAX_TERMS, ANONYMOUS_TERMS))
            .unwrap_or_else(|| (format!("'{NOTHING}'"), Vec::new()));
    let most = reach(viewer, MAX_ACCOUNTS, ANONYMOUS_ACCOUNTS);
    let mut statement = accounts_within_budget(&format!(
        "SELECT {} AS account FROM (SELECT rowid AS id FROM account_search WHERE account_search MATCH ({expression}) LIMIT {most}) x \
         CROSS JOIN accounts a ON a.id = x.id \
         LEFT JOIN follows f ON f.account_id = ?1 AND f.target_id = a.id \
         WHERE a.suspended_at IS NULL AND (?2 = 0 OR f.target_id IS NOT NULL) \
         AND (a.silenced_at IS NULL OR f.target_id IS NOT NULL OR a.id = ?1 OR lower(a.username) = lower(?3)) \
         AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = a.id AND k.target_id = ?1) \
         ORDER BY lower(a.username) = lower(?3) DESC, f.target_id IS NULL, a.domain_id IS NULL, a.followers_count DESC \
         LIMIT ?4 OFFSET ?5",
        accounts::packed_shown("a")
    ))
    .bind(viewer)
    .bind(only_followed)
    .bind(words.first().cloned().unwrap_or_default())
    .bind(limit)
    .bind(offset);
    for value in values {
        statement = statement.bind(value);
    }
    Query::all(statement, accounts::read)
}

/// A search for statuses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub words: Vec<String>,
    pub without: Vec<String>,
    /// Written by.
    pub from: Option<Id>,
    /// Operators such as `has:media`; the flag is true where it is negated.
    pub having: Vec<(Having, bool)>,
    pub language: Option<String>,
    /// Bounds of the id, exclusive.
    pub after: Option<Id>,
    pub before: Option<Id>,
    /// Only statuses of the viewer or that they interacted with.
    pub in_library: bool,
    /// Only public statuses of authors who allow indexing.
    pub in_public: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Having {
    Media,
    Image,
    Video,
    Audio,
    Poll,
    Link,
    Quote,
    Reply,
    Sensitive,
}

impl Having {
    fn sql(self) -> &'static str {
        match self {
            Self::Media => "s.media <> '[]'",
            Self::Image => "s.media LIKE '%\"kind\":\"image\"%'",
            Self::Video => "(s.media LIKE '%\"kind\":\"video\"%' OR s.media LIKE '%\"kind\":\"gifv\"%')",
            Self::Audio => "s.media LIKE '%\"kind\":\"audio\"%'",
            Self::Poll => "s.poll IS NOT NULL",
            Self::Link => "EXISTS (SELECT 1 FROM status_links l WHERE l.status_id = s.id)",
            Self::Quote => "s.quote_of_id IS NOT NULL",
            Self::Reply => "(s.in_reply_to_id IS NOT NULL OR s.in_reply_to_uri IS NOT NULL)",
            Self::Sensitive => "s.is_sensitive = 1",
        }
    }
}

/// Statuses that the viewer may find, newest first: their own, those they interacted with, and public ones of
/// authors who allow indexing.
pub fn statuses(wanted: &Wanted, viewer: Id, page: &Page) -> Query<Vec<StatusView>> {
    let most = page.max_id.into_iter().chain(wanted.before).min().map_or(crate::model::id::MAX, |id| id.0);
    let least = page.lower().into_iter().chain(wanted.after).max().map_or(0, |id| id.0);
    let mut conditions = String::new();
    for (having, is_negated) in &wanted.having {
        conditions.push_str(if *is_negated { " AND NOT " } else { " AND " });
        conditions.push_str(having.sql());
    }
    let library = "(s.account_id = ?1 OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = ?1 AND m.status_id = s.id) \
                   OR EXISTS (SELECT 1 FROM favourites v WHERE v.status_id = s.id AND v.account_id = ?1) \
                   OR EXISTS (SELECT 1 FROM bookmarks v WHERE v.account_id = ?1 AND v.status_id = s.id) \
                   OR EXISTS (SELECT 1 FROM statuses v WHERE v.reblog_of_id = s.id AND v.account_id = ?1) \
                   OR EXISTS (SELECT 1 FROM poll_votes v WHERE v.status_id = s.id AND v.account_id = ?1))";
    let open = "(s.visibility = 0 AND EXISTS (SELECT 1 FROM accounts w WHERE w.id = s.account_id AND w.is_indexable = 1))";
    let place = match (wanted.in_library, wanted.in_public) {
        (true, _) => library.to_owned(),
        (false, true) => open.to_owned(),
        (false, false) => format!("({library} OR {open})"),
    };
    let found = matching("status_search", &wanted.words, &wanted.without, 8, MAX_TERMS);
    let source = match (&found, wanted.from) {
        (Some((expression, _)), _) => format!(
            "SELECT rowid AS id FROM status_search WHERE status_search MATCH ({expression}) AND rowid < ?2 AND rowid > ?3 \
             ORDER BY rowid DESC LIMIT {MAX_MATCHES}"
        ),
        (None, Some(_)) => format!(
            "SELECT id FROM statuses INDEXED BY statuses_by_account WHERE account_id = ?6 AND id < ?2 AND id > ?3 \
             ORDER BY id DESC LIMIT {MAX_MATCHES}"
        ),
        (None, None) => {
            format!("SELECT id FROM statuses WHERE id < ?2 AND id > ?3 ORDER BY id DESC LIMIT {MAX_MATCHES}")
        }
    };
    let (author, domain) = (
        super::timelines::not_blocked_or_muted("?1", "s.account_id"),
        super::timelines::domain_not_blocked("?1", "s.account_id"),
    );
    let ids = format!(
        "SELECT s.id AS id FROM ({source}) x CROSS JOIN statuses s ON s.id = x.id WHERE s.reblog_of_id IS NULL \
         AND (?6 IS NULL OR s.account_id = ?6) AND (?7 IS NULL OR s.language = ?7) \
         AND {place} AND {}{conditions} AND {} AND {author} AND {domain} LIMIT ?4 OFFSET ?5",
        *VISIBLE,
        super::limited::shown_to("?1", "s.account_id")
    );
    let mut statement = views(&ids, Some(viewer))
        .bind(most)
        .bind(least)
        .bind(page.limit)
        .bind(page.offset)
        .bind(wanted.from)
        .bind(wanted.language.clone());
    for value in found.map(|(_, values)| values).unwrap_or_default() {
        statement = statement.bind(value);
    }
    newest_first(statement)
}

/// Indexes a status, or indexes it again. A space is appended, so that its last two characters begin a
/// trigram.
pub fn index(status: Id, text: &str) -> Statement {
    Statement::new(
        "INSERT OR REPLACE INTO status_search (rowid, text) SELECT id, ?2 FROM statuses WHERE id = ?1",
    )
    .bind(status)
    .bind(format!("{text} "))
}

/// Indexes a status that the same batch inserts, by its uri.
pub fn index_received(uri: &str, text: &str) -> Statement {
    Statement::new(format!(
        "INSERT INTO status_search (rowid, text) SELECT id, ?2 FROM statuses WHERE {} \
         AND NOT EXISTS (SELECT 1 FROM status_search_docsize d WHERE d.id = statuses.id)",
        uris::is("statuses", "?1")
    ))
    .bind(uri)
    .bind(format!("{text} "))
}

/// Indexes a status that a local account interacted with, once.
pub fn index_once(status: Id, text: &str) -> Statement {
    Statement::new(
        "INSERT INTO status_search (rowid, text) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM status_search_docsize WHERE id = ?1)",
    )
    .bind(status)
    .bind(format!("{text} "))
}

/// Updates the index for an edited status, if it was indexed.
pub fn reindex(status: Id, text: &str) -> Statement {
    Statement::new(
        "INSERT OR REPLACE INTO status_search (rowid, text) SELECT id, ?2 FROM status_search_docsize WHERE id = ?1",
    )
    .bind(status)
    .bind(format!("{text} "))
}

/// Up to where cron has indexed.
const UNTIL: &str = "SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'indexed_until'";

/// As SQL: whether there is something to index that is older than the parameter `due`; of what was restored from a backup
/// and is found by nothing else yet, than `before`.
fn is_due(due: &str, before: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM statuses WHERE id > ({UNTIL}) AND id < max({due}, min({before}, coalesce(({RESTORED_UNTIL}), 0) + 1)))"
    )
}

/// Begins a run, if there is anything older than `due`: with half as many statuses as the last one, in
/// case a status ended that invocation. [`advance`] resets the number. Returns the row `step`: how many; 0
/// means that the next status has failed by itself and is to be skipped.
pub fn begin_run(due: Id, before: Id) -> Query<Option<usize>> {
    Query::first(
        Statement::new(format!(
            "UPDATE settings SET value = CAST(value AS INTEGER) / 2 WHERE key = 'index_step' AND {} \
             RETURNING CAST(value AS INTEGER) AS step",
            is_due("?1", "?2")
        ))
        .bind(due)
        .bind(before),
        |row| Ok(usize::try_from(row.int("step")?).unwrap_or(0)),
    )
}

/// Up to which status a restored database has rows without text in the index: what a backup keeps of the index is which
/// statuses are in it (scripts/backup.mjs).
const RESTORED_UNTIL: &str = "SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'restored_until'";

/// Which statuses of the run that [`next_statuses`] reads have a row without text: one column of no tokens, as FTS5 stores its size.
pub fn next_empty(before: Id) -> Query<Vec<Id>> {
    let statement = Statement::new(format!(
        "SELECT d.id AS id FROM (SELECT id FROM statuses WHERE id > ({UNTIL}) AND id < ?1 AND id <= ({RESTORED_UNTIL}) ORDER BY id \
         LIMIT {STEP}) s CROSS JOIN status_search_docsize d ON d.id = s.id WHERE d.sz = x'00'"
    ));
    Query::all(statement.bind(before), |row| row.id("id"))
}

/// How many statuses a run reads, after [`begin_run`].
const STEP: &str =
    "max(1, coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'index_step'), 1))";

/// What a run looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub first: Id,
    pub last: Id,
    /// How many of them [`next_statuses`] is about.
    pub wanted: usize,
}

/// The statuses that a run looks at, which are older than `before`; `due` is that of [`begin_run`].
pub fn looked_at(before: Id, due: Id) -> Query<Option<Run>> {
    let sql = format!(
        "SELECT min(s.id) AS first, max(s.id) AS last, count(*) FILTER (WHERE {WANTED}) AS wanted FROM {} s",
        window("?1", "?2")
    );
    Query::new(Statement::new(sql).bind(before).bind(due), |rows| {
        let Some(row) = rows.first() else { return Ok(None) };
        let wanted = usize::try_from(row.int("wanted")?).unwrap_or(0);
        let run = row.opt_id("first")?.zip(row.opt_id("last")?);
        Ok(run.map(|(first, last)| Run { first, last, wanted }))
    })
}

/// Whether the status `s` may have a place in the index.
const WANTED: &str = "(s.visibility = 0 AND s.reblog_of_id IS NULL \
 AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = s.account_id AND a.is_indexable = 1)) \
 OR s.id <= (SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'restored_until')";

/// The statuses of a run.
fn window(before: &str, due: &str) -> String {
    format!(
        "(SELECT * FROM statuses WHERE id > ({UNTIL}) AND id < {before} AND {} ORDER BY id LIMIT {STEP})",
        is_due(due, before)
    )
}

/// Those of the statuses of a run that may have a place in the index, and whether each is a public one of an author who allows
/// indexing; of unreadable ones only the ids. Fewer than there are where they are long.
pub fn next_statuses(before: Id, due: Id) -> Query<Listed<(StatusView, bool)>> {
    let ids = format!("SELECT s.id AS id FROM {} s WHERE {WANTED}", window("?2", "?3"));
    Query::page(views(&ids, None).bind(before).bind(due), usize::MAX, |row| {
        let view = read_view(row)?;
        let is_open = view.status.visibility == crate::model::status::Visibility::Public
            && view.reblog.is_none()
            && view.account.is_indexable;
        Ok((view, is_open))
    })
}

/// A run has come this far; the next one reads at most `most` statuses.
pub fn advance(until: Id, most: usize) -> [Statement; 2] {
    [
        super::site::set("indexed_until", &until.to_string()),
        super::site::set("index_step", &(2 * most).to_string()),
    ]
}

/// Indexes many at once; those that are in the index already stay as they are, but for rows without text.
pub fn index_all(texts: &[(Id, String)]) -> Statement {
    let rows: Vec<(i64, &str)> = texts.iter().map(|(id, text)| (id.0, text.as_str())).collect();
    Statement::new(
        "INSERT OR REPLACE INTO status_search (rowid, text) SELECT json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') || ' ' \
         FROM json_each(?1) j WHERE NOT EXISTS (SELECT 1 FROM status_search_docsize d WHERE d.id = json_extract(j.value, '$[0]') AND d.sz <> x'00')",
    )
    .bind(to_json(&rows))
}
