//! `/collections`: the collections of somebody here, the page of one, which everybody may read, and that which changes it.

use maud::{Markup, html};

use super::form::{self, Session, may_act, sign_in_first};
use super::parts::account::{address, line, line_with_form};
use super::parts::collection::COLLECTIONS;
use super::parts::composer::languages;
use super::public::MAX_BIO;
use super::words::{Language, Word};
use super::{Frame, framed, lists, page, text};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::collection::Collection;
use crate::model::id::Id;
use crate::services;
use crate::services::collection::{Change, MAX_DESCRIPTION, MAX_ITEMS, MAX_NAME};
use crate::services::permission;
use crate::store;
use crate::text::excerpt::excerpt;

/// Of the forms.
const PURPOSE: &str = "collections";
/// More than there may be.
const MOST: usize = 20;

/// What is said of what was refused, with the status of the page.
type Wrong = Option<(Word, u16)>;

/// The API's sentences, as words of ours.
fn why(said: &str) -> Word {
    match said {
        _ if said.contains("maximum amount") || said.contains("at most") => Word::CollectionsFull,
        _ if said.contains("can't be blank") => Word::TitleMissing,
        _ if said.contains("too long") => Word::CollectionTooLong,
        _ if said.contains("already been taken") => Word::InCollectionAlready,
        _ if said.contains("not want") => Word::NotForCollections,
        _ => Word::Unacceptable,
    }
}

fn path(id: Id) -> String {
    format!("{COLLECTIONS}/{id}")
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some(session) => all(c, &session, &services::collection::begin(c.app, session.1.id), None).await,
        None => Ok(sign_in_first(c, COLLECTIONS, &[])),
    }
}

/// `typed`: what is in the form for a new one.
async fn all(c: &Context<'_>, session: &Session, typed: &Collection, wrong: Wrong) -> Result<Response> {
    let say = |word| Language::of(c.request).say(word);
    let me = session.1.id;
    let parts = (store::collections::of(me, true, MOST, 0), store::collections::containing(me, MOST, 0));
    let (own, others) = store::load(&c.app.db, parts).await?;
    let list = |all: &[Collection]| html! { ul.links { @for one in all { li { a href=(path(one.id)) dir="auto" { (one.name) } } } } };
    let title = say(Word::Collections);
    let body = html! {
        h1 { (title) }
        p.lead { (say(Word::CollectionsLead)) }
        (list(&own))
        @if !others.is_empty() { h2 { (say(Word::CollectionsWithYou)) } (list(&others)) }
        @if permission::may_act(&session.1).is_ok() {
            h2 { (say(Word::MakeCollection)) }
            (fields(c, session, typed, COLLECTIONS, Word::MakeCollection, wrong))
        }
    };
    Ok(page(c, title, true, &body).status(wrong.map_or(200, |(_, status)| status)))
}

fn hidden(c: &Context<'_>, secret: &str) -> Markup {
    html! { input type="hidden" name="form" value=(form::reading_token(c.app, PURPOSE, secret)); }
}

fn fields(
    c: &Context<'_>,
    session: &Session,
    typed: &Collection,
    to: &str,
    save: Word,
    wrong: Wrong,
) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    html! {
        @if let Some((word, _)) = wrong { p.error role="alert" { (say(word)) } }
        form method="post" action=(to) {
            (hidden(c, &session.2))
            label for="name" { (say(Word::TitleWord)) }
            input id="name" type="text" name="name" value=(typed.name) required maxlength=(MAX_NAME) dir="auto" autocomplete="off";
            label for="description" { (say(Word::CollectionAbout)) }
            input id="description" type="text" name="description" value=(typed.description) maxlength=(MAX_DESCRIPTION) dir="auto" autocomplete="off";
            label for="tag" { (say(Word::CollectionTag)) }
            input id="tag" type="text" name="tag" value=(typed.tag.as_deref().unwrap_or("")) maxlength="100" dir="auto" autocomplete="off";
            label for="language" { (say(Word::LanguageWord)) }
            select id="language" name="language" { option value="" { (say(Word::NoLanguage)) } (languages(typed.language.as_deref().unwrap_or(""))) }
            label.check { input type="checkbox" name="sensitive" value="1" checked[typed.is_sensitive]; span { (say(Word::SensitiveMedia)) } }
            label.check { input type="checkbox" name="discoverable" value="1" checked[typed.is_discoverable]; span { (say(Word::CollectionListed)) } }
            button type="submit" name="do" value="save" { (say(save)) }
        }
    }
}

/// Puts what was typed into a collection, also what is refused. Errors: `Unprocessable`.
fn read(c: &Context<'_>, collection: &mut Collection) -> Result<()> {
    let text = |name: &str| Some(c.params.text(name).unwrap_or(""));
    let change = Change {
        name: text("name"),
        description: text("description"),
        language: text("language"),
        tag: text("tag"),
        is_sensitive: Some(c.params.has("sensitive")),
        is_discoverable: Some(c.params.has("discoverable")),
    };
    services::collection::change(c.app, collection, &change)
}

fn is_valid(c: &Context<'_>, session: &Session) -> bool {
    form::is_valid(c.app, PURPOSE, &session.2, c.params.text("form").unwrap_or(""))
}

pub async fn create(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else { return Ok(sign_in_first(c, COLLECTIONS, &[])) };
    let mut made = services::collection::begin(c.app, session.1.id);
    let changed = read(c, &mut made);
    if !is_valid(c, &session) {
        return all(c, &session, &made, Some((Word::FormExpired, 403))).await;
    }
    may_act(c, &session.1)?;
    let done = match changed {
        Ok(()) => services::collection::create(c.app, &mut made, &[]).await,
        wrong => wrong,
    };
    match done {
        Ok(()) => Ok(Response::redirect(&format!("{}/edit", path(made.id)))),
        Err(Error::Unprocessable(said)) => all(c, &session, &made, Some((why(&said), 422))).await,
        Err(error) => Err(error),
    }
}

/// The members of a collection with the ids of their entries, in the order in which they were added, and its curator. Error:
/// `NotFound` where that is absent.
async fn people(c: &Context<'_>, collection: &Collection) -> Result<(Vec<(Id, Account)>, Account)> {
    let all = store::load(&c.app.db, store::collections::people(collection.id)).await?;
    let find = |id: Id| all.iter().find(|account| account.id == id).cloned();
    let accepted = collection.items.iter().filter(|item| item.state == "accepted");
    let members = accepted.filter_map(|item| Some((item.id, find(item.account_id)?))).collect();
    Ok((members, find(collection.account_id).ok_or(Error::NotFound)?))
}

/// One collection, for everybody who has its address.
pub async fn one(c: &Context<'_>) -> Result<Response> {
    let (session, found) = form::signed_in_with(c, Some(store::collections::by_id(c.id("id")?))).await?;
    let collection = found.flatten().ok_or(Error::NotFound)?;
    let (members, curator) = people(c, &collection).await?;
    let say = |word| Language::of(c.request).say(word);
    let here = path(collection.id);
    let lang = collection.language.as_deref();
    let viewer = session.as_ref().map(|(_, account, _)| account.id);
    let is_member = members.iter().any(|(_, account)| viewer == Some(account.id));
    let name = html! { a href=(address(c, &curator)) { bdi { (text::name(c, &curator)) } } };
    let list = html! {
        @if members.is_empty() { p.lead { (say(Word::Nobody)) } }
        ul.people { @for (_, account) in &members { (line(c, account, &excerpt(&account.note, MAX_BIO))) } }
    };
    let body = html! {
        h1 dir="auto" lang=[lang] { (collection.name) }
        p.meta { (text::fill(say(Word::CollectionBy), &[("name", &name)])) }
        @if !collection.description.is_empty() { p dir="auto" lang=[lang] { (collection.description) } }
        @if let Some(tag) = &collection.tag { p { a href={ "/tags/" (tag) } dir="auto" { "#" (tag) } } }
        @if viewer == Some(curator.id) { p { a href={ (here) "/edit" } { (say(Word::EditCollection)) } } }
        @if collection.is_sensitive { details { summary { (say(Word::SensitiveMedia)) } (list) } } @else { (list) }
        @if let Some(session) = session.as_ref().filter(|_| is_member) {
            form method="post" action=(here) {
                (hidden(c, &session.2))
                p.hint { (say(Word::LeaveCollectionLead)) }
                button.quiet type="submit" { (say(Word::LeaveCollection)) }
            }
        }
    };
    let is_left_out = !(collection.is_discoverable && curator.is_found_by_search());
    Ok(framed(c, &Frame { title: &collection.name, is_left_out, ..Frame::default() }, &body))
}

/// A member takes itself out, for good.
pub async fn leave(c: &Context<'_>) -> Result<Response> {
    let id = c.id("id")?;
    let me = match form::sender(c, PURPOSE, &path(id)).await? {
        Ok((_, account, _)) => account.id,
        Err(first) => return Ok(first),
    };
    let found = store::load(&c.app.db, store::collections::by_id(id)).await?.ok_or(Error::NotFound)?;
    let item = found.items.iter().find(|item| item.account_id == me).ok_or(Error::NotFound)?;
    store::write(&c.app.db, vec![store::collections::revoke(id, item.id)]).await?;
    Ok(Response::redirect(&path(id)))
}

/// The reader's own collection of the path. Error: `NotFound` for others.
async fn own(c: &Context<'_>) -> Result<std::result::Result<(Session, Collection), Response>> {
    let (session, found) = form::signed_in_with(c, Some(store::collections::by_id(c.id("id")?))).await?;
    let Some(session) = session else { return Ok(Err(sign_in_first(c, &c.path.to_text(), &[]))) };
    let own = found.flatten().filter(|found| found.account_id == session.1.id).ok_or(Error::NotFound)?;
    Ok(Ok((session, own)))
}

pub async fn edit(c: &Context<'_>) -> Result<Response> {
    match own(c).await? {
        Ok((session, collection)) => editor(c, &session, &collection, None).await,
        Err(first) => Ok(first),
    }
}

/// `collection` is as it is stored, or as it was typed where that was refused.
async fn editor(
    c: &Context<'_>,
    session: &Session,
    collection: &Collection,
    wrong: Wrong,
) -> Result<Response> {
    let (members, _) = people(c, collection).await?;
    let say = |word| Language::of(c.request).say(word);
    let here = format!("{}/edit", path(collection.id));
    let title = say(Word::EditCollection);
    let may_act = permission::may_act(&session.1).is_ok();
    let hidden = hidden(c, &session.2);
    let typed = c.params.text("handle").unwrap_or("");
    let body = html! {
        h1 { (title) }
        p.meta { a href=(COLLECTIONS) { (say(Word::Collections)) } " · " a href=(path(collection.id)) dir="auto" { (collection.name) } }
        @if may_act { (fields(c, session, collection, &here, Word::Save, wrong)) }
        h2 { (say(Word::CollectionMembers)) }
        @if may_act {
            form method="post" action=(here) {
                (hidden)
                label for="handle" { (say(Word::TheirHandle)) }
                input id="handle" type="text" name="handle" value=(typed) required maxlength="400" placeholder="@name" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="handle-hint";
                p.hint id="handle-hint" { (say(Word::CollectionMembersHint).replace("{n}", &MAX_ITEMS.to_string())) }
                button type="submit" name="do" value="add" { (say(Word::Add)) }
            }
        }
        @if members.is_empty() { p.lead { (say(Word::Nobody)) } }
        form.members method="post" action=(here) {
            (hidden)
            ul.people { @for (item, account) in &members {
                @let button = html! { @if may_act { button.quiet type="submit" name="remove" value=(item) { (say(Word::Remove)) } } };
                (line_with_form(c, account, "", &button))
            } }
        }
        @if may_act {
            details {
                summary { (say(Word::DeleteCollection)) }
                form method="post" action=(here) { (hidden) button type="submit" name="do" value="delete" { (say(Word::DeleteCollection)) } }
            }
        }
    };
    Ok(page(c, title, true, &body).status(wrong.map_or(200, |(_, status)| status)))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (session, before) = match own(c).await? {
        Ok(found) => found,
        Err(first) => return Ok(first),
    };
    let mut collection = before.clone();
    if !is_valid(c, &session) {
        return editor(c, &session, &collection, Some((Word::FormExpired, 403))).await;
    }
    may_act(c, &session.1)?;
    match apply(c, &before, &mut collection).await {
        Ok(None) => {
            let is_gone = c.params.text("do") == Some("delete");
            let next = if is_gone { COLLECTIONS.into() } else { format!("{}/edit", path(before.id)) };
            Ok(Response::redirect(&next))
        }
        Ok(Some(word)) => editor(c, &session, &collection, Some((word, 422))).await,
        Err(Error::Unprocessable(said)) => editor(c, &session, &collection, Some((why(&said), 422))).await,
        Err(error) => Err(error),
    }
}

/// Does what a form asks for; a word where that is refused.
async fn apply(c: &Context<'_>, before: &Collection, collection: &mut Collection) -> Result<Option<Word>> {
    if let Some(item) = c.params.filled("remove") {
        let item = Id::parse(item).ok_or(Error::NotFound)?;
        store::write(&c.app.db, store::collections::remove(before.id, item).into()).await?;
        return Ok(None);
    }
    match c.params.text("do") {
        Some("save") => {
            read(c, collection)?;
            services::collection::update(c.app, before.clone(), collection).await?;
        }
        Some("add") => {
            let found = lists::named(c, c.params.text("handle").unwrap_or("")).await?;
            let Some(id) = found else { return Ok(Some(Word::NothingFound)) };
            services::collection::add(c.app, before, id).await?;
        }
        Some("delete") => {
            store::write(&c.app.db, vec![store::collections::delete(before.account_id, before.id)]).await?;
        }
        _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    }
    Ok(None)
}
