//! Emoji reactions, in the API of Pleroma, Akkoma and Fedibird:
//! <https://docs-develop.pleroma.social/backend/development/API/pleroma_api/>

use serde_json::{Value, json};

use super::entities::{Frame, account, status};
use super::id_of;
use super::statuses::{answer, preload, visible, visible_or_marked};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::user::Viewer;
use crate::services;
use crate::store;
use crate::store::statuses::Mark;

pub fn routes() -> Vec<Route> {
    let one = "/api/v1/pleroma/statuses/{id}/reactions/{emoji}";
    vec![
        Route::new("GET", "/api/v1/pleroma/statuses/{id}/reactions", crate::anyone!("read:statuses", list)),
        Route::new("GET", one, crate::anyone!("read:statuses", list)),
        Route::new("PUT", one, crate::user!("write:statuses", react)).preload(preload),
        Route::new("DELETE", one, crate::user!("write:statuses", unreact)).preload(preload),
    ]
}

/// Maximum number of listed accounts …
const MAX_PEOPLE: usize = 400;
/// … and for anonymous requests.
const MAX_FOR_ANONYMOUS: usize = 60;

/// The emoji of the path, normalised.
fn emoji(c: &Context<'_>) -> Result<String> {
    Ok(services::react::name_of(c.segment("emoji")?))
}

/// The accounts of each reaction, or of one emoji.
async fn list(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let only = c.segment("emoji").is_ok().then(|| emoji(c)).transpose()?;
    let (id, me) = (c.id("id")?, id_of(viewer.as_ref()));
    let most = if me.is_some() { MAX_PEOPLE } else { MAX_FOR_ANONYMOUS };
    let (view, people) = store::load(
        &c.app.db,
        (store::statuses::visible_by_id(id, me), store::reactions::list(id, me, most)),
    )
    .await?;
    let view = view.ok_or(Error::NotFound)?;
    let frame = Frame::to(c.app, viewer.as_ref());
    let body: Value = status::reactions(&view, &frame)
        .into_iter()
        .filter(|r| only.as_ref().is_none_or(|o| r.get("name").and_then(Value::as_str) == Some(o)))
        .map(|mut reaction| {
            let name = reaction.get("name").and_then(Value::as_str).unwrap_or_default();
            let accounts: Vec<_> =
                people.iter().filter(|(n, _)| n == name).map(|(_, a)| account::render(a, &frame)).collect();
            if let Value::Object(map) = &mut reaction {
                map.insert("accounts".into(), json!(accounts));
            }
            reaction
        })
        .collect();
    Ok(Response::json(&body))
}

async fn react(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let view = visible(c, Some(&viewer)).await?;
    let name = emoji(c)?;
    let url = services::react::picture(c.app, &view, &name).await?;
    services::react::react(c.app, &viewer.account, &view, &name, url.as_deref(), None).await?;
    answer(c, &viewer, view.status.id).await
}

async fn unreact(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let marked = visible_or_marked(c, &viewer, Mark::Reaction).await?;
    services::react::unreact(c.app, &viewer.account, &marked.view, &emoji(c)?).await?;
    marked.answer(c, &viewer, marked.view.status.id).await
}
