//! Sends stored files, and keeps them in the cache of the data centre (the Cache API).

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use super::blobs::Blobs;
use super::{Body, border, convert};
use crate::error::Error;
use crate::http::range::Range;
use crate::http::response::Response;
use crate::model::parts::{self, Part};
use crate::platform::fetch::Passed;
use crate::platform::sql::Meter;

/// Where files are served below, ours and those of other servers; only these responses are ever cached.
const PATHS: [&str; 2] = ["/media/", "/proxy/"];

fn is_file(url: &str) -> bool {
    url.split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)))
        .is_some_and(|path| PATHS.iter().any(|start| path.starts_with(start)))
}

/// The cached response of a request for a file.
pub async fn cached(request: &web_sys::Request) -> Option<web_sys::Response> {
    if !is_file(&request.url()) {
        return None;
    }
    JsFuture::from(border::cached(request)).await.ok()?.dyn_into().ok()
}

/// The response with the stored file `key` as its body, or the part of it that the request asks for. 404 where there
/// is none.
pub async fn file(
    blobs: &Blobs,
    request: &web_sys::Request,
    ours: &Response,
    key: &str,
    context: &worker::Context,
) -> worker::Result<web_sys::Response> {
    match serve(blobs, request, ours, key, context).await {
        Ok(Some(response)) => Ok(response),
        Ok(None) => convert::response(&Response { status: 404, ..Response::default() }),
        Err(error) => {
            super::log(&error.to_string());
            convert::response(&Response { status: error.status(), ..Response::default() })
        }
    }
}

async fn serve(
    blobs: &Blobs,
    request: &web_sys::Request,
    ours: &Response,
    key: &str,
    context: &worker::Context,
) -> crate::error::Result<Option<web_sys::Response>> {
    let range = request.headers().get("range").ok().flatten();
    let is_head = request.method() == "HEAD";
    let failed = |error: wasm_bindgen::JsValue| Error::internal(super::message(&error));
    if range.is_some() || is_head {
        let Some(size) = blobs.size(key).await? else { return Ok(None) };
        match Range::parse(range.as_deref().filter(|_| !is_head), size) {
            Range::Whole => {}
            Range::Unsatisfiable => {
                let response = Response { status: 416, ..Response::default() }
                    .with("Content-Range", format!("bytes */{size}"));
                return convert::response(&response).map(Some).map_err(Error::internal);
            }
            Range::Part(offset, length) => {
                let Some(opened) = blobs.open(key, Some((offset, length))).await? else { return Ok(None) };
                let mut headers = ours.headers.clone();
                let last = offset + length - 1;
                headers.push(("Content-Range".into(), format!("bytes {offset}-{last}/{size}")));
                return respond(206, &headers, &opened.stream, Some(length), length)
                    .map(Some)
                    .map_err(failed);
            }
        }
        if is_head {
            let response = Response { body: Vec::new(), file: None, ..ours.clone() }
                .with("Content-Length", size.to_string());
            return convert::response(&response).map(Some).map_err(Error::internal);
        }
    }
    let Some(opened) = blobs.open(key, None).await? else { return Ok(None) };
    let whole =
        Whole { url: &request.url(), status: 200, headers: &ours.headers, kept_headers: &ours.headers };
    whole.respond(&opened.stream, Some(opened.size), opened.size, context).map(Some).map_err(failed)
}

/// The response with a body of parts. Files that it opens are counted here, whichever invocation does.
pub fn parts(
    env: &worker::Env,
    meter: &Meter,
    request: &web_sys::Request,
    ours: &Response,
    parts: &[Part],
) -> worker::Result<web_sys::Response> {
    let length = parts::length(parts);
    if request.method() == "HEAD" {
        let response = Response { parts: None, ..ours.clone() }.with("Content-Length", length.to_string());
        return convert::response(&response);
    }
    let (mut list, mut bytes, mut files) = (Vec::new(), Vec::new(), 0);
    for part in parts {
        list.push(match part {
            Part::Bytes(some) => {
                bytes.extend_from_slice(some);
                serde_json::json!(some.len())
            }
            Part::File { key, size, from, length } => {
                files += 1;
                serde_json::json!([key, size, from, length])
            }
        });
    }
    meter.add(|c| c.blob_reads += files);
    let (headers, list) = (json(&ours.headers), serde_json::Value::Array(list).to_string());
    Ok(border::respond_with_parts(env, ours.status, &headers, &list, &bytes, length as f64)?)
}

/// Whether a request to the Durable Object for heavy work is for some parts of a body.
pub fn wants_parts(request: &worker::Request) -> bool {
    request.headers().get("x-parts").ok().flatten().is_some()
}

/// Inside of the Durable Object: some parts of a body.
pub async fn some_parts(env: &worker::Env, request: &worker::Request) -> worker::Result<worker::Response> {
    let answer = JsFuture::from(border::some_parts(env, request.inner())).await?;
    Ok(answer.dyn_into::<web_sys::Response>()?.into())
}

/// The response with a body of another server. A whole file that is sent as a part, from its first byte to its last, is
/// kept as what it is.
pub fn pass(
    request: &web_sys::Request,
    ours: &Response,
    passed: &Passed<Body>,
    context: &worker::Context,
) -> worker::Result<web_sys::Response> {
    let stream = &passed.body.0;
    if !passed.is_kept {
        return Ok(respond(ours.status, &ours.headers, stream, passed.length, passed.most)?);
    }
    let mut kept = ours.headers.clone();
    kept.retain(|(name, _)| name != "Content-Range");
    let whole =
        Whole { url: &request.url(), status: ours.status, headers: &ours.headers, kept_headers: &kept };
    Ok(whole.respond(stream, passed.length, passed.most, context)?)
}

/// A response with all of a file, of which the cache of the data centre keeps a copy.
struct Whole<'a> {
    url: &'a str,
    status: u16,
    headers: &'a [(String, String)],
    kept_headers: &'a [(String, String)],
}

impl Whole<'_> {
    fn respond(
        &self,
        stream: &web_sys::ReadableStream,
        length: Option<u64>,
        most: u64,
        context: &worker::Context,
    ) -> Result<web_sys::Response, wasm_bindgen::JsValue> {
        let (headers, kept_headers) = (json(self.headers), json(self.kept_headers));
        let length = number(length);
        let both = border::pass_and_keep(
            self.url,
            self.status,
            &headers,
            &kept_headers,
            stream,
            length,
            most as f64,
        )?;
        let end: js_sys::Promise = both.get(1).dyn_into()?;
        context.wait_until(async move {
            let _ = JsFuture::from(end).await;
        });
        both.get(0).dyn_into()
    }
}

fn respond(
    status: u16,
    headers: &[(String, String)],
    stream: &web_sys::ReadableStream,
    length: Option<u64>,
    most: u64,
) -> Result<web_sys::Response, wasm_bindgen::JsValue> {
    border::pass(status, &json(headers), stream, number(length), most as f64)
}

fn json(headers: &[(String, String)]) -> String {
    serde_json::to_string(headers).unwrap_or_else(|_| "[]".into())
}

/// A length as `border.js` has it: negative where it is not known.
fn number(length: Option<u64>) -> f64 {
    length.map_or(-1.0, |length| length as f64)
}
