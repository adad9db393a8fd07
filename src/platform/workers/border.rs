//! The functions of `border.js`, and what is passed to and from them.

use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/platform/workers/border.js")]
extern "C" {
    /// JSON: `[method, url, [[name, value], …]]`.
    pub fn head(request: &web_sys::Request) -> String;
    #[wasm_bindgen(js_name = read)]
    fn read_stream(stream: &web_sys::ReadableStream, most: usize) -> js_sys::Promise;
    fn read_within(stream: &web_sys::ReadableStream, most: usize, timeout: u32) -> js_sys::Promise;
    /// `headers` is JSON: `[[name, value], …]`.
    #[wasm_bindgen(catch)]
    pub fn respond(status: u16, headers: &str, body: &[u8]) -> Result<web_sys::Response, JsValue>;
    /// `init` is JSON: `[method, [[name, value], …]]`. Answers `[JSON: [status, [[name, value], …]], body or null]`.
    pub fn exchange(
        url: &str,
        init: &str,
        body: &[u8],
        timeout: u32,
        most: usize,
        is_cut: bool,
    ) -> js_sys::Promise;
    /// Answers `[JSON: [status, [[name, value], …]], the body as a stream]`.
    pub fn open(url: &str, init: &str, timeout: u32) -> js_sys::Promise;
    pub fn has_limiter(env: &JsValue) -> bool;
    pub fn limit(env: &JsValue, key: &str) -> js_sys::Promise;
    pub fn has_mail(env: &JsValue) -> bool;
    /// `letter` is JSON: `{from, to, subject, text}`.
    pub fn send_mail(env: &JsValue, letter: &str) -> js_sys::Promise;
    /// Names between spaces.
    pub fn zones() -> String;
    /// `None` for an unknown zone.
    pub fn offset(zone: &str, at: f64) -> Option<f64>;
    /// `None` for an unknown label.
    pub fn decode(label: &str, bytes: &[u8]) -> Option<String>;
    pub fn discard(stream: &web_sys::ReadableStream);
    pub fn stream(bytes: &[u8]) -> web_sys::ReadableStream;
    /// A negative length is not known.
    #[wasm_bindgen(catch)]
    pub fn pass(
        status: u16,
        headers: &str,
        stream: &web_sys::ReadableStream,
        length: f64,
        most: f64,
    ) -> Result<web_sys::Response, JsValue>;
    /// Answers `[the response, a promise of its end]`.
    #[wasm_bindgen(catch)]
    pub fn pass_and_keep(
        url: &str,
        status: u16,
        headers: &str,
        kept_headers: &str,
        stream: &web_sys::ReadableStream,
        length: f64,
        most: f64,
    ) -> Result<js_sys::Array, JsValue>;
    /// `statements` are texts with a NUL between each two, `parameters` JSON: `[[parameter, …], …]`. Answers what
    /// [`crate::platform::answers::read`] reads.
    pub fn batch(db: &JsValue, statements: &str, parameters: &str) -> js_sys::Promise;
    pub fn put_blob(env: &JsValue, key: &str, media_type: &str, bytes: &[u8]) -> js_sys::Promise;
    /// `statement` is JSON: `[sql, [parameter, …]]`. Answers JSON: `[bytes, rows read]`.
    pub fn put_texts(
        env: &JsValue,
        db: &JsValue,
        statement: &str,
        key: &str,
        media_type: &str,
    ) -> js_sys::Promise;
    /// A body of `parts` ([`crate::model::parts`]) as JSON, of `length` bytes in all.
    #[wasm_bindgen(catch)]
    pub fn respond_with_parts(
        env: &JsValue,
        status: u16,
        headers: &str,
        parts: &str,
        bytes: &[u8],
        length: f64,
    ) -> Result<web_sys::Response, JsValue>;
    /// Inside of the Durable Object: some parts of such a body. Answers a response.
    pub fn some_parts(env: &JsValue, request: &web_sys::Request) -> js_sys::Promise;
    pub fn delete_blobs(env: &JsValue, keys: Vec<String>) -> js_sys::Promise;
    /// Answers a `Uint8Array` or null.
    pub fn reduce(env: &JsValue, bytes: &[u8], width: u32, height: u32, most: usize) -> js_sys::Promise;
    /// Answers a number or null.
    pub fn blob_size(env: &JsValue, key: &str) -> js_sys::Promise;
    /// Answers `[body, size of the whole file]` or null. A negative offset is the whole file.
    pub fn open_blob(env: &JsValue, key: &str, offset: f64, length: f64) -> js_sys::Promise;
    /// Answers a response or null.
    pub fn cached(request: &web_sys::Request) -> js_sys::Promise;
    /// Answers the text that was kept, or null.
    pub fn kept_page(key: &str) -> js_sys::Promise;
    /// Keeps a text for `lifetime` seconds.
    pub fn keep_page(key: &str, text: &str, lifetime: u32) -> js_sys::Promise;
    /// `sent` is JSON ([`crate::platform::live::Sent`]). Answers a text.
    pub fn tell(live: &JsValue, sent: &str) -> js_sys::Promise;
    /// `headers` is JSON: `[[name, value], …]`. Answers a response.
    pub fn listen(live: &JsValue, opening: &str, headers: &str, lifetime: u32) -> js_sys::Promise;
}

/// Names and values of headers.
pub type Pairs = Vec<(String, String)>;

/// The whole body; `None` if it has more than `most` bytes.
pub async fn body(
    stream: Option<web_sys::ReadableStream>,
    most: usize,
) -> std::result::Result<Option<Vec<u8>>, JsValue> {
    match stream {
        Some(stream) => Ok(bytes(&JsFuture::from(read_stream(&stream, most)).await?)),
        None => Ok(Some(Vec::new())),
    }
}

/// Like [`body`]; fails where it takes more than `timeout` milliseconds to arrive.
pub async fn body_within(
    stream: Option<web_sys::ReadableStream>,
    most: usize,
    timeout: u32,
) -> std::result::Result<Option<Vec<u8>>, JsValue> {
    match stream {
        Some(stream) => Ok(bytes(&JsFuture::from(read_within(&stream, most, timeout)).await?)),
        None => Ok(Some(Vec::new())),
    }
}

/// The bytes of a `Uint8Array`; `None` for null.
pub fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    value.dyn_ref::<js_sys::Uint8Array>().map(js_sys::Uint8Array::to_vec)
}

/// Parses the JSON of `border.js`.
pub fn json<T: DeserializeOwned>(text: &str) -> std::result::Result<T, JsValue> {
    serde_json::from_str(text).map_err(|error| error.to_string().into())
}
