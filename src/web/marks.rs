//! Who has favourited and boosted a status, and its earlier versions.

use maud::html;

use super::parts::account::line;
use super::parts::pager;
use super::parts::status::{Ballot, text_of};
use super::parts::time::time;
use super::profile::account;
use super::words::{Language, Word};
use super::{Frame, framed};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::{Status, StatusView};
use crate::store;
use crate::store::Query;

/// Accounts of a page.
const SHOWN: usize = 40;

/// The accounts of a list, as its viewer may see them.
type List = fn(Id, Option<Id>, &Page) -> Query<Listed<Account>>;

pub async fn favourites(c: &Context<'_>) -> Result<Response> {
    people(c, store::favourites::accounts, Word::FavouritedBy, "favourites").await
}

pub async fn boosts(c: &Context<'_>) -> Result<Response> {
    people(c, store::favourites::boosters, Word::BoostedBy, "reblogs").await
}

/// A status of the account of the path. Error: `NotFound` where the viewer may not see it.
fn of(account: &Account, view: Option<StatusView>) -> Result<StatusView> {
    view.filter(|view| view.account.id == account.id && view.status.is_local).ok_or(Error::NotFound)
}

async fn people(c: &Context<'_>, list: List, title: Word, path: &str) -> Result<Response> {
    let (account, viewer) = account(c).await?;
    let (id, viewer) = (c.id("id")?, viewer.map(|(_, viewer, _)| viewer.id));
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let parts = (store::statuses::visible_by_id(id, viewer), list(id, viewer, &page));
    let (view, listed) = store::load(&c.app.db, parts).await?;
    let status = of(&account, view)?.status;
    let language = Language::of(c.request);
    let title = language.say(title);
    let body = html! {
        h1 { (title) }
        p.meta { a href=(status.url) { (language.say(Word::ToPost)) } }
        @if listed.is_empty() { p.lead { (language.say(Word::Nobody)) } }
        ul.people { @for account in listed.iter() { (line(c, account, "")) } }
        (pager::more(&listed.cursors, listed.goes_on, &format!("{}/{path}", status.url), language.say(Word::MorePeople)))
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

/// All versions, the present one first.
pub async fn edits(c: &Context<'_>) -> Result<Response> {
    let (account, viewer) = account(c).await?;
    let id = c.id("id")?;
    let parts = (
        store::statuses::visible_by_id(id, viewer.map(|(_, viewer, _)| viewer.id)),
        store::statuses::edits(id),
    );
    let (view, edits) = store::load(&c.app.db, parts).await?;
    let status = of(&account, view)?.status;
    let language = Language::of(c.request);
    let title = language.say(Word::Versions);
    let earlier = edits.into_iter().rev().map(|edit| {
        let version = Status {
            content: edit.content,
            spoiler_text: edit.spoiler_text,
            is_sensitive: edit.is_sensitive,
            media: edit.media,
            poll: edit.poll,
            ..status.clone()
        };
        (edit.created_at, version)
    });
    let present = (status.edited_at.unwrap_or(status.created_at), status.clone());
    let body = html! {
        h1 { (title) }
        p.meta { a href=(status.url) { (language.say(Word::ToPost)) } }
        @for (at, version) in std::iter::once(present).chain(earlier) {
            article.status { p.meta { (time(c, at, language)) } (text_of(c, &version, Ballot::None)) }
        }
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}
