//! `/tags/{hashtag}`: the newest public statuses with a hashtag, as far as this server knows them.

use maud::html;

use super::parts::reading::Reading;
use super::{form, page_with_feeds};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::page::Page;
use crate::store;
use crate::store::timelines::{Public, Tags};
use crate::text::hashtags;

/// Statuses of a page.
const SHOWN: usize = 20;

/// The page of a hashtag for strangers, the same for one that nobody uses. It is not indexed, since its statuses are of
/// many people. There is no document of it. Error: `NotFound` where this is no hashtag.
pub async fn show(c: &Context<'_>) -> Result<Response> {
    let name = hashtags::normalise(c.segment("hashtag")?);
    if name.is_empty() {
        return Err(Error::NotFound);
    }
    let title = format!("#{name}");
    let tags = Tags { any: vec![name], ..Tags::default() };
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let session = form::signed_in(c).await?;
    let viewer = session.as_ref().map(|(_, account, _)| account.id);
    let query = store::timelines::tagged(&tags, Public::All, viewer, false, &page);
    let (statuses, filters) = store::load(&c.app.db, (query, viewer.map(store::filters::of))).await?;
    let back = form::address(c, &c.path.to_text(), &["max_id"]);
    let reading = Reading::new(c, session.as_ref(), filters, "public", back);
    let here = format!("{}{}", c.app.domain_asked(c.request).web_origin, c.path.to_text());
    let body = html! {
        h1 dir="auto" { (title) }
        (reading.list(&statuses, &here))
    };
    Ok(page_with_feeds(c, &title, false, &here, &body))
}
