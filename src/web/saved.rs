//! `/favourites` and `/bookmarks`: what somebody here has marked.

use super::form::{self, sign_in_first};
use super::page_of_list;
use super::parts::reading::Reading;
use super::parts::tabs::tabs;
use super::words::{Language, Word};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::StatusView;
use crate::store;
use crate::store::Query;

pub const FAVOURITES: &str = "/favourites";
pub const BOOKMARKS: &str = "/bookmarks";
const SHOWN: usize = 20;
const TABS: [(&str, Word); 2] = [(BOOKMARKS, Word::KindBookmarks), (FAVOURITES, Word::OwnFavourites)];

pub async fn favourites(c: &Context<'_>) -> Result<Response> {
    marked(c, FAVOURITES, Word::OwnFavourites, store::marks::favourites).await
}

pub async fn bookmarks(c: &Context<'_>) -> Result<Response> {
    marked(c, BOOKMARKS, Word::KindBookmarks, store::marks::bookmarks).await
}

type Marked = fn(Id, &Page) -> Query<Listed<StatusView>>;

async fn marked(c: &Context<'_>, path: &str, title: Word, query: Marked) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, path, &[]));
    };
    let language = Language::of(c.request);
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let statuses = store::load(&c.app.db, query(session.1.id, &page)).await?;
    // No context of filters: as on Mastodon they leave alone what somebody has marked.
    let reading = Reading::new(c, Some(&session), None, "", form::address(c, path, &["max_id"]));
    let list = reading.list(&statuses, path);
    Ok(page_of_list(c, language.say(title), &tabs(&TABS, path, language), &list))
}
