//! Another e-mail address of a person: a link in a mail to it confirms it. Without mails an address is a name to sign in with, and stays.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::password::is_equal;
use super::{letters, mail, register, sign_up_rules};
use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::budget;
use crate::model::email;
use crate::model::time::{DAY, Time};
use crate::model::user::User;
use crate::store;

/// A link is good for so long.
const CONFIRMED_WITHIN: i64 = 2 * DAY;
/// Links that a person asks for in a day.
const LETTERS: i64 = 20;
/// Maximum bytes of what a link ends with.
const MAX_LINK: usize = 600;

/// What a link ends with: nothing of it is stored, it is signed. It is good as long as the address is `old`.
fn token(app: &App, user: &User, old: &str, new: &str, until: i64) -> String {
    let signed = format!("email\n{}\n{until}\n{old}\n{new}", user.person);
    let mac = hmac_sha256(&app.config.form_key, signed.as_bytes());
    format!("{until}.{}.{}", BASE64.encode(new), BASE64.encode(mac))
}

/// The e-mail address of a person; `None` where they have none.
pub async fn of(app: &App, user: &User) -> Result<Option<String>> {
    store::load(&app.db, store::users::email_of(user.person)).await
}

/// Sends a link to a new address.
///
/// Errors: `NotFound` where no mails are sent; `Invalid` where it is no address, theirs already, taken or blocked; `TooManyRequests`
/// after [`LETTERS`] of a day.
pub async fn ask(app: &App, user: &User, account: &Account, typed: &str) -> Result<()> {
    if !mail::is_configured(app) {
        return Err(Error::NotFound);
    }
    let new = typed.trim();
    if !email::is_address(new) {
        return Err(register::invalid("email", "ERR_INVALID", "must be a valid e-mail address"));
    }
    // Each is a mail to an address that somebody has typed, and tells whether it is taken.
    let counted =
        store::budgets::take(&format!("addresses {}", user.person), budget::day(app.now()), LETTERS);
    let parts = (
        store::users::email_of(user.person),
        store::applications::email_state(new, &sign_up_rules::canonical_hash(new)),
    );
    let (counted, (old, state)) = store::write_then(&app.db, vec![counted], parts).await?;
    if counted.first().is_none_or(Vec::is_empty) {
        return Err(Error::TooManyRequests);
    }
    if state.is_blocked || state.needs_approval {
        return Err(register::invalid("email", "ERR_BLOCKED", "uses a disallowed e-mail provider"));
    }
    let old = old.unwrap_or_default();
    // One may write one's own in other case.
    if (state.is_taken && !old.eq_ignore_ascii_case(new)) || old == new {
        return Err(register::invalid("email", "ERR_TAKEN", "has already been taken"));
    }
    let until = app.now().0 + CONFIRMED_WITHIN;
    let link = format!("{}/settings/email/{}", app.config.public_origin, token(app, user, &old, new, until));
    let (subject, text) = letters::new_email(app, &user.locale, &account.username, &link);
    mail::send(app, new, &subject, &text).await
}

/// The new address that a link is about, with the old one: if the link is of this person, not too old, and not used.
pub async fn of_link(app: &App, user: &User, link: &str) -> Result<Option<(String, String)>> {
    let mut parts = link.split('.');
    let (until, new) = (parts.next().and_then(|n| n.parse::<i64>().ok()), parts.next());
    let Some(until) = until.filter(|until| link.len() <= MAX_LINK && Time(*until) >= app.now()) else {
        return Ok(None);
    };
    let Some(new) = new.and_then(|new| String::from_utf8(BASE64.decode(new).ok()?).ok()) else {
        return Ok(None);
    };
    let old = of(app, user).await?.unwrap_or_default();
    let is_ours = is_equal(token(app, user, &old, &new, until).as_bytes(), link.as_bytes());
    Ok(is_ours.then_some((old, new)))
}

/// Changes the address by a link; a mail tells the old one.
///
/// Errors: `NotFound` where the link is none of theirs, too old, or was used; `Invalid` where somebody else has the address by now.
pub async fn change(app: &App, user: &User, account: &Account, link: &str) -> Result<()> {
    let (old, new) = of_link(app, user, link).await?.ok_or(Error::NotFound)?;
    let state = store::applications::email_state(&new, &sign_up_rules::canonical_hash(&new));
    let state = store::load(&app.db, state).await?;
    if state.is_blocked || state.needs_approval {
        return Err(register::invalid("email", "ERR_BLOCKED", "uses a disallowed e-mail provider"));
    }
    let known = Some(old.as_str()).filter(|old| !old.is_empty());
    let mut batch = store::users::change_email(user.person, known, &new);
    let changed = batch.len() - 1;
    if let Some(old) = known {
        let page = format!("{}/settings/sessions", app.config.public_origin);
        let (subject, text) = letters::former_email(app, &user.locale, &account.username, &page);
        batch.extend(mail::own(app, old, &subject, &text).await?);
    }
    match store::write(&app.db, batch).await {
        Ok(done) if done.get(changed).is_some_and(|rows| !rows.is_empty()) => Ok(()),
        Ok(_) => Err(Error::NotFound),
        Err(Error::Conflict(what)) if what.contains("users.email") => {
            Err(register::invalid("email", "ERR_TAKEN", "has already been taken"))
        }
        Err(error) => Err(error),
    }
}
