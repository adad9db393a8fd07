//! Protection of forms against cross-site requests, and the session cookie.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::words::{Language, Word};
use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::{Error, Result};
use crate::http::cookies;
use crate::http::handler::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::ledger::Measure;
use crate::model::role::Permission;
use crate::model::time::{DAY, HOUR, MINUTE, SECOND, Time};
use crate::model::user::User;
use crate::services;
use crate::services::attempts::Source;
use crate::services::password::is_equal;
use crate::services::permission;
use crate::store::{self, Query};

/// Who is signed in, their account, and the secret of their session.
pub type Session = (User, Account, String);

/// The one page for who is suspended or frozen (`super::strikes`).
pub const CLOSED: &str = "/settings/strikes";

/// Maximum bytes of a parameter that is kept on the way to the sign-in page and back.
const MAX_TYPED: usize = 1_000;

const FORM_LIFETIME: i64 = HOUR;
/// Of the forms beside statuses, on a page that is left open while it is read.
const READING_LIFETIME: i64 = DAY;

/// A token for the form `purpose`, bound to `secret`: of a session, or of a visitor ([`visitor`]).
pub fn token(app: &App, purpose: &str, secret: &str) -> String {
    signed(app, purpose, secret, app.now().0 + FORM_LIFETIME)
}

/// Like [`token`], for a page that is left open for long.
pub fn reading_token(app: &App, purpose: &str, secret: &str) -> String {
    signed(app, purpose, secret, app.now().0 + READING_LIFETIME)
}

fn signed(app: &App, purpose: &str, secret: &str, until: i64) -> String {
    let mac = hmac_sha256(&app.config.form_key, format!("{purpose}\n{secret}\n{until}").as_bytes());
    format!("{until}.{}", BASE64.encode(mac))
}

/// Whether a token is ours, for this purpose and secret, and not too old. Without a secret no token is valid.
pub fn is_valid(app: &App, purpose: &str, secret: &str, token: &str) -> bool {
    if secret.is_empty() {
        return false;
    }
    let until: Option<i64> = token.split('.').next().and_then(|t| t.parse().ok());
    until.is_some_and(|until| {
        until >= app.now().0 && is_equal(signed(app, purpose, secret, until).as_bytes(), token.as_bytes())
    })
}

fn cookie_name(app: &App) -> String {
    cookies::name("sori", &app.config.public_origin)
}

/// For how long a session is trusted with what a password is asked for, once one was typed.
const CONFIRMED_FOR: i64 = 15 * MINUTE;

fn confirmed_cookie_name(app: &App) -> String {
    cookies::name("sori-confirmed", &app.config.public_origin)
}

/// The Set-Cookie value that says for a while that the session `secret` was confirmed by password or passkey.
pub fn confirmed_cookie(app: &App, secret: &str) -> String {
    let value = signed(app, "confirmed", secret, app.now().0 + CONFIRMED_FOR);
    cookies::set(&confirmed_cookie_name(app), &value, CONFIRMED_FOR / SECOND, app.config.is_https())
}

/// Whether the session was confirmed in the last quarter of an hour.
pub fn is_confirmed(c: &Context<'_>, secret: &str) -> bool {
    let value = cookies::get(c.request, &confirmed_cookie_name(c.app));
    value.is_some_and(|value| is_valid(c.app, "confirmed", secret, &value))
}

fn visitor_cookie_name(app: &App) -> String {
    cookies::name("sori-visitor", &app.config.public_origin)
}

/// The secret of a browser without a session; empty if it has none. Forms are valid only in the browser that
/// they were given to, so that nobody can be signed in to another's account by a forged form.
pub fn visitor(c: &Context<'_>) -> String {
    let secret = cookies::get(c.request, &visitor_cookie_name(c.app)).unwrap_or_default();
    let is_ours =
        secret.len() == 43 && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if is_ours { secret } else { String::new() }
}

/// Like [`visitor`], with a new secret where there is none, and the Set-Cookie value that stores it.
pub fn new_visitor(c: &Context<'_>) -> (String, String) {
    let known = visitor(c);
    let secret = if known.is_empty() { c.app.random.token() } else { known };
    let name = visitor_cookie_name(c.app);
    let cookie = cookies::set(&name, &secret, FORM_LIFETIME / SECOND, c.app.config.is_https());
    (secret, cookie)
}

/// The address that a form comes from.
pub fn source(c: &Context<'_>) -> Source {
    Source {
        address: c.request.address(),
        devices: super::device::known(c.app, c.request),
        browser: super::device::name(c.request),
    }
}

/// Seconds until another try is allowed, rounded up.
fn seconds_until(app: &App, until: Time) -> i64 {
    (until.0 - app.now().0).max(0) / SECOND + 1
}

/// The message of a page while no try is allowed.
pub fn wait_sentence(c: &Context<'_>, until: Time) -> String {
    let minutes = (seconds_until(c.app, until) - 1).max(1).cast_unsigned().div_ceil(60);
    Language::of(c.request).say(Word::TooManyAttempts).replace('#', &minutes.to_string())
}

/// A page with that message, and the status and header for it.
pub fn with_retry(page: Response, c: &Context<'_>, until: Time) -> Response {
    page.status(429).with("Retry-After", seconds_until(c.app, until).to_string())
}

/// Whether somebody asks for the page here: neither a link on another site nor a picture of a stranger's on a page of ours makes this
/// server ask another one.
pub fn is_asked_for(c: &Context<'_>) -> bool {
    let says = |name: &str, wanted: &[&str]| c.request.header(name).is_none_or(|said| wanted.contains(&said));
    says("sec-fetch-site", &["same-origin", "none"]) && says("sec-fetch-dest", &["document"])
}

/// The session's secret, from the cookie.
pub fn session_secret(c: &Context<'_>) -> Option<String> {
    secret_in(c.app, c.request)
}

/// The same of a request without its context. Whether there is such a session is not looked up.
pub fn secret_in(app: &App, request: &Request) -> Option<String> {
    cookies::get(request, &cookie_name(app)).filter(|secret| !secret.is_empty())
}

/// The path `here` with those of these parameters that the request has.
pub fn address(c: &Context<'_>, here: &str, names: &[&str]) -> String {
    // What is longer is no use in an address, which is a header of the answer.
    let is_short = |text: &&str| text.len() <= MAX_TYPED;
    let given = || names.iter().filter_map(|name| Some((*name, c.params.filled(name).filter(is_short)?)));
    if given().next().is_none() {
        return here.to_owned();
    }
    let mut query = url::form_urlencoded::Serializer::for_suffix(format!("{here}?"), here.len() + 1);
    query.extend_pairs(given()).finish()
}

/// Redirects to the sign-in page, which redirects back to `here`; what was typed into the fields of these names comes
/// along.
pub fn sign_in_first(c: &Context<'_>, here: &str, typed: &[&str]) -> Response {
    if c.is_closed.get() {
        return Response::redirect(CLOSED);
    }
    let first = sign_in_then(&address(c, here, typed));
    // The session of this cookie has ended: pages would go on as if somebody were signed in.
    match session_secret(c) {
        Some(_) => first.with("Set-Cookie", session_cookie(c.app, None)),
        None => first,
    }
}

/// Redirects to the sign-in page, which redirects to a path of ours, with its query.
pub fn sign_in_then(path: &str) -> Response {
    let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    Response::redirect(&format!("/sign_in?next={next}"))
}

/// From here on the page is shown as who is signed in likes it.
async fn note(c: &Context<'_>, found: Option<&(User, Account)>) {
    if found.is_some_and(|(user, _)| c.app.may(user, Permission::MANAGE_USERS)) {
        services::sign_up::note_staff(c.app).await;
    }
    if let Some((user, account)) = found {
        services::personal::know(c.app, user, account);
        services::grant::note_seen(c.app, user).await;
    }
    *c.taste.borrow_mut() = found.map(|(user, _)| user.taste.clone());
}

/// What keeps an account safe, also of who has used up their share of the day.
const FREE: [&str; 7] = [
    CLOSED,
    "/settings/security",
    "/settings/password",
    "/settings/email",
    "/settings/sessions",
    "/settings/delete",
    "/sign_out",
];

/// Settings are read, and [`FREE`] ones changed, also by who has used up their share of the day.
fn is_free(c: &Context<'_>) -> bool {
    let path = c.path.to_text();
    let is_of =
        |free: &str| path.strip_prefix(free).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (c.request.is_safe() && c.path.is_below("settings")) || FREE.into_iter().any(is_of)
}

/// Error: `TooManyRequests` where who is signed in has used up their share of what is read, or, for a request that changes
/// something, of what is written.
fn check_share(c: &Context<'_>) -> Result<()> {
    if is_free(c) {
        return Ok(());
    }
    services::personal::check(c.app, Measure::RowsRead)?;
    if c.request.is_safe() { Ok(()) } else { services::personal::check(c.app, Measure::RowsWritten) }
}

/// Whom a page is for: nobody who is suspended or frozen.
fn open(c: &Context<'_>, found: Option<(User, Account)>) -> Option<(User, Account)> {
    let is_closed = |(user, account): &(User, Account)| account.is_suspended() || user.disabled_at.is_some();
    c.is_closed.set(found.as_ref().is_some_and(is_closed));
    found.filter(|found| !is_closed(found))
}

/// Like [`signed_in`], also of who is suspended or frozen.
pub async fn anybody(c: &Context<'_>) -> Result<Option<Session>> {
    let Some(secret) = session_secret(c) else { return Ok(None) };
    let found = services::grant::session(c.app, &secret).await?;
    note(c, found.as_ref()).await;
    Ok(found.map(|(user, account)| (user, account, secret)))
}

/// Like [`signed_in`], in one round trip with something else.
pub async fn signed_in_with<T: 'static>(
    c: &Context<'_>,
    other: Option<Query<T>>,
) -> Result<(Option<Session>, Option<T>)> {
    let secret = session_secret(c);
    let session = secret.as_deref().map(|secret| services::grant::session_of(c.app, secret));
    let (session, other) = store::load(&c.app.db, (session, other)).await?;
    let session = open(c, session.flatten());
    note(c, session.as_ref()).await;
    check_share(c)?;
    Ok((session.zip(secret).map(|((user, account), secret)| (user, account, secret)), other))
}

/// The session of the request's cookie, if it is valid.
pub async fn signed_in(c: &Context<'_>) -> Result<Option<Session>> {
    let Some(secret) = session_secret(c) else { return Ok(None) };
    let found = open(c, services::grant::session(c.app, &secret).await?);
    note(c, found.as_ref()).await;
    check_share(c)?;
    Ok(found.map(|(user, account)| (user, account, secret)))
}

/// Like [`signed_in`], for a timeline that strangers may read. Error: `Spent` for strangers while these wait for the next day.
pub async fn reader(c: &Context<'_>) -> Result<Option<Session>> {
    let session = signed_in(c).await?;
    if session.is_none() && !services::personal::strangers_may_read(c.app) {
        return Err(Error::Spent("anonymous timelines wait for the next day".into()));
    }
    Ok(session)
}

/// Who is signed in and has a permission, or a redirect to the sign-in page, which keeps what was `typed`.
/// Error: `NotFound` for other users.
pub async fn staff(
    c: &Context<'_>,
    wanted: Permission,
    here: &str,
    typed: &[&str],
) -> Result<std::result::Result<Session, Response>> {
    match signed_in(c).await? {
        None => Ok(Err(sign_in_first(c, here, typed))),
        Some(session) if c.app.may(&session.0, wanted) => Ok(Ok(session)),
        Some(_) => Err(Error::NotFound),
    }
}

/// As [`staff`], who has sent the form `purpose`. Error: `Forbidden` where the form is of another session or too old.
pub async fn staff_sender(
    c: &Context<'_>,
    wanted: Permission,
    purpose: &str,
    here: &str,
) -> Result<std::result::Result<Session, Response>> {
    let session = match staff(c, wanted, here, &[]).await? {
        Ok(session) => session,
        Err(response) => return Ok(Err(response)),
    };
    if !is_valid(c.app, purpose, &session.2, c.params.text("form").unwrap_or("")) {
        return Err(Error::Forbidden(Language::of(c.request).say(Word::FormExpired).into()));
    }
    Ok(Ok(session))
}

/// As [`permission::may_act`], in the reader's language.
pub fn may_act(c: &Context<'_>, account: &Account) -> Result<()> {
    let moved = |_| Error::Forbidden(Language::of(c.request).say(Word::HasMovedAway).into());
    permission::may_act(account).map_err(moved)
}

/// Who has sent the form `purpose`, or a redirect to the sign-in page, which leads back to `here`. Error: `Forbidden` where the form
/// is of another session or too old, or who sends it has moved.
pub async fn sender(
    c: &Context<'_>,
    purpose: &str,
    here: &str,
) -> Result<std::result::Result<Session, Response>> {
    let Some(session) = signed_in(c).await? else { return Ok(Err(sign_in_first(c, here, &[]))) };
    if !is_valid(c.app, purpose, &session.2, c.params.text("form").unwrap_or("")) {
        return Err(Error::Forbidden(Language::of(c.request).say(Word::FormExpired).into()));
    }
    may_act(c, &session.1)?;
    Ok(Ok(session))
}

/// The Set-Cookie value that stores a session, or deletes it.
pub fn session_cookie(app: &App, secret: Option<&str>) -> String {
    let max_age = if secret.is_some() { services::grant::SESSION_LIFETIME / 1000 } else { 0 };
    cookies::set(&cookie_name(app), secret.unwrap_or(""), max_age, app.config.is_https())
}
