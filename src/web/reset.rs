//! Lost passwords: `/settings/reset`, where staff makes a link, `/reset`, where one asks for a mail with one, and `/reset/{token}`,
//! where it leads.

use maud::html;

use super::relays::is_operators_form;
use super::setup::why;
use super::words::{Language, Word};
use super::{Frame, form, framed, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::email;
use crate::model::role::Permission;
use crate::services;

pub const HERE: &str = "/settings/reset";
pub const ASK: &str = "/reset";
/// What is kept where the form is shown again.
const TYPED: [&str; 1] = ["handle"];

pub async fn show_operator(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, Permission::MANAGE_USER_ACCESS, HERE, &TYPED).await? {
        Ok((.., secret)) => Ok(operators(c, &secret, None)),
        Err(response) => Ok(response),
    }
}

fn operators(c: &Context<'_>, secret: &str, wrong: Option<Word>) -> Response {
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::ResetLinks)) }
        p.lead { (say(Word::ResetLead)) }
        // Whoever has the link is that person: an open browser alone is not enough.
        @if !form::is_confirmed(c, secret) { p { (say(Word::ConfirmFirst)) " " a href="/settings/security" { (say(Word::Security)) } } }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(form::token(c.app, "reset", secret));
            label for="handle" { (say(Word::TheirHandle)) }
            input id="handle" name="handle" value=(c.params.text("handle").unwrap_or("")) required maxlength="300" autocomplete="off" autocapitalize="none" spellcheck="false";
            label.check { input type="checkbox" name="second" value="1"; span { (say(Word::ResetSecond)) } }
            button type="submit" { (say(Word::ResetMake)) }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    page(c, say(Word::ResetLinks), true, &body).status(status)
}

pub async fn make(c: &Context<'_>) -> Result<Response> {
    let (by, secret) = match form::staff(c, Permission::MANAGE_USER_ACCESS, HERE, &TYPED).await? {
        Ok((user, _, secret)) => (user, secret),
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, "reset", &secret) {
        return Ok(operators(c, &secret, Some(Word::FormExpired)).status(403));
    }
    if !form::is_confirmed(c, &secret) {
        return Ok(operators(c, &secret, Some(Word::ConfirmFirst)).status(403));
    }
    let named = c.params.text("handle").unwrap_or("");
    let ends_second_step = c.params.filled("second").is_some();
    match services::reset::make_for(c.app, &by, named, ends_second_step).await {
        Ok((handle, link)) => {
            let say = |word| Language::of(c.request).say(word);
            let body = html! {
                h1 { (say(Word::ResetMade)) " @" (handle) }
                p.lead { (say(Word::ResetOnce)) }
                span.code { (link) }
                p { a href="/settings" { (say(Word::Settings)) } }
            };
            Ok(page(c, say(Word::ResetMade), true, &body))
        }
        Err(Error::NotFound) => Ok(operators(c, &secret, Some(Word::ResetNobody))),
        Err(Error::Forbidden(_)) => Ok(operators(c, &secret, Some(Word::ResetNotAllowed)).status(403)),
        Err(other) => Err(other),
    }
}

/// `/reset`, where there is mail: who has lost their password asks for a link.
pub async fn ask(c: &Context<'_>) -> Result<Response> {
    if services::mail::is_configured(c.app) { Ok(asked(c, None)) } else { Err(Error::NotFound) }
}

fn asked(c: &Context<'_>, wrong: Option<Word>) -> Response {
    let (visitor, cookie) = form::new_visitor(c);
    let say = |word| Language::of(c.request).say(word);
    let typed = c.params.text("email").filter(|typed| typed.len() <= email::MAX).unwrap_or("");
    let body = html! {
        h1 { (say(Word::ResetForgot)) }
        p.lead { (say(Word::ResetForgotLead)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        form method="post" action=(ASK) {
            input type="hidden" name="form" value=(form::token(c.app, "reset", &visitor));
            label for="email" { (say(Word::Email)) }
            input id="email" type="email" name="email" value=(typed) required maxlength=(email::MAX) autocomplete="email";
            button type="submit" { (say(Word::ResetSend)) }
        }
        p.hint { (say(Word::ResetForgotNone)) }
        p { a href="/sign_in" { (say(Word::SignIn)) } }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    framed(c, &left_out(say(Word::ResetForgot)), &body).status(status).with("Set-Cookie", cookie)
}

/// The answer is the same whether anybody has the address.
pub async fn send(c: &Context<'_>) -> Result<Response> {
    let language = Language::of(c.request);
    if !services::mail::is_configured(c.app) {
        return Err(Error::NotFound);
    }
    if !form::is_valid(c.app, "reset", &form::visitor(c), c.params.text("form").unwrap_or("")) {
        return Ok(asked(c, Some(Word::FormExpired)).status(403));
    }
    let (typed, address) = (c.params.text("email").unwrap_or(""), c.request.address());
    match services::reset::mail_to(c.app, typed, address, language.code()).await {
        Ok(()) => {
            let say = |word| language.say(word);
            let body = html! {
                h1 { (say(Word::ResetForgot)) }
                p.lead role="status" { (say(Word::ResetSent)) }
                p { a href="/sign_in" { (say(Word::SignIn)) } }
            };
            Ok(framed(c, &left_out(say(Word::ResetForgot)), &body))
        }
        Err(Error::Invalid(_)) => Ok(asked(c, Some(Word::EmailInvalid))),
        Err(other) => Err(other),
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let token = c.segment("token")?;
    match services::reset::owner(c.app, token).await? {
        Some((_, account)) => Ok(chosen(c, token, &account, None)),
        None => Ok(invalid(c)),
    }
}

/// The same for a link that was used, is too old, or never was one.
fn invalid(c: &Context<'_>) -> Response {
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::ResetTitle)) }
        p.error role="alert" { (say(Word::ResetInvalid)) }
        p { a href="/sign_in" { (say(Word::SignIn)) } }
    };
    framed(c, &left_out(say(Word::ResetTitle)), &body).status(404)
}

/// Search engines have no business with such an address.
fn left_out(title: &str) -> Frame<'_> {
    Frame { title, is_narrow: true, is_left_out: true, ..Frame::default() }
}

fn chosen(c: &Context<'_>, token: &str, account: &Account, wrong: Option<&str>) -> Response {
    let (visitor, cookie) = form::new_visitor(c);
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::ResetTitle)) }
        p.meta { "@" (account.handle()) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        form method="post" action={ "/reset/" (token) } {
            input type="hidden" name="form" value=(form::token(c.app, "reset", &visitor));
            input type="hidden" name="username" value=(account.handle()) autocomplete="username";
            label for="new" { (say(Word::NewPassword)) }
            input id="new" type="password" name="new" required minlength="8" maxlength="128" autocomplete="new-password" aria-describedby="hint";
            p.hint id="hint" { (say(Word::PasswordHint)) }
            label.check { input type="checkbox" name="all" value="1" checked aria-describedby="all-hint"; span { (say(Word::ResetAll)) } }
            p.hint id="all-hint" { (say(Word::ResetAllHint)) }
            button type="submit" { (say(Word::ChangePassword)) }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    framed(c, &left_out(say(Word::ResetTitle)), &body).status(status).with("Set-Cookie", cookie)
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let token = c.segment("token")?;
    let Some((_, account)) = services::reset::owner(c.app, token).await? else { return Ok(invalid(c)) };
    let language = Language::of(c.request);
    if !form::is_valid(c.app, "reset", &form::visitor(c), c.params.text("form").unwrap_or("")) {
        return Ok(chosen(c, token, &account, Some(language.say(Word::FormExpired))).status(403));
    }
    let new = c.params.text("new").unwrap_or("");
    match services::reset::redeem(c.app, token, new, c.params.filled("all").is_some()).await {
        Ok(true) => {
            let say = |word| language.say(word);
            let body = html! {
                h1 { (say(Word::PasswordChanged)) }
                p { a.button href="/sign_in" { (say(Word::SignIn)) } }
            };
            Ok(framed(c, &left_out(say(Word::PasswordChanged)), &body))
        }
        Ok(false) => Ok(invalid(c)),
        Err(Error::Invalid(details)) => {
            let (field, code) = details.first().map_or(("", ""), |(f, code, _)| (f, code));
            Ok(chosen(c, token, &account, Some(language.say(why(field, code)))))
        }
        Err(other) => Err(other),
    }
}
