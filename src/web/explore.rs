//! `/explore`: what is much talked about, and for people here whom they might follow.

use maud::html;

use super::parts::account::line;
use super::parts::reading::Reading;
use super::parts::status::{Shown, link_card, who_posted};
use super::parts::tabs::tabs;
use super::public::{MAX_BIO, TABS};
use super::words::{Language, Plural, Word};
use super::{Frame, form, framed};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::trend::Shown as Trends;
use crate::store;
use crate::text::excerpt::excerpt;

pub const EXPLORE: &str = "/explore";
/// Of each kind.
const SHOWN: usize = 10;
const STATUSES: usize = 20;

/// It is not indexed, since its statuses are of many people. Where trends are off, none are shown.
pub async fn show(c: &Context<'_>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let session = form::reader(c).await?;
    let viewer = session.as_ref().map(|(_, account, _)| account.id);
    let trends = c.app.site().has_trends.then_some(());
    let kind = Trends::to_everybody(c.app.site().trends_need_review);
    let parts = (
        trends.map(|()| store::trends::tags(viewer, kind, SHOWN, 0)),
        // A request of a stranger reads 200 rows at most: these would be too many.
        trends.and(viewer).map(|_| store::trends::links(kind, SHOWN, 0)),
        trends.map(|()| store::trends::statuses(viewer, kind, STATUSES, 0)),
        viewer.map(|viewer| store::profiles::suggestions(viewer, SHOWN, 0)),
        viewer.map(store::filters::of),
    );
    let (tags, links, statuses, people, filters) = store::load(&c.app.db, parts).await?;
    let (tags, links) = (tags.unwrap_or_default(), links.unwrap_or_default());
    let (statuses, people) = (statuses.unwrap_or_default(), people.unwrap_or_default());
    let reading = Reading::new(c, session.as_ref(), filters, "public", EXPLORE.into());
    let is_empty = tags.is_empty() && links.is_empty() && statuses.is_empty() && people.is_empty();
    let title = say(Word::Explore);
    let body = html! {
        h1 { (title) }
        (tabs(&TABS, EXPLORE, language))
        @if is_empty { p.lead { (say(Word::NothingTrends)) } }
        @if !tags.is_empty() {
            h2 { (say(Word::SearchHashtags)) }
            ul.tags { @for tag in &tags { li { a href={ "/tags/" (tag.name) } dir="auto" { "#" (tag.display_name.as_ref().unwrap_or(&tag.name)) } } } }
        }
        @if !links.is_empty() {
            h2 { (say(Word::TrendingLinks)) }
            @for link in &links {
                @match link.found.as_ref().and_then(|found| found.card.as_ref()) {
                    Some(card) => { (link_card(c, &link.url, card)) }
                    None => { p { a href=(link.url) rel="nofollow noopener noreferrer" { (link.url) } } }
                }
                p.meta { (who_posted(&link.url, language)) " · " (language.count(link.week.iter().map(|day| day.1).sum(), Plural::Posts)) }
            }
        }
        @if !people.is_empty() {
            h2 { (say(Word::SuggestedPeople)) }
            ul.people { @for (_, account) in &people { (line(c, account, &excerpt(&account.note, MAX_BIO))) } }
        }
        @if !statuses.is_empty() {
            h2 { (say(Word::PostsTab)) }
            @for view in &statuses { (reading.status(view, Shown::default())) }
        }
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}
