//! Collections of other servers: threads, pinned statuses. A collection may be endless or circular, so that every walk
//! has a budget of pages and items and remembers the pages it has read.

use serde_json::{Value, json};

use super::{counts, fetch, resolve};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::id::Id;
use crate::model::status::{Status, Visibility};
use crate::model::time::MINUTE;
use crate::services;
use crate::store;
use crate::store::threads::{Backfill, BackfillState};

/// How far a walk may go.
#[derive(Debug)]
pub struct Budget {
    pages: usize,
    items: usize,
    seen: Vec<String>,
}

impl Budget {
    /// Maximum number of fetched documents, and of items in them.
    pub fn new(pages: usize, items: usize) -> Self {
        Self { pages, items, seen: Vec::new() }
    }

    /// Whether a page may be fetched: within the budget, and not read before.
    fn takes(&mut self, url: &str) -> bool {
        if self.pages == 0 || self.seen.iter().any(|s| s == url) {
            return false;
        }
        self.pages -= 1;
        self.seen.push(url.to_owned());
        true
    }
}

/// The addresses of what a collection at `url` holds, as far as the budget goes. Its pages are of its own host.
///
/// Errors: as the fetch of its first document; a later page that fails ends the walk.
pub async fn addresses(app: &App, url: &str, budget: &mut Budget) -> Result<Vec<String>> {
    if !budget.takes(url) {
        return Err(Error::Unprocessable("The collection was read already".into()));
    }
    let document = fetch::collection(app, url).await?;
    Ok(walk(app, &document, url, budget).await)
}

/// Like [`addresses`], of a collection that is here already, served by the host of `home`.
pub async fn walk(app: &App, collection: &Value, home: &str, budget: &mut Budget) -> Vec<String> {
    let mut all = Vec::new();
    let mut fetched;
    let mut page = collection;
    loop {
        for property in ["orderedItems", "items"] {
            for item in vocab::list(page, property) {
                // Some servers list the Create with the note enclosed.
                let item = if vocab::kind(item) == "Create" {
                    vocab::first(item, "object").unwrap_or(item)
                } else {
                    item
                };
                if let Some(address) = vocab::link(item).filter(|_| budget.items > 0) {
                    budget.items -= 1;
                    all.push(address.to_owned());
                }
            }
        }
        if budget.items == 0 {
            return all;
        }
        let Some(next) = ["first", "next"].iter().find_map(|p| vocab::first(page, p)) else { return all };
        if next.is_object() && (next.get("items").is_some() || next.get("orderedItems").is_some()) {
            page = next;
            continue;
        }
        let Some(url) = vocab::link(next).filter(|n| vocab::is_same_host(n, home)).map(str::to_owned) else {
            return all;
        };
        if !budget.takes(&url) {
            return all;
        }
        match fetch::collection(app, &url).await {
            Ok(document) => fetched = document,
            Err(error) => {
                crate::platform::log_failure(&format!("page {url}"), &error);
                return all;
            }
        }
        page = &fetched;
    }
}

/// A thread is fetched at most so often.
const THREAD_EVERY: i64 = 15 * MINUTE;
/// Pages of one fetch, statuses of one step, statuses of one thread.
const THREAD_PAGES: usize = 4;
const THREAD_STEP: usize = 5;
const THREAD_MOST: usize = 60;
/// Pinned statuses of a newly followed account.
const MAX_FEATURED: usize = 5;

/// Somebody who may see a status has opened its thread, whose backfill was as `last` says: whether another one is due,
/// which then begins once the answer is sent.
pub fn open(app: &App, status: &Status, last: &Backfill) -> bool {
    let is_due = last.began_at.is_none_or(|at| at < app.now().plus(-THREAD_EVERY));
    let is_read = !status.is_local && status.visibility.is_distributable() && status.reblog_of_id.is_none();
    let begins = is_due && is_read && last.state == BackfillState::Over;
    if begins {
        app.hint(Message::Thread(status.id));
    }
    begins
}

/// [`open`] said that the thread of this status is due: a job fetches the rest of it, unless another has begun meanwhile.
pub async fn opened(app: &App, id: Id) -> Result<()> {
    let Some(view) = store::load(&app.db, store::statuses::by_id(id, None)).await? else { return Ok(()) };
    if view.status.is_local {
        return Ok(());
    }
    let job = app.new_id();
    let due = app.now().plus(-THREAD_EVERY);
    let rows = store::write(&app.db, store::threads::backfill_job(job, id, &view.status.uri, app.now(), due))
        .await?;
    if rows.first().is_some_and(|r| !r.is_empty()) {
        app.hint(Message::Run(job));
    }
    Ok(())
}

/// `thread`: fetches the statuses that a status's server lists of its thread, each from its own origin. What does not
/// fit one step goes on with the next run of cron.
///
/// Errors: as the fetch of the status; statuses of the thread that cannot be fetched are no error.
pub async fn thread(app: &App, uri: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let mut found = vocab::links(&context, "todo");
    let mut left = context.get("left").and_then(Value::as_u64).map_or(THREAD_MOST, |n| n as usize);
    if context.get("todo").is_none() {
        let Some(known) = store::load(&app.db, store::statuses::by_uri(uri)).await? else { return Ok(()) };
        match fetch::document(app, uri).await {
            Ok(document) => {
                counts::of_status(app, &known.account, &document).await?;
                found = below(app, &document, uri).await;
            }
            // A public status that its server no longer has is deleted.
            Err(Error::NotFound | Error::Gone) if known.status.visibility <= Visibility::Unlisted => {
                services::remove::remote_by_uri(app, &known.account, uri, app.now(), true).await?;
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    found.retain(|u| !app.site().is_ours(u));
    let known = store::load(&app.db, store::statuses::known_uris(&found)).await?;
    found.retain(|u| !known.contains(u));
    found.truncate(left);
    let mut stored = Vec::new();
    let rest = found.split_off(found.len().min(THREAD_STEP));
    left -= found.len();
    let mut todo = rest;
    for address in &found {
        if !fetch::has_room(app) {
            left += 1;
            todo.push(address.clone());
            continue;
        }
        match fetch_one(app, address).await {
            // Answers that the note encloses cost no further fetch.
            Ok((new, more)) => {
                stored.extend(new);
                todo.extend(more);
            }
            Err(error) => crate::platform::log_failure(&format!("thread {uri}: {address}"), &error),
        }
    }
    todo.sort_unstable();
    todo.dedup();
    todo.truncate(left);
    let mut batch = Vec::new();
    if !stored.is_empty() {
        batch.push(store::threads::count_found(uri, &stored));
    }
    if !todo.is_empty() {
        let context = json!({"todo": todo, "left": left}).to_string();
        batch.push(store::jobs::insert(app.new_id(), "thread", uri, &context, app.now().plus(1)));
    }
    if !batch.is_empty() {
        store::write(&app.db, batch).await?;
    }
    Ok(())
}

/// Fetches a status of a thread; answers its id where it is stored now, and what of its own answers it names.
async fn fetch_one(app: &App, uri: &str) -> Result<(Option<Id>, Vec<String>)> {
    let document = fetch::document(app, uri).await?;
    if !vocab::note::is_note(&document) {
        return Ok((None, Vec::new()));
    }
    let stored = resolve::store_note(app, &document, 1).await?;
    let replies = vocab::first(&document, "replies").filter(|r| r.is_object());
    let mut nothing = Budget::new(0, THREAD_STEP);
    Ok(match replies {
        Some(replies) => (stored, walk(app, replies, uri, &mut nothing).await),
        None => (stored, Vec::new()),
    })
}

/// What the `context` collection of a note lists (FEP-7888), else its `replies`.
async fn below(app: &App, document: &Value, uri: &str) -> Vec<String> {
    let mut budget = Budget::new(THREAD_PAGES, THREAD_MOST);
    let context = vocab::link_of(document, "context").filter(|c| c.starts_with("https://") && *c != uri);
    if let Some(context) = context
        && let Ok(all) = addresses(app, context, &mut budget).await
        && !all.is_empty()
    {
        return all;
    }
    match vocab::first(document, "replies") {
        Some(replies)
            if replies.is_object() && (replies.get("first").is_some() || replies.get("items").is_some()) =>
        {
            walk(app, replies, uri, &mut budget).await
        }
        Some(replies) => match vocab::link(replies).filter(|r| vocab::is_same_host(r, uri)) {
            Some(url) => addresses(app, url, &mut budget).await.unwrap_or_default(),
            None => Vec::new(),
        },
        None => Vec::new(),
    }
}

/// `featured`: the pinned statuses of a newly followed or opened account.
pub async fn featured(app: &App, url: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let id = Id(context.get("account").and_then(Value::as_i64).unwrap_or_default());
    let Some(account) = store::load(&app.db, store::accounts::by_id(id)).await? else { return Ok(()) };
    let mut budget = Budget::new(2, MAX_FEATURED);
    let mut uris = addresses(app, url, &mut budget).await?;
    uris.retain(|u| vocab::is_same_host(u, &account.uri));
    let known = store::load(&app.db, store::statuses::by_uris(&uris)).await?;
    let is_here = |uri: &str| known.iter().any(|v| v.status.uri == uri);
    for view in known.iter().filter(|v| v.status.account_id == account.id) {
        services::feature::pin_remote(app, &account, &view.status).await?;
    }
    for uri in uris.iter().filter(|u| !is_here(u)) {
        let later = || Err(Error::answered("the rest of what is pinned comes later"));
        if !fetch::has_room(app) {
            return later();
        }
        let found = match resolve::note_by_uri(app, uri, 0).await {
            Ok(found) => found,
            // It was the room that had an end, after what was read first.
            Err(_) if !fetch::has_room(app) => return later(),
            Err(_) => None,
        };
        let view = store::load(&app.db, store::statuses::by_id(found.unwrap_or_default(), None)).await?;
        if let Some(view) = view.filter(|v| v.status.account_id == account.id) {
            services::feature::pin_remote(app, &account, &view.status).await?;
        }
    }
    Ok(())
}
