//! Statuses that people bring along from the archive of another server. They become statuses of theirs with their dates, and
//! nobody is told: no other server, no live stream, no notification. Reading them is `activitypub::remote::archive`.

use std::collections::{HashMap, HashSet};

use super::publish::searchable;
use super::remove;
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::archive::{Item, MAX_ITEMS, MAX_REMOVED, MAX_TOLD, Outcome, Why};
use crate::model::id::{EPOCH_MS, Id};
use crate::model::ledger::Work;
use crate::model::media::Media;
use crate::model::quote::QuotePolicy;
use crate::model::time::{DAY, Time};
use crate::model::uri;
use crate::model::user::User;
use crate::store;

/// Statements of [`write`] for `n` statuses.
fn need(n: usize) -> Need {
    Need { statements: n as u32 + 6, fetches: 0 }
}
/// What the removal of one status takes of which other servers are told.
const REMOVAL: Need = Need { statements: 8, fetches: 0 };

/// Who brings something along may do so now.
///
/// Errors: `Forbidden` where the account has moved, `Spent` where imports wait for the next day.
pub fn check(app: &App, account: &Account) -> Result<()> {
    super::permission::may_act(account)?;
    if app.allows(Work::Imports) {
        return Ok(());
    }
    Err(Error::Spent("imports wait for the next day".into()))
}

/// Whether a status may be of this time: not before ids begin, and not of the last day, where it would stand at the top of
/// others' timelines.
pub fn is_time(app: &App, at: Time) -> bool {
    (EPOCH_MS..=app.now().plus(-DAY).0).contains(&at.0)
}

/// Stores statuses, each once however often it comes; answers what became of each, in their order. At most [`MAX_ITEMS`].
///
/// Errors as of [`check`]; `Conflict` where another status was given one of the files at the same time.
pub async fn bring(app: &App, user: &User, account: &Account, mut items: Vec<Item>) -> Result<Vec<Outcome>> {
    check(app, account)?;
    items.truncate(MAX_ITEMS);
    let mut uris: Vec<String> = items.iter().map(|item| item.uri.clone()).collect();
    let named: HashSet<&str> = items.iter().filter_map(|item| item.parent.as_deref()).collect();
    let parents: Vec<String> = named.into_iter().map(str::to_owned).collect();
    let files: Vec<Id> = items.iter().flat_map(|item| item.media.iter().copied()).collect();
    uris.extend(parents);
    let files = (!files.is_empty()).then(|| store::media::by_ids(&files, account.id));
    let (known, files) =
        store::load(&app.db, (store::statuses::brought::known(account.id, &uris), files)).await?;
    let mut ids: HashMap<String, Id> = known.into_iter().collect();
    let mut outcomes = vec![Outcome::Known; items.len()];
    let (mut seen, mut used) = (HashSet::new(), HashSet::new());
    let mut new: Vec<usize> = Vec::new();
    let files = files.unwrap_or_default();
    for (n, (item, outcome)) in items.iter_mut().zip(&mut outcomes).enumerate() {
        if ids.contains_key(&item.uri) {
            continue;
        }
        // A file is of one status.
        item.media.retain(|id| used.insert(*id));
        complete(app, user, account, item, &files);
        if is_empty(item) {
            *outcome = Outcome::Refused(Why::Empty);
        } else if seen.insert(item.uri.clone()) {
            new.push(n);
        }
    }
    // What answers something comes after it.
    new.sort_by_key(|n| items.get(*n).map(|item| item.status.created_at));
    for _ in 0..2 {
        if new.is_empty() || !app.has_room(need(new.len())) {
            break;
        }
        let mut batch = Vec::new();
        for n in &new {
            if let Some(item) = items.get_mut(*n) {
                number(app, account, item, &mut ids);
                batch.push(item.clone());
            }
        }
        let stored = write(app, account, &batch).await?;
        // Another status had its id, or the same request came twice at once: the next turn tells.
        new.retain(|n| {
            let id = items.get(*n).map(|item| item.status.id).filter(|id| stored.contains(id));
            if let (Some(id), Some(outcome)) = (id, outcomes.get_mut(*n)) {
                *outcome = Outcome::Stored(id);
            }
            id.is_none()
        });
    }
    if !new.is_empty() {
        let left: Vec<String> =
            new.iter().filter_map(|n| items.get(*n)).map(|item| item.uri.clone()).collect();
        let known = store::load(&app.db, store::statuses::brought::known(account.id, &left)).await?;
        for n in new {
            let is_known = items.get(n).is_some_and(|item| known.iter().any(|(uri, _)| *uri == item.uri));
            if let Some(outcome) = outcomes.get_mut(n).filter(|_| !is_known) {
                *outcome = Outcome::Refused(Why::Failed);
            }
        }
    }
    Ok(outcomes)
}

/// Nothing of it would be seen.
fn is_empty(item: &Item) -> bool {
    let Item { status, media, .. } = item;
    media.is_empty() && status.poll.is_none() && status.text.as_deref().is_none_or(str::is_empty)
}

/// Gives a status its author, its files and what follows from the author's settings.
fn complete(app: &App, user: &User, account: &Account, item: &mut Item, files: &[Media]) {
    let origin = app.origin_of(account);
    let is_free = |media: &&Media| media.owner_id.is_none();
    let found: Vec<&Media> = item
        .media
        .iter()
        .filter_map(|id| files.iter().find(|media| media.id == *id).filter(is_free))
        .collect();
    item.media = found.iter().map(|media| media.id).collect();
    let status = &mut item.status;
    status.media = found.into_iter().map(|media| media.attachment(&origin)).collect();
    status.account_id = account.id;
    status.is_local = true;
    status.mentions.clear();
    status.quote_policy =
        if status.visibility.is_distributable() { user.default_quote_policy } else { QuotePolicy::NOBODY };
    if let Some(poll) = &mut status.poll {
        // Nobody can vote any more: this is not where it was held.
        poll.expires_at = Some(poll.expires_at.unwrap_or(app.now()).min(app.now()));
        poll.names.clear();
    }
}

/// Gives a status an id of its time, later than that of what it answers, and its address here.
fn number(app: &App, account: &Account, item: &mut Item, ids: &mut HashMap<String, Id>) {
    let status = &mut item.status;
    let mut id = app.id_at(status.created_at);
    let parent = item.parent.as_ref().and_then(|uri| ids.get(uri)).copied();
    // Of one second, in which both may have been written.
    if let Some(parent) =
        parent.filter(|parent| *parent >= id && parent.unix_ms() - status.created_at.0 < 1000)
    {
        id = Id(parent.0 + 1);
    }
    while ids.values().any(|used| *used == id) {
        id = Id(id.0 + 1);
    }
    status.id = id;
    status.uri = uri::status(&account.uri, id);
    status.url = uri::status_page(&account.url, id);
    ids.insert(item.uri.clone(), id);
}

/// Writes statuses in one batch; answers the ids of those that are stored now.
async fn write(app: &App, account: &Account, items: &[Item]) -> Result<HashSet<Id>> {
    let mut batch: Vec<_> = items.iter().map(store::statuses::brought::insert).collect();
    let texts: Vec<String> = items.iter().map(|item| searchable(&item.status)).collect();
    batch.extend(store::statuses::brought::insert_details(account.id, items, &texts));
    let rows = store::write(&app.db, batch).await?;
    rows.iter().take(items.len()).flatten().map(|row| row.id("id")).collect()
}

/// Removes some of what an account has brought along; answers how many, and whether there may be more. What nobody else has
/// anything to do with goes without a word; of the rest, other servers are told as of any deletion.
///
/// Errors: `Spent` where the day's quota is used up but for a rest.
pub async fn remove(app: &App, account: &Account) -> Result<(usize, bool)> {
    if !app.allows(Work::Retention) {
        return Err(Error::Spent("removals wait for the next day".into()));
    }
    let some = store::load(&app.db, store::statuses::brought::some(account.id, MAX_REMOVED)).await?;
    let alone: Vec<Id> = some.iter().filter(|(_, is_known)| !is_known).map(|(id, _)| *id).collect();
    let mut removed = 0;
    if !alone.is_empty() {
        let rows =
            store::write(&app.db, store::statuses::brought::remove(account.id, &alone).to_vec()).await?;
        removed += rows.last().map_or(0, Vec::len);
    }
    for (id, _) in some.iter().filter(|(_, is_known)| *is_known).take(MAX_TOLD) {
        if !app.has_room(REMOVAL) {
            break;
        }
        let view = store::load(&app.db, store::statuses::by_id(*id, Some(account.id))).await?;
        if let Some(view) = view {
            remove::status(app, account, &view, true).await?;
            removed += 1;
        }
    }
    Ok((removed, removed > 0))
}
