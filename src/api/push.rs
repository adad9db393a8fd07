//! <https://docs.joinmastodon.org/methods/push/>

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::http::authorization::bearer;
use crate::http::handler::{Context, Route};
use crate::http::params;
use crate::http::response::Response;
use crate::model::push::{ALERTS, PushPolicy, Subscription, Wishes};
use crate::model::user::Viewer;
use crate::services::grant;
use crate::store;
use crate::store::push::Holder;
use crate::webpush::subscribe::{Given, subscribe};

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
    let token = token(c)?;
    let given = Given {
        endpoint: text(c, &["subscription", "endpoint"]),
        p256dh: text(c, &["subscription", "keys", "p256dh"]),
        auth: text(c, &["subscription", "keys", "auth"]),
        is_standard: c
            .params
            .get_path(&["subscription", "standard"])
            .and_then(params::Value::as_bool)
            .unwrap_or(false),
        wishes: wishes(c)?,
    };
    let holder = (grant::hash(&token), Holder::Token);
    let stored = subscribe(c.app, viewer.account.id, holder, &token, given).await?;
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
