//! reports by local accounts and other servers.

use super::notifying::notifying;
use super::pages::{bounds, direction, within_budget};
use super::{Query, accounts, to_json};
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::report::Report;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

fn numbers(ids: &[Id]) -> Vec<i64> {
    ids.iter().map(|id| id.0).collect()
}

/// The condition that the account `?1` has fewer than `?5` open reports with ids from `?6` on about the account `target`.
fn has_few(target: &str) -> String {
    format!(
        "(SELECT count(*) FROM reports r WHERE r.account_id = ?1 AND r.target_id = {target} \
         AND r.action_taken_at IS NULL AND r.id >= ?6) < ?5"
    )
}

/// Inserts a report by a local account and answers a row, unless it has `most` open reports about the same account that
/// were made `since` then.
pub fn insert(report: &Report, most: usize, since: Time) -> Statement {
    Statement::new(format!(
        "INSERT INTO reports (id, account_id, target_id, comment, category, status_ids, rule_ids, is_forwarded) \
         SELECT ?2, ?1, ?3, ?4, ?7, ?8, ?9, ?10 WHERE {} RETURNING id",
        has_few("?3")
    ))
    .bind(report.account_id)
    .bind(report.id)
    .bind(report.target.id)
    .bind(&report.comment)
    .bind(most)
    .bind(Id::floor(since.0))
    .bind(&report.category)
    .bind(to_json(&numbers(&report.status_ids)))
    .bind(to_json(&numbers(&report.rule_ids)))
    .bind(report.is_forwarded)
}

/// For [`super::outbox::insert_if`] of a Flag whose row has the report's id, after [`insert`]: it was inserted.
pub const IS_FILED: &str = "EXISTS (SELECT 1 FROM reports WHERE id = ?1)";

/// Open reports about one account to which those of other servers are added: what more of them say is known by then.
const MOST_ABOUT_ONE: usize = 50;

/// Inserts the reports of one Flag, each once: one for each reported account, with the same comment. None about an
/// account of which the reporter has `most` open reports that were made `since` then.
pub fn receive(reporter: Id, flag: &str, reports: &[Report], most: usize, since: Time) -> Statement {
    let comment = reports.first().map_or("", |report| report.comment.as_str());
    let rows: Vec<_> = reports.iter().map(|r| (r.id.0, r.target.id.0, numbers(&r.status_ids))).collect();
    Statement::new(format!(
        "INSERT INTO reports (id, account_id, target_id, uri, comment, status_ids) \
         SELECT json_extract(j.value, '$[0]'), ?1, json_extract(j.value, '$[1]'), ?2 || ' ' || json_extract(j.value, '$[1]'), \
         ?3, json_extract(j.value, '$[2]') FROM json_each(?4) j \
         WHERE {target} AND (SELECT count(*) FROM (SELECT 1 FROM reports o WHERE o.target_id = json_extract(j.value, '$[1]') \
         AND o.id >= ?6 AND o.action_taken_at IS NULL LIMIT {MOST_ABOUT_ONE})) < {MOST_ABOUT_ONE} ON CONFLICT (uri) DO NOTHING",
        target = has_few("json_extract(j.value, '$[1]')")
    ))
    .bind(reporter)
    .bind(flag)
    .bind(comment)
    .bind(to_json(&rows))
    .bind(most)
    .bind(Id::floor(since.0))
}

/// Notifies who has one of these roles of these reports, as far as they were inserted; after [`insert`] or [`receive`].
pub fn notify(id: Id, reporter: Id, reports: &[Id], roles: &[i64]) -> Statement {
    notifying(
        "INSERT INTO notifications (id, account_id, type, from_account_id, report_id) \
         SELECT ?1 + row_number() OVER (), u.account_id, 'admin.report', ?2, r.id \
         FROM json_each(?3) j CROSS JOIN reports r ON r.id = j.value CROSS JOIN users u \
         WHERE u.role_id <> -99 AND u.role_id IN (SELECT value FROM json_each(?4)) AND u.account_id <> ?2 \
         AND u.person IS NOT (SELECT p.person FROM users p WHERE p.account_id = r.target_id) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(reporter)
    .bind_ids(reports)
    .bind(to_json(&roles))
}

/// The SQL expression for the report of the notification `n`, to be read by [`read`] as the column `report`.
pub(super) fn packed(n: &str) -> String {
    format!(
        "CASE WHEN {n}.type = 'admin.report' THEN (SELECT {} FROM reports r CROSS JOIN accounts t ON t.id = r.target_id \
         WHERE r.id = {n}.report_id) END",
        whole_of_report()
    )
}

/// The report `r` about the account `t` in one column.
fn whole_of_report() -> String {
    format!(
        "json_array(r.id, r.account_id, {}, r.comment, r.category, {}, {}, r.is_forwarded, r.action_taken_at, r.assigned_id, \
         r.action_taken_by)",
        accounts::packed_shown("t"),
        super::whole("r.status_ids"),
        super::whole("r.rule_ids")
    )
}

fn select(rest: &str) -> String {
    let columns = whole_of_report();
    format!(
        "SELECT r.id AS cursor, {columns} AS report FROM reports r CROSS JOIN accounts t ON t.id = r.target_id {rest}"
    )
}

/// Which reports are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought {
    pub is_resolved: bool,
    pub by: Option<Id>,
    pub about: Option<Id>,
}

/// A page of reports, the newest first.
pub fn list(sought: Sought, page: &Page) -> Query<Listed<Report>> {
    let order = direction(page);
    let state = if sought.is_resolved { "NOT NULL" } else { "NULL" };
    let index = match (sought.by, sought.about, sought.is_resolved) {
        (Some(_), ..) => "reports r INDEXED BY reports_by_account",
        (_, Some(_), _) => "reports r INDEXED BY reports_by_target",
        (.., false) => "reports r INDEXED BY reports_open",
        _ => "reports r",
    };
    let by = if sought.by.is_some() { "AND r.account_id = ?4" } else { "AND ?4 IS NULL" };
    let about = if sought.about.is_some() { "AND r.target_id = ?5" } else { "AND ?5 IS NULL" };
    let ids = format!(
        "SELECT r.id FROM {index} WHERE r.action_taken_at IS {state} AND r.id < ?1 AND r.id > ?2 {by} {about} ORDER BY r.id {order} LIMIT ?3"
    );
    let (max, min) = bounds(page);
    Query::page(
        Statement::new(within_budget(
            &select(&format!("WHERE r.id IN ({ids}) ORDER BY r.id {order}")),
            "octet_length(report)+3000",
        ))
        .bind(max)
        .bind(min)
        .bind(page.limit)
        .bind(sought.by)
        .bind(sought.about),
        page.limit,
        read_whole,
    )
}

fn read_whole(row: &Row) -> Result<Report> {
    read(row)?.ok_or_else(|| Error::internal("a report without its row"))
}

/// One report.
pub fn by_id(id: Id) -> Query<Option<Report>> {
    Query::first(Statement::new(select("WHERE r.id = ?1")).bind(id), read_whole)
}

/// Gives a report to a member of staff, or takes it from them.
pub fn assign(id: Id, to: Option<Id>) -> Statement {
    Statement::new("UPDATE reports SET assigned_id = ?2 WHERE id = ?1").bind(id).bind(to)
}

/// Resolves an open report, or opens it again.
pub fn resolve(id: Id, by: Option<Id>, now: Time) -> Statement {
    Statement::new(
        "UPDATE reports SET action_taken_at = iif(?2 IS NULL, NULL, ?3), action_taken_by = ?2 WHERE id = ?1 AND (action_taken_at IS NULL) = (?2 IS NOT NULL)",
    )
    .bind(id)
    .bind(by)
    .bind(now)
}

/// Changes what a report is about.
pub fn update(id: Id, category: &str, rules: &[Id]) -> Statement {
    Statement::new("UPDATE reports SET category = ?2, rule_ids = ?3 WHERE id = ?1")
        .bind(id)
        .bind(category)
        .bind(to_json(&numbers(rules)))
}

/// The reports of an account's notifications, by notification.
pub fn of_notifications(account: Id, ids: &[Id]) -> Query<Vec<(Id, Report)>> {
    let found = Query::all(
        Statement::new(format!(
            "SELECT n.id AS id, {} AS report FROM json_each(?2) j CROSS JOIN notifications n ON n.id = j.value AND n.account_id = ?1",
            packed("n")
        ))
        .bind(account)
        .bind_ids(ids),
        |row| Ok((row.id("id")?, read(row)?)),
    );
    found.map(|all| all.into_iter().filter_map(|(id, report)| Some((id, report?))).collect())
}

pub(super) fn read(row: &Row) -> Result<Option<Report>> {
    super::opt_unpacked(row, "report", |f| Report {
        id: f.id(),
        account_id: f.id(),
        target: f.opt_inner(accounts::unpack).unwrap_or_default(),
        comment: f.text(),
        category: f.text(),
        status_ids: f.each(|f| f.id()),
        rule_ids: f.each(|f| f.id()),
        is_forwarded: f.truth(),
        action_taken_at: f.opt_time(),
        assigned_id: f.opt_id(),
        action_taken_by: f.opt_id(),
    })
}
