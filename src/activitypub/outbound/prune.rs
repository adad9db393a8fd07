//! Inboxes that are gone for good (410), and whose they were.

use crate::activitypub::remote::resolve;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::outcome::Outcome;
use crate::model::id::Id;
use crate::services;
use crate::store;

/// So many actors are asked after in one job.
const ASKED: usize = 5;

/// An inbox said 410 to an activity of `author` (both ids as text): their followers behind it are asked
/// after, once. Who is gone as well is removed with their follows; who is not has their profile read again,
/// and with it the inbox that
/// they have now.
pub async fn inbox(app: &App, inbox: &str, author: &str) -> Outcome {
    let (Some(inbox), Some(author)) = (Id::parse(inbox), Id::parse(author)) else {
        return Outcome::Drop("not an inbox");
    };
    match ask(app, inbox, author).await {
        Ok(true) => Outcome::Done,
        Ok(false) => Outcome::Retry,
        Err(error) => {
            crate::platform::log(&format!("inbox {inbox}: {error}"));
            Outcome::Retry
        }
    }
}

/// Answers whether everybody could be asked after.
async fn ask(app: &App, inbox: Id, author: Id) -> Result<bool> {
    let behind = store::load(&app.db, store::inboxes::followers_behind(author, inbox, ASKED)).await?;
    let mut is_all = behind.len() < ASKED;
    for account in &behind {
        match resolve::actor_by_uri(app, &account.uri).await {
            Err(Error::Gone | Error::NotFound) => services::remove::remote_account(app, account).await?,
            Err(Error::Unavailable(_)) => is_all = false,
            Ok(_) | Err(_) => {}
        }
    }
    Ok(is_all)
}
