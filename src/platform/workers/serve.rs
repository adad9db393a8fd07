//! Sends stored files, and keeps them in the cache of the data centre (the Cache API).

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use super::blobs::Blobs;
use super::{border, convert};
use crate::error::Error;
use crate::http::range::Range;
use crate::http::response::Response;

/// Where files are served below; only these responses are ever cached.
const PATH: &str = "/media/";

fn is_file(url: &str) -> bool {
    url.split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)))
        .is_some_and(|p| p.starts_with(PATH))
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
                return respond(206, &headers, &opened.stream, length).map(Some).map_err(failed);
            }
        }
        if is_head {
            let response = Response { body: Vec::new(), file: None, ..ours.clone() }
                .with("Content-Length", size.to_string());
            return convert::response(&response).map(Some).map_err(Error::internal);
        }
    }
    let Some(opened) = blobs.open(key, None).await? else { return Ok(None) };
    let response = respond(200, &ours.headers, &opened.stream, opened.size).map_err(failed)?;
    if let Ok(copy) = response.clone() {
        let kept = border::keep(&request.url(), &copy);
        context.wait_until(async move {
            let _ = JsFuture::from(kept).await;
        });
    }
    Ok(Some(response))
}

fn respond(
    status: u16,
    headers: &[(String, String)],
    stream: &web_sys::ReadableStream,
    length: u64,
) -> Result<web_sys::Response, wasm_bindgen::JsValue> {
    let headers = serde_json::to_string(headers).unwrap_or_else(|_| "[]".into());
    border::respond_stream(status, &headers, stream, length as f64)
}
