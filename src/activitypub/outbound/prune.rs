//! Inboxes that answered 410 Gone, and whose they were.

use crate::activitypub::remote::resolve;
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::jobs::outcome::Outcome;
use crate::model::id::Id;
use crate::services;
use crate::store;

/// Actors that one job fetches.
const MAX_FETCHED: usize = 5;
/// What one of them takes; the first one is always fetched.
const FETCH: Need = Need { statements: 12, fetches: 1 };

/// An inbox answered 410 to an activity of an author: the actors of their followers behind it are fetched, each once.
/// `context` is the author's id and, from the second round on, the follow after which the round begins. An actor that
/// answers 410 is removed; the follow of one that answers 404 ends; the profile of any other is stored again, and with it
/// their current inbox. Where one cannot be fetched now, the next round or attempt begins with it.
pub async fn inbox(app: &App, inbox: &str, context: &str) -> Outcome {
    let (author, after) = context.split_once(' ').unwrap_or((context, "0"));
    let (Some(inbox), Some(author), Some(after)) = (Id::parse(inbox), Id::parse(author), Id::parse(after))
    else {
        return Outcome::Drop("not an inbox");
    };
    match fetch_followers(app, inbox, author, after).await {
        Ok(true) => Outcome::Done,
        Ok(false) => Outcome::Retry,
        Err(error) => {
            crate::platform::log_failure(&format!("inbox {inbox}"), &error);
            Outcome::Retry
        }
    }
}

/// Answers whether the round got on; what is left then is another job.
async fn fetch_followers(app: &App, inbox: Id, author: Id, after: Id) -> Result<bool> {
    let behind =
        store::load(&app.db, store::inboxes::followers_behind(author, inbox, after, MAX_FETCHED)).await?;
    let mut done = 0;
    let mut last = after;
    for (follow, account) in &behind {
        if done > 0 && !app.has_room(FETCH) {
            break;
        }
        match resolve::actor_by_uri(app, &account.uri).await {
            Err(Error::Gone) => services::remove::remote_account(app, account).await?,
            // Their server does not say that they are gone: only what cannot be delivered ends.
            Err(Error::NotFound) => {
                store::write(&app.db, vec![store::follows::delete(account.id, author)]).await?;
            }
            Err(error) if error.is_temporary() => break,
            Ok(_) | Err(_) => {}
        }
        done += 1;
        last = *follow;
    }
    if done == behind.len() && done < MAX_FETCHED {
        return Ok(true);
    }
    if done == 0 {
        return Ok(false);
    }
    let context = format!("{author} {last}");
    let next = store::jobs::insert(app.new_id(), "gone", &inbox.to_string(), &context, app.now());
    store::write(&app.db, vec![next]).await?;
    Ok(true)
}
