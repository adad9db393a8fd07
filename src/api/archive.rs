//! What `npm run import` calls: posts of another server's archive, some at a time. Not a part of Mastodon's API. The page
//! `/settings/archive` does the same for a browser.

use crate::activitypub::remote;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::media::{Purpose, parse_focus};
use crate::model::rate_limit::ARCHIVES;
use crate::model::user::Viewer;
use crate::services::{
    self,
    media::{self, Change},
};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/sori/archive/media", crate::user!("write:media", upload))
            .uploads(Purpose::Archive)
            .limited(ARCHIVES),
        Route::new("POST", "/api/v1/sori/archive/{step}", crate::user!("write:statuses", step))
            .limited(ARCHIVES)
            .long(),
    ]
}

async fn step(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let step = c.segment("step")?;
    let answer = remote::archive::step(c.app, &viewer.user, &viewer.account, step, &c.request.body).await?;
    Ok(Response::json(&answer))
}

/// A file for a post that is sent later.
async fn upload(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    services::archive::check(c.app, &viewer.account)?;
    let (row, file) = c.take_file("file").ok_or_else(|| Error::validation("File can't be blank"))?;
    let change = Change {
        id: row,
        description: c.params.text("description").map(str::to_owned),
        focus: c.params.filled("focus").and_then(parse_focus),
    };
    let made = media::finish(c.app, &viewer.account, row, file, None, change).await?;
    Ok(Response::json(&serde_json::json!({"id": made.id.to_string()})))
}
