//! Profiles and statuses of local accounts, as pages. Servers are redirected to the documents.

use maud::{Markup, html};

use super::status::card;
use super::words::{Language, Word};
use super::{form, page_for_robots, page_with_feeds, text};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::page::Page;
use crate::model::receipt::Receipt;
use crate::model::uri;
use crate::services;
use crate::store;
use crate::store::Query;
use crate::store::timelines::OfAccount;
use crate::text::excerpt::excerpt;
use crate::text::{acct, escape, hashtags};

/// Maximum characters of a status in the title of its page.
const MAX_TITLE: usize = 60;
/// Statuses of a page.
const SHOWN: usize = 20;

/// The address of the avatar, or of the default picture.
pub fn avatar(c: &Context<'_>, account: &Account) -> String {
    match &account.avatar_url {
        Some(url) => c.app.links().of(url).into_owned(),
        None => uri::default_avatar(&c.app.home().web_origin),
    }
}

/// The local account of the path, and who is signed in.
async fn account(c: &Context<'_>) -> Result<(Account, Option<Account>)> {
    let session = form::session_secret(c).map(|secret| services::grant::session_of(c.app, &secret));
    let (found, session) = store::load(&c.app.db, (named(c)?, session)).await?;
    Ok((shown(found)?, session.flatten().map(|(_, viewer)| viewer)))
}

fn named(c: &Context<'_>) -> Result<Query<Option<Account>>> {
    let asked = acct::parse(c.segment("username")?).ok_or(Error::NotFound)?;
    let here = c.app.domain_asked(c.request);
    let domain = c.app.handle_domain(asked.domain.as_deref(), here).ok_or(Error::NotFound)?;
    Ok(store::accounts::local_by_username(&asked.username, &c.app.site().sharing(&domain)))
}

fn shown(found: Option<Account>) -> Result<Account> {
    match found {
        Some(account) if account.is_suspended() => Err(Error::Gone),
        found => found.ok_or(Error::NotFound),
    }
}

/// The local account of the path. Errors: `NotFound` where there is none, `Gone` where it is suspended or deleted.
pub async fn local_account(c: &Context<'_>) -> Result<Account> {
    shown(store::load(&c.app.db, named(c)?).await?)
}

/// Redirects to the document of a page.
fn to_document(c: &Context<'_>, uri: &str) -> Response {
    let suffix = if c.path.is_json() { ".json" } else { "" };
    Response::redirect(&format!("{uri}{suffix}")).with("Vary", "Accept")
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let (account, _) = account(c).await?;
    if c.wants_document() {
        return Ok(to_document(c, &account.uri));
    }
    let language = Language::of(c.request);
    let successor = account.moved_to_id.map(|_| store::accounts::successor(account.id));
    let found = (store::timelines::public_of_account(account.id, SHOWN), successor);
    let (statuses, successor) = store::load(&c.app.db, found).await?;
    let say = |word| language.say(word);
    let count = |n, one, several| language.count(n, one, several);
    let body = html! {
        div.who {
            img src=(avatar(c, &account)) alt="" width="58" height="58";
            div { h1 { (text::name(c, &account)) } span.meta { "@" (account.handle()) } }
        }
        @if let Some(successor) = successor.flatten().filter(|a| !a.is_suspended()) {
            p.card { (say(Word::MovedTo)) " " a href=(successor.url) { "@" (successor.handle()) } }
        }
        div { (text::html(c, &account.note, &account.emojis)) }
        @if !account.fields.is_empty() {
            dl {
                @for field in &account.fields {
                    dt { (text::plain(c, &field.name, &account.emojis)) } dd { (text::html(c, &field.value, &account.emojis)) }
                }
            }
        }
        p.meta {
            (count(account.statuses_count, Word::Post, Word::Posts)) " · "
            (count(account.following_count, Word::Following, Word::Following)) " · "
            (count(account.followers_count, Word::Follower, Word::Followers))
        }
        @if statuses.is_empty() { p.lead { (say(Word::NoPosts)) } }
        @for view in statuses.iter() { (card(c, view)) }
    };
    Ok(page_with_feeds(c, account.name(), account.is_indexable, &account.url, &body))
}

/// The statuses of an account with a hashtag: featured hashtags link to it. There is no document of it. Error: `NotFound`
/// where this is no hashtag.
pub async fn tagged(c: &Context<'_>) -> Result<Response> {
    let (account, _) = account(c).await?;
    let name = hashtags::normalise(c.segment("hashtag")?);
    if name.is_empty() {
        return Err(Error::NotFound);
    }
    let title = format!("#{name} · {}", account.name());
    let filter = OfAccount { tag: Some(name), ..OfAccount::default() };
    let query = store::timelines::of_account(account.id, None, &filter, &Page::first(SHOWN));
    let statuses = store::load(&c.app.db, query).await?;
    let body = html! {
        h1 { (title) }
        p.meta { a href=(account.url) { "@" (account.handle()) } }
        @if statuses.is_empty() { p.lead { (Language::of(c.request).say(Word::NoPosts)) } }
        @for view in statuses.iter() { (card(c, view)) }
    };
    Ok(page_for_robots(c, &title, account.is_indexable, &body))
}

fn delivery(receipt: &Receipt, language: Language) -> Markup {
    let refused: Vec<&String> = receipt.refused.iter().map(|(domain, _)| domain).collect();
    let trying: Vec<&String> = receipt.trying.iter().collect();
    let list = |all: Vec<&String>| all.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    html! {
        p.meta {
            (language.say(Word::ServersHaveIt)) " " (receipt.delivered()) " / " (receipt.servers)
            @if !trying.is_empty() { br; (language.say(Word::StillTrying)) " " (receipt.trying_count) " (" (list(trying)) ")" }
            @if !refused.is_empty() { br; (language.say(Word::Refused)) " " (receipt.refused_count) " (" (list(refused)) ")" }
        }
    }
}

pub async fn status(c: &Context<'_>) -> Result<Response> {
    let (account, viewer) = account(c).await?;
    let id = c.id("id")?;
    let visible = store::statuses::visible_by_id(id, viewer.map(|viewer| viewer.id));
    let view = store::load(&c.app.db, visible).await?.ok_or(Error::NotFound)?;
    if view.account.id != account.id || !view.status.is_local {
        return Err(Error::NotFound);
    }
    if c.wants_document() {
        return Ok(to_document(c, &view.status.uri));
    }
    let language = Language::of(c.request);
    let shown = view.proper();
    // Tabs, bookmarks and search results show the title, so it does not contain what is behind a warning.
    let title = if shown.status.spoiler_text.is_empty() {
        excerpt(&shown.status.content, MAX_TITLE)
    } else {
        excerpt(&escape::html(&shown.status.spoiler_text), MAX_TITLE)
    };
    let is_indexed = account.is_indexable && shown.account.is_indexable;
    // It is loaded for the author only.
    let receipt = view.flags.receipt.as_ref().filter(|_| view.reblog.is_none());
    let body = html! {
        h1 { (language.say(Word::PostBy)) " " (text::name(c, &shown.account)) }
        (card(c, &view))
        @if let Some(receipt) = receipt { (delivery(receipt, language)) }
    };
    Ok(page_for_robots(c, &title, is_indexed, &body))
}
