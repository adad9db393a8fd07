//! `/settings/password`: another password, for all identities of a person.

use maud::html;

use super::form::sign_in_first;
use super::setup::why;
use super::words::{Language, Word};
use super::{form, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::services;
use crate::services::grant::Confirmed;

const HERE: &str = "/settings/password";

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some((_, account, secret)) => Ok(answer(c, &account, &secret, None)),
        None => Ok(sign_in_first(c, HERE, &[])),
    }
}

fn answer(c: &Context<'_>, account: &Account, secret: &str, wrong: Option<&str>) -> Response {
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::ChangePassword)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(form::token(c.app, "password", secret));
            // Password managers store the new one under this name.
            input type="hidden" name="username" value=(account.handle()) autocomplete="username";
            // Whoever has just confirmed with a passkey may have lost it.
            @if !form::is_confirmed(c, secret) {
                label for="password" { (say(Word::PresentPassword)) }
                input id="password" type="password" name="password" required autocomplete="current-password";
            }
            label for="new" { (say(Word::NewPassword)) }
            input id="new" type="password" name="new" required minlength="8" maxlength="128" autocomplete="new-password" aria-describedby="hint";
            p.hint id="hint" { (say(Word::PasswordHint)) " " (say(Word::SessionsEnd)) }
            button type="submit" { (say(Word::ChangePassword)) }
        }
        p.meta { a href="/" { (say(Word::Home)) } " · " a href=(super::security::HERE) { (say(Word::Security)) } }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    page(c, say(Word::ChangePassword), true, &body).status(status)
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let language = Language::of(c.request);
    if !form::is_valid(c.app, "password", &secret, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &account, &secret, Some(language.say(Word::FormExpired))).status(403));
    }
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let confirmed = if form::is_confirmed(c, &secret) {
        Confirmed::Right
    } else {
        services::grant::confirm(c.app, &account, &secret, text("password")).await?
    };
    match confirmed {
        Confirmed::Right => {}
        Confirmed::Wrong => {
            return Ok(answer(c, &account, &secret, Some(language.say(Word::WrongPasswordAlone))));
        }
        Confirmed::Wait(until) => {
            let page = answer(c, &account, &secret, Some(&form::wait_sentence(c, until)));
            return Ok(form::with_retry(page, c, until));
        }
    }
    match services::grant::change_password(c.app, &user, &account, &secret, text("new")).await {
        Ok(()) => {
            let say = |word| language.say(word);
            let body = html! {
                h1 { (say(Word::PasswordChanged)) }
                p { a href="/" { (say(Word::Home)) } }
            };
            Ok(page(c, say(Word::PasswordChanged), true, &body))
        }
        Err(Error::Invalid(details)) => {
            let (field, code) = details.first().map_or(("", ""), |(f, code, _)| (f, code));
            Ok(answer(c, &account, &secret, Some(language.say(why(field, code)))))
        }
        Err(other) => Err(other),
    }
}
