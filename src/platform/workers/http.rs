use futures_util::StreamExt;
use wasm_bindgen::JsValue;
use worker::{Fetch, Headers, Method, Request, RequestInit, RequestRedirect};

use crate::error::{Error, Result};
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::sql::Meter;

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
        let failed = |e: worker::Error| Error::Unavailable(format!("{host}: {e}"));
        let headers = Headers::new();
        for (name, value) in &request.headers {
            headers.set(name, value).map_err(failed)?;
        }
        let mut init = RequestInit::new();
        init.with_method(if request.method == "POST" { Method::Post } else { Method::Get })
            .with_headers(headers)
            .with_redirect(RequestRedirect::Manual);
        if !request.body.is_empty() {
            let body: JsValue = js_sys::Uint8Array::from(request.body.as_slice()).into();
            init.with_body(Some(body));
        }
        let outgoing = Request::new_with_init(request.url.as_str(), &init).map_err(failed)?;
        // One deadline over all of it, the body included.
        let signal = worker::AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(request.timeout_ms));
        let mut response = Fetch::Request(outgoing).send_with_signal(&signal).await.map_err(failed)?;
        let headers = response.headers().entries().map(|(n, v)| (n.to_ascii_lowercase(), v)).collect();
        let status = response.status_code();
        let mut body = Vec::new();
        if let Ok(mut stream) = response.stream() {
            while let Some(chunk) = stream.next().await {
                body.extend(chunk.map_err(failed)?);
                if body.len() > request.max_bytes {
                    return Err(Error::Unavailable(format!(
                        "{host} answers more than {} bytes",
                        request.max_bytes
                    )));
                }
            }
        }
        Ok(Incoming { status, headers, body })
    }
}
