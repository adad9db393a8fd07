//! Lists as public feeds, by addresses that nobody can guess.
//!
//! What is in such a feed is found at most every quarter of an hour, after the response to somebody who reads it, and kept in
//! the list's row: looking through all members costs more than a stranger's request may. Each request shows what of that may
//! still be shown.

use crate::app::{App, Need};
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::ledger::Work;
use crate::model::list::{FEED_ENTRIES, Feed};
use crate::model::time::{MINUTE, Time};
use crate::store;

/// How long what was found stays.
const FRESH_FOR: i64 = 15 * MINUTE;
/// What [`find`] takes.
const FIND: Need = Need { statements: 1, fetches: 0 };

/// Makes a list public under a new address. Answers whether it is: there may be too many. What is in it is found at once
/// where that was not done lately.
pub async fn publish(app: &App, account: &Account, list: Id) -> Result<bool> {
    let (key, now) = (app.new_key(), app.now());
    let mut batch = vec![store::list_feeds::publish(account.id, list, &key, now.plus(-FRESH_FOR))];
    if app.allows(Work::Backfill) {
        batch.push(store::list_feeds::find(list, Time(0), now, FEED_ENTRIES));
    }
    let made = store::write(&app.db, batch).await?;
    Ok(made.first().is_some_and(|rows| !rows.is_empty()))
}

/// A list is no feed any more.
pub async fn stop(app: &App, account: &Account, list: Id) -> Result<()> {
    store::write(&app.db, vec![store::list_feeds::stop(account.id, list)]).await?;
    Ok(())
}

/// Somebody reads a feed: what is in it is found again after the response where that is old.
pub fn read(app: &App, feed: &Feed) {
    if feed.found_at.plus(FRESH_FOR) <= app.now() {
        app.hint(Message::ListFeed { list: feed.list_id, found_at: feed.found_at });
    }
}

/// Finds again what is in a feed, unless somebody has done so since.
pub async fn find(app: &App, list: Id, found_at: Time) -> Result<()> {
    // With the day's rows nearly used up it stays what it is.
    if app.has_room(FIND) && app.allows(Work::Backfill) {
        let found = store::list_feeds::find(list, found_at, app.now(), FEED_ENTRIES);
        store::write(&app.db, vec![found]).await?;
    }
    Ok(())
}
