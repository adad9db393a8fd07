//! Private keys: generated in advance, encrypted at rest.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::site::Vapid;
use crate::platform::keys::P256;
use crate::store;
use crate::store::keys::SealedKey;

const NONCE: usize = 12;

/// A key pair without an account: the spare one, or a new one. Committing an account with it
/// (`store::accounts::insert_local`) uses it up.
pub async fn take(app: &App) -> Result<SealedKey> {
    if let Some(spare) = store::load(&app.db, store::keys::spare()).await? {
        return Ok(spare);
    }
    make(app).await
}

/// Generates a pair and stores it as a spare.
pub async fn make(app: &App) -> Result<SealedKey> {
    let pair = app.crypto.rsa_generate().await?;
    let private_key = seal(app, &pair.private_pkcs8, &pair.public_spki).await?;
    let key = SealedKey { id: app.new_id(), public_key: pair.public_spki, private_key };
    store::write(&app.db, vec![store::keys::insert(&key, None, app.now())]).await?;
    Ok(key)
}

/// Makes sure that there is a spare key for the next sign-up; run by cron.
pub async fn keep_spare(app: &App) -> Result<()> {
    if store::load(&app.db, store::keys::count_spare()).await? == 0 {
        make(app).await?;
    }
    Ok(())
}

/// The private key (PKCS#8) of a stored pair.
pub async fn unseal(app: &App, key: &SealedKey) -> Result<Vec<u8>> {
    open(app, &key.private_key, &key.public_key).await
}

/// A secret as it is stored: a new nonce, then the secret encrypted. It opens for the same `belongs_to` only.
pub async fn seal(app: &App, secret: &[u8], belongs_to: &[u8]) -> Result<Vec<u8>> {
    let nonce = app.random.bytes(NONCE);
    let sealed = app.crypto.seal(&app.config.sealing_key, &nonce_of(&nonce)?, secret, belongs_to).await?;
    Ok([nonce, sealed].concat())
}

/// The secret that [`seal`] has sealed.
pub async fn open(app: &App, stored: &[u8], belongs_to: &[u8]) -> Result<Vec<u8>> {
    let (nonce, sealed) =
        stored.split_at_checked(NONCE).ok_or_else(|| Error::internal("a sealed secret is too short"))?;
    app.crypto.open(&app.config.sealing_key, &nonce_of(nonce)?, sealed, belongs_to).await
}

/// A new key for push messages (RFC 8292).
pub async fn new_vapid(app: &App) -> Result<Vapid> {
    let key = app.crypto.p256_generate().await?;
    let sealed = seal(app, &key.private, &key.point).await?;
    Ok(Vapid { public_key: BASE64.encode(key.point), sealed: BASE64.encode(sealed) })
}

/// Makes sure that there is a key for push messages: set-up makes one, and instances that are older have none.
pub async fn keep_vapid(app: &App) -> Result<()> {
    if app.site().vapid.is_some() {
        return Ok(());
    }
    store::write(&app.db, vec![store::site::insert_vapid(&new_vapid(app).await?)]).await?;
    // Another isolate may have been first.
    super::install::reload(app).await
}

/// The private key for push messages.
pub async fn vapid(app: &App, stored: &Vapid) -> Result<P256> {
    let wrong = || Error::internal("the key for push messages is not readable");
    let decode = |text: &str| BASE64.decode(text).map_err(|_| wrong());
    let point = decode(&stored.public_key)?;
    let private = open(app, &decode(&stored.sealed)?, &point).await?;
    Ok(P256 {
        private: private.try_into().map_err(|_| wrong())?,
        point: point.try_into().map_err(|_| wrong())?,
    })
}

/// The private key of a local account.
pub async fn of_account(app: &App, account: Id) -> Result<Vec<u8>> {
    let key = store::load(&app.db, store::keys::of_account(account))
        .await?
        .ok_or_else(|| Error::Internal(format!("account {account} has no key")))?;
    unseal(app, &key).await
}

fn nonce_of(bytes: &[u8]) -> Result<[u8; NONCE]> {
    bytes.try_into().map_err(|_| Error::internal("a nonce has the wrong length"))
}
