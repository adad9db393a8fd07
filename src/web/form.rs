//! Forms that only our own pages can send, and the session's cookie.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::Result;
use crate::http::cookies;
use crate::http::handler::Context;
use crate::model::account::Account;
use crate::model::time::HOUR;
use crate::model::user::User;
use crate::services;
use crate::services::password::is_equal;

const FORM_LIVES: i64 = HOUR;

/// A token for the form `purpose` of the session `secret` (empty: nobody's).
pub fn token(app: &App, purpose: &str, secret: &str) -> String {
    signed(app, purpose, secret, app.now().0 + FORM_LIVES)
}

fn signed(app: &App, purpose: &str, secret: &str, until: i64) -> String {
    let mac = hmac_sha256(&app.config.form_key, format!("{purpose}\n{secret}\n{until}").as_bytes());
    format!("{until}.{}", BASE64.encode(mac))
}

/// Whether a token is ours, for this purpose and session, and not too old.
pub fn is_valid(app: &App, purpose: &str, secret: &str, token: &str) -> bool {
    let until: Option<i64> = token.split('.').next().and_then(|t| t.parse().ok());
    until.is_some_and(|until| {
        until >= app.now().0 && is_equal(signed(app, purpose, secret, until).as_bytes(), token.as_bytes())
    })
}

fn cookie_name(app: &App) -> &'static str {
    if app.config.is_https() { "__Host-sori" } else { "sori" }
}

/// The session's secret, as the browser sends it.
pub fn session_secret(c: &Context<'_>) -> Option<String> {
    cookies::get(c.request, cookie_name(c.app)).filter(|s| !s.is_empty())
}

/// Who is signed in, with the session's secret.
pub async fn signed_in(c: &Context<'_>) -> Result<Option<(User, Account, String)>> {
    let Some(secret) = session_secret(c) else { return Ok(None) };
    let found = services::grant::session(c.app, &secret).await?;
    Ok(found.map(|(user, account)| (user, account, secret)))
}

/// The Set-Cookie value that keeps a session, or ends it.
pub fn session_cookie(app: &App, secret: Option<&str>) -> String {
    let max_age = if secret.is_some() { services::grant::SESSION_LIVES / 1000 } else { 0 };
    cookies::set(cookie_name(app), secret.unwrap_or(""), max_age, app.config.is_https())
}
