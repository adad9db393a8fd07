//! The job `card`: reads the page of a link. Whatever the page does, an attempt ends it.

use url::Url;

use super::{charset, embed, head};
use crate::activitypub::remote::{fetch, resolve};
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::budget::By;
use crate::model::card::{Card, FRESH, FRESH_FAILURE, may_attribute};
use crate::model::id::Id;
use crate::platform::guard;
use crate::store;
use crate::text::acct;

/// A page with its redirects, its oEmbed document, and what it takes to store them.
const PAGE: Need = Need { statements: 12, fetches: 3 };
/// What finding an author elsewhere takes.
const AUTHOR: Need = Need { statements: 14, fetches: 3 };

/// Reads the page at `url` and stores its card, or that there is none. A page that does not answer is not asked again for
/// a day.
///
/// Errors: `Remote` where this invocation, or whoever makes us ask, has no request left; those of the database.
pub async fn read(app: &App, url: &str) -> Result<()> {
    let later = || Error::answered("no room for a page in this invocation");
    let Some(page) = asked(app, url) else {
        // Otherwise everybody who opens a status with it would have it looked at again.
        let unread = store::cards::keep_failure(url, app.now().plus(FRESH_FAILURE));
        store::write(&app.db, vec![unread]).await?;
        return Ok(());
    };
    if !app.has_room(PAGE) {
        return Err(later());
    }
    let statement = match found(app, url, &page).await {
        Ok(Some(found)) => {
            let fresh = if found.is_complete { FRESH } else { FRESH_FAILURE };
            store::cards::keep(url, &found.card, found.author, app.now().plus(fresh))
        }
        Ok(None) => store::cards::keep_failure(url, app.now().plus(FRESH_FAILURE)),
        Err(Error::Forbidden(_)) => store::cards::remove(url, app.now().plus(FRESH_FAILURE)),
        Err(error) if error.is_ours() || error.is_unasked() => return Err(error),
        // The last request of an invocation may have been left out.
        Err(_) if !app.has_room(Need { statements: 8, fetches: 0 }) => return Err(later()),
        Err(_) => store::cards::keep_failure(url, app.now().plus(FRESH_FAILURE)),
    };
    store::write(&app.db, vec![statement]).await?;
    Ok(())
}

/// Somebody's link as it is asked for: http is asked by https, since nothing is fetched without.
fn asked(app: &App, url: &str) -> Option<Url> {
    let mut page = guard::parse(url)?;
    if page.scheme() == "http" && !app.config.is_development {
        page.set_scheme("https").ok()?;
    }
    Some(page)
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// What is found on a page.
struct Page {
    card: Card,
    /// The account that it names as its author.
    author: Option<Id>,
    /// Otherwise something of it could not be asked for now, and it is soon read again.
    is_complete: bool,
}

/// The card of a page. `None` where it has none.
async fn found(app: &App, url: &str, page: &Url) -> Result<Option<Page>> {
    if is_known_here(app, &[url, page.as_str()]).await? {
        return Ok(None);
    }
    let fetched = fetch::page(app, page.as_str(), &["text/html"]).await?;
    let Some(address) = guard::parse(&fetched.url) else { return Ok(None) };
    let html =
        charset::decode(&fetched.answer.body, fetched.answer.header("content-type").unwrap_or_default());
    let found = head::read(&html, &address);
    drop(html);
    if let Some(activity) = &found.activity
        && is_known_here(app, &[activity]).await?
    {
        return Ok(None);
    }
    let (mut card, mut is_complete) = (found.card, true);
    if !found.is_complete
        && let Some(href) = &found.embed
    {
        match fetch::page(app, href, &["application/json", "text/json"]).await {
            Ok(document) => {
                if let Some(place) = guard::parse(&document.url) {
                    let page = card.get_or_insert_with(|| Card { host: host(&address), ..Card::default() });
                    embed::add(page, &document.answer.body, &place);
                }
            }
            Err(error) if error.is_ours() => return Err(error),
            // Without a document there is what the page says.
            Err(error) => is_complete = !error.is_unasked(),
        }
    }
    let Some(mut card) = card.filter(|card| !card.title.is_empty()) else { return Ok(None) };
    card.linked_host = host(page);
    let mut author_id = None;
    if let Some(handle) = &found.creator {
        let author = author(app, handle, &card.host).await?;
        author_id = author.id;
        is_complete &= !author.is_left_out;
    }
    Ok(Some(Page { card, author: author_id, is_complete }))
}

/// Whether one of these is the id of a status or account here.
async fn is_known_here(app: &App, urls: &[&str]) -> Result<bool> {
    let urls: Vec<String> = urls.iter().map(|u| (*u).to_owned()).collect();
    store::load(&app.db, store::cards::is_known_here(&urls)).await
}

/// The account that a page names as its author.
#[derive(Debug, Clone, Copy)]
struct Author {
    id: Option<Id>,
    /// It could not be asked for now.
    is_left_out: bool,
}

/// The account that a page of `host` names as its author. One that is not known, or that does not agree as far as is known,
/// is looked up, but not for a stranger: a page could name anybody.
async fn author(app: &App, handle: &str, host: &str) -> Result<Author> {
    let none = Author { id: None, is_left_out: false };
    let Some(acct::Acct { username, domain: Some(domain) }) = acct::parse(handle) else { return Ok(none) };
    let Some(at) = app.handle_domain(Some(&domain), app.primary()) else { return Ok(none) };
    let known = store::load(&app.db, store::accounts::by_handle(&username, &at)).await?;
    let agrees = |account: &Account| may_attribute(account, host);
    let is_stranger = matches!(app.cause(), By::Stranger { .. });
    let is_settled = known.as_ref().is_some_and(|account| account.is_local() || agrees(account));
    let known = Author { id: known.map(|account| account.id), is_left_out: false };
    if is_settled || is_stranger {
        return Ok(known);
    }
    if !app.has_room(AUTHOR) {
        return Ok(Author { is_left_out: true, ..known });
    }
    match resolve::account_by_handle(app, &username, &at).await {
        Ok(found) => Ok(Author { id: found.map(|account| account.id), is_left_out: false }),
        Err(error) if error.is_ours() => Err(error),
        Err(error) => Ok(Author { is_left_out: error.is_unasked(), ..known }),
    }
}
