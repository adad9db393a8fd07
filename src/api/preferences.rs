//! <https://docs.joinmastodon.org/methods/preferences/>

use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::user::Viewer;
use serde_json::json;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v1/preferences", crate::user!("read:accounts", show))]
}

async fn show(_: &Context<'_>, viewer: Viewer) -> Result<Response> {
    Ok(Response::json(&json!({
        "posting:default:visibility": viewer.user.default_visibility.as_str(),
        "posting:default:sensitive": viewer.user.default_sensitive,
        "posting:default:language": viewer.user.default_language,
        "posting:default:quote_policy": viewer.user.default_quote_policy.as_str(),
        "reading:expand:media": "default",
        "reading:expand:spoilers": false,
        "reading:autoplay:gifs": false,
    })))
}
