//! Lists of domains to block, from where they are published.

use super::fetch;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::blocklist::{State, Wrong};
use crate::model::id::Id;
use crate::services::blocklist;
use crate::store;

const ACCEPT: &str = "text/csv, text/plain;q=0.9";

/// `blocklist`: fetches a subscription, where it has changed since. What its server answers instead is told on the page.
pub async fn read(app: &App, subject: &str) -> Result<()> {
    let Some(id) = Id::parse(subject) else { return Ok(()) };
    let list = store::load(&app.db, store::blocklists::by_id(id)).await?;
    let Some((list, url)) = list
        .filter(|list| list.state == State::Active)
        .and_then(|list| list.url.clone().map(|url| (list, url)))
    else {
        return Ok(());
    };
    let found = match fetch::changed(app, &url, ACCEPT, &list.etag).await {
        Ok(found) => found,
        Err(error) if error.is_ours() => return Err(error),
        Err(Error::Unprocessable(_)) => return blocklist::failed(app, id, Wrong::TooLong).await,
        Err(_) => return blocklist::failed(app, id, Wrong::Unreachable).await,
    };
    if found.answer.status == 304 {
        return blocklist::received(app, &list, None).await;
    }
    let kind = found.answer.header("content-type").unwrap_or("").trim().to_ascii_lowercase();
    if kind.starts_with("text/html") || kind.starts_with("application/xhtml") {
        return blocklist::failed(app, id, Wrong::Page).await;
    }
    let etag = found.answer.header("etag").unwrap_or("");
    blocklist::received(app, &list, Some((&found.answer.body, etag))).await
}
