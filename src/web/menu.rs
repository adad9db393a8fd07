//! The way to everything: the navigation of who is signed in, and `/menu`, a page with all of it.

use maud::{Markup, html};

use super::form::{self, sign_in_first};
use super::home::HOME;
use super::parts::collection::COLLECTIONS;
use super::parts::composer::COMPOSE;
use super::parts::icons::{Icon, icon};
use super::words::{Language, Word};
use super::{
    Frame, about, conversations, explore, follow_requests, framed, lists, notifications, public, saved,
    scheduled, search, settings, tags, welcome,
};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::role::Permission;

pub const MENU: &str = "/menu";

type Place = (&'static str, Icon, Word);

/// On a phone these are the bar at the bottom.
const FIRST: [Place; 5] = [
    (HOME, Icon::Home, Word::HomeTimeline),
    (search::SEARCH, Icon::Search, Word::Search),
    (COMPOSE, Icon::Write, Word::WriteShort),
    (notifications::NOTIFICATIONS, Icon::Bell, Word::Notifications),
    (MENU, Icon::Menu, Word::Menu),
];

/// Beside these, where there is room.
const FURTHER: [Place; 6] = [
    (public::LOCAL, Icon::People, Word::LocalTimeline),
    (conversations::HERE, Icon::Private, Word::Conversations),
    (lists::LISTS, Icon::List, Word::KindLists),
    (saved::BOOKMARKS, Icon::Bookmark, Word::KindBookmarks),
    (saved::FAVOURITES, Icon::Favourite, Word::OwnFavourites),
    (settings::HERE, Icon::Settings, Word::Settings),
];

/// What waits for members of staff.
const STAFF: &str = "/settings/admin";

/// What only the page has.
const OTHERS: [(&str, Word); 10] = [
    (explore::EXPLORE, Word::Explore),
    (public::ALL, Word::FederatedTimeline),
    (scheduled::HERE, Word::Scheduled),
    (follow_requests::HERE, Word::FollowRequests),
    (tags::FOLLOWED, Word::FollowedTags),
    (COLLECTIONS, Word::Collections),
    (public::DIRECTORY, Word::Directory),
    (welcome::PEOPLE, Word::FindFriends),
    (welcome::APP, Word::GetApp),
    (about::ABOUT, Word::AboutTitle),
];

/// The navigation of who is signed in, at the page of this path.
pub fn navigation(here: &str, language: Language) -> Markup {
    let place = |(path, sign, word): Place, is_first: bool| {
        html! {
            a class=[(!is_first).then_some("further")] href=(path) aria-current=[(here == path).then_some("page")] { (icon(sign)) span { (language.say(word)) } }
        }
    };
    html! {
        nav.rail aria-label=(language.say(Word::Menu)) {
            @for one in FIRST { (place(one, true)) }
            @for one in FURTHER { (place(one, false)) }
        }
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, MENU, &[]));
    };
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let body = html! {
        h1 { (say(Word::Menu)) }
        p.meta { (say(Word::SignedInAs)) " " a href=(account.url) { "@" (account.handle()) } }
        ul.links {
            @for (path, _, word) in FURTHER { li { a href=(path) { (say(word)) } } }
            @if c.app.may(&user, Permission::VIEW_DASHBOARD) { li { a href=(STAFF) { (say(Word::Staff)) } } }
            @for (path, word) in OTHERS { li { a href=(path) { (say(word)) } } }
        }
        (settings::sign_out(c, &secret, language))
    };
    Ok(framed(c, &Frame { title: say(Word::Menu), is_left_out: true, ..Frame::default() }, &body))
}
