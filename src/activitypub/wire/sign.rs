//! Signing our requests.

use std::rc::Rc;

use super::signature::{self, SigningKey, Spec};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::platform::guard::SafeUrl;
use crate::services;
use crate::store;

/// The private key of a local account, decrypted once per isolate.
pub async fn key_of(app: &App, account: Id) -> Result<Rc<SigningKey>> {
    if let Some(key) = app.shared.key(account) {
        return Ok(key);
    }
    let (account_row, sealed) =
        store::load(&app.db, (store::accounts::by_id(account), store::keys::of_account(account))).await?;
    let (Some(account_row), Some(sealed)) = (account_row, sealed) else {
        return Err(Error::Internal(format!("account {account} has no key")));
    };
    let key = Rc::new(SigningKey {
        key_id: account_row.key_id(),
        private_pkcs8: services::keys::unseal(app, &sealed).await?,
    });
    app.shared.keep_key(account, key.clone());
    Ok(key)
}

/// The instance actor's key. Error: `Unavailable` before set-up.
pub async fn instance_key(app: &App) -> Result<Rc<SigningKey>> {
    let actor =
        app.site().actor_id.ok_or_else(|| Error::Unavailable("this instance is not set up".into()))?;
    key_of(app, actor).await
}

/// The headers of a signed request, User-Agent included.
pub async fn headers(
    app: &App,
    key: &SigningKey,
    spec: Spec,
    method: &str,
    url: &SafeUrl,
    body: Option<&[u8]>,
) -> Result<Vec<(String, String)>> {
    app.meter.add(|c| c.signatures += 1);
    let mut headers = signature::sign(&app.crypto, key, spec, method, url, body, app.now()).await?;
    headers.push(("User-Agent".into(), app.config.user_agent()));
    Ok(headers)
}
