//! Numbers for members of staff: what is counted of a period, within a number of rows. What has more rows is not answered.

use std::collections::HashMap;

use super::{Query, sound, to_json};
use crate::error::Result;
use crate::model::id::EPOCH_MS;
use crate::model::measure::{Count, Measured, Newcomer, Period, Presence};
use crate::model::time::DAY;
use crate::platform::sql::{Row, Statement};

/// How many people and reports are counted, and posts of people here. A row is read three or four times.
pub const MOST: usize = 3_000;
/// The same of a hashtag or a server, each of whose rows are two or three more.
pub const MOST_OF_ONE: usize = 2_000;
/// How many rows of the table presence are counted, which are read once.
pub const MOST_PRESENCE: usize = 5_000;

/// The SQL of the day of an id.
fn day(id: &str) -> String {
    format!("({id} / 4096 + {EPOCH_MS}) / {DAY}")
}

/// The SQL of the ids of the accounts of the server `?4`, by the domain of their handles.
fn accounts_of_server() -> String {
    format!(
        "SELECT id FROM (SELECT id FROM accounts WHERE uri >= 'https://' || ?4 || '/' AND uri < 'https://' || ?4 || '0' \
         AND domain = ?4 AND domain_id IS NULL UNION ALL SELECT id FROM accounts INDEXED BY accounts_split WHERE domain = ?4 \
         AND domain_id IS NULL AND substr(uri, 9, length(domain) + 1) <> domain || '/') LIMIT {MOST_OF_ONE} + 1"
    )
}

/// The SQL of the public statuses with the hashtag `?4` from the id `?5` on, to before `?6`, newest first, with their authors.
fn of_tag() -> String {
    format!(
        "(SELECT status_id FROM status_tags WHERE tag = ?4 AND status_id >= ?5 AND status_id < ?6 ORDER BY status_id DESC \
         LIMIT {MOST_OF_ONE} + 1) t CROSS JOIN statuses s ON s.id = t.status_id CROSS JOIN accounts a ON a.id = s.account_id"
    )
}

/// The SQL of the rows (`day`, `x`) of which `x` is counted, newest first, and the parameters from `?4` on.
fn rows(count: Count, subject: &str, from: Period) -> Statement {
    let (low, high) = from.ids();
    let of_tag = |x: &str| {
        let public = "CASE WHEN s.visibility = 0 THEN";
        Statement::new(format!("SELECT {} AS day, {public} {x} END AS x FROM {}", day("s.id"), of_tag()))
            .bind(subject)
            .bind(low)
            .bind(high)
    };
    let of_server = |day_of: &str, x: &str, join: &str| {
        Statement::new(format!(
            "SELECT {} AS day, {x} AS x FROM ({}) i {join} LIMIT {MOST_OF_ONE} + 1",
            day(day_of),
            accounts_of_server()
        ))
        .bind(subject)
    };
    match count {
        Count::NewUsers | Count::OpenedReports => {
            let table = if count == Count::NewUsers { "users" } else { "reports" };
            Statement::new(format!(
                "SELECT {} AS day, id AS x FROM {table} WHERE id >= ?4 AND id < ?5 ORDER BY id DESC LIMIT {MOST} + 1",
                day("id")
            ))
            .bind(low)
            .bind(high)
        }
        Count::ResolvedReports => Statement::new(format!(
            "SELECT action_taken_at / {DAY} AS day, id AS x FROM reports INDEXED BY reports_resolved WHERE action_taken_at IS NOT NULL \
             AND action_taken_at >= ?4 AND action_taken_at < ?5 ORDER BY action_taken_at DESC LIMIT {MOST} + 1"
        ))
        .bind(from.first * DAY)
        .bind((from.last + 1) * DAY),
        Count::TagUses => of_tag("s.id"),
        Count::TagAccounts => of_tag("s.account_id"),
        Count::TagServers => of_tag("iif(a.domain_id IS NULL, a.domain, NULL)"),
        Count::InstanceAccounts => of_server("i.id", "i.id", ""),
        Count::InstanceStatuses => of_server(
            "s.id",
            "s.id",
            "LEFT JOIN statuses s INDEXED BY statuses_by_account ON s.account_id = i.id",
        ),
        Count::InstanceFollows => of_server(
            "f.id",
            "f.id",
            "LEFT JOIN follows f INDEXED BY follows_by_target ON f.target_id = i.id",
        ),
        Count::InstanceFollowers => of_server(
            "f.id",
            "f.id",
            "LEFT JOIN follows f INDEXED BY follows_by_account ON f.account_id = i.id",
        ),
        // Those of all servers are looked at: there are fewer of them than accounts of one.
        Count::InstanceReports => Statement::new(format!(
            "SELECT {} AS day, iif(a.domain = ?4 AND a.domain_id IS NULL, r.id, NULL) AS x FROM (SELECT id, target_id FROM reports \
             ORDER BY id DESC LIMIT {MOST_OF_ONE} + 1) r CROSS JOIN accounts a ON a.id = r.target_id",
            day("r.id")
        ))
        .bind(subject),
    }
}

/// Counts something of a period and of as many days before. `subject` is a hashtag or a domain, where it is of one. `None` where
/// there is more than can be counted.
pub fn counted(count: Count, subject: &str, period: Period) -> Query<Option<Measured>> {
    let from = Period { first: period.before().first, last: period.last };
    let rows = rows(count, subject, from);
    let n = "count(DISTINCT x)";
    let now = "FROM r WHERE day >= ?1 AND day <= ?2";
    // D1 takes few parts of a compound: all sums are one row.
    let mut statement = Statement::new(format!(
        "WITH r (day, x) AS MATERIALIZED ({}) SELECT day, {n} AS n, 0 AS previous, 0 AS whole, 0 AS read, 0 AS oldest {now} GROUP BY day \
         UNION ALL SELECT -1, count(DISTINCT iif(day >= ?1 AND day <= ?2, x, NULL)), \
         count(DISTINCT iif(day >= ?3 AND day < ?1, x, NULL)), {n}, count(*), coalesce(min(day), 0) FROM r",
        rows.sql
    ))
    .bind(period.first)
    .bind(period.last)
    .bind(from.first);
    statement.params.extend(rows.params);
    let most = if count.is_of_tag() || count.is_of_server() { MOST_OF_ONE } else { MOST };
    Query::new(statement, move |rows| {
        let (mut by_day, mut sums) = (HashMap::new(), None);
        for row in &rows {
            match row.int("day")? {
                -1 => sums = Some(row),
                day => drop(by_day.insert(day, row.int("n")?)),
            }
        }
        let Some(sums) = sums else { return Ok(None) };
        let is_cut = usize::try_from(sums.int("read")?).unwrap_or_default() > most;
        if is_cut && (count.is_of_server() || sums.int("oldest")? >= period.first) {
            return Ok(None);
        }
        let previous = sums.int("previous")?;
        Ok(Some(Measured {
            total: sums.int(if count.is_of_server() { "whole" } else { "n" })?,
            previous: (!is_cut && !count.is_of_server()).then_some(previous),
            days: period.days().map(|day| (day, by_day.get(&day).copied().unwrap_or_default())).collect(),
        }))
    })
}

/// Rows read as one text, unless there are more than [`MOST_PRESENCE`].
fn unless_too_many<T: 'static>(
    rows: &[Row],
    read: impl FnOnce(&Row) -> Result<Vec<T>>,
) -> Result<Option<Vec<T>>> {
    let Some(row) = rows.first() else { return Ok(Some(Vec::new())) };
    if usize::try_from(row.int("read")?).unwrap_or_default() > MOST_PRESENCE {
        return Ok(None);
    }
    read(row).map(Some)
}

/// Who was here, of the blocks from one to another. `None` where they are too many.
pub fn presence(first: i64, last: i64) -> Query<Option<Vec<Presence>>> {
    let statement = Statement::new(format!(
        "SELECT count(*) AS read, json_group_array(json_array(user_id, block, days)) AS seen FROM (\
         SELECT user_id, block, days FROM presence WHERE block >= ?1 AND block <= ?2 LIMIT {MOST_PRESENCE} + 1)"
    ));
    Query::new(statement.bind(first).bind(last), |rows| {
        unless_too_many(&rows, |row| {
            super::unpacked(row, "seen", |f| f.rest_of_lists(|f| (f.id(), f.int(), f.int())))
        })
    })
}

/// Who signed up in a period, with when they were here in it. `None` where they are too many.
pub fn newcomers(period: Period) -> Query<Option<Vec<Newcomer>>> {
    let (low, high) = period.ids();
    let statement = Statement::new(format!(
        "SELECT count(*) AS read, json_group_array(json_array(id, block, days)) AS seen FROM (SELECT u.id, p.block, p.days FROM (\
         SELECT id FROM users WHERE id >= ?1 AND id < ?2 LIMIT {MOST_PRESENCE} + 1) u \
         LEFT JOIN presence p INDEXED BY presence_by_user ON p.user_id = u.id AND p.block >= ?3 AND p.block <= ?4 LIMIT {MOST_PRESENCE} + 1)"
    ));
    let blocks = period.blocks();
    let ends = blocks.first().zip(blocks.last()).map(|((first, _), (last, _))| (*first, *last));
    let (first, last) = ends.unwrap_or_default();
    Query::new(statement.bind(low).bind(high).bind(first).bind(last), |rows| {
        unless_too_many(&rows, |row| {
            super::unpacked(row, "seen", |f| f.rest_of_lists(|f| (f.id(), f.opt_int().zip(f.opt_int()))))
        })
    })
}

/// How many notifications of a day are counted, and statuses.
const MOST_OF_DAY: usize = 20_000;

/// The SQL condition that a table has no more rows than are counted from one id on to before another.
fn is_whole(table: &str, low: &str, high: &str) -> String {
    format!(
        "(SELECT count(*) FROM (SELECT 1 FROM {table} WHERE id >= {low} AND id < {high} LIMIT {MOST_OF_DAY} + 1)) <= {MOST_OF_DAY}"
    )
}

/// The SQL of the favourites, boosts and replies that people here were told of, with ids from one on to before another.
fn interactions(low: &str, high: &str, most: usize) -> String {
    format!(
        "SELECT id FROM (SELECT id, type, status_id, account_id FROM notifications WHERE id >= {low} AND id < {high} LIMIT {most}) n \
         WHERE n.type IN ('favourite', 'reblog') OR (n.type = 'mention' AND EXISTS (SELECT 1 FROM statuses s \
         WHERE s.id = n.status_id AND s.in_reply_to_account_id = n.account_id))"
    )
}

/// Counts a day that has ended, once: what people here were told of, and the statuses of each other server. Reads the
/// notifications of the day, and two rows for each of its statuses.
pub fn count_day(day: i64) -> Statement {
    let (low, high) = Period { first: day, last: day }.ids();
    Statement::new(format!(
        "INSERT INTO days (day, interactions, servers) SELECT ?1, CASE WHEN {} THEN (SELECT count(*) FROM ({})) END, \
         CASE WHEN {} THEN (SELECT json_group_object(domain, n) FROM (SELECT a.domain AS domain, count(*) AS n FROM (\
         SELECT account_id FROM statuses WHERE id >= ?2 AND id < ?3 LIMIT {MOST_OF_DAY}) s CROSS JOIN accounts a \
         ON a.id = s.account_id AND a.domain_id IS NULL GROUP BY a.domain ORDER BY n DESC LIMIT {MOST_SERVERS})) END \
         ON CONFLICT (day) DO NOTHING",
        is_whole("notifications", "?2", "?3"),
        interactions("?2", "?3", MOST_OF_DAY),
        is_whole("statuses", "?2", "?3"),
    ))
    .bind(day)
    .bind(low)
    .bind(high)
}

/// How many servers of a day are kept.
const MOST_SERVERS: usize = 200;

/// The last day that was counted.
pub fn last_day() -> Query<Option<i64>> {
    Query::first(Statement::new("SELECT max(day) AS day FROM days"), |row| row.opt_int("day"))
        .map(Option::flatten)
}

/// Interactions by day: as counted, and of `since` and the day after it where they are not counted yet.
pub fn interactions_by_day(from: Period, since: i64) -> Query<Vec<(i64, i64)>> {
    let today = since + 1;
    let (low, high) = Period { first: since, last: today }.ids();
    let live = format!(
        "SELECT x.day AS day, count(n.id) AS n FROM (SELECT ?3 AS day UNION ALL SELECT ?4) x LEFT JOIN ({}) n \
         ON {} = x.day WHERE NOT EXISTS (SELECT 1 FROM days y WHERE y.day = x.day) AND x.day <= ?2 AND {} GROUP BY x.day",
        interactions("?5", "?6", MOST_OF_DAY),
        day("n.id"),
        is_whole("notifications", "?5", "?6")
    );
    Query::all(
        Statement::new(format!(
            "SELECT day, interactions AS n FROM days WHERE day >= ?1 AND day <= ?2 AND interactions IS NOT NULL UNION ALL {live}"
        ))
        .bind(from.first)
        .bind(from.last)
        .bind(since)
        .bind(today)
        .bind(low)
        .bind(high),
        |row| Ok((row.int("day")?, row.int("n")?)),
    )
}

/// What is ordered by how much there is of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranked<'a> {
    /// The languages of people who were here.
    Languages,
    /// The apps that people here posted with; `web` for the pages.
    Sources,
    /// Other servers, by their statuses.
    Servers,
    TagServers(&'a str),
    TagLanguages(&'a str),
    /// Accounts of a server, by their followers here.
    InstanceAccounts(&'a str),
    InstanceLanguages(&'a str),
}

/// The first of something in a period, each with a number. `None` where there is more than can be counted.
pub fn ranked(what: Ranked<'_>, period: Period, limit: usize) -> Query<Option<Vec<(String, i64)>>> {
    let (low, high) = period.ids();
    let of_tag = |key: &str, tag: &str| {
        let public = "CASE WHEN s.visibility = 0 THEN";
        let sql = format!("SELECT {public} {key} END AS key, s.id AS x FROM {}", of_tag());
        Statement::new(sql.replace("?4", "?2").replace("?5", "?3").replace("?6", "?4"))
            .bind(limit)
            .bind(tag)
            .bind(low)
            .bind(high)
    };
    let ids = accounts_of_server().replace("?4", "?2");
    let (rows, most) = match what {
        Ranked::Languages => (
            Statement::new(format!(
                "SELECT u.locale AS key, u.id AS x FROM (SELECT p.user_id AS id FROM json_each(?2) m CROSS JOIN presence p \
                 ON p.block = m.value ->> 0 WHERE p.days & (m.value ->> 1) <> 0 LIMIT {MOST} + 1) q CROSS JOIN users u ON u.id = q.id"
            ))
            .bind(limit)
            .bind(to_json(&period.blocks())),
            MOST,
        ),
        Ranked::Sources => (
            Statement::new(format!(
                "SELECT CASE WHEN s.reblog_of_id IS NULL AND s.brought_uri IS NULL AND s.id IS NOT NULL THEN coalesce(ap.name, 'web') END AS key, \
                 s.id AS x FROM users u LEFT JOIN statuses s INDEXED BY statuses_by_account ON s.account_id = u.account_id \
                 AND s.id >= ?2 AND s.id < ?3 LEFT JOIN apps ap ON ap.id = s.app_id LIMIT {MOST} + 1"
            ))
            .bind(limit)
            .bind(low)
            .bind(high),
            MOST,
        ),
        Ranked::Servers => {
            let sql = format!(
                "SELECT j.key AS key, sum(j.value) AS n, 0 AS read FROM (SELECT servers FROM days WHERE day >= ?2 AND day <= ?3) d \
                 CROSS JOIN json_each({}) j GROUP BY j.key ORDER BY n DESC, key LIMIT ?1",
                sound("d.servers").replace("'[]'", "'{}'")
            );
            let statement = Statement::new(sql).bind(limit).bind(period.first).bind(period.last);
            return Query::new(statement, move |rows| read_ranked(&rows, MOST));
        }
        Ranked::TagServers(tag) => (of_tag("a.domain", tag), MOST_OF_ONE),
        Ranked::TagLanguages(tag) => (of_tag("coalesce(s.language, 'und')", tag), MOST_OF_ONE),
        Ranked::InstanceAccounts(domain) => (
            Statement::new(format!(
                "SELECT a.username AS key, f.id AS x FROM ({ids}) i CROSS JOIN accounts a ON a.id = i.id \
                 LEFT JOIN follows f INDEXED BY follows_by_target ON f.target_id = i.id LIMIT {MOST_OF_ONE} + 1"
            ))
            .bind(limit)
            .bind(domain),
            MOST_OF_ONE,
        ),
        Ranked::InstanceLanguages(domain) => (
            Statement::new(format!(
                "SELECT iif(s.id IS NULL, NULL, coalesce(s.language, 'und')) AS key, s.id AS x FROM ({ids}) i LEFT JOIN statuses s \
                 INDEXED BY statuses_by_account ON s.account_id = i.id AND s.id >= ?3 AND s.id < ?4 AND s.reblog_of_id IS NULL LIMIT {MOST_OF_ONE} + 1"
            ))
            .bind(limit)
            .bind(domain)
            .bind(low)
            .bind(high),
            MOST_OF_ONE,
        ),
    };
    let sql = format!(
        "WITH r (key, x) AS MATERIALIZED ({}) SELECT key, count(DISTINCT x) AS n, (SELECT count(*) FROM r) AS read FROM r \
         WHERE key IS NOT NULL GROUP BY key HAVING n > 0 ORDER BY n DESC, key LIMIT ?1",
        rows.sql
    );
    let statement = Statement { sql: sql.into(), params: rows.params };
    Query::new(statement, move |rows| read_ranked(&rows, most))
}

fn read_ranked(rows: &[Row], most: usize) -> Result<Option<Vec<(String, i64)>>> {
    let is_cut = rows
        .first()
        .map_or(Ok(false), |row| row.int("read").map(|n| usize::try_from(n).unwrap_or_default() > most))?;
    if is_cut {
        return Ok(None);
    }
    rows.iter().map(|row| Ok((row.text("key")?, row.int("n")?))).collect::<Result<Vec<_>>>().map(Some)
}

/// The bytes of uploaded files; `None` where there are too many to add up.
pub fn media_bytes() -> Query<Option<i64>> {
    Query::first(
        Statement::new(format!(
            "SELECT iif(count(*) > {MOST}, NULL, coalesce(sum(iif(json_valid(file), coalesce(file ->> '$.size', 0), 0)), 0)) AS bytes \
             FROM (SELECT file FROM media LIMIT {MOST} + 1)"
        )),
        |row| row.opt_int("bytes"),
    )
    .map(Option::flatten)
}

/// Forgets days before one, and who was here on them.
pub fn forget_before(day: i64) -> [Statement; 2] {
    [
        Statement::new("DELETE FROM days WHERE day < ?1").bind(day),
        Statement::new("DELETE FROM presence WHERE block < ?1 / 32").bind(day),
    ]
}
