//! `/report`: somebody here tells the operator of an account or a status.

use maud::{Markup, html};

use super::form::{self, Session, may_act, sign_in_first};
use super::home::HOME;
use super::parts::account::line;
use super::parts::composer::check;
use super::parts::status::{REPORT, Shown, status};
use super::words::{Language, Word};
use super::{Frame, framed};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::services;
use crate::services::report::{Draft, MAX_COMMENT};
use crate::store;

const FORM: &str = "report";

const CATEGORIES: [(&str, Word); 4] = [
    ("other", Word::ReportOther),
    ("spam", Word::ReportSpam),
    ("legal", Word::ReportLegal),
    ("violation", Word::ReportViolation),
];

/// The form, about the status or the account in the query.
pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, REPORT, &["status", "account"]));
    };
    may_act(c, &session.1)?;
    page(c, &session, None).await
}

async fn page(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let (_, viewer, secret) = session;
    let id = |name: &str| c.params.filled(name).and_then(Id::parse);
    let parts = (
        id("status").map(|id| store::statuses::visible_by_id(id, Some(viewer.id))),
        id("account").map(store::accounts::present),
        store::rules::all(),
    );
    let (view, account, rules) = store::load(&c.app.db, parts).await?;
    let view = view.flatten();
    if view.is_none() && id("status").is_some() {
        return Err(Error::NotFound);
    }
    let account = match &view {
        Some(view) => Some(view.proper().account.clone()),
        None => account.flatten().filter(|account| account.deleted_at.is_none() && !account.is_suspended()),
    };
    let account = account.filter(|account| account.id != viewer.id).ok_or(Error::NotFound)?;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let typed = |name: &str| c.params.text(name).unwrap_or("");
    let chosen = c.params.ids("rule");
    let title = say(Word::Report);
    let body: Markup = html! {
        h1 { (title) }
        p.lead { (say(Word::ReportLead)) }
        @if let Some(view) = &view { (status(c, view.proper(), Shown::default())) }
        @else { ul.people { (line(c, &account, "")) } }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong).replace("{n}", &MAX_COMMENT.to_string())) } }
        form method="post" action=(REPORT) {
            input type="hidden" name="form" value=(form::token(c.app, FORM, secret));
            input type="hidden" name="account" value=(account.id);
            @if let Some(view) = &view { input type="hidden" name="status" value=(view.proper().status.id); }
            label for="category" { (say(Word::ReportWhy)) }
            select id="category" name="category" {
                @for (name, word) in CATEGORIES { option value=(name) selected[name == typed("category")] { (say(word)) } }
            }
            @if !rules.is_empty() {
                fieldset {
                    legend { (say(Word::Rules)) }
                    @for rule in &rules { label.check { input type="checkbox" name="rule" value=(rule.id) checked[chosen.contains(&rule.id)]; span dir="auto" { (rule.said_in(language.code()).0) } } }
                }
            }
            label for="comment" { (say(Word::ReportComment)) }
            textarea id="comment" name="comment" rows="4" dir="auto" { (typed("comment")) }
            @if !account.is_local() { (check("forward", &say(Word::ReportForward).replace("{domain}", &account.domain), !typed("forward").is_empty())) }
            button type="submit" { (say(Word::ReportSend)) }
        }
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, REPORT, &["status", "account"]));
    };
    let (_, viewer, secret) = &session;
    may_act(c, viewer)?;
    if !form::is_valid(c.app, FORM, secret, c.params.text("form").unwrap_or("")) {
        return Ok(page(c, &session, Some(Word::FormExpired)).await?.status(403));
    }
    let status = c.params.filled("status").map(|id| Id::parse(id).ok_or(Error::NotFound)).transpose()?;
    let account = c.params.filled("account").and_then(Id::parse);
    let account = account.filter(|id| *id != viewer.id).ok_or(Error::NotFound)?;
    let rule_ids = c.params.ids("rule");
    // Whoever has named a rule has said what it is about.
    let category = c.params.filled("category").filter(|of| rule_ids.is_empty() || *of != "other");
    let draft = Draft {
        comment: c.params.text("comment").unwrap_or("").to_owned(),
        category: category.map(str::to_owned),
        status_ids: status.into_iter().collect(),
        rule_ids,
        is_forwarded: c.params.filled("forward").is_some(),
    };
    match services::report::create(c.app, viewer, account, draft).await {
        Ok(_) => {
            let language = Language::of(c.request);
            let title = language.say(Word::Report);
            let body = html! {
                h1 { (title) }
                p.lead role="status" { (language.say(Word::ReportSent)) }
                p { a href=(HOME) { (language.say(Word::HomeTimeline)) } }
            };
            Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
        }
        Err(Error::Unprocessable(said)) => {
            let word = if said.contains("long") { Word::ReportTooLong } else { Word::Unacceptable };
            Ok(page(c, &session, Some(word)).await?.status(422))
        }
        Err(error) => Err(error),
    }
}
