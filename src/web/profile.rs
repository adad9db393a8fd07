//! Profiles and statuses of local accounts, as pages. Servers are redirected to the documents.

use maud::{Markup, PreEscaped, html};

use super::words::{Language, Word};
use super::{form, page_for_robots, site_name};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::receipt::Receipt;
use crate::model::status::StatusView;
use crate::model::uri;
use crate::store;
use crate::text::excerpt::excerpt;
use crate::text::{acct, escape};

/// Maximum characters of a status in the title of its page.
const MAX_TITLE: usize = 60;

/// The address of the avatar, or of the default picture.
pub fn avatar(c: &Context<'_>, account: &Account) -> String {
    match &account.avatar_url {
        Some(url) => c.app.links().of(url).into_owned(),
        None => uri::default_avatar(&c.app.primary().web_origin),
    }
}

async fn account(c: &Context<'_>) -> Result<Account> {
    let asked = acct::parse(c.segment("username")?).ok_or(Error::NotFound)?;
    let here = c.app.domain_asked(c.request);
    let domain = c.app.handle_domain(asked.domain.as_deref(), here).ok_or(Error::NotFound)?;
    let found = store::load(&c.app.db, store::accounts::local_by_username(&asked.username, &domain)).await?;
    let account = found.ok_or(Error::NotFound)?;
    if account.is_suspended() {
        return Err(Error::Gone);
    }
    Ok(account)
}

/// Redirects to the document of a page.
fn to_document(c: &Context<'_>, uri: &str) -> Response {
    let suffix = if c.path.is_json() { ".json" } else { "" };
    Response::redirect(&format!("{uri}{suffix}")).with("Vary", "Accept")
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    if c.wants_document() {
        return Ok(to_document(c, &account.uri));
    }
    let language = Language::of(c.request);
    let statuses = store::load(&c.app.db, store::timelines::public_of_account(account.id, 20)).await?;
    let say = |word| language.say(word);
    let count = |n: i64, one, several| match language {
        Language::Korean => format!("{} {n}", say(several)),
        Language::English => format!("{n} {}", say(if n == 1 { one } else { several })),
    };
    let body = html! {
        div.who {
            img src=(avatar(c, &account)) alt="" width="58" height="58";
            div { strong { (account.name()) } span.meta { "@" (account.handle()) } }
        }
        div { (PreEscaped(&account.note)) }
        @if !account.fields.is_empty() {
            dl { @for field in &account.fields { dt { (field.name) } dd { (PreEscaped(&field.value)) } } }
        }
        p.meta {
            (count(account.statuses_count, Word::Post, Word::Posts)) " · "
            (count(account.following_count, Word::Following, Word::Following)) " · "
            (count(account.followers_count, Word::Follower, Word::Followers))
        }
        @if statuses.is_empty() { p.lead { (say(Word::NoPosts)) } }
        @for view in statuses.iter() { (card(view, language)) }
    };
    Ok(page_for_robots(language, &site_name(c), account.name(), false, account.is_indexable, &body))
}

pub(super) fn card(view: &StatusView, language: Language) -> Markup {
    let shown = view.proper();
    html! {
        article.card.status lang=[shown.status.language.as_deref()] {
            p.meta {
                @if view.reblog.is_some() { (view.account.name()) " " (language.say(Word::Boosted)) " · " }
                a href=(shown.account.url) { (shown.account.name()) } " "
                a href=(shown.status.url) { time datetime=(shown.status.created_at.to_iso()) { (shown.status.created_at.to_date()) } }
            }
            @if shown.status.spoiler_text.is_empty() {
                (PreEscaped(&shown.status.content))
            } @else {
                details { summary { (shown.status.spoiler_text) } (PreEscaped(&shown.status.content)) }
            }
        }
    }
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
    let account = account(c).await?;
    let id = c.id("id")?;
    let view =
        store::load(&c.app.db, store::statuses::visible_by_id(id, None)).await?.ok_or(Error::NotFound)?;
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
    // The delivery receipt is shown to the author only.
    let is_own = form::signed_in(c).await?.is_some_and(|(_, viewer, _)| viewer.id == account.id);
    let receipt = if is_own { store::load(&c.app.db, store::receipts::of_status(id)).await? } else { None };
    let body =
        html! { (card(&view, language)) @if let Some(receipt) = &receipt { (delivery(receipt, language)) } };
    Ok(page_for_robots(language, &site_name(c), &title, false, is_indexed, &body))
}
