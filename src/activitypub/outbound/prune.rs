//! Inboxes that answered 410 Gone, and whose they were.

use crate::activitypub::remote::resolve;
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::jobs::outcome::Outcome;
use crate::model::id::Id;
use crate::model::time::MINUTE;
use crate::services;
use crate::store;

/// Actors that one job fetches.
const MAX_FETCHED: usize = 5;
/// When one that could not be fetched is tried again.
const LATER: i64 = 10 * MINUTE;
/// What one of them takes; the first one is always fetched.
const FETCH: Need = Need { statements: 12, fetches: 1 };

/// The end of the context of a job for the next follower alone.
const ALONE: &str = " alone";

/// An inbox answered 410 to an activity of an author: the actors of their followers behind it are fetched, each once.
/// `context` is the author's id and, from the second round on, the follow after which the round begins. An actor that
/// answers 410 is removed; the follow of one that answers 404 ends; the profile of any other is stored again, and with it
/// their current inbox. One that cannot be fetched now gets a job of its own, whose context ends with `alone`, and holds up
/// nobody.
pub async fn inbox(app: &App, inbox: &str, context: &str) -> Outcome {
    let (context, is_alone) = context.strip_suffix(ALONE).map_or((context, false), |rest| (rest, true));
    let (author, after) = context.split_once(' ').unwrap_or((context, "0"));
    let (Some(inbox), Some(author), Some(after)) = (Id::parse(inbox), Id::parse(author), Id::parse(after))
    else {
        return Outcome::Drop("not an inbox");
    };
    match fetch_followers(app, inbox, author, after, is_alone).await {
        Ok(true) => Outcome::Done,
        Ok(false) => Outcome::Retry,
        Err(error) => {
            crate::platform::log_failure(&format!("inbox {inbox}"), &error);
            Outcome::Retry
        }
    }
}

/// Answers whether the round is over; what is left then is other jobs.
async fn fetch_followers(app: &App, inbox: Id, author: Id, after: Id, is_alone: bool) -> Result<bool> {
    let most = if is_alone { 1 } else { MAX_FETCHED };
    let behind = store::load(&app.db, store::inboxes::followers_behind(author, inbox, after, most)).await?;
    let mut done = 0;
    let mut later = Vec::new();
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
            Err(error) if error.is_temporary() && is_alone => return Ok(false),
            Err(error) if error.is_temporary() => {
                later.push((
                    app.new_id(),
                    inbox.to_string(),
                    format!("{author} {}{ALONE}", Id(follow.0 - 1)),
                ));
            }
            Ok(_) | Err(_) => {}
        }
        done += 1;
        last = *follow;
    }
    let mut batch = Vec::new();
    if !is_alone && (done < behind.len() || done == MAX_FETCHED) {
        let context = format!("{author} {last}");
        batch.push(store::jobs::insert(app.new_id(), "gone", &inbox.to_string(), &context, app.now()));
    }
    if !later.is_empty() {
        batch.push(store::jobs::insert_all("", "gone", &later, app.now().plus(LATER)));
    }
    if !batch.is_empty() {
        store::write(&app.db, batch).await?;
    }
    Ok(true)
}
