//! Mails by the binding `EMAIL`, where there is one
//! (<https://developers.cloudflare.com/email-service/api/send-emails/workers-api/>).

use wasm_bindgen_futures::JsFuture;

use super::border;
use crate::error::{Error, Result};
use crate::platform::mail::Letter;

#[derive(Clone)]
pub struct Mail {
    env: worker::Env,
}

impl Mail {
    pub fn new(env: &worker::Env) -> Self {
        Self { env: env.clone() }
    }

    pub fn is_bound(&self) -> bool {
        border::has_mail(&self.env)
    }

    /// Error: `Platform` where the service refuses the mail.
    pub async fn send(&self, letter: &Letter) -> Result<()> {
        let sent = JsFuture::from(border::send_mail(&self.env, &letter.to_json())).await;
        sent.map(|_| ()).map_err(|error| Error::Platform(format!("mail: {}", super::message(&error))))
    }
}
