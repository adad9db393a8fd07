//! `/settings/rules`: the rules of the server, their order, and what they are in other languages.

use maud::{Markup, html};

use super::form::{self, Session};
use super::page;
use super::parts::composer::{LANGUAGES, languages, select};
use super::parts::form::{outcome, token};
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::rule::{Rule, Translation};
use crate::services::rules::{self, MAX_TEXT, MAX_TRANSLATIONS};
use crate::store;

pub const HERE: &str = "/settings/rules";
const FORM: &str = "rules";
const PERMISSION: Permission = Permission::MANAGE_RULES;

/// The fields of a text and its hint.
fn fields(
    names: (&str, &str),
    labels: (&str, &str),
    (text, hint): (&str, &str),
    is_required: bool,
) -> Markup {
    html! {
        label for=(names.0) { (labels.0) }
        input id=(names.0) name=(names.0) value=(text) dir="auto" maxlength=(MAX_TEXT) required[is_required];
        label for=(names.1) { (labels.1) }
        input id=(names.1) name=(names.1) value=(hint) dir="auto" maxlength=(MAX_TEXT);
    }
}

async fn list(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let all = store::load(&c.app.db, store::rules::all()).await?;
    let say = |word| Language::of(c.request).say(word);
    let typed = |name: &str| if wrong.is_some() { c.params.text(name).unwrap_or("") } else { "" };
    let hidden = token(c, FORM, &session.2);
    let body = html! {
        h1 { (say(Word::Rules)) }
        p.lead { (say(Word::RulesLead)) }
        (outcome(c, wrong))
        form method="post" action=(HERE) {
            (hidden)
            ol.rules { @for (n, rule) in all.iter().enumerate() { li {
                a href={ (HERE) "/" (rule.id) } dir="auto" { (rule.text) }
                @if !rule.hint.is_empty() { p.hint dir="auto" { (rule.hint) } }
                @if !rule.translations.is_empty() {
                    p.hint { @for (n, one) in rule.translations.iter().enumerate() { @if n > 0 { " · " } (name(&one.language)) } }
                }
                p {
                    @if n > 0 { button.quiet type="submit" name="up" value=(rule.id) { (say(Word::MoveUp)) } " " }
                    @if n + 1 < all.len() { button.quiet type="submit" name="down" value=(rule.id) { (say(Word::MoveDown)) } " " }
                    button.quiet type="submit" name="remove" value=(rule.id) { (say(Word::Remove)) }
                }
            } } }
        }
        form method="post" action=(HERE) {
            (hidden)
            (fields(("rule", "hint"), (say(Word::SiteRule), say(Word::SiteRuleHint)), (typed("rule"), typed("hint")), true))
            button type="submit" name="do" value="add" { (say(Word::Add)) }
        }
    };
    Ok(page(c, say(Word::Rules), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

/// What a language is called; its code where that is not known.
fn name(code: &str) -> &str {
    LANGUAGES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

async fn edit(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let id = c.id("id")?;
    let stored = rules::find(c.app, id).await?;
    let rule = if wrong.is_some() { typed(c, id) } else { stored };
    let say = |word| Language::of(c.request).say(word);
    let labels = (say(Word::SiteRule), say(Word::SiteRuleHint));
    let body = html! {
        h1 { (say(Word::Rules)) }
        (outcome(c, wrong))
        form method="post" action={ (HERE) "/" (id) } {
            (token(c, FORM, &session.2))
            (fields(("rule", "hint"), labels, (&rule.text, &rule.hint), true))
            @for one in &rule.translations {
                @let language = one.language.as_str();
                @let (text, hint) = (format!("text_{language}"), format!("hint_{language}"));
                fieldset {
                    legend { (name(language)) }
                    input type="hidden" name="language" value=(language);
                    (fields((&text, &hint), labels, (&one.text, &one.hint), false))
                }
            }
            @if rule.translations.len() < MAX_TRANSLATIONS {
                fieldset {
                    legend { (say(Word::RuleTranslation)) }
                    (select("new", say(Word::LanguageOf), &languages("")))
                    (fields(("text_new", "hint_new"), labels, ("", ""), false))
                }
            }
            p.hint { (say(Word::RuleTranslationHint)) }
            button type="submit" { (say(Word::Save)) }
        }
        p { a href=(HERE) { (say(Word::Rules)) } }
    };
    Ok(page(c, say(Word::Rules), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

/// A rule as its form has it.
fn typed(c: &Context<'_>, id: Id) -> Rule {
    let text = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    let mut translations: Vec<Translation> = Vec::new();
    // One more than may be, so that what is too much is refused and not dropped.
    for language in c.params.list("language").into_iter().take(MAX_TRANSLATIONS + 1) {
        translations.push(Translation {
            text: text(&format!("text_{language}")),
            hint: text(&format!("hint_{language}")),
            language,
        });
    }
    if !text("text_new").is_empty() || !text("hint_new").is_empty() {
        translations.push(Translation {
            language: text("new"),
            text: text("text_new"),
            hint: text("hint_new"),
        });
    }
    Rule { id, text: text("rule"), hint: text("hint"), translations }
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
    let user = &session.0;
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let id = |name: &str| c.params.text(name).and_then(Id::parse);
    let done = match (id("up"), id("down"), id("remove")) {
        (Some(id), ..) => rules::shift(c.app, user, id, true).await,
        (_, Some(id), _) => rules::shift(c.app, user, id, false).await,
        (.., Some(id)) => rules::remove(c.app, user, id).await,
        _ => rules::add(c.app, user, text("rule"), text("hint")).await,
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
    match rules::change(c.app, &session.0, typed(c, id)).await {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}/{id}?saved=1"))),
        Err(Error::Unprocessable(_)) => edit(c, &session, Some(Word::SiteWrong)).await,
        Err(error) => Err(error),
    }
}
