//! An account on a page.

use maud::{Markup, html};

use super::icons::{Icon, named};
use crate::http::handler::Context;
use crate::model::account::Account;
use crate::model::uri;
use crate::web::form;
use crate::web::text;
use crate::web::words::{Language, Word};

/// The address of the avatar, or of the default picture.
pub fn avatar(c: &Context<'_>, account: &Account) -> String {
    match &account.avatar_url {
        Some(url) => c.app.links().of(url).into_owned(),
        None => uri::default_avatar(&c.app.home().web_origin),
    }
}

/// The avatar, beside the name that it belongs to.
pub fn picture(c: &Context<'_>, account: &Account) -> Markup {
    html! { img.avatar src=(avatar(c, account)) alt="" width="48" height="48" loading="lazy"; }
}

/// What kind of account it is, where that is not a person's.
pub fn signs(account: &Account, language: Language) -> Markup {
    html! {
        @if account.is_bot() { (named(Icon::Bot, language.say(Word::Automated))) }
        @if account.is_locked { (named(Icon::Locked, language.say(Word::Locked))) }
    }
}

/// The page of an account on this server, which for one of another server is for people of ours.
pub fn page_of(account: &Account) -> String {
    if account.is_local() { account.url.clone() } else { format!("/@{}", account.handle()) }
}

/// The page of an account for who reads. People here, by their cookie alone, come to the one on this server, which leads on
/// whoever is not signed in.
pub fn address(c: &Context<'_>, account: &Account) -> String {
    if form::session_secret(c).is_some() { page_of(account) } else { account.url.clone() }
}

/// A line of a list of accounts: picture, name, handle and how the bio begins.
pub fn line(c: &Context<'_>, account: &Account, about: &str) -> Markup {
    row(c, account, about, None, None)
}

/// Like [`line`], with something below.
pub fn line_with(c: &Context<'_>, account: &Account, about: &str, below: &Markup) -> Markup {
    row(c, account, about, Some(below), None)
}

/// Like [`line`], with a form at its end.
pub fn line_with_form(c: &Context<'_>, account: &Account, about: &str, form: &Markup) -> Markup {
    row(c, account, about, None, Some(form))
}

fn row(
    c: &Context<'_>,
    account: &Account,
    about: &str,
    below: Option<&Markup>,
    form: Option<&Markup>,
) -> Markup {
    html! {
        li.who {
            (picture(c, account))
            div {
                a.name href=(address(c, account)) dir="auto" { (text::name(c, account)) }
                span.handle { "@" (account.handle()) }
                @if !about.is_empty() { p dir="auto" { (about) } }
                @if let Some(below) = below { (below) }
            }
            @if let Some(form) = form { (form) }
        }
    }
}
