//! <https://docs.joinmastodon.org/methods/filters/#v1>: each keyword as a filter, on the same rows.

use serde_json::Value;

use super::entities::filter;
use super::filters::{change, with_keyword};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::filter::{Filter, Keyword};
use crate::model::user::Viewer;
use crate::services::filter::{checked, write};
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/filters", crate::user!("read:filters", all)),
        Route::new("POST", "/api/v1/filters", crate::user!("write:filters", create)),
        Route::new("GET", "/api/v1/filters/{id}", crate::user!("read:filters", show)),
        Route::new("PUT", "/api/v1/filters/{id}", crate::user!("write:filters", update)),
        Route::new("PATCH", "/api/v1/filters/{id}", crate::user!("write:filters", update)),
        Route::new("DELETE", "/api/v1/filters/{id}", crate::user!("write:filters", delete)),
    ]
}

async fn all(_: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let keywords = viewer.filters.iter().flat_map(|f| f.keywords.iter().map(move |k| filter::v1(f, k)));
    Ok(Response::json(&keywords.collect::<Value>()))
}

fn is_irreversible(c: &Context<'_>, f: &mut Filter) {
    if let Some(hides) = c.params.bool("irreversible") {
        f.action = if hides { "hide" } else { "warn" }.into();
    }
}

async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let phrase = checked(c.params.text("phrase").unwrap_or(""))?;
    let mut f = Filter {
        id: c.app.new_id(),
        title: phrase.chars().take(256).collect(),
        action: "warn".into(),
        ..Filter::default()
    };
    change(c, &mut f)?;
    is_irreversible(c, &mut f);
    let keyword = Keyword {
        id: c.app.new_id(),
        keyword: phrase,
        is_whole_word: c.params.bool("whole_word").unwrap_or(false),
    };
    f.keywords.push(keyword.clone());
    let save = store::filters::save(viewer.account.id, &f);
    write(c.app, viewer.account.id, &viewer.filters, &f, vec![save]).await?;
    Ok(Response::json(&filter::v1(&f, &keyword)))
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (f, at) = with_keyword(c, &viewer)?;
    Ok(Response::json(&filter::v1(&f, f.keywords.get(at).ok_or(Error::NotFound)?)))
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (mut f, at) = with_keyword(c, &viewer)?;
    let is_alone = f.keywords.len() == 1;
    let before = f.clone();
    change(c, &mut f)?;
    is_irreversible(c, &mut f);
    if !is_alone
        && (f.contexts != before.contexts || f.action != before.action || f.expires_at != before.expires_at)
    {
        return Err(Error::validation("This filter has several keywords and can only be changed as a whole"));
    }
    let keyword = f.keywords.get_mut(at).ok_or(Error::NotFound)?;
    if let Some(phrase) = c.params.text("phrase") {
        keyword.keyword = checked(phrase)?;
    }
    keyword.is_whole_word = c.params.bool("whole_word").unwrap_or(keyword.is_whole_word);
    let keyword = keyword.clone();
    let me = viewer.account.id;
    let changes = vec![store::filters::put_keyword(me, f.id, &keyword), store::filters::save(me, &f)];
    write(c.app, viewer.account.id, &viewer.filters, &f, changes).await?;
    Ok(Response::json(&filter::v1(&f, &keyword)))
}

/// Deleting the last keyword deletes its filter.
async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (f, _) = with_keyword(c, &viewer)?;
    let me = viewer.account.id;
    let batch =
        vec![store::filters::remove_keyword(me, f.id, c.id("id")?), store::filters::delete_empty(me, f.id)];
    store::write(&c.app.db, batch).await?;
    Ok(Response::empty_object())
}
