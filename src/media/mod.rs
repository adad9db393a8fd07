//! Uploaded files: receiving, storing, serving.

pub mod formats;
pub mod preview;
pub mod process;
pub mod receive;
pub mod serve;

use crate::http::handler::Route;

pub fn routes() -> Vec<Route> {
    serve::routes()
}
