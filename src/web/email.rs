//! `/settings/email`, where there is mail: another e-mail address, which a link in a mail confirms.

use maud::html;

use super::form::{Session, sign_in_first};
use super::parts::form::{outcome, token};
use super::words::{Language, Word};
use super::{form, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::email;
use crate::services;

pub const HERE: &str = "/settings/email";
const FORM: &str = "email";

/// Who is signed in, where there is mail. Error: `NotFound` where there is none.
async fn session(c: &Context<'_>) -> Result<Option<Session>> {
    if !services::mail::is_configured(c.app) {
        return Err(Error::NotFound);
    }
    form::signed_in(c).await
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match session(c).await? {
        Some(session) => answer(c, &session, None).await,
        None => Ok(sign_in_first(c, HERE, &[])),
    }
}

async fn answer(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let (user, account, secret) = session;
    let say = |word| Language::of(c.request).say(word);
    let known = services::email::of(c.app, user).await?;
    let typed = c.params.text("email").filter(|typed| typed.len() <= email::MAX).unwrap_or("");
    let is_sent = wrong.is_none() && c.params.filled("sent").is_some();
    let body = html! {
        h1 { (say(Word::ChangeEmail)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        (outcome(c, wrong))
        @if is_sent { p role="status" { (say(Word::EmailSent)) } }
        p { @match &known { Some(known) => (known), None => (say(Word::EmailNone)) } }
        p.hint { (say(Word::EmailFor)) }
        // The password can be had by a mail to the new address.
        @if form::is_confirmed(c, secret) {
            form method="post" action=(HERE) {
                (token(c, FORM, secret))
                label for="email" { (say(Word::EmailNew)) }
                input id="email" type="email" name="email" value=(typed) required maxlength=(email::MAX) autocomplete="email" aria-describedby="hint";
                p.hint id="hint" { (say(Word::EmailHint)) }
                button type="submit" { (say(Word::EmailSend)) }
            }
        } @else {
            p { (say(Word::ConfirmFirst)) " " a href="/settings/security" { (say(Word::Security)) } }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::ChangeEmail), true, &body).status(status))
}

fn why(error: Error) -> Result<Word> {
    let Error::Invalid(details) = &error else { return Err(error) };
    Ok(match details.first().map_or("", |(_, code, _)| code.as_str()) {
        "ERR_TAKEN" => Word::EmailTaken,
        "ERR_BLOCKED" => Word::EmailBlocked,
        _ => Word::EmailInvalid,
    })
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = session(c).await? else { return Ok(sign_in_first(c, HERE, &[])) };
    let (user, account, secret) = &session;
    if !form::is_valid(c.app, FORM, secret, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &session, Some(Word::FormExpired)).await?.status(403));
    }
    if !form::is_confirmed(c, secret) {
        return Ok(answer(c, &session, Some(Word::ConfirmFirst)).await?.status(403));
    }
    match services::email::ask(c.app, user, account, c.params.text("email").unwrap_or("")).await {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?sent=1"))),
        Err(error) => answer(c, &session, Some(why(error)?)).await,
    }
}

/// `/settings/email/{token}`: opening a link changes nothing, since programs look at the links in mails.
pub async fn show_link(c: &Context<'_>) -> Result<Response> {
    let link = c.segment("token")?;
    let Some((user, account, secret)) = session(c).await? else {
        return Ok(sign_in_first(c, &format!("{HERE}/{link}"), &[]));
    };
    let say = |word| Language::of(c.request).say(word);
    let Some((_, new)) = services::email::of_link(c.app, &user, link).await? else { return Ok(gone(c)) };
    let body = html! {
        h1 { (say(Word::ChangeEmail)) }
        p { "@" (account.handle()) " · " (new) }
        form method="post" action={ (HERE) "/" (link) } {
            (token(c, FORM, &secret))
            button type="submit" { (say(Word::EmailUse)) }
        }
    };
    Ok(page(c, say(Word::ChangeEmail), true, &body))
}

fn gone(c: &Context<'_>) -> Response {
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::ChangeEmail)) }
        p.error role="alert" { (say(Word::EmailGone)) }
        p { a href=(HERE) { (say(Word::ChangeEmail)) } }
    };
    page(c, say(Word::ChangeEmail), true, &body).status(404)
}

pub async fn change(c: &Context<'_>) -> Result<Response> {
    let link = c.segment("token")?;
    let Some(session) = session(c).await? else {
        return Ok(sign_in_first(c, &format!("{HERE}/{link}"), &[]));
    };
    let (user, account, secret) = &session;
    if !form::is_valid(c.app, FORM, secret, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &session, Some(Word::FormExpired)).await?.status(403));
    }
    match services::email::change(c.app, user, account, link).await {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::NotFound) => Ok(gone(c)),
        Err(error) => answer(c, &session, Some(why(error)?)).await,
    }
}
