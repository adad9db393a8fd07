//! `/@user/followers` and `/@user/following`: who follows an account of ours, and whom it follows.

use maud::html;

use super::parts::account::line;
use super::parts::pager;
use super::profile::account;
use super::words::{Language, Word};
use super::{Frame, framed};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::store;
use crate::store::Query;

/// Accounts of a page.
const SHOWN: usize = 40;

type List = fn(Id, Option<Id>, Option<Id>, Option<Id>, usize) -> Query<Listed<Account>>;

pub async fn followers(c: &Context<'_>) -> Result<Response> {
    people(c, store::follows::followers, Word::FollowersOf, "followers").await
}

pub async fn following(c: &Context<'_>) -> Result<Response> {
    people(c, store::follows::following, Word::FollowedBy, "following").await
}

/// Hidden lists are for their owner alone, and none is for those whom the owner blocks: these read the same of both.
async fn people(c: &Context<'_>, list: List, title: Word, path: &str) -> Result<Response> {
    let (account, session) = account(c).await?;
    let viewer = session.map(|(_, viewer, _)| viewer.id);
    let max = c.params.cursor("max_id")?;
    let is_blocked = store::follows::is_blocked_by(viewer, account.id);
    let parts = (is_blocked, list(account.id, viewer, max, None, SHOWN));
    let (is_blocked, listed) = store::load(&c.app.db, parts).await?;
    let is_hidden = is_blocked || (account.hides_collections && viewer != Some(account.id));
    let listed = if is_hidden { Listed::default() } else { listed };
    let language = Language::of(c.request);
    let title = language.say(title).replace("{name}", account.name());
    let body = html! {
        h1 dir="auto" { (title) }
        p.meta { a href=(account.url) { "@" (account.handle()) } }
        @if is_hidden { p.lead { (language.say(Word::FollowsHidden)) } }
        @else if listed.is_empty() { p.lead { (language.say(Word::Nobody)) } }
        ul.people { @for account in listed.iter() { (line(c, account, "")) } }
        (pager::more(&listed.cursors, listed.goes_on, &format!("{}/{path}", account.url), language.say(Word::MorePeople)))
    };
    Ok(framed(c, &Frame { title: &title, is_left_out: true, ..Frame::default() }, &body))
}
