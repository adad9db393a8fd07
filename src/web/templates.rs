//! `/settings/templates`: texts of warnings that staff keeps to choose from.

use maud::{Markup, html};

use super::form::{self, Session};
use super::page;
use super::parts::form::{outcome, token};
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::strike::Preset;
use crate::services::presets::{self, MAX_TITLE};
use crate::services::staff::MAX_TEXT;
use crate::store;

pub const HERE: &str = "/settings/templates";
const FORM: &str = "templates";
/// As on Mastodon.
const PERMISSION: Permission = Permission::MANAGE_SETTINGS;

fn fields(c: &Context<'_>, title: &str, text: &str) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    html! {
        label for="title" { (say(Word::TemplateTitle)) }
        input id="title" name="title" value=(title) dir="auto" maxlength=(MAX_TITLE);
        label for="text" { (say(Word::StaffMessage)) }
        textarea id="text" name="text" rows="5" dir="auto" required maxlength=(MAX_TEXT) { (text) }
    }
}

async fn list(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let all = store::load(&c.app.db, store::presets::all()).await?;
    let say = |word| Language::of(c.request).say(word);
    let typed = |name: &str| if wrong.is_some() { c.params.text(name).unwrap_or("") } else { "" };
    let body = html! {
        h1 { (say(Word::Templates)) }
        p.lead { (say(Word::TemplatesLead)) }
        (outcome(c, wrong))
        form method="post" action=(HERE) {
            (token(c, FORM, &session.2))
            ul.plain { @for preset in &all { li {
                a href={ (HERE) "/" (preset.id) } dir="auto" { (preset.name()) } " "
                button.quiet type="submit" name="remove" value=(preset.id) { (say(Word::Remove)) }
            } } }
        }
        form method="post" action=(HERE) {
            (token(c, FORM, &session.2))
            (fields(c, typed("title"), typed("text")))
            button type="submit" { (say(Word::Add)) }
        }
    };
    Ok(page(c, say(Word::Templates), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

async fn edit(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let id = c.id("id")?;
    let preset = presets::find(c.app, id).await?;
    let preset = if wrong.is_some() { typed(c, id) } else { preset };
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::Templates)) }
        (outcome(c, wrong))
        form method="post" action={ (HERE) "/" (id) } {
            (token(c, FORM, &session.2))
            (fields(c, &preset.title, &preset.text))
            button type="submit" { (say(Word::Save)) }
        }
        p { a href=(HERE) { (say(Word::Templates)) } }
    };
    Ok(page(c, say(Word::Templates), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

fn typed(c: &Context<'_>, id: Id) -> Preset {
    let text = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    Preset { id, title: text("title"), text: text("text") }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &[]).await? {
        Ok(session) => list(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

pub async fn one(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &[]).await? {
        Ok(session) => edit(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let session = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let done = match c.params.text("remove").and_then(Id::parse) {
        Some(id) => presets::remove(c.app, &session.0, id).await,
        None => {
            let Preset { title, text, .. } = typed(c, Id::default());
            presets::add(c.app, &session.0, &title, &text).await
        }
    };
    match done {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Unprocessable(_)) => list(c, &session, Some(Word::SiteWrong)).await,
        Err(error) => Err(error),
    }
}

pub async fn change(c: &Context<'_>) -> Result<Response> {
    let session = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let id = c.id("id")?;
    match presets::change(c.app, &session.0, typed(c, id)).await {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}/{id}?saved=1"))),
        Err(Error::Unprocessable(_)) => edit(c, &session, Some(Word::SiteWrong)).await,
        Err(error) => Err(error),
    }
}
