//! <https://docs.joinmastodon.org/methods/media/>: files are not stored yet. Clients show the error message.

use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::user::Viewer;

/// The error of every upload. It does not mention the size, since smaller files are refused as well.
pub const NO_FILES: &str =
    "This server stores no pictures or other files yet; please post without attachments";
/// The error of profile pictures.
pub const NO_PICTURES: &str =
    "This server stores no profile pictures yet; please change the rest of the profile only";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/media", crate::user!("write:media", upload)).oversized(NO_FILES),
        Route::new("POST", "/api/v2/media", crate::user!("write:media", upload)).oversized(NO_FILES),
        Route::new("GET", "/api/v1/media/{id}", crate::user!("write:media", absent)),
        Route::new("PUT", "/api/v1/media/{id}", crate::user!("write:media", absent)).oversized(NO_FILES),
        Route::new("DELETE", "/api/v1/media/{id}", crate::user!("write:media", absent)),
    ]
}

async fn upload(_: &Context<'_>, _: Viewer) -> Result<Response> {
    Err(Error::Unprocessable(NO_FILES.into()))
}

async fn absent(_: &Context<'_>, _: Viewer) -> Result<Response> {
    Err(Error::NotFound)
}
