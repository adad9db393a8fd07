//! Reduces pictures by the Images binding `IMAGES`, where there is one
//! (<https://developers.cloudflare.com/images/optimization/binding/>).

use wasm_bindgen_futures::JsFuture;

use super::border;
use crate::error::{Error, Result};

#[derive(Clone)]
pub struct Images {
    env: worker::Env,
}

impl Images {
    pub fn new(env: &worker::Env) -> Self {
        Self { env: env.clone() }
    }

    /// A picture as a JPEG of at most this width and height; `None` without the binding, or where it has more than `most`
    /// bytes. Error: `Platform` where the service refuses the picture, or has no transformations left this month.
    pub async fn reduce(&self, bytes: &[u8], size: (u32, u32), most: usize) -> Result<Option<Vec<u8>>> {
        let made = JsFuture::from(border::reduce(&self.env, bytes, size.0, size.1, most)).await;
        let made = made.map_err(|error| Error::Platform(format!("Images: {}", super::message(&error))))?;
        Ok(border::bytes(&made))
    }
}
