//! Serving of stored files. The path says key and type, so that no row is read.

use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::media;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/media/{name}", crate::public!(show))]
}

/// Nothing of a file runs or loads anything, even where it is opened alone in a browser.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; sandbox";

/// With the headers of every file that we serve, whoever made it.
pub(super) fn inert(response: Response) -> Response {
    // Types that a browser shows by itself; others are downloads.
    let media_type = response.header("Content-Type").unwrap_or_default();
    let is_shown = ["image/", "video/", "audio/"].iter().any(|kind| media_type.starts_with(kind));
    response
        .with("X-Content-Type-Options", "nosniff")
        .with("Content-Security-Policy", POLICY)
        .with("Cross-Origin-Resource-Policy", "cross-origin")
        .with("Access-Control-Allow-Origin", "*")
        .with("Content-Disposition", if is_shown { "inline" } else { "attachment" })
}

/// A stored file. What is under a key never changes, and keys cannot be guessed.
async fn show(c: &Context<'_>) -> Result<Response> {
    let (key, media_type) = media::parse_name(c.segment("name")?).ok_or(Error::NotFound)?;
    let tag = format!("\"{key}\"");
    let known = c.request.header("if-none-match").unwrap_or("");
    let is_known = known.split(',').map(|t| t.trim().trim_start_matches("W/")).any(|t| t == tag || t == "*");
    let response = Response::new(if is_known { 304 } else { 200 }, media_type, Vec::new())
        .with("ETag", tag)
        .with("Cache-Control", "public, max-age=31536000, immutable")
        .with("Accept-Ranges", "bytes");
    let mut response = inert(response);
    if !is_known {
        response.file = Some(key.to_owned());
    }
    Ok(response)
}
