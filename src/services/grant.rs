//! Clients, codes, tokens, sessions: who may act for whom.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::scope::Scopes;
use crate::model::site::Domain;
use crate::model::time::{DAY, MINUTE, Time};
use crate::model::user::User;
use crate::store;
use crate::store::apps::Client;
use crate::store::tokens::{Code, NewToken};

const CODE_LIVES: i64 = 10 * MINUTE;
pub const SESSION_LIVES: i64 = 30 * DAY;

/// SHA-256: as secrets are stored.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Registers a client; answers it with its secret, which is not kept.
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

/// A new token; answers its text and when it was made. Tokens are stored hashed, so that one which was
/// given before cannot be given again: each grant is a token of its own.
pub async fn issue(app: &App, client: Id, user: Option<Id>, scopes: &str) -> Result<(String, Time)> {
    let token = app.random.token();
    let row = NewToken {
        hash: hash(&token),
        id: app.new_id(),
        app_id: client,
        user_id: user,
        scopes: scopes.to_owned(),
    };
    let now = app.now();
    store::write(&app.db, vec![store::tokens::insert(&row, now)]).await?;
    Ok((token, now))
}

/// A code that the client may change into a token, once, within ten minutes.
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
        expires_at: app.now().plus(CODE_LIVES),
    };
    store::write(&app.db, vec![store::tokens::insert_code(hash(&code), &row)]).await?;
    Ok(code)
}

/// Changes a code into a token: its text, scopes and time.
///
/// Error: `OAuth` 400 invalid_grant where the code is unknown, used, too old, another client's, or
/// where redirect URI or verifier (RFC 7636) are not those it was given for.
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
    let is_proven = match (&code.code_challenge, verifier) {
        (None, _) => true,
        (Some(challenge), Some(verifier)) => BASE64.encode(Sha256::digest(verifier.as_bytes())) == *challenge,
        (Some(_), None) => false,
    };
    if code.expires_at < app.now() || code.redirect_uri != redirect_uri || !is_proven {
        return Err(wrong());
    }
    let (token, at) = issue(app, client.id, Some(code.user_id), &code.scopes).await?;
    Ok((token, code.scopes, at))
}

/// Ends a token of this client. Unknown ones are no error (RFC 7009); another client's is.
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

/// Signs a person in: user name (of `domain`, where it names none), handle or e-mail address, and password.
/// Answers the session's secret.
///
/// Error: `Unauthorized`, the same for an unknown name and a wrong password, after the same work.
pub async fn sign_in(app: &App, name: &str, password: &str, domain: &Domain) -> Result<(User, String)> {
    // What verifying costs is also paid where nobody has that name.
    const NOBODY: &str =
        "pbkdf2-sha256$100000$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let name = name.trim().trim_start_matches('@');
    let site = app.site();
    let (name, domain) = match name.rsplit_once('@') {
        Some((before, after)) => match site.find_domain(&after.to_lowercase()) {
            Some(ours) => (before, ours),
            None => (name, domain),
        },
        None => (name, domain),
    };
    let found = store::load(&app.db, store::sessions::login(name, &domain.handle_domain)).await?;
    let stored = found.as_ref().map_or(NOBODY, |(_, stored)| stored.as_str());
    let is_right = super::password::verify(app, password, stored).await?;
    match found {
        Some((user, _)) if is_right => {
            let session = open_session(app, &user).await?;
            Ok((user, session))
        }
        _ => Err(Error::Unauthorized("Wrong handle or password".into())),
    }
}

/// Whether this is a local account's password, where more than a session is asked for.
pub async fn confirm(app: &App, account: &Account, password: &str) -> Result<bool> {
    match store::load(&app.db, store::sessions::login(&account.username, &account.domain)).await? {
        Some((user, stored)) if user.account_id == account.id => {
            super::password::verify(app, password, &stored).await
        }
        _ => Ok(false),
    }
}

/// A browser session; answers its secret.
pub async fn open_session(app: &App, user: &User) -> Result<String> {
    let secret = app.random.token();
    let now = app.now();
    store::write(
        &app.db,
        vec![store::sessions::insert(hash(&secret), user.id, now, now.plus(SESSION_LIVES))],
    )
    .await?;
    Ok(secret)
}

/// The person behind a session's secret; nobody where they are suspended.
pub async fn session(app: &App, secret: &str) -> Result<Option<(User, Account)>> {
    let found = store::load(&app.db, store::sessions::user(hash(secret), app.now())).await?;
    Ok(found.filter(|(_, account)| !account.is_suspended()))
}

pub async fn sign_out(app: &App, secret: &str) -> Result<()> {
    store::write(&app.db, vec![store::sessions::delete(hash(secret))]).await?;
    Ok(())
}
