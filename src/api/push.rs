//! <https://docs.joinmastodon.org/methods/push/>

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::http::authorization::bearer;
use crate::http::handler::{Context, Route};
use crate::http::params;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::push::{ALERTS, PushPolicy, Subscription, Wishes};
use crate::model::user::Viewer;
use crate::platform::guard::SafeUrl;
use crate::services::{grant, keys};
use crate::store;
use crate::store::push::Keys;
use crate::webpush::encrypt::Receiver;
use crate::webpush::send::policy;

pub fn routes() -> Vec<Route> {
    const PATH: &str = "/api/v1/push/subscription";
    vec![
        Route::new("POST", PATH, crate::user!("push", create)),
        Route::new("GET", PATH, crate::user!("push", show)),
        Route::new("PUT", PATH, crate::user!("push", change)),
        Route::new("PATCH", PATH, crate::user!("push", change)),
        Route::new("DELETE", PATH, crate::user!("push", remove)),
    ]
}

/// <https://docs.joinmastodon.org/entities/WebPushSubscription/>. The id is a number, as Mastodon's.
fn entity(c: &Context<'_>, subscription: &Subscription) -> Response {
    let wishes = &subscription.wishes;
    let alerts: Map<String, Value> =
        ALERTS.iter().map(|alert| ((*alert).to_owned(), json!(wishes.alerts.contains(alert)))).collect();
    Response::json(&json!({
        "id": subscription.id.0,
        "endpoint": subscription.endpoint,
        "standard": subscription.is_standard,
        "alerts": alerts,
        "server_key": c.app.site().push_key(),
        "policy": wishes.policy.as_str(),
    }))
}

/// The request's token.
fn token(c: &Context<'_>) -> Result<String> {
    bearer(c.request, &c.params).ok_or_else(Error::invalid_token)
}

fn text<'a>(c: &'a Context<'_>, path: &[&str]) -> &'a str {
    c.params.get_path(path).and_then(params::Value::as_text).unwrap_or("").trim()
}

/// `data[alerts][…]` and `data[policy]`. An unknown type of alert is ignored. Error: `Unprocessable` for an unknown policy.
fn wishes(c: &Context<'_>) -> Result<Wishes> {
    let alerts = ALERTS.into_iter().filter(|alert| {
        c.params.get_path(&["data", "alerts", alert]).and_then(params::Value::as_bool).unwrap_or(false)
    });
    let policy = match text(c, &["data", "policy"]) {
        "" => PushPolicy::All,
        name => {
            PushPolicy::parse(name).ok_or_else(|| Error::validation("Policy is not included in the list"))?
        }
    };
    Ok(Wishes { alerts: alerts.collect(), policy })
}

async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    if c.params.value("subscription").is_none_or(|v| *v == params::Value::Null) {
        return Err(Error::bad_request("param is missing or the value is empty: subscription"));
    }
    let given = text(c, &["subscription", "endpoint"]);
    if given.is_empty() {
        return Err(Error::validation("Endpoint can't be blank"));
    }
    let endpoint = SafeUrl::check(given, &policy(c.app))
        .map_err(|_| Error::validation("Endpoint is not a valid URL"))?;
    if c.app.site().is_ours(endpoint.as_str()) {
        return Err(Error::validation("Endpoint is not a valid URL"));
    }
    let (p256dh, auth) =
        (text(c, &["subscription", "keys", "p256dh"]), text(c, &["subscription", "keys", "auth"]));
    let receiver = Receiver::read(&c.app.crypto, p256dh, auth)
        .await?
        .ok_or_else(|| Error::validation("Key p256dh or auth is not a valid key"))?;
    let is_standard =
        c.params.get_path(&["subscription", "standard"]).and_then(params::Value::as_bool).unwrap_or(false);
    let wishes = wishes(c)?;
    keys::keep_vapid(c.app).await?;
    let token = token(c)?;
    let token_hash = grant::hash(&token);
    // Decision 0008: messages name the app's token, and tokens are stored hashed.
    let secrets = [receiver.auth.as_slice(), token.as_bytes()].concat();
    let secrets = keys::seal(c.app, &secrets, &token_hash).await?;
    let subscription = Subscription {
        // Android reads it as a number of 32 bits.
        id: Id((c.app.random.u64() >> 33) as i64),
        endpoint: endpoint.as_str().to_owned(),
        is_standard,
        wishes,
    };
    let stored = Keys { token_hash: token_hash.clone(), public_key: receiver.point, secrets };
    let batch = store::push::replace(viewer.account.id, &subscription, stored, c.app.now());
    let (_, stored) = store::write_then(&c.app.db, batch, store::push::of_token(token_hash)).await?;
    // Without a row the token was revoked a moment ago.
    Ok(entity(c, &stored.ok_or_else(Error::invalid_token)?))
}

async fn show(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let found = store::load(&c.app.db, store::push::of_token(grant::hash(&token(c)?))).await?;
    Ok(entity(c, &found.ok_or(Error::NotFound)?))
}

async fn change(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let query = store::push::update(grant::hash(&token(c)?), &wishes(c)?);
    let changed = store::load(&c.app.db, query).await?;
    Ok(entity(c, &changed.ok_or(Error::NotFound)?))
}

async fn remove(c: &Context<'_>, _: Viewer) -> Result<Response> {
    store::write(&c.app.db, vec![store::push::delete(grant::hash(&token(c)?))]).await?;
    Ok(Response::empty_object())
}
