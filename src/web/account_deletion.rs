//! `/settings/delete`: deleting one's own account.

use maud::html;

use super::form::sign_in_first;
use super::words::{Language, Word};
use super::{form, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::role::RoleId;
use crate::model::user::User;
use crate::services;
use crate::services::grant::Confirmed;

const HERE: &str = "/settings/delete";

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some((user, account, secret)) => Ok(answer(c, &user, &account, &secret, None)),
        None => Ok(sign_in_first(c, HERE, &[])),
    }
}

fn answer(c: &Context<'_>, user: &User, account: &Account, secret: &str, wrong: Option<&str>) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let body = html! {
        h1 { (say(Word::DeleteAccount)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        @if user.role == RoleId::OWNER {
            @if wrong.is_none() { p.lead { (say(Word::OwnerStays)) } }
        } @else {
            p.lead { (say(Word::DeleteLead)) }
            form method="post" action=(HERE) {
                input type="hidden" name="form" value=(form::token(c.app, "delete", secret));
                label for="password" { (say(Word::Password)) }
                input id="password" type="password" name="password" required autocomplete="current-password";
                button type="submit" { (say(Word::DeleteAccount)) }
            }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    page(c, say(Word::DeleteAccount), true, &body).status(status)
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let language = Language::of(c.request);
    if !form::is_valid(c.app, "delete", &secret, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &user, &account, &secret, Some(language.say(Word::FormExpired))).status(403));
    }
    let password = c.params.text("password").unwrap_or("");
    match services::grant::confirm(c.app, &account, &secret, password).await? {
        Confirmed::Right => {}
        Confirmed::Wrong => {
            return Ok(answer(c, &user, &account, &secret, Some(language.say(Word::WrongPasswordAlone))));
        }
        Confirmed::Wait(until) => {
            let page = answer(c, &user, &account, &secret, Some(&form::wait_sentence(c, until)));
            return Ok(form::with_retry(page, c, until));
        }
    }
    match services::remove::local_account(c.app, &user, &account).await {
        Ok(()) => {}
        Err(Error::Forbidden(_)) => {
            return Ok(answer(c, &user, &account, &secret, Some(language.say(Word::OwnerStays))));
        }
        Err(other) => return Err(other),
    }
    let say = |word| language.say(word);
    let body = html! {
        h1 { (say(Word::Deleted)) }
        p { a href="/" { (say(Word::Home)) } }
    };
    Ok(page(c, say(Word::Deleted), true, &body).with("Set-Cookie", form::session_cookie(c.app, None)))
}
