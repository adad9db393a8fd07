//! Whose signature it is: by the stored key, else by the one that its server has now.

use serde_json::{Value, json};

use super::{fetch, resolve};
use crate::activitypub::wire::signature::key::PublicKey;
use crate::activitypub::wire::signature::{self, Candidate};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::request::Request;
use crate::model::account::Account;
use crate::model::time::DAY;
use crate::services;
use crate::store;
use crate::text::acct::{self, Acct};

/// Who made this signature. `known` is what the database has for the key's id, `source` who sent it ([`Request::source`]).
///
/// Where the stored key does not verify, it is fetched again once: it may have been changed without an Update.
/// An account whose server answers 410 then is removed here as well.
/// Errors: `Unauthorized` where it does not verify, `Gone` where its account is, `Remote` where their server does not
/// answer, or with an error.
pub async fn verify(
    app: &App,
    source: Option<&str>,
    candidate: &Candidate,
    known: Option<Account>,
) -> Result<Account> {
    let wrong = || Error::Unauthorized("The signature does not verify".into());
    let key_id = &candidate.key_id;
    if app.site().is_ours(key_id) {
        return Err(wrong());
    }
    if let Some(known) = &known
        && is_by(app, candidate, known).await?
    {
        return Ok(known.clone());
    }
    let host = vocab::host(key_id).unwrap_or_else(|| key_id.rsplit('@').next().unwrap_or("").to_lowercase());
    app.shared.failed_keys.borrow().check(key_id, &host, source, app.now())?;
    let found = match owner(app, candidate, known.clone()).await {
        Ok(Some(owner)) => return Ok(owner),
        Ok(None) => wrong(),
        Err(error) if error.is_ours() => return Err(error),
        Err(error) => error,
    };
    app.shared.failed_keys.borrow_mut().add(key_id, &host, source, &found, app.now());
    match found {
        Error::Remote { .. } | Error::Unauthorized(_) => Err(found),
        Error::Gone => {
            let address = key_id.split('#').next();
            if let Some(known) = known.filter(|known| Some(known.uri.as_str()) == address) {
                services::remove::remote_account(app, &known).await?;
            }
            Err(Error::Gone)
        }
        _ => Err(Error::Unauthorized("The key of the signature could not be fetched".into())),
    }
}

/// Whether it was made with the key of this account that is stored.
pub async fn is_by(app: &App, candidate: &Candidate, account: &Account) -> Result<bool> {
    match account.key(&candidate.key_id) {
        Some(key) => candidate.check(&app.crypto, &PublicKey::from_stored(key)).await,
        None => Ok(false),
    }
}

/// The key's owner as their server has them now: the actor at the key's URL, or the one that a key document names and
/// that names the key as well. Of a profile that was fetched within a day only the keys are updated. Nothing is stored, and
/// nobody answered, where the key did not make the signature: anybody may name the keys of others.
async fn owner(app: &App, candidate: &Candidate, known: Option<Account>) -> Result<Option<Account>> {
    let key_id = &candidate.key_id;
    let handle = if key_id.starts_with("acct:") {
        let Some(Acct { username, domain: Some(domain) }) = acct::parse(key_id) else {
            return Err(Error::NotFound);
        };
        Some((username, domain))
    } else {
        None
    };
    let document = match &handle {
        Some((username, domain)) => {
            let address = resolve::address_of_handle(app, username, domain).await?;
            fetch::document(app, &address).await?
        }
        None => actor_of(app, key_id).await?,
    };
    let read = vocab::actor::read(&document, app.now())?;
    let mut named = read.clone();
    if let Some((username, domain)) = handle {
        (named.username, named.domain) = (username, domain);
    }
    if !is_by(app, candidate, &named).await? {
        return Ok(None);
    }
    let fresh = known.filter(|k| vocab::id(&document) == Some(k.uri.as_str()));
    let fresh = fresh.filter(|k| k.fetched_at.is_some_and(|at| app.now().0 - at.0 < DAY));
    let Some(known) = fresh else { return resolve::store_actor(app, &document).await.map(Some) };
    let renewed = Account {
        public_key_id: read.public_key_id,
        public_key: read.public_key,
        more_keys: read.more_keys,
        ..known
    };
    store::write(&app.db, vec![store::accounts::set_keys(&renewed)]).await?;
    Ok(Some(renewed))
}

/// The actor document that lists this key, with the key in it.
async fn actor_of(app: &App, key_id: &str) -> Result<Value> {
    let url = key_id.split('#').next().unwrap_or(key_id);
    let document = fetch::key(app, url).await?;
    if vocab::actor::is_actor(&document) && vocab::link_of(&document, "inbox").is_some() {
        return Ok(document);
    }
    // A key at a URL of its own: its owner is fetched, and must list the key.
    let owner = vocab::link_of(&document, "owner")
        .or_else(|| vocab::link_of(&document, "controller"))
        .or_else(|| vocab::first(&document, "publicKey").and_then(|k| vocab::link_of(k, "owner")))
        .filter(|o| vocab::is_same_host(o, key_id))
        .ok_or(Error::NotFound)?;
    let mut actor = fetch::document(app, owner).await?;
    match vocab::actor::keys(&actor, owner).into_iter().find(|(id, _)| id == key_id) {
        None => Err(Error::NotFound),
        Some((_, Some(_))) => Ok(actor),
        // The actor has only the id: the key is that of its own document.
        Some((_, None)) if vocab::id(&document) == Some(key_id) => {
            let mut keys: Vec<Value> = vocab::list(&actor, "publicKey").into_iter().cloned().collect();
            keys.push(document);
            if let Value::Object(map) = &mut actor {
                map.insert("publicKey".into(), json!(keys));
            }
            Ok(actor)
        }
        Some(_) => Err(Error::NotFound),
    }
}

/// Reads a request's signature for the domain of ours that it was sent to.
pub fn prepare(app: &App, request: &Request) -> Result<Candidate> {
    signature::prepare(request, &app.domain_asked(request).web_origin, app.now())
}
