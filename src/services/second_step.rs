//! The second step of signing in with a password (docs/decisions/0019): codes of an authenticator app, and recovery codes. It belongs
//! to the person, whatever identity they use.

use super::keys;
use super::password::is_equal;
use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::Result;
use crate::model::id::Id;
use crate::model::sign_in::Way;
use crate::model::totp;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::second_steps::SecondStep;

/// Recovery codes that a person has.
pub const CODES: usize = 10;
/// Characters of one, of five bits each.
const LENGTH: usize = 12;
/// Base32 in lower case without what looks alike (Crockford's, <https://www.crockford.com/base32.html>).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn belongs_to(person: Id) -> String {
    format!("second step {person}")
}

/// Stores a secret that is in use once its first code was typed ([`turn_on`]). Nothing happens where one is in use.
pub async fn begin(app: &App, person: Id) -> Result<Statement> {
    let secret = app.random.bytes(totp::SECRET);
    let sealed = keys::seal(app, &secret, belongs_to(person).as_bytes()).await?;
    Ok(store::second_steps::begin(person, sealed, app.now()))
}

/// The secret, for the app.
pub async fn secret(app: &App, person: Id, step: &SecondStep) -> Result<Vec<u8>> {
    keys::open(app, &step.secret, belongs_to(person).as_bytes()).await
}

/// Turns it on by a code that was made with the new secret; returns the recovery codes, which are shown once. `None` for a wrong code.
pub async fn turn_on(app: &App, person: Id, code: &str) -> Result<Option<Vec<String>>> {
    let found = store::load(&app.db, store::second_steps::of_person(person)).await?;
    let Some(step) = found.filter(|step| !step.is_on) else { return Ok(None) };
    if use_code_of_app(app, person, &step, code).await? {
        return new_codes(app, person).await;
    }
    Ok(None)
}

/// Replaces the recovery codes. `None` where the second step is off.
pub async fn new_codes(app: &App, person: Id) -> Result<Option<Vec<String>>> {
    let codes: Vec<String> = (0..CODES).map(|_| random_code(app)).collect();
    let hashes = codes.iter().map(|code| hash(app, code)).collect();
    let rows = store::write(&app.db, store::second_steps::replace_codes(person, hashes)).await?;
    Ok(rows.last().filter(|rows| !rows.is_empty()).map(|_| codes))
}

/// Takes a code out of use that was typed after the password; `None` for a wrong one.
pub(super) async fn redeem(app: &App, person: Id, step: &SecondStep, typed: &str) -> Result<Option<Way>> {
    if use_code_of_app(app, person, step, typed).await? {
        return Ok(Some(Way::Code));
    }
    // What a person copies has hyphens and spaces, and a phone's keyboard makes the first letter large.
    let plain: String = typed.chars().filter(|c| c.is_ascii_alphanumeric()).take(LENGTH + 1).collect();
    if plain.len() != LENGTH {
        return Ok(None);
    }
    let taken = store::second_steps::use_code(person, hash(app, &plain.to_ascii_lowercase()));
    let rows = store::write(&app.db, vec![taken]).await?;
    Ok(rows.first().filter(|rows| !rows.is_empty()).map(|_| Way::RecoveryCode))
}

/// Whether it is a code of the app that was not used before; it is from now on.
async fn use_code_of_app(app: &App, person: Id, step: &SecondStep, typed: &str) -> Result<bool> {
    let secret = secret(app, person, step).await?;
    let typed = totp::plain(typed);
    let mut found = None;
    // No early end: whichever step it is takes the same time.
    for step in totp::good(app.now(), step.last_step) {
        let hmac = app.crypto.hmac_sha1(&secret, &step.to_be_bytes()).await?;
        if is_equal(totp::code(&hmac).as_bytes(), typed.as_bytes()) {
            found = Some(step);
        }
    }
    let Some(at) = found else { return Ok(false) };
    let taken = store::second_steps::use_step(person, at, step.is_on);
    // Of two requests with the same code one is first.
    let rows = store::write(&app.db, vec![taken]).await?;
    Ok(rows.first().is_some_and(|rows| !rows.is_empty()))
}

/// Three groups of four.
fn random_code(app: &App) -> String {
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte & 31)]);
    let letters: String = app.random.bytes(LENGTH).iter().map(letter).collect();
    format!("{}-{}-{}", &letters[..4], &letters[4..8], &letters[8..])
}

/// A code has sixty bits, which could all be tried with a leaked database: so the hash has a key.
fn hash(app: &App, code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(|c| *c != '-').collect();
    hmac_sha256(&app.config.pepper, format!("recovery code\n{plain}").as_bytes()).to_vec()
}
