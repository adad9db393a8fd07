//! Inboxes that answered 410 Gone, and whose they were.

use crate::activitypub::remote::resolve;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::outcome::Outcome;
use crate::model::id::Id;
use crate::services;
use crate::store;

/// Actors that one job fetches.
const MAX_FETCHED: usize = 5;

/// An inbox answered 410 to an activity of `author` (both ids as text): the actors of their followers behind it are
/// fetched once. An actor that answers 410 is removed; the follow of one that answers 404 ends; the profile of any other
/// is stored again, and with it their current inbox.
pub async fn inbox(app: &App, inbox: &str, author: &str) -> Outcome {
    let (Some(inbox), Some(author)) = (Id::parse(inbox), Id::parse(author)) else {
        return Outcome::Drop("not an inbox");
    };
    match fetch_followers(app, inbox, author).await {
        Ok(true) => Outcome::Done,
        Ok(false) => Outcome::Retry,
        Err(error) => {
            crate::platform::log_failure(&format!("inbox {inbox}"), &error);
            Outcome::Retry
        }
    }
}

/// Answers whether all of them could be fetched.
async fn fetch_followers(app: &App, inbox: Id, author: Id) -> Result<bool> {
    let behind = store::load(&app.db, store::inboxes::followers_behind(author, inbox, MAX_FETCHED)).await?;
    let mut is_all = behind.len() < MAX_FETCHED;
    for account in &behind {
        match resolve::actor_by_uri(app, &account.uri).await {
            Err(Error::Gone) => services::remove::remote_account(app, account).await?,
            // Their server does not say that they are gone: only what cannot be delivered ends.
            Err(Error::NotFound) => {
                store::write(&app.db, vec![store::follows::delete(account.id, author)]).await?;
            }
            Err(error) if error.is_temporary() => is_all = false,
            Ok(_) | Err(_) => {}
        }
    }
    Ok(is_all)
}
