//! Private keys: generated in advance, encrypted at rest.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::id::Id;
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
    let nonce = app.random.bytes(NONCE);
    let sealed = app
        .crypto
        .seal(&app.config.sealing_key, &nonce_of(&nonce)?, &pair.private_pkcs8, &pair.public_spki)
        .await?;
    let key =
        SealedKey { id: app.new_id(), public_key: pair.public_spki, private_key: [nonce, sealed].concat() };
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
    let (nonce, sealed) = key
        .private_key
        .split_at_checked(NONCE)
        .ok_or_else(|| Error::internal("a stored private key is too short"))?;
    app.crypto.open(&app.config.sealing_key, &nonce_of(nonce)?, sealed, &key.public_key).await
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
