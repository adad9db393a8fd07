//! `/settings/appearance`: how pages look to a person. It is kept with them, and in a cookie of each browser, so that pages look
//! the same before somebody is known to be signed in, and cost nothing more.

use maud::html;

use super::form::{self, sign_in_first};
use super::page;
use super::parts::composer::choice;
use super::words::{Language, Word};
use crate::error::Result;
use crate::http::cookies;
use crate::http::handler::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::look::{CHOICES, Look};
use crate::model::time::{DAY, SECOND};
use crate::model::user::Taste;
use crate::store;

pub const HERE: &str = "/settings/appearance";
const FORM: &str = "appearance";
/// The cookie with a [`Look`]. It holds no secret, so a subdomain may set it and local instances share it.
const COOKIE: &str = "sori-look";
const LIFETIME: i64 = 365 * DAY;

/// What the browser has kept: only known values of it.
pub fn kept(request: &Request) -> Look {
    cookies::get(request, COOKIE).map(|text| Look::parse(&text)).unwrap_or_default()
}

/// How the page looks: as who is signed in has chosen, else as the browser has kept it.
pub fn of(c: &Context<'_>) -> Look {
    c.taste.borrow().as_ref().map_or_else(|| kept(c.request), |taste| taste.look.clone())
}

/// The Set-Cookie value that keeps the choice of who is signed in, where the browser has another.
pub fn keep(c: &Context<'_>) -> Option<String> {
    let chosen = c.taste.borrow().as_ref()?.look.to_text();
    if chosen == cookies::get(c.request, COOKIE).unwrap_or_default() {
        return None;
    }
    let lifetime = if chosen.is_empty() { 0 } else { LIFETIME / SECOND };
    Some(cookies::set(COOKIE, &chosen, lifetime, c.app.config.is_https()))
}

/// The word of a choice, and that of its default.
fn words(choice: &str) -> (Word, Word) {
    match choice {
        "theme" => (Word::LookTheme, Word::LookAsSystem),
        "accent" => (Word::LookAccent, Word::LookAsServer),
        "text" => (Word::LookText, Word::LookUsual),
        "density" => (Word::LookDensity, Word::LookUsual),
        _ => (Word::LookMotion, Word::LookAsSystem),
    }
}

fn word(value: &str) -> Word {
    match value {
        "light" => Word::LookLight,
        "dark" => Word::LookDark,
        "blue" => Word::LookBlue,
        "violet" => Word::LookViolet,
        "pink" => Word::LookPink,
        "brown" => Word::LookBrown,
        "grey" => Word::LookGrey,
        "small" => Word::LookSmall,
        "large" => Word::LookLarge,
        "larger" => Word::LookLarger,
        "compact" => Word::LookCompact,
        "roomy" => Word::LookRoomy,
        _ => Word::LookStill,
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some((_, _, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    Ok(answer(c, &secret, &of(c), None))
}

fn answer(c: &Context<'_>, secret: &str, look: &Look, wrong: Option<Word>) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let is_saved = wrong.is_none() && c.params.filled("saved").is_some();
    let body = html! {
        h1 { (say(Word::Appearance)) }
        p.lead { (say(Word::AppearanceLead)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if is_saved { p role="status" { (say(Word::Saved)) } }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(form::token(c.app, FORM, secret));
            @for (name, values) in CHOICES {
                @let (label, default) = words(name);
                @let all: Vec<(&str, &str)> = std::iter::once(("", say(default))).chain(values.iter().map(|value| (*value, say(word(value))))).collect();
                (choice(name, say(label), &all, values.iter().copied().find(|value| look.has(value)).unwrap_or("")))
            }
            button type="submit" { (say(Word::Save)) }
        }
    };
    page(c, say(Word::Appearance), true, &body)
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((user, _, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let look = Look::choose(|name| c.params.text(name).unwrap_or(""));
    if !form::is_valid(c.app, FORM, &secret, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &secret, &look, Some(Word::FormExpired)).status(403));
    }
    let taste = Taste { look, ..user.taste };
    store::write(&c.app.db, vec![store::users::update_taste(user.person, &taste)]).await?;
    // The next page brings the cookie.
    Ok(Response::redirect(&format!("{HERE}?saved=1")))
}
