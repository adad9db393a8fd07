//! The collections that other servers page through (federation contract, section 3.3).

use serde_json::{Map, Value, json};

use super::actors::{account, served};
use super::notes::visible;
use crate::activitypub::wire::render;
use crate::activitypub::wire::render::activity::{announce, create};
use crate::activitypub::wire::render::collection::outline;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::store;
use crate::store::Query;
use crate::store::threads::Address;

const ACTIVITIES: usize = 20;
const PEOPLE: usize = 50;
const STATUSES: usize = 60;

fn wants_page(c: &Context<'_>) -> bool {
    c.params.filled("page").is_some()
}

/// A page of a collection; `links` are its `next`, `prev` and their like, left out where there is none.
fn page(
    c: &Context<'_>,
    kind: &str,
    part_of: &str,
    items: Vec<Value>,
    links: &[(&str, Option<String>)],
) -> Response {
    let is_ordered = kind.starts_with("Ordered");
    let mut map = Map::new();
    map.insert("id".into(), json!(format!("{part_of}?{}", c.request.query)));
    map.insert("type".into(), json!(kind));
    map.insert("partOf".into(), json!(part_of));
    for (name, link) in links {
        if let Some(link) = link {
            map.insert((*name).into(), json!(link));
        }
    }
    map.insert(if is_ordered { "orderedItems" } else { "items" }.into(), json!(items));
    served(Value::Object(map))
}

/// The links of a page: `prev` while it has anything, `next` while there may be more: behind a full page, and behind
/// any that has something where only so far is looked for what is public (`is_filtered`).
fn links(
    page: &Page,
    is_filtered: bool,
    base: &str,
    cursors: impl DoubleEndedIterator<Item = Id>,
) -> [(&'static str, Option<String>); 2] {
    let cursors: Vec<Id> = cursors.collect();
    let may_go_on = is_filtered || cursors.len() == page.limit || page.is_upward();
    let next = cursors.last().filter(|_| may_go_on).map(|id| format!("{base}&max_id={id}"));
    [("next", next), ("prev", cursors.first().map(|id| format!("{base}&min_id={id}")))]
}

/// `GET …/outbox`: public and unlisted statuses and boosts as they were sent, newest first.
pub async fn outbox(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let id = account.outbox_url.clone().unwrap_or_default();
    if !wants_page(c) {
        let mut body = outline(&id, account.statuses_count, Some(format!("{id}?page=true")));
        if let Value::Object(map) = &mut body {
            map.insert("last".into(), json!(format!("{id}?page=true&min_id=0")));
        }
        return Ok(served(body));
    }
    let asked = pagination::read(&c.params, ACTIVITIES, ACTIVITIES)?;
    let filter = store::timelines::OfAccount::default();
    let views =
        store::load(&c.app.db, store::timelines::of_account(account.id, None, &filter, &asked)).await?;
    let origin = c.app.origin_of(&account);
    let parents: Vec<Id> = views.iter().filter_map(|v| v.status.in_reply_to_id).collect();
    let parents = store::load(&c.app.db, store::statuses::by_ids(&parents, None)).await?;
    let mut items = Vec::new();
    for view in views.iter() {
        let parent = view.status.in_reply_to_id.and_then(|p| parents.iter().find(|s| s.status.id == p));
        let elsewhere = || view.status.in_reply_to_uri.clone().filter(|_| view.status.brought_from.is_none());
        let parent = parent.map(|p| p.status.uri.clone()).or_else(elsewhere);
        items.push(match announce(view, &account) {
            Some(activity) => activity,
            None => create(
                view,
                &account,
                render::note::render(&view.status, &account, parent.as_deref(), &origin, c.app.now()),
            ),
        });
    }
    let links = links(&asked, true, &format!("{id}?page=true"), views.iter().map(|v| v.status.id));
    Ok(page(c, "OrderedCollectionPage", &id, items, &links))
}

pub async fn followers(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let (id, total) = (account.followers_url.clone().unwrap_or_default(), account.followers_count);
    people(c, &account, &id, total, store::threads::followers).await
}

pub async fn following(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let (id, total) = (account.following_url.clone().unwrap_or_default(), account.following_count);
    people(c, &account, &id, total, store::threads::following).await
}

/// Hidden ones have no first page.
async fn people(
    c: &Context<'_>,
    account: &Account,
    id: &str,
    total: i64,
    list: fn(Id, &Page) -> Query<Vec<Address>>,
) -> Result<Response> {
    if !wants_page(c) {
        let first = (!account.hides_collections).then(|| format!("{id}?page=1"));
        return Ok(served(outline(id, total, first)));
    }
    if account.hides_collections {
        return Err(Error::Forbidden("This collection is hidden".into()));
    }
    let asked = pagination::read(&c.params, PEOPLE, PEOPLE)?;
    let listed = store::load(&c.app.db, list(account.id, &asked)).await?;
    let links = links(&asked, false, &format!("{id}?page=1"), listed.iter().map(|(cursor, _)| *cursor));
    let items = listed.into_iter().map(|(_, uri)| json!(uri)).collect();
    Ok(page(c, "OrderedCollectionPage", id, items, &links))
}

/// `GET …/replies`: ids of what answers a status, the author's own first, then everybody else's.
pub async fn replies(c: &Context<'_>) -> Result<Response> {
    let view = visible(c).await?;
    let status = &view.status;
    if !wants_page(c) {
        let own =
            store::threads::replies(status.id, status.account_id, true, Id(0), render::note::OWN_REPLIES);
        let own = store::load(&c.app.db, own).await?;
        return Ok(served(render::note::replies(&status.uri, &own)));
    }
    let id = format!("{}/replies", status.uri);
    let asked = pagination::read(&c.params, STATUSES, STATUSES)?;
    let is_own = !c.params.bool("only_other_accounts").unwrap_or(false);
    let after = asked.min_id.unwrap_or_default();
    let found = store::load(
        &c.app.db,
        store::threads::replies(status.id, status.account_id, is_own, after, asked.limit),
    )
    .await?;
    let next = match found.last() {
        Some((last, _)) if found.len() == asked.limit => Some(format!(
            "{id}?page=true&min_id={last}{}",
            if is_own { "" } else { "&only_other_accounts=true" }
        )),
        // After the author's own come the others'.
        _ => is_own.then(|| format!("{id}?page=true&only_other_accounts=true")),
    };
    let items = found.into_iter().map(|(_, uri)| json!(uri)).collect();
    Ok(page(c, "CollectionPage", &id, items, &[("next", next)]))
}

/// `GET …/context` of the status that began a conversation (FEP-7888, FEP-f228): its public statuses, oldest
/// first.
pub async fn context(c: &Context<'_>) -> Result<Response> {
    let view = visible(c).await?;
    let root = &view.status;
    if view.reblog.is_some() || root.conversation.as_deref() != Some(root.uri.as_str()) {
        return Err(Error::NotFound);
    }
    let id = render::note::context_of(&root.uri);
    let is_known = c.reader.borrow().is_some();
    let asked = pagination::read(&c.params, STATUSES, STATUSES)?;
    if !wants_page(c) {
        let total = store::load(&c.app.db, store::threads::conversation_size(root.id, is_known)).await?;
        let mut body = outline(&id, total, Some(format!("{id}?page=true")));
        if let Value::Object(map) = &mut body {
            map.insert("attributedTo".into(), json!(view.account.uri));
        }
        return Ok(served(body));
    }
    let after = asked.min_id.unwrap_or_default();
    let found =
        store::load(&c.app.db, store::threads::conversation(root.id, is_known, after, asked.limit)).await?;
    let next = found
        .last()
        .filter(|_| found.len() == asked.limit)
        .map(|(last, _)| format!("{id}?page=true&min_id={last}"));
    let items = found.into_iter().map(|(_, uri)| json!(uri)).collect();
    Ok(page(c, "OrderedCollectionPage", &id, items, &[("next", next)]))
}

/// The number of favourites, without names.
pub async fn likes(c: &Context<'_>) -> Result<Response> {
    let status = visible(c).await?.status;
    Ok(served(render::collection::count(&format!("{}/likes", status.uri), status.favourites_count)))
}

/// The number of boosts, without names.
pub async fn shares(c: &Context<'_>) -> Result<Response> {
    let status = visible(c).await?.status;
    Ok(served(render::collection::count(&format!("{}/shares", status.uri), status.reblogs_count)))
}
