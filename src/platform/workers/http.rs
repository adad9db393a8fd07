use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{Body, border};
use crate::error::{Error, Result};
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::sql::Meter;

/// Outgoing requests: redirects are returned and not followed, bytes and time are limited.
#[derive(Clone, Default)]
pub struct Http {
    meter: Meter,
}

impl Http {
    pub fn new(meter: Meter) -> Self {
        Self { meter }
    }

    pub async fn fetch(&self, request: Outgoing) -> Result<Incoming> {
        request.check()?;
        self.meter.add(|c| c.fetches += 1);
        let host = request.url.host();
        let failed = |e: JsValue| Error::unreachable(format!("{host}: {}", super::message(&e)));
        let init = serde_json::to_string(&(request.method, &request.headers))?;
        let (url, most) = (request.url.as_str(), request.max_bytes);
        let (timeout, is_cut) = (request.timeout_ms, request.is_cut);
        let exchange = border::exchange(url, &init, &request.body, timeout, most, is_cut);
        let answer = js_sys::Array::from(&JsFuture::from(exchange).await.map_err(failed)?);
        let head = answer.get(0).as_string().unwrap_or_default();
        let (status, headers): (u16, border::Pairs) = border::json(&head).map_err(failed)?;
        let body = border::bytes(&answer.get(1))
            .ok_or_else(|| Error::answered(format!("{host} answers more than {most} bytes")))?;
        Ok(Incoming { status, headers, body })
    }

    /// Like [`Self::fetch`], with the body not read yet: the deadline is that of the answer's head, and `max_bytes`
    /// counts for nothing.
    pub async fn open(&self, request: Outgoing) -> Result<(Incoming, Body)> {
        request.check()?;
        self.meter.add(|c| c.fetches += 1);
        let host = request.url.host();
        let failed = |e: JsValue| Error::unreachable(format!("{host}: {}", super::message(&e)));
        let init = serde_json::to_string(&(request.method, &request.headers))?;
        let opened = border::open(request.url.as_str(), &init, request.timeout_ms);
        let answer = js_sys::Array::from(&JsFuture::from(opened).await.map_err(failed)?);
        let head = answer.get(0).as_string().unwrap_or_default();
        let (status, headers): (u16, border::Pairs) = border::json(&head).map_err(failed)?;
        let body = answer.get(1).dyn_into().map_err(|_| Error::internal("an answer without a body"))?;
        Ok((Incoming { status, headers, body: Vec::new() }, Body(body)))
    }
}
