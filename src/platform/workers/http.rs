use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response};

use crate::error::{Error, Result};
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::sql::Meter;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = globalThis)]
    fn fetch(url: &str, init: &RequestInit) -> js_sys::Promise;
}

/// Outgoing requests: redirects by hand, bytes and time bounded.
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
        let headers = Headers::new().map_err(failed)?;
        for (name, value) in &request.headers {
            headers.set(name, value).map_err(failed)?;
        }
        let init = RequestInit::new();
        init.set_method(request.method);
        init.set_headers(&headers);
        init.set_redirect(RequestRedirect::Manual);
        // One deadline over all of it, the body included.
        init.set_signal(Some(&AbortSignal::timeout_with_u32(request.timeout_ms)));
        if !request.body.is_empty() {
            init.set_body(&js_sys::Uint8Array::from(request.body.as_slice()));
        }
        let answer = JsFuture::from(fetch(request.url.as_str(), &init)).await.map_err(failed)?;
        let answer: Response = answer.unchecked_into();
        let headers = worker::Headers(answer.headers()).entries();
        let headers = headers.map(|(n, v)| (n.to_ascii_lowercase(), v)).collect();
        let status = answer.status();
        let body =
            super::body::read(answer.body(), request.max_bytes).await.map_err(failed)?.ok_or_else(|| {
                Error::answered(format!("{host} answers more than {} bytes", request.max_bytes))
            })?;
        Ok(Incoming { status, headers, body })
    }
}
