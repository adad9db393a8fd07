//! `/settings/sessions`: the browsers that a person is signed in with, and the apps that they let use their accounts.

use maud::{Markup, html};

use super::authorize::describe;
use super::form::{self, Session, sign_in_first};
use super::page;
use super::parts::sign_ins;
use super::parts::time::minute;
use super::sign_in::next;
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::services;
use crate::store;
use crate::store::sessions::Browser;
use crate::store::tokens::Allowed;

pub const HERE: &str = "/settings/sessions";
/// How many of each are listed: what is beyond comes up when others are ended.
const SHOWN: usize = 60;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some(session) => answer(c, &session, None).await,
        None => Ok(sign_in_first(c, HERE, &[])),
    }
}

async fn answer(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let (user, account, secret) = session;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let own = services::grant::hash(secret);
    let parts = (
        store::sessions::of_person(user.person, own.clone(), c.app.now(), SHOWN),
        store::tokens::of_person(user.person, SHOWN),
        store::sign_ins::of_person(user.person),
        store::sign_ins::told_to(user.person, own, c.app.now()),
    );
    let (browsers, apps, last, told) = store::load(&c.app.db, parts).await?;
    let is_saved = wrong.is_none() && c.params.filled("saved").is_some();
    let hidden =
        html! { input type="hidden" name="form" value=(form::token(c.app, sign_ins::FORM, secret)); };
    // Of another identity of the same person.
    let whose = |name: &str| html! { @if name != account.username { " · @" (name) } };
    let body = html! {
        h1 { (say(Word::Sessions)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if is_saved { p role="status" { (say(Word::Saved)) } }
        (sign_ins::told(c, &told, secret, HERE))
        h2 { (say(Word::SessionsBrowsers)) }
        form method="post" action=(HERE) {
            (hidden)
            ul.plain { @for one in &browsers { (browser(c, one, &whose(&one.username), language)) } }
            @if browsers.len() > 1 { button.quiet type="submit" name="do" value="others" { (say(Word::SessionsOthers)) } }
        }
        h2 { (say(Word::SessionsApps)) }
        @if apps.is_empty() { p.lead { (say(Word::SessionsNoApps)) } }
        @else { form method="post" action=(HERE) {
            (hidden)
            ul.plain { @for one in &apps { (app(c, one, &whose(&one.username), language)) } }
            p.hint { (say(Word::SessionsAppsHint)) }
        } }
        (sign_ins::listed(c, &last))
    };
    Ok(page(c, say(Word::Sessions), true, &body))
}

fn browser(c: &Context<'_>, one: &Browser, whose: &Markup, language: Language) -> Markup {
    let say = |word| language.say(word);
    let name = if one.name.is_empty() { say(Word::SessionsUnknown) } else { &one.name };
    html! { li {
        div {
            strong { (name) } @if one.is_this { " " span.meta { (say(Word::SessionsThis)) } }
            div.meta { (say(Word::SessionsSince)) " " (minute(c, one.created_at)) (whose) }
        }
        @if !one.is_this {
            button.quiet type="submit" name="browser" value=(one.series) aria-label={ (say(Word::SignOut)) ": " (name) } { (say(Word::SignOut)) }
        }
    } }
}

fn app(c: &Context<'_>, one: &Allowed, whose: &Markup, language: Language) -> Markup {
    let say = |word| language.say(word);
    // Anybody registers an app, with whatever address.
    let website = one.website.as_deref().filter(|at| at.starts_with("https://") || at.starts_with("http://"));
    html! { li {
        div {
            strong dir="auto" { (one.app) }
            @if let Some(website) = website { " " a href=(website) rel="nofollow noopener noreferrer" { (website) } }
            div.meta { (say(Word::SessionsSince)) " " (minute(c, one.created_at)) @if one.used_at.0 > 0 { " · " (say(Word::SessionsUsed)) " " (one.used_at.to_date()) } (whose) }
            details { summary { (say(Word::ConsentMay)) } ul { @for scope in one.scopes.iter() { li { (say(describe(scope))) } } } }
        }
        button.quiet type="submit" name="app" value=(one.id) aria-label={ (say(Word::Remove)) ": " (one.app) } { (say(Word::Remove)) }
    } }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let (user, _, secret) = &session;
    if !form::is_valid(c.app, sign_ins::FORM, secret, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &session, Some(Word::FormExpired)).await?.status(403));
    }
    let id = |name: &str| c.params.text(name).and_then(Id::parse);
    if let Some(newest) = id("seen") {
        let own = services::grant::hash(secret);
        let seen = store::sign_ins::dismiss(user.person, own, c.app.now(), newest);
        store::write(&c.app.db, vec![seen]).await?;
        return Ok(Response::redirect(&next(c)));
    }
    match (id("browser"), id("app"), c.params.text("do")) {
        (Some(series), ..) => services::grant::end_session(c.app, user, secret, Some(series)).await?,
        (_, Some(token), _) => services::grant::end_app(c.app, user, token).await?,
        (.., Some("others")) => services::grant::end_session(c.app, user, secret, None).await?,
        _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    }
    Ok(Response::redirect(&format!("{HERE}?saved=1")))
}
