//! <https://docs.joinmastodon.org/methods/lists/>

use serde_json::{Value, json};

use super::{account_list, plain_accounts};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::list::List;
use crate::model::page::Page;
use crate::model::user::Viewer;
use crate::services;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/lists", crate::user!("read:lists", all)),
        Route::new("POST", "/api/v1/lists", crate::user!("write:lists", create)),
        Route::new("GET", "/api/v1/lists/{id}", crate::user!("read:lists", show)),
        Route::new("PUT", "/api/v1/lists/{id}", crate::user!("write:lists", update)),
        Route::new("PATCH", "/api/v1/lists/{id}", crate::user!("write:lists", update)),
        Route::new("DELETE", "/api/v1/lists/{id}", crate::user!("write:lists", delete)),
        Route::new("GET", "/api/v1/lists/{id}/accounts", crate::user!("read:lists", members)),
        Route::new("POST", "/api/v1/lists/{id}/accounts", crate::user!("write:lists", add)),
        Route::new("DELETE", "/api/v1/lists/{id}/accounts", crate::user!("write:lists", remove)),
    ]
}

/// `limit=0` asks for all members: this many.
const ALL_MEMBERS: usize = 1000;

/// <https://docs.joinmastodon.org/entities/List/>
pub fn render(list: &List) -> Value {
    json!({
        "id": list.id.to_string(),
        "title": list.title,
        "replies_policy": list.replies.as_str(),
        "exclusive": list.is_exclusive,
    })
}

async fn all(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let lists = store::load(&c.app.db, store::lists::of(viewer.account.id)).await?;
    Ok(Response::json(&lists.iter().map(render).collect::<Value>()))
}

/// Puts the request's parameters into the list.
fn change(c: &Context<'_>, list: &mut List) -> Result<()> {
    let (title, policy) = (c.params.text("title"), c.params.filled("replies_policy"));
    services::list::change(list, title, policy, c.params.bool("exclusive"))
}

async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut list = List { id: c.app.new_id(), account_id: viewer.account.id, ..List::default() };
    change(c, &mut list)?;
    services::list::create(c.app, &list).await?;
    Ok(Response::json(&render(&list)))
}

async fn load(c: &Context<'_>, viewer: &Viewer) -> Result<List> {
    store::load(&c.app.db, store::lists::by_id(viewer.account.id, c.id("id")?)).await?.ok_or(Error::NotFound)
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    Ok(Response::json(&render(&load(c, &viewer).await?)))
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut list = load(c, &viewer).await?;
    change(c, &mut list)?;
    store::write(&c.app.db, vec![store::lists::update(&list)]).await?;
    Ok(Response::json(&render(&list)))
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let list = load(c, &viewer).await?;
    store::write(&c.app.db, vec![store::lists::delete(viewer.account.id, list.id)]).await?;
    Ok(Response::empty_object())
}

async fn members(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let id = c.id("id")?;
    let is_all = c.params.int("limit")? == Some(0);
    let page = if is_all { Page::first(ALL_MEMBERS) } else { pagination::read(&c.params, 40, 80)? };
    let (list, listed) = store::load(
        &c.app.db,
        (store::lists::by_id(viewer.account.id, id), store::lists::members(id, &page)),
    )
    .await?;
    list.ok_or(Error::NotFound)?;
    if is_all {
        let accounts: Vec<Account> = listed.into_iter().collect();
        return plain_accounts(c, &accounts).await;
    }
    account_list(c, &listed).await
}

async fn add(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    services::list::add(c.app, viewer.account.id, c.id("id")?, &c.params.ids("account_ids")).await?;
    Ok(Response::empty_object())
}

async fn remove(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let list = load(c, &viewer).await?;
    store::write(&c.app.db, vec![store::lists::remove(list.id, &c.params.ids("account_ids"))]).await?;
    Ok(Response::empty_object())
}
