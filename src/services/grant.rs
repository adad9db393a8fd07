//! Clients, codes, tokens and sessions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

use super::attempts::{Attempt, Begun};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::address::Address;
use crate::model::budget::day;
use crate::model::id::Id;
use crate::model::ledger::Work;
use crate::model::scope::Scopes;
use crate::model::time::{DAY, MINUTE, Time};
use crate::model::user::{Grant, User};
use crate::store;
use crate::store::apps::Client;
use crate::store::tokens::{Code, NewToken};

const CODE_LIFETIME: i64 = 10 * MINUTE;
pub const SESSION_LIFETIME: i64 = 30 * DAY;

/// SHA-256: secrets are stored hashed.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Whether a stranger may register a client. Anybody may do so from any number of addresses, and it is a row that stays for a
/// while: where there is little room or little of the day left, that is for who is here already.
///
/// Errors: `Spent` where clients wait for the next day, `Unavailable` where the database is full.
pub fn may_register(app: &App) -> Result<()> {
    if !app.allows(Work::Inbox) {
        return Err(Error::Spent("clients wait for the next day".into()));
    }
    match app.fill() {
        Some(fill) if fill.is_closed(false) => Err(Error::Unavailable("The database is full".into())),
        _ => Ok(()),
    }
}

/// Registers a client; returns it with its secret, which is not stored.
pub async fn register_client(
    app: &App,
    name: &str,
    website: Option<String>,
    redirect_uris: Vec<String>,
    scopes: &Scopes,
) -> Result<(Client, String)> {
    let secret = app.random.token();
    let client = Client {
        id: app.new_id(),
        name: name.to_owned(),
        website,
        redirect_uris,
        scopes: scopes.to_string(),
        client_id: app.random.token(),
        secret_hash: String::new(),
    };
    store::write(&app.db, vec![store::apps::insert(&client, hash(&secret), app.now())]).await?;
    Ok((client, secret))
}

/// A client by its id and secret. Error: `OAuth` 401 invalid_client.
pub async fn authenticate_client(app: &App, client_id: &str, secret: &str) -> Result<Client> {
    let wrong = || {
        Error::OAuth(
            401,
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported \
             authentication method."
                .into(),
        )
    };
    let client = store::load(&app.db, store::apps::by_client_id(client_id)).await?.ok_or_else(wrong)?;
    let given: String = hash(secret).iter().map(|b| format!("{b:02X}")).collect();
    if super::password::is_equal(given.as_bytes(), client.secret_hash.as_bytes()) {
        Ok(client)
    } else {
        Err(wrong())
    }
}

/// Issues a token; returns it and its creation time. Tokens are stored hashed, so an earlier one cannot be
/// returned again: each grant has its own token.
pub async fn issue(app: &App, client: Id, user: Option<Id>, scopes: &str) -> Result<(String, Time)> {
    issue_to(app, client, user, None, scopes).await
}

/// As [`issue`], for who waits where there is no user yet.
pub async fn issue_to(
    app: &App,
    client: Id,
    user: Option<Id>,
    application: Option<Id>,
    scopes: &str,
) -> Result<(String, Time)> {
    let token = app.random.token();
    let row = NewToken {
        hash: hash(&token),
        id: app.new_id(),
        app_id: client,
        user_id: user,
        application_id: application,
        scopes: scopes.to_owned(),
    };
    let now = app.now();
    let mut batch = vec![store::tokens::insert(&row, now)];
    if user.or(application).is_none() {
        batch.push(store::tokens::delete_oldest_of_client(client));
    }
    store::write(&app.db, batch).await?;
    Ok((token, now))
}

/// A code that the client may exchange for a token, once, within ten minutes.
pub async fn authorize(
    app: &App,
    client: &Client,
    user: &User,
    redirect_uri: &str,
    scopes: &Scopes,
    code_challenge: Option<String>,
) -> Result<String> {
    let code = app.random.token();
    let row = Code {
        app_id: client.id,
        user_id: user.id,
        redirect_uri: redirect_uri.to_owned(),
        scopes: scopes.to_string(),
        code_challenge,
        expires_at: app.now().plus(CODE_LIFETIME),
    };
    store::write(&app.db, vec![store::tokens::insert_code(hash(&code), &row)]).await?;
    Ok(code)
}

/// Exchanges a code for a token: returns token, scopes and time.
///
/// Error: `OAuth` 400 invalid_grant where the code is unknown, used, expired, another client's, or where
/// redirect URI or verifier (RFC 7636) do not match it.
pub async fn redeem(
    app: &App,
    client: &Client,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<(String, String, Time)> {
    let wrong = || {
        Error::OAuth(
            400,
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in \
             the authorization request, or was issued to another client."
                .into(),
        )
    };
    let code =
        store::load(&app.db, store::tokens::take_code(hash(code), client.id)).await?.ok_or_else(wrong)?;
    // A verifier without a challenge: somebody removed the challenge from the authorization request (RFC
    // 9700, section 4.8.2).
    let is_proven = match (&code.code_challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => is_verifier(verifier) && is_challenge_of(verifier, challenge),
        (None, Some(_)) | (Some(_), None) => false,
    };
    if code.expires_at < app.now() || code.redirect_uri != redirect_uri || !is_proven {
        return Err(wrong());
    }
    let (token, at) = issue(app, client.id, Some(code.user_id), &code.scopes).await?;
    Ok((token, code.scopes, at))
}

/// 43 to 128 unreserved characters (RFC 7636, section 4.1).
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// Whether a challenge can be one of the method S256: base64url of 32 bytes (RFC 7636, section 4.2).
pub fn is_challenge(text: &str) -> bool {
    text.len() == 43 && BASE64.decode(text).is_ok()
}

fn is_challenge_of(verifier: &str, challenge: &str) -> bool {
    let ours = BASE64.encode(Sha256::digest(verifier.as_bytes()));
    super::password::is_equal(ours.as_bytes(), challenge.as_bytes())
}

/// Revokes a token of this client. Unknown ones are no error (RFC 7009); another client's is.
pub async fn revoke(app: &App, client: &Client, token: &str) -> Result<()> {
    let (_, known) =
        store::load(&app.db, (store::apps::by_id(client.id), store::tokens::grant(hash(token)))).await?;
    if let Some((grant, _)) = known
        && grant.app_id != client.id
    {
        return Err(Error::OAuth(
            403,
            "unauthorized_client",
            "You are not authorized to revoke this token".into(),
        ));
    }
    store::write(&app.db, vec![store::tokens::delete(hash(token), client.id)]).await?;
    Ok(())
}

/// Notes that the token of this hash is used today: one more round trip, once a day. Its owner sees which apps are in use.
pub async fn note_use(app: &App, grant: &Grant, token_hash: Vec<u8>) {
    let today = day(app.now());
    if grant.used_on >= today {
        return;
    }
    if let Err(error) = store::write(&app.db, vec![store::tokens::note_use(token_hash, today)]).await {
        crate::platform::log_failure("the use of a token", &error);
    }
}

/// Notes that somebody reads pages today: one more round trip, once a day. The use of an app is noted with its token.
pub async fn note_seen(app: &App, user: &User) {
    let today = day(app.now());
    if user.seen_on >= today {
        return;
    }
    if let Err(error) = store::write(&app.db, vec![store::users::note_seen(user.id, today)]).await {
        crate::platform::log_failure("who is here", &error);
    }
}

/// The result of checking a password or code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    Right,
    Wrong,
    /// Too many failures: not before this time.
    Wait(Time),
}

/// Checks a local account's password, where a page asks for it in addition to the session `secret`.
pub async fn confirm(app: &App, account: &Account, secret: &str, password: &str) -> Result<Confirmed> {
    let series = store::load(&app.db, store::sessions::series(hash(secret))).await?;
    // It has ended, or has another secret since.
    let Some(series) = series else { return Ok(Confirmed::Wrong) };
    let attempt = Attempt::by_session(app, series);
    let login = store::sessions::login(&account.username, std::slice::from_ref(&account.domain), "");
    let found = match attempt.begin(app, login).await? {
        Begun::May(found) => found,
        Begun::Wait(until) => return Ok(Confirmed::Wait(until)),
    };
    let is_right = match found {
        Some(found) if found.user.account_id == account.id => {
            super::password::verify(app, password, &found.password).await?
        }
        _ => false,
    };
    ended(app, &attempt, is_right).await
}

/// Checks the set-up code.
pub async fn confirm_set_up(app: &App, wanted: &str, given: &str, address: Address) -> Result<Confirmed> {
    let attempt = Attempt::at_set_up(app, address);
    if let Begun::Wait(until) = attempt.begin(app, store::site::settings()).await? {
        return Ok(Confirmed::Wait(until));
    }
    let is_right = super::password::is_equal(plain_code(given).as_bytes(), plain_code(wanted).as_bytes());
    ended(app, &attempt, is_right).await
}

/// A set-up code as it is compared: people type it from another screen, and a phone writes the first letter large.
fn plain_code(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_lowercase).collect()
}

pub(super) async fn ended(app: &App, attempt: &Attempt, is_right: bool) -> Result<Confirmed> {
    if !is_right {
        return Ok(Confirmed::Wrong);
    }
    store::write(&app.db, vec![attempt.succeeded()]).await?;
    Ok(Confirmed::Right)
}

/// The user of a session's secret, suspended and frozen ones as well.
pub async fn session(app: &App, secret: &str) -> Result<Option<(User, Account)>> {
    store::load(&app.db, session_of(app, secret)).await
}

/// Like [`session`], to be read together with something else.
pub fn session_of(app: &App, secret: &str) -> store::Query<Option<(User, Account)>> {
    store::sessions::user(hash(secret), app.now())
}

/// Uses another identity of the same person in the session `secret`; returns the session's new secret. Error: `NotFound`
/// where it is none.
pub async fn switch(app: &App, secret: &str, account: Id) -> Result<String> {
    let next = app.random.token();
    let leave = store::sessions::leave(hash(secret));
    let switch = store::sessions::switch(hash(secret), hash(&next), account);
    let switched = store::write(&app.db, vec![leave, switch]).await?;
    if switched.last().is_none_or(Vec::is_empty) { Err(Error::NotFound) } else { Ok(next) }
}

/// Changes the password of a person, for all their identities; sessions but this one end, apps go on.
///
/// Error: `Invalid` as [`super::register::create`].
pub async fn change_password(
    app: &App,
    user: &User,
    account: &Account,
    secret: &str,
    new: &str,
) -> Result<()> {
    super::register::check_password(new, &account.username)?;
    let stored = super::password::hash(app, new).await?;
    store::write(&app.db, store::users::change_password(user.person, &stored, hash(secret))).await?;
    Ok(())
}

/// Ends a session of the person, or all but this one.
pub async fn end_session(app: &App, user: &User, secret: &str, series: Option<Id>) -> Result<()> {
    store::write(&app.db, vec![store::sessions::end(user.person, series, hash(secret))]).await?;
    Ok(())
}

/// Revokes a token of one of the person's apps: its streams and push messages end with it.
pub async fn end_app(app: &App, user: &User, token: Id) -> Result<()> {
    store::write(&app.db, vec![store::tokens::delete_of_person(token, user.person)]).await?;
    Ok(())
}

pub async fn sign_out(app: &App, secret: &str) -> Result<()> {
    store::write(&app.db, vec![store::sessions::delete(hash(secret))]).await?;
    Ok(())
}
