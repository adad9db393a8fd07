//! <https://docs.joinmastodon.org/methods/filters/>, version 2. The viewer is loaded with all their filters.

use std::collections::HashMap;

use serde_json::Value;

use super::entities::filter;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::params;
use crate::http::response::Response;
use crate::model::filter::{Filter, Keyword};
use crate::model::id::Id;
use crate::model::time::SECOND;
use crate::model::user::Viewer;
use crate::services::filter::{check, checked, write};
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v2/filters", crate::user!("read:filters", all)),
        Route::new("POST", "/api/v2/filters", crate::user!("write:filters", create)),
        Route::new("GET", "/api/v2/filters/{id}", crate::user!("read:filters", show)),
        Route::new("PUT", "/api/v2/filters/{id}", crate::user!("write:filters", update)),
        Route::new("PATCH", "/api/v2/filters/{id}", crate::user!("write:filters", update)),
        Route::new("DELETE", "/api/v2/filters/{id}", crate::user!("write:filters", delete)),
        Route::new("GET", "/api/v2/filters/{filter_id}/keywords", crate::user!("read:filters", keywords)),
        Route::new(
            "POST",
            "/api/v2/filters/{filter_id}/keywords",
            crate::user!("write:filters", add_keyword),
        ),
        Route::new("GET", "/api/v2/filters/keywords/{id}", crate::user!("read:filters", keyword)),
        Route::new("PUT", "/api/v2/filters/keywords/{id}", crate::user!("write:filters", update_keyword)),
        Route::new("PATCH", "/api/v2/filters/keywords/{id}", crate::user!("write:filters", update_keyword)),
        Route::new("DELETE", "/api/v2/filters/keywords/{id}", crate::user!("write:filters", delete_keyword)),
        Route::new("GET", "/api/v2/filters/{filter_id}/statuses", crate::user!("read:filters", statuses)),
        Route::new("POST", "/api/v2/filters/{filter_id}/statuses", crate::user!("write:filters", add_status)),
        Route::new("GET", "/api/v2/filters/statuses/{id}", crate::user!("read:filters", status)),
        Route::new("DELETE", "/api/v2/filters/statuses/{id}", crate::user!("write:filters", delete_status)),
    ]
}

/// Reads the attributes of a filter. Errors: `Unprocessable`.
pub(super) fn change(c: &Context<'_>, f: &mut Filter) -> Result<()> {
    if let Some(title) = c.params.text("title") {
        f.title = title.trim().to_owned();
    }
    if c.params.has("context") {
        f.contexts = c.params.list("context");
        f.contexts.retain(|x| !x.is_empty());
    }
    if let Some(action) = c.params.filled("filter_action") {
        f.action = action.to_owned();
    }
    check(f)?;
    if c.params.has("expires_in") {
        f.expires_at = match c.params.int("expires_in")? {
            None | Some(0) => None,
            Some(n) => Some(c.app.now().plus(n.clamp(0, 1_000_000_000) * SECOND)),
        };
    }
    Ok(())
}

/// `keywords_attributes`: new keywords, changes, and `_destroy`. Returns what has changed, `None` for what is gone, each
/// keyword once.
fn change_keywords(c: &Context<'_>, f: &mut Filter) -> Result<Vec<(Id, Option<Keyword>)>> {
    let mut touched = Vec::new();
    let mut changes = HashMap::new();
    for map in c.params.maps("keywords_attributes") {
        let text = |name: &str| map.get(name).and_then(params::Value::as_text);
        let id = text("id").and_then(Id::parse);
        let is_whole_word = map.get("whole_word").and_then(params::Value::as_bool);
        let at =
            id.map(|id| f.keywords.iter().position(|k| k.id == id).ok_or(Error::NotFound)).transpose()?;
        if map.get("_destroy").and_then(params::Value::as_bool) == Some(true) {
            if let Some(at) = at {
                let gone = f.keywords.remove(at).id;
                touched.push(gone);
                changes.insert(gone, None);
            }
            continue;
        }
        let known = at.and_then(|at| f.keywords.get(at)).cloned();
        let mut keyword = known.unwrap_or_else(|| Keyword {
            id: c.app.new_id(),
            is_whole_word: true,
            ..Keyword::default()
        });
        if let Some(text) = text("keyword") {
            keyword.keyword = text.to_owned();
        }
        keyword.keyword = checked(&keyword.keyword)?;
        keyword.is_whole_word = is_whole_word.unwrap_or(keyword.is_whole_word);
        touched.push(keyword.id);
        changes.insert(keyword.id, Some(keyword.clone()));
        match at.and_then(|at| f.keywords.get_mut(at)) {
            Some(known) => *known = keyword,
            None => f.keywords.push(keyword),
        }
    }
    Ok(touched.into_iter().filter_map(|id| changes.remove(&id).map(|keyword| (id, keyword))).collect())
}

fn find(c: &Context<'_>, viewer: &Viewer, segment: &str) -> Result<Filter> {
    let id = c.id(segment)?;
    viewer.filters.iter().find(|f| f.id == id).cloned().ok_or(Error::NotFound)
}

/// The filter that contains the keyword.
pub(super) fn with_keyword(c: &Context<'_>, viewer: &Viewer) -> Result<(Filter, usize)> {
    let id = c.id("id")?;
    let at = |f: &Filter| f.keywords.iter().position(|k| k.id == id);
    viewer.filters.iter().find_map(|f| at(f).map(|at| (f.clone(), at))).ok_or(Error::NotFound)
}

async fn all(_: &Context<'_>, viewer: Viewer) -> Result<Response> {
    Ok(Response::json(&viewer.filters.iter().map(filter::render).collect::<Value>()))
}

async fn create(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut f = Filter { id: c.app.new_id(), action: "warn".into(), ..Filter::default() };
    change(c, &mut f)?;
    change_keywords(c, &mut f)?;
    // The row of a new filter contains its keywords.
    let save = store::filters::save(viewer.account.id, &f);
    write(c.app, viewer.account.id, &viewer.filters, &f, vec![save]).await?;
    Ok(Response::json(&filter::render(&f)))
}

async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    Ok(Response::json(&filter::render(&find(c, &viewer, "id")?)))
}

async fn update(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut f = find(c, &viewer, "id")?;
    change(c, &mut f)?;
    let keywords = change_keywords(c, &mut f)?;
    let mut batch = vec![store::filters::save(viewer.account.id, &f)];
    if !keywords.is_empty() {
        batch.push(store::filters::put_keywords(viewer.account.id, f.id, &keywords));
    }
    write(c.app, viewer.account.id, &viewer.filters, &f, batch).await?;
    Ok(Response::json(&filter::render(&f)))
}

async fn delete(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let f = find(c, &viewer, "id")?;
    store::write(&c.app.db, vec![store::filters::delete(viewer.account.id, f.id)]).await?;
    Ok(Response::empty_object())
}

async fn keywords(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let f = find(c, &viewer, "filter_id")?;
    Ok(Response::json(&f.keywords.iter().map(filter::keyword).collect::<Value>()))
}

async fn add_keyword(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut f = find(c, &viewer, "filter_id")?;
    let new = Keyword {
        id: c.app.new_id(),
        keyword: checked(c.params.text("keyword").unwrap_or(""))?,
        is_whole_word: c.params.bool("whole_word").unwrap_or(true),
    };
    let put = store::filters::put_keyword(viewer.account.id, f.id, &new);
    f.keywords.push(new.clone());
    write(c.app, viewer.account.id, &viewer.filters, &f, vec![put]).await?;
    Ok(Response::json(&filter::keyword(&new)))
}

async fn keyword(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (f, at) = with_keyword(c, &viewer)?;
    Ok(Response::json(&filter::keyword(f.keywords.get(at).ok_or(Error::NotFound)?)))
}

async fn update_keyword(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (mut f, at) = with_keyword(c, &viewer)?;
    let known = f.keywords.get_mut(at).ok_or(Error::NotFound)?;
    if let Some(keyword) = c.params.text("keyword") {
        known.keyword = checked(keyword)?;
    }
    known.is_whole_word = c.params.bool("whole_word").unwrap_or(known.is_whole_word);
    let shown = filter::keyword(known);
    let put = store::filters::put_keyword(viewer.account.id, f.id, known);
    write(c.app, viewer.account.id, &viewer.filters, &f, vec![put]).await?;
    Ok(Response::json(&shown))
}

async fn delete_keyword(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (f, _) = with_keyword(c, &viewer)?;
    let removal = store::filters::remove_keyword(viewer.account.id, f.id, c.id("id")?);
    store::write(&c.app.db, vec![removal]).await?;
    Ok(Response::empty_object())
}

async fn statuses(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let f = find(c, &viewer, "filter_id")?;
    Ok(Response::json(&f.statuses.iter().map(filter::status).collect::<Value>()))
}

async fn add_status(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut f = find(c, &viewer, "filter_id")?;
    let wanted = c.params.id("status_id")?.ok_or_else(|| Error::validation("Status must exist"))?;
    let query = store::statuses::visible_by_id(wanted, Some(viewer.account.id));
    let view = store::load(&c.app.db, query).await?.ok_or(Error::NotFound)?;
    let status = view.proper().status.id;
    if f.statuses.iter().any(|(_, s)| *s == status) {
        return Err(Error::validation("Status has already been taken"));
    }
    let row = (c.app.new_id(), status);
    f.statuses.push(row);
    let put = store::filters::add_status(viewer.account.id, f.id, row.0, row.1);
    write(c.app, viewer.account.id, &viewer.filters, &f, vec![put]).await?;
    Ok(Response::json(&filter::status(&row)))
}

fn with_status(c: &Context<'_>, viewer: &Viewer) -> Result<(Filter, usize)> {
    let id = c.id("id")?;
    let at = |f: &Filter| f.statuses.iter().position(|(row, _)| *row == id);
    viewer.filters.iter().find_map(|f| at(f).map(|at| (f.clone(), at))).ok_or(Error::NotFound)
}

async fn status(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (f, at) = with_status(c, &viewer)?;
    Ok(Response::json(&filter::status(f.statuses.get(at).ok_or(Error::NotFound)?)))
}

async fn delete_status(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (f, _) = with_status(c, &viewer)?;
    let removal = store::filters::remove_status(viewer.account.id, f.id, c.id("id")?);
    store::write(&c.app.db, vec![removal]).await?;
    Ok(Response::empty_object())
}
