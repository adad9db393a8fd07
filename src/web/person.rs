//! `/settings/people/ID`: one account, and what members of staff may do to it.

use maud::{Markup, html};

use super::form::{self, Session};
use super::page;
use super::parts::account::line;
use super::parts::composer::choice;
use super::parts::staff::{action_fields, notes, role_name};
use super::parts::time;
use super::strikes::{state, what};
use super::words::{Language, Word};
use super::{audit, people, reports};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::{Id, MAX};
use crate::model::page::Page;
use crate::model::person::Person;
use crate::model::role::{Permission, RoleId};
use crate::model::strike::{Action, Lift};
use crate::model::time::Time;
use crate::services;
use crate::services::staff::Draft;
use crate::store;
use crate::store::audit::Of;
use crate::store::reports::Sought;

const FORM: &str = "person";
const PERMISSION: Permission = Permission::MANAGE_USERS;
/// Entries of each list.
const SHOWN: usize = 20;

/// What may be done to the account; what is done already is not among it.
fn actions(person: &Person) -> Vec<Action> {
    let account = &person.account;
    let user = person.user.as_ref();
    let all = [
        (user.is_some(), Action::None),
        (account.sensitized_at.is_none(), Action::Sensitive),
        (!account.is_silenced(), Action::Silence),
        (user.is_some_and(|user| user.disabled_at.is_none()) && !account.is_memorial, Action::Disable),
        (!account.is_suspended(), Action::Suspend),
    ];
    all.into_iter().filter(|(may, _)| *may).map(|(_, action)| action).collect()
}

/// What may be lifted.
fn lifts(person: &Person) -> Vec<(Lift, Word)> {
    let account = &person.account;
    let is_disabled = people::is_frozen(person);
    let all = [
        (account.is_suspended() && !account.is_suspended_by_origin, Lift::Unsuspend, Word::LiftSuspend),
        (is_disabled, Lift::Enable, Word::LiftDisable),
        (account.is_silenced(), Lift::Unsilence, Word::LiftSilence),
        (account.sensitized_at.is_some(), Lift::Unsensitive, Word::LiftSensitive),
    ];
    all.into_iter().filter(|(may, ..)| *may).map(|(_, lift, word)| (lift, word)).collect()
}

async fn answer(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let id = c.id("id")?;
    let parts = (
        store::people::by_ids(&[id]),
        store::strikes::of(id, SHOWN),
        store::people::notes(id, 200),
        store::audit::before(Id(MAX), Of::About(id), SHOWN),
        (
            store::reports::list(Sought { about: Some(id), ..Sought::default() }, &Page::first(SHOWN)),
            store::presets::all(),
        ),
    );
    let (found, strikes, known_notes, entries, (open, presets)) = store::load(&c.app.db, parts).await?;
    let person = found.into_iter().next().ok_or(Error::NotFound)?;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let site = c.app.site();
    let role = person.user.as_ref().map_or(RoleId::EVERYONE, |user| user.role);
    let may_act = person.is_below(&session.0, &site.roles);
    let given: Vec<(String, &str)> = site
        .roles
        .0
        .iter()
        .filter(|known| site.roles.is_above(session.0.role, known.id))
        .map(|known| {
            let is_none = known.id == RoleId::EVERYONE;
            (known.id.0.to_string(), if is_none { say(Word::RoleNone) } else { role_name(known, language) })
        })
        .collect();
    let given: Vec<(&str, &str)> = given.iter().map(|(id, name)| (id.as_str(), *name)).collect();
    let token: Markup =
        html! { input type="hidden" name="form" value=(form::token(c.app, FORM, &session.2)); };
    let here = people::address(id);
    let body = html! {
        h1 { "@" (person.account.handle()) }
        ul.people { (line(c, &person.account, &people::states(&person, language))) }
        @if let Some(user) = &person.user {
            p.meta {
                (time::minute(c, user.created_at))
                @if let Some(email) = &user.email { " · " (email) }
                @if let Some(known) = site.roles.find(user.role).filter(|known| known.id != RoleId::EVERYONE) { " · " (role_name(known, language)) }
            }
        }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if wrong.is_none() && c.params.filled("done").is_some() { p role="status" { (say(Word::DoneThat)) } }
        @if !open.is_empty() {
            h2 { (say(Word::Reports)) }
            ul.plain { @for report in open.iter() { li { a href=(reports::address(report.id)) { (reports::category(report, language)) } " · " (time::time(c, Time(report.id.unix_ms()), language)) } } }
        }
        @if may_act {
            form method="post" action=(here) {
                (token)
                @for (lift, word) in lifts(&person) { button.quiet type="submit" name="lift" value=(lift.as_str()) { (say(word)) } " " }
            }
            h2 { (say(Word::StaffAct)) }
            form method="post" action=(here) {
                (token)
                (action_fields(c, &actions(&person), &presets, wrong.is_some()))
                button type="submit" name="do" value="act" { (say(Word::StaffAct)) }
            }
            @if person.user.is_some() {
                h2 { (say(Word::Memorialize)) }
                form method="post" action=(here) {
                    (token)
                    @if person.account.is_memorial {
                        p.lead { (say(Word::UnmemorializeLead)) }
                        button.quiet type="submit" name="do" value="unmemorialize" { (say(Word::Unmemorialize)) }
                    } @else {
                        p.lead { (say(Word::MemorializeLead)) }
                        label.check { input type="checkbox" name="sure" value="1" required; span { (say(Word::MemorializeSure)) } }
                        button.quiet type="submit" name="do" value="memorialize" { (say(Word::Memorialize)) }
                    }
                }
            }
            @if person.user.is_some() && c.app.may(&session.0, Permission::MANAGE_ROLES) {
                h2 { (say(Word::Role)) }
                form method="post" action=(here) {
                    (token)
                    (choice("role", say(Word::Role), &given, &role.0.to_string()))
                    button.quiet type="submit" name="do" value="role" { (say(Word::Save)) }
                }
            }
            @if person.account.is_suspended() && person.account.deleted_at.is_none() && c.app.may(&session.0, Permission::DELETE_USER_DATA) {
                h2 { (say(Word::StaffDelete)) }
                form method="post" action=(here) {
                    (token)
                    p.lead { (say(Word::StaffDeleteLead)) }
                    label.check { input type="checkbox" name="sure" value="1" required; span { (say(Word::StaffDeleteSure)) } }
                    button.danger type="submit" name="do" value="delete" { (say(Word::StaffDelete)) }
                }
            }
        }
        form method="post" action=(here) { (token) (notes(&known_notes, language)) }
        @if !strikes.is_empty() {
            h2 { (say(Word::Strikes)) }
            ul.plain { @for strike in &strikes { li {
                (what(strike.action, language)) " · " (time::minute(c, strike.created_at()))
                @if let Some(state) = state(strike, language) { " · " (say(Word::Appeal)) ": " (state) }
                @if !strike.text.is_empty() { p.hint dir="auto" { (strike.text) } }
            } } }
        }
        @if !entries.is_empty() && c.app.may(&session.0, Permission::VIEW_AUDIT_LOG) {
            h2 { (say(Word::AuditLog)) }
            (audit::list(c, &entries))
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, &format!("@{}", person.account.handle()), true, &body).status(status))
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, people::HERE, &[]).await? {
        Ok(session) => answer(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let session = match form::staff_sender(c, PERMISSION, FORM, people::HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let id = c.id("id")?;
    let user = &session.0;
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let needs = |wanted| if c.app.may(user, wanted) { Ok(()) } else { Err(Error::NotFound) };
    let done = match (Lift::parse(text("lift")), text("do")) {
        (Some(lift), _) => services::staff::lift(c.app, user, id, lift).await,
        (_, "act") => {
            let action = Action::parse(text("action")).ok_or(Error::NotFound)?;
            let draft = Draft {
                action,
                text: text("text").to_owned(),
                preset: Id::parse(text("preset")),
                is_told: c.params.filled("tell").is_some(),
                ..Draft::default()
            };
            services::staff::act(c.app, user, id, draft).await
        }
        (_, "role") => {
            needs(Permission::MANAGE_ROLES)?;
            let role = text("role").parse().map(RoleId).map_err(|_| Error::NotFound)?;
            services::staff::set_role(c.app, user, id, role).await
        }
        (_, "delete") => {
            needs(Permission::DELETE_USER_DATA)?;
            match c.params.filled("sure") {
                Some(_) => services::staff::delete(c.app, user, id).await,
                None => Err(Error::validation("It must be confirmed")),
            }
        }
        (_, "memorialize") if c.params.filled("sure").is_none() => {
            Err(Error::validation("It must be confirmed"))
        }
        (_, what @ ("memorialize" | "unmemorialize")) => {
            services::memorial::set(c.app, user, id, what == "memorialize").await
        }
        (_, "note") => services::staff::note(c.app, user, id, text("note")).await,
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(()) if text("do") == "delete" => Ok(Response::redirect(people::HERE)),
        Ok(()) => Ok(Response::redirect(&format!("{}?done=1", people::address(id)))),
        Err(Error::Unprocessable(_)) => answer(c, &session, Some(Word::Unacceptable)).await,
        Err(error) => Err(error),
    }
}
