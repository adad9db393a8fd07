//! Subscriptions: of apps, by their token, and of browsers, by their session.

use sha2::{Digest, Sha256};

use super::encrypt::Receiver;
use super::send::policy;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::push::{Subscription, Wishes};
use crate::platform::guard::SafeUrl;
use crate::services::keys;
use crate::store;
use crate::store::push::{Holder, Keys};

/// What a client says of its subscription at a push service.
pub struct Given<'a> {
    pub endpoint: &'a str,
    /// Base64url: the client's public key, and its secret.
    pub p256dh: &'a str,
    pub auth: &'a str,
    /// aes128gcm (RFC 8291), not aesgcm.
    pub is_standard: bool,
    pub wishes: Wishes,
}

/// The key of the subscription of a browser: one for each account that is used in its session.
pub fn key_of_browser(series: Id, account: Id) -> Vec<u8> {
    Sha256::digest(format!("browser {series} {account}").as_bytes()).to_vec()
}

/// Stores a subscription in the place of the one with the same key; `token` is the app's, which its messages name, and empty for a
/// browser. `None` where token or session ended a moment ago.
///
/// Error: `Invalid` where the endpoint is none that may be asked, or a key is none.
pub async fn subscribe(
    app: &App,
    account: Id,
    (key, holder): (Vec<u8>, Holder),
    token: &str,
    given: Given<'_>,
) -> Result<Option<Subscription>> {
    if given.endpoint.is_empty() {
        return Err(Error::validation("Endpoint can't be blank"));
    }
    let endpoint = SafeUrl::check(given.endpoint, &policy(app))
        .map_err(|_| Error::validation("Endpoint is not a valid URL"))?;
    if app.site().is_ours(endpoint.as_str()) {
        return Err(Error::validation("Endpoint is not a valid URL"));
    }
    let receiver = Receiver::read(&app.crypto, given.p256dh, given.auth)
        .await?
        .ok_or_else(|| Error::validation("Key p256dh or auth is not a valid key"))?;
    keys::keep_vapid(app).await?;
    // Decision 0008: messages name the app's token, and tokens are stored hashed.
    let secrets = [receiver.auth.as_slice(), token.as_bytes()].concat();
    let secrets = keys::seal(app, &secrets, &key).await?;
    let subscription = Subscription {
        // Android reads it as a number of 32 bits.
        id: Id((app.random.u64() >> 33) as i64),
        endpoint: endpoint.as_str().to_owned(),
        is_standard: given.is_standard,
        wishes: given.wishes,
    };
    let stored = Keys { token_hash: key.clone(), holder, public_key: receiver.point, secrets };
    let batch = store::push::replace(account, &subscription, stored, app.now());
    Ok(store::write_then(&app.db, batch, store::push::of_token(key)).await?.1)
}
