//! `/settings/site`: what the operator says of the server, and whether one can sign up.

use maud::{Markup, html};

use super::form;
use super::page;
use super::parts::composer::{check, choice};
use super::relays::is_operators_form;
use super::words::{Language, Word};
use super::{announcements, rules, terms};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::sign_up::{Mode, SignUp};
use crate::model::site::Front;
use crate::services;
use crate::services::site::TEXTS;
use crate::store;
use crate::text::acct;

pub const HERE: &str = "/settings/site";
const FORM: &str = "site";
/// In the order of [`TEXTS`].
const LABELS: [Word; 4] = [Word::InstanceName, Word::SiteDescription, Word::SiteEmail, Word::SiteLong];
/// The texts of a line; the others have paragraphs.
const LINES: usize = 3;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, Permission::MANAGE_SETTINGS, HERE, &[]).await? {
        Ok((.., secret)) => answer(c, &secret, None).await,
        Err(response) => Ok(response),
    }
}

async fn answer(c: &Context<'_>, secret: &str, wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let contact = c.app.site().contact_account_id.map(store::accounts::present);
    let (settings, contact) = store::load(&c.app.db, (store::site::settings(), contact)).await?;
    let stored = |key: &str| settings.iter().find(|(known, _)| known == key).map_or("", |(_, v)| v.as_str());
    // What was refused is shown again.
    let is_again = wrong.is_some() && c.params.has("title");
    let typed = |key: &str| if is_again { c.params.text(key).unwrap_or("") } else { stored(key) };
    let stored_handle = contact.flatten().map(|account| format!("@{}", account.handle())).unwrap_or_default();
    let handle = if is_again { typed("contact") } else { &stored_handle };
    let is_on = |key: &str, stored: bool| if is_again { c.params.filled(key).is_some() } else { stored };
    let token = form::token(c.app, FORM, secret);
    let hidden = html! { input type="hidden" name="form" value=(token); };
    let field = |n: usize, (key, most): (&str, usize)| -> Markup {
        let label = LABELS.get(n).map_or("", |word| say(*word));
        html! {
            label for=(key) { (label) }
            @if n < LINES { input id=(key) name=(key) value=(typed(key)) maxlength=(most) required[key == "title"] dir="auto"; }
            @else { textarea id=(key) name=(key) rows="5" maxlength=(most) dir="auto" { (typed(key)) } }
        }
    };
    let fronts = Front::ALL.map(|front| {
        let word = match front {
            Front::Auto => Word::SiteFrontAuto,
            Front::About => Word::SiteFrontAbout,
            Front::Profile => Word::SiteFrontProfile,
        };
        (front.as_str(), say(word))
    });
    let languages = Language::ALL.map(|one| (one.code(), one.name()));
    let spoken = if is_again { typed("language").to_owned() } else { c.app.site().language().to_owned() };
    let body = html! {
        h1 { (say(Word::SiteDetails)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if wrong.is_none() && c.params.filled("saved").is_some() { p role="status" { (say(Word::Saved)) } }
        form method="post" action=(HERE) {
            (hidden)
            @for (n, text) in TEXTS.into_iter().enumerate() { (field(n, text)) }
            label for="contact" { (say(Word::SiteContact)) }
            input id="contact" name="contact" value=(handle) maxlength="300" autocapitalize="none" spellcheck="false";
            (check("trends", say(Word::SiteTrends), is_on("trends", stored("trends") != "off")))
            (choice("front", say(Word::SiteFront), &fronts, Front::parse(typed("front")).unwrap_or_default().as_str()))
            (choice("language", say(Word::SiteLanguage), &languages, &spoken))
            p.hint { (say(Word::SiteLanguageHint)) }
            button type="submit" name="do" value="site" { (say(Word::Save)) }
        }
        (sign_up(c, &hidden, wrong.is_some() && c.params.has("mode")))
        p { a href=(terms::HERE) { (say(Word::Terms)) } " · " a href=(rules::HERE) { (say(Word::Rules)) } " · " a href=(announcements::HERE) { (say(Word::Announcements)) } }
    };
    Ok(page(c, say(Word::SiteDetails), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

/// The form of who can sign up; with what was typed, where that was refused.
fn sign_up(c: &Context<'_>, hidden: &Markup, is_again: bool) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let site = c.app.site();
    let stored = &site.sign_up;
    let typed = |name: &str, stored: String| {
        if is_again { c.params.text(name).unwrap_or("").to_owned() } else { stored }
    };
    let is_on = |name: &str, stored: bool| if is_again { c.params.filled(name).is_some() } else { stored };
    let modes = Mode::ALL.map(|mode| {
        let word = match mode {
            Mode::Closed => Word::ModeClosed,
            Mode::Invite => Word::ModeInvite,
            Mode::Approval => Word::ModeApproval,
            Mode::Open => Word::ModeOpen,
        };
        (mode.as_str(), say(word))
    });
    let age = stored.min_age.map(|years| years.to_string()).unwrap_or_default();
    html! {
        h2 { (say(Word::SiteSignUp)) }
        @if stored.returned_at.is_some() { p.error role="status" { (say(Word::SiteReturned)) } }
        form method="post" action=(HERE) {
            (hidden)
            (choice("mode", say(Word::SiteMode), &modes, &typed("mode", stored.mode.as_str().into())))
            (check("reason", say(Word::SiteReason), is_on("reason", stored.needs_reason)))
            (check("skip", say(Word::SiteSkip), is_on("skip", stored.invites_skip_approval)))
            label for="min_age" { (say(Word::SiteMinAge)) }
            input id="min_age" name="min_age" type="number" min="0" max=(services::site::MAX_AGE) value=(typed("min_age", age));
            label for="a_day" { (say(Word::SiteADay)) }
            input id="a_day" name="a_day" type="number" min="0" max="100000" required value=(typed("a_day", stored.a_day.to_string()));
            label for="message" { (say(Word::SiteMessage)) }
            textarea id="message" name="message" rows="3" maxlength=(services::site::MAX_MESSAGE) dir="auto" { (typed("message", stored.message.clone())) }
            button type="submit" name="do" value="sign_up" { (say(Word::Save)) }
        }
    }
}

/// What was typed there; `None` where a number is none.
fn typed_sign_up(c: &Context<'_>) -> Option<SignUp> {
    let number = |name: &str| match c.params.text(name).unwrap_or("").trim() {
        "" => Some(None),
        text => text.parse::<i64>().ok().map(Some),
    };
    Some(SignUp {
        mode: Mode::parse(c.params.text("mode").unwrap_or("")),
        needs_reason: c.params.filled("reason").is_some(),
        min_age: number("min_age")?,
        message: c.params.text("message").unwrap_or("").to_owned(),
        a_day: number("a_day")??,
        invites_skip_approval: c.params.filled("skip").is_some(),
        ..SignUp::default()
    })
}

/// The account of this server that a handle names.
async fn contact(c: &Context<'_>, typed: &str) -> Result<Option<Id>> {
    let Some(asked) = acct::parse(typed) else { return Ok(None) };
    let here = c.app.domain_asked(c.request);
    let Some(domains) = c.app.handle_domains(asked.domain.as_deref(), here) else { return Ok(None) };
    let found = store::load(&c.app.db, store::accounts::local_by_username(&asked.username, &domains)).await?;
    Ok(found.filter(|account| !account.is_suspended()).map(|account| account.id))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (_, account, secret) = match form::staff(c, Permission::MANAGE_SETTINGS, HERE, &[]).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, FORM, &secret) {
        return Ok(answer(c, &secret, Some(Word::FormExpired)).await?.status(403));
    }
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let done = match text("do") {
        "site" => {
            let texts = TEXTS.map(|(key, _)| text(key).to_owned());
            let is_on = |name: &str| c.params.filled(name).is_some();
            let front = Front::parse(text("front")).unwrap_or(c.app.site().front);
            let contact = match text("contact").trim() {
                "" => None,
                typed => match contact(c, typed).await? {
                    None => return answer(c, &secret, Some(Word::SiteNoContact)).await,
                    found => found,
                },
            };
            let spoken = Language::from_code(text("language")).map(Language::code);
            services::site::change(c.app, &texts, is_on("trends"), front, spoken, contact).await
        }
        "sign_up" => match typed_sign_up(c) {
            Some(wanted) => services::site::change_sign_up(c.app, &account, &wanted).await,
            None => Err(Error::Unprocessable("number".into())),
        },
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Unprocessable(_)) => answer(c, &secret, Some(Word::SiteWrong)).await,
        Err(error) => Err(error),
    }
}
