//! <https://docs.joinmastodon.org/entities/Admin_Account/>, <https://docs.joinmastodon.org/entities/Admin_Report/>

use serde_json::{Value, json};

use super::{Frame, account, status};
use crate::model::account::Account;
use crate::model::person::Person;
use crate::model::report::Report;
use crate::model::role::{RoleId, Roles};
use crate::model::rule::Rule;
use crate::model::sign_up::Application;
use crate::model::site::Domain;
use crate::model::status::StatusView;
use crate::model::time::Time;
use crate::model::uri;

/// An account as members of staff see it.
pub fn person(person: &Person, roles: &Roles, frame: &Frame) -> Value {
    let (shown, user) = (&person.account, person.user.as_ref());
    json!({
        "id": shown.id.to_string(),
        "username": shown.username,
        "domain": (!shown.is_local()).then_some(&shown.domain),
        "created_at": shown.created_at.to_iso(),
        "email": user.and_then(|user| user.email.clone()).unwrap_or_default(),
        "ip": person.address,
        "ips": person.address.iter().map(|address| json!({"ip": address, "used_at": shown.created_at.to_iso()})).collect::<Vec<_>>(),
        "locale": user.map(|user| &user.locale),
        "invite_request": Value::Null,
        "role": user.map(|user| account::role(user.role, roles)),
        "confirmed": user.is_some(),
        "approved": user.is_some(),
        "disabled": user.is_some_and(|user| user.disabled_at.is_some()) && !shown.is_memorial,
        "sensitized": shown.sensitized_at.is_some(),
        "silenced": shown.is_silenced(),
        "suspended": shown.is_suspended(),
        "account": account::render(shown, frame),
    })
}

/// Somebody who waits for an account, as Mastodon shows an account that is not approved or not confirmed.
pub fn applicant(application: &Application, domain: &Domain, frame: &Frame) -> Value {
    let origin = &domain.web_origin;
    let shown = Account {
        id: application.id,
        domain_id: Some(domain.id),
        username: application.username.clone(),
        domain: domain.handle_domain.clone(),
        actor_type: "Person".into(),
        url: uri::profile(origin, &application.username),
        uri: uri::actor(origin, &application.username),
        created_at: application.created_at,
        ..Account::default()
    };
    let address = Some(&application.address).filter(|address| !address.is_empty());
    json!({
        "id": application.id.to_string(),
        "username": application.username,
        "domain": Value::Null,
        "created_at": application.created_at.to_iso(),
        "email": application.email.clone().unwrap_or_default(),
        "ip": address,
        "ips": address.iter().map(|ip| json!({"ip": ip, "used_at": application.created_at.to_iso()})).collect::<Vec<_>>(),
        "locale": application.locale,
        "invite_request": Some(&application.reason).filter(|reason| !reason.is_empty()),
        "role": account::role(RoleId::EVERYONE, &Roles::default()),
        "confirmed": application.is_confirmed,
        "approved": application.is_approved,
        "disabled": false,
        "sensitized": false,
        "silenced": false,
        "suspended": false,
        "account": account::render(&shown, frame),
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
