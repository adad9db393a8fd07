//! `/settings/held`: posts of strangers that wait for staff, and the quiet mode.

use maud::{Markup, html};

use super::parts::account::line_with;
use super::parts::form::{outcome, token};
use super::parts::pager;
use super::parts::time::minute;
use super::words::{Language, Word};
use super::{form, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::role::Permission;
use crate::model::status::Visibility;
use crate::services::held::{self, MAX_AFTER};
use crate::store;
use crate::store::held::Held;

pub const HERE: &str = "/settings/held";
const FORM: &str = "held";
pub const PERMISSION: Permission = Permission::MANAGE_REPORTS;
/// Posts of a page.
const SHOWN: usize = 20;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &[]).await? {
        Ok((_, _, secret)) => answer(c, &secret, None).await,
        Err(response) => Ok(response),
    }
}

fn line(c: &Context<'_>, one: &Held, language: Language) -> Markup {
    let say = |word| language.say(word);
    let button = |name: &str, word: Word| {
        html! {
            button.quiet type="submit" name=(name) value=(one.id) aria-label={ (say(word)) ": @" (one.author.handle()) } { (say(word)) } " "
        }
    };
    line_with(
        c,
        &one.author,
        "",
        &html! {
            p.text dir="auto" { (one.excerpt) }
            p.meta {
                @if one.reason.is_empty() { (say(Word::HeldQuietly)) } @else { (say(Word::HeldByRule)) " " span dir="auto" { (one.reason) } }
                @if one.visibility == Visibility::Direct { " · " (say(Word::HeldDirect)) }
                @if one.is_edit { " · " (say(Word::HeldEdit)) }
                " · " (say(Word::Until)) " " (minute(c, one.expires_at))
            }
            p { (button("pass", Word::HeldPass)) (button("drop", Word::HeldDrop)) (button("drop_all", Word::HeldDropAll)) }
        },
    )
}

async fn answer(c: &Context<'_>, secret: &str, wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let asked = pagination::read(&c.params, SHOWN, SHOWN).unwrap_or(Page::first(SHOWN));
    let listed = store::load(&c.app.db, store::held::page(&asked)).await?;
    let (quiet, now) = (c.app.site().spam.quiet, c.app.now());
    let hidden = token(c, FORM, secret);
    let (value, word) = if quiet.is_quiet(now) { ("off", Word::TurnOff) } else { ("on", Word::TurnOn) };
    let body = html! {
        h1 { (say(Word::Held)) }
        p.lead { (say(Word::HeldLead)) }
        (outcome(c, wrong))
        @if listed.is_empty() { p { (say(Word::HeldNone)) } }
        @else {
            form method="post" action=(HERE) { (hidden) ul.people { @for one in listed.iter() { (line(c, one, language)) } } }
            (pager::older(&listed, HERE, language))
        }
        h2 { (say(Word::Quiet)) }
        p { (say(Word::QuietLead)) }
        @if quiet.is_quiet(now) {
            p role="status" {
                strong { (say(Word::QuietIsOn)) }
                @if let Some(at) = quiet.until.filter(|_| !quiet.is_on) { " " (say(Word::Until)) " " (minute(c, at)) }
            }
        }
        form method="post" action=(HERE) { (hidden) button.quiet type="submit" name="quiet" value=(value) { (say(word)) } }
        form method="post" action=(HERE) {
            (hidden)
            label for="after" { (say(Word::QuietAfter)) }
            input id="after" name="after" type="number" min="0" max=(MAX_AFTER) value=(quiet.after) required aria-describedby="after-hint";
            p.hint id="after-hint" { (say(Word::QuietAfterHint)) }
            button.quiet type="submit" name="do" value="after" { (say(Word::Save)) }
        }
    };
    Ok(page(c, say(Word::Held), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (_, account, secret) = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let id = |name: &str| c.params.text(name).and_then(Id::parse);
    let done = match (id("pass"), id("drop"), id("drop_all")) {
        (Some(id), ..) => held::let_through(c.app, &account, id).await,
        (_, Some(id), _) => held::drop_post(c.app, &account, id, false).await,
        (.., Some(id)) => held::drop_post(c.app, &account, id, true).await,
        _ => match (text("quiet"), text("do")) {
            ("on", _) => held::set_quiet(c.app, &account, true).await,
            ("off", _) => held::set_quiet(c.app, &account, false).await,
            (_, "after") => {
                let after = text("after").trim().parse().unwrap_or(-1);
                held::set_quiet_after(c.app, &account, after).await
            }
            _ => return Err(Error::NotFound),
        },
    };
    match done {
        // Somebody else has decided in between.
        Ok(()) | Err(Error::NotFound) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Unprocessable(_)) => answer(c, &secret, Some(Word::SpamNumberWrong)).await,
        Err(error) => Err(error),
    }
}
