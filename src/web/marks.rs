//! Who has favourited and boosted a status, what quotes it, and its earlier versions.

use maud::{Markup, html};

use super::parts::account::line;
use super::parts::buttons::Buttons;
use super::parts::filtered::Filtered;
use super::parts::pager;
use super::parts::reading::Reading;
use super::parts::status::{Ballot, Shown, text_of};
use super::parts::time::time;
use super::profile::account;
use super::words::{Language, Word};
use super::{Frame, form, framed};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::{Status, StatusView};
use crate::services;
use crate::store;
use crate::store::Query;

/// Accounts of a page.
const SHOWN: usize = 40;
/// Statuses of a page.
const QUOTES: usize = 20;
/// The purpose of the form by which a quote is revoked.
const FORM: &str = "quotes";

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

/// What quotes a status, as its viewer may see it. Its author can take their status out of each.
pub async fn quotes(c: &Context<'_>) -> Result<Response> {
    let (account, session) = account(c).await?;
    let (id, viewer) = (c.id("id")?, session.as_ref().map(|(_, viewer, _)| viewer.id));
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(QUOTES) };
    let parts = (
        store::statuses::visible_by_id(id, viewer),
        store::quotes::of(id, viewer, &page),
        viewer.map(store::filters::of),
    );
    let (view, quotes, filters) = store::load(&c.app.db, parts).await?;
    let status = of(&account, view)?.status;
    let language = Language::of(c.request);
    let title = language.say(Word::QuotedIn);
    let here = form::address(c, &c.path.to_text(), &["max_id"]);
    let reading = Reading::new(c, session.as_ref(), filters, "public", here);
    let path = format!("{}/quotes", status.url);
    let own = session.as_ref().filter(|_| viewer == Some(account.id));
    let buttons = own.map(|session| Buttons::new(c, session, FORM));
    let body = html! {
        h1 { (title) }
        p.meta { a href=(status.url) { (language.say(Word::ToPost)) } }
        @if let Some(buttons) = &buttons { (buttons.form(&c.path.to_text(), &c.path.to_text(), &Markup::default())) }
        @if quotes.is_empty() { p.lead { (language.say(Word::NoPosts)) } }
        @for view in quotes.iter().filter(|view| !matches!(reading.filtered(view), Filtered::Hidden)) {
            (reading.status(view, Shown::default()))
            @if let Some(buttons) = &buttons { (buttons.button("quiet small", "quoting", &view.status.id.to_string(), Word::QuoteRevoke)) }
        }
        (pager::older(&quotes, &path, language))
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

/// The author takes their status out of one that quotes it.
pub async fn revoke(c: &Context<'_>) -> Result<Response> {
    let (own, here) = (c.id("id")?, c.path.to_text());
    let me = match form::sender(c, FORM, &here).await? {
        Ok((_, me, _)) => me,
        Err(first) => return Ok(first),
    };
    let quoting = c.params.text("quoting").and_then(Id::parse).ok_or(Error::NotFound)?;
    let visible = |id| store::statuses::visible_by_id(id, Some(me.id));
    let (quoted, quoting) = store::load(&c.app.db, (visible(own), visible(quoting))).await?;
    let quoted = quoted.filter(|view| view.status.account_id == me.id).ok_or(Error::NotFound)?;
    let quoting = quoting.filter(|view| view.status.quote_of_id == Some(own)).ok_or(Error::NotFound)?;
    services::quote::revoke(c.app, &me, &quoted.status, &quoting).await?;
    Ok(Response::redirect(&here))
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
    let view = of(&account, view)?;
    let is_sensitized = view.is_sensitive() && !view.status.is_sensitive;
    let status = view.status;
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
            article.status { p.meta { (time(c, at, language)) } (text_of(c, &version, version.is_sensitive || is_sensitized, Ballot::None)) }
        }
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}
