//! strikes: what members of staff did to accounts, and appeals.

use super::notifying::notifying;
use super::{Query, accounts, to_json, whole};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::strike::{Action, AppealState, Strike};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// The strike `k` of the account `t` in one column, to be read by [`read`].
fn packed() -> String {
    format!(
        "json_array(k.id, k.account_id, {}, k.action, k.text, {}, k.report_id, k.overruled_at, k.appeal, k.appeal_state)",
        accounts::packed_shown("t"),
        whole("k.status_ids")
    )
}

/// The SQL expression for the strike of the notification `n`, to be read by [`read`] as the column `strike`.
pub(super) fn of_notification(n: &str) -> String {
    format!(
        "CASE WHEN {n}.type = 'moderation_warning' THEN (SELECT {} FROM strikes k CROSS JOIN accounts t ON t.id = k.target_id \
         WHERE k.id = {n}.report_id) END",
        packed()
    )
}

pub(super) fn read(row: &Row) -> Result<Option<Strike>> {
    super::opt_unpacked(row, "strike", |f| Strike {
        id: f.id(),
        by: f.id(),
        target: f.opt_inner(accounts::unpack).unwrap_or_default(),
        action: Action::parse(&f.text()).unwrap_or_default(),
        text: f.text(),
        status_ids: f.each(|f| f.id()),
        report_id: f.opt_id(),
        overruled_at: f.opt_time(),
        appeal: {
            let (text, state) = (f.opt_text(), f.opt_text());
            text.zip(state.and_then(|state| AppealState::parse(&state)))
        },
    })
}

fn select(rest: &str) -> Statement {
    Statement::new(format!(
        "SELECT {} AS strike FROM strikes k CROSS JOIN accounts t ON t.id = k.target_id {rest}",
        packed()
    ))
}

fn all(statement: Statement) -> Query<Vec<Strike>> {
    Query::all(statement, read).map(|found: Vec<Option<Strike>>| found.into_iter().flatten().collect())
}

/// The strikes of an account, the newest first.
pub fn of(target: Id, most: usize) -> Query<Vec<Strike>> {
    all(select("WHERE k.target_id = ?1 ORDER BY k.id DESC LIMIT ?2").bind(target).bind(most))
}

/// A strike of an account.
pub fn by_id(id: Id) -> Query<Option<Strike>> {
    Query::first(select("WHERE k.id = ?1").bind(id), read).map(Option::flatten)
}

/// Appeals that wait, the oldest first.
pub fn appealed(most: usize) -> Query<Vec<Strike>> {
    all(select("WHERE k.appeal_state = 'pending' ORDER BY k.id LIMIT ?1").bind(most))
}

/// The strikes of an account's notifications, by notification.
pub fn of_notifications(account: Id, ids: &[Id]) -> Query<Vec<(Id, Strike)>> {
    let found = Query::all(
        Statement::new(format!(
            "SELECT n.id AS id, {} AS strike FROM json_each(?2) j CROSS JOIN notifications n ON n.id = j.value AND n.account_id = ?1",
            of_notification("n")
        ))
        .bind(account)
        .bind_ids(ids),
        |row| Ok((row.id("id")?, read(row)?)),
    );
    found.map(|all| all.into_iter().filter_map(|(id, strike)| Some((id, strike?))).collect())
}

pub fn insert(strike: &Strike) -> Statement {
    Statement::new(
        "INSERT INTO strikes (id, account_id, target_id, action, text, status_ids, report_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(strike.id)
    .bind(strike.by)
    .bind(strike.target.id)
    .bind(strike.action.as_str())
    .bind(&strike.text)
    .bind(to_json(&strike.status_ids.iter().map(|id| id.0).collect::<Vec<_>>()))
    .bind(strike.report_id)
}

/// Tells a person here of a strike: a notification by themselves, as on Mastodon.
pub fn tell(id: Id, strike: &Strike) -> Statement {
    notifying(
        "INSERT INTO notifications (id, account_id, type, from_account_id, report_id) \
         SELECT ?1, a.id, 'moderation_warning', a.id, ?3 FROM accounts a WHERE a.id = ?2 AND a.domain_id IS NOT NULL",
    )
    .bind(id)
    .bind(strike.target.id)
    .bind(strike.id)
}

/// Stores an appeal; answers a row unless there is one, or the strike is overruled.
pub fn appeal(strike: Id, target: Id, text: &str, now: Time) -> Statement {
    Statement::new(
        "UPDATE strikes SET appeal = ?3, appealed_at = ?4, appeal_state = 'pending' \
         WHERE id = ?1 AND target_id = ?2 AND appeal IS NULL AND overruled_at IS NULL RETURNING id",
    )
    .bind(strike)
    .bind(target)
    .bind(text)
    .bind(now)
}

/// The column of `NOT NULL constraint failed: strikes.…` where [`decide`] fails.
pub const DECIDED: &str = "text";

/// Decides an appeal that waits; a strike whose appeal is approved is overruled. The batch fails where it does not wait any more
/// ([`DECIDED`]).
pub fn decide(strike: Id, is_approved: bool, now: Time) -> Statement {
    Statement::new(
        "UPDATE strikes SET text = iif(appeal_state = 'pending', text, NULL), appeal_state = iif(?2, 'approved', 'rejected'), \
         overruled_at = iif(?2, ?3, overruled_at) WHERE id = ?1",
    )
    .bind(strike)
    .bind(is_approved)
    .bind(now)
}
