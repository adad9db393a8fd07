//! `/public/local`, the newest posts of this server, `/public`, the newest that it knows, and `/directory`, its people.

use maud::html;

use super::parts::account::line;
use super::parts::reading::Reading;
use super::parts::tabs::tabs;
use super::words::{Language, Word};
use super::{Frame, form, framed, page_of_list};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::store;
use crate::store::timelines::Public;
use crate::text::escape;
use crate::text::excerpt::excerpt;

pub const LOCAL: &str = "/public/local";
pub const ALL: &str = "/public";
pub const DIRECTORY: &str = "/directory";
pub const TABS: [(&str, Word); 3] =
    [(LOCAL, Word::LocalTimeline), (ALL, Word::FederatedTimeline), ("/explore", Word::Explore)];
/// Statuses of a page, and people.
const SHOWN: usize = 20;
const PEOPLE: usize = 40;
/// Characters of a bio.
pub const MAX_BIO: usize = 120;

pub async fn local(c: &Context<'_>) -> Result<Response> {
    timeline(c, Public::Local, LOCAL, Word::LocalTimeline).await
}

pub async fn all(c: &Context<'_>) -> Result<Response> {
    timeline(c, Public::All, ALL, Word::FederatedTimeline).await
}

/// It is not indexed, since its statuses are of many people.
async fn timeline(c: &Context<'_>, kind: Public, path: &str, title: Word) -> Result<Response> {
    let language = Language::of(c.request);
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let session = form::reader(c).await?;
    let viewer = session.as_ref().map(|(_, account, _)| account.id);
    let parts = (store::timelines::public(kind, viewer, false, &page), viewer.map(store::filters::of));
    let (statuses, filters) = store::load(&c.app.db, parts).await?;
    let here = form::address(c, path, &["max_id"]);
    let reading = Reading::new(c, session.as_ref(), filters, "public", here);
    let list = reading.list(&statuses, path);
    Ok(page_of_list(c, language.say(title), &tabs(&TABS, path, language), &list))
}

/// The people here who want to be found, of the list that cron makes.
async fn listed_here(c: &Context<'_>) -> Result<Vec<Id>> {
    let all = store::load(&c.app.db, store::answers::people()).await?;
    Ok(all.into_iter().filter(|(_, is_ours)| *is_ours).map(|(id, _)| id).collect())
}

/// <https://www.sitemaps.org/protocol.html>: the profiles of those here who want to be found, and by search engines.
pub async fn sitemap(c: &Context<'_>) -> Result<Response> {
    let ids = listed_here(c).await?;
    let people = store::load(&c.app.db, store::profiles::found(&ids)).await?;
    let urls: String = people
        .iter()
        .filter(|account| account.is_indexable)
        .map(|account| format!("<url><loc>{}</loc></url>", escape::html(&account.url)))
        .collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}</urlset>"
    );
    Ok(Response::new(200, "application/xml", text).with("Cache-Control", "public, max-age=86400"))
}

/// The people here who want to be found, by pages.
pub async fn directory(c: &Context<'_>) -> Result<Response> {
    let language = Language::of(c.request);
    let ids = listed_here(c).await?;
    let offset = c.params.offset()?;
    let next = Some(offset + PEOPLE).filter(|next| *next < ids.len());
    let ids: Vec<Id> = ids.into_iter().skip(offset).take(PEOPLE).collect();
    let people = store::load(&c.app.db, store::profiles::found(&ids)).await?;
    let title = language.say(Word::Directory);
    let body = html! {
        h1 { (title) }
        @if people.is_empty() { p.lead { (language.say(Word::NobodyListed)) } }
        ul.people { @for account in &people { (line(c, account, &excerpt(&account.note, MAX_BIO))) } }
        @if let Some(next) = next { nav.pager { a rel="next" href={ (DIRECTORY) "?offset=" (next) } { (language.say(Word::MorePeople)) } } }
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}
