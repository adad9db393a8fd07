//! `/welcome/people` and `/welcome/app`: what comes after the set-up, and can be opened later from the menu.

use maud::{Markup, html};

use super::form::{self, sign_in_first};
use super::home::HOME;
use super::parts::account::line_with_form;
use super::parts::qr;
use super::public::{DIRECTORY, MAX_BIO};
use super::search::SEARCH;
use super::words::{Language, Word};
use super::{page, ties};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::site::host_of;
use crate::services::permission;
use crate::store;
use crate::text::excerpt::excerpt;

pub const PEOPLE: &str = "/welcome/people";
pub const APP: &str = "/welcome/app";
/// Suggestions.
const SHOWN: usize = 20;
/// Apps by name, and what they are for.
const APPS: [(&str, &str); 4] = [
    ("Mastodon", "Android, iOS"),
    ("Tusky", "Android"),
    ("Ice Cubes", "iOS, macOS"),
    ("Phanpy", "phanpy.social"),
];

pub async fn people(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, PEOPLE, &[]));
    };
    let say = |word| Language::of(c.request).say(word);
    let found = store::load(&c.app.db, store::profiles::suggestions(account.id, SHOWN, 0)).await?;
    let may_act = permission::may_act(&account).is_ok();
    let token = ties::token(c, &secret);
    let title = say(Word::FindFriends);
    let body: Markup = html! {
        h1 { (title) }
        p.lead { (say(Word::FindFriendsLead)) }
        form.search method="get" action=(SEARCH) role="search" {
            label.unseen for="q" { (say(Word::SearchAddress)) }
            input id="q" type="search" name="q" required maxlength="500" placeholder="@name@server" autocapitalize="none" autocomplete="off" spellcheck="false";
            button type="submit" { (say(Word::Search)) }
        }
        p.hint { (say(Word::SearchAddress)) }
        ul.links {
            li { a href="/settings/import" { (say(Word::BringFollows)) } }
            li { a href=(DIRECTORY) { (say(Word::Directory)) } }
        }
        @if !found.is_empty() {
            h2 { (say(Word::SuggestedPeople)) }
            ul.people { @for (_, one) in &found {
                @let button = html! { @if may_act { (ties::undo(&token, PEOPLE, one.id, "follow", say(Word::TieFollow))) } };
                (line_with_form(c, one, &excerpt(&one.note, MAX_BIO), &button))
            } }
        }
        p { a.button href=(APP) { (say(Word::GetApp)) } }
    };
    Ok(page(c, title, true, &body))
}

pub async fn app(c: &Context<'_>) -> Result<Response> {
    if form::signed_in(c).await?.is_none() {
        return Ok(sign_in_first(c, APP, &[]));
    }
    let say = |word| Language::of(c.request).say(word);
    let origin = c.app.home().web_origin;
    let title = say(Word::GetApp);
    let body = html! {
        h1 { (title) }
        p.lead { (say(if c.app.config.is_https() { Word::GetAppLead } else { Word::AboutLocal })) }
        span.code { (host_of(&origin)) }
        ul.plain { @for (name, systems) in APPS { li { strong { (name) } " " span.meta { (systems) } } } }
        // No phone reaches a server of this machine alone.
        @if c.app.config.is_https() {
            h2 { (say(Word::QrTitle)) }
            p { (say(Word::QrLead)) }
            (qr::drawn(&origin, &origin))
        }
        p { a.button href=(HOME) { (say(Word::HomeTimeline)) } }
    };
    Ok(page(c, title, true, &body))
}
