//! Followers synchronisation (FEP-8fcf): the list that another server compares with its own.

use super::actors::{account, served};
use super::readers;
use crate::activitypub::wire::sync::{MAX_FOLLOWERS, origin};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::store;
use serde_json::json;

/// `GET …/followers_synchronization`: who of the asking server follows. Signed requests only.
pub async fn followers(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let reader = readers::signed(c).await?;
    let prefix = origin(&reader.uri).map(|o| format!("{o}/")).ok_or(Error::NotFound)?;
    let uris =
        store::load(&c.app.db, store::threads::follower_uris(account.id, &prefix, MAX_FOLLOWERS)).await?;
    let id = format!("{}_synchronization", account.followers_url.unwrap_or_default());
    let body = json!({"id": id, "type": "OrderedCollection", "orderedItems": uris});
    Ok(served(body).with("Cache-Control", "private, max-age=0"))
}
