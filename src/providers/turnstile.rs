//! Cloudflare Turnstile: a test that somebody is no program, where the operator has set one up.
//! <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>

use crate::app::App;
use crate::error::{Error, Result};
use crate::platform::fetch::Outgoing;
use crate::platform::guard::{Policy, SafeUrl};

const VERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
/// Maximum bytes of what a browser sends.
const MAX_RESPONSE: usize = 2048;
const TIMEOUT_MS: u32 = 8_000;

/// Whether a browser has passed the test: by what the form has in `cf-turnstile-response`. True where there is no test. Who asks is not
/// told to Cloudflare.
///
/// Error: `Unavailable` where that cannot be found out: nobody is let in without.
pub async fn is_passed(app: &App, response: &str) -> Result<bool> {
    let Some((_, secret)) = &app.config.turnstile else { return Ok(true) };
    if response.is_empty() || response.len() > MAX_RESPONSE {
        return Ok(false);
    }
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("secret", secret).append_pair("response", response);
    let request = Outgoing {
        method: "POST",
        url: SafeUrl::check(VERIFY, &Policy { is_development: app.config.is_development })?,
        headers: vec![
            ("User-Agent".into(), app.config.user_agent()),
            ("Content-Type".into(), "application/x-www-form-urlencoded".into()),
        ],
        body: body.finish().into_bytes(),
        max_bytes: 16 * 1024,
        is_cut: false,
        timeout_ms: TIMEOUT_MS,
    };
    let unknown = || Error::Unavailable("The test could not be checked; try again".into());
    let answer = app.http.fetch(request).await.map_err(|_| unknown())?;
    let read: serde_json::Value = serde_json::from_slice(&answer.body).map_err(|_| unknown())?;
    read["success"].as_bool().ok_or_else(unknown)
}
