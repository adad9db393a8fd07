//! `/sign_up`: the page of who wants an account, `/invite/{code}`, and `/confirm/{token}` of a mail.

use maud::{Markup, html};
use serde_json::json;

use super::parts::rules::rules;
use super::parts::sign_up::{HERE, link};
use super::setup::why;
use super::words::{Language, Word};
use super::{about, device, form, page, welcome};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::rule::Rule;
use crate::model::sign_in::Way;
use crate::model::sign_up::{Invite, Mode};
use crate::model::site_text::Kind;
use crate::providers::turnstile;
use crate::services;
use crate::services::applications::Confirmed;
use crate::services::register::MIN_PASSWORD;
use crate::services::sign_up::{From, MAX_REASON, SignedUp, Typed};
use crate::services::{invites, mail};
use crate::store;

const FORM: &str = "sign up";
/// Maximum bytes of what is shown again of a line.
const MAX_LINE: usize = 400;
/// Where the test comes from.
const TEST: &str = "https://challenges.cloudflare.com";

/// The code of an invitation, in the form or in the address.
fn code<'a>(c: &'a Context<'_>) -> &'a str {
    c.params.text("invite").filter(|code| code.len() <= 100).unwrap_or("")
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    if !c.app.site().is_set_up {
        return Ok(Response::redirect("/setup"));
    }
    if form::signed_in(c).await?.is_some() {
        return Ok(Response::redirect(welcome::PEOPLE));
    }
    let invite = invites::usable(c.app, code(c)).await?;
    if let Err(error) = services::sign_up::may(c.app, invite.as_ref(), c.request.address()) {
        return Ok(closed(c, &error));
    }
    answer(c, invite.as_ref(), &[]).await
}

/// Why one cannot sign up.
fn closed(c: &Context<'_>, error: &Error) -> Response {
    let say = |word| Language::of(c.request).say(word);
    let sign_up = &c.app.site().sign_up;
    let word = match sign_up.mode {
        Mode::Open | Mode::Approval => Word::SignUpNotHere,
        Mode::Invite => Word::SignUpByInvite,
        Mode::Closed => Word::SignUpClosed,
    };
    let body = html! {
        h1 { (say(Word::SignUp)) }
        p.lead { (say(word)) }
        @if !sign_up.message.is_empty() && !sign_up.mode.is_for_strangers() {
            div.text dir="auto" { @for line in sign_up.message.lines() { p { (line) } } }
        }
        p { a href=(about::ABOUT) { (say(Word::AboutTitle)) } " · " a href="/sign_in" { (say(Word::SignIn)) } }
    };
    page(c, say(Word::SignUp), true, &body).status(error.status())
}

async fn answer(c: &Context<'_>, invite: Option<&Invite>, wrong: &[&str]) -> Result<Response> {
    let say = |word| Language::of(c.request).say(word);
    let (visitor, cookie) = form::new_visitor(c);
    let (known, terms) =
        store::load(&c.app.db, (store::rules::all(), store::site_texts::dates(Kind::Terms, 1))).await?;
    let test = c.app.config.turnstile.as_ref();
    let body = html! {
        h1 { (say(Word::SignUp)) }
        p.lead { (say(Word::SignUpLead)) " " (c.app.config.host()) }
        @if invite.is_some() { p { (say(Word::SignUpInvited)) } }
        @else if c.app.site().sign_up.mode == Mode::Approval { p { (say(Word::SignUpApproval)) } }
        @for wrong in wrong { p.error role="alert" { (wrong) } }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(form::token(c.app, FORM, &visitor));
            @if invite.is_some() { input type="hidden" name="invite" value=(code(c)); }
            (fields(c, invite))
            (agreement(c, &known, !terms.is_empty()))
            @if let Some((key, _)) = test {
                div.cf-turnstile data-sitekey=(key) {}
                noscript { p.error { (say(Word::SignUpTestScript)) } }
                script src={ (TEST) "/turnstile/v0/api.js" } async defer {}
            }
            button type="submit" { (say(Word::SignUp)) }
        }
    };
    let mut page = page(c, say(Word::SignUp), true, &body).with("Set-Cookie", cookie);
    if !wrong.is_empty() {
        page = page.status(422);
    }
    if test.is_some() {
        let policy = page.headers.iter_mut().find(|(name, _)| name == "Content-Security-Policy");
        policy.into_iter().for_each(|(_, value)| *value += &format!("; script-src {TEST}; frame-src {TEST}"));
    }
    Ok(page)
}

/// What one is asked.
fn fields(c: &Context<'_>, invite: Option<&Invite>) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let typed = |name: &str, most: usize| {
        c.params.text(name).filter(|text| text.len() <= most).unwrap_or("").to_owned()
    };
    let line = |name: &str| typed(name, MAX_LINE);
    let (domains, has_mail) = (services::sign_up::domains(c.app), mail::is_configured(c.app));
    let years = c.app.site().sign_up.min_age;
    html! {
        label for="username" { (say(Word::Handle)) }
        input id="username" type="text" name="username" value=(line("username")) required maxlength="30" pattern="[A-Za-z0-9_]+" autocomplete="username" autocapitalize="none" spellcheck="false" aria-describedby="username-hint";
        p.hint id="username-hint" { (say(Word::HandleHint)) @if let [only] = domains.as_slice() { " " span.whole { "@…@" (only.handle_domain) } } }
        @if domains.len() > 1 {
            label for="domain" { (say(Word::HandleDomain)) }
            select id="domain" name="domain" { @for one in &domains {
                option value=(one.handle_domain) selected[line("domain") == one.handle_domain] { "@" (one.handle_domain) }
            } }
        }
        label for="email" { (say(if has_mail { Word::Email } else { Word::EmailOptional })) }
        input id="email" type="email" name="email" value=(line("email")) required[has_mail] maxlength="320" autocomplete="email" aria-describedby=[has_mail.then_some("email-hint")];
        @if has_mail { p.hint id="email-hint" { (say(Word::EmailHint)) } }
        label for="password" { (say(Word::Password)) }
        input id="password" type="password" name="password" required minlength=(MIN_PASSWORD) maxlength="128" autocomplete="new-password" aria-describedby="password-hint";
        p.hint id="password-hint" { (say(Word::PasswordHint)) }
        @if let Some(years) = years {
            label for="date_of_birth" { (say(Word::Birth)) }
            input id="date_of_birth" type="date" name="date_of_birth" value=(line("date_of_birth")) required autocomplete="bday" aria-describedby="birth-hint";
            p.hint id="birth-hint" { (say(Word::BirthHint).replace('#', &years.to_string())) }
        }
        @if services::sign_up::asks_for_reason(c.app, invite) {
            label for="reason" { (say(Word::Reason)) }
            textarea id="reason" name="reason" rows="4" required maxlength=(MAX_REASON) dir="auto" aria-describedby="reason-hint" { (typed("reason", 4 * MAX_REASON)) }
            p.hint id="reason-hint" { (say(Word::ReasonHint)) }
        }
    }
}

/// The rules, and that one accepts them.
fn agreement(c: &Context<'_>, known: &[Rule], has_terms: bool) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    html! {
        (rules(known, Language::of(c.request)))
        label.check { input type="checkbox" name="agreement" value="1" required; (say(if has_terms { Word::AgreeTerms } else { Word::Agree })) }
        p.hint {
            @if has_terms { a href=(about::TERMS) { (say(Word::TermsOfService)) } " · " }
            a href=(about::PRIVACY) { (say(Word::PrivacyPolicy)) } " · " a href=(about::ABOUT) { (say(Word::AboutTitle)) }
        }
    }
}

/// What is wrong with a field, by the code that the API has for it.
fn sentence(field: &str, code: &str) -> Word {
    match (field, code) {
        ("agreement", _) => Word::MustAgree,
        ("email", "ERR_BLANK") => Word::EmailMissing,
        ("email", "ERR_TAKEN") => Word::EmailTaken,
        ("email", "ERR_BLOCKED") => Word::EmailBlocked,
        ("email", _) => Word::EmailInvalid,
        ("reason", "ERR_BLANK") => Word::ReasonMissing,
        ("reason", _) => Word::ReasonTooLong,
        ("date_of_birth", "ERR_BELOW_LIMIT") => Word::TooYoung,
        ("date_of_birth", _) => Word::BirthInvalid,
        ("password", "ERR_BLANK") => Word::PasswordTooShort,
        _ => why(field, code),
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    if !c.app.site().is_set_up {
        return Ok(Response::redirect("/setup"));
    }
    let invite = invites::usable(c.app, code(c)).await?;
    let address = c.request.address();
    if let Err(error) = services::sign_up::may(c.app, invite.as_ref(), address) {
        return Ok(closed(c, &error));
    }
    if !form::is_valid(c.app, FORM, &form::visitor(c), c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, invite.as_ref(), &[say(Word::FormExpired)]).await?.status(403));
    }
    match turnstile::is_passed(c.app, c.params.text("cf-turnstile-response").unwrap_or("")).await {
        Ok(true) => {}
        Ok(false) => return answer(c, invite.as_ref(), &[say(Word::SignUpTestFailed)]).await,
        Err(error) if error.is_temporary() => {
            return Ok(answer(c, invite.as_ref(), &[say(Word::SignUpTestUnknown)]).await?.status(503));
        }
        Err(error) => return Err(error),
    }
    let text = |name: &str| c.params.text(name).unwrap_or("").trim().to_owned();
    let typed = Typed {
        username: text("username"),
        email: text("email"),
        password: c.params.text("password").unwrap_or("").to_owned(),
        locale: language.code().to_owned(),
        reason: text("reason"),
        date_of_birth: text("date_of_birth"),
        invite_code: code(c).to_owned(),
        agrees: c.params.filled("agreement").is_some(),
    };
    let domains = services::sign_up::domains(c.app);
    let domain = match c.params.filled("domain") {
        Some(wanted) => domains.into_iter().find(|d| d.handle_domain == wanted).ok_or(Error::NotFound)?,
        None => c.app.primary(),
    };
    let from = From { address, app_id: None, is_tested: true, needs_email: mail::is_configured(c.app) };
    match services::sign_up::sign_up(c.app, &typed, &from, &domain).await {
        Ok(SignedUp::In(user, account)) => {
            // Whoever was signed in here before is not any more.
            if let Some(former) = form::session_secret(c) {
                services::grant::sign_out(c.app, &former).await?;
            }
            let source = form::source(c);
            let secret = services::sign_in::with_new_account(c.app, &user, Way::SignUp, &source).await?;
            let name = services::sign_in::name_hash_of(c.app, &account);
            Ok(Response::redirect(welcome::PEOPLE)
                .with("Set-Cookie", form::session_cookie(c.app, Some(&secret)))
                .with("Set-Cookie", device::remember(c.app, c.request, name)))
        }
        Ok(SignedUp::Waits(application)) => Ok(waits(c, application.is_confirmed, application.is_approved)),
        Err(Error::Invalid(details)) => {
            let all: Vec<&str> = details.iter().map(|(field, code, _)| say(sentence(field, code))).collect();
            answer(c, invite.as_ref(), &all).await
        }
        Err(Error::TooManyRequests) => {
            Ok(answer(c, invite.as_ref(), &[say(Word::SignUpTooMany)]).await?.status(429))
        }
        Err(error @ Error::Forbidden(_)) => Ok(closed(c, &error)),
        Err(other) => Err(other),
    }
}

/// The sign-up was received, and what comes next.
fn waits(c: &Context<'_>, is_confirmed: bool, is_approved: bool) -> Response {
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::SignUpReceived)) }
        @if !is_confirmed { p { (say(Word::SignUpConfirm)) } }
        @if !is_approved { p { (say(Word::SignUpWaits)) } }
        p { a href="/" { (say(Word::ToFrontPage)) } }
    };
    page(c, say(Word::SignUpReceived), true, &body)
}

/// `/invite/{code}`: leads to the page, and tells an app whether the invitation is one.
pub async fn invited(c: &Context<'_>) -> Result<Response> {
    let code = c.segment("code")?;
    let invite = invites::usable(c.app, code).await?;
    let is_app = c.request.header("accept").is_some_and(|accept| accept.contains("application/json"));
    if is_app {
        return match invite {
            Some(_) => {
                let instance = format!("{}/api/v2/instance", c.app.home().web_origin);
                Ok(Response::json(&json!({"invite_code": code, "instance_api_url": instance})))
            }
            None => Ok(Response::json(&json!({"error": "This invite is not valid"})).status(401)),
        };
    }
    if invite.is_some() {
        return Ok(Response::redirect(&format!("{HERE}?invite={code}")));
    }
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::SignUp)) }
        p.lead { (say(Word::SignUpNoInvite)) }
        (link(c))
    };
    Ok(page(c, say(Word::SignUp), true, &body).status(404))
}

/// What opens a link does not confirm the address yet: programs look at the links in mails.
pub async fn show_confirmation(c: &Context<'_>) -> Result<Response> {
    let say = |word| Language::of(c.request).say(word);
    let token = c.segment("token")?;
    let Some(application) = services::applications::of_link(c.app, token).await?.filter(|a| !a.is_confirmed)
    else {
        return Ok(said(c, Word::ConfirmGone).status(404));
    };
    let body = html! {
        h1 { (say(Word::ConfirmTitle)) }
        p { "@" (application.username) " · " (application.email.as_deref().unwrap_or("")) }
        form method="post" action={ "/confirm/" (token) } { button type="submit" { (say(Word::ConfirmDo)) } }
    };
    Ok(page(c, say(Word::ConfirmTitle), true, &body))
}

/// The link itself is what nobody else has: the form needs no token.
pub async fn confirm(c: &Context<'_>) -> Result<Response> {
    match services::applications::confirm(c.app, c.segment("token")?).await {
        Ok(Confirmed::In) => Ok(said(c, Word::ConfirmDone)),
        Ok(Confirmed::Waits) => Ok(said(c, Word::ConfirmWaits)),
        Err(Error::NotFound) => Ok(said(c, Word::ConfirmGone).status(404)),
        Err(error) => Err(error),
    }
}

fn said(c: &Context<'_>, word: Word) -> Response {
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::ConfirmTitle)) }
        p.lead { (say(word)) }
        p { a href="/sign_in" { (say(Word::SignIn)) } }
    };
    page(c, say(Word::ConfirmTitle), true, &body)
}
