//! Signing in and out in the browser.

use maud::html;
use url::Url;

use super::parts::passkey;
use super::parts::sign_up;
use super::words::{Language, Word};
use super::{Frame, device, form, framed, page};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::services;
use crate::services::passkey::Purpose;
use crate::services::sign_in::SignIn;

pub const CODE: &str = "/sign_in/code";
pub const PASSKEY: &str = "/sign_in/passkey";
const FORM: &str = "sign in";
/// Maximum bytes of the address to redirect to.
const MAX_NEXT: usize = 8192;
/// Maximum bytes of a handle or e-mail address that is shown again.
const MAX_NAME: usize = 400;

/// Where to redirect to: only to this origin, as a browser parses the address.
pub(super) fn next(c: &Context<'_>) -> String {
    on_this_server(c, c.params.text("next").unwrap_or("/"))
}

/// Where a sign-in leads to: where it was asked for, else the home timeline, which leads who is frozen or suspended to what they were told.
fn after(c: &Context<'_>) -> String {
    on_this_server(c, c.params.text("next").unwrap_or("/home"))
}

/// Path and query of an address of this server; `/` for any other.
pub(super) fn on_this_server(c: &Context<'_>, asked: &str) -> String {
    on_this_origin(&c.app.config.public_origin, asked).unwrap_or_else(|| "/".into())
}

/// Path and query of an address that every browser parses as one of `origin`. Browsers drop tabs and line
/// breaks, treat a backslash as a slash, and parse `//host` as another origin (WHATWG URL, section 4.4):
/// addresses with any of these are refused, and the result is taken from the parsed URL.
fn on_this_origin(origin: &str, next: &str) -> Option<String> {
    let is_path =
        next.len() <= MAX_NEXT && next.starts_with('/') && !next.chars().any(|c| c.is_control() || c == '\\');
    let base = Url::parse(origin).ok().filter(|_| is_path)?;
    let url = base.join(next).ok()?;
    if url.origin() != base.origin() || url.path().starts_with("//") {
        return None;
    }
    Some(url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())))
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    if !c.app.site().is_set_up {
        return Ok(Response::redirect("/setup"));
    }
    if form::signed_in(c).await?.is_some() {
        return Ok(Response::redirect(&after(c)));
    }
    Ok(answer(c, None))
}

fn answer(c: &Context<'_>, wrong: Option<&str>) -> Response {
    let (visitor, cookie) = form::new_visitor(c);
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    // What is longer is no name, and is not sent back.
    let typed = c.params.text("username").filter(|typed| typed.len() <= MAX_NAME).unwrap_or("");
    let hidden = html! {
        input type="hidden" name="form" value=(form::token(c.app, FORM, &visitor));
        input type="hidden" name="next" value=(after(c));
    };
    let asked = passkey::Asked {
        purpose: Purpose::SignIn,
        secret: &visitor,
        action: PASSKEY,
        label: Word::SignInPasskey,
    };
    let body = html! {
        h1 { (say(Word::SignIn)) }
        p.lead { (say(Word::SignInLead)) " " (c.app.config.host()) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        (passkey::asked(c, &asked, &hidden))
        form method="post" action="/sign_in" {
            (hidden)
            label for="username" { (say(Word::HandleOrEmail)) }
            input id="username" type="text" name="username" value=(typed) required autocomplete="username webauthn" autocapitalize="none" spellcheck="false";
            label for="password" { (say(Word::Password)) }
            input id="password" type="password" name="password" required autocomplete="current-password";
            button type="submit" { (say(Word::SignIn)) }
        }
        @if services::mail::is_configured(c.app) { p { a href="/reset" { (say(Word::ResetForgot)) } } }
        @else { p.hint { (say(Word::SignInLost)) } }
        @if sign_up::is_open(c) { p { (say(Word::NoAccountYet)) " " a href=(sign_up::HERE) { (say(Word::SignUp)) } } }
    };
    let status = if wrong.is_some() { 401 } else { 200 };
    let frame = Frame { title: say(Word::SignIn), is_narrow: true, has_passkeys: true, ..Frame::default() };
    framed(c, &frame, &body).status(status).with("Set-Cookie", cookie)
}

/// The page for the code after the password.
fn ask_code(c: &Context<'_>, ticket: &str, wrong: Option<&str>) -> Response {
    let (visitor, cookie) = form::new_visitor(c);
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::SecondTitle)) }
        p.lead { (say(Word::SecondLead)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        form method="post" action=(CODE) {
            input type="hidden" name="form" value=(form::token(c.app, FORM, &visitor));
            input type="hidden" name="next" value=(after(c));
            input type="hidden" name="ticket" value=(ticket);
            label for="code" { (say(Word::SecondCode)) }
            input id="code" type="text" name="code" required maxlength="30" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" autofocus;
            button type="submit" { (say(Word::SignIn)) }
        }
    };
    let status = if wrong.is_some() { 401 } else { 200 };
    page(c, say(Word::SecondTitle), true, &body).status(status).with("Set-Cookie", cookie)
}

/// Who sends the form, as its cookie says; `None` where the form is not valid (any more).
fn visitor(c: &Context<'_>) -> Option<String> {
    let visitor = form::visitor(c);
    form::is_valid(c.app, FORM, &visitor, c.params.text("form").unwrap_or("")).then_some(visitor)
}

fn expired(c: &Context<'_>) -> Response {
    answer(c, Some(Language::of(c.request).say(Word::FormExpired))).status(403)
}

/// The form of the password, that of the code after it, and what a passkey has answered: by the path.
pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(visitor) = visitor(c) else { return Ok(expired(c)) };
    let say = |word| Language::of(c.request).say(word);
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let (domain, source) = (c.app.domain_asked(c.request), form::source(c));
    let path = c.path.to_text();
    let (outcome, wrong) = match path.as_str() {
        CODE => {
            let outcome =
                services::sign_in::with_code(c.app, text("ticket"), text("code"), &source, &visitor).await?;
            let Some(outcome) = outcome else { return Ok(answer(c, Some(say(Word::SecondAgain)))) };
            (outcome, Word::SecondWrong)
        }
        PASSKEY => {
            let (purpose, origin) = (Purpose::SignIn, domain.web_origin.as_str());
            let asking = services::passkey::Asking { purpose, secret: &visitor, origin };
            let given = passkey::given(c);
            (services::passkey::sign_in(c.app, &asking, &given, &source).await?, Word::PasskeyRefused)
        }
        _ => {
            let (name, password) = (text("username"), text("password"));
            let outcome =
                services::sign_in::sign_in(c.app, name, password, &domain, &source, &visitor).await?;
            (outcome, Word::WrongPassword)
        }
    };
    // Its own page says what is wrong with a code.
    let again = |wrong: &str| match path.as_str() {
        CODE => ask_code(c, text("ticket"), Some(wrong)),
        _ => answer(c, Some(wrong)),
    };
    match outcome {
        SignIn::Done { session, name_hash } => {
            // Whoever was signed in here before is not any more, and nothing is sent to this browser for them.
            if let Some(former) = form::session_secret(c) {
                services::grant::sign_out(c.app, &former).await?;
            }
            Ok(Response::redirect(&after(c))
                .with("Set-Cookie", form::session_cookie(c.app, Some(&session)))
                .with("Set-Cookie", device::remember(c.app, c.request, name_hash)))
        }
        SignIn::Code { ticket } => Ok(ask_code(c, &ticket, None)),
        SignIn::Applied { is_confirmed, is_sent } => {
            let word = if is_confirmed { Word::LoginWaits } else { Word::LoginUnconfirmed };
            let more = if is_sent { format!(" {}", say(Word::LoginSentAgain)) } else { String::new() };
            Ok(again(&format!("{}{more}", say(word))).status(403))
        }
        SignIn::Wrong => Ok(again(say(wrong))),
        SignIn::Wait(until) => Ok(form::with_retry(again(&form::wait_sentence(c, until)), c, until)),
    }
}

/// The addresses of the two steps are forms only: who opens one begins anew.
pub async fn begin_anew(_: &Context<'_>) -> Result<Response> {
    Ok(Response::redirect("/sign_in"))
}

pub async fn sign_out(c: &Context<'_>) -> Result<Response> {
    let secret = form::session_secret(c).unwrap_or_default();
    if !form::is_valid(c.app, "sign out", &secret, c.params.text("form").unwrap_or("")) {
        let language = Language::of(c.request);
        let say = |word| language.say(word);
        let body = html! {
            h1 { (say(Word::SignOut)) }
            p.error role="alert" { (say(Word::FormExpired)) }
            @if !secret.is_empty() {
                form method="post" action="/sign_out" {
                    input type="hidden" name="form" value=(form::token(c.app, "sign out", &secret));
                    input type="hidden" name="next" value=(next(c));
                    button type="submit" { (say(Word::SignOut)) }
                }
            }
            p { a href="/" { (say(Word::Home)) } }
        };
        return Ok(page(c, say(Word::SignOut), true, &body).status(403));
    }
    services::grant::sign_out(c.app, &secret).await?;
    // Drafts, and what shows push messages: also on pages without the script.
    Ok(Response::redirect(&next(c))
        .with("Set-Cookie", form::session_cookie(c.app, None))
        .with("Clear-Site-Data", "\"storage\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_addresses_of_ours_only() {
        let next = |text: &str| on_this_origin("https://a.example", text);
        for (good, wanted) in [
            ("/", "/"),
            ("/settings/migration", "/settings/migration"),
            ("/oauth/authorize?a=b&c=https://x.example//y#z", "/oauth/authorize?a=b&c=https://x.example//y"),
            ("/@alice", "/@alice"),
            ("/a b/한", "/a%20b/%ED%95%9C"),
            ("/a/../b/./c", "/b/c"),
            ("/a//b", "/a//b"),
            ("/%09/evil.example", "/%09/evil.example"),
        ] {
            assert_eq!(next(good).as_deref(), Some(wanted), "{good}");
        }
        for bad in [
            "",
            "settings",
            "//evil.example",
            "///evil.example",
            "/\t/evil.example/",
            "/\n/evil.example/",
            "/\r/evil.example/",
            "/\u{0}/evil.example",
            "/\u{7f}/evil.example",
            "/\u{85}/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\\/evil.example",
            "/.//evil.example",
            "/x/..//evil.example",
            "/%2e//evil.example",
            "https://evil.example/",
            "https:evil.example",
            "//a.example@evil.example/",
            "javascript:alert(1)",
            "@evil.example",
        ] {
            assert_eq!(next(bad), None, "{bad:?}");
        }
        assert_eq!(next(&format!("/{}", "a".repeat(MAX_NEXT))), None);
        assert!(next(&format!("/{}", "a".repeat(MAX_NEXT - 1))).is_some());
    }
}
