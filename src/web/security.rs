//! `/settings/security`: passkeys, and the second step after a password. Nothing is changed before the session was confirmed by
//! password or passkey, which holds for a quarter of an hour.

use maud::{Markup, html};

use super::form::{self, Session, sign_in_first};
use super::parts::time::minute;
use super::parts::{passkey, qr};
use super::words::{Language, Plural, Word};
use super::{device, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::model::totp;
use crate::services::grant::Confirmed;
use crate::services::passkey::{Asking, MAX_NAME, MAX_PASSKEYS, Purpose, Registration};
use crate::services::{self, second_step};
use crate::store;
use crate::store::passkeys::Passkey;
use crate::store::second_steps::SecondStep;

pub const HERE: &str = "/settings/security";
const FORM: &str = "security";

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some(session) => answer(c, &session, None).await,
        None => Ok(sign_in_first(c, HERE, &[])),
    }
}

/// What the page shows.
struct Shown<'a> {
    session: &'a Session,
    passkeys: Vec<Passkey>,
    step: Option<SecondStep>,
    /// Of a second step that is not on yet, to be read by the app.
    secret: Option<Vec<u8>>,
    /// The fields that every form has.
    hidden: Markup,
}

async fn load<'a>(c: &Context<'_>, session: &'a Session) -> Result<Shown<'a>> {
    let person = session.0.person;
    let parts = (store::passkeys::of_person(person, MAX_PASSKEYS), store::second_steps::of_person(person));
    let (passkeys, step) = store::load(&c.app.db, parts).await?;
    let secret = match &step {
        Some(step) if !step.is_on && form::is_confirmed(c, &session.2) => {
            Some(second_step::secret(c.app, person, step).await?)
        }
        _ => None,
    };
    let hidden = html! { input type="hidden" name="form" value=(form::token(c.app, FORM, &session.2)); };
    Ok(Shown { session, passkeys, step, secret, hidden })
}

async fn answer(c: &Context<'_>, session: &Session, wrong: Option<&str>) -> Result<Response> {
    let shown = load(c, session).await?;
    let say = |word| Language::of(c.request).say(word);
    let is_saved = wrong.is_none() && c.params.filled("saved").is_some();
    let body = html! {
        h1 { (say(Word::Security)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        @if is_saved { p role="status" { (say(Word::Saved)) } }
        @if form::is_confirmed(c, &session.2) {
            (passkeys(c, &shown, true))
            (second(c, &shown))
        } @else {
            (confirm(c, &shown))
            (passkeys(c, &shown, false))
            h2 id="second" { (say(Word::SecondStep)) }
            p { (say(if shown.step.as_ref().is_some_and(|step| step.is_on) { Word::SecondStepOn } else { Word::SecondStepOff })) }
        }
        p {
            a href="/settings/password" { (say(Word::ChangePassword)) } " · "
            @if services::mail::is_configured(c.app) { a href=(super::email::HERE) { (say(Word::ChangeEmail)) } " · " }
            a href=(super::sessions::HERE) { (say(Word::Sessions)) }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Security), true, &body).status(status))
}

/// The forms that ask whether it is still the person who uses the session.
fn confirm(c: &Context<'_>, shown: &Shown<'_>) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let (_, account, secret) = shown.session;
    let hidden = html! { (shown.hidden) input type="hidden" name="do" value="passkey"; };
    let asked =
        passkey::Asked { purpose: Purpose::Confirm, secret, action: HERE, label: Word::ConfirmPasskey };
    html! {
        div.card {
            p { (say(Word::ConfirmLead)) }
            @if !shown.passkeys.is_empty() { (passkey::asked(c, &asked, &hidden)) }
            form method="post" action=(HERE) {
                (shown.hidden)
                input type="hidden" name="username" value=(account.handle()) autocomplete="username";
                label for="password" { (say(Word::PresentPassword)) }
                input id="password" type="password" name="password" required autocomplete="current-password";
                button type="submit" name="do" value="confirm" { (say(Word::ConfirmIt)) }
            }
        }
    }
}

fn passkeys(c: &Context<'_>, shown: &Shown<'_>, is_confirmed: bool) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let hidden = html! { (shown.hidden) input type="hidden" name="do" value="add"; };
    html! {
        h2 { (say(Word::Passkeys)) }
        p.lead { (say(Word::PasskeysLead)) }
        @if shown.passkeys.is_empty() { p { (say(Word::PasskeysNone)) } }
        ul.plain { @for one in &shown.passkeys { li { (listed(c, shown, one, is_confirmed)) } } }
        @if is_confirmed {
            @if shown.passkeys.len() >= MAX_PASSKEYS { p { (say(Word::PasskeysFull)) } }
            @else { (passkey::made(c, shown.session, &shown.passkeys, HERE, &hidden)) }
        }
    }
}

fn listed(c: &Context<'_>, shown: &Shown<'_>, one: &Passkey, is_confirmed: bool) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    html! {
        div {
            strong dir="auto" { (one.name) }
            div.meta {
                (one.rp) " · " (say(Word::PasskeyMade)) " " (minute(c, one.created_at))
                @if let Some(used) = one.used_at { " · " (say(Word::PasskeyUsed)) " " (minute(c, used)) }
            }
            @if is_confirmed { details {
                summary { (say(Word::PasskeyRename)) }
                form method="post" action=(HERE) {
                    (shown.hidden)
                    label for={ "name-" (one.id) } { (say(Word::PasskeyName)) }
                    input id={ "name-" (one.id) } name="name" value=(one.name) required maxlength=(MAX_NAME) autocomplete="off";
                    button.quiet type="submit" name="rename" value=(one.id) { (say(Word::Save)) }
                }
            } }
        }
        @if is_confirmed { form method="post" action=(HERE) {
            (shown.hidden)
            button.quiet type="submit" name="remove" value=(one.id) aria-label={ (say(Word::Remove)) ": " (one.name) } { (say(Word::Remove)) }
        } }
    }
}

/// The second step, for a session that was confirmed.
fn second(c: &Context<'_>, shown: &Shown<'_>) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let is_on = shown.step.as_ref().is_some_and(|step| step.is_on);
    html! {
        h2 id="second" { (say(Word::SecondStep)) }
        p.lead { (say(Word::SecondStepLead)) }
        @if let (true, Some(step)) = (is_on, &shown.step) {
            p { (say(Word::SecondStepOn)) " " (language.count(step.codes, Plural::RecoveryCodesLeft)) }
            form method="post" action=(HERE) {
                (shown.hidden)
                button.quiet type="submit" name="do" value="codes" { (say(Word::RecoveryCodesNew)) }
                " "
                button.quiet type="submit" name="do" value="off" { (say(Word::TurnOff)) }
            }
        } @else if let Some(secret) = &shown.secret {
            (scanned(c, shown, secret))
        } @else {
            form method="post" action=(HERE) {
                (shown.hidden)
                button.quiet type="submit" name="do" value="begin" { (say(Word::TurnOn)) }
            }
        }
    }
}

/// A new secret for the app, until its first code was typed.
fn scanned(c: &Context<'_>, shown: &Shown<'_>, secret: &[u8]) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let address = totp::address(c.app.config.host(), &shown.session.1.handle(), secret);
    let key = totp::base32(secret);
    let key: Vec<&str> =
        (0..key.len()).step_by(4).filter_map(|at| key.get(at..key.len().min(at + 4))).collect();
    html! {
        p { (say(Word::SecondStepScan)) }
        (qr::drawn(&address, say(Word::SecondStepKey)))
        p { (say(Word::SecondStepKey)) ":" }
        span.code { (key.join(" ")) }
        form method="post" action=(HERE) {
            (shown.hidden)
            label for="code" { (say(Word::SecondCode)) }
            input id="code" type="text" name="code" required maxlength="10" inputmode="numeric" autocomplete="one-time-code";
            button type="submit" name="do" value="on" { (say(Word::TurnOn)) }
        }
    }
}

/// The page with recovery codes, which are not shown again.
fn shown_once(c: &Context<'_>, codes: &[String]) -> Response {
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::RecoveryCodes)) }
        p.lead { (say(Word::RecoveryCodesLead)) }
        ul.plain { @for code in codes { li { code { (code) } } } }
        p { a.button href=(HERE) { (say(Word::Security)) } " " a href="/settings" { (say(Word::Settings)) } }
    };
    page(c, say(Word::RecoveryCodes), true, &body)
}

/// What the page answers to a form.
enum Done {
    /// The page again, as it is now.
    Saved,
    /// The session was confirmed.
    Confirmed,
    /// The second step was begun: its first code is to be typed.
    Begun,
    /// Recovery codes, which are shown once.
    Codes(Vec<String>),
    Refused(u16, Word),
    /// Too many failures.
    Wait(Time),
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let (status, wrong, until) = match act(c, &session).await? {
        Done::Saved => return Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Done::Confirmed => {
            let cookie = form::confirmed_cookie(c.app, &session.2);
            return Ok(Response::redirect(HERE).with("Set-Cookie", cookie));
        }
        Done::Begun => return Ok(Response::redirect(&format!("{HERE}#second"))),
        Done::Codes(codes) => return Ok(shown_once(c, &codes)),
        Done::Refused(status, word) => (status, Language::of(c.request).say(word).to_owned(), None),
        Done::Wait(until) => (429, form::wait_sentence(c, until), Some(until)),
    };
    let page = answer(c, &session, Some(&wrong)).await?.status(status);
    Ok(match until {
        Some(until) => form::with_retry(page, c, until),
        None => page,
    })
}

async fn act(c: &Context<'_>, session: &Session) -> Result<Done> {
    let (user, account, secret) = session;
    let person = user.person;
    let text = |name: &str| c.params.text(name).unwrap_or("");
    if !form::is_valid(c.app, FORM, secret, text("form")) {
        return Ok(Done::Refused(403, Word::FormExpired));
    }
    let origin = c.app.domain_asked(c.request).web_origin;
    let asking = |purpose| Asking { purpose, secret, origin: &origin };
    let what = text("do");
    match what {
        "confirm" => {
            return Ok(match services::grant::confirm(c.app, account, secret, text("password")).await? {
                Confirmed::Right => Done::Confirmed,
                Confirmed::Wrong => Done::Refused(422, Word::WrongPasswordAlone),
                Confirmed::Wait(until) => Done::Wait(until),
            });
        }
        "passkey" => {
            let given = passkey::given(c);
            let is_theirs =
                services::passkey::confirm(c.app, &asking(Purpose::Confirm), person, &given).await?;
            return Ok(if is_theirs { Done::Confirmed } else { Done::Refused(422, Word::PasskeyRefused) });
        }
        _ if !form::is_confirmed(c, secret) => return Ok(Done::Refused(403, Word::ConfirmFirst)),
        _ => {}
    }
    let id = |name: &str| c.params.text(name).and_then(Id::parse);
    let change = match (what, id("remove"), id("rename")) {
        (_, Some(passkey), _) => store::passkeys::delete(passkey, person),
        (_, _, Some(passkey)) => {
            store::passkeys::rename(passkey, person, &services::passkey::name(text("name")))
        }
        ("off", ..) => store::second_steps::delete(person),
        ("begin", ..) => {
            store::write(&c.app.db, vec![second_step::begin(c.app, person).await?]).await?;
            return Ok(Done::Begun);
        }
        ("on", ..) => {
            let codes = second_step::turn_on(c.app, person, text("code")).await?;
            return Ok(codes.map_or(Done::Refused(422, Word::SecondWrong), Done::Codes));
        }
        ("codes", ..) => {
            return Ok(second_step::new_codes(c.app, person).await?.map_or(Done::Saved, Done::Codes));
        }
        ("add", ..) => {
            let browser = device::name(c.request);
            let names = [text("name"), &browser, Language::of(c.request).say(Word::PasskeyNameless)];
            let name = names.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default();
            let (asking, given) = (asking(Purpose::Register), passkey::given(c));
            return Ok(match services::passkey::register(c.app, &asking, person, &given, name).await? {
                Registration::Done => Done::Saved,
                Registration::Refused => Done::Refused(422, Word::PasskeyNotAdded),
                Registration::TooMany => Done::Refused(422, Word::PasskeysFull),
            });
        }
        _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    };
    store::write(&c.app.db, vec![change]).await?;
    Ok(Done::Saved)
}
