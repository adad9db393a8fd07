//! Passkeys: credentials of WebAuthn (<https://www.w3.org/TR/webauthn-3/>), which sign in by themselves (docs/decisions/0019).
//!
//! A challenge is made without a row: it has its time and a signature of ours, and is valid in the browser that it was made for. A
//! passkey keeps the time of the last challenge that it has answered, and answers none that is not newer, so that none is answered
//! twice.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::attempts::Source;
use super::password::is_equal;
use super::sign_in::{SignIn, name_hash_of, open, too_often};
use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::sign_in::Way;
use crate::model::site::host_of;
use crate::model::time::{MINUTE, Time};
use crate::model::user::User;
use crate::model::webauthn::{self, Algorithm, MAX_CREDENTIAL, MAX_SIGNATURE, PublicKey};
use crate::store;
use crate::store::passkeys::NewPasskey;

/// Passkeys that a person has at most.
pub const MAX_PASSKEYS: usize = 10;
/// Characters of a passkey's name.
pub const MAX_NAME: usize = 60;
/// For how long a challenge is valid. The page's script fetches another one in time.
const CHALLENGE_LIFETIME: i64 = 15 * MINUTE;
/// Bytes of the client data: a browser's are about two hundred.
const MAX_CLIENT_DATA: usize = 2048;

/// What a challenge is for: none is valid for anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// For a visitor.
    SignIn,
    /// For a session: whether it is still the person who uses it.
    Confirm,
    /// For a session.
    Register,
}

/// The page that asks: what it is for, the secret of its browser (of a session, or a visitor's), and the origin that it is served at.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub purpose: Purpose,
    pub secret: &'a str,
    pub origin: &'a str,
}

impl Asking<'_> {
    /// The id of this server for browsers: the host, without a port.
    pub fn rp(&self) -> &str {
        host_of(self.origin).split(':').next().unwrap_or_default()
    }

    fn rp_hash(&self) -> [u8; 32] {
        Sha256::digest(self.rp().as_bytes()).into()
    }

    fn sign(&self, app: &App, at: &[u8; 8]) -> [u8; 32] {
        let purpose = match self.purpose {
            Purpose::SignIn => "sign in",
            Purpose::Confirm => "confirm",
            Purpose::Register => "register",
        };
        let head = format!("passkey\n{purpose}\n{}\n", self.secret);
        hmac_sha256(&app.config.form_key, &[head.as_bytes(), at].concat())
    }

    /// A new challenge, in Base64 for URLs.
    pub fn challenge(&self, app: &App) -> String {
        let at = app.now().0.to_be_bytes();
        BASE64.encode([&at[..], &self.sign(app, &at)].concat())
    }

    /// When a challenge was made; `None` where it is not ours, of another browser or purpose, or too old.
    fn challenged_at(&self, app: &App, challenge: &str) -> Option<Time> {
        let bytes = BASE64.decode(challenge).ok().filter(|_| !self.secret.is_empty())?;
        let (at, signature) = bytes.split_first_chunk::<8>()?;
        let made = Time(i64::from_be_bytes(*at));
        let is_young = made <= app.now() && app.now().0 - made.0 <= CHALLENGE_LIFETIME;
        (is_young && is_equal(&self.sign(app, at), signature)).then_some(made)
    }

    /// Checks the client data (section 5.8.1): returns when its challenge was made.
    fn read(&self, app: &App, client: &[u8]) -> Option<Time> {
        let data: Value = serde_json::from_slice(client).ok()?;
        let wanted = match self.purpose {
            Purpose::Register => "webauthn.create",
            Purpose::SignIn | Purpose::Confirm => "webauthn.get",
        };
        let is_here = data["type"] == wanted && data["origin"] == self.origin;
        // No page of ours is in a frame of another server.
        let is_framed = data["crossOrigin"] == true || data.get("topOrigin").is_some();
        if !is_here || is_framed {
            return None;
        }
        self.challenged_at(app, data["challenge"].as_str()?)
    }
}

/// What an authenticator has answered, as the page's script sends it: in Base64 for URLs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// The credential's id.
    pub credential: &'a str,
    /// The client data.
    pub client: &'a str,
    /// Authenticator data; of a new credential the attestation object.
    pub data: &'a str,
    pub signature: &'a str,
    /// Whose it is, as the authenticator says (`userHandle`).
    pub handle: &'a str,
}

/// The bytes of a part of an answer; `None` for more than there may be.
fn decoded(text: &str, most: usize) -> Option<Vec<u8>> {
    // Four characters for three bytes.
    let is_short = text.len() <= most.div_ceil(3) * 4;
    BASE64.decode(text).ok().filter(|bytes| is_short && bytes.len() <= most)
}

/// What authenticators know a person by (`user.id`): it says nothing about them.
pub fn handle(app: &App, person: Id) -> String {
    BASE64.encode(hmac_sha256(&app.config.form_key, format!("passkey of\n{person}").as_bytes()))
}

/// Whether `signature` is of `data` by this key.
async fn verify(app: &App, key: &PublicKey, data: &[u8], signature: &[u8]) -> Result<bool> {
    match key.algorithm {
        Algorithm::Es256 => match webauthn::ecdsa_numbers(signature) {
            Some(numbers) => app.crypto.p256_verify(&key.bytes, data, &numbers).await,
            None => Ok(false),
        },
        Algorithm::EdDsa => match key.bytes.as_slice().try_into() {
            Ok(public) => app.crypto.ed25519_verify(public, data, signature).await,
            Err(_) => Ok(false),
        },
        Algorithm::Rs256 => app.crypto.rsa_verify(&key.bytes, data, signature).await,
    }
}

/// What becomes of a new credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    Done,
    /// The answer is not good: of another browser or server, too old, or not as it was asked for.
    Refused,
    /// The person has as many as they may have.
    TooMany,
}

/// Stores a new credential of a person under a name.
pub async fn register(
    app: &App,
    asking: &Asking<'_>,
    person: Id,
    given: &Given<'_>,
    typed: &str,
) -> Result<Registration> {
    let parts = (decoded(given.client, MAX_CLIENT_DATA), decoded(given.data, webauthn::MAX_ATTESTATION));
    let (Some(client), Some(object)) = parts else { return Ok(Registration::Refused) };
    let Some(challenged_at) = asking.read(app, &client) else { return Ok(Registration::Refused) };
    let Ok(new) = webauthn::registration(&object, &asking.rp_hash()) else {
        return Ok(Registration::Refused);
    };
    if new.key.algorithm == Algorithm::Es256 && !app.crypto.is_p256_point(&new.key.bytes).await? {
        return Ok(Registration::Refused);
    }
    if let Some(signature) = new.signature {
        let signed = [new.data, &Sha256::digest(&client)].concat();
        if !verify(app, &new.key, &signed, signature).await? {
            return Ok(Registration::Refused);
        }
    }
    let row = NewPasskey {
        id: app.new_id(),
        person,
        credential: new.id,
        rp: asking.rp(),
        key: &new.key,
        counter: new.counter,
        challenged_at,
        name: &name(typed),
    };
    // The second answers a row where there was no room for the first.
    let insert = store::passkeys::insert(&row, MAX_PASSKEYS, app.now());
    let is_full = store::passkeys::is_full(person, new.id, MAX_PASSKEYS);
    let rows = store::write(&app.db, vec![insert, is_full]).await?;
    let has = |n: usize| rows.get(n).is_some_and(|rows| !rows.is_empty());
    Ok(match (has(0), has(1)) {
        (true, _) => Registration::Done,
        (false, true) => Registration::TooMany,
        (false, false) => Registration::Refused,
    })
}

/// Checks an assertion (section 7.2), once: it is not good a second time. Returns whose passkey it is. The same answer for whatever
/// is wrong.
async fn check(app: &App, asking: &Asking<'_>, given: &Given<'_>) -> Result<Option<(User, Account)>> {
    let (Some(credential), Some(client), Some(data), Some(signature)) = (
        decoded(given.credential, MAX_CREDENTIAL),
        decoded(given.client, MAX_CLIENT_DATA),
        decoded(given.data, webauthn::MAX_DATA),
        decoded(given.signature, MAX_SIGNATURE),
    ) else {
        return Ok(None);
    };
    // What is no answer to a challenge of ours costs no look-up.
    let Some(challenged_at) = asking.read(app, &client) else { return Ok(None) };
    let Ok(counter) = webauthn::assertion(&data, &asking.rp_hash()) else { return Ok(None) };
    let known = (store::passkeys::verifier(&credential, asking.rp()), store::passkeys::owner(&credential));
    let (Some(known), Some(owner)) = store::load(&app.db, known).await? else { return Ok(None) };
    if !given.handle.is_empty() && given.handle != handle(app, known.person) {
        return Ok(None);
    }
    let signed = [&data[..], &Sha256::digest(&client)].concat();
    if !verify(app, &known.key, &signed, &signature).await? {
        return Ok(None);
    }
    let noted = store::passkeys::note_use(known.id, challenged_at, counter, app.now());
    let rows = store::write(&app.db, vec![noted]).await?;
    // Of two requests with the same answer one is first.
    Ok(rows.first().filter(|rows| !rows.is_empty()).map(|_| owner))
}

/// Signs in with a passkey, as the first identity of its person. A second step is not asked for: the authenticator has made sure
/// who it was.
pub async fn sign_in(app: &App, asking: &Asking<'_>, given: &Given<'_>, source: &Source) -> Result<SignIn> {
    let Some((user, account)) = check(app, asking, given).await? else { return Ok(SignIn::Wrong) };
    if let Some(until) = too_often(app, user.person) {
        return Ok(SignIn::Wait(until));
    }
    let name_hash = name_hash_of(app, &account);
    let (session, batch) = open(app, &user, Way::Passkey, &[name_hash], source);
    store::write(&app.db, batch).await?;
    Ok(SignIn::Done { session, name_hash })
}

/// Whether the assertion is one of this person's passkeys.
pub async fn confirm(app: &App, asking: &Asking<'_>, person: Id, given: &Given<'_>) -> Result<bool> {
    Ok(check(app, asking, given).await?.is_some_and(|(user, _)| user.person == person))
}

/// A name as it is stored.
pub fn name(typed: &str) -> String {
    typed.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}
