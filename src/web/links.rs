//! `/links?url=…`: the newest public statuses that link to a page.

use maud::{Markup, html};

use super::explore::EXPLORE;
use super::parts::reading::Reading;
use super::parts::status::{LINKS, link_card};
use super::words::{Language, Word};
use super::{form, page_of_list, text};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::limits;
use crate::model::page::Page;
use crate::store;

/// Statuses of a page.
const SHOWN: usize = 20;

/// Without an address of the web it leads to what is much talked about.
pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(url) = c.params.filled("url").filter(|url| text::is_web(url) && url.len() <= limits::URL) else {
        return Ok(Response::redirect(EXPLORE));
    };
    let session = form::reader(c).await?;
    let viewer = session.as_ref().map(|(_, account, _)| account.id);
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let parts = (store::timelines::linking(url, viewer, &page), viewer.map(store::filters::of));
    let (statuses, filters) = store::load(&c.app.db, parts).await?;
    let here = form::address(c, LINKS, &["url"]);
    let back = form::address(c, LINKS, &["url", "max_id"]);
    let card = statuses.iter().find_map(|view| {
        view.card.as_deref()?.card.as_ref().filter(|_| view.status.card_url.as_deref() == Some(url))
    });
    let above: Markup = match card {
        Some(card) => link_card(c, url, card),
        None => html! { p { a href=(url) rel="nofollow noopener noreferrer" { (url) } } },
    };
    let reading = Reading::new(c, session.as_ref(), filters, "public", back);
    let title = Language::of(c.request).say(Word::WhoPosted);
    Ok(page_of_list(c, title, &above, &reading.list(&statuses, &here)))
}
