//! The set-up page: whoever has the set-up code becomes the owner.

use maud::{Markup, html};

use super::words::{Language, Word};
use super::{device, form, page, welcome};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::sign_in::Way;
use crate::services;
use crate::services::grant::Confirmed;
use crate::services::register::SetUp;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    if c.app.site().is_set_up {
        return Ok(Response::redirect("/"));
    }
    Ok(answer(c, None))
}

fn answer(c: &Context<'_>, error: Option<String>) -> Response {
    let (visitor, cookie) = form::new_visitor(c);
    let language = Language::of(c.request);
    let status = if error.is_some() { 422 } else { 200 };
    let say = |word| language.say(word);
    let body = if c.app.config.setup_code.is_some() {
        html! {
            h1 { (say(Word::SetUpTitle)) }
            p.lead { (say(Word::SetUpLead)) }
            @if let Some(error) = error { p.error role="alert" { (error) } }
            (fields(c, language, &visitor))
        }
    } else {
        html! {
            h1 { (say(Word::SetUpTitle)) }
            p.lead { (say(Word::NoSetUpCode)) }
        }
    };
    page(c, say(Word::SetUpTitle), true, &body).status(status).with("Set-Cookie", cookie)
}

fn fields(c: &Context<'_>, language: Language, visitor: &str) -> Markup {
    let say = |word| language.say(word);
    let typed = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    let code = c.params.text("code").unwrap_or("");
    html! {
        form method="post" action="/setup" {
            input type="hidden" name="form" value=(form::token(c.app, "setup", visitor));
            label for="code" { (say(Word::SetUpCode)) }
            input id="code" type="text" name="code" value=(code) required autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="code-hint";
            p.hint id="code-hint" { (say(Word::SetUpCodeHint)) }
            label for="title" { (say(Word::InstanceName)) }
            input id="title" type="text" name="title" value=(typed("title")) required maxlength="60";
            label for="username" { (say(Word::Handle)) }
            input id="username" type="text" name="username" value=(typed("username")) required maxlength="30" pattern="[A-Za-z0-9_]+" autocomplete="username" autocapitalize="none" spellcheck="false" aria-describedby="username-hint";
            p.hint id="username-hint" { (say(Word::HandleHint)) " " span.whole { "@…@" (c.app.config.host()) } }
            details open[!typed("handle_domain").is_empty()] {
                summary { (say(Word::SetUpDomain)) }
                label for="handle_domain" { (say(Word::HandleDomain)) }
                input id="handle_domain" type="text" name="handle_domain" value=(typed("handle_domain")) maxlength="253" placeholder="my.name" autocapitalize="none" spellcheck="false" aria-describedby="domain-hint";
                p.hint id="domain-hint" { (say(Word::SetUpDomainHint)) }
            }
            label for="password" { (say(Word::Password)) }
            input id="password" type="password" name="password" required minlength="8" maxlength="128" autocomplete="new-password" aria-describedby="password-hint";
            p.hint id="password-hint" { (say(Word::PasswordHint)) }
            label for="language" { (say(Word::LanguageWord)) }
            select id="language" name="language" {
                @for one in Language::ALL { option value=(one.code()) selected[one == language] { (one.name()) } }
            }
            button type="submit" { (say(Word::Start)) }
        }
    }
}

/// What is wrong with a field, by the code that the API has for it.
pub(super) fn why(field: &str, code: &str) -> Word {
    match (field, code) {
        ("username", "ERR_BLANK") => Word::HandleMissing,
        ("username", "ERR_TOO_LONG") => Word::HandleTooLong,
        ("username", "ERR_INVALID") => Word::HandleInvalid,
        ("username", "ERR_RESERVED") => Word::HandleReserved,
        ("username", "ERR_TAKEN") => Word::HandleTaken,
        ("username", "ERR_TOO_MANY") => Word::TooManyIdentities,
        ("password", "ERR_TOO_SHORT") => Word::PasswordTooShort,
        ("password", "ERR_TOO_LONG") => Word::PasswordTooLong,
        ("password", "ERR_INVALID") => Word::PasswordGuessed,
        _ => Word::Unacceptable,
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let language = Language::of(c.request);
    if c.app.site().is_set_up {
        return Ok(Response::redirect("/"));
    }
    let Some(wanted) = c.app.config.setup_code.clone() else { return Ok(answer(c, None)) };
    if !form::is_valid(c.app, "setup", &form::visitor(c), c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, Some(language.say(Word::FormExpired).into())));
    }
    let given = c.params.text("code").unwrap_or("").trim();
    match services::grant::confirm_set_up(c.app, &wanted, given, c.request.address()).await? {
        Confirmed::Right => {}
        Confirmed::Wrong => {
            return Ok(answer(c, Some(language.say(Word::WrongSetUpCode).into())).status(403));
        }
        Confirmed::Wait(until) => {
            let page = answer(c, Some(form::wait_sentence(c, until)));
            return Ok(form::with_retry(page, c, until));
        }
    }
    let text = |name: &str| c.params.text(name).unwrap_or("").trim().to_owned();
    let title = text("title");
    let set_up = SetUp {
        title: if title.is_empty() { "Sori".into() } else { title.chars().take(60).collect() },
        username: text("username"),
        password: c.params.text("password").unwrap_or("").to_owned(),
        language: Language::from_code(&text("language")).unwrap_or(Language::En).code().into(),
        vapid: services::keys::new_vapid(c.app).await?,
        handle_domain: text("handle_domain"),
    };
    match services::register::set_up(c.app, set_up).await {
        Ok((user, account)) => {
            let secret =
                services::sign_in::with_new_account(c.app, &user, Way::SetUp, &form::source(c)).await?;
            let say = |word| language.say(word);
            let body = html! {
                h1 { (say(Word::DoneTitle)) }
                p { (say(Word::DoneHandle)) }
                span.code { "@" (account.handle()) }
                p { (say(if c.app.config.is_https() { Word::DoneApp } else { Word::AboutLocal })) }
                span.code { (c.app.config.host()) }
                @if c.app.primary().is_split() {
                    p.error role="alert" { (say(Word::SetUpDomainLeft)) " " a href={ "/settings/domains/" (account.domain) } { (say(Word::WhatToDo)) } }
                } @else {
                    p.lead { (say(Word::DoneNothing)) }
                }
                p { a.button href=(welcome::PEOPLE) { (say(Word::FindFriends)) } }
                p { a href="/" { (say(Word::ToFrontPage)) } " · " a href=(super::settings::HERE) { (say(Word::Settings)) } }
            };
            Ok(page(c, say(Word::DoneTitle), true, &body)
                .with("Set-Cookie", form::session_cookie(c.app, Some(&secret)))
                .with(
                    "Set-Cookie",
                    device::remember(c.app, c.request, services::sign_in::name_hash_of(c.app, &account)),
                ))
        }
        Err(Error::Invalid(details)) => {
            let all: Vec<&str> =
                details.iter().map(|(field, code, _)| language.say(why(field, code))).collect();
            Ok(answer(c, Some(all.join(" "))))
        }
        Err(Error::Unprocessable(_)) => Ok(answer(c, Some(language.say(Word::NoDomain).into()))),
        Err(Error::Conflict(_)) => Ok(answer(c, Some(language.say(Word::SetUpAlready).into()))),
        Err(other) => Err(other),
    }
}
