//! <https://docs.joinmastodon.org/methods/collections/>

use serde_json::{Value, json};

use super::entities::collection::{item, render};
use super::entities::{Frame, account};
use super::id_of;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::collection::Collection;
use crate::model::user::Viewer;
use crate::services;
use crate::services::collection::Change;
use crate::store;

pub fn routes() -> Vec<Route> {
    let mut all = Vec::new();
    // The first version of the API had another root key.
    for [of_account, containing, root, one, items, item, revocation] in [
        [
            "/api/v1/accounts/{account_id}/collections",
            "/api/v1/accounts/{account_id}/in_collections",
            "/api/v1/collections",
            "/api/v1/collections/{id}",
            "/api/v1/collections/{collection_id}/items",
            "/api/v1/collections/{collection_id}/items/{id}",
            "/api/v1/collections/{collection_id}/items/{id}/revoke",
        ],
        [
            "/api/v1_alpha/accounts/{account_id}/collections",
            "/api/v1_alpha/accounts/{account_id}/in_collections",
            "/api/v1_alpha/collections",
            "/api/v1_alpha/collections/{id}",
            "/api/v1_alpha/collections/{collection_id}/items",
            "/api/v1_alpha/collections/{collection_id}/items/{id}",
            "/api/v1_alpha/collections/{collection_id}/items/{id}/revoke",
        ],
    ] {
        all.extend([
            Route::new("GET", of_account, crate::anyone!("read:collections", list)),
            Route::new("GET", containing, crate::user!("read:collections", list_containing)),
            Route::new("POST", root, crate::user!("write:collections", create)),
            Route::new("GET", one, crate::anyone!("read:collections", show)),
            Route::new("PUT", one, crate::user!("write:collections", update)),
            Route::new("PATCH", one, crate::user!("write:collections", update)),
            Route::new("DELETE", one, crate::user!("write:collections", delete)),
            Route::new("POST", items, crate::user!("write:collections", add)),
            Route::new("DELETE", item, crate::user!("write:collections", remove)),
            Route::new("POST", revocation, crate::user!("write:collections", revoke)),
        ]);
    }
    all
}

fn rendered(c: &Context<'_>, found: &[Collection], viewer: Option<&Viewer>) -> Response {
    let frame = Frame::of(c.app);
    let me = id_of(viewer);
    let all: Value = found.iter().map(|x| render(x, Some(x.account_id) == me, &frame)).collect();
    Response::json(&json!({"collections": all}))
}

async fn list(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let id = c.id("account_id")?;
    let page = pagination::read(&c.params, 40, 80)?;
    let is_own = id_of(viewer.as_ref()) == Some(id);
    let (account, found) = store::load(
        &c.app.db,
        (store::accounts::present(id), store::collections::of(id, is_own, page.limit, page.offset)),
    )
    .await?;
    account.ok_or(Error::NotFound)?;
    Ok(rendered(c, &found, viewer.as_ref()))
}

/// Only the viewer's own: who added an account to which collections is private.
async fn list_containing(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let id = c.id("account_id")?;
    if id != viewer.account.id {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    let page = pagination::read(&c.params, 40, 80)?;
    let found = store::load(&c.app.db, store::collections::containing(id, page.limit, page.offset)).await?;
    Ok(rendered(c, &found, Some(&viewer)))
}

async fn show(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let id = c.id("id")?;
    let (found, people) =
        store::load(&c.app.db, (store::collections::by_id(id), store::collections::people(id))).await?;
    let found = found.ok_or(Error::NotFound)?;
    let frame = Frame::of(c.app);
    let is_curator = id_of(viewer.as_ref()) == Some(found.account_id);
    let accounts: Vec<_> = people.iter().map(|a| account::render(a, &frame)).collect();
    Ok(Response::json(&json!({"accounts": accounts, "collection": render(&found, is_curator, &frame)})))
}

fn change(c: &Context<'_>, collection: &mut Collection) -> Result<()> {
    let given = |name: &str| c.params.has(name).then(|| c.params.filled(name).unwrap_or(""));
    let change = Change {
        name: c.params.text("name"),
        description: c.params.text("description"),
        language: given("language"),
        tag: given("tag_name"),
        is_sensitive: c.params.bool("sensitive"),
        is_discoverable: c.params.bool("discoverable"),
    };
    services::collection::change(c.app, collection, &change)
}

async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut collection = services::collection::begin(c.app, viewer.account.id);
    change(c, &mut collection)?;
    services::collection::create(c.app, &mut collection, &c.params.ids("account_ids")).await?;
    Ok(Response::json(&json!({"collection": render(&collection, true, &Frame::of(c.app))})))
}

async fn own(c: &Context<'_>, viewer: &Viewer, segment: &str) -> Result<Collection> {
    let found = store::load(&c.app.db, store::collections::by_id(c.id(segment)?)).await?;
    let found = found.ok_or(Error::NotFound)?;
    if found.account_id != viewer.account.id {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    Ok(found)
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let before = own(c, &viewer, "id").await?;
    let mut collection = before.clone();
    change(c, &mut collection)?;
    services::collection::update(c.app, before, &collection).await?;
    Ok(Response::json(&json!({"collection": render(&collection, true, &Frame::of(c.app))})))
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let collection = own(c, &viewer, "id").await?;
    store::write(&c.app.db, vec![store::collections::delete(viewer.account.id, collection.id)]).await?;
    Ok(Response::empty_object())
}

async fn add(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let collection = own(c, &viewer, "collection_id").await?;
    let wanted = c.params.id("account_id")?.ok_or_else(|| Error::validation("Account must exist"))?;
    let made = services::collection::add(c.app, &collection, wanted).await?;
    Ok(Response::json(&json!({"collection_item": item(&made, true)})))
}

async fn remove(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let collection = own(c, &viewer, "collection_id").await?;
    let id = c.id("id")?;
    collection.items.iter().find(|i| i.id == id && i.state != "revoked").ok_or(Error::NotFound)?;
    store::write(&c.app.db, store::collections::remove(collection.id, id).into()).await?;
    Ok(Response::empty_object())
}

/// A member removes itself, and cannot be added again.
async fn revoke(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let id = c.id("id")?;
    let found = store::load(&c.app.db, store::collections::by_id(c.id("collection_id")?)).await?;
    let found = found.ok_or(Error::NotFound)?;
    let item = found.items.iter().find(|i| i.id == id).ok_or(Error::NotFound)?;
    if item.account_id != viewer.account.id {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    store::write(&c.app.db, vec![store::collections::revoke(found.id, id)]).await?;
    Ok(Response::empty_object())
}
