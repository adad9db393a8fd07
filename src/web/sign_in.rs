//! Signing in and out of the browser.

use maud::html;

use super::words::{Language, Word};
use super::{form, page, site_name};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::services;

/// Where to go on to: an address of ours only.
fn next(c: &Context<'_>) -> String {
    let next = c.params.text("next").unwrap_or("/");
    let is_ours = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r']);
    if is_ours { next.to_owned() } else { "/".into() }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    if !c.app.site().is_set_up {
        return Ok(Response::redirect("/setup"));
    }
    Ok(answer(c, false))
}

fn answer(c: &Context<'_>, is_wrong: bool) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let body = html! {
        h1 { (say(Word::SignIn)) }
        p.lead { (say(Word::SignInLead)) " " (c.app.config.host()) }
        @if is_wrong { p.error role="alert" { (say(Word::WrongPassword)) } }
        form method="post" action="/sign_in" {
            input type="hidden" name="form" value=(form::token(c.app, "sign in", ""));
            input type="hidden" name="next" value=(next(c));
            label for="username" { (say(Word::HandleOrEmail)) }
            input id="username" type="text" name="username" value=(c.params.text("username").unwrap_or("")) required autocomplete="username" autocapitalize="none" spellcheck="false";
            label for="password" { (say(Word::Password)) }
            input id="password" type="password" name="password" required autocomplete="current-password";
            button type="submit" { (say(Word::SignIn)) }
        }
    };
    page(language, &site_name(c), say(Word::SignIn), true, &body).status(if is_wrong { 401 } else { 200 })
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    if !form::is_valid(c.app, "sign in", "", c.params.text("form").unwrap_or("")) {
        return Err(Error::Forbidden(Language::of(c.request).say(Word::FormExpired).into()));
    }
    let (name, password) = (c.params.text("username").unwrap_or(""), c.params.text("password").unwrap_or(""));
    match services::grant::sign_in(c.app, name, password, &c.app.domain_asked(c.request)).await {
        Ok((_, secret)) => {
            Ok(Response::redirect(&next(c)).with("Set-Cookie", form::session_cookie(c.app, Some(&secret))))
        }
        Err(Error::Unauthorized(_)) => Ok(answer(c, true)),
        Err(other) => Err(other),
    }
}

pub async fn sign_out(c: &Context<'_>) -> Result<Response> {
    let secret = form::session_secret(c).unwrap_or_default();
    if !form::is_valid(c.app, "sign out", &secret, c.params.text("form").unwrap_or("")) {
        return Err(Error::Forbidden(Language::of(c.request).say(Word::FormExpired).into()));
    }
    services::grant::sign_out(c.app, &secret).await?;
    Ok(Response::redirect("/").with("Set-Cookie", form::session_cookie(c.app, None)))
}
