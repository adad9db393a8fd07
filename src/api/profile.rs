//! <https://docs.joinmastodon.org/methods/profile/>: the viewer's own profile, for editing.

use serde_json::{Value, json};

use super::profile_changes;
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::media::Purpose;
use crate::model::proxy::Links;
use crate::model::user::Viewer;
use crate::services;
use crate::services::profile::Changes;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/profile", crate::user!("profile", show)),
        Route::new("PUT", "/api/v1/profile", crate::user!("write:accounts", update))
            .uploads(Purpose::Profile),
        Route::new("PATCH", "/api/v1/profile", crate::user!("write:accounts", update))
            .uploads(Purpose::Profile),
        Route::new("DELETE", "/api/v1/profile/avatar", crate::user!("write:accounts", without_avatar)),
        Route::new("DELETE", "/api/v1/profile/header", crate::user!("write:accounts", without_header)),
    ]
}

/// <https://docs.joinmastodon.org/entities/Profile/>: texts as typed; null for default pictures.
fn render(viewer: &Viewer, links: &Links) -> Value {
    let a = &viewer.account;
    let picture = |url: &Option<String>| url.as_deref().map(|url| links.of(url).into_owned());
    let (avatar, header) = (picture(&a.avatar_url), picture(&a.header_url));
    json!({
        "id": a.id.to_string(),
        "display_name": a.display_name,
        "note": a.note_text,
        "fields": a.fields.iter().map(|f| json!({
            "name": f.name,
            "value": f.text,
            "verified_at": f.verified_at.map(|t| t.to_iso()),
        })).collect::<Vec<_>>(),
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": a.avatar_description,
        "header": header,
        "header_static": header,
        "header_description": a.header_description,
        "locked": a.is_locked,
        "bot": a.is_bot(),
        "hide_collections": a.hides_collections,
        "discoverable": a.is_discoverable,
        "indexable": a.is_indexable,
        "show_media": a.shows_media,
        "show_media_replies": a.shows_media_replies,
        "show_featured": a.shows_featured,
        "attribution_domains": a.attribution_domains,
        "featured_tags": [],
    })
}

async fn answer(c: &Context<'_>, viewer: &Viewer) -> Result<Response> {
    let tags = crate::store::load(&c.app.db, crate::store::tags::featured(viewer.account.id)).await?;
    let mut body = render(viewer, &c.app.links());
    if let Value::Object(map) = &mut body {
        let tags: Value =
            tags.iter().map(|t| super::entities::tag::featured(t, &viewer.account.url)).collect();
        map.insert("featured_tags".into(), tags);
    }
    Ok(Response::json(&body))
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    answer(c, &viewer).await
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let viewer = profile_changes::apply(c, viewer).await?;
    answer(c, &viewer).await
}

/// <https://docs.joinmastodon.org/methods/profile/#delete-profile-avatar>
async fn without_avatar(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    without(c, viewer, Changes { avatar: Some(None), ..Changes::default() }).await
}

/// <https://docs.joinmastodon.org/methods/profile/#delete-profile-header>
async fn without_header(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    without(c, viewer, Changes { header: Some(None), ..Changes::default() }).await
}

async fn without(c: &Context<'_>, mut viewer: Viewer, changes: Changes) -> Result<Response> {
    viewer.account = services::profile::update(c.app, &viewer.account, None, changes).await?;
    profile_changes::verify(c, viewer).await
}
