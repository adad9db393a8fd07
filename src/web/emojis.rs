//! `/settings/emojis`: the operator's page for custom emojis.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::upload::{Sent, sent};
use super::words::{Language, Word};
use super::{form, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::params::Params;
use crate::http::response::Response;
use crate::media;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::media::{Purpose, Stored};
use crate::model::role::Permission;
use crate::services;
use crate::services::emoji::{Added, New};
use crate::store;
use crate::store::emojis::Custom;

const HERE: &str = "/settings/emojis";
/// What is kept where the form is shown again; `emoji` is the one that is changed.
const TYPED: [&str; 4] = ["emoji", "shortcode", "category", "remote"];
/// The name of the forms' token.
const FORM: &str = "emojis";

/// Why a form is shown again: what is wrong, and the field that it is about.
type Wrong = (Word, &'static str);

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, Permission::MANAGE_CUSTOM_EMOJIS, HERE, &TYPED).await? {
        Ok((.., secret)) => answer(c, &secret, &c.params, None).await,
        Err(response) => Ok(response),
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (_, account, secret) = match form::staff(c, Permission::MANAGE_CUSTOM_EMOJIS, HERE, &TYPED).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let form = sent(c, &account, Purpose::Emoji).await?;
    // Where it was not read nothing is done.
    let is_unread = form.is_unread();
    let Sent { fields, upload } = form;
    let text = |name: &str| fields.text(name).unwrap_or("");
    if !is_unread && !form::is_valid(c.app, FORM, &secret, text("form")) {
        return Ok(answer(c, &secret, &fields, Some((Word::FormExpired, ""))).await?.status(403));
    }
    let category = services::emoji::category(text("category"));
    let is_visible = !text("visible").is_empty();
    let outcome = match (upload, text("action")) {
        (Some((row, files)), _) => {
            let file = files.ok().and_then(|files| files.into_iter().next());
            add(c, &account, row, file.map(|(_, file)| file), &fields).await?
        }
        (None, "change") => services::emoji::change(c.app, text("emoji"), category.as_deref(), is_visible)
            .await
            .map(|()| None)?,
        (None, "delete") => services::emoji::delete(c.app, text("emoji")).await.map(|()| None)?,
        (None, "copy") => copy(c, &account, &fields).await?,
        (None, _) => Some((Word::NoEmojiPicture, "image")),
    };
    match outcome {
        Some(wrong) => answer(c, &secret, &fields, Some(wrong)).await,
        // The next one is often of the same category.
        None => {
            let mut next = url::form_urlencoded::Serializer::for_suffix(format!("{HERE}?"), HERE.len() + 1);
            let next = next.extend_pairs(category.map(|category| ("category", category))).finish();
            Ok(Response::redirect(next.trim_end_matches('?')))
        }
    }
}

fn new(shortcode: String, fields: &Params, is_visible: bool) -> New {
    let category = services::emoji::category(fields.text("category").unwrap_or(""));
    New { shortcode, category, is_visible }
}

fn outcome(added: Added, field: &'static str) -> Option<Wrong> {
    match added {
        Added::Done => None,
        Added::Taken => Some((Word::EmojiTaken, field)),
        Added::TooMany => Some((Word::TooManyEmojis, "")),
    }
}

/// Adds an uploaded emoji.
async fn add(
    c: &Context<'_>,
    account: &Account,
    row: Id,
    file: Option<Stored>,
    fields: &Params,
) -> Result<Option<Wrong>> {
    let Some(file) = file else { return Ok(Some((Word::NoEmojiPicture, "image"))) };
    let Some(shortcode) = services::emoji::shortcode(fields.text("shortcode").unwrap_or("")) else {
        return Ok(Some((Word::NoEmojiName, "shortcode")));
    };
    let is_visible = fields.filled("visible").is_some();
    let added = services::emoji::add(c.app, account, row, &file, new(shortcode, fields, is_visible)).await?;
    Ok(outcome(added, "shortcode"))
}

/// Copies an emoji of another server under its name there.
async fn copy(c: &Context<'_>, account: &Account, fields: &Params) -> Result<Option<Wrong>> {
    let Some((shortcode, domain)) = services::emoji::remote_name(fields.text("remote").unwrap_or("")) else {
        return Ok(Some((Word::UnknownEmoji, "remote")));
    };
    let Some(known) = services::emoji::find(c.app, &shortcode, &domain).await? else {
        return Ok(Some((Word::UnknownEmoji, "remote")));
    };
    let (row, key) = services::media::begin(c.app, account, Purpose::Emoji).await?;
    match media::copy::copy(c.app, Purpose::Emoji, key, &known.url).await {
        Ok(file) => {
            let added =
                services::emoji::add(c.app, account, row, &file, new(shortcode, fields, true)).await?;
            Ok(outcome(added, "remote"))
        }
        Err(Error::Remote { is_silent: true, .. }) => Ok(Some((Word::NoAnswer, "remote"))),
        Err(Error::Remote { .. } | Error::Unprocessable(_) | Error::BadRequest(_)) => {
            Ok(Some((Word::EmojiNotCopied, "remote")))
        }
        Err(error) => Err(error),
    }
}

async fn answer(c: &Context<'_>, secret: &str, fields: &Params, wrong: Option<Wrong>) -> Result<Response> {
    let all = store::load(&c.app.db, store::emojis::all()).await?;
    let view =
        View { language: Language::of(c.request), token: form::token(c.app, FORM, secret), fields, wrong };
    let chosen = fields.filled("emoji").map(|name| all.iter().find(|e| e.shortcode == name));
    let (title, body) = match chosen {
        Some(None) => return Err(Error::NotFound),
        Some(Some(emoji)) => (format!(":{}:", emoji.shortcode), view.one(c, emoji, &all)),
        None => (view.say(Word::Emojis).to_owned(), view.list(c, &all)),
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, &title, true, &body).status(status))
}

/// What the forms have in common.
struct View<'a> {
    language: Language,
    token: String,
    fields: &'a Params,
    wrong: Option<Wrong>,
}

impl View<'_> {
    fn say(&self, word: Word) -> &'static str {
        self.language.say(word)
    }

    /// What was typed is shown again.
    fn typed(&self, name: &str) -> &str {
        self.fields.text(name).unwrap_or("")
    }

    /// What is wrong with a field; with `""` what is wrong with no field.
    fn error(&self, field: &str) -> Markup {
        let wrong = self.wrong.filter(|(_, about)| *about == field);
        // The focus brings it into view: the form may be below a long list.
        html! { @if let Some((word, _)) = wrong { p.error role="alert" tabindex="-1" autofocus { (self.say(word)) } } }
    }

    /// The token, and what the form is for.
    fn hidden(&self, action: &str) -> Markup {
        html! {
            input type="hidden" name="form" value=(self.token);
            input type="hidden" name="action" value=(action);
        }
    }

    fn category(&self, id: &str, value: &str) -> Markup {
        html! {
            label for=(id) { (self.say(Word::Category)) }
            input id=(id) name="category" value=(value) maxlength="100" list="categories";
        }
    }

    fn check(&self, is_on: bool) -> Markup {
        html! {
            label.check { input type="checkbox" name="visible" value="1" checked[is_on]; span { (self.say(Word::ShownInMenus)) } }
        }
    }

    /// All emojis by category, and the forms for new ones.
    fn list(&self, c: &Context<'_>, all: &[Custom]) -> Markup {
        let mut categories: BTreeMap<Option<&str>, Vec<&Custom>> = BTreeMap::new();
        for emoji in all {
            categories.entry(emoji.category.as_deref()).or_default().push(emoji);
        }
        let links = c.app.links();
        // A form that was not sent shows its boxes as they are at first.
        let is_again = self.fields.filled("action").is_some_and(|action| action == "add");
        html! {
            h1 { (self.say(Word::Emojis)) }
            p.lead { (self.say(Word::EmojisLead)) }
            (self.error(""))
            @if all.is_empty() { p.lead { (self.say(Word::NoEmojis)) } }
            @for (category, emojis) in &categories {
                h2 { (category.unwrap_or(self.say(Word::NoCategory))) }
                ul.emojis { @for emoji in emojis { li {
                    a href={ (HERE) "?emoji=" (emoji.shortcode) } {
                        img src=(links.of(&emoji.url)) alt="" loading="lazy";
                        span { ":" (emoji.shortcode) ":" }
                        @if !emoji.is_visible { span.meta { (self.say(Word::Hidden)) } }
                    }
                } } }
            }
            (categories_of(all))
            h2 { (self.say(Word::AddEmoji)) }
            form method="post" action=(HERE) enctype="multipart/form-data" {
                (self.hidden("add"))
                label for="image" { (self.say(Word::EmojiPicture)) }
                input id="image" type="file" name="image" required accept="image/png,image/gif,image/webp" aria-describedby="image-hint";
                p.hint id="image-hint" { (self.say(Word::EmojiPictureHint)) }
                (self.error("image"))
                label for="shortcode" { (self.say(Word::EmojiName)) }
                input id="shortcode" name="shortcode" value=(self.typed("shortcode")) required placeholder="blobcat" autocapitalize="none" autocomplete="off" aria-describedby="shortcode-hint";
                p.hint id="shortcode-hint" { (self.say(Word::EmojiNameHint)) }
                (self.error("shortcode"))
                (self.category("category", self.typed("category")))
                p.hint { (self.say(Word::CategoryHint)) }
                (self.check(!is_again || self.fields.filled("visible").is_some()))
                button type="submit" { (self.say(Word::Add)) }
            }
            h2 { (self.say(Word::CopyEmoji)) }
            p.lead { (self.say(Word::CopyEmojiLead)) }
            form method="post" action=(HERE) {
                (self.hidden("copy"))
                label for="remote" { (self.say(Word::RemoteEmoji)) }
                input id="remote" name="remote" value=(self.typed("remote")) required placeholder=":blobcat:@server.example" autocapitalize="none" autocomplete="off";
                (self.error("remote"))
                (self.category("copy-category", self.typed("category")))
                button type="submit" { (self.say(Word::Copy)) }
            }
        }
    }

    /// One emoji, with the forms to change and to delete it.
    fn one(&self, c: &Context<'_>, emoji: &Custom, all: &[Custom]) -> Markup {
        let links = c.app.links();
        let category = match self.wrong {
            Some(_) => self.typed("category"),
            None => emoji.category.as_deref().unwrap_or(""),
        };
        html! {
            h1 { ":" (emoji.shortcode) ":" }
            (self.error(""))
            img.emoji-shown src=(links.of(&emoji.url)) alt="";
            (categories_of(all))
            form method="post" action=(HERE) {
                (self.hidden("change"))
                input type="hidden" name="emoji" value=(emoji.shortcode);
                (self.category("category", category))
                (self.check(emoji.is_visible))
                button type="submit" { (self.say(Word::Save)) }
            }
            h2 { (self.say(Word::DeleteEmoji)) }
            p.lead { (self.say(Word::DeleteEmojiLead)) }
            form method="post" action=(HERE) {
                (self.hidden("delete"))
                input type="hidden" name="emoji" value=(emoji.shortcode);
                button.quiet type="submit" { (self.say(Word::DeleteEmoji)) }
            }
            p { a href=(HERE) { (self.say(Word::AllEmojis)) } }
        }
    }
}

/// The names of the categories, for the fields that ask for one.
fn categories_of(all: &[Custom]) -> Markup {
    let names: BTreeSet<&str> = all.iter().filter_map(|e| e.category.as_deref()).collect();
    html! { datalist id="categories" { @for name in names { option value=(name) {} } } }
}
