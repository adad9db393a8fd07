//! answers: numbers and lists that cron computes, so that an anonymous request reads one row however much
//! there is to count.

use super::Query;
use crate::error::Result;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// Maximum number of listed servers.
const MAX_SERVERS: usize = 5_000;
/// Maximum number of accounts in the directory of anonymous requests.
const MAX_PEOPLE: usize = 400;

fn keep(name: &str, value: &str, now: Time) -> Statement {
    Statement::new(format!(
        "INSERT INTO answers (name, value, counted_at) SELECT '{name}', x.value, ?1 FROM ({value}) x WHERE 1 \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, counted_at = excluded.counted_at"
    ))
    .bind(now)
}

/// The stored value of a name, as JSON.
fn kept(name: &'static str) -> Query<Option<String>> {
    Query::first(Statement::new("SELECT value FROM answers WHERE name = ?1").bind(name), |row| {
        row.text("value")
    })
}

/// Counts accounts and their statuses. Two rows read for each account.
pub fn count_people(now: Time) -> Statement {
    let value = "SELECT json_array(count(*), coalesce(sum(a.statuses_count), 0)) AS value FROM users u JOIN accounts a ON a.id = u.account_id";
    keep("people", value, now)
}

/// Inboxes of servers that have answered us. An account was fetched from its server before its inbox is stored, but a
/// relay has not answered while it is pending, or is not there at all.
pub const ANSWERED: &str = "FROM inboxes WHERE id NOT IN (SELECT inbox_id FROM relays WHERE state = 'pending' AND inbox_id IS NOT NULL)";

/// Lists the domains that we deliver to and that have answered, by name.
pub fn list_servers(now: Time) -> Statement {
    let value = format!(
        "SELECT json_group_array(domain) AS value FROM (SELECT DISTINCT domain {ANSWERED} ORDER BY domain LIMIT {MAX_SERVERS})"
    );
    keep("servers", &value, now)
}

/// The domains of [`list_servers`]; a few of them before the first list was made.
pub fn servers() -> Query<Vec<String>> {
    let live = format!(
        "SELECT json_group_array(domain) FROM (SELECT DISTINCT domain {ANSWERED} ORDER BY domain LIMIT 100)"
    );
    Query::new(
        Statement::new(format!(
            "SELECT coalesce((SELECT value FROM answers WHERE name = 'servers'), ({live})) AS value"
        )),
        |rows| rows.first().map_or(Ok(Vec::new()), |row| super::texts(row, "value")),
    )
}

/// Lists discoverable accounts by their last status: local ones, and remote ones with a local follower. Reads
/// every follow of local accounts.
pub fn list_people(now: Time) -> Statement {
    let value = format!(
        "SELECT json_group_array(json_array(id, is_local)) AS value FROM (SELECT a.id AS id, a.domain_id IS NOT NULL AS is_local FROM (\
         SELECT account_id AS id FROM users UNION SELECT f.target_id FROM users u CROSS JOIN follows f ON f.account_id = u.account_id) x \
         CROSS JOIN accounts a ON a.id = x.id WHERE a.is_discoverable = 1 AND a.silenced_at IS NULL ORDER BY a.last_status_at DESC LIMIT {MAX_PEOPLE})"
    );
    keep("directory", &value, now)
}

/// The result of [`list_people`], each with whether it is local; before the first one, the newest local
/// accounts.
pub fn people() -> Query<Vec<(Id, bool)>> {
    Query::new(Statement::new(format!("SELECT {} AS value", people_sql())), |rows| {
        rows.first().map_or(Ok(Vec::new()), read_people)
    })
}

/// The SQL expression of [`people`], to be read by [`read_people`] as the column `value`.
pub(super) fn people_sql() -> String {
    let live = "SELECT json_group_array(json_array(account_id, 1)) FROM (SELECT account_id FROM users ORDER BY account_id DESC LIMIT 60)";
    format!("coalesce((SELECT value FROM answers WHERE name = 'directory'), ({live}))")
}

pub(super) fn read_people(row: &Row) -> Result<Vec<(Id, bool)>> {
    super::unpacked(row, "value", |f| f.rest_of_lists(|f| (f.id(), f.truth())))
}

/// Stores the result of [`super::site::activity`], as JSON.
pub fn keep_activity(weeks: &str, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO answers (name, value, counted_at) VALUES ('activity', ?1, ?2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, counted_at = excluded.counted_at",
    )
    .bind(weeks)
    .bind(now)
}

/// The result of [`keep_activity`].
pub fn activity() -> Query<Option<String>> {
    kept("activity")
}
