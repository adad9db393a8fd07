//! `/settings/old-posts`: automatic deletion of one's own old posts.

use maud::{Markup, html};

use super::form::sign_in_first;
use super::words::{Language, Word};
use super::{form, page};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::cleanup::{AGES, Cleanup};
use crate::services;
use crate::store;

const HERE: &str = "/settings/old-posts";

/// How an age is called, in the order of [`AGES`].
const AGE_WORDS: [Word; 8] = [
    Word::OneWeek,
    Word::TwoWeeks,
    Word::OneMonth,
    Word::TwoMonths,
    Word::ThreeMonths,
    Word::SixMonths,
    Word::OneYear,
    Word::TwoYears,
];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    // The address fills in nothing: a link of a stranger would look like what is stored.
    let known = store::load(&c.app.db, store::cleanup::of(user.id)).await?;
    let is_saved = c.params.filled("saved").is_some();
    Ok(answer(c, &account, &secret, known.as_ref(), if is_saved { Shown::Saved } else { Shown::Plain }))
}

/// What the page says besides the form.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Plain,
    Saved,
    Wrong(Word),
}

fn answer(
    c: &Context<'_>,
    account: &Account,
    secret: &str,
    cleanup: Option<&Cleanup>,
    shown: Shown,
) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let default = Cleanup::default();
    let is_on = cleanup.is_some();
    let of = cleanup.unwrap_or(&default);
    let check = |name: &str, is_on: bool, word: Word| -> Markup {
        html! { label.check { input type="checkbox" name=(name) value="1" checked[is_on]; span { (say(word)) } } }
    };
    let number = |name: &str, value: Option<i64>, word: Word| -> Markup {
        html! {
            label for=(name) { (say(word)) }
            input id=(name) type="number" name=(name) min="1" max="1000000" value=[value];
        }
    };
    let body = html! {
        h1 { (say(Word::OldPosts)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        @if let Shown::Wrong(word) = shown { p.error role="alert" { (say(word)) } }
        @if shown == Shown::Saved { p role="status" { (say(Word::Saved)) } }
        p.lead { (say(Word::OldPostsLead)) }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(form::token(c.app, "old posts", secret));
            (check("delete", is_on, Word::DeleteOldPosts))
            label for="days" { (say(Word::OlderThan)) }
            select id="days" name="days" {
                @for (days, word) in AGES.iter().zip(AGE_WORDS) {
                    option value=(days) selected[*days == of.days] { (say(word)) }
                }
            }
            h2 { (say(Word::KeepThese)) }
            (check("keep_pinned", of.keeps_pinned, Word::KeepPinned))
            (check("keep_direct", of.keeps_direct, Word::KeepDirect))
            (check("keep_favourites", of.keeps_favourites, Word::KeepFavourites))
            (check("keep_bookmarks", of.keeps_bookmarks, Word::KeepBookmarks))
            (check("keep_polls", of.keeps_polls, Word::KeepPolls))
            (check("keep_media", of.keeps_media, Word::KeepMedia))
            (number("min_favourites", of.min_favourites, Word::MinFavourites))
            (number("min_boosts", of.min_boosts, Word::MinBoosts))
            p.hint { (say(Word::MinHint)) }
            button type="submit" { (say(Word::Save)) }
        }
    };
    let status = if matches!(shown, Shown::Wrong(_)) { 422 } else { 200 };
    page(c, say(Word::OldPosts), true, &body).status(status)
}

/// What the form asks for, whether or not it is allowed; `None` where the box is not checked. What is no number is 0.
fn typed(c: &Context<'_>) -> Option<Cleanup> {
    let is_on = |name: &str| c.params.filled(name).is_some();
    let number = |name: &str| c.params.int(name).unwrap_or(Some(0));
    is_on("delete").then(|| Cleanup {
        days: number("days").unwrap_or(0),
        keeps_direct: is_on("keep_direct"),
        keeps_pinned: is_on("keep_pinned"),
        keeps_polls: is_on("keep_polls"),
        keeps_media: is_on("keep_media"),
        keeps_favourites: is_on("keep_favourites"),
        keeps_bookmarks: is_on("keep_bookmarks"),
        min_favourites: number("min_favourites"),
        min_boosts: number("min_boosts"),
    })
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let asked = typed(c);
    let again = |word| answer(c, &account, &secret, asked.as_ref(), Shown::Wrong(word));
    if !form::is_valid(c.app, "old posts", &secret, c.params.text("form").unwrap_or("")) {
        return Ok(again(Word::FormExpired).status(403));
    }
    if asked.as_ref().is_some_and(|cleanup| !cleanup.is_valid()) {
        return Ok(again(Word::BadOldPosts));
    }
    services::cleanup::set(c.app, &user, asked.as_ref()).await?;
    Ok(Response::redirect(&format!("{HERE}?saved=1")))
}
