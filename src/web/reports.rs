//! `/settings/reports`: reports, and one with the posts in question.

use maud::{Markup, html};

use super::form::{self, Session};
use super::page;
use super::parts::account::line_with;
use super::parts::pager;
use super::parts::staff::{action_fields, notes};
use super::parts::status::{Shown, status};
use super::parts::time;
use super::people;
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::report::Report;
use crate::model::role::Permission;
use crate::model::strike::Action;
use crate::model::time::Time;
use crate::services;
use crate::services::report_handling::{self, Step};
use crate::services::staff::{Draft, MAX_STATUSES};
use crate::store;
use crate::store::reports::Sought;

pub const HERE: &str = "/settings/reports";
const FORM: &str = "reports";
const PERMISSION: Permission = Permission::MANAGE_REPORTS;
const SHOWN: usize = 40;

pub fn address(report: Id) -> String {
    format!("{HERE}/{report}")
}

/// What a report is about.
pub fn category(report: &Report, language: Language) -> &'static str {
    language.say(match report.category.as_str() {
        "spam" => Word::ReportSpam,
        "legal" => Word::ReportLegal,
        "violation" => Word::ReportViolation,
        _ => Word::ReportOther,
    })
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    if let Err(response) = form::staff(c, PERMISSION, HERE, &["resolved"]).await? {
        return Ok(response);
    }
    let is_resolved = c.params.filled("resolved").is_some();
    let asked = Page { max_id: c.params.filled("max_id").and_then(Id::parse), ..Page::first(SHOWN) };
    let sought = Sought { is_resolved, ..Sought::default() };
    let found = store::load(&c.app.db, store::reports::list(sought, &asked)).await?;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let body = html! {
        h1 { (say(Word::Reports)) }
        nav.tabs aria-label=(say(Word::Reports)) {
            a href=(HERE) aria-current=[(!is_resolved).then_some("page")] { (say(Word::ReportsOpen)) }
            a href={ (HERE) "?resolved=1" } aria-current=[is_resolved.then_some("page")] { (say(Word::ReportsResolved)) }
        }
        @if found.is_empty() { p.lead { (say(Word::ReportsNone)) } }
        ul.people { @for report in found.iter() {
            (line_with(c, &report.target, category(report, language), &html! {
                p.hint { a href=(address(report.id)) { (say(Word::ReportShow)) } " · " (time::time(c, Time(report.id.unix_ms()), language)) }
            }))
        } }
        (pager::older(&found, &form::address(c, HERE, &["resolved"]), language))
    };
    Ok(page(c, say(Word::Reports), true, &body))
}

async fn answer(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let report = report_handling::find(c.app, c.id("id")?).await?;
    let named: Vec<Id> =
        [Some(report.account_id), report.assigned_id, report.action_taken_by].into_iter().flatten().collect();
    let parts = (
        store::people::by_ids(&named),
        store::statuses::first_of(&report.status_ids, None),
        store::rules::all(),
        store::people::notes(report.id, 200),
        store::presets::all(),
    );
    let (people, views, rules, known_notes, presets) = store::load(&c.app.db, parts).await?;
    let who = |id: Option<Id>| id.and_then(|id| people.iter().find(|known| known.account.id == id));
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let is_open = report.action_taken_at.is_none();
    let is_mine = report.assigned_id == Some(session.1.id);
    let token: Markup =
        html! { input type="hidden" name="form" value=(form::token(c.app, FORM, &session.2)); };
    let here = address(report.id);
    let step = |step: Step, word: Word| {
        html! { button.quiet type="submit" name="step" value=(step.as_str()) { (say(word)) } " " }
    };
    let mut actions = vec![Action::DeleteStatuses, Action::MarkStatusesAsSensitive];
    actions.retain(|_| !views.is_empty());
    if report.target.is_local() {
        actions.insert(0, Action::None);
        actions.push(Action::Disable);
    }
    actions.extend([Action::Sensitive, Action::Silence, Action::Suspend]);
    let chosen = c.params.ids("status");
    let body = html! {
        h1 { (category(&report, language)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong).replace("{n}", &MAX_STATUSES.to_string())) } }
        @else if c.params.filled("done").is_some() { p role="status" { (say(Word::DoneThat)) } }
        ul.people { (line_with(c, &report.target, "", &html! { p.hint { a href=(people::address(report.target.id)) { (say(Word::Manage)) } } })) }
        p.meta {
            (time::minute(c, Time(report.id.unix_ms())))
            @if let Some(by) = who(Some(report.account_id)) { " · " (say(Word::ReportedBy)) " @" (by.account.handle()) }
            @if report.is_forwarded { " · " (say(Word::ReportForwarded)) }
            @if let Some(one) = who(report.assigned_id) { " · " (say(Word::ReportAssigned)) " @" (one.account.handle()) }
            @if let Some(one) = who(report.action_taken_by) { " · " (say(Word::ReportResolvedBy)) " @" (one.account.handle()) }
        }
        @if !report.comment.is_empty() { p dir="auto" { (report.comment) } }
        @if !report.rule_ids.is_empty() {
            ul { @for rule in rules.iter().filter(|rule| report.rule_ids.contains(&rule.id)) { li dir="auto" { (rule.said_in(language.code()).0) } } }
        }
        form method="post" action=(here) {
            (token)
            @if is_mine { (step(Step::Unassign, Word::ReportUnassign)) } @else { (step(Step::Assign, Word::ReportAssign)) }
            @if is_open { (step(Step::Resolve, Word::ReportResolve)) } @else { (step(Step::Reopen, Word::ReportReopen)) }
        }
        form method="post" action=(here) {
            (token)
            @for view in views.iter() {
                label.check { input type="checkbox" name="status" value=(view.status.id) checked[wrong.is_none() || chosen.contains(&view.status.id)]; span { (say(Word::ReportThisPost)) } }
                (status(c, view, Shown::default()))
            }
            h2 { (say(Word::StaffAct)) }
            (action_fields(c, &actions, &presets, wrong.is_some()))
            button type="submit" name="do" value="act" { (say(Word::StaffActResolve)) }
        }
        form method="post" action=(here) { (token) (notes(&known_notes, language)) }
    };
    let code = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Reports), true, &body).status(code))
}

pub async fn one(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &[]).await? {
        Ok(session) => answer(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let session = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let id = c.id("id")?;
    let user = &session.0;
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let done = match (Step::parse(text("step")), text("do")) {
        (Some(step), _) => report_handling::step(c.app, user, id, step).await.map(|_| ()),
        (_, "note") => services::staff::note(c.app, user, id, text("note")).await,
        (_, "act") => {
            // Who handles reports may warn and remove posts; accounts are for who manages people.
            let action = Action::parse(text("action")).ok_or(Error::NotFound)?;
            let is_of_posts =
                matches!(action, Action::None | Action::DeleteStatuses | Action::MarkStatusesAsSensitive);
            if !is_of_posts && !c.app.may(user, Permission::MANAGE_USERS) {
                return Err(Error::NotFound);
            }
            let report = report_handling::find(c.app, id).await?;
            let chosen = c.params.ids("status");
            let status_ids = report.status_ids.iter().copied().filter(|id| chosen.contains(id)).collect();
            let draft = Draft {
                action,
                text: text("text").to_owned(),
                preset: Id::parse(text("preset")),
                report: Some(id),
                status_ids: Some(status_ids),
                is_told: c.params.filled("tell").is_some(),
            };
            services::staff::act(c.app, user, report.target.id, draft).await
        }
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(()) if text("do") == "act" => Ok(Response::redirect(&format!("{HERE}?done=1"))),
        Ok(()) => Ok(Response::redirect(&format!("{}?done=1", address(id)))),
        Err(Error::Unprocessable(_)) => answer(c, &session, Some(Word::StaffWrong)).await,
        Err(error) => Err(error),
    }
}
