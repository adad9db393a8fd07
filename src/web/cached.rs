//! Public pages in the cache of the data centre, for a minute: a hit reads nothing from the database. Only pages of routes that say
//! so ([`Route::cached`](crate::http::handler::Route::cached)), and only for browsers without a cookie, who all get the same page
//! in their language.

use super::asset;
use super::words::Language;
use crate::app::App;
use crate::http::negotiate::wants_activity;
use crate::http::request::Request;
use crate::http::response::{HTML, Response};

/// How long a page is kept, in seconds. Within it who deletes or hides something may still be seen by strangers.
pub const LIFETIME: u32 = 60;

/// Longer paths and queries are not looked up, in bytes.
const MAX_TARGET: usize = 512;

/// Headers with which another answer may be due: documents are for signers, and parts of pages and streams for the script.
const OTHERS: [&str; 6] =
    ["cookie", "authorization", "signature", "signature-input", "sori-form", "sori-part"];

/// Under which address the answer to a request is kept: by what it depends on, which is the host, the path as it was asked for, the
/// language and this version's look. `None` where it must be made anew. In development all are.
pub fn key(app: &App, request: &Request) -> Option<String> {
    let accept = request.header("accept")?;
    let target = request.target();
    let host = request.header("host")?.to_ascii_lowercase();
    let is_host = host.len() <= 255 && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:".contains(&b));
    let is_for_all = !app.config.is_development
        && request.method == "GET"
        && accept.contains("text/html")
        && !wants_activity(Some(accept))
        && OTHERS.iter().all(|name| request.header(name).is_none_or(str::is_empty))
        && Language::choice(request, true).is_none();
    let language = Language::of(request).code();
    (is_for_all && is_host && target.len() <= MAX_TARGET)
        .then(|| format!("https://{host}{}", asset(&format!("pages/{language}{target}"))))
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
