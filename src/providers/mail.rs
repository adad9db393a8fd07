//! The sending of mails: the job `mail`, which `services::mail` adds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::{Error, Result};
use crate::model::budget::day;
use crate::model::email;
use crate::platform::fetch::Outgoing;
use crate::platform::guard::{Policy, SafeUrl};
use crate::platform::mail::Letter;
use crate::services::keys;
use crate::services::mail::is_configured;
use crate::store;

/// Mails that one address gets in a day (UTC) because somebody has typed it, beside those about an account that has it.
const A_DAY: i64 = 6;
/// Mails of a day to addresses that somebody has typed …
const TYPED_A_DAY: i64 = 600;
/// … and to people about their accounts: the others do not use these up.
const OWN_A_DAY: i64 = 1_000;
const TIMEOUT_MS: u32 = 10_000;

/// `mail`: sends one; an address that has had enough of them today gets none.
///
/// Errors: temporary ones where it may work later.
pub async fn deliver(app: &App, to: &str, context: &str, attempts: i64) -> Result<()> {
    let Some(from) = app.config.mail_from.clone().filter(|_| is_configured(app)) else { return Ok(()) };
    let sealed = BASE64.decode(context).map_err(|_| Error::validation("not a mail"))?;
    let content = keys::open(app, &sealed, to.as_bytes()).await?;
    let (subject, text, is_own): (String, String, bool) = serde_json::from_slice(&content)?;
    if attempts <= 1 {
        let today = day(app.now());
        let whose = BASE64.encode(&hmac_sha256(&app.config.form_key, email::canonical(to).as_bytes())[..12]);
        let counted = match is_own {
            true => vec![store::budgets::take("mails", today, OWN_A_DAY)],
            false => vec![
                store::budgets::take(&format!("mail {whose}"), today, A_DAY),
                store::budgets::take("mails to typed addresses", today, TYPED_A_DAY),
            ],
        };
        if store::write(&app.db, counted).await?.iter().any(Vec::is_empty) {
            crate::platform::note("mail: enough for today");
            return Ok(());
        }
    }
    let letter = Letter { from, to: to.to_owned(), subject, text };
    match &app.config.mail_provider {
        Some((url, token)) => post(app, url, token, &letter).await,
        None => app.mail.send(&letter).await,
    }
}

/// A mail by a provider's API.
async fn post(app: &App, url: &str, token: &str, letter: &Letter) -> Result<()> {
    let policy = Policy { is_development: app.config.is_development };
    let request = Outgoing {
        method: "POST",
        url: SafeUrl::check(url, &policy)?,
        headers: vec![
            ("User-Agent".into(), app.config.user_agent()),
            ("Content-Type".into(), "application/json".into()),
            ("Authorization".into(), format!("Bearer {token}")),
        ],
        body: letter.to_json().into_bytes(),
        max_bytes: 64 * 1024,
        is_cut: true,
        timeout_ms: TIMEOUT_MS,
    };
    let answer = app.http.fetch(request).await?;
    match answer.status {
        200..=299 => Ok(()),
        // The address, or the whole configuration, is not accepted.
        400..=499 if !matches!(answer.status, 408 | 429) => {
            crate::platform::log(&format!("mail: the provider answers {}", answer.status));
            Err(Error::validation("The mail was refused"))
        }
        status => Err(Error::answered(format!("mail: {status}"))),
    }
}
