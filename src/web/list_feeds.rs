//! `/settings/list-feeds`: lists that are public as feeds.

use maud::{Markup, html};

use super::feeds::Format;
use super::form::sign_in_first;
use super::words::{Language, Word};
use super::{form, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::list::Feed;
use crate::model::uri;
use crate::services;
use crate::store;

const HERE: &str = "/settings/list-feeds";

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some((_, account, secret)) => answer(c, &account, &secret, None).await,
        None => Ok(sign_in_first(c, HERE, &[])),
    }
}

async fn answer(c: &Context<'_>, account: &Account, secret: &str, wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let parts = (store::list_feeds::of(account.id), store::list_feeds::members(account.id));
    let (lists, members) = store::load(&c.app.db, parts).await?;
    let (token, origin) = (form::token(c.app, "list feeds", secret), c.app.origin_of(account));
    let body = html! {
        h1 { (say(Word::ListFeeds)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        p.lead { (say(Word::ListFeedsLead)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if lists.is_empty() { p { (say(Word::ListFeedsNone)) " " a href="/lists" { (say(Word::MakeList)) } } }
        @for list in &lists {
            @let counts = members.iter().find(|(id, ..)| *id == list.list_id).map(|(_, shown, total)| (*shown, *total));
            (shown(list, counts, &origin, &token, language))
        }
    };
    let page = page(c, say(Word::ListFeeds), true, &body);
    Ok(if wrong.is_some() { page.status(422) } else { page })
}

fn shown(list: &Feed, counts: Option<(i64, i64)>, origin: &str, token: &str, language: Language) -> Markup {
    let say = |word| language.say(word);
    html! {
        section.card {
            h2 dir="auto" { (list.title) }
            @if let Some(key) = &list.key {
                @let (shown, total) = counts.unwrap_or_default();
                p { (say(Word::ListFeedsMembers)) " " (shown) " / " (total) }
                ul.plain { @for format in Format::ALL {
                    @let address = format!("{}{}", uri::list_feed(origin, key), format.suffix());
                    li { a href=(address) type=(format.media_type()) { (address) } }
                } }
            }
            form method="post" action=(HERE) {
                input type="hidden" name="form" value=(token);
                input type="hidden" name="list" value=(list.list_id);
                @if list.key.is_some() {
                    button.quiet type="submit" name="action" value="publish" { (say(Word::ListFeedsRenew)) }
                    button.quiet type="submit" name="action" value="stop" { (say(Word::ListFeedsStop)) }
                } @else {
                    button type="submit" name="action" value="publish" { (say(Word::ListFeedsPublish)) }
                }
            }
        }
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    if !form::is_valid(c.app, "list feeds", &secret, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &account, &secret, Some(Word::FormExpired)).await?.status(403));
    }
    let list = c.params.text("list").and_then(Id::parse).ok_or(Error::NotFound)?;
    match c.params.text("action") {
        Some("publish") if !services::list_feed::publish(c.app, &account, list).await? => {
            answer(c, &account, &secret, Some(Word::ListFeedsTooMany)).await
        }
        Some("publish") => Ok(Response::redirect(HERE)),
        Some("stop") => {
            services::list_feed::stop(c.app, &account, list).await?;
            Ok(Response::redirect(HERE))
        }
        _ => Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    }
}
