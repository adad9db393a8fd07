//! `/settings/branding`: how the operator lets the server look, and the style sheet that comes of it.

use maud::{Markup, html};

use super::form;
use super::own_profile::picture;
use super::page;
use super::upload::{Sent, sent};
use super::words::{Language, Word};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::params::Params;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::media::{Purpose, Stored, url};
use crate::model::role::Permission;
use crate::model::site::ACCENTS;
use crate::services;
use crate::services::branding::Change;

pub const HERE: &str = "/settings/branding";
const FORM: &str = "branding";
const COLOURS: [(&str, Word); 2] = [("light", Word::BrandLight), ("dark", Word::BrandDark)];

/// The address of the operator's style sheet; `None` where there is none, or where the request's query asks for the page without
/// it: it may hide everything.
pub fn sheet(app: &App, request: &Request) -> Option<String> {
    // Who cannot see the form to sign in could not repair it.
    let is_left_out =
        request.query.split('&').any(|pair| pair == "css=no") || request.path.starts_with("/sign_in");
    app.site().style.as_ref().filter(|_| !is_left_out).map(|style| format!("/css/{}", style.name))
}

/// The address of a picture of the server.
pub fn address(app: &App, picture: Option<&Stored>) -> Option<String> {
    picture.map(|file| app.links().of(&url(&app.home().web_origin, &file.name)).into_owned())
}

/// The banner of the server above what it is about.
pub fn banner(app: &App) -> Markup {
    let site = app.site();
    html! {
        @if let (Some(file), Some(address)) = (&site.banner, address(app, site.banner.as_ref())) {
            img.site-banner src=(address) alt="" width=(file.width) height=(file.height);
        }
    }
}

/// `GET /css/{name}`: the operator's style sheet. Its name changes with it, so it is kept for good; another name, which a page of
/// another minute has, gets what there is now, and that is not kept. Error: `NotFound` where there is none.
pub async fn style(c: &Context<'_>) -> Result<Response> {
    let site = c.app.site();
    let style = site.style.as_ref().ok_or(Error::NotFound)?;
    let is_named = c.segment("name")? == style.name;
    let kept = if is_named { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(Response::new(200, "text/css; charset=utf-8", style.text.clone())
        .with("Cache-Control", kept)
        .with("X-Content-Type-Options", "nosniff"))
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, Permission::MANAGE_SETTINGS, HERE, &["css"]).await? {
        Ok((.., secret)) => Ok(answer(c, &secret, None, None)),
        Err(response) => Ok(response),
    }
}

/// `typed`: a form that was refused, which is shown again.
fn answer(c: &Context<'_>, secret: &str, typed: Option<&Params>, wrong: Option<Word>) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let site = c.app.site();
    let accents = site.accents.unwrap_or(ACCENTS).map(crate::model::colour::Colour::to_text);
    let text =
        |name: &str, stored: &str| typed.map_or(stored, |typed| typed.text(name).unwrap_or("")).to_owned();
    let is_saved = wrong.is_none() && c.params.filled("saved").is_some();
    let body = html! {
        h1 { (say(Word::Branding)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if is_saved { p role="status" { (say(Word::Saved)) } }
        form method="post" action=(HERE) enctype="multipart/form-data" {
            input type="hidden" name="form" value=(form::token(c.app, FORM, secret));
            @for (name, title, file) in [("avatar", Word::BrandIcon, &site.icon), ("header", Word::BrandBanner, &site.banner)] {
                (picture(name, title, address(c.app, file.as_ref()).as_deref(), None, language))
            }
            p.hint { (say(Word::ProfilePictureHint)) }
            h2 { (say(Word::LookAccent)) }
            p.hint { (say(Word::BrandAccentHint)) }
            @for ((name, label), stored) in COLOURS.into_iter().zip(&accents) {
                label for=(name) { (say(label)) }
                input id=(name) type="color" name=(name) value=(text(name, stored));
            }
            h2 { label for="css" { (say(Word::BrandCss)) } }
            textarea id="css" name="css" rows="10" spellcheck="false" aria-describedby="css-hint" { (text("css", &site.css)) }
            p.hint id="css-hint" { (say(Word::BrandCssHint)) " " a href={ (HERE) "?css=no" } { (c.app.home().web_origin) (HERE) "?css=no" } }
            button type="submit" { (say(Word::Save)) }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    page(c, say(Word::Branding), true, &body).status(status)
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (_, account, secret) = match form::staff(c, Permission::MANAGE_SETTINGS, HERE, &[]).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let form = sent(c, &account, Purpose::Profile).await?;
    if form.is_unread() {
        return Ok(answer(c, &secret, None, Some(Word::ProfileBadPicture)));
    }
    let Sent { fields, upload } = form;
    let refused = |word| answer(c, &secret, Some(&fields), Some(word));
    if !form::is_valid(c.app, FORM, &secret, fields.text("form").unwrap_or("")) {
        return Ok(refused(Word::FormExpired).status(403));
    }
    let mut change = Change {
        accents: COLOURS.map(|(name, _)| fields.text(name).unwrap_or("").to_owned()),
        css: fields.text("css").unwrap_or("").to_owned(),
        ..Change::default()
    };
    for (place, name) in change.pictures.iter_mut().zip(["remove_avatar", "remove_header"]) {
        *place = fields.filled(name).map(|_| None);
    }
    if let Some((row, files)) = upload {
        change.upload = Some((row, account.id));
        let Ok(files) = files else { return Ok(refused(Word::ProfileBadPicture)) };
        let [icon, banner] = &mut change.pictures;
        for (name, file) in files {
            *(if name == "avatar" { &mut *icon } else { &mut *banner }) = Some(Some(file));
        }
    }
    match services::branding::change(c.app, change).await {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Unprocessable(what)) => Ok(refused(match what.as_str() {
            "contrast" => Word::BrandContrast,
            "long" => Word::BrandCssLong,
            _ => Word::BrandCssRefused,
        })),
        Err(error) => Err(error),
    }
}
