//! `/search`, for people here: accounts, hashtags and statuses, as the API finds them.

use maud::{Markup, html};

use super::form::{self, Session, sign_in_first};
use super::parts::account::line;
use super::parts::reading::Reading;
use super::parts::status::Shown;
use super::public::MAX_BIO;
use super::words::{Language, Word};
use super::{Frame, framed};
use crate::activitypub::remote::search::{self, Asked, Found, KINDS, MAX_QUERY};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::text::excerpt::excerpt;

pub const SEARCH: &str = "/search";
/// Of one kind, and of each kind where all are shown.
const SHOWN: usize = 20;
const OF_EACH: usize = 5;
/// What the search knows besides words.
const OPERATORS: [(&str, Word); 9] = [
    ("\"…\"", Word::SearchPhrase),
    ("-…", Word::SearchWithout),
    ("from:me  from:@…", Word::SearchFrom),
    ("in:library  in:public", Word::SearchIn),
    ("has:media  has:image  has:video  has:audio  has:poll  has:link  has:quote", Word::SearchHas),
    ("is:reply  is:sensitive  is:quote", Word::SearchIs),
    ("language:en", Word::SearchLanguage),
    ("before:2026-11-24  after:2026-11-24  during:2026-11-24", Word::SearchDates),
    ("@name@server  https://…", Word::SearchAddress),
];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else {
        // What is longer does not fit into a header.
        let is_short = c.params.text("q").is_none_or(|q| q.len() <= MAX_QUERY);
        return Ok(sign_in_first(c, SEARCH, if is_short { &["q", "type"] } else { &[] }));
    };
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let q: String = c.params.filled("q").unwrap_or("").trim().chars().take(MAX_QUERY).collect();
    let kind = c.params.filled("type").filter(|kind| KINDS.contains(kind));
    let asked = c.params.offset()?;
    let offset = if kind.is_some() { asked } else { 0 };
    let page = Page { offset, ..Page::first(if kind.is_some() { SHOWN } else { OF_EACH }) };
    let found = if q.is_empty() { None } else { Some(find(c, &q, kind, session.1.id, page).await?) };
    let title = say(Word::Search);
    let body = html! {
        h1 { (title) }
        form.search method="get" action=(SEARCH) role="search" {
            label.unseen for="q" { (title) }
            input id="q" type="search" name="q" value=(q) required maxlength=(MAX_QUERY) autocapitalize="none" dir="auto";
            @if let Some(kind) = kind { input type="hidden" name="type" value=(kind); }
            button type="submit" { (title) }
        }
        details {
            summary { (say(Word::SearchOperators)) }
            dl.operators { @for (typed, means) in OPERATORS {
                dt { @for one in typed.split("  ") { code { (one) } " " } }
                dd { (say(means)) }
            } }
        }
        @if let Some(found) = found { (results(c, &session, found, &q, kind, &page, language)) }
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

async fn find(c: &Context<'_>, q: &str, kind: Option<&str>, viewer: Id, page: Page) -> Result<Found> {
    let asked = Asked {
        q,
        kind,
        viewer: Some(viewer),
        resolves: form::is_asked_for(c),
        author: None,
        only_followed: false,
        with_filters: true,
        page,
    };
    search::find(c.app, &asked).await
}

fn results(
    c: &Context<'_>,
    session: &Session,
    found: Found,
    q: &str,
    kind: Option<&str>,
    page: &Page,
    language: Language,
) -> Markup {
    let say = |word| language.say(word);
    let Found { accounts, tags, statuses, filters } = found;
    let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    let all = format!("{SEARCH}?q={q}");
    let of = |kind: &str| format!("{all}&type={kind}");
    let here = match kind {
        Some(kind) if page.offset > 0 => format!("{}&offset={}", of(kind), page.offset),
        Some(kind) => of(kind),
        None => all.clone(),
    };
    let reading = Reading::new(c, Some(session), Some(filters), "public", here);
    let people = html! { ul.people { @for account in &accounts { (line(c, account, &excerpt(&account.note, MAX_BIO))) } } };
    let hashtags = html! { ul.links { @for tag in &tags { li { a href={ "/tags/" (tag.name) } dir="auto" { "#" (tag.name) } } } } };
    let posts = html! { @for view in &statuses { (reading.status(view, Shown::default())) } };
    let parts = [
        (KINDS[0], Word::SearchPeople, accounts.len(), people),
        (KINDS[1], Word::SearchHashtags, tags.len(), hashtags),
        (KINDS[2], Word::PostsTab, statuses.len(), posts),
    ];
    html! {
        nav.tabs {
            a href=(all) aria-current=[kind.is_none().then_some("page")] { (say(Word::SearchAll)) }
            @for (one, word, ..) in &parts {
                a href=(of(one)) aria-current=[(kind == Some(one)).then_some("page")] { (say(*word)) }
            }
        }
        @if parts.iter().all(|(_, _, count, _)| *count == 0) { p.lead { (say(if form::is_asked_for(c) { Word::NothingFound } else { Word::SearchAgain })) } }
        @for (one, word, count, shown) in parts.iter().filter(|(_, _, count, _)| *count > 0) {
            @if kind.is_none() { h2 { (say(*word)) } }
            (shown)
            @if *count >= page.limit {
                nav.pager {
                    @if kind.is_some() { a rel="next" href={ (of(one)) "&offset=" (page.offset + page.limit) } { (say(Word::SearchMore)) } }
                    @else { a href=(of(one)) { (say(Word::SearchMore)) } }
                }
            }
        }
    }
}
