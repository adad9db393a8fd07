//! `/settings/preferences`: what new posts begin with, the language and the time zone of the pages.

use maud::html;

use super::form::{Session, may_act, sign_in_first};
use super::parts::composer::{self, choice};
use super::words::{Language, Word};
use super::{form, page};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::quote::QuotePolicy;
use crate::model::status::Visibility;
use crate::model::user::{Taste, User};
use crate::services;
use crate::services::permission;
use crate::services::profile::Changes;
use crate::store;
use crate::text::language::normalise;

pub const HERE: &str = "/settings/preferences";
const FORM: &str = "preferences";
/// Maximum bytes of a language code that is shown again, and of the name of a time zone.
const MAX_CODE: usize = 40;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let code = session.0.default_language.clone().unwrap_or_default();
    Ok(answer(c, &session, &code, None))
}

/// The page with what the user of `session` has, and `code` as the language of new posts.
fn answer(c: &Context<'_>, session: &Session, code: &str, wrong: Option<Word>) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let (user, account, secret) = session;
    let is_saved = wrong.is_none() && c.params.filled("saved").is_some();
    let visibilities = [
        (Visibility::Public.as_str(), say(Word::Public)),
        (Visibility::Unlisted.as_str(), say(Word::Unlisted)),
        (Visibility::Private.as_str(), say(Word::FollowersOnly)),
    ];
    let policies = [
        (QuotePolicy::PUBLIC.as_str(), say(Word::Public)),
        (QuotePolicy::FOLLOWERS.as_str(), say(Word::FollowersOnly)),
        (QuotePolicy::NOBODY.as_str(), say(Word::QuotedByNobody)),
    ];
    let languages = Language::ALL.map(|one| (one.code(), one.name()));
    let mut zones = c.app.clock.zones();
    // Names change, and a former one stays known.
    if !user.taste.zone.is_empty() && !zones.contains(&user.taste.zone) {
        zones.push(user.taste.zone.clone());
    }
    let zones: Vec<(&str, &str)> =
        std::iter::once(("", "UTC")).chain(zones.iter().map(|zone| (zone.as_str(), zone.as_str()))).collect();
    let body = html! {
        h1 { (say(Word::Preferences)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if is_saved { p role="status" { (say(Word::Saved)) } }
        @if permission::may_act(account).is_err() {
            p.card { (say(Word::HasMovedAway)) " " a href="/settings/migration" { (say(Word::Moving)) } }
        } @else {
            form method="post" action=(HERE) {
                input type="hidden" name="form" value=(form::token(c.app, FORM, secret));
                (choice("visibility", say(Word::PreferencesVisibility), &visibilities, user.default_visibility.as_str()))
                (choice("quote_policy", say(Word::PreferencesQuotes), &policies, user.default_quote_policy.as_str()))
                label for="language" { (say(Word::PreferencesLanguage)) }
                select id="language" name="language" { option value="" { (say(Word::NoLanguage)) } (composer::languages(code)) }
                label.check { input type="checkbox" name="sensitive" value="1" checked[user.default_sensitive]; span { (say(Word::PreferencesSensitive)) } }
                (choice("pages", say(Word::PreferencesPages), &languages, language.code()))
                p.hint { (say(Word::PreferencesPagesHint)) }
                (choice("zone", say(Word::PreferencesZone), &zones, &user.taste.zone))
                button type="submit" { (say(Word::Save)) }
            }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    page(c, say(Word::Preferences), true, &body).status(status)
}

/// Whether the runtime knows a zone.
fn is_zone(c: &Context<'_>, zone: &str) -> bool {
    zone.len() <= MAX_CODE && c.app.clock.offset(zone, c.app.now()).is_some()
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    may_act(c, &account)?;
    let text = |name: &str| c.params.text(name).unwrap_or("").trim();
    let visibility = Visibility::parse(text("visibility")).filter(|v| *v != Visibility::Direct);
    let policy = QuotePolicy::parse(text("quote_policy"));
    let code = Some(text("language")).filter(|code| code.len() <= MAX_CODE).unwrap_or("");
    let zone = Some(text("zone")).filter(|zone| zone.is_empty() || is_zone(c, zone));
    let taste = Taste { zone: zone.unwrap_or(&user.taste.zone).to_owned(), look: user.taste.look.clone() };
    let typed = User {
        default_visibility: visibility.unwrap_or(user.default_visibility),
        default_quote_policy: policy.unwrap_or(user.default_quote_policy),
        default_sensitive: !text("sensitive").is_empty(),
        default_language: normalise(code),
        taste,
        ..user.clone()
    };
    let wrong = if !form::is_valid(c.app, FORM, &secret, text("form")) {
        Some((Word::FormExpired, 403))
    } else if !text("language").is_empty() && typed.default_language.is_none() {
        Some((Word::PreferencesNoLanguage, 422))
    } else if visibility.is_none() || policy.is_none() || zone.is_none() {
        Some((Word::Unacceptable, 422))
    } else {
        None
    };
    if let Some((word, status)) = wrong {
        return Ok(answer(c, &(typed, account, secret), code, Some(word)).status(status));
    }
    services::profile::update(c.app, &account, Some(&typed), Changes::default()).await?;
    if typed.taste != user.taste {
        store::write(&c.app.db, vec![store::users::update_taste(user.person, &typed.taste)]).await?;
    }
    // The page itself keeps the language that its address names.
    let pages = Language::from_code(text("pages")).unwrap_or_else(|| Language::of(c.request));
    Ok(Response::redirect(&format!("{HERE}?saved=1&lang={}", pages.code())))
}
