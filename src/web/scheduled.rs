//! `/scheduled`: one's posts that wait for their time. Each can go out at another time, or not at all.

use maud::{Markup, html};

use super::form::{self, sign_in_first};
use super::parts::pager;
use super::parts::time;
use super::words::{Language, Word};
use super::{Frame, framed};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::services;
use crate::services::permission;
use crate::store;
use crate::store::scheduled::Scheduled;

pub const HERE: &str = "/scheduled";
const FORM: &str = "scheduled";
const SHOWN: usize = 20;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    page(c, None).await
}

/// `wrong`: why the last change was refused.
async fn page(c: &Context<'_>, wrong: Option<Word>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let asked = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let items = store::load(&c.app.db, store::scheduled::list(account.id, &asked)).await?;
    let listed = Listed {
        cursors: items.iter().map(|s| s.id).collect(),
        goes_on: items.len() >= SHOWN,
        is_cut: false,
        items,
    };
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let token = permission::may_act(&account).is_ok().then(|| form::reading_token(c.app, FORM, &secret));
    let title = say(Word::Scheduled);
    let body = html! {
        h1 { (title) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if listed.is_empty() { p.lead { (say(Word::NothingScheduled)) } }
        @for one in listed.iter() { (row(c, one, token.as_deref(), language)) }
        (pager::older(&listed, HERE, language))
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

fn row(c: &Context<'_>, one: &Scheduled, token: Option<&str>, language: Language) -> Markup {
    let say = |word| language.say(word);
    let params = services::schedule::shown(&one.params);
    let text = |name: &str| params.get(name).and_then(|v| v.as_str()).unwrap_or("");
    let files = params.get("media_ids").and_then(|v| v.as_array()).map_or(0, Vec::len);
    html! {
        article.status id={ "scheduled-" (one.id) } {
            p.meta { (time::minute(c, one.at)) }
            @if !text("spoiler_text").is_empty() { p dir="auto" { strong { (text("spoiler_text")) } } }
            p.typed dir="auto" { (text("text")) }
            @if files > 0 { p.meta { (say(Word::MediaTab)) ": " (files) } }
            @if let Some(token) = token {
                form.tag-ties method="post" action=(HERE) {
                    input type="hidden" name="form" value=(token);
                    input type="hidden" name="id" value=(one.id);
                    input type="datetime-local" name="at" value=(time::input(c, one.at)) aria-label=(time::label(c, say(Word::PublishAt))) required;
                    button.quiet type="submit" name="do" value="move" { (say(Word::SaveChanges)) }
                    button.quiet type="submit" name="do" value="delete" formnovalidate { (say(Word::DeletePost)) }
                }
            }
        }
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let account = match form::sender(c, FORM, HERE).await? {
        Ok((_, account, _)) => account,
        Err(first) => return Ok(first),
    };
    let id = c.params.text("id").and_then(Id::parse).ok_or(Error::NotFound)?;
    let found = store::load(&c.app.db, store::scheduled::by_id(account.id, id)).await?;
    let found = found.ok_or(Error::NotFound)?;
    match c.params.text("do") {
        Some("delete") => services::schedule::cancel(c.app, &found).await?,
        Some("move") => {
            let typed = c.params.text("at").unwrap_or("");
            let at = time::typed(c, typed);
            let moved = match at {
                Some(at) => services::schedule::set_time(c.app, &found, at).await,
                None => Err(Error::validation("no time")),
            };
            match moved {
                Ok(()) => {}
                Err(Error::Unprocessable(said)) if said.contains("exceeded") => {
                    return Ok(page(c, Some(Word::ScheduledTooMany)).await?.status(422));
                }
                Err(Error::Unprocessable(_)) => {
                    return Ok(page(c, Some(Word::ScheduledTooSoon)).await?.status(422));
                }
                Err(error) => return Err(error),
            }
        }
        _ => return Err(Error::NotFound),
    }
    Ok(Response::redirect(HERE))
}
