//! `/settings/strikes`: what members of staff did to who is signed in, and appeals. Also for who is suspended or frozen, who can
//! open nothing else.

use maud::{Markup, html};

use super::form::{self, Session};
use super::parts::status::{Shown, status};
use super::parts::time;
use super::words::{Language, Word};
use super::{page, settings};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::strike::{Action, AppealState, Strike};
use crate::services;
use crate::services::staff::MAX_TEXT;
use crate::store;

pub const HERE: &str = form::CLOSED;
const FORM: &str = "strikes";
/// Strikes of the list.
const SHOWN: usize = 50;

pub fn address(strike: Id) -> String {
    format!("{HERE}/{strike}")
}

/// What was done.
pub fn what(action: Action, language: Language) -> &'static str {
    language.say(match action {
        Action::None => Word::StrikeNone,
        Action::Disable => Word::StrikeDisable,
        Action::MarkStatusesAsSensitive => Word::StrikeMarkSensitive,
        Action::DeleteStatuses => Word::StrikeDelete,
        Action::Sensitive => Word::StrikeSensitive,
        Action::Silence => Word::StrikeSilence,
        Action::Suspend => Word::StrikeSuspend,
    })
}

/// How an appeal stands.
pub fn state(strike: &Strike, language: Language) -> Option<&'static str> {
    let (_, state) = strike.appeal.as_ref()?;
    Some(language.say(match state {
        AppealState::Pending => Word::AppealPending,
        AppealState::Approved => Word::AppealApproved,
        AppealState::Rejected => Word::AppealRejected,
    }))
}

fn closed(session: &Session, language: Language) -> Option<&'static str> {
    let (user, account, _) = session;
    if account.is_suspended() {
        return Some(language.say(Word::LoginSuspended));
    }
    user.disabled_at.is_some().then(|| language.say(Word::LoginFrozen))
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::anybody(c).await? else { return Ok(form::sign_in_first(c, HERE, &[])) };
    let language = Language::of(c.request);
    let strikes = store::load(&c.app.db, store::strikes::of(session.1.id, SHOWN)).await?;
    let closed = closed(&session, language);
    let title = language.say(Word::Strikes);
    let body = html! {
        h1 { (title) }
        @if let Some(closed) = closed { p.error role="alert" { (closed) } }
        @if strikes.is_empty() { p.lead { (language.say(Word::NoStrikes)) } }
        ul.plain { @for strike in &strikes { li {
            a href=(address(strike.id)) { (what(strike.action, language)) } " · " (time::time(c, strike.created_at(), language))
            @if let Some(state) = state(strike, language) { " · " (state) }
        } } }
        @if closed.is_some() { (settings::sign_out(c, &session.2, language)) }
    };
    Ok(page(c, title, true, &body))
}

async fn find(c: &Context<'_>, session: &Session) -> Result<Strike> {
    let found = store::load(&c.app.db, store::strikes::by_id(c.id("id")?)).await?;
    found.filter(|strike| strike.target.id == session.1.id).ok_or(Error::NotFound)
}

async fn answer(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let strike = find(c, session).await?;
    let views =
        store::load(&c.app.db, store::statuses::first_of(&strike.status_ids, Some(session.1.id))).await?;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let body: Markup = html! {
        h1 { (what(strike.action, language)) }
        p.meta { (time::minute(c, strike.created_at())) " · " (c.app.site().title) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if !strike.text.is_empty() { p dir="auto" { (strike.text) } }
        @for view in views.iter() { (status(c, view, Shown::default())) }
        @if let Some((text, _)) = &strike.appeal {
            h2 { (say(Word::Appeal)) }
            p dir="auto" { (text) }
            p role="status" { @if let Some(state) = state(&strike, language) { (state) } }
        } @else if strike.may_be_appealed(c.app.now()) {
            h2 { (say(Word::Appeal)) }
            p.lead { (say(Word::AppealLead)) }
            form method="post" action=(address(strike.id)) {
                input type="hidden" name="form" value=(form::token(c.app, FORM, &session.2));
                label for="text" { (say(Word::AppealText)) }
                textarea id="text" name="text" rows="5" dir="auto" required maxlength=(MAX_TEXT) { (c.params.text("text").unwrap_or("")) }
                button type="submit" { (say(Word::AppealSend)) }
            }
        }
        p { a href=(HERE) { (say(Word::Strikes)) } }
    };
    let code = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Strikes), true, &body).status(code))
}

pub async fn one(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::anybody(c).await? else { return Ok(form::sign_in_first(c, HERE, &[])) };
    answer(c, &session, None).await
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::anybody(c).await? else { return Ok(form::sign_in_first(c, HERE, &[])) };
    if !form::is_valid(c.app, FORM, &session.2, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &session, Some(Word::FormExpired)).await?.status(403));
    }
    let id = c.id("id")?;
    match services::appeal::make(c.app, &session.1, id, c.params.text("text").unwrap_or("")).await {
        Ok(()) => Ok(Response::redirect(&address(id))),
        Err(Error::Unprocessable(_)) => answer(c, &session, Some(Word::Unacceptable)).await,
        Err(error) => Err(error),
    }
}
