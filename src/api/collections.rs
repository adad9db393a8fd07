//! <https://docs.joinmastodon.org/methods/collections/>

use serde_json::{Value, json};

use super::entities::collection::{item, render};
use super::entities::{Frame, account};
use super::featured_tags::name;
use super::id_of;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::collection::{Collection, Item};
use crate::model::relationship::Relationship;
use crate::model::user::Viewer;
use crate::store;
use crate::text::{count, language};

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

const MAX_COLLECTIONS: usize = 10;
const MAX_ITEMS: usize = 25;
const MAX_NAME: usize = 40;
const MAX_DESCRIPTION: usize = 100;

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
    let too_long = |what: &str, max: usize| {
        Error::validation(format!("{what} is too long (maximum is {max} characters)"))
    };
    if let Some(name) = c.params.text("name") {
        collection.name = name.trim().to_owned();
    }
    if collection.name.is_empty() {
        return Err(Error::validation("Name can't be blank"));
    }
    if count::is_too_long(&collection.name, MAX_NAME) {
        return Err(too_long("Name", MAX_NAME));
    }
    if let Some(text) = c.params.text("description") {
        collection.description = text.trim().to_owned();
    }
    if count::is_too_long(&collection.description, MAX_DESCRIPTION) {
        return Err(too_long("Description", MAX_DESCRIPTION));
    }
    if c.params.has("language") {
        collection.language = match c.params.filled("language") {
            None => None,
            Some(code) => Some(
                language::normalise(code)
                    .ok_or_else(|| Error::validation("Language is not included in the list"))?,
            ),
        };
    }
    if c.params.has("tag_name") {
        collection.tag = c.params.filled("tag_name").map(name).transpose()?;
    }
    collection.is_sensitive = c.params.bool("sensitive").unwrap_or(collection.is_sensitive);
    collection.is_discoverable = c.params.bool("discoverable").unwrap_or(collection.is_discoverable);
    collection.updated_at = c.app.now();
    Ok(())
}

/// Whether an account may be added to a collection: discoverable local ones, if neither blocks the other. Remote
/// ones would have to be asked through their servers, which is not implemented.
fn accepted(c: &Context<'_>, target: &Account, relations: &[Relationship]) -> Result<Item> {
    let is_blocked = relations.iter().any(|r| r.id == target.id && (r.is_blocking || r.is_blocked_by));
    if is_blocked || !target.is_local() || !target.is_discoverable {
        return Err(Error::validation("Account does not want to be in collections"));
    }
    Ok(Item { id: c.app.new_id(), account_id: target.id, state: "accepted".into(), created_at: c.app.now() })
}

async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut collection = Collection {
        id: c.app.new_id(),
        account_id: viewer.account.id,
        is_discoverable: true,
        created_at: c.app.now(),
        ..Collection::default()
    };
    change(c, &mut collection)?;
    let wanted = c.params.ids("account_ids");
    if wanted.len() > MAX_ITEMS {
        return Err(Error::validation(format!("A collection holds {MAX_ITEMS} accounts at most")));
    }
    let relations = store::follows::relationships(viewer.account.id, &wanted);
    let (people, relations) =
        store::load(&c.app.db, (store::accounts::present_of(&wanted), relations)).await?;
    if people.len() < wanted.len() {
        return Err(Error::NotFound);
    }
    collection.items = people.iter().map(|a| accepted(c, a, &relations)).collect::<Result<_>>()?;
    let mut batch = vec![store::collections::insert(&collection, MAX_COLLECTIONS)];
    batch.extend(collection.items.iter().map(|i| store::collections::add(collection.id, i, MAX_ITEMS)));
    batch.push(store::collections::notify_added(c.app.new_id(), collection.id, &collection.items));
    let made = store::write(&c.app.db, batch).await?;
    if made.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("You have reached the maximum amount of collections"));
    }
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
    let mut batch = vec![store::collections::update(&collection)];
    if collection != (Collection { updated_at: collection.updated_at, ..before }) {
        batch.extend(store::collections::notify_changed(c.app.new_id(), collection.id));
    }
    store::write(&c.app.db, batch).await?;
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
    if collection.items.len() >= MAX_ITEMS {
        return Err(Error::validation(format!("A collection holds {MAX_ITEMS} accounts at most")));
    }
    if collection.items.iter().any(|i| i.account_id == wanted) {
        return Err(Error::validation("Account has already been taken"));
    }
    let relations = store::follows::relationships(viewer.account.id, &[wanted]);
    let (target, relations) = store::load(&c.app.db, (store::accounts::present(wanted), relations)).await?;
    let made = accepted(c, &target.ok_or(Error::NotFound)?, &relations)?;
    let batch = vec![
        store::collections::add(collection.id, &made, MAX_ITEMS),
        store::collections::notify_added(c.app.new_id(), collection.id, std::slice::from_ref(&made)),
    ];
    let rows = store::write(&c.app.db, batch).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("Account has already been taken"));
    }
    Ok(Response::json(&json!({"collection_item": item(&made, true)})))
}

async fn remove(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let collection = own(c, &viewer, "collection_id").await?;
    let id = c.id("id")?;
    collection.items.iter().find(|i| i.id == id).ok_or(Error::NotFound)?;
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
