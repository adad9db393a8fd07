//! Links of local profiles: verified where the page links back with `rel="me"`.
//! <https://docs.joinmastodon.org/user/profile/#verification>

use super::fetch;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::store;
use crate::text::rel_me::links_back;

/// Fetches what the fields of a local account link to, and stores which of them are verified. A page that does not
/// answer changes nothing.
pub async fn fields(app: &App, account: &Account) -> Result<()> {
    let mut fields = account.fields.clone();
    for field in &mut fields {
        let url = field.text.trim().to_owned();
        if !url.starts_with("https://") || url.contains(char::is_whitespace) {
            field.verified_at = None;
            continue;
        }
        match fetch::plain(app, &url, "text/html").await {
            Ok(page) => {
                let html = String::from_utf8_lossy(&page.answer.body);
                let is_back = links_back(&html, &[account.url.as_str(), account.uri.as_str()]);
                field.verified_at = is_back.then(|| field.verified_at.unwrap_or_else(|| app.now()));
            }
            Err(Error::NotFound | Error::Gone) => field.verified_at = None,
            Err(error) => crate::platform::log_failure(&format!("verification of {url}"), &error),
        }
    }
    store::write(&app.db, vec![store::accounts::set_verified(account, &fields, app.now())]).await?;
    Ok(())
}
