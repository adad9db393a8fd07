//! What other servers read of ours: actors, notes, collections.

use serde_json::{Value, json};

use super::render::activity::{announce, create, origin_of};
use super::render::{self, collection};
use super::{inbox, keys, signature};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::negotiate::wants_activity;
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::status::{StatusView, Visibility};
use crate::model::uri;
use crate::store;

const PAGE: usize = 20;
const PEOPLE: usize = 50;

pub(super) async fn account(c: &Context<'_>) -> Result<Account> {
    let name = c.segment("username")?;
    let name = name.strip_suffix(".json").unwrap_or(name);
    let domain = c.app.domain_asked(c.request).handle_domain;
    store::load(&c.app.db, store::accounts::local_by_username(name, &domain)).await?.ok_or(Error::NotFound)
}

pub(super) fn served(document: Value) -> Response {
    Response::activity(&render::document(document))
}

/// `GET /users/{username}`: the actor, or for people the way to the page.
pub async fn actor(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    if !wants_activity(c.request.header("accept")) && !c.segment("username")?.ends_with(".json") {
        return Ok(Response::redirect(&account.url).with("Vary", "Accept"));
    }
    Ok(served(render::actor::render(&account, &uri::shared_inbox(&origin_of(c.app, &account)))))
}

/// `GET /actor`: readable unsigned by anybody, or two servers that demand signatures never meet.
pub async fn instance_actor(c: &Context<'_>) -> Result<Response> {
    let origin = c.app.primary().web_origin;
    let account = store::load(&c.app.db, store::accounts::by_uri(&uri::instance_actor(&origin))).await?;
    Ok(served(render::actor::render(&account.ok_or(Error::NotFound)?, &uri::shared_inbox(&origin))))
}

pub async fn instance_outbox(c: &Context<'_>) -> Result<Response> {
    Ok(served(collection::outline(
        &format!("{}/outbox", uri::instance_actor(&c.app.primary().web_origin)),
        0,
        None,
    )))
}

/// Who asks, where the request is signed: they may see what their people may.
async fn reader(c: &Context<'_>) -> Result<Option<Account>> {
    if !signature::is_signed(c.request) {
        return Ok(None);
    }
    let candidate = inbox::prepare(c.app, c.request)?;
    let known = store::load(&c.app.db, store::accounts::by_key_id(&candidate.key_id)).await?;
    keys::verify(c.app, c.request.ip.as_deref(), &candidate, known).await.map(Some)
}

/// The status of the path as its reader may see it; hidden and absent are the same.
async fn visible(c: &Context<'_>) -> Result<StatusView> {
    let account = account(c).await?;
    let id = c.segment("id")?;
    let id = Id::parse(id.strip_suffix(".json").unwrap_or(id)).ok_or(Error::NotFound)?;
    let public = store::load(&c.app.db, store::statuses::visible_by_id(id, None)).await?;
    let view = match public {
        Some(view) => Some(view),
        None => match reader(c).await? {
            Some(reader) => {
                let view = store::load(&c.app.db, store::statuses::by_id(id, None)).await?;
                let seen =
                    store::load(&c.app.db, store::statuses::visible_by_id(id, Some(reader.id))).await?;
                view.filter(|v| seen.is_some() || v.status.mentions.iter().any(|m| m.id == reader.id))
            }
            None => None,
        },
    };
    view.filter(|v| v.account.id == account.id).ok_or(Error::NotFound)
}

pub async fn status(c: &Context<'_>) -> Result<Response> {
    let view = visible(c).await?;
    if !wants_activity(c.request.header("accept")) && !c.segment("id")?.ends_with(".json") {
        return Ok(Response::redirect(&view.status.url).with("Vary", "Accept"));
    }
    if view.reblog.is_some() {
        return activity_of(&view, c).await;
    }
    Ok(served(note(c, &view).await?).with("Cache-Control", "private, max-age=0"))
}

pub(super) async fn note(c: &Context<'_>, view: &StatusView) -> Result<Value> {
    let parent = match view.status.in_reply_to_id {
        Some(_) => store::load(&c.app.db, store::statuses::parent_uri(view.status.id)).await?,
        None => view.status.in_reply_to_uri.clone(),
    };
    let origin = origin_of(c.app, &view.account);
    Ok(render::note::render(&view.status, &view.account, parent.as_deref(), &origin, c.app.now()))
}

/// `GET …/statuses/{id}/activity`: its Create, or its Announce.
pub async fn activity(c: &Context<'_>) -> Result<Response> {
    let view = visible(c).await?;
    activity_of(&view, c).await
}

async fn activity_of(view: &StatusView, c: &Context<'_>) -> Result<Response> {
    let activity = match announce(view, &view.account) {
        Some(activity) => activity,
        None => create(view, &view.account, note(c, view).await?),
    };
    Ok(served(activity).with("Cache-Control", "private, max-age=0"))
}

/// `GET …/follows/{id}`: peers look up the Follow that they answer.
pub async fn follow(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let tie = store::load(&c.app.db, store::follows::by_id(account.id, c.id("id")?))
        .await?
        .ok_or(Error::NotFound)?;
    let target =
        store::load(&c.app.db, store::accounts::by_id(tie.target_id)).await?.ok_or(Error::NotFound)?;
    Ok(served(json!({"id": tie.uri, "type": "Follow", "actor": account.uri, "object": target.uri})))
}

/// `GET …/stamps/{id}`: leave to a quote, while it stands.
pub async fn stamp(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let id = c.id("id")?;
    let (quoting, quoted) =
        store::load(&c.app.db, store::quotes::stamp_by_id(id, account.id)).await?.ok_or(Error::NotFound)?;
    Ok(served(render::quote::stamp_by_id(id, &account, &quoted, &quoting)))
}

fn wants_page(c: &Context<'_>) -> bool {
    c.params.filled("page").is_some()
}

pub async fn outbox(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let id = account.outbox_url.clone().unwrap_or_default();
    if !wants_page(c) {
        return Ok(served(collection::outline(&id, account.statuses_count, Some(format!("{id}?page=true")))));
    }
    let page = pagination::read(&c.params, PAGE, PAGE)?;
    let filter = store::timelines::OfAccount::default();
    let views =
        store::load(&c.app.db, store::timelines::of_account(account.id, None, &filter, &page)).await?;
    let next = (views.len() == page.limit)
        .then(|| views.last().map(|v| format!("{id}?page=true&max_id={}", v.status.id)))
        .flatten();
    let mut items = Vec::new();
    let origin = origin_of(c.app, &account);
    let parents: Vec<Id> = views.iter().filter_map(|v| v.status.in_reply_to_id).collect();
    let parents = store::load(&c.app.db, store::statuses::by_ids(&parents, None)).await?;
    for view in views.iter().filter(|v| v.status.visibility != Visibility::Direct) {
        let parent = view.status.in_reply_to_id.and_then(|p| parents.iter().find(|s| s.status.id == p));
        let parent = parent.map(|p| p.status.uri.clone()).or_else(|| view.status.in_reply_to_uri.clone());
        items.push(match announce(view, &account) {
            Some(activity) => activity,
            None => create(
                view,
                &account,
                render::note::render(&view.status, &account, parent.as_deref(), &origin, c.app.now()),
            ),
        });
    }
    Ok(served(collection::page(&format!("{id}?{}", c.request.query), &id, items, next)))
}

type List = fn(Id, Option<Id>, Option<Id>, usize) -> store::Query<Vec<(Id, Account)>>;

pub async fn followers(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let (id, total) = (account.followers_url.clone().unwrap_or_default(), account.followers_count);
    people(c, &account, &id, total, store::follows::followers).await
}

pub async fn following(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let (id, total) = (account.following_url.clone().unwrap_or_default(), account.following_count);
    people(c, &account, &id, total, store::follows::following).await
}

/// Hidden ones have no first page.
async fn people(c: &Context<'_>, account: &Account, id: &str, total: i64, list: List) -> Result<Response> {
    if !wants_page(c) {
        let first = (!account.hides_collections).then(|| format!("{id}?page=1"));
        return Ok(served(collection::outline(id, total, first)));
    }
    if account.hides_collections {
        return Err(Error::Forbidden("This collection is hidden".into()));
    }
    let page = pagination::read(&c.params, PEOPLE, PEOPLE)?;
    let listed = store::load(&c.app.db, list(account.id, page.max_id, None, page.limit)).await?;
    let next = (listed.len() == page.limit)
        .then(|| listed.last().map(|(cursor, _)| format!("{id}?page=1&max_id={cursor}")))
        .flatten();
    let items = listed.into_iter().map(|(_, a)| json!(a.uri)).collect();
    Ok(served(collection::page(&format!("{id}?{}", c.request.query), id, items, next)))
}

/// What answers a public status directly: ids, for servers that look for the rest of a thread.
pub async fn replies(c: &Context<'_>) -> Result<Response> {
    let view = visible(c).await?;
    let id = format!("{}/replies", view.status.uri);
    if !wants_page(c) {
        return Ok(served(json!({"id": id, "type": "Collection", "first": format!("{id}?page=true")})));
    }
    let answers = store::load(&c.app.db, store::timelines::descendants(view.status.id, None, 60, 1)).await?;
    let items: Vec<Value> = answers.iter().map(|v| json!(v.status.uri)).collect();
    Ok(served(
        json!({"id": format!("{id}?page=true"), "type": "CollectionPage", "partOf": id, "items": items}),
    ))
}
