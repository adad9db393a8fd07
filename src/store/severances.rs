//! severances: follows that a domain block has ended, for the person who had them.

use super::notifying::notifying;
use super::{Query, to_json};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::severance::{Kind, Severance};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};
use crate::store::pages::bounds;

/// Bytes of each list of a row. What does not fit is counted, and not listed.
const MOST_BYTES: usize = 400_000;
/// Local accounts that one step may tell.
const MOST_TOLD: i64 = 2_000;

/// An account whose follows end: which, of what domain, and the time of what ends them.
pub type Cut<'a> = (Id, &'a str, Time);

/// Writes down the follows between local accounts and these, and tells their owners: before the follows are deleted, in the
/// same batch. Those of one event (kind, name and time) are one row for a person, however many steps it takes. With `only`,
/// those of this account. `first` is an id of [`crate::app::App::new_id`]; the next ones are used as well. Two statements.
pub fn record(first: Id, kind: Kind, cut: &[Cut<'_>], only: Option<Id>) -> Vec<Statement> {
    let rows: Vec<_> = cut.iter().map(|(id, name, at)| (id.0, name, at.0)).collect();
    let cell = |text: &str| format!("'\"' || replace({text}, '\"', '\"\"') || '\"'");
    let address = cell("r.username || '@' || r.domain");
    let flag = |column: &str| format!("iif({column}, 'true', 'false')");
    let following = format!(
        "{address} || ',' || {} || ',' || {} || ',' || coalesce((SELECT {} FROM json_each({}) WHERE 1), '') || char(10)",
        flag("f.shows_reblogs"),
        flag("f.is_notifying"),
        cell("group_concat(value, ', ')"),
        super::sound("f.languages"),
    );
    let side = |own: &str, other: &str, line: &str, is_following: i64| {
        format!(
            "SELECT u.account_id AS own, j.value ->> 1 AS name, j.value ->> 2 AS event_at, {line} AS line, {is_following} AS is_following \
             FROM json_each(?3) j CROSS JOIN accounts r ON r.id = j.value ->> 0 CROSS JOIN follows f ON f.{other} = r.id \
             CROSS JOIN users u ON u.account_id = f.{own} WHERE (?4 IS NULL OR u.account_id = ?4) \
             AND (?2 <> 'domain_block' OR (r.suspended_at IS NOT NULL AND r.domain_blocked_at IS NOT NULL))"
        )
    };
    let list = |column: &str| {
        format!(
            "{column} = iif(length(severances.{column}) > {MOST_BYTES}, severances.{column}, severances.{column} || excluded.{column})"
        )
    };
    let insert = format!(
        "INSERT INTO severances (id, account_id, kind, target_name, event_at, following, followers, following_count, followers_count) \
         SELECT ?1 + row_number() OVER (), own, ?2, name, event_at, \
         coalesce(substr(group_concat(iif(is_following = 1, line, NULL), ''), 1, {MOST_BYTES}), ''), \
         coalesce(substr(group_concat(iif(is_following = 0, line, NULL), ''), 1, {MOST_BYTES}), ''), sum(is_following = 1), sum(is_following = 0) \
         FROM ({} UNION ALL {}) x GROUP BY own, name, event_at \
         ON CONFLICT (account_id, kind, target_name, event_at) DO UPDATE SET {}, {}, \
         following_count = severances.following_count + excluded.following_count, followers_count = severances.followers_count + excluded.followers_count",
        side("account_id", "target_id", &following, 1),
        side("target_id", "account_id", &format!("{address} || char(10)"), 0),
        list("following"),
        list("followers"),
    );
    vec![
        Statement::new(insert).bind(first).bind(kind.as_str()).bind(to_json(&rows)).bind(only),
        notifying(format!(
            "INSERT INTO notifications (id, account_id, type, from_account_id) SELECT id, account_id, 'severed_relationships', account_id \
             FROM severances WHERE id > ?1 AND id <= ?1 + {MOST_TOLD} ON CONFLICT DO NOTHING"
        ))
        .bind(first),
    ]
}

const COLUMNS: &str = "id, kind, target_name, event_at, following_count, followers_count";

fn read(row: &Row) -> Result<Severance> {
    Ok(Severance {
        id: row.id("id")?,
        kind: Kind::parse(&row.text("kind")?),
        target_name: row.text("target_name")?,
        created_at: row.time("event_at")?,
        following_count: row.int("following_count")?,
        followers_count: row.int("followers_count")?,
    })
}

/// Those that the notifications of a page may tell of, newest first.
pub fn within(account: Id, page: &Page) -> Query<Vec<Severance>> {
    let (max, min) = bounds(page);
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM severances WHERE account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id DESC LIMIT 200"
        ))
        .bind(account)
        .bind(max)
        .bind(min),
        read,
    )
}

/// Those with these ids, whose ever they are: of notifications of which that is known.
pub fn by_ids(ids: &[Id]) -> Query<Vec<Severance>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM severances WHERE id IN (SELECT value FROM json_each(?1))"
        ))
        .bind_ids(ids),
        read,
    )
}

/// The newest ones of an account.
pub fn of(account: Id, limit: usize) -> Query<Vec<Severance>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM severances WHERE account_id = ?1 ORDER BY id DESC LIMIT ?2"
        ))
        .bind(account)
        .bind(limit),
        read,
    )
}

/// What one of an account's own lists: lines of CSV, whom the account followed, or who followed it.
pub fn lines(account: Id, id: Id, is_following: bool) -> Query<Option<String>> {
    let column = if is_following { "following" } else { "followers" };
    Query::first(
        Statement::new(format!("SELECT {column} AS lines FROM severances WHERE account_id = ?1 AND id = ?2"))
            .bind(account)
            .bind(id),
        |row| row.text("lines"),
    )
}

/// Deletes those of before a time.
pub fn forget(before: Time) -> Statement {
    Statement::new("DELETE FROM severances WHERE id < ?1").bind(Id::floor(before.0))
}
