//! Uploaded files: receiving, storing, serving. Files of other servers: passing on.

pub mod copy;
pub mod formats;
pub mod preview;
pub mod process;
pub mod proxy;
pub mod receive;
pub mod serve;

use crate::http::handler::Route;

pub fn routes() -> Vec<Route> {
    [serve::routes(), proxy::routes()].concat()
}
