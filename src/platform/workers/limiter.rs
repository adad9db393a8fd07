//! The rate limit of a data centre, by the binding `STRICT`, where there is one
//! (<https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>).

use wasm_bindgen_futures::JsFuture;

use super::border;

#[derive(Clone)]
pub struct Limiter {
    env: worker::Env,
}

impl Limiter {
    pub fn new(env: &worker::Env) -> Self {
        Self { env: env.clone() }
    }

    pub fn is_bound(&self) -> bool {
        border::has_limiter(&self.env)
    }

    /// Whether one more request of a key is within the limit. Where the service fails it is.
    pub async fn allows(&self, key: &str) -> bool {
        let asked = JsFuture::from(border::limit(&self.env, key)).await;
        asked.ok().and_then(|allowed| allowed.as_bool()).unwrap_or(true)
    }
}
