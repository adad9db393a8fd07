//! Custom emojis of the instance, at the ids under which notes, actors and reactions name them.

use serde_json::{Value, json};

use super::actors::served;
use crate::activitypub::wire::render;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Emoji;
use crate::store;

/// `GET /emojis/{shortcode}`: an `Emoji` (<https://docs.joinmastodon.org/spec/activitypub/#Emoji>) with its `name`,
/// `icon` and, where it is known, the time of its picture in `updated`. Of the instance, so it is for everybody, as
/// its actor is; each of our domains has it under its own ids.
pub async fn emoji(c: &Context<'_>) -> Result<Response> {
    let found = store::load(&c.app.db, store::emojis::by_shortcode(c.segment("shortcode")?)).await?;
    let found = found.ok_or(Error::NotFound)?;
    let updated_at = found.updated_at;
    let emoji = Emoji { shortcode: found.shortcode, url: found.url, static_url: found.static_url };
    let mut document = render::tag::emoji(&emoji, &c.app.domain_asked(c.request).web_origin);
    if let (true, Value::Object(map)) = (updated_at.0 > 0, &mut document) {
        map.insert("updated".into(), json!(updated_at.to_iso_seconds()));
    }
    Ok(served(document))
}
