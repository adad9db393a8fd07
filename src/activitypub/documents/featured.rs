//! What a local profile features, as other servers read it: pinned statuses and hashtags.

use serde_json::{Value, json};

use super::actors::{account, served};
use super::notes::notes;
use crate::activitypub::wire::render::collection;
use crate::activitypub::wire::render::tag::hashtag;
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::uri;
use crate::store;

/// `GET …/collections/featured`: the notes that are public or unlisted. The same for every reader, so that it shows
/// nothing of blocks.
pub async fn statuses(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let views = store::load(&c.app.db, store::timelines::pinned(account.id, None)).await?;
    let items = notes(c, &views).await?;
    let id = account.featured_url.unwrap_or_default();
    let mut body = collection::outline(&id, items.len() as i64, None);
    if let Value::Object(map) = &mut body {
        map.insert("orderedItems".into(), json!(items));
    }
    Ok(served(body))
}

/// `GET …/collections/tags`.
pub async fn tags(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let names = store::load(&c.app.db, store::tags::featured_names(account.id)).await?;
    let origin = c.app.origin_of(&account);
    let items: Vec<Value> = names.iter().map(|name| hashtag(name, &origin)).collect();
    let id = uri::featured_tags(&account.uri);
    Ok(served(json!({"id": id, "type": "Collection", "totalItems": items.len(), "items": items})))
}
