//! The platform on Cloudflare: D1, Queues, fetch, WebCrypto, a Durable Object for heavy work.

mod blobs;
mod body;
mod border;
mod clock;
mod convert;
mod crypto;
mod db;
mod heavy;
mod http;
mod images;
mod limiter;
mod live;
mod mail;
mod pages;
mod queue;
mod random;
mod serve;
mod subtle;

pub use blobs::Blobs;
pub use body::Body;
pub use clock::Clock;
pub use convert::{path, request, response};
pub use crypto::Crypto;
pub use db::Db;
pub use heavy::{Heavy, answer as heavy, is_whole, pass_on, upload, upload_task, whole_body, with_body};
pub use http::Http;
pub use images::Images;
pub use limiter::Limiter;
pub use live::{Live, Room, open as open_stream};
pub use mail::Mail;
pub use pages::Pages;
pub use queue::Queue;
pub use random::Random;
pub use serve::{cached, file, parts, pass, some_parts, wants_parts};

use wasm_bindgen::JsValue;
pub use web_sys::{Request as JsRequest, Response as JsResponse};

/// Decodes a text in the encoding of this label, its byte order mark included, by the runtime's `TextDecoder`, so that the
/// module needs no tables of encodings. What cannot be decoded becomes U+FFFD. `None` for an unknown label.
pub fn decode_text(label: &str, bytes: &[u8]) -> Option<String> {
    border::decode(label, bytes)
}

/// Logs an error that needs fixing here.
pub fn log(line: &str) {
    worker::console_error!("{line}");
}

/// Logs a line that is not an error of ours.
pub fn note(line: &str) {
    worker::console_log!("{line}");
}

/// The message of a JavaScript error.
fn message(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &"message".into())
        .ok()
        .and_then(|m| m.as_string())
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}
