//! <https://docs.joinmastodon.org/methods/markers/>

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::params;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::user::Viewer;
use crate::store;
use crate::store::markers::Marker;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/markers", crate::user!("read:statuses", show)),
        Route::new("POST", "/api/v1/markers", crate::user!("write:statuses", set)),
    ]
}

const TIMELINES: [&str; 2] = ["home", "notifications"];

fn render(markers: &[Marker], wanted: &[String]) -> Value {
    let mut map = Map::new();
    for marker in markers.iter().filter(|m| wanted.contains(&m.timeline)) {
        map.insert(
            marker.timeline.clone(),
            json!({
                "last_read_id": marker.last_read_id.to_string(),
                "version": marker.version,
                "updated_at": marker.updated_at.to_iso(),
            }),
        );
    }
    Value::Object(map)
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let markers = store::load(&c.app.db, store::markers::of_account(viewer.account.id)).await?;
    Ok(Response::json(&render(&markers, &c.params.list("timeline"))))
}

async fn set(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut batch = Vec::new();
    let mut set = Vec::new();
    for timeline in TIMELINES {
        let Some(value) = c.params.get_path(&[timeline, "last_read_id"]).and_then(params::Value::as_text)
        else {
            continue;
        };
        let id = Id::parse_cursor(value.trim())
            .ok_or_else(|| Error::BadRequest(format!("{timeline}[last_read_id] is not an id")))?;
        batch.push(store::markers::set(viewer.account.id, timeline, id, c.app.now()));
        set.push(timeline.to_owned());
    }
    store::write(&c.app.db, batch).await?;
    let markers = store::load(&c.app.db, store::markers::of_account(viewer.account.id)).await?;
    Ok(Response::json(&render(&markers, &set)))
}
