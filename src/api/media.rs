//! <https://docs.joinmastodon.org/methods/media/>: this server stores no files yet. Apps show the sentence that it
//! answers an upload with.

use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::user::Viewer;

/// Said of every upload. Not a word of its size: a smaller file would not be taken either.
pub const NO_FILES: &str =
    "This server stores no pictures or other files yet; please post without attachments";
/// Said of pictures of a profile.
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
