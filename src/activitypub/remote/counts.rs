//! What other servers count: answers, boosts and favourites of a status, followers of a person.

use serde_json::Value;

use super::fetch;
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::Result;
use crate::model::account::Account;
use crate::store;

/// Stores what a status's own server counts, beside what we count: unverified, shown where it is more.
pub async fn of_status(app: &App, author: &Account, document: &Value) -> Result<()> {
    let counts = vocab::note::counts(document);
    if let Some(uri) = vocab::id(document)
        && counts.iter().any(|n| n.is_some_and(|n| n > 0))
    {
        store::write(&app.db, vec![store::threads::keep_counts(uri, author.id, counts)]).await?;
    }
    Ok(())
}

/// Like [`of_status`], of a person: followers, followed, statuses. Where a collection is hidden or does not answer, the
/// stored count stays; that it was asked is stored in any case.
pub async fn of_account(app: &App, account: &Account) -> Result<()> {
    let mut counts = [None; 3];
    for (count, url) in
        counts.iter_mut().zip([&account.followers_url, &account.following_url, &account.outbox_url])
    {
        if let Some(url) = url
            && let Ok(collection) = fetch::collection(app, url).await
        {
            *count = vocab::note::total(&collection);
        }
    }
    store::write(&app.db, vec![store::threads::keep_people_counts(account.id, counts)]).await?;
    Ok(())
}
