//! Pages in the cache of the data centre (<https://developers.cloudflare.com/workers/runtime-apis/cache/>). Without a domain of
//! one's own there is no such cache, and nothing is ever found in it.

use std::cell::RefCell;

use wasm_bindgen_futures::JsFuture;

use super::border;
use crate::http::response::Response;
use crate::model::time::Time;

/// Kept pages, and one that is to be kept after the response.
#[derive(Default)]
pub struct Pages {
    pending: RefCell<Option<(String, String, u32)>>,
}

impl Pages {
    pub async fn get(&self, key: &str, _: Time) -> Option<Response> {
        let kept = JsFuture::from(border::kept_page(key)).await.ok()?.as_string()?;
        let (headers, body): (Vec<(String, String)>, String) = serde_json::from_str(&kept).ok()?;
        Some(Response { status: 200, headers, body: body.into_bytes(), ..Response::default() })
    }

    /// `lifetime` is in seconds.
    pub fn keep(&self, key: String, page: &Response, lifetime: u32, _: Time) {
        let kept = std::str::from_utf8(&page.body).ok().map(|body| serde_json::json!([page.headers, body]));
        *self.pending.borrow_mut() = kept.map(|kept| (key, kept.to_string(), lifetime));
    }

    /// Stores what is to be kept.
    pub async fn store(&self) {
        let Some((key, kept, lifetime)) = self.pending.take() else { return };
        let _ = JsFuture::from(border::keep_page(&key, &kept, lifetime)).await;
    }

    pub fn has_pending(&self) -> bool {
        self.pending.borrow().is_some()
    }
}
