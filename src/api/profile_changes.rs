//! verify_credentials and update_credentials.

use super::entities::{Frame, account};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::params::Value;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::quote::QuotePolicy;
use crate::model::status::Visibility;
use crate::model::user::Viewer;
use crate::services;
use crate::services::profile::Changes;
use crate::store;
use crate::text::language;

/// The error of a picture in the query string. One in the body was read where heavy work is done.
const DATA: &str = "Validation failed: Pictures must be sent in the body";

async fn credentials(c: &Context<'_>, viewer: &Viewer) -> Result<Response> {
    let requests = store::load(&c.app.db, store::follows::count_requests(viewer.account.id)).await?;
    Ok(Response::json(&account::credentials(
        &viewer.account,
        &viewer.user,
        requests,
        &c.app.site().roles,
        &Frame::of(c.app),
    )))
}

pub async fn verify(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    credentials(c, &viewer).await
}

/// Returns the changed account.
pub async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let viewer = apply(c, viewer).await?;
    credentials(c, &viewer).await
}

/// JSON, form or multipart. Errors: `Unprocessable` for values that are too long or unknown.
pub async fn apply(c: &Context<'_>, mut viewer: Viewer) -> Result<Viewer> {
    let picture = |place: &str| match (c.take_file(place), c.params.value(place)) {
        (Some((_, file)), _) => Ok(Some(Some(file))),
        (None, Some(Value::Text(text))) if text.starts_with("data:") => {
            Err(Error::Unprocessable(DATA.into()))
        }
        (None, Some(Value::Text(text))) if text.is_empty() => Ok(Some(None)),
        (None, _) => Ok(None),
    };
    let (avatar, header) = (picture("avatar")?, picture("header")?);
    let row = c.upload.borrow().row;
    let owned = |name: &str| c.params.text(name).map(str::to_owned);
    let fields = c.params.has("fields_attributes").then(|| {
        let text = |map: &Value, name: &str| map.get(name).and_then(Value::as_text).unwrap_or("").to_owned();
        c.params.maps("fields_attributes").into_iter().map(|m| (text(m, "name"), text(m, "value"))).collect()
    });
    let changes = Changes {
        display_name: owned("display_name"),
        note: owned("note"),
        fields,
        is_locked: c.params.bool("locked"),
        is_bot: c.params.bool("bot"),
        is_discoverable: c.params.bool("discoverable"),
        is_indexable: c.params.bool("indexable"),
        hides_collections: c.params.bool("hide_collections"),
        shows_media: c.params.bool("show_media"),
        shows_media_replies: c.params.bool("show_media_replies"),
        shows_featured: c.params.bool("show_featured"),
        attribution_domains: c
            .params
            .has("attribution_domains")
            .then(|| c.params.list("attribution_domains")),
        avatar_description: owned("avatar_description"),
        header_description: owned("header_description"),
        avatar,
        header,
        upload: (row != Id::default()).then_some(row),
    };
    let source = |name: &str| c.params.get_path(&["source", name]);
    let before = viewer.user.clone();
    if let Some(privacy) = source("privacy").and_then(Value::as_text) {
        viewer.user.default_visibility = Visibility::parse(privacy)
            .filter(|v| *v != Visibility::Direct)
            .ok_or_else(|| Error::validation("Default privacy is not included in the list"))?;
    }
    if let Some(is_sensitive) = source("sensitive").and_then(Value::as_bool) {
        viewer.user.default_sensitive = is_sensitive;
    }
    if let Some(code) = source("language").and_then(Value::as_text) {
        viewer.user.default_language = match code {
            "" => None,
            code => Some(
                language::normalise(code)
                    .ok_or_else(|| Error::validation("Default language is not included in the list"))?,
            ),
        };
    }
    if let Some(policy) = source("quote_policy").and_then(Value::as_text) {
        viewer.user.default_quote_policy = QuotePolicy::parse(policy)
            .ok_or_else(|| Error::validation("Default quote policy is not included in the list"))?;
    }
    let user = (viewer.user != before).then_some(&viewer.user);
    viewer.account = services::profile::update(c.app, &viewer.account, user, changes).await?;
    Ok(viewer)
}
