//! Public pages in the cache of the data centre, for a minute: a hit reads nothing from the database. Only pages of routes that say
//! so ([`Route::cached`](crate::http::handler::Route::cached)), and only for browsers without a cookie, who all get the same page
//! in their language.

use sha2::{Digest, Sha256};

use super::asset;
use super::words::Language;
use crate::app::App;
use crate::http::negotiate::wants_activity;
use crate::http::request::Request;
use crate::http::response::{HTML, Response};
use crate::model::hex;

/// How long a page is kept, in seconds. Within it who deletes or hides something may still be seen by strangers.
pub const LIFETIME: u32 = 60;

/// Longer paths and queries, and hosts, are not looked up, in bytes.
const MAX_TARGET: usize = 512;
const MAX_HOST: usize = 255;

/// Headers with which another answer may be due: documents are for signers, and parts of pages and streams for the script.
const OTHERS: [&str; 6] =
    ["cookie", "authorization", "signature", "signature-input", "sori-form", "sori-part"];

/// Under which address the answer to a request is kept: a hash of what it depends on, which is the host, the path and query as they
/// were asked for, and the language. Another spelling is another address, so that nothing is left to how the cache reads one.
/// The version's name is part of it: no page of an older one links to files that are gone. `None` where the page must be made anew, as
/// for a request with a body, whose parameters would come before those of the query. In development all are.
pub fn key(app: &App, request: &Request) -> Option<String> {
    let accept = request.header("accept")?;
    let target = request.target();
    let host = request.header("host")?.to_ascii_lowercase();
    let has_body = !request.body.is_empty() || request.is_body_too_large || app.incoming.borrow().is_some();
    let is_for_all = !app.config.is_development
        && request.method == "GET"
        && !has_body
        && accept.contains("text/html")
        && !wants_activity(Some(accept))
        && OTHERS.iter().all(|name| request.header(name).is_none_or(str::is_empty))
        && Language::choice(request, true).is_none();
    if !is_for_all || host.len() > MAX_HOST || target.len() > MAX_TARGET {
        return None;
    }
    let parts = [Language::of(request).code(), &host, &target];
    let hash = hex::encode(&Sha256::digest(parts.join("\n").as_bytes()));
    Some(format!("{}{}", app.config.public_origin, asset(&format!("pages/{hash}"))))
}

/// Whether an answer to a request with a [`key`] is kept: a page that was found, and that sets no cookie.
pub fn is_kept(response: &Response) -> bool {
    response.status == 200
        && response.header("Content-Type") == Some(HTML)
        && response.header("Set-Cookie").is_none()
        && response.file.is_none()
        && response.parts.is_none()
        && response.stream.is_none()
}
