//! What an account elsewhere has published last: read from its outbox once somebody here follows it or opens its profile, so
//! that the profile is not empty. What it has pinned is read as well. Each post is fetched from its own id; nobody is told of it.

use serde_json::{Value, json};

use super::{counts, fetch, note};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::budget;
use crate::model::id::Id;
use crate::model::retention::Fill;
use crate::model::status::Visibility;
use crate::model::time::{DAY, HOUR};
use crate::services;
use crate::store;

/// An account's outbox is read at most so often.
const EVERY: i64 = DAY;
/// How many outboxes are read in a day (UTC): each writes some sixty rows and takes four messages of the queue.
const MOST_A_DAY: i64 = 100;
/// Younger posts may not have been delivered yet: retries take hours.
const YOUNG: i64 = 12 * HOUR;
/// The subject in `budgets` under which they are counted.
const COUNTED: &str = "outboxes";
/// Documents after the outbox itself, posts of one outbox, posts of one step, items that are looked at of a page.
const PAGES: usize = 2;
const MOST: usize = 20;
const STEP: usize = 5;
/// Steps of one outbox: twice as many as its posts need where none of them lacks room.
const STEPS: u64 = 8;
const LOOKED_AT: usize = 500;

/// Somebody here follows an account or has opened its profile: what it has published last is fetched once the answer is sent, if
/// that was not done lately.
pub fn opened(app: &App, account: &Account) {
    let is_elsewhere = !account.is_local() && !account.is_suspended() && account.fetched_at.is_some();
    if !is_elsewhere || account.outbox_url.is_none() {
        return;
    }
    let name = format!("outbox {}", account.id);
    if app.shared.lately.borrow_mut().add(name, EVERY, app.now()) == 0 {
        app.hint(Message::Posts(account.id));
    }
}

/// [`opened`] said that this account's posts are due: a job fetches them, unless that was begun within a day, enough of them
/// were today, or the database is filling.
pub async fn begin(app: &App, id: Id) -> Result<()> {
    let (now, day) = (app.now(), budget::day(app.now()));
    let parts = (store::accounts::by_id(id), store::budgets::used(&[COUNTED], day));
    let (account, counted) = store::load(&app.db, parts).await?;
    let Some(account) = account.filter(|a| !a.is_local() && !a.is_suspended()) else { return Ok(()) };
    let has_place = app.site().fill(app.meter.size()).is_none_or(Fill::is_indexing);
    if !has_place || counted.get(COUNTED).copied().unwrap_or(0) >= MOST_A_DAY {
        return Ok(());
    }
    let job = app.new_id();
    let rows =
        store::write(&app.db, store::threads::outbox_job(job, id, &account.uri, now, now.plus(-EVERY)))
            .await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Ok(());
    }
    store::write(&app.db, vec![store::budgets::add(&[(COUNTED.to_owned(), 1)], day)]).await?;
    app.hint(Message::Run(job));
    begin_featured(app, &account).await
}

/// Begins the job `featured` (`remote::backfill`) of an account that has such a collection.
pub async fn begin_featured(app: &App, account: &Account) -> Result<()> {
    let Some(featured) = &account.featured_url else { return Ok(()) };
    services::job::start(app, "featured", featured, &json!({"account": account.id.0}).to_string()).await
}

/// `outbox`: fetches the last public posts of the account with this id, some at a time.
///
/// Errors: as the fetch of the outbox; posts that cannot be fetched are no error.
pub async fn read(app: &App, uri: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let Some(account) = store::load(&app.db, store::accounts::by_uri(uri)).await? else { return Ok(()) };
    if account.is_local() || account.is_suspended() {
        return Ok(());
    }
    let mut todo = match context.get("todo") {
        Some(_) => vocab::links(&context, "todo"),
        None => newest(app, &account).await?,
    };
    let known = store::load(&app.db, store::statuses::known_uris(&todo)).await?;
    todo.retain(|address| !known.contains(address));
    let mut later = todo.split_off(todo.len().min(STEP));
    for address in todo {
        let done = if fetch::has_room(app) { Some(post(app, &account, &address).await) } else { None };
        match done {
            Some(Ok(())) => {}
            Some(Err(error)) if fetch::has_room(app) => {
                crate::platform::log_failure(&format!("outbox of {uri}: {address}"), &error);
            }
            // It was the room that had an end.
            _ => later.push(address),
        }
    }
    if later.is_empty() {
        return Ok(());
    }
    // What does not fit into so many steps takes more than a post may.
    let step = context.get("step").and_then(Value::as_u64).unwrap_or(0) + 1;
    if step >= STEPS {
        return Ok(());
    }
    services::job::start(app, "outbox", uri, &json!({ "todo": later, "step": step }).to_string()).await
}

/// The ids of the last posts that an account's outbox lists.
async fn newest(app: &App, account: &Account) -> Result<Vec<String>> {
    let is_own = |url: &str| vocab::is_same_host(url, &account.uri);
    let Some(url) = account.outbox_url.clone().filter(|url| is_own(url)) else { return Ok(Vec::new()) };
    let mut page = fetch::collection(app, &url).await?;
    let mut seen = vec![url];
    let mut all: Vec<String> = Vec::new();
    for _ in 0..=PAGES {
        for address in posts_of(&page, &account.uri) {
            if all.len() < MOST && !all.contains(&address) && !app.site().is_ours(&address) {
                all.push(address);
            }
        }
        let next = ["first", "next"].iter().find_map(|p| vocab::first(&page, p)).cloned();
        let Some(next) = next.filter(|_| all.len() < MOST) else { break };
        if next.get("items").is_some() || next.get("orderedItems").is_some() {
            page = next;
            continue;
        }
        let Some(url) = vocab::link(&next).filter(|url| is_own(url) && !seen.iter().any(|s| s == url)) else {
            break;
        };
        seen.push(url.to_owned());
        page = match fetch::collection(app, url).await {
            Ok(found) => found,
            Err(error) if all.is_empty() => return Err(error),
            Err(_) => break,
        };
    }
    Ok(all)
}

/// The ids of the posts on a page of an outbox: what the account has created, and what is named by its id alone. What it
/// boosts is not its own.
fn posts_of(page: &Value, actor: &str) -> Vec<String> {
    let items = ["orderedItems", "items"].into_iter().flat_map(|property| vocab::list(page, property));
    let address = |item: &Value| {
        let object = match vocab::kind(item) {
            "Create" => vocab::first(item, "object")?,
            _ if item.is_string() || vocab::note::is_note(item) => item,
            _ => return None,
        };
        vocab::link(object).filter(|address| vocab::is_same_host(address, actor)).map(str::to_owned)
    };
    items.into_iter().take(LOOKED_AT).filter_map(address).collect()
}

/// Fetches one post, and stores it where it is a public one of this account.
async fn post(app: &App, account: &Account, address: &str) -> Result<()> {
    let is_own = |id: &str| vocab::is_same_host(id, &account.uri);
    let mut document = fetch::document(app, address).await?;
    // Some list the ids of activities.
    if vocab::kind(&document) == "Create" {
        let Some(inner) = vocab::link_of(&document, "object").filter(|id| is_own(id)).map(str::to_owned)
        else {
            return Ok(());
        };
        document = fetch::document(app, &inner).await?;
    }
    let is_theirs = vocab::id(&document).is_some_and(is_own)
        && vocab::list(&document, "attributedTo")
            .into_iter()
            .filter_map(vocab::link)
            .any(|a| a == account.uri);
    let Some(read) = vocab::note::read(&document, Some(account)).filter(|_| is_theirs) else { return Ok(()) };
    let is_past = read.published.is_some_and(|at| at <= app.now());
    if read.is_vote || read.visibility > Visibility::Unlisted || !is_past {
        return Ok(());
    }
    let status = note::to_status(app, account, &read).await?;
    // A young one may still be on its way, and is then known already: whom it mentions and who waits for it is told now.
    let is_young = status.created_at > app.now().plus(-YOUNG);
    let has_open_quote = note::has_open_quote(&status);
    let is_told = is_young
        && (status.mentions.iter().any(|mention| mention.is_local)
            || store::load(&app.db, store::follows::is_awaited(account.id, status.created_at)).await?);
    let stored = if is_told {
        services::publish::receive(app, status, false).await?
    } else {
        services::publish::file(app, status).await?
    };
    if let Some(id) = stored.filter(|_| has_open_quote) {
        note::look_into_quote_of(app, id).await?;
    }
    counts::of_status(app, account, &document).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outbox_lists_what_is_created_by_id_or_whole() {
        let page = json!({"orderedItems": [
            {"type": "Create", "object": "https://b.example/1"},
            {"type": "Create", "object": {"id": "https://b.example/2", "type": "Note"}},
            {"type": "Announce", "id": "https://b.example/3", "object": "https://b.example/4"},
            "https://b.example/5",
            {"type": "Note", "id": "https://b.example/6"},
            {"type": "Create", "object": {"id": "https://c.example/7", "type": "Note"}},
            {"type": "Delete", "object": "https://b.example/8"}, 9, null, {"type": "Create"},
        ]});
        let found = posts_of(&page, "https://b.example/users/bob");
        assert_eq!(found, [1, 2, 5, 6].map(|n| format!("https://b.example/{n}")));
    }
}
