//! `/settings/muted`: whom one has muted and blocked, and which servers, each to be undone.

use maud::{Markup, html};

use super::form::sign_in_first;
use super::parts::account::line_with_form;
use super::parts::pager;
use super::ties::{TIES, muted, token, undo};
use super::words::{Language, Word};
use super::{form, page};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::services::permission;
use crate::store;

pub const HERE: &str = "/settings/muted";
/// Rows of a page.
const SHOWN: usize = 40;
/// The lists, by their name in the address.
const LISTS: [(&str, Word); 3] =
    [("", Word::KindMutes), ("blocked", Word::KindBlocks), ("domains", Word::KindDomainBlocks)];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &["list"]));
    };
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let asked = c.params.text("list").unwrap_or("");
    let list = LISTS.into_iter().map(|(name, _)| name).find(|name| *name == asked).unwrap_or("");
    let page_of = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let here = if list.is_empty() { HERE.to_owned() } else { format!("{HERE}?list={list}") };
    let token = Some(token(c, &secret)).filter(|_| permission::may_act(&account).is_ok());
    let button = |account: Id, what: &str, word: Word| {
        token.as_deref().map(|token| undo(token, &here, account, what, say(word))).unwrap_or_default()
    };
    let (rows, cursors, goes_on): (Vec<Markup>, Vec<Id>, bool) = match list {
        "domains" => {
            let all = store::load(&c.app.db, store::mutes::domains(account.id, &page_of)).await?;
            let rows = all.iter().map(|(_, domain)| row(domain, token.as_deref(), &here, language)).collect();
            let goes_on = all.len() >= SHOWN;
            (rows, all.into_iter().map(|(id, _)| id).collect(), goes_on)
        }
        "blocked" => {
            let all = store::load(&c.app.db, store::mutes::blocked(account.id, &page_of)).await?;
            let rows =
                all.iter().map(|a| line_with_form(c, a, "", &button(a.id, "unblock", Word::TieUnblock)));
            (rows.collect(), all.cursors.clone(), all.goes_on)
        }
        _ => {
            let all = store::load(&c.app.db, store::mutes::list(account.id, &page_of)).await?;
            let rows = all.iter().map(|(a, until)| {
                let about = until.map(|_| muted(c, *until, language)).unwrap_or_default();
                line_with_form(c, a, &about, &button(a.id, "unmute", Word::TieUnmute))
            });
            (rows.collect(), all.cursors.clone(), all.goes_on)
        }
    };
    let body = html! {
        h1 { (say(Word::MutedAndBlocked)) }
        nav.tabs aria-label=(say(Word::MutedAndBlocked)) {
            @for (name, word) in LISTS {
                a href={ (HERE) @if !name.is_empty() { "?list=" (name) } } aria-current=[(name == list).then_some("page")] { (say(word)) }
            }
        }
        @if rows.is_empty() { p.lead { (say(Word::Nobody)) } }
        ul.people { @for row in &rows { (row) } }
        (pager::more(&cursors, goes_on, &here, say(Word::MorePeople)))
    };
    Ok(page(c, say(Word::MutedAndBlocked), true, &body))
}

/// A domain, of which no account need be here.
fn row(domain: &str, token: Option<&str>, here: &str, language: Language) -> Markup {
    html! {
        li.who {
            div { strong { (domain) } }
            @if let Some(token) = token {
                form method="post" action=(TIES) {
                    input type="hidden" name="form" value=(token);
                    input type="hidden" name="next" value=(here);
                    input type="hidden" name="domain" value=(domain);
                    button.quiet type="submit" name="do" value="unblock_domain" { (language.say(Word::TieUnblock)) }
                }
            }
        }
    }
}
