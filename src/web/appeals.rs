//! `/settings/appeals`: appeals that wait.

use maud::html;

use super::form;
use super::page;
use super::parts::account::line_with;
use super::parts::time;
use super::people;
use super::strikes::what;
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::services;
use crate::store;

pub const HERE: &str = "/settings/appeals";
const FORM: &str = "appeals";
const PERMISSION: Permission = Permission::MANAGE_APPEALS;
const SHOWN: usize = 50;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let secret = match form::staff(c, PERMISSION, HERE, &[]).await? {
        Ok((.., secret)) => secret,
        Err(response) => return Ok(response),
    };
    let strikes = store::load(&c.app.db, store::strikes::appealed(SHOWN)).await?;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let token = form::token(c.app, FORM, &secret);
    let body = html! {
        h1 { (say(Word::Appeals)) }
        @if strikes.is_empty() { p.lead { (say(Word::StaffNothing)) } }
        ul.people { @for strike in &strikes {
            (line_with(c, &strike.target, what(strike.action, language), &html! {
                p.hint { (time::time(c, strike.created_at(), language)) " · " a href=(people::address(strike.target.id)) { (say(Word::Manage)) } }
                @if !strike.text.is_empty() { p.hint dir="auto" { (strike.text) } }
                @if let Some((text, _)) = &strike.appeal { p dir="auto" { (text) } }
                form method="post" action=(HERE) {
                    input type="hidden" name="form" value=(token);
                    input type="hidden" name="strike" value=(strike.id);
                    button.quiet type="submit" name="do" value="approve" { (say(Word::AppealApprove)) }
                    " "
                    button.quiet type="submit" name="do" value="reject" { (say(Word::AppealReject)) }
                }
            }))
        } }
    };
    Ok(page(c, say(Word::Appeals), true, &body))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let session = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let strike = c.params.text("strike").and_then(Id::parse).ok_or(Error::NotFound)?;
    let is_approved = match c.params.text("do") {
        Some("approve") => true,
        Some("reject") => false,
        _ => return Err(Error::NotFound),
    };
    services::appeal::decide(c.app, &session.0, strike, is_approved).await?;
    Ok(Response::redirect(HERE))
}
