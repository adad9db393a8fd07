//! Removal of what nobody here needs any more (docs/decisions/0010). It is no deletion: it leaves no tombstone, is sent to
//! nobody, and live streams do not tell of it. What is needed again is fetched again.

use super::fields::Fields;
use super::{Query, sound};
use crate::model::id::Id;
use crate::model::retention::{Pass, Progress};
use crate::model::time::Time;
use crate::platform::sql::Statement;

fn pass(f: &mut Fields) -> Pass {
    Pass { before: f.id(), floor: f.id(), began_at: f.time(), top: f.id() }
}

/// How far retention has come; from the beginning where that is not known.
pub fn progress() -> Query<Progress> {
    Query::new(Statement::new("SELECT value FROM settings WHERE key = 'retention'"), |rows| {
        let Some(row) = rows.first() else { return Ok(Progress::default()) };
        let read = super::unpacked(row, "value", |f| Progress {
            day: f.int(),
            written: f.int(),
            recent: f.opt_inner(pass).unwrap_or_default(),
            all: f.opt_inner(pass).unwrap_or_default(),
            account: f.id(),
            mark: f.opt_int().unwrap_or_default(),
            marked_since: Time(f.opt_int().unwrap_or_default()),
            tombstone: f.opt_inner(|f| (f.text(), f.int())).unwrap_or_default(),
            card: f.opt_text().unwrap_or_default(),
        });
        Ok(read.unwrap_or_default())
    })
}

/// One row written.
pub fn keep_progress(p: &Progress) -> Statement {
    let pass = |p: &Pass| (p.before.0, p.floor.0, p.began_at.0, p.top.0);
    let (recent, all) = (pass(&p.recent), pass(&p.all));
    let value = (p.day, p.written, recent, all, p.account.0, p.mark, p.marked_since.0, &p.tombstone, &p.card);
    super::site::set("retention", &super::to_json(&value))
}

/// Statuses that a run looks at, from new to old: `count` of them before `before`, down to `floor`.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub before: Id,
    pub floor: Id,
    pub count: usize,
}

/// What is old enough to go.
#[derive(Debug, Clone, Copy)]
pub struct Old {
    /// Statuses before this one …
    pub status: Id,
    /// … that were stored before.
    pub stored: Time,
    /// What strangers wrote to somebody here before this one, without an answer; 0 where that stays.
    pub unanswered: Id,
}

/// The statuses of a window; `?1` to `?3`.
const WINDOW: &str = "(SELECT * FROM statuses WHERE id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?3)";

fn windowed(window: Window, sql: impl Into<std::borrow::Cow<'static, str>>) -> Statement {
    Statement::new(sql).bind(window.before).bind(window.floor).bind(window.count)
}

/// How many statuses a window has, and the last of them.
pub fn seen(window: Window) -> Query<(usize, Option<Id>)> {
    let sql = format!("SELECT count(*) AS n, min(id) AS last FROM {WINDOW}");
    Query::new(windowed(window, sql), |rows| {
        rows.first().map_or(Ok((0, None)), |row| {
            Ok((usize::try_from(row.int("n")?).unwrap_or(0), row.opt_id("last")?))
        })
    })
}

/// By what the status `s` stays, whoever wrote it: rows that name it. (Table, column, condition that there is none.)
/// What is cheap or frequent comes first.
const KEEPING: [(&str, &str, &str); 14] = [
    // The answers first, then what they answer: from new to old.
    ("statuses", "in_reply_to_id", "NOT EXISTS (SELECT 1 FROM statuses x WHERE x.in_reply_to_id = s.id)"),
    // A boost of somebody elsewhere goes at its own time.
    ("statuses", "reblog_of_id", "NOT EXISTS (SELECT 1 FROM statuses x WHERE x.reblog_of_id = s.id)"),
    ("statuses", "quote_of_id", "NOT EXISTS (SELECT 1 FROM statuses x WHERE x.quote_of_id = s.id)"),
    (
        "favourites",
        "status_id",
        "(s.favourites_count = 0 OR NOT EXISTS (SELECT 1 FROM favourites x CROSS JOIN accounts y \
         ON y.id = x.account_id AND y.domain_id IS NOT NULL WHERE x.status_id = s.id))",
    ),
    (
        "reactions",
        "status_id",
        "(s.reactions = '{}' OR NOT EXISTS (SELECT 1 FROM reactions x CROSS JOIN accounts y \
         ON y.id = x.account_id AND y.domain_id IS NOT NULL WHERE x.status_id = s.id))",
    ),
    ("bookmarks", "status_id", "NOT EXISTS (SELECT 1 FROM bookmarks x WHERE x.status_id = s.id)"),
    (
        "notifications",
        "status_id",
        "NOT EXISTS (SELECT 1 FROM notifications x WHERE x.status_id = s.id AND x.type <> 'favourite')",
    ),
    // Votes in polls of other servers are those of local accounts.
    (
        "poll_votes",
        "status_id",
        "(s.poll IS NULL OR NOT EXISTS (SELECT 1 FROM poll_votes x WHERE x.status_id = s.id))",
    ),
    (
        "open_polls",
        "status_id",
        "(s.poll IS NULL OR NOT EXISTS (SELECT 1 FROM open_polls x WHERE x.status_id = s.id))",
    ),
    // Pinned to a profile that somebody here follows.
    (
        "pins",
        "status_id",
        "NOT EXISTS (SELECT 1 FROM pins x WHERE x.status_id = s.id AND EXISTS (SELECT 1 FROM follows y WHERE y.target_id = x.account_id))",
    ),
    (
        "reports",
        "status_ids",
        "NOT EXISTS (SELECT 1 FROM reports x WHERE x.target_id = s.account_id AND EXISTS (SELECT 1 FROM \
         json_each(iif(json_valid(x.status_ids), x.status_ids, '[]')) y WHERE CAST(y.value AS INTEGER) = s.id))",
    ),
    (
        "filters",
        "statuses",
        "s.id NOT IN (SELECT CAST(json_extract(y.value, '$[1]') AS INTEGER) FROM filters x INDEXED BY filters_of_statuses \
         CROSS JOIN json_each(iif(json_valid(x.statuses), x.statuses, '[]')) y WHERE x.statuses <> '[]' AND json_extract(y.value, '$[1]') IS NOT NULL)",
    ),
    (
        "scheduled_statuses",
        "params",
        "s.id NOT IN (SELECT CAST(y.value AS INTEGER) FROM scheduled_statuses x CROSS JOIN json_each(iif(json_valid(x.params), x.params, '{}')) y \
         WHERE y.key IN ('in_reply_to_id', 'quoted_status_id') AND y.value IS NOT NULL)",
    ),
    // And the direct ones that no row here mentions any more: see [`ADDRESSED`].
    (
        "mentions",
        "status_id",
        "(s.visibility <> 3 AND NOT EXISTS (SELECT 1 FROM mentions x WHERE x.status_id = s.id) AND {parent})",
    ),
];

/// The status `s` answers no local one.
const PARENT: &str = "NOT EXISTS (SELECT 1 FROM statuses x WHERE x.id = s.in_reply_to_id AND x.is_local = 1)";

/// Nobody here follows the author of the status `s`, and nobody here has written in its direct conversation, however long that
/// is; `?6`.
const UNANSWERED: &str = "(s.id < ?6 AND NOT EXISTS (SELECT 1 FROM follows x WHERE x.target_id = s.account_id) \
 AND (s.visibility <> 3 OR s.conversation IS NULL OR NOT EXISTS (SELECT 1 FROM statuses x INDEXED BY statuses_direct \
 WHERE x.visibility = 3 AND x.conversation = s.conversation AND x.is_local = 1)))";

/// A status with more favourites, or more reactions, first loses those of accounts elsewhere, some at a time
/// ([`trim_favourites`], [`trim_reactions`]).
const MAX_FAVOURITES: i64 = 50;
const MAX_REACTIONS: i64 = 50;

/// The status `s` has more reactions.
fn has_many_reactions() -> String {
    format!(
        "(s.reactions <> '{{}}' AND (SELECT count(*) FROM (SELECT 1 FROM reactions x WHERE x.status_id = s.id LIMIT {})) > {MAX_REACTIONS})",
        MAX_REACTIONS + 1
    )
}

/// Which statuses `s` of [`WINDOW`] go: `?4` and `?5` are [`Old`].
fn is_forgotten() -> String {
    let ties: Vec<String> = KEEPING
        .iter()
        .map(|(table, _, none)| match *table {
            "mentions" => format!("({} OR {UNANSWERED})", none.replace("{parent}", PARENT)),
            _ => (*none).to_owned(),
        })
        .collect();
    format!(
        "s.is_local = 0 AND s.id < ?4 AND coalesce(s.stored_at, 0) < ?5 AND s.favourites_count <= {MAX_FAVOURITES} \
         AND NOT EXISTS (SELECT 1 FROM statuses x WHERE x.id = s.reblog_of_id AND x.is_local = 1) \
         AND (NOT EXISTS (SELECT 1 FROM statuses x WHERE x.id = s.quote_of_id AND x.is_local = 1) OR {UNANSWERED}) AND {}",
        ties.join(" AND ")
    )
}

fn bind_old(statement: Statement, old: Old) -> Statement {
    statement.bind(old.status).bind(old.stored).bind(old.unanswered)
}

/// Removes the statuses of a window that nothing here ties. One row written for each; one more for each hashtag, link,
/// earlier version, for the search index, and for the count of what it answers or boosts.
pub fn forget_statuses(window: Window, old: Old) -> Statement {
    let sql = format!(
        "DELETE FROM statuses WHERE id IN (SELECT s.id FROM {WINDOW} s WHERE {} AND NOT {})",
        is_forgotten(),
        has_many_reactions()
    );
    bind_old(windowed(window, sql), old)
}

/// Removes favourites by accounts elsewhere from old statuses of others that have many, so that the removal of a status
/// is a bounded number of rows. Returns a row for each.
pub fn trim_favourites(window: Window, most: usize) -> Statement {
    let sql = format!(
        "DELETE FROM favourites WHERE (status_id, account_id) IN (SELECT v.status_id, v.account_id FROM {WINDOW} s \
         CROSS JOIN favourites v ON v.status_id = s.id CROSS JOIN accounts a ON a.id = v.account_id AND a.domain_id IS NULL \
         WHERE s.is_local = 0 AND s.favourites_count > {MAX_FAVOURITES} LIMIT ?4) RETURNING 1 AS trimmed"
    );
    windowed(window, sql).bind(most)
}

/// As [`trim_favourites`], reactions of statuses that go but for these.
pub fn trim_reactions(window: Window, old: Old, most: usize) -> Statement {
    let sql = format!(
        "DELETE FROM reactions WHERE (status_id, account_id, name) IN (SELECT v.status_id, v.account_id, v.name FROM {WINDOW} s \
         CROSS JOIN reactions v ON v.status_id = s.id WHERE {} AND {} LIMIT ?7) RETURNING 1 AS trimmed",
        has_many_reactions(),
        is_forgotten()
    );
    bind_old(windowed(window, sql), old).bind(most)
}

/// Marks with a number the remote accounts that the statuses of a window mention: their ids are in those.
pub fn mark_mentioned(window: Window, mark: i64) -> Statement {
    let sql = format!(
        "UPDATE accounts SET is_mentioned = ?4 WHERE is_mentioned < ?4 AND domain_id IS NULL AND id IN (\
         SELECT json_extract(m.value, '$.id') FROM {WINDOW} s CROSS JOIN json_each({}) m WHERE s.mentions <> '[]')",
        sound("s.mentions")
    );
    windowed(window, sql).bind(mark)
}

/// A local status that mentions these accounts is inserted.
pub fn mark_accounts(accounts: &[Id]) -> Statement {
    // The number of `Progress::mark`, the sixth of its row.
    let mark = format!(
        "(SELECT max(1, coalesce((SELECT json_extract({}, '$[5]') FROM settings WHERE key = 'retention'), 1)))",
        sound("value")
    );
    Statement::new(format!(
        "UPDATE accounts SET is_mentioned = {mark} WHERE is_mentioned < {mark} AND domain_id IS NULL AND id IN (SELECT value FROM json_each(?1))"
    ))
    .bind_ids(accounts)
}

/// Rows that tie a remote account: tables, and their columns with it.
const TIES: [(&str, &[&str]); 26] = [
    ("statuses", &["account_id"]),
    ("follows", &["account_id", "target_id"]),
    ("follow_requests", &["account_id", "target_id"]),
    ("favourites", &["account_id"]),
    ("reactions", &["account_id"]),
    ("poll_votes", &["account_id"]),
    ("notifications", &["account_id", "from_account_id"]),
    ("notification_requests", &["account_id", "from_account_id"]),
    ("notification_permissions", &["account_id", "from_account_id"]),
    ("blocks", &["account_id", "target_id"]),
    ("mutes", &["account_id", "target_id"]),
    ("list_accounts", &["target_id"]),
    ("account_notes", &["account_id", "target_id"]),
    ("endorsements", &["account_id", "target_id"]),
    ("dismissed_suggestions", &["account_id", "target_id"]),
    ("collections", &["account_id"]),
    ("collection_items", &["target_id"]),
    ("reports", &["account_id", "target_id"]),
    ("strikes", &["target_id"]),
    ("mentions", &["account_id"]),
    ("bookmarks", &["account_id"]),
    ("pins", &["account_id"]),
    ("conversations", &["account_id"]),
    ("featured_tags", &["account_id"]),
    ("past_inboxes", &["account_id"]),
    ("held", &["account_id"]),
];

/// Accounts that a run looks at, by id.
const ACCOUNTS: &str = "(SELECT * FROM accounts WHERE id > ?1 ORDER BY id LIMIT ?2)";

/// How many accounts after `after` a run looks at, and the last of them.
pub fn seen_accounts(after: Id, count: usize) -> Query<(usize, Option<Id>)> {
    let sql = format!("SELECT count(*) AS n, max(id) AS last FROM {ACCOUNTS}");
    Query::new(Statement::new(sql).bind(after).bind(count), |rows| {
        rows.first().map_or(Ok((0, None)), |row| {
            Ok((usize::try_from(row.int("n")?).unwrap_or(0), row.opt_id("last")?))
        })
    })
}

/// Removes remote accounts that nobody here is tied to, and that were not fetched since `before`. What is suspended,
/// blocked or muted stays, and what is mentioned (`least_mark`). One row written for each, and those of the search index.
pub fn forget_accounts(after: Id, count: usize, before: Time, least_mark: i64) -> Statement {
    let ties: Vec<String> = TIES
        .iter()
        .flat_map(|(table, columns)| columns.iter().map(move |column| (table, column)))
        .map(|(table, column)| {
            // The others come with a favourite or a boost, which tie it.
            let of = match (*table, *column) {
                ("notifications", "from_account_id") => {
                    format!(" AND x.{}", super::notifications::HAS_SENDER)
                }
                _ => String::new(),
            };
            format!("NOT EXISTS (SELECT 1 FROM {table} x WHERE x.{column} = a.id{of})")
        })
        .collect();
    let sql = format!(
        "DELETE FROM accounts WHERE id IN (SELECT a.id FROM {ACCOUNTS} a WHERE a.domain_id IS NULL AND a.id < ?3 \
         AND coalesce(a.fetched_at, 0) < ?4 AND a.suspended_at IS NULL AND a.is_mentioned < ?5 AND {} \
         AND NOT EXISTS (SELECT 1 FROM relays x WHERE x.actor_uri = a.uri) \
         AND a.id NOT IN (SELECT y.value FROM outbox x INDEXED BY outbox_untried CROSS JOIN json_each({}) y \
         WHERE x.is_untried = 1 AND y.value IS NOT NULL))",
        ties.join(" AND "),
        sound("x.to_accounts")
    );
    Statement::new(sql).bind(after).bind(count).bind(Id::floor(before.0)).bind(before).bind(least_mark)
}

/// Removes inboxes that nothing names, while nothing waits to be distributed: what does may name any of them.
pub fn forget_inboxes(most: usize) -> Statement {
    Statement::new(
        "DELETE FROM inboxes WHERE id IN (SELECT i.id FROM inboxes i \
         WHERE NOT EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_untried WHERE is_untried = 1) \
         AND i.id NOT IN (SELECT a.inbox_id FROM accounts a WHERE a.inbox_id IS NOT NULL) \
         AND i.id NOT IN (SELECT p.inbox_id FROM past_inboxes p) \
         AND i.id NOT IN (SELECT r.inbox_id FROM relays r WHERE r.inbox_id IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.inbox_id = i.id) LIMIT ?1)",
    )
    .bind(most)
}

/// Removes the oldest notifications from before `before`.
pub fn forget_notifications(before: Time, most: usize) -> Statement {
    Statement::new(
        "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE id < ?1 ORDER BY id LIMIT ?2)",
    )
    .bind(Id::floor(before.0))
    .bind(most)
}

/// Notification requests without news since `before`, whose notifications are gone by then.
pub fn forget_requests(before: Time) -> Statement {
    Statement::new(
        "DELETE FROM notification_requests WHERE id IN (SELECT id FROM notification_requests WHERE id < ?1 AND updated_at < ?2 ORDER BY id LIMIT 1000)",
    )
    .bind(Id::floor(before.0))
    .bind(before)
}

/// Clients that were registered before `before` and that nobody uses: only by tokens of their own, or by none.
pub fn forget_apps(before: Time, most: usize) -> Statement {
    Statement::new(
        "DELETE FROM apps WHERE id IN (SELECT a.id FROM apps a WHERE a.id < ?1 \
         AND NOT EXISTS (SELECT 1 FROM access_tokens t WHERE t.app_id = a.id AND (t.user_id IS NOT NULL OR t.application_id IS NOT NULL OR t.created_at > ?2)) \
         AND NOT EXISTS (SELECT 1 FROM authorization_codes c WHERE c.app_id = a.id) ORDER BY a.id LIMIT ?3)",
    )
    .bind(Id::floor(before.0))
    .bind(before)
    .bind(most)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Columns that name a status and do not keep it, and why.
    const GOING: [(&str, &str, &str); 23] = [
        ("strikes", "status_ids", "what was acted on; shown if it is there"),
        ("status_tags", "status_id", "goes along"),
        ("status_links", "status_id", "goes along"),
        ("status_edits", "status_id", "goes along"),
        ("notification_requests", "last_status_id", "shown if it is there; the notification itself keeps it"),
        ("conversations", "last_status_id", "set anew by a trigger"),
        ("trends", "key", "counted anew every three hours, from what is new"),
        ("markers", "last_read_id", "a place in the order of ids"),
        ("past_inboxes", "until_status_id", "a place in the order of ids"),
        ("outbox", "since_status_id", "a place in the order of ids"),
        ("outbox", "status_id", "a local one"),
        ("outbox", "event", "of local ones; boosts and favourites keep theirs"),
        ("outbox", "to_accounts", "accounts"),
        ("receipts", "status_id", "a local one"),
        ("quote_stamps", "status_id", "a local one"),
        ("quote_revocations", "status_id", "a local one"),
        ("idempotency_keys", "status_id", "a local one"),
        ("media", "owner_id", "a local one"),
        ("lists", "feed_ids", "shows what is still here"),
        ("tombstones", "uri", "of relations with a status: a late one finds no status"),
        ("jobs", "context", "finds no status"),
        ("status_search", "text", "by a trigger"),
        (
            "thread_mutes",
            "conversation",
            "holds for what comes of that conversation, whether or not a status of it is here",
        ),
    ];

    /// Columns of the schema by a condition on the name and the rest of the line.
    fn columns(is_wanted: impl Fn(&str, &str) -> bool) -> BTreeSet<(String, String)> {
        let (mut all, mut table) = (BTreeSet::new(), "");
        for line in include_str!("../../schema.sql").lines() {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                table = rest.split(' ').next().unwrap_or("");
            } else if line.starts_with(')') || line.starts_with("CREATE ") {
                table = "";
            }
            let name = line.split_whitespace().next().unwrap_or("");
            let is_column = !table.is_empty()
                && line.starts_with("  ")
                && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            if is_column && is_wanted(name, line) {
                all.insert((table.to_owned(), name.to_owned()));
            }
        }
        all
    }

    #[test]
    fn whatever_names_a_status_keeps_it_or_is_told_to_go() {
        let named = columns(|name, line| {
            line.contains("REFERENCES statuses(id)")
                || name.contains("status_id")
                || name == "last_read_id"
                || ["status id", "status's id", "the status,"].iter().any(|words| line.contains(words))
        });
        assert!(named.len() > 25, "{named:?}");
        let known: BTreeSet<(String, String)> = KEEPING
            .iter()
            .map(|(table, column, _)| (*table, *column))
            .chain(GOING.iter().map(|(table, column, _)| (*table, *column)))
            .map(|(table, column)| (table.to_owned(), column.to_owned()))
            .collect();
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        // Each is asked for.
        let sql = is_forgotten();
        for (table, column, _) in KEEPING {
            assert!(sql.contains(&format!("FROM {table} x")) && sql.contains(column), "{table}.{column}");
        }
    }

    /// Columns that name an account and do not keep a remote one, and why.
    const OF_OTHERS: &[(&str, &str, &str)] = &[
        ("strikes", "account_id", "a local one"),
        ("moderation_notes", "account_id", "a local one"),
        ("audit_log", "account_id", "a local one"),
        ("audit_log", "target_id", "the label stays beside it"),
        ("users", "account_id", "a local one"),
        ("keys", "account_id", "a local one"),
        ("push_subscriptions", "account_id", "a local one"),
        ("thread_mutes", "account_id", "a local one"),
        ("account_domain_blocks", "account_id", "a local one"),
        ("tag_follows", "account_id", "a local one"),
        ("lists", "account_id", "a local one"),
        ("filters", "account_id", "a local one"),
        ("scheduled_statuses", "account_id", "a local one"),
        ("announcement_reads", "account_id", "a local one"),
        ("announcement_reactions", "account_id", "a local one"),
        ("media", "account_id", "a local one"),
        ("markers", "account_id", "a local one"),
        ("imports", "account_id", "a local one"),
        ("severances", "account_id", "a local one"),
        ("invites", "account_id", "a local one"),
        ("takeouts", "account_id", "a local one"),
        ("idempotency_keys", "account_id", "a local one"),
        ("early_undos", "account_id", "goes along"),
        ("outbox", "account_id", "a local one"),
        ("outbox", "to_accounts", "keeps it until it is distributed"),
        ("accounts", "moved_to_id", "the uri stays beside it"),
        ("cards", "author_id", "shown if it is there"),
        ("quote_stamps", "account_id", "the quote is a status of a local one, or keeps it"),
        ("tombstones", "account_id", "a late activity of the account comes to a new row"),
        ("statuses", "in_reply_to_account_id", "of an answer whose parent is here, by which it is kept"),
        ("statuses", "mentions", "is_mentioned"),
    ];

    #[test]
    fn whatever_names_an_account_keeps_it_or_is_told_not_to() {
        let named = columns(|name, line| {
            line.contains("REFERENCES accounts(id)")
                || name.ends_with("account_id")
                || ["target_id", "author_id", "moved_to_id"].contains(&name)
        });
        assert!(named.len() > 50, "{named:?}");
        let ties = TIES.iter().flat_map(|(table, columns)| columns.iter().map(|column| (*table, *column)));
        let known: BTreeSet<(String, String)> = ties
            .chain(OF_OTHERS.iter().map(|(table, column, _)| (*table, *column)))
            .map(|(table, column)| (table.to_owned(), column.to_owned()))
            .collect();
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
