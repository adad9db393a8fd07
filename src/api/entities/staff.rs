//! <https://docs.joinmastodon.org/entities/Admin_Account/>, <https://docs.joinmastodon.org/entities/Admin_Report/>

use serde_json::{Value, json};

use super::{Frame, account, status};
use crate::model::person::Person;
use crate::model::report::Report;
use crate::model::role::Roles;
use crate::model::status::StatusView;
use crate::model::time::Time;
use crate::store::rules::Rule;

/// An account as members of staff see it.
pub fn person(person: &Person, roles: &Roles, frame: &Frame) -> Value {
    let (shown, user) = (&person.account, person.user.as_ref());
    json!({
        "id": shown.id.to_string(),
        "username": shown.username,
        "domain": (!shown.is_local()).then_some(&shown.domain),
        "created_at": shown.created_at.to_iso(),
        "email": user.and_then(|user| user.email.clone()).unwrap_or_default(),
        // No addresses are stored.
        "ip": Value::Null,
        "ips": [],
        "locale": user.map(|user| &user.locale),
        "invite_request": Value::Null,
        "role": user.map(|user| account::role(user.role, roles)),
        "confirmed": user.is_some(),
        "approved": user.is_some(),
        "disabled": user.is_some_and(|user| user.disabled_at.is_some()),
        "sensitized": shown.sensitized_at.is_some(),
        "silenced": shown.is_silenced(),
        "suspended": shown.is_suspended(),
        "account": account::render(shown, frame),
    })
}

/// A report as members of staff see it. Of `people` and `statuses` those that it names are shown.
pub fn report(
    report: &Report,
    people: &[Person],
    statuses: &[StatusView],
    rules: &[Rule],
    roles: &Roles,
    frame: &Frame,
) -> Value {
    let find =
        |id| people.iter().find(|known| known.account.id == id).map(|found| person(found, roles, frame));
    let updated = report.action_taken_at.unwrap_or(Time(report.id.unix_ms()));
    json!({
        "id": report.id.to_string(),
        "action_taken": report.action_taken_at.is_some(),
        "action_taken_at": report.action_taken_at.map(|at| at.to_iso()),
        "category": report.category,
        "comment": report.comment,
        "forwarded": report.is_forwarded,
        "created_at": Time(report.id.unix_ms()).to_iso(),
        "updated_at": updated.to_iso(),
        "account": find(report.account_id),
        "target_account": find(report.target.id),
        "assigned_account": report.assigned_id.and_then(find),
        "action_taken_by_account": report.action_taken_by.and_then(find),
        "statuses": statuses
            .iter()
            .filter(|view| report.status_ids.contains(&view.status.id))
            .map(|view| status::render(view, frame))
            .collect::<Vec<_>>(),
        "collections": [],
        "rules": rules
            .iter()
            .filter(|rule| report.rule_ids.contains(&rule.id))
            .map(|rule| json!({"id": rule.id.to_string(), "text": rule.text, "hint": rule.hint}))
            .collect::<Vec<_>>(),
    })
}
