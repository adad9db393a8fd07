//! Mails: plain text to one person, where there is a way to send them. Nothing here needs one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::keys;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::email;
use crate::platform::sql::Statement;
use crate::store;

const MAX_SUBJECT: usize = 200;
const MAX_TEXT: usize = 20_000;

/// Whether mails can be sent: there are a sender, and a binding or a provider.
pub fn is_configured(app: &App) -> bool {
    app.config.mail_from.is_some() && (app.mail.is_bound() || app.config.mail_provider.is_some())
}

/// The job that sends a mail, for a batch; `None` where no mails are sent. Its content waits encrypted: there may be a link in it by
/// which one is let in.
///
/// Error: `Unprocessable` where `to` is no address.
pub async fn row(app: &App, to: &str, subject: &str, text: &str) -> Result<Option<Statement>> {
    row_of(app, to, subject, text, false).await
}

/// As [`row`], to somebody with an account about that: however many mails their address had today.
pub(super) async fn own(app: &App, to: &str, subject: &str, text: &str) -> Result<Option<Statement>> {
    row_of(app, to, subject, text, true).await
}

async fn row_of(app: &App, to: &str, subject: &str, text: &str, is_own: bool) -> Result<Option<Statement>> {
    if !is_configured(app) {
        return Ok(None);
    }
    let content = content(app, to, subject, text, is_own).await?;
    Ok(Some(super::job::row(app, "mail", to, &content)))
}

/// The context of the job that sends a mail; `is_own` as of [`own`]. Error: as of [`row`].
pub(super) async fn content(app: &App, to: &str, subject: &str, text: &str, is_own: bool) -> Result<String> {
    if !email::is_address(to) {
        return Err(Error::validation("Email is invalid"));
    }
    // A line break would begin another header.
    let subject: String =
        subject.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SUBJECT).collect();
    let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').take(MAX_TEXT).collect();
    let content = serde_json::to_vec(&(subject, text, is_own))?;
    let sealed = keys::seal(app, &content, to.as_bytes()).await?;
    Ok(BASE64.encode(sealed))
}

/// Adds a mail for which there is no batch. Nothing happens where no mails are sent.
///
/// Error: as of [`row`].
pub async fn send(app: &App, to: &str, subject: &str, text: &str) -> Result<()> {
    match row(app, to, subject, text).await? {
        Some(row) => store::write(&app.db, vec![row]).await.map(|_| ()),
        None => Ok(()),
    }
}
